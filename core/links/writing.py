"""Writing records: nothing is created that is there already, not even when an answer got lost."""

from __future__ import annotations

import datetime as dt
import email.utils
from dataclasses import replace
from http import HTTPStatus
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal

from core.errors import PendelError, Refused
from core.links.bodies import body_of, empty, merged
from core.links.decoding import unreadable
from core.links.documents import LooseLines
from core.links.faults import CallFailed, several_fit
from core.links.judging import MISSING, first_member, member, rows_in
from core.links.model.lines import LINES, WrittenMember
from core.links.paging import pages
from core.links.reading import resource_of
from core.links.values import plain, read_as
from core.text import clean, listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from core.links.connection import Call, Connection, Reply
    from core.links.model.requests import Request
    from core.links.model.writes import Create, LookUp, Write

_LOST_ANSWERS = 3
_FASTER_ONES = 3
"""So often a record is read and written anew, because another changed it in between."""
_SETTLING_SECONDS = 5.0


class Written:
    """What became of a record."""

    def __init__(self, outcome: Literal["created", "updated", "found"], key: str) -> None:
        self.outcome = outcome
        self.key = key
        """Its id in the system."""


class Writer:
    """Writes records of one resource."""

    def __init__(self, connection: Connection, name: str, *, look_up: LookUp | None = None) -> None:
        """Take a resource; ``look_up`` is in place of its own.

        Raises:
            Refused: the connector has none of this name, or does not write it.
        """
        self._connection = connection
        self._resource = resource_of(connection, name)
        self._name = name
        if self._resource.write is None:
            raise Refused(f"{connection.connector.name} has no way to write {name}.")
        self._write: Write = self._resource.write
        if look_up is not None:
            self._write = self._write.model_copy(update={"look_up": look_up})

    @property
    def looks(self) -> bool:
        """Whether a record can be looked for."""
        return self._write.look_up is not None

    @property
    def creates(self) -> bool:
        """Whether records can be created."""
        return self._write.create is not None

    @property
    def updates(self) -> bool:
        """Whether a record that is there can be updated."""
        return self._write.update is not None

    def shows_at_once(self, record: Mapping[str, Any]) -> bool:
        """Whether a look-up finds a record that was created a moment ago, which has what it is looked for by."""
        return any(look_up.at_once for look_up in self._look_ups(record))

    def find(self, record: Mapping[str, Any]) -> str | None:
        """Return the id of a record that is there already; None where there is none.

        Raises:
            CallFailed: several fit, so that nobody can tell which; or the system refuses.
            Refused: no look-up is declared.
        """
        if self._write.look_up is None:
            raise Refused(f"{self._name} has no look-up in the definition.")
        seen: dict[str, list[dict[str, Any]]] = {}
        for look_up in self._look_ups(record):
            asked, rows = self._looked_through(look_up, record)
            if asked not in seen:
                # Where a system cannot filter, all look-ups look through the same rows.
                seen[asked] = list(rows)
            found = {self._key(member(row, self._write.id)) for row in seen[asked] if _fits(look_up, row, record)}
            if len(found) > 1:
                what = f"records of {self._name} that fit this one"
                raise several_fit(self._connection.host, what, dict.fromkeys(found, ""))
            if found:
                return found.pop()
        return None

    def can_be_found(self, record: Mapping[str, Any]) -> bool:
        """Whether a record has what it would be looked for by."""
        return bool(self._look_ups(record))

    def _look_ups(self, record: Mapping[str, Any]) -> list[LookUp]:
        """The look-ups that a record has values for; one without an e-mail address fits nobody else's."""
        declared = [self._write.look_up, *self._write.otherwise]
        return [each for each in declared if each and all(_folded(record.get(key)) for key in each.match)]

    def create(self, record: Mapping[str, Any], *, update: bool = False, looked_for: bool = False) -> Written:
        """Create a record, or return the one that is there already, updated where ``update`` says so.

        ``looked_for``: who calls has just done that, and found none.

        Raises:
            CallFailed: the system refuses it, several fit, it dropped a field, or an answer got lost so often that
                nobody knows (``unclear``).
            Refused: creating is not declared, a needed field is missing, or one is never to be sent.
            ConnectionFailed, StopRequested: as :meth:`core.links.connection.Connection.call`.
        """
        create = self._write.create
        if create is None:
            raise Refused(f"{self._name} is not created by this connector.")
        self._check(record, create)
        if not looked_for and self._write.look_up is not None and (key := self.find(record)) is not None:
            return self.update(key, record) if update else Written("found", key)
        key = self._surely_created(record, create)
        try:
            self._look_back(key, record)
        except CallFailed as error:
            error.made = key
            raise
        return Written("created", key)

    def update(self, key: str, record: Mapping[str, Any]) -> Written:
        """Update a record by its id.

        Raises:
            CallFailed: the system refuses it, or dropped a field.
            Refused: updating is not declared.
            ConnectionFailed, StopRequested: as :meth:`core.links.connection.Connection.call`.
        """
        for attempt in range(1, _FASTER_ONES + 1):
            try:
                self._connection.call(self.request_to_update(key, record))
                break
            except CallFailed as error:
                if error.status != HTTPStatus.PRECONDITION_FAILED or attempt == _FASTER_ONES:
                    raise
        self._look_back(key, record)
        return Written("updated", key)

    def request_to_update(self, key: str, record: Mapping[str, Any]) -> Call:
        """Return the request that would update a record, exactly as it would be sent but for credentials.

        Raises:
            Refused, CallFailed: as :meth:`update`.
        """
        if self._write.update is None:
            raise Refused(f"{self._name} is not updated by this connector.")
        if self._write.create is not None:
            self._check(record, self._write.create, whole=False)
        lines = self._resource.lines
        if record.get(LINES) and (lines is None or not isinstance(lines.write, WrittenMember)):
            raise Refused(f"{LINES} of {self._name} are not updated by this connector.")
        values = {**record, "id": key}
        call = self._connection.prepared(self._write.update, more=values, repeatable=True)
        call = self._placed(call, {**self._body(record), **(call.body or {})})
        return self._begun(call, self._write.update.begin_with, values)

    def requests_for(self, record: Mapping[str, Any]) -> list[Call]:
        """Return the requests that would create a record, exactly as they would be sent but for credentials.

        Where an empty record must be read first, that is done. A key that only the system can give is told in words.

        Raises:
            ConnectionFailed, StopRequested: as :meth:`core.links.connection.Connection.call`.
            Refused, CallFailed: as :meth:`create`.
        """
        loose = LooseLines(self._connection, self._resource, self._name)
        lines = loose.calls(record)
        further = [loose.with_key(call) for call in lines[1:]]
        call = self.request_for(record)
        return [*lines[:1], *further, loose.with_key(call) if lines else call]

    def request_for(self, record: Mapping[str, Any]) -> Call:
        """Return the request that would create a record itself: the last of :meth:`requests_for`.

        Raises:
            ConnectionFailed, StopRequested: as :meth:`core.links.connection.Connection.call`.
            Refused, CallFailed: as :meth:`create`.
        """
        create = self._write.create
        if create is None:
            raise Refused(f"{self._name} is not created by this connector.")
        self._check(record, create)
        call = self._connection.prepared(create, more=record, repeatable=False)
        call = self._placed(call, {**self._body(record), **(call.body or {})})
        return self._begun(call, create.begin_with, record)

    def _body(self, record: Mapping[str, Any]) -> dict[str, Any]:
        return body_of(self._resource, record, self._connection.values, self._name)

    def _begun(self, call: Call, begin_with: Request | None, values: Mapping[str, Any]) -> Call:
        """Return a request that writes into what is there, where the system takes nothing but whole records."""
        if begin_with is None:
            return call
        asked = self._placed(self._connection.prepared(begin_with, more=values, repeatable=True), None)
        reply = self._connection.call(asked)
        whole = self._first_row(reply)
        body = merged(whole, call.body)
        update = self._write.update
        if update is None or update.begin_with is not begin_with or update.unchanged is None:
            return replace(call, body=body)
        since = reply.headers.get("last-modified")
        if since is None and update.changed is not None:
            since = _http_date(member(whole, update.changed))
        if since is None:
            raise CallFailed(
                f"{self._connection.host} does not say when a record of {self._name} was last changed.",
                kind="settings",
                advice="Compare changed of the definition with what the system answers.",
            )
        return replace(call, headers={**call.headers, update.unchanged: since}, body=body)

    def _surely_created(self, record: Mapping[str, Any], create: Create) -> str:
        """Create a record; where an answer got lost, look for it before it is sent again."""
        attempt = 1
        while True:
            loose = LooseLines(self._connection, self._resource, self._name)
            try:
                return self._created(record, create, loose)
            except CallFailed as error:
                if error.kind != "unclear" or not self.shows_at_once(record):
                    raise
                # What the system is still at is given the time to show.
                self._connection.clock.wait(_SETTLING_SECONDS * attempt)
                if (found := self.find(record)) is not None:
                    return found
                loose.undo(error)
                if attempt == _LOST_ANSWERS:
                    raise
            attempt += 1

    def _created(self, record: Mapping[str, Any], create: Create, loose: LooseLines) -> str:
        call = self.request_for(record)
        key = loose.send(record)
        try:
            reply = self._connection.call(call if key is None else loose.with_key(call, key))
        except PendelError as error:
            # Of one that may have been carried out, the lines are part.
            if not isinstance(error, CallFailed) or error.kind != "unclear":
                loose.undo(error)
            raise
        found: Any = MISSING
        if create.id_member is not None:
            found = first_member(reply.document, [create.id_member])
        if found is MISSING and create.id_header is not None and (header := reply.headers.get(create.id_header)):
            found = header.rstrip("/").rpartition("/")[2]
        if found is MISSING and self._write.look_up is not None:
            found = self.find(record) or MISSING
        if found is MISSING:
            unknown = CallFailed(
                f"{self._connection.host} created a record of {self._name} and did not say its id.",
                kind="settings",
                advice="Compare id_member of the definition with what the system answers.",
            )
            unknown.made = ""
            raise unknown
        return self._key(found)

    def _key(self, value: Any) -> str:
        """Return an id as readings have it."""
        rule = self._resource.fields.get(self._write.id)
        try:
            return plain(read_as(value, rule.read) if rule is not None and rule.read is not None else value)
        except ValueError as error:
            raise unreadable(self._write.id, self._name, rule.read if rule and rule.read else "text", error) from None

    def _looked_through(self, look_up: LookUp, record: Mapping[str, Any]) -> tuple[str, Iterator[dict[str, Any]]]:
        """Return what is asked by a look-up, and the rows that come; nothing is asked before the first is taken."""
        resource = self._resource
        call = self._connection.prepared(look_up, more=record, repeatable=True)
        if not call.path:
            own = self._connection.prepared(resource, repeatable=True)
            call = replace(call, path=own.path, group=resource.path)
        rows = resource.rows or self._connection.connector.reply.rows
        found = islice(pages(self._connection, call, resource.paging, rows), look_up.max_pages)
        return f"{call} {look_up.max_pages}", (row for page in found for row in page)

    def _check(self, record: Mapping[str, Any], create: Create, *, whole: bool = True) -> None:
        missing = [key for key in create.required if whole and empty(record.get(key))]
        if missing:
            raise Refused(
                f"A record of {self._name} has no {listed(missing, last='and')}, which the system needs.",
                advice="Map a field or set a default.",
            )
        look_up, told = self._write.look_up, create.id_member or create.id_header
        if whole and not told and look_up is not None and not self.can_be_found(record):
            lacking = [key for key in look_up.match if not _folded(record.get(key))]
            raise Refused(
                f"A record of {self._name} has no {listed(lacking, last='and')}. {self._connection.host} does not say "
                "the id of what it creates, so that it could not be found again.",
                advice="Nothing was sent. Fill it at the source, or set a default.",
            )
        if banned := [key for key in create.never if key in record]:
            raise Refused(
                f"{listed(banned, last='and')} of {self._name} is never sent: see the definition of the connector.",
                advice="Take it out of the mapping.",
            )

    def _placed(self, call: Call, body: Mapping[str, Any] | None) -> Call:
        if call.path and not call.path.startswith("("):
            return replace(call, body=body)
        # A path may go on where that of the resource ends, as (guid'…') does.
        own = self._connection.prepared(self._resource, repeatable=True).path
        return replace(call, path=own + call.path, body=body, group=self._resource.path)

    def _look_back(self, key: str, record: Mapping[str, Any]) -> None:
        """See that the system kept what it was sent: some drop a reference that they do not know, in silence."""
        if self._write.read_back is None:
            return
        asked = self._connection.prepared(self._write.read_back, more={"id": key}, repeatable=True)
        row = self._first_row(self._connection.call(self._placed(asked, None)))
        dropped = [each for each in self._write.kept if not empty(record.get(each)) and empty(row.get(each))]
        if dropped:
            raise CallFailed(
                f"{self._connection.host} has written {clean(key, limit=60)} of {self._name} without "
                f"{listed(dropped, last='and')}: it does not know what that refers to.",
                kind="record",
                advice="Check that it belongs to the same company there.",
            )

    def _first_row(self, reply: Reply) -> dict[str, Any]:
        rows = self._resource.rows or self._connection.connector.reply.rows
        found = rows_in(reply.document, rows, host=self._connection.host)
        return found[0] if found else {}


def _fits(look_up: LookUp, row: Mapping[str, Any], record: Mapping[str, Any]) -> bool:
    """Whether a row is the record, as a look-up says."""
    told = ((_folded(member(row, key)), _folded(record.get(key))) for key in look_up.agrees)
    differs = any(theirs and ours and theirs != ours for theirs, ours in told)
    return not differs and all(_folded(member(row, key)) == _folded(record.get(key)) for key in look_up.match)


def _http_date(value: Any) -> str | None:
    """Return a moment as headers have it (RFC 9110, section 5.6.7); None for what is none."""
    try:
        found = dt.datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return email.utils.format_datetime(found.replace(tzinfo=found.tzinfo or dt.UTC).astimezone(dt.UTC), usegmt=True)


def _folded(value: Any) -> str:
    return "" if value is None or value is MISSING else plain(value).strip().casefold()
