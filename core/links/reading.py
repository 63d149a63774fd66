"""Reading a resource: all of it, or what changed since a reading before."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from core.errors import Refused
from core.links.faults import CallFailed
from core.links.judging import MISSING, member
from core.links.model.resources import CompareAll, ModifiedSince, RowVersion
from core.links.model.templates import filled, filled_tree
from core.links.paging import pages
from core.links.values import moment, plain, read_as
from core.text import clean, listed, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from core.links.connection import Call, Connection
    from core.links.model.resources import Incremental, Resource
    from core.links.paging import Rows


class Reading:
    """One walk through a resource. ``cursor`` may be kept once all pages were, and is where the next one begins."""

    def __init__(self, connection: Connection, name: str, *, since: str = "") -> None:
        """``since`` is the cursor of the reading before; empty for the first.

        Raises:
            Refused: the connector has no such resource, or the system does not give all of it.
        """
        self._connection = connection
        self._resource = resource_of(connection, name)
        self._name = name
        self._since = since
        self._begun = dt.datetime.fromtimestamp(connection.clock.now(), dt.UTC)
        self._highest = since
        self._done = False

    def pages(self) -> Iterator[Rows]:
        """Yield the rows of each page, their values read as the definition says; unknown members stay.

        Raises:
            CallFailed: the system refuses, or a value cannot be read.
            ConnectionFailed, StopRequested: as :meth:`core.links.connection.Connection.call`.
        """
        resource = self._resource
        call = self._asked(self._connection.prepared(resource, repeatable=True))
        rows = resource.rows or self._connection.connector.reply.rows
        for page in pages(self._connection, call, resource.paging, rows):
            self._note(page)
            yield decode(page, resource, self._name)
        self._done = True

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
            since = _since(incremental, self._since)
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
            read = (read_as(each, notation) for row in page if (each := member(row, path)) is not MISSING)
            found = [each for each in read if each is not None]
        except ValueError as error:
            raise _unreadable(path, self._name, notation, error) from None
        if not found:
            return
        # The largest, not the last: rows need not come in order.
        if isinstance(incremental, RowVersion):
            self._highest = str(max([*found, int(self._highest)] if self._highest else found))
        else:
            latest = max(_moment_in(each, incremental, self._name) for each in found)
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


def decode(page: Rows, resource: Resource, name: str) -> Rows:
    """Return a page with the values of declared fields read as they are declared, in place.

    Raises:
        CallFailed: a value is not written so.
    """
    for key, rule in resource.fields.items():
        if rule.read is None:
            continue
        try:
            for row in page:
                value = row.get(key)
                if value is not None:
                    row[key] = read_as(value, rule.read)
        except ValueError as error:
            raise _unreadable(key, name, rule.read, error) from None
    return page


def version_of(row: Mapping[str, Any], incremental: CompareAll) -> str:
    """Return a fingerprint of a record, by which a reading of everything tells what changed."""
    by = incremental.by or sorted(row)
    values = [None if (found := member(row, each)) is MISSING else found for each in by]
    return hashlib.sha256(json.dumps(values, sort_keys=True, default=plain).encode("utf-8", "replace")).hexdigest()


def _unreadable(key: str, name: str, notation: str, error: ValueError) -> CallFailed:
    return CallFailed(
        f"{clean(key)} of a row of {name} cannot be read as {notation}: {error}.",
        kind="settings",
        advice="Compare the fields of the definition with what the system answers.",
    )


def _since(incremental: Incremental, cursor: str) -> Any:
    """Return what is filled in for {since}; None where everything is to be read."""
    if isinstance(incremental, RowVersion):
        return int(cursor) if cursor else incremental.first
    if not cursor or not isinstance(incremental, ModifiedSince):
        return None
    since = moment(cursor) - dt.timedelta(seconds=incremental.overlap_seconds)
    if incremental.zone is None:
        return since
    return _local(since, ZoneInfo(incremental.zone)).strftime(incremental.format)


def _local(since: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """Return a moment as a local time; where a clock that is put back shows it twice, one that comes before both."""
    local = since.astimezone(zone)
    first, second = local.replace(fold=0), local.replace(fold=1)
    gained = (first.utcoffset() or dt.timedelta()) - (second.utcoffset() or dt.timedelta())
    # The system cannot know which of the two is meant; it may take the later one, and leave an hour out.
    return local - gained if gained > dt.timedelta() else local


def _moment_in(text: Any, incremental: ModifiedSince, name: str) -> dt.datetime:
    try:
        found = dt.datetime.fromisoformat(str(text))
        if found.tzinfo is None:
            found = found.replace(tzinfo=ZoneInfo(incremental.zone) if incremental.zone else dt.UTC)
        return found.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        raise CallFailed(
            f"{incremental.field} of a row of {name} is no moment: {clean(str(text), limit=40)!r}.",
            kind="settings",
            advice="Say under fields how it is to be read, such as odata_date.",
        ) from None
