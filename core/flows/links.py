"""What the settings of a link change in the definition of its connector."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.config.flow_kinds import KINDS, REPORT
from core.errors import Refused
from core.links.model.kinds import KindMapping, KindRead, KindWrite, PartRead, PartWrite, ReadField, WriteField
from core.text import listed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from core.config.flow_kinds import KindName, PartName
    from core.config.links import FieldSync, SyncSettings

_LINES = "lines"


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
        if each.name.startswith(REPORT):
            read = _report(read, each) if read is not None else None
            continue
        if read is not None:
            read = _read(read, each)
        if write is not None:
            write = _write(write, each)
    return KindMapping.model_construct(read=read, write=write)


def _report(read: KindRead, each: FieldSync) -> KindRead:
    """Return how records are read, with something that the system is told of them."""
    member = each.name.removeprefix(REPORT)
    if read.report is None:
        return read
    table = {name: rule for name, rule in read.report.fields.items() if name != member}
    if each.write != "never":
        constant = each.default if each.field is None else None
        default = each.default if each.field is not None else None
        table[member] = WriteField.model_construct(
            field=each.field, constant=constant, default=default, list=each.value_list
        )
    return read.model_copy(update={"report": read.report.model_copy(update={"fields": table})})


def _place(each: FieldSync, parts: Mapping[PartName, PartRead | PartWrite]) -> tuple[str, str, str | None]:
    """Return of what it is (lines, a part, or nothing but the record), the member and the field without that."""
    for where in (_LINES, *parts):
        start = f"{where}."
        if each.name.startswith(start) or (each.field or "").startswith(start):
            field = None if each.field is None else each.field.removeprefix(start)
            return where, each.name.removeprefix(start), field
    return "", each.name, each.field


def _read(read: KindRead, each: FieldSync) -> KindRead:
    where, member, field = _place(each, read.parts)
    part = next((rule for name, rule in read.parts.items() if name == where), None)
    fields = read.fields if part is None else part.fields
    table = dict((read.lines or {}) if where == _LINES else fields)
    before = {name: rule for name, rule in table.items() if rule.member == member}
    for name in before:
        del table[name]
    if each.read and field is not None:
        notation = next((rule.read for rule in before.values()), None)
        table[field] = ReadField.model_construct(
            member=member, instead=None, constant=None, read=notation, values={}, list=each.value_list, default=None
        )
    if part is not None:
        return read.model_copy(update={"parts": {**read.parts, where: part.model_copy(update={"fields": table})}})
    return read.model_copy(update={"lines" if where == _LINES else "fields": table})


def _write(write: KindWrite, each: FieldSync) -> KindWrite:
    where, member, field = _place(each, write.parts)
    part = next((rule for name, rule in write.parts.items() if name == where), None)
    fields = write.fields if part is None else part.fields or part.items
    table = dict((write.lines or {}) if where == _LINES else fields)
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
    if part is not None:
        of_part = part.model_copy(update={"fields" if part.fields else "items": table})
        return write.model_copy(update={"parts": {**write.parts, where: of_part}})
    return write.model_copy(update={"lines" if where == _LINES else "fields": table})
