"""Whether the kinds of a definition fit its resources, and name fields that there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.config.finding import Finding
from core.config.flow_kinds import KINDS, REPORTED, RESOLVED
from core.links.model.lines import LINES
from core.links.model.templates import names_in
from core.text import listed, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from core.config.flow_kinds import Kind, PartName
    from core.config.outline import KeyPath
    from core.links.model.connector import Connector
    from core.links.model.kinds import (
        CompanyWrite,
        KindMapping,
        KindRead,
        KindWrite,
        PartRead,
        PartWrite,
        ReadFields,
        WriteFields,
    )
    from core.links.model.writes import LookUp


def check_kinds(connector: Connector) -> Iterator[Finding]:
    """Yield what does not fit together."""
    for name, mapping in connector.kinds.items():
        kind, path = KINDS[name], ("kinds", name)
        if mapping.read is not None:
            yield from _read(connector, kind, mapping.read, (*path, "read"))
        if mapping.write is not None:
            yield from _write(connector, kind, mapping.write, (*path, "write"))
    yield from _sought(connector)


def _sought(connector: Connector) -> Iterator[Finding]:
    """See that what records are looked for by, and cannot be without, is written by some kind.

    Of a resource that no kind writes to, nobody knows which fields its records have.
    """
    written: dict[str, set[str]] = {}
    for mapping in connector.kinds.values():
        for resource, fields in _written(mapping):
            written.setdefault(resource, set()).update(fields)
    own = {LINES, "id", *(each.name for each in connector.fields)}
    for resource, fields in written.items():
        write = connector.resources[resource].write if resource in connector.resources else None
        if write is None:
            continue
        path, known = ("resources", resource, "write"), fields | own
        look_ups: list[tuple[KeyPath, LookUp]] = []
        if write.look_up is not None:
            look_ups.append((("look_up",), write.look_up))
        look_ups += [(("otherwise", number), each) for number, each in enumerate(write.otherwise)]
        needed: list[tuple[KeyPath, str]] = [
            ((*key, part), name) for key, each in look_ups for part in _SOUGHT for name in _names(each, part)
        ]
        if write.create is not None:
            needed += [(("create", "required"), name) for name in write.create.required]
        for key, name in dict.fromkeys(needed):
            if name not in known:
                said = "no kind writes this field, so that no record has it"
                yield Finding((*path, *key), said, f'"{name}"', nearest(name, fields))


_SOUGHT = ("path", "query", "body", "match")


def _names(look_up: LookUp, part: str) -> Iterable[str]:
    value = getattr(look_up, part)
    return value if part == "match" else names_in(value or "")


def _written(mapping: KindMapping) -> Iterator[tuple[str, Iterable[str]]]:
    """Yield each resource that a kind writes to, with the fields that it writes."""
    if mapping.read is not None and mapping.read.report is not None:
        yield mapping.read.report.resource, mapping.read.report.fields
    if (write := mapping.write) is None:
        return
    yield write.resource, [*write.fields, *(part.member for part in write.parts.values() if part.member is not None)]
    for other in (write.contact, write.company):
        if other is not None:
            yield other.resource, other.fields
    for part in write.parts.values():
        if part.resource is not None:
            yield part.resource, part.fields


def _read(connector: Connector, kind: Kind, read: KindRead, path: KeyPath) -> Iterator[Finding]:
    yield from _resource(connector, (*path, "resource"), read.resource)
    yield from _read_fields(kind, read.fields, (*path, "fields"), line=False)
    if (read.one or any(each.one for each in read.related.values())) and "key" in {
        each.name for each in connector.fields
    }:
        # A field of a record never stands in for one of the link.
        yield Finding((*path, "one"), "{key} would be the field of the link that is called so: call that otherwise")
    for prefix, related in read.related.items():
        other = connector.kinds.get(related.kind)
        place = (*path, "related", prefix)
        if other is None or other.read is None or (other.read.one is None and related.one is None):
            yield Finding((*place, "kind"), "this kind is not read one by one here: give it read.one", related.kind)
        if not any(name.startswith(f"{prefix}.") for name in kind.fields):
            yield Finding(place, f"{kind.name} have no fields of this name", prefix)
    if read.lines is not None:
        if not kind.lines:
            yield Finding((*path, "lines"), f"{kind.name} have no lines")
        yield from _read_fields(kind, read.lines, (*path, "lines"), line=True)
    for part, rule in read.parts.items():
        yield from _read_part(kind, part, rule, (*path, "parts", part))
    if read.report is not None:
        place = (*path, "report")
        yield from _resource(connector, (*place, "resource"), read.report.resource, writes=True)
        yield from _write_fields(kind, read.report.fields, (*place, "fields"), line=False, more=REPORTED)


def _write(connector: Connector, kind: Kind, write: KindWrite, path: KeyPath) -> Iterator[Finding]:
    yield from _resource(connector, (*path, "resource"), write.resource, writes=True)
    yield from _write_fields(kind, write.fields, (*path, "fields"), line=False)
    if write.lines is not None:
        if not kind.lines:
            yield Finding((*path, "lines"), f"{kind.name} have no lines")
        yield from _write_fields(kind, write.lines, (*path, "lines"), line=True)
    for part, rule in write.parts.items():
        yield from _write_part(connector, kind, part, rule, (*path, "parts", part))
    if write.refer is not None:
        read = connector.kinds[kind.name].read
        if read is None or read.one is None:
            yield Finding(
                (*path, "refer"), "to see it, the kind must be read one by one: give it read.one", write.refer
            )
    if write.company is not None:
        yield from _company(connector, kind, write, write.company, (*path, "company"))
    if write.contact is not None:
        place = (*path, "contact")
        if kind.name != "customers":
            yield Finding(place, "only customers have one")
        yield from _resource(connector, (*place, "resource"), write.contact.resource, writes=True)
        yield from _write_fields(kind, write.contact.fields, (*place, "fields"), line=False)


def _read_part(kind: Kind, part: PartName, rule: PartRead, path: KeyPath) -> Iterator[Finding]:
    if part not in kind.parts:
        yield Finding(path, f"{kind.name} have no such part")
        return
    for field in rule.fields:
        if kind.type_of(field, part=part) is None:
            yield _no_field(kind, field, (*path, "fields", field), part=part)


def _write_part(connector: Connector, kind: Kind, part: PartName, rule: PartWrite, path: KeyPath) -> Iterator[Finding]:
    if part not in kind.parts:
        yield Finding(path, f"{kind.name} have no such part")
        return
    if rule.resource is not None:
        yield from _resource(connector, (*path, "resource"), rule.resource, writes=True)
        found = connector.resources.get(rule.resource)
        if found is not None and found.write is not None and found.write.look_up is None:
            yield Finding(
                (*path, "resource"), "it needs a look_up, so that none is created twice", f'"{rule.resource}"'
            )
    for key, fields in (("fields", rule.fields), ("items", rule.items)):
        yield from _write_fields(kind, fields, (*path, key), line=False, part=part)


def _company(
    connector: Connector, kind: Kind, write: KindWrite, company: CompanyWrite, path: KeyPath
) -> Iterator[Finding]:
    if kind.name != "contacts":
        yield Finding(path, "only contacts have one")
    yield from _resource(connector, (*path, "resource"), company.resource, writes=True)
    yield from _write_fields(kind, company.fields, (*path, "fields"), line=False)
    if not any(rule.field == "organisation.key" for rule in write.fields.values()):
        yield Finding(path, "no field of the contact has its id: write one from organisation.key")
    for number, look_up in enumerate(company.look_up):
        for name in look_up.match:
            if name not in company.fields:
                place = (*path, "look_up", number, "match")
                yield Finding(place, "it is no field that is written", f'"{name}"', nearest(name, company.fields))


def _resource(connector: Connector, path: KeyPath, name: str, *, writes: bool = False) -> Iterator[Finding]:
    found = connector.resources.get(name)
    if found is None:
        near = nearest(name, connector.resources)
        yield Finding(path, "there is no such resource", f'"{name}"', near)
    elif writes and found.write is None:
        yield Finding(path, "this resource has no [write]", f'"{name}"')


def _read_fields(kind: Kind, fields: ReadFields, path: KeyPath, *, line: bool) -> Iterator[Finding]:
    for name in fields:
        if kind.type_of(name, line=line) is None:
            yield _no_field(kind, name, (*path, name), line=line)


def _write_fields(
    kind: Kind,
    fields: WriteFields,
    path: KeyPath,
    *,
    line: bool,
    more: tuple[str, ...] = (),
    part: PartName | None = None,
) -> Iterator[Finding]:
    for member, rule in fields.items():
        for name in (*(each for each in (rule.field, rule.instead) if each is not None), *rule.join):
            if name in (*RESOLVED, *more):
                continue
            # A line may write what its record has: the warehouse of the order.
            if kind.type_of(name, line=line, part=part) is None and (not line or kind.type_of(name) is None):
                yield _no_field(kind, name, (*path, member), line=line, part=part)


def _no_field(kind: Kind, name: str, path: KeyPath, *, line: bool = False, part: PartName | None = None) -> Finding:
    known = kind.lines if line else kind.fields if part is None else kind.parts[part]
    what = f"a line of {kind.name} has" if line else f"{part or kind.name} have"
    near = nearest(name, known)
    rest = "" if near else f"; there are {listed([each for each in known if '.' not in each], last='and')}"
    return Finding(path, f"{what} no field {name!r} in Pendel{rest}", "", near)
