"""Classes and features of an article (BMEcat 2005, PRODUCT_FEATURES; the ETIM guideline says what values may be).

Features are collected at any depth: files of ECLASS wrap them into groups that no schema knows.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from core.exchange.formats.bmecat.extension import Rest
from core.exchange.formats.bmecat.names import OWN_SYSTEM
from core.exchange.formats.bmecat.texts import number, text

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

    from core.exchange.formats.bmecat.gathered import Catalogue, Gathered
    from core.exchange.formats.bmecat.texts import Values

CLASS_FIELDS: Final = "article system class extension".split()
FEATURE_FIELDS: Final = "article system feature occurrence class value value_to unit reason sort_order extension".split()
REASONS: Final = frozenset({"NA", "MV", "UN"})
"""Why a feature of ETIM has no value: not applicable, missing, unknown."""
NO_VALUE: Final = "-"
_ETIM_CLASS = re.compile(r"EC[0-9]{6}", re.ASCII)


def read_features(element: Element, catalogue: Catalogue, gathered: Gathered) -> None:
    """Gather one PRODUCT_FEATURES: a class, and values of its features."""
    names = catalogue.names
    system, code, name_of_class = "", "", None
    rest = Rest()
    features: list[Element] = []
    for child in element:
        name = names[child.tag]
        if name == "FEATURE":
            features.append(child)
        elif name == "REFERENCE_FEATURE_SYSTEM_NAME":
            system = text(child)
        elif name == "REFERENCE_FEATURE_GROUP_ID" and not code:
            code = text(child)
        elif name == "REFERENCE_FEATURE_GROUP_NAME" and name_of_class is None:
            name_of_class = child
        elif name == "FEATURE_GROUP":
            _deeper(child, features, catalogue)
        else:
            rest.add(child)
    if not code and name_of_class is not None:
        code = text(name_of_class)
    if system and code:
        values: Values = {"system": system, "class": code, "extension": rest.text()}
        if name_of_class is not None:
            catalogue.texts.put(values, "class_name", name_of_class)
        gathered.add("article_class", values, element.sourceline or 0)
        if system.startswith("ETIM") and _ETIM_CLASS.fullmatch(code):
            gathered.values["etim_class"] = code
    for feature in features:
        _feature(feature, system or OWN_SYSTEM, code, catalogue, gathered)


def _deeper(group: Element, features: list[Element], catalogue: Catalogue) -> None:
    for child in group.iter():
        if catalogue.names[child.tag] == "FEATURE":
            features.append(child)


def _feature(element: Element, system: str, code: str, catalogue: Catalogue, gathered: Gathered) -> None:
    names, texts = catalogue.names, catalogue.texts
    values: Values = {"system": system, "class": code}
    feature, by_name = "", False
    found: list[tuple[str | None, str]] = []
    details: list[Element] = []
    kind = ""
    rest: Rest | None = None
    for child in element:
        name = names[child.tag]
        if name == "FVALUE":
            if written := (child.text or "").strip():
                found.append((child.get("lang"), written))
        elif name == "FNAME":
            written = (child.text or "").strip()
            if not feature or (by_name and child.get("lang") in (None, texts.language)):
                feature = written
            by_name = True
            texts.put(values, "name", child)
        elif name == "FUNIT":
            values["unit"] = text(child)
        elif name == "FVALUE_DETAILS":
            details.append(child)
        elif name == "FORDER":
            values["sort_order"] = number(text(child))
        elif name == "FT_IDREF":
            feature = text(child)
        elif name == "VALUE_IDREF":
            found.append((None, text(child)))
        elif name == "FTEMPLATE":
            feature = _template(child, values, catalogue)
        elif name == "FDESCR":
            texts.put(values, "description", child)
        elif name == "FVALUE_TYPE":
            kind = text(child)
        else:
            rest = rest or Rest()
            rest.add(child)
    if not feature:
        gathered.rejected.append(("article_feature", "has no name", "FEATURE", "", element.sourceline or 0))
        return
    etim = system.startswith("ETIM")
    if etim and by_name:
        _drop_code(values, feature)
    values["feature"] = feature
    _put_values(values, found, kind, etim=etim, catalogue=catalogue)
    _put_details(values, details, etim=etim, catalogue=catalogue)
    if rest is not None:
        values["extension"] = rest.text()
    gathered.add("article_feature", values, element.sourceline or 0)


def _drop_code(values: Values, code: str) -> None:
    """ETIM writes codes where others have names; a code is no name in any language."""
    for column in [each for each, value in values.items() if each.startswith("name.") and value == code]:
        del values[column]


def _template(element: Element, values: Values, catalogue: Catalogue) -> str:
    feature = ""
    for child in element:
        name = catalogue.names[child.tag]
        if name == "FT_ID":
            feature = text(child)
        elif name == "FT_NAME":
            catalogue.texts.put(values, "name", child)
    return feature


def _put_values(
    values: Values, found: list[tuple[str | None, str]], kind: str, *, etim: bool, catalogue: Catalogue
) -> None:
    if len(found) == 1 and found[0][0] is None:
        values["value"] = found[0][1]
        return
    if any(language is not None for language, _ in found):
        for language, written in found:
            catalogue.texts.put_text(values, "value_text", language, written)
        first = found[0][0]
        chosen = catalogue.texts.language if any(each[0] == catalogue.texts.language for each in found) else first
        found = [each for each in found if each[0] in (chosen, None)]
    written = [each for _, each in found]
    if len(written) == 2 and (kind == "range" or (etim and kind == "")):
        values["value"], values["value_to"] = written
    elif written:
        values["value"] = "\n".join(written)


def _put_details(values: Values, details: list[Element], *, etim: bool, catalogue: Catalogue) -> None:
    for child in details:
        written = text(child)
        if etim and written in REASONS and values.get("value") == NO_VALUE:
            values["reason"] = written
            del values["value"]
        else:
            catalogue.texts.put(values, "details", child)


def number_features(features: list[tuple[Values, int]]) -> None:
    """Number those of the same system and name, so that each has a key."""
    seen: dict[tuple[str, str], int] = {}
    for values, _ in features:
        key = values["system"], values["feature"]
        count = seen[key] = seen.get(key, 0) + 1
        values["occurrence"] = str(count)
