"""Records that come from a link."""

from __future__ import annotations

import hashlib
import json
from functools import cached_property
from typing import TYPE_CHECKING, Any

from core.config.flow_kinds import KINDS
from core.flows.incoming import Incoming
from core.flows.links import part_of
from core.flows.outgoing import Outgoing
from core.flows.record import Record, Unfit, variants_of
from core.flows.sides import Arrival, Sent
from core.flows.watching import watched
from core.links.declared import DeclaredLink
from core.links.faults import CallFailed, CannotTell
from core.links.memory import Memory
from core.links.model.kinds import KindWrite
from core.links.model.lines import AskedLines
from core.links.model.resources import ModifiedSince, RowVersion
from core.links.reading import Reading
from core.links.values import plain

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import datetime

    from core.config.flow_kinds import KindName
    from core.flows.sides import Unchanged
    from core.flows.value_lists import ValueLists
    from core.links.contract import Link, RecordReading
    from core.links.model.kinds import KindMapping, Related
    from core.links.model.requests import Request
    from core.links.model.resources import Resource
    from core.links.paging import Rows

_BEGINNING = "1970-01-01T00:00:00+00:00"
_MOST_REMEMBERED = 5_000
_VARIANT = "::"
"""Between the key of a product and the number of one of its variants."""


class LinkSource:
    """One kind of record of a link."""

    def __init__(
        self,
        name: str,
        link: Link,
        kinds: Mapping[KindName, KindMapping],
        kind: KindName,
        lists: ValueLists,
        *,
        begin: datetime | None = None,
    ) -> None:
        """``name`` is that of the link; ``kinds`` are those of its connector, as the link has them.

        ``begin`` is where a reading begins that has no mark; where a system knows no moments, it has no meaning.

        Raises:
            Refused: the system has no such records to read.
        """
        self.name = name
        self._link, self._kinds, self._kind, self._lists = link, kinds, kind, lists
        read = part_of(kinds, kind, connector=name).read
        if read is None:
            raise _not_read(name, kind)
        self._incoming = Incoming(KINDS[kind], read, lists)
        self._begin = begin
        self._reading: RecordReading | None = None
        self._related: Memory[tuple[KindName, str], Record] = Memory(_MOST_REMEMBERED)
        self._unfolds = False

    @property
    def fields(self) -> Collection[str]:
        """The fields that records can have."""
        read = self._incoming.read
        related = (
            f"{prefix}.{name}"
            for prefix, each in read.related.items()
            if (other := self._kinds[each.kind].read) is not None
            for name in other.fields
        )
        parts = (f"{part}.{name}" for part, rule in read.parts.items() for name in rule.fields)
        named = (f"{prefix}.*" for prefix in read.named)
        of_parts = (f"{part}.{prefix}.*" for part, rule in read.parts.items() for prefix in rule.named)
        return {*read.fields, *related, *parts, *named, *of_parts, *(f"lines.{name}" for name in read.lines or ())}

    @property
    def echoed(self) -> Collection[str]:
        """Of these, the ones that the system can also be written by."""
        return echoed(self._kinds[self._kind])

    def prefer(self, takes: Collection[str]) -> None:
        """Be told what the target takes (:class:`core.flows.sides.Source`)."""
        self._unfolds = "variants" in self._incoming.read.parts and "variants" not in takes

    def pages(self, since: str, unchanged: Unchanged) -> Iterator[list[Arrival]]:
        """Yield what changed since a mark (:class:`core.flows.sides.Source`)."""
        reading = self._reading = self._link.reading(self._incoming.read.resource, since=since or self._first())
        if not isinstance(reading, Reading) or self._unfolds or not self._asks_besides:
            for page in reading.pages():
                met = self._arrivals(page)
                yield [variant for each in met for variant in _unfolded(each)] if self._unfolds else met
            return
        for page in reading.pages(lines_later=True):
            rows = [(self._key(row), self._row_hash(row), row) for row in page if self._incoming.wanted(row)]
            known = unchanged({key: row_hash for key, row_hash, _ in rows})
            arrivals = []
            for key, row_hash, row in rows:
                if key in known:
                    arrivals.append(Arrival(key, {}, unchanged=True))
                else:
                    reading.add_lines([row])
                    arrivals.append(self._arrivals([row])[0]._replace(row_hash=row_hash))
            yield arrivals

    @property
    def _asks_besides(self) -> bool:
        """Whether more is asked for than the rows, of a system that says which of them changed."""
        read = self._incoming.read
        resource = self._resource(read.resource)
        if resource is None or not isinstance(resource.incremental, ModifiedSince | RowVersion):
            return False
        lines = resource.lines.read if resource.lines is not None else None
        return bool(read.related) or isinstance(lines, AskedLines)

    def _row_hash(self, row: Mapping[str, Any]) -> str:
        """Return a fingerprint of a row, and of how it is understood."""
        return _sha256([self._understood, row])

    @cached_property
    def _understood(self) -> str:
        read = self._incoming.read
        kinds = {self._kind, *(each.kind for each in read.related.values())}
        mappings = [self._kinds[kind].model_dump_json(include={"read"}) for kind in sorted(kinds)]
        return _sha256([mappings, {key: dict(each) for key, each in self._lists.items()}])

    @property
    def mark(self) -> str:
        """Where the next reading begins."""
        if self._reading is None:
            raise RuntimeError("nothing was read yet")
        return self._reading.cursor

    def one(self, key: str) -> Arrival | None:
        """Return a record as it is now (:class:`core.flows.sides.Source`)."""
        whole = key.partition(_VARIANT)[0] if self._unfolds else key
        row = self._row(self._kind, whole)
        if row is None:
            return None
        arrival = self._arrivals([row])[0]
        if whole == key:
            return arrival
        return next((each for each in _unfolded(arrival) if each.key == key), None)

    @property
    def reports(self) -> bool:
        """Whether it is told what became of a record (:class:`core.flows.sides.Source`)."""
        declared = self._incoming.read.report
        return declared is not None and bool(declared.fields)

    @property
    def asks_back(self) -> bool:
        """Whether it is to be told what the target says of a record (:class:`core.flows.sides.Source`)."""
        declared = self._incoming.read.report
        asked = ("target.number", "target.status")
        return declared is not None and any(rule.field in asked for rule in declared.fields.values())

    def report(self, key: str, told: Mapping[str, str]) -> Sequence[Mapping[str, Any]]:
        """Say what became of a record (:class:`core.flows.sides.Source`)."""
        declared = self._incoming.read.report
        if declared is None:
            return ()
        write = KindWrite.model_construct(resource=declared.resource, fields=declared.fields, lines=None, contact=None)
        written = Outgoing(KINDS[self._kind], write, self._lists).created(told)
        sent = Sent()
        with watched(self._link, sent):
            self._link.writer(declared.resource).update(key, written)
        return sent.requests

    def _first(self) -> str:
        """Where the first reading begins: where a system does not give all at once, all since long ago."""
        resource = self._resource(self._incoming.read.resource)
        if resource is None or not isinstance(resource.incremental, ModifiedSince):
            return ""
        if self._begin is not None:
            return self._begin.isoformat()
        return _BEGINNING if resource.filter_needed else ""

    def _key(self, row: Mapping[str, Any]) -> str:
        key = self._incoming.key(row)
        if not key:
            raise CallFailed(
                f"A row of {self._incoming.read.resource} of {self.name} has no {self._incoming.read.key}.",
                kind="settings",
                advice="Compare the key of this kind in the definition with what the system answers.",
            )
        return key

    def _arrivals(self, page: Rows) -> list[Arrival]:
        incoming = self._incoming
        rows = [row for row in page if incoming.wanted(row)] if incoming.read.only else page
        keys = incoming.keys(rows)
        if not all(keys):
            self._key(rows[keys.index("")])
        found = incoming.records(rows)
        if incoming.read.related:
            return [
                Arrival(key, {}, str(each)) if isinstance(each, Unfit) else self._with_related(key, row, each)
                for key, row, each in zip(keys, rows, found, strict=True)
            ]
        return [
            Arrival(key, {}, str(each)) if isinstance(each, Unfit) else Arrival(key, each)
            for key, each in zip(keys, found, strict=True)
        ]

    def _with_related(self, key: str, row: Mapping[str, Any], record: Record) -> Arrival:
        try:
            for prefix, related, other in self._incoming.related(row):
                for name, value in self._other(related, other).items():
                    if KINDS[self._kind].type_of(f"{prefix}.{name}") is not None:
                        record.setdefault(f"{prefix}.{name}", value)
        except Unfit as error:
            return Arrival(key, {}, str(error))
        return Arrival(key, record)

    def _other(self, related: Related, key: str) -> Record:
        kind = related.kind
        if (kind, key) not in self._related:
            row, read = row_of(self._link, self._kinds, kind, key, related.one), self._kinds[kind].read
            found: Record = {}
            if row is not None and read is not None:
                found = Incoming(KINDS[kind], read, self._lists).record(row)
            self._related[kind, key] = found
        return self._related[kind, key]

    def _row(self, kind: KindName, key: str) -> dict[str, Any] | None:
        return row_of(self._link, self._kinds, kind, key)

    def _resource(self, name: str) -> Resource | None:
        link = self._link
        return link.connection.connector.resources.get(name) if isinstance(link, DeclaredLink) else None


