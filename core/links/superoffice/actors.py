"""Actors as records: read as they were changed, and written so that none is there twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.errors import ConnectionFailed, Refused
from core.links.connection import Call
from core.links.faults import CallFailed, several_fit
from core.links.looking import SETTLING_SECONDS, folded
from core.links.superoffice.contract import Access, Actor, FieldType, Restriction
from core.links.superoffice.values import encoded, typed
from core.links.values import plain
from core.links.writing import LOST_ANSWERS, Written
from core.text import clean, listed, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from core.links.paging import Rows
    from core.links.superoffice.link import Link

KEY, TYPE, MODIFIED, PARENT, PARENT_TYPE = "ErpKey", "ActorType", "LastModified", "ParentErpKey", "ParentActorType"
OWN = (KEY, TYPE, MODIFIED, PARENT, PARENT_TYPE)
"""What every record has beside its fields."""
MATCH = ("NUMBER1", "NUMBER", "EMAIL")
"""The fields by which a record is looked for, the first that it has a value of: its number, else its e-mail address."""
_FIRST_NAME, _LAST_NAME = "FIRSTNAME", "LASTNAME"
_TELLING = ("NAME", _FIRST_NAME, _LAST_NAME, "NUMBER1", "NUMBER", "STREETCITY", "EMAIL")
_PAGE = 500


class ActorReading:
    """One walk through the actors of a type."""

    def __init__(self, link: Link, name: str, *, since: str) -> None:
        self._link, self._name, self._since = link, name, since
        self._fields = list(link.fields(name))
        self._latest = since
        self._done = False

    def pages(self) -> Iterator[Rows]:
        """Yield the actors, some at a time; the connector answers with all at once. Those of the cursor come again.

        Raises:
            CallFailed, ConnectionFailed, StopRequested: as :meth:`core.links.superoffice.client.Client.ask`.
        """
        found = self._link.client.ask(
            "WSGetActorsByTimestamp", since=self._since, actor_type=self._name, field_keys=self._fields
        ).actors
        for actor in found:
            if actor.modified and (not self._latest or _later(actor.modified, self._latest)):
                self._latest = actor.modified
        for start in range(0, len(found), _PAGE):
            yield self._link.records(self._name, found[start : start + _PAGE])
        self._done = True

    @property
    def cursor(self) -> str:
        """Where the next walk begins.

        Raises:
            RuntimeError: not all pages were read yet, so that it would pass over some.
        """
        if not self._done:
            raise RuntimeError("a cursor before the last page would lose what was not read")
        return self._latest


class ActorWriter:
    """Writes actors of one type; none is created that is there already, not even when an answer got lost."""

    looks = creates = updates = True
    looks_back = False

    def __init__(self, link: Link, name: str, match: Sequence[str]) -> None:
        self._link, self._name, self._match = link, name, match
        self._fields = link.fields(name)

    def find(self, record: Mapping[str, Any]) -> str | None:
        """Return the ERP key of an actor that is there already; None where there is none.

        Raises:
            CallFailed: several fit, so that nobody can tell which; or the connector refuses.
            ConnectionFailed, StopRequested: as :meth:`core.links.superoffice.client.Client.ask`.
        """
        if record.get(KEY):
            there = self._link.get(self._name, [plain(record[KEY])])
            return there[0][KEY] if there else None
        by = self._looked_for_by(record)
        if not by:
            return None
        # A search is not case-sensitive, and may find by a part; which of what it found is the one is decided here.
        found = {
            str(row[KEY]): _told_apart(row)
            for row in self._candidates(record, by)
            if all(folded(row.get(each)) == folded(record.get(each)) for each in by)
        }
        if len(found) > 1:
            what = f"actors of type {self._name} that fit this one by {listed(by, last='and')}"
            raise several_fit(self._link.client.host, what, found)
        return next(iter(found), None)

    def can_be_found(self, record: Mapping[str, Any]) -> bool:
        """Whether a record has what it would be looked for by."""
        return bool(self._looked_for_by(record))

    def shows_at_once(self, record: Mapping[str, Any]) -> bool:
        """Whether a look-up finds an actor that was created a moment ago: the connector answers when it is kept."""
        return self.can_be_found(record)

    def was_not_sent(self, record: Mapping[str, Any]) -> bool:  # noqa: ARG002 - nothing is sent before it
        """Whether it is known that an attempt to create an actor ended before it was sent: nobody notes that."""
        return False

    def joined(self, record: Mapping[str, Any]) -> Sequence[str]:  # noqa: ARG002 - an actor is one request
        """Nothing can be left of an attempt before this but the actor itself."""
        return ()

    def create(
        self,
        record: Mapping[str, Any],
        *,
        update: bool = False,
        looked_for: bool = False,
        made: Callable[[str | None], None] = lambda _key: None,
    ) -> Written:
        """Create an actor, or return the one that is there already, updated where ``update`` says so.

        ``looked_for`` and ``made`` are as :class:`core.links.contract.RecordWriter` says.

        Raises:
            CallFailed: the connector refuses it, several fit, or an answer got lost and the actor cannot be looked for.
            Refused: a needed field is missing, or one is not known.
            ConnectionFailed, StopRequested: as :meth:`core.links.superoffice.client.Client.ask`.
        """
        actor = self._actor(record, new=True)
        if not looked_for and (key := self.find(record)) is not None:
            return self.update(key, record) if update else Written("found", key)
        for attempt in range(1, LOST_ANSWERS):
            try:
                return self._created(actor, made)
            except CallFailed as error:
                if error.kind != "unclear" or not self.can_be_found(record):
                    raise
            # What the connector is still at is given the time to show.
            self._link.client.clock.wait(SETTLING_SECONDS * attempt)
            if (key := self.find(record)) is not None:
                made(key)
                return Written("created", key)
            made(None)
        return self._created(actor, made)

    def update(self, key: str, record: Mapping[str, Any]) -> Written:
        """Update an actor by its ERP key; its other fields stay as they are.

        Raises:
            CallFailed: the connector refuses it, or does not have it.
            Refused: a field is not known, or may not be written.
            ConnectionFailed, StopRequested: as :meth:`core.links.superoffice.client.Client.ask`.
        """
        client = self._link.client
        actor = self._actor({**record, KEY: key}, new=False)
        try:
            answer = self._link.write("WSSaveActors", actor)
        except CallFailed as error:
            if error.kind != "unclear":
                raise
            # The same values once more change nothing more.
            answer = self._link.write("WSSaveActors", actor)
        if answer.actors and all(each.key != key for each in answer.actors):
            raise CallFailed(
                f"{client.host} did not save {clean(key, limit=60)} of type {self._name}.",
                kind="record",
                advice="See whether it is still there.",
            )
        return Written("updated", key)

    def look_back(self, key: str, record: Mapping[str, Any]) -> None:
        """Nothing: a connector answers with what it kept."""

    def requests_for(self, record: Mapping[str, Any]) -> Sequence[Call]:
        """Return the one request that would create an actor, as :meth:`request_for`."""
        return [self.request_for(record)]

    def request_for(self, record: Mapping[str, Any]) -> Call:
        """Return the request that would create an actor: the operation, and the members of the actor.

        Raises:
            Refused, CallFailed: as :meth:`create`.
        """
        return call_of("WSCreateActor", self._actor(record, new=True))

    def request_to_update(self, key: str, record: Mapping[str, Any]) -> Call:
        """Return the request that would update an actor: the operation, and the members of the actor.

        Raises:
            Refused, CallFailed: as :meth:`update`.
        """
        return call_of("WSSaveActors", self._actor({**record, KEY: key}, new=False))

    def _created(self, actor: Actor, made: Callable[[str | None], None]) -> Written:
        made("")
        try:
            kept = self._link.write("WSCreateActor", actor).actor
        except (CallFailed, ConnectionFailed) as error:
            if not isinstance(error, CallFailed) or error.kind != "unclear":
                made(None)
            raise
        if kept is None or not kept.key:
            raise CallFailed(
                f"{self._link.client.host} created an actor of type {self._name} and did not say its key.",
                kind="unclear",
                advice="Look for it there, and tell the vendor of the connector.",
            )
        made(kept.key)
        return Written("created", kept.key)

    def _candidates(self, record: Mapping[str, Any], by: Sequence[str]) -> Rows:
        """Return actors among which a record may be: searched for by field where the connector can, else by text."""
        name = by[-1]
        text = plain(record[name]).strip()
        if name == _LAST_NAME:
            parent = (plain(record.get(PARENT_TYPE) or ""), plain(record[PARENT]))
            return self._link.search(self._name, text, parent=parent)
        if name in self._link.searchable(self._name):
            scalar = encoded(record[name], self._fields[name].type).strip()
            return self._link.search_where(self._name, [Restriction(name, "=", scalar=scalar)])
        return self._link.search(self._name, text)

    def _looked_for_by(self, record: Mapping[str, Any]) -> Sequence[str]:
        """Return the fields by which a record can be looked for: the first that it has a value of.

        Who has none of them but belongs to somebody is known there by name. Else it fits nobody else's: none.
        """
        for each in self._match:
            if each in self._fields and folded(record.get(each)):
                return [each]
        if _LAST_NAME in self._fields and folded(record.get(_LAST_NAME)) and folded(record.get(PARENT)):
            return [_FIRST_NAME, _LAST_NAME] if _FIRST_NAME in self._fields else [_LAST_NAME]
        return []

    def _actor(self, record: Mapping[str, Any], *, new: bool) -> Actor:
        unknown = [name for name in record if name not in self._fields and name not in OWN]
        if unknown:
            near = nearest(unknown[0], self._fields)
            raise Refused(
                f"Actors of type {self._name} have no field {clean(unknown[0], limit=70)!r}.",
                advice=f"Did you mean {near!r}?" if near else "Mend the mapping.",
            )
        needed = [key for key, each in self._fields.items() if each.access is Access.Mandatory]
        missing = [key for key in needed if not folded(record.get(key)) and (new or key in record)]
        if missing:
            raise Refused(
                f"A record of {self._name} has no {listed(missing, last='and')}, which the connector needs.",
                advice="Map a field or set a default.",
            )
        values: dict[str, str] = {}
        for name, value in record.items():
            if name in OWN:
                continue
            try:
                values[name] = encoded(value, self._fields[name].type)
            except ValueError as error:
                raise CallFailed(
                    f"{clean(name)} of a record of {self._name} cannot be written: {error}.",
                    kind="record",
                    advice="Mend the record.",
                ) from None
            field = self._fields[name]
            if field.type is FieldType.List and values[name] and not self._link.has_item(field.list_name, values[name]):
                raise CallFailed(
                    f"{clean(name)} of a record of {self._name} has a value that is no item of the list "
                    f"{clean(field.list_name, limit=60)} of {self._link.client.host}.",
                    kind="record",
                    advice="Nothing was sent. Say in a value list of the link which item it is; its form offers them.",
                )
        return Actor(
            self._name,
            key="" if new else plain(record[KEY]),
            parent_type=plain(record.get(PARENT_TYPE) or "") if record.get(PARENT) else "",
            parent_key=plain(record.get(PARENT) or ""),
            values=values,
        )


def call_of(operation: str, actor: Actor) -> Call:
    """Return the request that writes an actor, as a dry run and a log show it."""
    return Call("POST", operation, group=operation, body=shown(actor), repeatable=False, writes=True)


def shown(actor: Actor) -> dict[str, Any]:
    """Return an actor as a log shows it."""
    own = {TYPE: actor.type, KEY: actor.key, PARENT_TYPE: actor.parent_type, PARENT: actor.parent_key}
    return {name: value for name, value in own.items() if value} | {"FieldValues": dict(actor.values)}


def _told_apart(row: Mapping[str, Any]) -> str:
    """Return what people tell an actor by."""
    values = (plain(row[name]) for name in _TELLING if row.get(name) is not None)
    return clean(", ".join(value for value in values if value.strip()), limit=100)


def _later(one: str, other: str) -> bool:
    """Whether a LastModified is later than another. They are the connector's own, and only said to increase."""
    if one.isdecimal() and other.isdecimal():
        return int(one) > int(other)
    first, second = typed(one, FieldType.Datetime), typed(other, FieldType.Datetime)
    try:
        return first > second  # type: ignore[operator]
    except TypeError:
        return one > other
