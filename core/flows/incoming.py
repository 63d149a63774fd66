"""Rows of a system made Pendel's records, as its definition and link say."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from itertools import repeat
from typing import TYPE_CHECKING, Any

from core.flows.named import named_in
from core.flows.record import LINES, PART_KEY, Record, Unfit, shaped, typed
from core.flows.value_lists import ValueLists, in_pendel
from core.links.judging import MISSING, member
from core.links.values import plain, read_as

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from core.config.flow_kinds import Kind, PartName
    from core.links.model.kinds import (
        KindRead,
        NamedPrefix,
        NamedRead,
        PartRead,
        ReadField,
        ReadFields,
        Related,
    )


class Incoming:
    """Makes records of the rows of a system."""

    def __init__(self, kind: Kind, read: KindRead, lists: ValueLists) -> None:
        self.kind = kind
        self.read = read
        self._lists = lists

    def wanted(self, row: Mapping[str, Any]) -> bool:
        """Whether a row is of this kind at all."""
        return all(
            plain(member(row, path)) in {plain(each) for each in values} for path, values in self.read.only.items()
        )

    def keys(self, rows: Sequence[Mapping[str, Any]]) -> list[str]:
        """Return the key of each row."""
        path = self.read.key
        found = [row.get(path) for row in rows] if "." not in path else [None] * len(rows)
        return [key.strip() if type(key) is str else self.key(row) for key, row in zip(found, rows, strict=True)]

    def key(self, row: Mapping[str, Any]) -> str:
        """Return the key of a row; empty where it has none."""
        found = member(row, self.read.key)
        return "" if found is MISSING or found is None else plain(found).strip()

    def records(self, rows: Sequence[Mapping[str, Any]]) -> list[Record | Unfit]:
        """Return the record of each row, or what cannot be read of it."""
        if self.read.lines is None and not self.read.parts and not self.read.named:
            try:
                return self._together(rows)
            except (Unfit, ValueError, InvalidOperation, OverflowError):
                # One of them is wrong. Which one, and in what, is found out one by one.
                pass
        return [self._alone(row) for row in rows]

    def _alone(self, row: Mapping[str, Any]) -> Record | Unfit:
        try:
            return self.record(row)
        except Unfit as error:
            return error

    def _together(self, rows: Sequence[Mapping[str, Any]]) -> list[Record | Unfit]:
        """Read many rows field by field, which costs a fraction of reading them row by row."""
        names = list(self.read.fields)
        columns = [self._column(rows, name, rule) for name, rule in self.read.fields.items()]
        if not any(None in column for column in columns):
            return list(map(dict, map(zip, repeat(names), zip(*columns, strict=True))))
        return [
            {name: value for name, value in zip(names, values, strict=True) if value is not None}
            for values in zip(*columns, strict=True)
        ]

    def _column(self, rows: Sequence[Mapping[str, Any]], name: str, rule: ReadField) -> list[Any]:
        path, declared = rule.member, self.kind.type_of(name)
        if declared is None:
            raise Unfit("a field that there is not")
        found: list[Any]
        if path is None or "." in path or rule.model_fields_set != {"member"}:
            found = [self._value(row, name, rule) for row in rows]
        else:
            found = [row.get(path) for row in rows]
        if declared == "text":
            return [(value.strip() or None) if type(value) is str else typed(value, declared) for value in found]
        if declared == "boolean":
            return [value if value is True or value is False else typed(value, declared) for value in found]
        if declared == "decimal":
            return [
                value if type(value) is Decimal and value.is_finite() else typed(value, declared) for value in found
            ]
        return [typed(value, declared) for value in found]

    def record(self, row: Mapping[str, Any], *, keys: bool = False) -> Record:
        """Return the record of a row; with ``keys``, its parts have the ids that they have in the system.

        Raises:
            Unfit: a value cannot be read.
        """
        values = {**self._named(row, self.read.named), **dict(self._values(row, self.read.fields))}
        for part, rule in self.read.parts.items():
            if member(row, rule.member) is not MISSING:
                values[part] = [told for _, told in self._items_of(row, part, rule)]
        if self.read.lines is not None:
            found = row.get(LINES)
            lines = found if isinstance(found, list) else []
            values[LINES] = [dict(self._values(line, self.read.lines)) for line in lines]
        record = shaped(self.kind, values)
        if keys:
            for part, rule in self.read.parts.items():
                for each, (item, _) in zip(record.get(part, ()), self._items_of(row, part, rule), strict=False):
                    found = MISSING if rule.key is None else member(item, rule.key)
                    if found is not MISSING and found is not None:
                        each[PART_KEY] = found
        return record

    def _items_of(self, row: Mapping[str, Any], part: PartName, rule: PartRead) -> Iterator[tuple[Any, Record]]:
        """Yield the items of a part, with what they say; one that says nothing is none."""
        for item in _items_in(member(row, rule.member), part):
            told = {**self._named(item, rule.named), **dict(self._values(item, rule.fields))}
            if told:
                yield item, told

    def _named(self, row: Any, rules: Mapping[NamedPrefix, NamedRead]) -> Record:
        return {name: value for prefix, rule in rules.items() for name, value in named_in(row, prefix, rule)}

    def related(self, row: Mapping[str, Any]) -> Iterator[tuple[str, Related, str]]:
        """Yield prefix, declaration and key of the records that a row refers to."""
        for prefix, declared in self.read.related.items():
            found = member(row, declared.by)
            if found is not MISSING and found is not None and plain(found).strip():
                yield prefix, declared, plain(found).strip()

    def _values(self, row: Any, fields: ReadFields) -> Iterator[tuple[str, Any]]:
        for name, rule in fields.items():
            value = self._value(row, name, rule)
            if value is not None:
                yield name, value

    def _value(self, row: Any, name: str, rule: ReadField) -> Any:
        if rule.constant is not None:
            return rule.constant
        found: Any = member(row, rule.member or ".")
        if _absent(found) and rule.instead is not None:
            found = member(row, rule.instead)
        if _absent(found):
            return rule.default
        if rule.read is not None:
            try:
                found = read_as(found, rule.read)
            except ValueError as error:
                raise Unfit(
                    f"{name} cannot be read as {rule.read}: {error}.", advice="Compare the definition of the connector."
                ) from None
        if rule.values:
            found = rule.values.get(plain(found).strip(), found)
        if rule.list is not None:
            found = in_pendel(self._lists, rule.list, plain(found).strip())
        return found


def _absent(value: Any) -> bool:
    return value is MISSING or value is None or (isinstance(value, str) and not value.strip())


def _items_in(found: Any, part: PartName) -> list[Any]:
    if found is MISSING or found is None:
        return []
    if isinstance(found, dict):
        return [found]
    if not isinstance(found, list):
        raise Unfit(
            f"Its {part} cannot be read: they are no list.",
            advice="Compare the definition of the connector with what the system answers.",
        )
    return found
