"""Messages as plain trees: a group is a dictionary, what is repeated a list, a text a string; names are INSBOU003's.

Files in the field leave groups out, or put them in, spell names otherwise, and have elements without content: all of
that is read. What is written goes by the table, and no element is empty.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from core.exchange.codes.dates import iso_date
from core.exchange.codes.identifiers import gln, gtin
from core.exchange.codes.numbers import decimal_text, integer_text
from core.exchange.codes.unfit import Unfit
from core.exchange.codes.units import written_unit
from core.exchange.formats.dico.nodes import WRAPPERS
from core.exchange.formats.xml_items import local_name, text_of

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Iterable

    from lxml.etree import _Element as Element

    from core.exchange.formats.dico.nodes import Node

Tree = dict[str, Any]
_TIME: Final = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]+)?)?(Z|[+-][0-9]{2}:[0-9]{2})?", re.ASCII)
FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_STREET: Final = ("Street", "HouseNumber", "HouseLetter", "HouseNumberSuffix")


class Misfit(Exception):
    """A message cannot be written: where, and why as a sentence without a subject."""

    def __init__(self, path: str, value: str, reason: str) -> None:
        super().__init__(f"{path} {reason}")
        self.path = path
        self.value = value
        self.reason = reason


def read_tree(element: Iterable[Element], node: Node, unknown: Counter[str], *, without: str = "") -> Tree:
    """Return what the table knows of an element; the names of what it does not know are counted.

    The parts of one name can be left out, to be read by themselves.
    """
    tree: Tree = {}
    for child in element:
        name = local_name(child)
        if not name:
            continue
        part = node.find(name)
        if part is not None:
            if part.name != without:
                _put(tree, part, _value(child, part, unknown), unknown)
        elif (wrapper := node.wrapper_of(name)) is not None:
            _put(tree, wrapper, read_tree([child], wrapper, unknown), unknown)
        elif name in WRAPPERS and any(node.find(local_name(each)) for each in child):
            for each, value in read_tree(child, node, unknown).items():
                _put(tree, node.children[each], value, unknown)
        else:
            unknown[name] += 1
    return tree


def _value(element: Element, node: Node, unknown: Counter[str]) -> Any:
    if node.kind == "any":
        return _any(element)
    return read_tree(element, node, unknown) if node.is_group else text_of(element)


def _any(element: Element) -> Any:
    """Return a content of which nothing is known."""
    if not len(element):
        return text_of(element)
    tree: Tree = {}
    for child in element:
        if name := local_name(child):
            tree.setdefault(name, []).append(_any(child))
    return tree


def _put(tree: Tree, node: Node, value: Any, unknown: Counter[str]) -> None:
    if not value:
        return
    if node.repeated:
        tree.setdefault(node.name, []).extend(value if isinstance(value, list) else [value])
    elif node.is_group and isinstance(known := tree.get(node.name), dict):
        for name, each in value.items():
            known.setdefault(name, each)
    elif node.name in tree:
        unknown[f"{node.name} (again)"] += 1
    else:
        tree[node.name] = value


def taken(tree: Tree, path: str) -> str:
    """Take the text at a path out of a tree; empty where there is none. What is repeated is a text of several lines."""
    *groups, last = path.split("/")
    parents: list[tuple[Tree, str]] = []
    for name in groups:
        below = tree.get(name)
        if not isinstance(below, dict):
            return ""
        parents.append((tree, name))
        tree = below
    found = tree.pop(last, "")
    for above, name in reversed(parents):
        if not above[name]:
            del above[name]
    return "\n".join(map(str, found)) if isinstance(found, list) else str(found)


def as_extension(tree: Tree) -> str:
    """Return what is left of a tree as a text; empty where nothing is."""
    return json.dumps(tree, ensure_ascii=False) if tree else ""


def from_extension(extension: str) -> Tree:
    """Return the tree that :func:`as_extension` made a text of; of what another format left there, nothing."""
    try:
        found = json.loads(extension) if extension.startswith("{") else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def put(tree: Tree, path: str, value: str | list[str]) -> None:
    """Put a text, or several, at a path; a group on the way that is none is replaced."""
    *groups, last = path.split("/")
    for name in groups:
        if not isinstance(tree.get(name), dict):
            tree[name] = {}
        tree = tree[name]
    tree[last] = value


def add_tree(parent: Element, tree: Tree, node: Node, path: str = "") -> None:
    """Add what the table knows of a tree to an element, in the order of the table.

    Raises:
        Misfit: something is missing, or has a value that the table does not allow.
    """
    from lxml import etree

    tree = _with_street(tree, node)
    for name, part in node.children.items():
        here = f"{path}/{name}" if path else name
        value = tree.get(name)
        values = value if isinstance(value, list) else [value] if value else []
        if not values:
            if part.must:
                raise Misfit(here, "", "has no value, and the standard wants one")
            continue
        if len(values) > 1 and not part.repeated:
            raise Misfit(here, "", "has several values, where there may be one")
        space = etree.QName(parent).namespace
        for each in values:
            element = etree.SubElement(parent, etree.QName(space, part.written) if space else part.written)
            if part.kind == "any":
                _add_any(element, each)
            elif part.is_group:
                if not isinstance(each, dict):
                    raise Misfit(here, str(each), "is a text, where other elements belong")
                add_tree(element, each, part, here)
            else:
                element.text = _written(each, part, here)


def _add_any(element: Element, value: Any) -> None:
    from lxml import etree

    if not isinstance(value, dict):
        element.text = FORBIDDEN.sub("", str(value))
        return
    for name, several in value.items():
        for each in several if isinstance(several, list) else [several]:
            try:
                child = etree.SubElement(element, etree.QName(etree.QName(element).namespace, name))
            except ValueError as error:
                raise Misfit(name, name, "is no name of an element") from error
            _add_any(child, each)


def _with_street(tree: Tree, node: Node) -> Tree:
    """Return a party with its street as the profile has it: in one line (INSBOU003), or in parts (SALES005)."""
    if "StreetAndNumber" in node.children and "StreetAndNumber" not in tree and tree.get("Street"):
        street, number, *rest = (str(tree.get(name, "")) for name in _STREET)
        return tree | {"StreetAndNumber": f"{street} {number}{''.join(rest)}".strip()}
    if "Street" in node.children and "Street" not in tree and tree.get("StreetAndNumber"):
        return tree | {"Street": tree["StreetAndNumber"]}
    return tree


def _written(value: Any, node: Node, path: str) -> str:
    """Return a text as it is written. Raises Misfit."""
    text = str(value)
    try:
        return _checked(text, node)
    except Unfit as unfit:
        raise Misfit(path, text, str(unfit)) from unfit


def _checked(text: str, node: Node) -> str:
    if node.kind in _FORMS:
        return _FORMS[node.kind](text)
    if node.kind == "dec":
        number = decimal_text(text)
        if node.most and len(number.partition(".")[2]) > node.most:
            raise Unfit(f"has more than {node.most} decimals")
        return number
    if node.kind in ("code", "unit"):
        code = written_unit(text, "dico") if node.kind == "unit" else text
        if code not in node.codes:
            raise Unfit(f"is none of {', '.join(sorted(node.codes))}")
        return code
    if node.most and len(text) > node.most:
        raise Unfit(f"is longer than the {node.most} characters that the standard has for it")
    if FORBIDDEN.search(text):
        raise Unfit("holds a character that XML cannot have")
    return text


def _time(text: str) -> str:
    if not _TIME.fullmatch(text):
        raise Unfit("is no time as 12:30:00")
    return text


_FORMS: Final[dict[str, Callable[[str], str]]] = {
    "date": iso_date,
    "time": _time,
    "int": integer_text,
    "gln": gln,
    "gtin": lambda text: gtin(text, width=14),
}
