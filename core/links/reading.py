"""Reading a resource: all of it, or what changed since a reading before."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from core.errors import Refused
from core.links.bodies import empty
from core.links.decoding import decode, unreadable
from core.links.faults import CallFailed
from core.links.judging import MISSING, member
from core.links.lines import LineReader
from core.links.model.resources import CompareAll, ModifiedSince, RowVersion
from core.links.model.templates import filled, filled_tree
from core.links.paging import pages
from core.links.parts import in_parts
from core.links.values import moment, read_as
from core.text import clean, listed, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from core.links.connection import Call, Connection
    from core.links.model.resources import Incremental, Resource
    from core.links.paging import Rows


class Reading:
    """One walk through a resource. ``cursor`` may be kept once all pages were, and is where the next one begins."""

    def __init__(
        self, connection: Connection, name: str, *, since: str = "", about: Mapping[str, Any] | None = None
    ) -> None:
        """``since`` is the cursor of the reading before; empty for the first.

        ``about`` has the values of the parameters of the resource, where it has some.

        Raises:
            Refused: the connector has no such resource, its time zone is none, or a parameter has no value.
        """
        self._connection = connection
        self._resource = resource_of(connection, name)
        self._about = {key: value for key, value in (about or {}).items() if key in self._resource.parameters}
        if missing := [key for key in self._resource.parameters if empty(self._about.get(key))]:
            raise Refused(f"{name} of {connection.connector.name} is read for one {listed(missing, last='and')}.")
        self._name = name
        self._since = since
        self._begun = dt.datetime.fromtimestamp(connection.clock.now(), dt.UTC)
        self._highest = since
        self._zone = _zone(self._resource.incremental, connection)
        self._done = False
        self._lines: LineReader | None = None

    def pages(self, *, lines_later: bool = False) -> Iterator[Rows]:
        """Yield the rows of each page, their values read as the definition says; unknown members stay.

        ``lines_later``: lines that would be asked for by themselves are left to :meth:`add_lines`.

        Raises:
            CallFailed: the system refuses, or a value cannot be read.
            ConnectionFailed, StopRequested: as :meth:`core.links.connection.Connection.call`.
        """
        resource, connection = self._resource, self._connection
        call = self._asked(connection.prepared(resource, more=self._about, repeatable=True))
        rows = resource.rows or connection.connector.reply.rows
        beside = None
        if resource.lines is not None and resource.lines.read is not None:
            self._lines = LineReader(connection, resource, resource.lines, self._name)
            beside = self._lines.beside
        lines_later = lines_later and self._lines is not None and self._lines.asks
        if resource.parts is not None:
            found = in_parts(connection, call, resource, resource.parts, rows)
        else:
            found = pages(connection, call, resource.paging, rows, beside=beside)
        for page in found:
            self._note(page)
            decode(page, resource.fields, self._name)
            if not lines_later and self._lines is not None:
                self._lines.add(page)
            yield page
        self._done = True

    def add_lines(self, rows: Rows) -> None:
        """Add their lines to rows that came without, where the system has some.

        Raises:
            CallFailed, ConnectionFailed, StopRequested: as :meth:`pages`.
        """
        if self._lines is not None and self._lines.asks:
            self._lines.add(rows)

    @property
    def cursor(self) -> str:
        """Where the next reading begins; empty where the system cannot tell what changed.

        Raises:
            RuntimeError: not all pages were read yet, so that it would pass over some.
        """
        if not self._done:
            raise RuntimeError("a cursor before the last page would lose what was not read")
        incremental = self._resource.incremental
        if incremental is None or isinstance(incremental, CompareAll):
            return ""
        if isinstance(incremental, ModifiedSince) and incremental.field is None:
            return self._begun.isoformat()
        return self._highest

    def _asked(self, call: Call) -> Call:
        """Return the request with what limits it to changes."""
        incremental = self._resource.incremental
        if incremental is None or isinstance(incremental, CompareAll):
            return call
        try:
            since = _since(incremental, self._since, self._zone)
            if since is None:
                if self._resource.filter_needed:
                    raise Refused(
                        f"{self._connection.connector.name} does not give all of {self._name} at once.",
                        advice="Give the moment from which on it shall be read.",
                    )
                return call
            values = {**self._connection.values, "since": since}
            return replace(
                call,
                query={**call.query, **{key: filled(text, values) for key, text in incremental.query.items()}},
                body={**(call.body or {}), **filled_tree(incremental.body, values)} if incremental.body else call.body,
            )
        except ValueError as error:
            raise Refused(
                f"The cursor of {self._name} cannot be used: {error}.", advice="Set it anew, or read everything."
            ) from None

    def _note(self, page: Rows) -> None:
        incremental = self._resource.incremental
        if incremental is None or isinstance(incremental, CompareAll) or incremental.field is None:
            return
        path = incremental.field
        rule = self._resource.fields.get(path)
        notation = "integer" if isinstance(incremental, RowVersion) else (rule and rule.read) or "text"
        try:
            said = [row.get(path) for row in page] if "." not in path else [member(row, path) for row in page]
            read = (read_as(each, notation) for each in said if each is not MISSING and each is not None)
            found = [each for each in read if each is not None]
        except ValueError as error:
            raise unreadable(path, self._name, notation, error) from None
        if not found:
            return
        # The largest, not the last: rows need not come in order.
        if isinstance(incremental, RowVersion):
            self._highest = str(max([*found, int(self._highest)] if self._highest else found))
        else:
            latest = max(_moment_in(each, incremental, self._zone, self._name) for each in found)
            self._highest = max(latest, moment(self._highest) if self._highest else latest).isoformat()


def resource_of(connection: Connection, name: str) -> Resource:
    """Return a resource of the connector.

    Raises:
        Refused: it has none of this name.
    """
    resources = connection.connector.resources
    if name not in resources:
        near = nearest(name, resources)
        raise Refused(
            f"{connection.connector.name} has no resource {clean(name, limit=70)!r}.",
            advice=f"Did you mean {near!r}?" if near else f"There are {listed(resources, last='and')}.",
        )
    return resources[name]


def _zone(incremental: Incremental | None, connection: Connection) -> ZoneInfo | None:
    if not isinstance(incremental, ModifiedSince) or incremental.zone is None:
        return None
    name = filled(incremental.zone, connection.values)
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise Refused(
            f"{clean(name, limit=60)!r} is no time zone.", advice="Write one such as Europe/Amsterdam into the link."
        ) from None


def _since(incremental: Incremental, cursor: str, zone: ZoneInfo | None) -> Any:
    """Return what is filled in for {since}; None where everything is to be read."""
    if isinstance(incremental, RowVersion):
        return int(cursor) if cursor else incremental.first
    if not cursor or not isinstance(incremental, ModifiedSince):
        return None
    since = moment(cursor) - dt.timedelta(seconds=incremental.overlap_seconds)
    return since if zone is None else _local(since, zone).strftime(incremental.format)


def _local(since: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """Return a moment as a local time; where a clock that is put back shows it twice, one that comes before both."""
    local = since.astimezone(zone)
    first, second = local.replace(fold=0), local.replace(fold=1)
    gained = (first.utcoffset() or dt.timedelta()) - (second.utcoffset() or dt.timedelta())
    # The system cannot know which of the two is meant; it may take the later one, and leave an hour out.
    return local - gained if gained > dt.timedelta() else local


def _moment_in(text: Any, incremental: ModifiedSince, zone: ZoneInfo | None, name: str) -> dt.datetime:
    try:
        found = dt.datetime.fromisoformat(str(text))
        if found.tzinfo is None:
            found = found.replace(tzinfo=zone or dt.UTC)
        return found.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        raise CallFailed(
            f"{incremental.field} of a row of {name} is no moment: {clean(str(text), limit=40)!r}.",
            kind="settings",
            advice="Say under fields how it is to be read, such as odata_date.",
        ) from None
