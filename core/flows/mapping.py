"""Rows of a system made Pendel's records, and records made what the system takes, as its definition and link say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from core.flows.record import LINES, Record, Unfit, country_of, shaped
from core.links.judging import MISSING, member
from core.links.model.templates import filled
from core.links.values import plain, read_as

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.config.flow_kinds import Kind
    from core.links.model.kinds import KindRead, KindWrite, ReadField, ReadFields, Related, WriteField, WriteFields

ValueLists = Mapping[str, Mapping[str, str]]
"""By the name of the list: Pendel's value, and the system's."""


def in_system(lists: ValueLists, name: str, value: str, country: str) -> str:
    """Return what a value of a list is in the system. ``21@DE`` goes before ``21``, and ``@DE`` takes any value."""
    known = lists.get(name, {})
    for key in (f"{value}@{country}", f"@{country}", value, "*"):
        if key in known:
            return known[key]
    return value


def in_pendel(lists: ValueLists, name: str, value: str) -> str:
    """Return what a system's value of a list is in Pendel; the first that fits."""
    for own, theirs in lists.get(name, {}).items():
        if theirs == value and own != "*":
            return own.partition("@")[0] or value
    return value


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

    def key(self, row: Mapping[str, Any]) -> str:
        """Return the key of a row; empty where it has none."""
        found = member(row, self.read.key)
        return "" if found is MISSING or found is None else plain(found).strip()

    def record(self, row: Mapping[str, Any]) -> Record:
        """Return the record of a row.

        Raises:
            Unfit: a value cannot be read.
        """
        values = dict(self._values(row, self.read.fields))
        if self.read.lines is not None:
            found = row.get(LINES)
            lines = found if isinstance(found, list) else []
            values[LINES] = [dict(self._values(line, self.read.lines)) for line in lines]
        return shaped(self.kind, values)

    def related(self, row: Mapping[str, Any]) -> Iterator[tuple[str, Related, str]]:
        """Yield prefix, declaration and key of the records that a row refers to."""
        for prefix, declared in self.read.related.items():
            found = member(row, declared.by)
            if found is not MISSING and found is not None and plain(found).strip():
                yield prefix, declared, plain(found).strip()

    def _values(self, row: Mapping[str, Any], fields: ReadFields) -> Iterator[tuple[str, Any]]:
        for name, rule in fields.items():
            value = self._value(row, name, rule)
            if value is not None:
                yield name, value

    def _value(self, row: Mapping[str, Any], name: str, rule: ReadField) -> Any:
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


class Outgoing:
    """Makes of records what a system takes."""

    def __init__(self, kind: Kind, write: KindWrite, lists: ValueLists) -> None:
        self.kind = kind
        self.write = write
        self._lists = lists

    def sought(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a record is looked for by: all that can be said of it yet, checked by nobody."""
        return self._members(record, self.write.fields, record, checked=False)

    def created(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """Return what is sent to create a record.

        Raises:
            Unfit: the system would not take it.
        """
        return self._whole(record, self.write.fields)

    def updated(self, record: Mapping[str, Any], current: Mapping[str, Any] | None) -> dict[str, Any]:
        """Return what is sent to update a record that is ``current`` at the target; None where that cannot be seen.

        Raises:
            Unfit: the system would not take it.
        """
        fields = {name: rule for name, rule in self.write.fields.items() if _updates(rule, current)}
        return self._whole(record, fields)

    @property
    def looks_before_updates(self) -> bool:
        """Whether an update depends on what the target has."""
        return any(rule.mode == "if_empty" for rule in self.write.fields.values())

    def members(self, record: Mapping[str, Any], fields: WriteFields) -> dict[str, Any]:
        """Return members of another record that goes along, such as the contact of a company.

        Raises:
            Unfit: as :meth:`created`.
        """
        return self._members(record, fields, record)

    def _whole(self, record: Mapping[str, Any], fields: WriteFields) -> dict[str, Any]:
        result = self._members(record, fields, record)
        lines = self.write.lines
        if lines is not None:
            result[LINES] = [
                self._members(line, lines, record, place=f" of line {number}")
                for number, line in enumerate(record.get(LINES, ()), start=1)
            ]
        return result

    def _members(
        self,
        record: Mapping[str, Any],
        fields: WriteFields,
        whole: Mapping[str, Any],
        *,
        place: str = "",
        checked: bool = True,
    ) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for name, rule in fields.items():
            value = self._value(record, whole, name, rule, place=place, checked=checked)
            if value is not None:
                result[name] = value
        return result

    def _value(
        self,
        record: Mapping[str, Any],
        whole: Mapping[str, Any],
        name: str,
        rule: WriteField,
        *,
        place: str,
        checked: bool,
    ) -> Any:
        if rule.constant is not None:
            return rule.constant
        field, value = rule.field or "", _picked(record, whole, rule)
        if value is not None and rule.list is not None:
            value = in_system(self._lists, rule.list, plain(value), country_of(whole))
        if value is None:
            value = rule.default
        if value is None:
            if rule.required and checked:
                raise Unfit(
                    f"{field}{place} is empty, and the target needs it as {name}.",
                    advice="Fill it at the source, or set a default.",
                )
            return None
        if checked:
            value = _fitted(value, rule, f"{field or name}{place}")
        if rule.write is not None:
            try:
                return filled(rule.write, {"value": value})
            except ValueError as error:
                raise Unfit(f"{field}{place} cannot be written as {name}: {error}.") from None
        return value


def _picked(record: Mapping[str, Any], whole: Mapping[str, Any], rule: WriteField) -> Any:
    """Return the value of the fields of a rule; a line has those of its record, too."""

    def of(name: str | None) -> Any:
        return record.get(name, whole.get(name)) if name is not None else None

    value = of(rule.field)
    if value is None:
        value = of(rule.instead)
    if not rule.join:
        return value
    return " ".join(plain(part) for part in (value, *map(of, rule.join)) if part is not None) or None


def _fitted(value: Any, rule: WriteField, place: str) -> Any:
    if rule.digits_only and not plain(value).isdecimal():
        raise Unfit(
            f"{place} has other characters than digits, and the target takes nothing else.",
            advice="Nothing was sent. Give it a number of digits at the source.",
        )
    if rule.max_length is not None and isinstance(value, str) and len(value) > rule.max_length:
        if not rule.cut:
            raise Unfit(
                f"{place} has {len(value)} characters, and the target takes {rule.max_length}.",
                advice="Nothing was sent. Shorten it at the source.",
            )
        return value[: rule.max_length].rstrip()
    return value


def _updates(rule: WriteField, current: Mapping[str, Any] | None) -> bool:
    if rule.mode == "if_empty":
        # What cannot be seen is not overwritten.
        return current is not None and current.get(rule.field or "") is None
    return rule.mode == "always"
