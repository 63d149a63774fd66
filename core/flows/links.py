"""What the settings of a link change in the definition of its connector."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.config.flow_kinds import KINDS
from core.errors import Refused
from core.links.model.kinds import KindMapping, KindRead, KindWrite, ReadField, WriteField
from core.text import listed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from core.config.flow_kinds import KindName
    from core.config.links import FieldSync, SyncSettings

_LINES = "lines."


def kinds_of(kinds: Mapping[KindName, KindMapping], sync: Mapping[str, SyncSettings]) -> dict[KindName, KindMapping]:
    """Return the kinds of a connector with the fields of a link in place of those that are mapped by default."""
    return {name: _with(mapping, sync[name].fields) if name in sync else mapping for name, mapping in kinds.items()}


def part_of(kinds: Mapping[KindName, KindMapping], kind: KindName, *, connector: str) -> KindMapping:
    """Return how a system has a kind.

    Raises:
        Refused: it does not have it.
    """
    if kind not in kinds:
        there = f"There are {listed(kinds, last='and')}." if kinds else "There are none."
        raise Refused(
            f"{connector} has no {KINDS[kind].title.lower()}.",
            advice=f"{there} A definition says under [kinds] what a flow can use.",
        )
    return kinds[kind]


def _with(mapping: KindMapping, fields: Sequence[FieldSync]) -> KindMapping:
    read, write = mapping.read, mapping.write
    for each in fields:
        if read is not None:
            read = _read(read, each)
        if write is not None:
            write = _write(write, each)
    return KindMapping.model_construct(read=read, write=write)


def _place(each: FieldSync) -> tuple[bool, str, str | None]:
    """Return whether it is of a line, the member and the field, without what says so."""
    line = each.name.startswith(_LINES) or (each.field or "").startswith(_LINES)
    field = None if each.field is None else each.field.removeprefix(_LINES)
    return line, each.name.removeprefix(_LINES), field


def _read(read: KindRead, each: FieldSync) -> KindRead:
    line, member, field = _place(each)
    table = dict((read.lines or {}) if line else read.fields)
    before = {name: rule for name, rule in table.items() if rule.member == member}
    for name in before:
        del table[name]
    if each.read and field is not None:
        notation = next((rule.read for rule in before.values()), None)
        table[field] = ReadField.model_construct(
            member=member, instead=None, constant=None, read=notation, values={}, list=each.value_list, default=None
        )
    return read.model_copy(update={"lines" if line else "fields": table})


def _write(write: KindWrite, each: FieldSync) -> KindWrite:
    line, member, field = _place(each)
    table = dict((write.lines or {}) if line else write.fields)
    before = table.pop(member, None)
    if each.write != "never":
        changes = {
            "field": field,
            "constant": each.default if field is None else None,
            "default": each.default if field is not None else None,
            "list": each.value_list,
            "mode": each.write,
        }
        table[member] = (before or WriteField.model_construct(field=field)).model_copy(update=changes)
    return write.model_copy(update={"lines" if line else "fields": table})
