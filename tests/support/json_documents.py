"""Documents that have everything a JSON Schema knows: each member that an object may have, once or several times.

It is only as much of JSON Schema as that of ETIM xChange needs: properties, items, lists of values, patterns.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_FITTING = (
    "{n}.5", "{n}", "{m}.5", "{n:04}", "{n:09}", "{n:013}", "NL", "EUR", "nl-NL", "1.5", "10.0", "EC{n:06}", "EF{n:06}",
    "EV{n:06}", "MC{n:06}", "CT{n:06}", "P1{m:02}", "SP1{m:02}", "1{m:02}-12-1", "1{m:02}-123-1",
    "aaaa-bbbb-cccc-{n:04}",
)  # fmt: skip
"""Of a text that has a pattern, the first of these that fits it."""


_ONE = ("Supplier", "Product", "TradeItem")
"""Arrays of records: what belongs to one must not be taken for that of another."""


@dataclass
class JsonDocuments:
    """Makes documents of a schema."""

    schema: Mapping[str, Any]
    values: Mapping[str, Any]
    """What stands in members whose values must mean something, by their name or their path (``A/B``); ``{n}`` becomes
    a number. A list has one after the other, in the items of an array."""
    without: frozenset[str] = frozenset()
    """Members that are left out, for they exclude others."""
    several: bool = False
    """Whether arrays have two items."""
    _numbers: Iterator[int] = field(default_factory=lambda: iter(range(1, 100_000)))

    def document(self) -> Any:
        """Return a document."""
        return self._made(self.schema, (), 0)

    def _made(self, schema: Mapping[str, Any], path: tuple[str, ...], place: int) -> Any:
        match schema.get("type"):
            case "object":
                return {
                    name: self._made(member, (*path, name), place)
                    for name, member in schema["properties"].items()
                    if not {name, "/".join((*path, name)[-2:])} & self.without
                }
            case "array":
                count = 2 if self.several and path[-1] not in _ONE else 1
                return [self._made(schema["items"], path, place) for place in range(count)]
        for name in ("/".join(path[-2:]), path[-1]):
            if name in self.values:
                value = self.values[name]
                value = value[place] if isinstance(value, list) else value
                return self._written(value) if isinstance(value, str) else value
        return self._value(schema, place)

    def _value(self, schema: Mapping[str, Any], place: int) -> Any:
        if "enum" in schema:
            return schema["enum"][place % len(schema["enum"])]
        match schema.get("type"):
            case "boolean":
                return True
            case "integer" | "number":
                return next(self._numbers)
        number = next(self._numbers)
        if schema.get("format") == "date":
            return f"2026-01-{1 + number % 28:02}"
        if "pattern" not in schema:
            least, most = schema.get("minLength", 0), schema.get("maxLength", 100)
            return f"t{number}".ljust(least, "x")[-most:]
        texts = (text.format(n=number, m=number % 100) for text in _FITTING)
        return next(text for text in texts if re.search(schema["pattern"], text))

    def _written(self, text: str) -> str:
        return text.format(n=next(self._numbers))
