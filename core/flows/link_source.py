"""Records that come from a link."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.config.flow_kinds import KINDS
from core.flows.links import part_of
from core.flows.mapping import Incoming, Outgoing, ValueLists
from core.flows.record import Record, Unfit
from core.flows.sides import Arrival, Sent
from core.flows.watching import watched
from core.links.connectors import DeclaredLink
from core.links.faults import CallFailed, CannotTell
from core.links.model.kinds import KindWrite
from core.links.model.resources import ModifiedSince

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import datetime

    from core.config.flow_kinds import KindName
    from core.links.connectors import Link, RecordReading
    from core.links.model.kinds import KindMapping, Related
    from core.links.model.requests import Request
    from core.links.model.resources import Resource

_BEGINNING = "1970-01-01T00:00:00+00:00"
_MOST_REMEMBERED = 5_000


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
        self._related: dict[tuple[KindName, str], Record] = {}

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
        return {*read.fields, *related, *(f"lines.{name}" for name in read.lines or ())}

    @property
    def echoed(self) -> Collection[str]:
        """Of these, the ones that the system can also be written by."""
        return echoed(self._kinds[self._kind])

    def pages(self, since: str) -> Iterator[list[Arrival]]:
        """Yield what changed since a mark (:class:`core.flows.sides.Source`)."""
        self._reading = self._link.reading(self._incoming.read.resource, since=since or self._first())
        for page in self._reading.pages():
            yield [self._arrival(row) for row in page if self._incoming.wanted(row)]

    @property
    def mark(self) -> str:
        """Where the next reading begins."""
        if self._reading is None:
            raise RuntimeError("nothing was read yet")
        return self._reading.cursor

    def one(self, key: str) -> Arrival | None:
        """Return a record as it is now (:class:`core.flows.sides.Source`)."""
        row = self._row(self._kind, key)
        return None if row is None else self._arrival(row)

    def report(self, key: str, target_key: str, status: str) -> Sequence[Mapping[str, Any]]:
        """Say what became of a record (:class:`core.flows.sides.Source`)."""
        declared = self._incoming.read.report
        if declared is None:
            return ()
        write = KindWrite.model_construct(resource=declared.resource, fields=declared.fields, lines=None, contact=None)
        told = Outgoing(KINDS[self._kind], write, self._lists).created(
            {"target.key": target_key, "target.status": status}
        )
        sent = Sent()
        with watched(self._link, sent):
            self._link.writer(declared.resource).update(key, told)
        return sent.requests

    def _first(self) -> str:
        """Where the first reading begins: where a system does not give all at once, all since long ago."""
        resource = self._resource(self._incoming.read.resource)
        if resource is None or not isinstance(resource.incremental, ModifiedSince):
            return ""
        if self._begin is not None:
            return self._begin.isoformat()
        return _BEGINNING if resource.filter_needed else ""

    def _arrival(self, row: Mapping[str, Any]) -> Arrival:
        key = self._incoming.key(row)
        if not key:
            raise CallFailed(
                f"A row of {self._incoming.read.resource} of {self.name} has no {self._incoming.read.key}.",
                kind="settings",
                advice="Compare the key of this kind in the definition with what the system answers.",
            )
        try:
            record = self._incoming.record(row)
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
            if len(self._related) >= _MOST_REMEMBERED:
                self._related.clear()
            self._related[kind, key] = found
        return self._related[kind, key]

    def _row(self, kind: KindName, key: str) -> dict[str, Any] | None:
        return row_of(self._link, self._kinds, kind, key)

    def _resource(self, name: str) -> Resource | None:
        link = self._link
        return link.connection.connector.resources.get(name) if isinstance(link, DeclaredLink) else None


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
