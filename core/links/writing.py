"""Writing records: nothing is created that is there already, not even when an answer got lost."""

from __future__ import annotations

import datetime as dt
import email.utils
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Literal

from core.errors import ConnectionFailed, Refused
from core.links.bodies import body_of, empty, merged
from core.links.documents import LooseLines
from core.links.faults import CallFailed
from core.links.judging import MISSING, first_member, member, rows_in
from core.links.looking import SETTLING_SECONDS, Finder
from core.links.model.lines import LINES, WrittenMember
from core.links.reading import resource_of
from core.text import clean, listed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from core.links.connection import Call, Connection, Reply
    from core.links.model.requests import Request
    from core.links.model.writes import Create, LookUp, Write

LOST_ANSWERS = 3
"""So often a record is sent whose answer gets lost, where it can be looked for in between."""
_FASTER_ONES = 3
"""So often a record is read and written anew, because another changed it in between."""


class Written:
    """What became of a record."""

    def __init__(self, outcome: Literal["created", "updated", "found"], key: str, notes: Sequence[str] = ()) -> None:
        self.outcome = outcome
        self.key = key
        """Its id in the system."""
        self.notes = notes
        """What somebody should know or look after, in sentences."""


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
        self._finder = Finder(connection, self._resource, self._write, name)

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
        return self._finder.shows_at_once(record)

    def find(self, record: Mapping[str, Any]) -> str | None:
        """Return the id of a record that is there already; None where there is none.

        Raises:
            CallFailed: several fit, so that nobody can tell which; or the system refuses.
            Refused: no look-up is declared.
        """
        if self._write.look_up is None:
            raise Refused(f"{self._name} has no look-up in the definition.")
        return self._finder.find(record)

    def can_be_found(self, record: Mapping[str, Any]) -> bool:
        """Whether a record has what it would be looked for by."""
        return self._finder.possible(record)

    def was_not_sent(self, record: Mapping[str, Any]) -> bool:
        """Whether it is known that an attempt to create a record ended before the record itself was sent."""
        return self._lines(record).alone

    def joined(self, record: Mapping[str, Any]) -> list[str]:
        """A record was found that an attempt before this may have created: return what may be left of that attempt."""
        return self._lines(record).joined()

    def _lines(self, record: Mapping[str, Any]) -> LooseLines:
        return LooseLines(self._connection, self._resource, self._name, record, self._finder)

    def create(
        self,
        record: Mapping[str, Any],
        *,
        update: bool = False,
        looked_for: bool = False,
        made: Callable[[str | None], None] = lambda _key: None,
    ) -> Written:
        """Create a record, or return the one that is there already, updated where ``update`` says so.

        ``looked_for``: who calls has just done that, and found none. ``made`` is told an empty id before the record is
        sent: from then on it may be there; and then its id as soon as that is known, or None where it is not there.

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
            found = self.update(key, record) if update else Written("found", key)
            return Written(found.outcome, key, self.joined(record))
        key, notes = self._surely_created(record, create, made)
        self.look_back(key, record)
        if (create.id_member or create.id_header) and (doubt := self._finder.prove(record)):
            notes.append(doubt)
        return Written("created", key, notes)

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
        self.look_back(key, record)
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
        call = self._connection.prepared(self._write.update, more=values, repeatable=True, writes=True)
        call = self._placed(call, {**self._body(record), **(call.body or {})})
        return self._begun(call, self._write.update.begin_with, values)

    def requests_for(self, record: Mapping[str, Any]) -> list[Call]:
        """Return the requests that would create a record, exactly as they would be sent but for credentials.

        Where an empty record must be read first, that is done. A key that only the system can give is told in words.

        Raises:
            ConnectionFailed, StopRequested: as :meth:`core.links.connection.Connection.call`.
            Refused, CallFailed: as :meth:`create`.
        """
        loose = self._lines(record)
        lines = loose.calls()
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
        call = self._connection.prepared(create, more=record, repeatable=False, writes=True)
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

    def _surely_created(
        self, record: Mapping[str, Any], create: Create, made: Callable[[str | None], None]
    ) -> tuple[str, list[str]]:
        """Create a record; where an answer got lost, look for it before it is sent again.

        Return its id, and what may be left of it besides.
        """
        loose, attempt = self._lines(record), 1
        key: str | None = None
        while key is None:
            try:
                key = self._created(record, create, loose, made)
            except CallFailed as error:
                if error.kind != "unclear" or not (loose.alone or self.shows_at_once(record)):
                    raise
                # What the system is still at is given the time to show.
                self._connection.clock.wait(SETTLING_SECONDS * attempt)
                key = self._finder.find(record)
                if key is None:
                    made(None)
                    loose.undo(error)
                    if attempt == LOST_ANSWERS:
                        raise
                attempt += 1
        made(key)
        return key, loose.joined()

    def _created(
        self, record: Mapping[str, Any], create: Create, loose: LooseLines, made: Callable[[str | None], None]
    ) -> str:
        call = self.request_for(record)
        key = loose.send()
        made("")
        try:
            reply = self._connection.call(call if key is None else loose.with_key(call, key))
        except (CallFailed, ConnectionFailed) as error:
            # Of one that may have been carried out, the lines are part.
            if not isinstance(error, CallFailed) or error.kind != "unclear":
                made(None)
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
            raise CallFailed(
                f"{self._connection.host} created a record of {self._name} and did not say its id.",
                kind="settings",
                advice="Compare id_member of the definition with what the system answers.",
            )
        return self._finder.key(found)

    def _check(self, record: Mapping[str, Any], create: Create, *, whole: bool = True) -> None:
        missing = [key for key in create.required if whole and empty(record.get(key))]
        if missing:
            raise Refused(
                f"A record of {self._name} has no {listed(missing, last='and')}, which the system needs.",
                advice="Map a field or set a default.",
            )
        look_up, told = self._write.look_up, create.id_member or create.id_header
        if whole and not told and look_up is not None and not self.can_be_found(record):
            lacking = self._finder.lacking(record)
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

    @property
    def looks_back(self) -> bool:
        """Whether it is seen after writing what the system kept."""
        return self._write.read_back is not None

    def look_back(self, key: str, record: Mapping[str, Any]) -> None:
        """See that the system kept what it was sent: some drop a reference that they do not know, in silence.

        Raises:
            CallFailed: it did not; or the system refuses.
            ConnectionFailed, StopRequested: as :meth:`core.links.connection.Connection.call`.
        """
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


def _http_date(value: Any) -> str | None:
    """Return a moment as headers have it (RFC 9110, section 5.6.7); None for what is none."""
    try:
        found = dt.datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return email.utils.format_datetime(found.replace(tzinfo=found.tzinfo or dt.UTC).astimezone(dt.UTC), usegmt=True)
