"""What a connector answers: a request as bytes in, a reply as bytes out, and never an exception.

A connection is known once it was saved with a configuration that the ERP takes. Nothing of that is kept on the disk:
where a connection is not known, SuperOffice saves it again and repeats what it asked, as the contract has it.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from uuid import UUID

from core.errors import PendelError, StopRequested
from core.links.superoffice.contract import (
    EMPTY_GUID,
    OPERATIONS,
    UNKNOWN_CONNECTION,
    UNKNOWN_ITEM,
    Response,
    State,
)
from core.links.superoffice.documents import BadXml, body_of, first_in, local, parsed
from core.links.superoffice.erp import ErpError
from core.links.superoffice.messages import read_request, writable, written_fault, written_response
from core.links.superoffice.signing import AUTHENTICATE, written_authentication
from core.text import clean, counted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from core.links.superoffice.contract import Operation, Request
    from core.links.superoffice.erp import Erp
    from core.links.superoffice.messages import Style
    from core.links.superoffice.signing import Authenticator

LOGGER = logging.getLogger(__name__)
_MOST_CONNECTIONS = 1000
_WORDS = 500
_FREE = frozenset({"WSGetConfigData", "WSTestConfigData", "WSSaveConnection", "WSDeleteConnection"})
"""What may be asked where there is no connection."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply over HTTP."""

    status: int
    content: bytes


class Answering:
    """Answers for one ERP. Any number of threads may ask."""

    def __init__(self, erp: Erp, *, name: str, authenticator: Authenticator | None = None) -> None:
        self._erp, self._name, self._authenticator = erp, name, authenticator
        self._connections: dict[str, None] = {}
        """By their GUIDs, the oldest first."""
        self._own = {
            "WSTestConfigData": self._tested,
            "WSSaveConnection": self._saved,
            "WSDeleteConnection": self._deleted,
        }
        self._lock = threading.Lock()

    def answer(self, content: bytes, *, action: str, asked_by: str, connector: str = "") -> Answer:
        """Return the reply to a request.

        ``action`` is its SOAPAction, ``asked_by`` the address that it came from, ``connector`` the name of the
        connector that it is meant for, where it says one.
        """
        try:
            body = body_of(parsed(content))
        except BadXml as error:
            return _fault("Client", f"The request cannot be read: {error}.")
        name = _operation_named(action, local(outer) if (outer := first_in(body)) is not None else "")
        if name == AUTHENTICATE:
            return Answer(200, written_authentication(self._authenticator, body))
        operation = OPERATIONS.get(name)
        if operation is None:
            return _fault("Client", f"There is no operation {clean(name, limit=80)!r}." if name else "No operation.")
        try:
            request, style = read_request(operation, body)
        except BadXml as error:
            return _fault("Client", f"The request of {operation.name} cannot be read: {error}.")
        return self._reply(operation, self._carried_out(operation, request, asked_by, connector), style)

    def _reply(self, operation: Operation, response: Response, style: Style) -> Answer:
        try:
            return Answer(200, written_response(operation, response, style))
        except Exception as error:
            LOGGER.exception("The answer to %s could not be written by a fault in Pendel.", operation.name)
            return Answer(200, written_response(operation, _broken(operation, error), style))

    def _carried_out(self, operation: Operation, request: Request, asked_by: str, connector: str) -> Response:
        try:
            if connector and connector.casefold() != self._name.casefold():
                raise ErpError(f"There is no connector {clean(connector, limit=70)!r} here, but {self._name!r}.")
            self._refuse_unknown(operation, request)
            if (handler := self._own.get(operation.name)) is not None:
                return handler(request, asked_by)
            if operation.writes:
                return _WRITING[operation.name](self._erp, request, asked_by)
            return _READING[operation.name](self._erp, request)
        except ErpError as error:
            return _refused(error, error.code)
        except StopRequested:
            return _refused(ErpError("Pendel is being shut down.", advice="Try again later."), "")
        except PendelError as error:
            LOGGER.warning("%s of %s was not carried out: %s", operation.name, asked_by, error)
            return _refused(error, "")
        except Exception as error:
            # One bad request harms nobody but who sent it.
            LOGGER.exception("%s was not carried out by a fault in Pendel.", operation.name)
            return _broken(operation, error)

    def _refuse_unknown(self, operation: Operation, request: Request) -> None:
        if operation.name in _FREE:
            return
        guid = _guid(request.connection)
        if guid == EMPTY_GUID and operation.name == "WSGetList":
            # Whoever makes a connection may see what its fields can be, and nothing else.
            if request.list_name not in {each.list_name for each in self._erp.config_fields() if each.list_name}:
                raise ErpError("No field of the configuration has this list.", code=UNKNOWN_ITEM)
            return
        with self._lock:
            known = guid in self._connections
        if not known:
            raise ErpError(
                "The connection is not known.", advice="Save it again, and repeat the call.", code=UNKNOWN_CONNECTION
            )

    def _tested(self, request: Request, asked_by: str) -> Response:
        try:
            self._erp.check_config(request.connection_info)
        except ErpError as error:
            LOGGER.warning("%s may not connect: %s", asked_by, error.message)
            raise
        return Response()

    def _saved(self, request: Request, asked_by: str) -> Response:
        guid = _guid(request.connection)
        if guid in ("", EMPTY_GUID):
            raise ErpError("A connection needs a GUID of its own.")
        response = self._tested(request, asked_by)
        with self._lock:
            if len(self._connections) >= _MOST_CONNECTIONS and guid not in self._connections:
                # The oldest is saved again by who uses it.
                del self._connections[next(iter(self._connections))]
            self._connections[guid] = None
        LOGGER.info("%s has saved a connection of SuperOffice.", asked_by)
        return response

    def _deleted(self, request: Request, asked_by: str) -> Response:
        with self._lock:
            self._connections.pop(_guid(request.connection), None)
        LOGGER.info("%s has deleted a connection of SuperOffice.", asked_by)
        return Response()


