"""Classes and features of an article as elements."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from core.exchange.formats.bmecat.features import FORM, NO_VALUE, PLACE
from core.exchange.formats.bmecat.names import OWN_SYSTEM
from core.exchange.formats.bmecat.nodes import Node

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from core.exchange.formats.bmecat.nodes import Maker
    from core.exchange.formats.bmecat.wording import Wording
    from core.exchange.formats.contract import Row


_SYSTEM: Final = re.compile(r"[^\W_]+(?:[-.][^\W_]+)*")
"""The names of systems that the schema takes: ``\\w`` of XML Schema is no underscore."""


def feature_nodes(maker: Maker, wording: Wording, article: Row, related: Mapping[str, Sequence[Row]]) -> list[Node]:
    """Return the elements PRODUCT_FEATURES of an article, one for each class."""
    dialect = maker.dialect
    found: dict[tuple[str, str], Node] = {}
    for row in related.get("article_class", ()):
        system, code = row["system"], row["class"]
        node = found[system, code] = _class(maker, system, code)
        names = wording.nodes("REFERENCE_FEATURE_GROUP_NAME", row, "class_name")
        if names and any(name.text == code for name in names) and not dialect.etim:
            # The class was told by its name, of which it has no code.
            node.children = [each for each in node.children if each.name != "REFERENCE_FEATURE_GROUP_ID"]
            node.add(*names)
        maker.merge(node, row.get("extension"))
    if not found and article.get("etim_class") and not dialect.etim:
        found["ETIM", article["etim_class"]] = _class(maker, "ETIM", article["etim_class"])
    for row in related.get("article_feature", ()):
        key = row["system"], row.get("class", "")
        if key not in found:
            found[key] = _class(maker, *key)
        _add_feature(maker, wording, found[key], row)
    for node in found.values():
        for group in node.children:
            group.attributes.pop(PLACE, None)
    if not dialect.etim:
        return [node for node in found.values() if node]
    return [node for (system, _), node in found.items() if _in_guideline(maker, system, node)]


def _in_guideline(maker: Maker, system: str, node: Node) -> bool:
    if node.child("REFERENCE_FEATURE_GROUP_ID") is not None and _SYSTEM.fullmatch(system):
        return True
    maker.writing.warn("classes and features of systems that ETIM BMEcat has no room for were left out")
    return False


def _class(maker: Maker, system: str, code: str) -> Node:
    node = Node("PRODUCT_FEATURES")
    if system != OWN_SYSTEM:
        node.add(maker.leaf("REFERENCE_FEATURE_SYSTEM_NAME", system), maker.leaf("REFERENCE_FEATURE_GROUP_ID", code))
    return node


def _add_feature(maker: Maker, wording: Wording, into: Node, row: Row) -> None:
    dialect = maker.dialect
    form, extension = _form(row.get("extension", ""))
    names = _names(maker, wording, row, form)
    if dialect.old and any(_same_name(names, other) for other in into.children):
        maker.writing.warn("features whose name the article has already were left out: BMEcat 1.2 has each once")
        return
    values = _values(maker, wording, row)
    if "VALUE_IDREF" in form and dialect.has("VALUE_IDREF", "FEATURE"):
        values = [Node("VALUE_IDREF", value.text) for value in values]
    node = Node("FEATURE").add(*names, *values)
    if not dialect.etim or not row["system"].startswith("ETIM"):
        node.add(maker.leaf("FUNIT", row.get("unit")))
    if reason := row.get("reason"):
        node.add(Node("FVALUE_DETAILS", reason))
    else:
        node.add(*wording.nodes("FVALUE_DETAILS", row, "details"))
    if not dialect.etim:
        node.add(maker.leaf("FORDER", row.get("sort_order")), *wording.nodes("FDESCR", row, "description"))
    if row.get("value_to") and dialect.has("FVALUE_TYPE", "FEATURE"):
        node.add(Node("FVALUE_TYPE", "range"))
    maker.merge(node, extension)
    group = (each for each in into.children if each.name == "FEATURE_GROUP" and each.attributes.get(PLACE) in form)
    next(group, into).add(node)


def _form(extension: str) -> tuple[list[str], str]:
    """Return how a feature was written where it was read, and what else is kept of it."""
    said, found, rest = extension.removeprefix(f"<{FORM}>").partition(f"</{FORM}>")
    return (said.split(), rest) if found and extension.startswith(f"<{FORM}>") else ([], extension)


def _same_name(names: list[Node], other: Node) -> bool:
    return other.name == "FEATURE" and (found := other.child("FNAME")) is not None and found.text == names[0].text


def _names(maker: Maker, wording: Wording, row: Row, form: list[str]) -> list[Node]:
    """Return how a feature is named: by its name, by its code, or by both."""
    feature, dialect = row["feature"], maker.dialect
    if "FT_IDREF" in form and dialect.has("FT_IDREF", "FEATURE"):
        return [Node("FT_IDREF", feature)]
    names = wording.nodes("FNAME", row, "name")
    by_name = any(value == feature for key, value in row.items() if key.startswith("name."))
    if names and by_name:
        return names
    if names and not dialect.etim:
        if dialect.has("FTEMPLATE", "FEATURE"):
            template = Node("FTEMPLATE").add(maker.leaf("FT_ID", feature))
            return [template.add(*wording.nodes("FT_NAME", row, "name"))]
        return names
    return [node for node in [maker.leaf("FNAME", feature)] if node]


def _values(maker: Maker, wording: Wording, row: Row) -> list[Node]:
    if maker.dialect.several_languages and any(key.startswith("value_text.") for key in row):
        return wording.nodes("FVALUE", row, "value_text", lines=True)
    if "VARIANTS>" in row.get("extension", "") and not row.get("value"):
        return []
    if row.get("value_to"):
        ends = [row.get("value", NO_VALUE), row["value_to"]]
        # The guideline wants both ends even where they are the same, which the schema of 1.2 does not.
        ends = ends if not maker.dialect.old else list(dict.fromkeys(ends))
        return [node for each in ends if (node := maker.leaf("FVALUE", each)) is not None]
    return maker.leaves("FVALUE", row.get("value") or NO_VALUE)
