"""Reading the lines of records, wherever a system has them, into their member ``lines``."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from core.links.bodies import empty
from core.links.decoding import decode
from core.links.faults import CallFailed
from core.links.judging import MISSING, member, rows_in
from core.links.memory import Memory
from core.links.model.lines import LINES, AskedLines, MemberLines, TableLines
from core.links.model.paging import NextLink, NoPaging
from core.links.model.templates import names_in
from core.links.paging import pages
from core.links.values import plain

if TYPE_CHECKING:
    from core.links.connection import Connection
    from core.links.model.lines import Lines
    from core.links.model.resources import Resource
    from core.links.paging import Rows

_MOST_REMEMBERED = 500
"""So many different requests for lines; where each row has its own, nothing is asked twice anyhow."""


class LineReader:
    """Adds their lines to the rows of one reading."""

    def __init__(self, connection: Connection, resource: Resource, lines: Lines, name: str) -> None:
        """``name`` is that of the resource."""
        self._connection, self._resource, self._name, self._rules = connection, resource, name, lines
        self._seen: Memory[str, Rows] = Memory(_MOST_REMEMBERED)

    @property
    def asks(self) -> bool:
        """Whether lines are asked for by themselves."""
        return isinstance(self._rules.read, AskedLines)

    def beside(self, document: Any, page: Rows) -> None:
        """Take the lines that stand beside the rows of a reply.

        Raises:
            CallFailed: they are not where the definition says, or one belongs to no row.
        """
        way = self._rules.read
        if not isinstance(way, TableLines):
            return
        by_key: dict[str, Rows] = {}
        for row in page:
            row[LINES] = by_key[plain(member(row, way.key))] = []
        if not page or member(document, way.table) in (MISSING, None):
            return
        for line in rows_in(document, [way.table], host=self._connection.host):
            parent = plain(member(line, way.parent))
            if parent not in by_key:
                raise CallFailed(
                    f"{self._connection.host} shows a line of {self._name} whose {way.parent} is that of no row.",
                    kind="settings",
                    advice="Compare key and parent of its lines in the definition with what the system answers.",
                )
            by_key[parent].append(line)

    def add(self, page: Rows) -> None:
        """Add the lines that are inside the rows, or must be asked for; and read the values of all.

        Raises:
            CallFailed: they are not where the definition says, or a value cannot be read.
            ConnectionFailed, StopRequested: as :meth:`core.links.connection.Connection.call`.
        """
        way = self._rules.read
        for row in page:
            if isinstance(way, MemberLines):
                found = member(row, way.member)
                if found is MISSING:
                    # Without them asked for, OData has an address in their place, or nothing.
                    raise CallFailed(
                        f"A row of {self._name} of {self._connection.host} has no lines at {way.member}.",
                        kind="settings",
                        advice="Compare its lines in the definition with what the system answers.",
                    )
                row.pop(way.member.partition(".")[0])
                row[LINES] = [] if found is None else rows_in(found, ["."], host=self._connection.host)
            elif isinstance(way, AskedLines):
                row[LINES] = self._asked(way, row)
            decode(row[LINES], self._rules.fields, f"the lines of {self._name}")

    def _asked(self, way: AskedLines, row: dict[str, Any]) -> Rows:
        connection, paging = self._connection, self._resource.paging
        if any(empty(row[name]) for name in self._asked_by(way) if name in row):
            return []
        call = connection.prepared(way, more=row, repeatable=True)
        told = str(call)
        if told not in self._seen:
            follows = paging if isinstance(paging, NextLink) else NoPaging(kind="none")
            rows = way.rows or connection.connector.reply.rows
            self._seen[told] = [line for page in pages(connection, call, follows, rows) for line in page]
        # Who reads them may change them.
        return deepcopy(self._seen[told])

    def _asked_by(self, way: AskedLines) -> set[str]:
        """The fields of a row that its lines are asked for by."""
        return set(names_in([way.path, way.query, way.body or {}])) - self._connection.values.keys()