def _created(erp: Erp, request: Request, asked_by: str) -> Response:
    if request.actor is None:
        raise ErpError("There is no actor to create.")
    return Response(actor=erp.create(request.actor, asked_by=asked_by))


def _saved_actors(erp: Erp, request: Request, asked_by: str) -> Response:
    saved, reasons = erp.save(request.actors, asked_by=asked_by)
    if not reasons:
        return Response(actors=saved)
    words = clean(f"{counted(len(reasons), 'actor')} not saved. {' '.join(reasons)}", limit=_WORDS)
    if not saved:
        return Response(ok=False, state=State.Error, explanation=words)
    return Response(state=State.Warning, explanation=words, actors=saved)


_READING: Mapping[str, Callable[[Erp, Request], Response]] = {
    "WSGetConfigData": lambda erp, _: Response(fields=erp.config_fields()),
    # That the connection is known was looked at.
    "WSTestConnection": lambda erp, _: Response() if erp.actor_types() else Response(state=State.Warning),
    "WSGetSupportedActorTypes": lambda erp, _: Response(items=erp.actor_types()),
    "WSGetSupportedActorTypeFields": lambda erp, asked: Response(fields=erp.fields(asked.actor_type)),
    "WSGetSearchableFields": lambda erp, asked: Response(items=erp.searchable(asked.actor_type)),
    "WSGetActors": lambda erp, asked: Response(actors=erp.actors(asked.actor_type, asked.keys, asked.field_keys)),
    "WSSearchActors": lambda erp, asked: Response(actors=erp.search(asked.actor_type, asked.text, asked.field_keys)),
    "WSSearchActorsAdvanced": lambda erp, asked: Response(
        actors=erp.search_where(asked.actor_type, asked.restrictions, asked.field_keys)
    ),
    "WSSearchActorByParent": lambda erp, asked: Response(
        actors=erp.search(asked.actor_type, asked.text, asked.field_keys, parent=(asked.parent_type, asked.parent_key))
    ),
    "WSGetList": lambda erp, asked: Response(list_items=erp.list_items(asked.list_name)),
    "WSGetListItems": lambda erp, asked: Response(list_items=erp.list_items(asked.list_name, asked.item_keys)),
    "WSGetActorsByTimestamp": lambda erp, asked: Response(
        actors=erp.changed(asked.actor_type, asked.since, asked.field_keys)
    ),
}
_WRITING: Mapping[str, Callable[[Erp, Request, str], Response]] = {
    "WSCreateActor": _created,
    "WSSaveActors": _saved_actors,
}


def _operation_named(action: str, outer: str) -> str:
    """Return the operation that is asked: as the SOAPAction says, else by the name of the body."""
    name = action.strip().strip('"').rpartition("/")[2]
    return name or outer


def _guid(text: str) -> str:
    """Return a GUID as one text, however it is written; empty for what is none."""
    try:
        return str(UUID(text.strip()))
    except ValueError:
        return ""


def _refused(error: PendelError, code: str) -> Response:
    words = writable(clean(str(error), limit=_WORDS))
    return Response(ok=False, state=State.Error, explanation=words, code=code)


def _broken(operation: Operation, error: Exception) -> Response:
    return Response(
        ok=False,
        state=State.Error,
        explanation=f"A fault in Pendel ended {operation.name}. Its log file has the details.",
        technical=type(error).__name__,
    )


def _fault(code: Literal["Client", "Server"], words: str) -> Answer:
    # SOAP 1.1, section 6.2: a fault is answered with the status 500.
    return Answer(500, written_fault(code, words))
