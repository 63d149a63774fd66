"""An open link to an ERP Sync Connector: actors as records, read, searched for and written.

A kind of record is an actor type: ``Customer``, ``Person`` and so on. A record has the values of the fields by their
keys, read by what kind of field each is, and besides ``ErpKey``, ``ActorType``, ``LastModified``, ``ParentErpKey`` and
``ParentActorType``.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from core.closing import Closing
from core.errors import Refused
from core.links.connection import Reply
from core.links.contract import Check
from core.links.faults import CallFailed
from core.links.superoffice.actors import (
    KEY,
    MATCH,
    MODIFIED,
    OWN,
    PARENT,
    PARENT_TYPE,
    TYPE,
    ActorReading,
    ActorWriter,
    call_of,
    shown,
)
from core.links.superoffice.contract import UNKNOWN_ITEM, FieldType
from core.links.superoffice.values import typed
from core.text import clean, listed, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from core.config.flow_kinds import KindName
    from core.links.contract import Witness
    from core.links.model.kinds import KindMapping
    from core.links.model.requests import Request
    from core.links.model.writes import LookUp
    from core.links.paging import Rows
    from core.links.superoffice.client import Client
    from core.links.superoffice.contract import Actor, FieldInfo, Response, Restriction

_WORDS = 300


class Link(Closing):
    """An open link (:class:`core.links.contract.Link`). Any number of threads may use it."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self._types: Sequence[str] | None = None
        self._fields: dict[str, dict[str, FieldInfo]] = {}
        self._searchable: dict[str, Sequence[str]] = {}
        self._items: dict[tuple[str, str], bool] = {}
        self._asking, self._connecting = threading.Lock(), threading.Lock()
        self._connected = False
        self._witness: Witness | None = None

    def close(self) -> None:
        """Close all connections."""
        self.client.close()

    def checks(self) -> Sequence[Check]:
        """Return the two tests of the contract; for the second, the connector is told of the connection."""
        return [Check("configuration", self._try_configuration), Check("connection", self._try_connection)]

    def _try_configuration(self) -> str:
        told = self.client.ask("WSTestConfigData")
        return clean(told.explanation, limit=_WORDS) or f"{self.client.host} takes what the link says."

    def _try_connection(self) -> str:
        self.client.ask("WSSaveConnection")
        told = self.client.ask("WSTestConnection")
        return clean(told.explanation, limit=_WORDS) or f"{self.client.host} reaches its ERP with it."

    def witness(self, told: Witness | None) -> None:
        """Let somebody be told of what is written, and what became of it."""
        self._witness = told

    def write(self, operation: str, actor: Actor) -> Response:
        """Send an actor to be created or saved, and tell whoever wants to know.

        Raises:
            CallFailed, ConnectionFailed, StopRequested: as :meth:`core.links.superoffice.client.Client.ask`.
        """
        call = call_of(operation, actor)
        given: dict[str, Any] = {"actor": actor} if operation == "WSCreateActor" else {"actors": [actor]}
        try:
            answer = self.client.ask(operation, **given)
        except CallFailed as error:
            if self._witness is not None:
                self._witness(call, error)
            raise
        if self._witness is not None:
            kept = answer.actors or ([answer.actor] if answer.actor else [])
            self._witness(call, Reply(200, {}, [shown(each) for each in kept]))
        return answer

    def offers(self) -> Mapping[str, Sequence[tuple[str, str]]]:
        """Return nothing: what a field can be, a connector says with the field."""
        return {}

    def kinds(self) -> Mapping[KindName, KindMapping]:
        """Return how its actors become records of flows, with the actor types and fields that it has.

        Raises:
            CallFailed, ConnectionFailed, StopRequested: as :meth:`core.links.superoffice.client.Client.ask`.
        """
        from core.links.superoffice.kinds import MAPPED, kinds_of

        self._connect()
        return kinds_of({name: self.fields(name) for name in self.actor_types() if name in MAPPED})

    def members(self, resource: str) -> Mapping[str, Sequence[tuple[str, str]]]:
        """Return the fields of an actor type; of a field with a list, its items (:class:`core.links.contract.Link`).

        Raises:
            Refused, CallFailed, ConnectionFailed, StopRequested: as :meth:`fields`.
        """
        found: dict[str, Sequence[tuple[str, str]]] = dict.fromkeys(OWN, ())
        for key, each in self.fields(resource).items():
            listed_too = each.type is FieldType.List and each.list_name
            found[key] = list(self.list_items(each.list_name).items()) if listed_too else ()
        return found

    def row(self, resource: str, key: str, request: Request | None) -> dict[str, Any] | None:  # noqa: ARG002
        """Return one actor by its ERP key; no definition need say how (:class:`core.links.contract.Link`).

        Raises:
            Refused, CallFailed, ConnectionFailed, StopRequested: as :meth:`fields`.
        """
        return next(iter(self.get(resource, [key])), None)

    def actor_types(self) -> Sequence[str]:
        """Return the actor types that the connector supports; asked for once.

        Raises:
            CallFailed, ConnectionFailed, StopRequested: as :meth:`core.links.superoffice.client.Client.ask`.
        """
        if self._types is None:
            self._types = self.client.ask("WSGetSupportedActorTypes").items
        return self._types

    def searchable(self, name: str) -> Sequence[str]:
        """Return the keys of the fields by which actors of a type can be searched for; asked for once.

        Raises:
            CallFailed, ConnectionFailed, StopRequested: as :meth:`core.links.superoffice.client.Client.ask`.
        """
        if name not in self._searchable:
            self._searchable[name] = self.client.ask("WSGetSearchableFields", actor_type=name).items
        return self._searchable[name]

    def fields(self, name: str) -> Mapping[str, FieldInfo]:
        """Return the fields of an actor type by their keys, in the order of the connector; asked for once.

        Raises:
            Refused: the connector does not support it.
            CallFailed, ConnectionFailed, StopRequested: as :meth:`core.links.superoffice.client.Client.ask`.
        """
        with self._asking:
            if name not in self._fields:
                self._connect()
                kinds = self.actor_types()
                if name not in kinds:
                    near = nearest(name, kinds)
                    raise Refused(
                        f"{self.client.host} has no actors of type {clean(name, limit=70)!r}.",
                        advice=f"Did you mean {near!r}?" if near else f"There are {listed(kinds, last='and')}.",
                    )
                told = self.client.ask("WSGetSupportedActorTypeFields", actor_type=name).fields
                self._fields[name] = {each.key: each for each in sorted(told, key=lambda each: each.rank)}
            return self._fields[name]

    def _connect(self) -> None:
        """Tell the connector once of the connection: it is to work with what the link says now."""
        with self._connecting:
            if not self._connected:
                self.client.ask("WSSaveConnection")
                self._connected = True

    def reading(self, name: str, *, since: str = "") -> ActorReading:
        """Return a walk through the actors of a type: all, or those changed at or after the cursor ``since``.

        Raises:
            Refused, CallFailed, ConnectionFailed, StopRequested: as :meth:`fields`.
        """
        return ActorReading(self, name, since=since)

    def writer(self, name: str, *, look_up: LookUp | None = None) -> ActorWriter:
        """Return what writes actors of a type; they are looked for by a number or address, or as ``look_up`` matches.

        Raises:
            Refused, CallFailed, ConnectionFailed, StopRequested: as :meth:`fields`.
        """
        return ActorWriter(self, name, look_up.match if look_up is not None else MATCH)

    def search(self, name: str, text: str, *, parent: tuple[str, str] | None = None) -> Rows:
        """Return the actors that a text finds; ``parent`` is type and key of the one that they belong to.

        Raises:
            Refused, CallFailed, ConnectionFailed, StopRequested: as :meth:`fields`.
        """
        asked: dict[str, Any] = {"actor_type": name, "text": text, "field_keys": list(self.fields(name))}
        if parent is None:
            return self.records(name, self.client.ask("WSSearchActors", **asked).actors)
        found = self.client.ask("WSSearchActorByParent", **asked, parent_type=parent[0], parent_key=parent[1])
        return self.records(name, found.actors)

    def search_where(self, name: str, restrictions: Sequence[Restriction]) -> Rows:
        """Return the actors for which all restrictions hold.

        Raises:
            Refused, CallFailed, ConnectionFailed, StopRequested: as :meth:`fields`.
        """
        keys = list(self.fields(name))
        found = self.client.ask("WSSearchActorsAdvanced", actor_type=name, restrictions=restrictions, field_keys=keys)
        return self.records(name, found.actors)

    def get(self, name: str, keys: Sequence[str]) -> Rows:
        """Return actors by their ERP keys; those that are gone are not among them.

        Raises:
            Refused, CallFailed, ConnectionFailed, StopRequested: as :meth:`fields`.
        """
        fields = list(self.fields(name))
        return self.records(name, self.client.ask("WSGetActors", actor_type=name, keys=keys, field_keys=fields).actors)

    def list_items(self, list_name: str, keys: Sequence[str] | None = None) -> Mapping[str, str]:
        """Return the texts of a list by their ids: all, or those of ``keys``.

        Raises:
            CallFailed, ConnectionFailed, StopRequested: as :meth:`core.links.superoffice.client.Client.ask`.
        """
        if keys is None:
            return self.client.ask("WSGetList", list_name=list_name).list_items
        return self.client.ask("WSGetListItems", list_name=list_name, item_keys=keys).list_items

    def has_item(self, list_name: str, key: str) -> bool:
        """Return whether a list has an item; also where the connector cannot tell. It is asked once for each.

        Raises:
            ConnectionFailed, StopRequested: as :meth:`core.links.superoffice.client.Client.ask`.
        """
        if (list_name, key) not in self._items:
            self._items[list_name, key] = self._lists(list_name, key)
        return self._items[list_name, key]

    def _lists(self, list_name: str, key: str) -> bool:
        try:
            if key in self.list_items(list_name, [key]):
                return True
        except CallFailed as error:
            if error.code != UNKNOWN_ITEM:
                return True
        try:
            whole = self.list_items(list_name)
        except CallFailed:
            return True
        return not whole or key in whole

    def records(self, name: str, actors: Sequence[Actor]) -> Rows:
        """Return actors as records."""
        fields = self.fields(name)
        return [
            {
                KEY: actor.key,
                TYPE: actor.type or name,
                MODIFIED: actor.modified,
                PARENT: actor.parent_key or None,
                PARENT_TYPE: actor.parent_type or None,
            }
            | {
                key: typed(text, fields[key].type if key in fields else FieldType.Text)
                for key, text in actor.values.items()
                if key not in OWN
            }
            for actor in actors
        ]
