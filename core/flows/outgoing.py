"""Records made what a system takes, as its definition and link say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.flows.named import named_out, named_update
from core.flows.record import LINES, NOT_YET, PART_KEY, Unfit, country_of
from core.flows.value_lists import ValueLists, in_system
from core.links.model.templates import filled
from core.links.values import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.config.flow_kinds import Kind, PartName
    from core.links.model.kinds import (
        KindWrite,
        NamedPrefix,
        NamedWrite,
        PartWrite,
        WriteField,
        WriteFields,
    )

_TOLD_BY: Mapping[PartName, str] = {"variants": "number", "categories": "code"}
_ADDRESS = (PART_KEY, "parent.key", "parent.number", "number", "code")
"""Fields without which nobody knows which variant or category is meant."""


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
        result = self._whole(record, self.write.fields)
        for part, rule in self.write.parts.items():
            if rule.member is not None and part in record:
                result[rule.member] = self._items(part, rule, record, None)
        return result | _all_named(record, self.write.named)

    def updated(self, record: Mapping[str, Any], current: Mapping[str, Any] | None) -> dict[str, Any]:
        """Return what is sent to update a record that is ``current`` at the target; None where that cannot be seen.

        Raises:
            Unfit: the system would not take it.
        """
        fields = {name: rule for name, rule in self.write.fields.items() if _updates(rule, current)}
        result = self._whole(record, fields) | self._named(record, current, self.write.named)
        for part, rule in self.write.parts.items():
            if rule.member is not None and part in record:
                result[rule.member] = self._items(part, rule, record, current or {})
        return result

    @property
    def looks_before_updates(self) -> bool:
        """Whether an update depends on what the target has."""
        modes = {rule.mode for rule in self.write.fields.values()} | {rule.mode for rule in self.write.named.values()}
        return "variants" in self.write.parts or "if_empty" in modes

    def sought_part(self, part: PartName, each: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a variant or category is looked for by (:meth:`sought`)."""
        return self._members(each, self.write.parts[part].fields, each, checked=False)

    def part(
        self,
        part: PartName,
        each: Mapping[str, Any],
        fields: WriteFields,
        *,
        new: bool = False,
        known: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Return what is written of a variant or category: of one that is new, or there, and ``known`` if it was seen.

        Raises:
            Unfit: as :meth:`created`.
        """
        named = self.write.parts[part].named
        place = f" of the {_SINGULAR[part]} {plain(each.get(_TOLD_BY[part], ''))}"
        if new:
            return self._members(each, fields, each, place=place) | _all_named(each, named)
        if known is not None and PART_KEY in known:
            each = {**each, PART_KEY: known[PART_KEY]}
        chosen = {name: rule for name, rule in fields.items() if rule.field in _ADDRESS or _updates(rule, known)}
        return self._members(each, chosen, each, place=place) | self._named(each, known, named)

    def _items(
        self, part: PartName, rule: PartWrite, record: Mapping[str, Any], current: Mapping[str, Any] | None
    ) -> list[Any]:
        """Return the list of variants or categories inside a record; ``current`` is None where it is created.

        Variants that the source has no more stay in it, for a list may take the place of what is there: they are only
        said to be out of use.
        """
        by = _TOLD_BY[part]
        there = {each.get(by): each for each in (current or {}).get(part, ())}
        items = []
        for each in record[part]:
            if each.get("direct") is False:
                continue
            known = there.pop(each.get(by), None)
            new = known is None and (current is None or part in current)
            told = in_use_again({"parent.number": record.get("number"), **each}, known)
            items.append(self.part(part, told, rule.items, new=new, known=known))
        if part == "variants":
            items += [self.part(part, {**each, "active": False}, rule.items, known=each) for each in there.values()]
        return [item["."] if item.keys() == {"."} else item for item in items]

    def _named(
        self,
        record: Mapping[str, Any],
        current: Mapping[str, Any] | None,
        rules: Mapping[NamedPrefix, NamedWrite],
    ) -> dict[str, Any]:
        found = {rule.member: named_update(record, current, prefix, rule) for prefix, rule in rules.items()}
        return {name: value for name, value in found.items() if value is not None}

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
        if value is not None and rule.values:
            value = rule.values.get(plain(value), value)
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


_SINGULAR: Mapping[PartName, str] = {"variants": "variant", "categories": "category"}


def in_use_again(each: Mapping[str, Any], known: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """Return a part that is out of use at the target as one in use; a source that has one seldom says that it is."""
    return {"active": True, **each} if known is not None and known.get("active") is False else each


def _all_named(record: Mapping[str, Any], rules: Mapping[NamedPrefix, NamedWrite]) -> dict[str, Any]:
    found = {rule.member: named_out(record, prefix, rule) for prefix, rule in rules.items()}
    return {name: value for name, value in found.items() if value is not None}


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
    if value == NOT_YET:
        return value
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