def _sha256(told: Any) -> str:
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=plain).encode()).hexdigest()


def _unfolded(arrival: Arrival) -> list[Arrival]:
    """Return the variants of a product as products, with what it says of all of them; another product as it is."""
    if not arrival.record.get("variants"):
        return [arrival]
    return [
        Arrival(f"{arrival.key}{_VARIANT}{variant.get('number', place)}", variant)
        for place, variant in enumerate(variants_of(arrival.record), start=1)
    ]


def echoed(mapping: KindMapping) -> set[str]:
    """Return the fields that are read from members which are written, too."""
    if mapping.read is None or mapping.write is None:
        return set()
    members = mapping.write.fields.keys()
    return {name for name, rule in mapping.read.fields.items() if rule.member in members}


def row_of(
    link: Link,
    kinds: Mapping[KindName, KindMapping],
    kind: KindName,
    key: str,
    request: Request | None = None,
) -> dict[str, Any] | None:
    """Return one row of a system by its key; None where it is gone. ``request`` is in place of that of its kind.

    Raises:
        CannotTell: the definition does not say how one is read.
        LinkError, ConnectionFailed, StopRequested: it cannot be read.
    """
    mapping = kinds.get(kind)
    read = mapping.read if mapping is not None else None
    if read is None:
        raise CannotTell
    return link.row(read.resource, key, request or read.one)


def _not_read(name: str, kind: KindName) -> Exception:
    from core.errors import Refused

    return Refused(
        f"{KINDS[kind].title} of {name} cannot be read.", advice="The definition of its connector says what can."
    )
