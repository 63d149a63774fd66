"""The tables of messages as trees of nodes, for each of the two profiles."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import Final, Literal

from core.exchange.formats.dico.messages import BLOCKS, CODES, MESSAGES

Profile = Literal["insbou", "sales"]
"""INSBOU003; or SALES005 by what is known of how it differs."""

_SIZES: Final[dict[Profile, dict[str, str]]] = {
    "insbou": {"free": "70", "city": "35"},
    "sales": {"free": "1000", "city": "80"},
}
_LINE = re.compile(r"(?P<name>\w+)(?: (?P<occurs>[!*+]))?(?: (?P<kind>(?!only )\S+))?(?: only (?P<only>\w+))?")
_RENAMED: Final = {
    "SuppliersTradeItemIdentification": "SuppliersTradeItemId",
    "MeasureUnitPriceBasis": "PriceBasisUoM",
    "DeliveredQuantityMeasurementUnit": "DeliveredQuantityUoM",
}
_TYPED: Final = {
    "lineidentitfication": "lineidentification",
    "contactgegevens": "contactinformation",
    "deliverytimeearlies": "deliverytimeearliest",
}
"""Names that files in the field have; others differ in the case of their letters only."""
WRAPPERS: Final = frozenset(
    {
        "CustomerOrderReference",
        "ProjectReference",
        "DeliveryConditions",
        "AdditionalInformation",
        "OrderReference",
        "OrderLineReference",
        "ContractReference",
    }
)
"""Groups around a single element: files in the field leave them out, or have them where there should be none."""


@dataclass(slots=True)
class Node:
    """An element: a group of others, or a text."""

    name: str
    """As INSBOU003 calls it, in both profiles."""
    kind: str = ""
    """Of a text; empty for a group."""
    must: bool = False
    """It has to be there where its group is."""
    repeated: bool = False
    children: dict[str, Node] = field(default_factory=dict)
    codes: frozenset[str] = frozenset()
    most: int = 0
    """Characters, or decimals, at most; 0 where that is not known."""
    written: str = ""
    """As the profile calls it."""
    known_as: frozenset[str] = frozenset()
    """All that it is called, in lower case."""

    @property
    def is_group(self) -> bool:
        """Whether it is made of other elements."""
        return not self.kind

    def find(self, name: str) -> Node | None:
        """Return the part of a name as files in the field have it, of whichever profile."""
        known = _TYPED.get(name.casefold(), name.casefold())
        return next((node for node in self.children.values() if known in node.known_as), None)

    def wrapper_of(self, name: str) -> Node | None:
        """Return the group without which files in the field have an element."""
        return next((node for node in self.children.values() if node.name in WRAPPERS and node.find(name)), None)

    def at(self, path: str) -> Node:
        """Return the element at a path. Raises KeyError where there is none."""
        node = self
        for name in path.split("/"):
            node = node.children[name]
        return node


@cache
def message(root: str, profile: Profile) -> Node:
    """Return the node of a message. Raises KeyError for a root that is none of the four."""
    node = Node(root, must=True, written=root)
    _fill(node, MESSAGES[root], profile)
    return node


def _fill(into: Node, table: str, profile: Profile) -> None:
    lines = [line for line in table.splitlines() if line.strip()]
    margin = len(lines[0]) - len(lines[0].lstrip())
    stack = [into]
    for line in lines:
        depth = (len(line) - len(line.lstrip()) - margin) // 4
        found = _LINE.fullmatch(line.strip())
        if found is None:
            raise ValueError(f"no line of a table: {line}")
        if found["only"] not in (None, profile):
            continue
        node = _node(found["name"], found["occurs"] or "", found["kind"] or "", profile)
        del stack[depth + 1 :]
        stack[depth].children[node.name] = node
        stack.append(node)


def _node(name: str, occurs: str, kind: str, profile: Profile) -> Node:
    node = Node(name, must=occurs in ("!", "+"), repeated=occurs in ("*", "+"))
    sales = _RENAMED.get(name) or re.sub(r"(?<=.)MeasureUnitCode$", "UoM", name)
    node.written = sales if profile == "sales" else name
    node.known_as = frozenset({name.casefold(), sales.casefold()})
    kind = _SIZES[profile].get(kind.removeprefix("@"), kind)
    if kind.startswith("@"):
        _fill(node, BLOCKS[kind[1:]], profile)
    elif kind.startswith("="):
        node.kind, node.codes = "code", frozenset(kind[1:].split("|"))
    elif kind.startswith("#") or kind == "unit":
        node.kind = "unit" if kind == "unit" else "code"
        node.codes = frozenset(CODES[profile][kind.removeprefix("#")].split())
    elif kind.isdigit():
        node.kind, node.most = "an", int(kind)
    elif kind.startswith("dec"):
        node.kind, node.most = "dec", int(kind[3:] or 0)
    else:
        node.kind = kind
    return node
