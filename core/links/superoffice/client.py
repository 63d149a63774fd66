"""Calling somebody's connector, as the engine of SuperOffice does.

A connector answers errors as it answers anything; here they become errors. Where it has lost what it was told of the
connection, it is told again, and asked once more.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from core.closing import Closing
from core.links.address import host_of, origin
from core.links.faults import CallFailed
from core.links.repeating import repeating
from core.links.superoffice.contract import (
    OPERATIONS,
    UNKNOWN_CONNECTION,
    UNKNOWN_FIELD,
    UNKNOWN_ITEM,
    Request,
)
from core.links.superoffice.documents import BadXml, body_of, child, parsed, text
from core.links.superoffice.messages import read_response, written_request
from core.links.superoffice.wsdl import BadDescription, Description
from core.links.wire import Wire
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from core.links.clock import Clock
    from core.links.model.replies import ErrorKind
    from core.links.superoffice.contract import Operation, Response
    from core.links.superoffice.messages import Style
    from core.redaction import Redactor
    from core.stop import StopToken

_WORDS = 300
_STATUS_KINDS: Mapping[int, ErrorKind] = {
    401: "sign_in",
    403: "settings",
    404: "gone",
    408: "retry",
    410: "gone",
    425: "retry",
    429: "wait",
}
_CALLERS_FAULTS = ("Client", "ActionNotSupported", "DeserializationFailed", "ContractFilterMismatch")
"""Ends of fault codes that say that a request was not understood (SOAP 1.1, section 4.4.1; WCF)."""


class Client(Closing):
    """Calls one connector for one connection. Any number of threads may use it; close it, or use a ``with`` block."""

    def __init__(
        self,
        address: str,
        *,
        connection: str,
        info: Mapping[str, str],
        clock: Clock,
        redactor: Redactor,
        stop: StopToken,
        passwords: Collection[str] = (),
        style: Style | Literal["auto"] = "auto",
        timeout: float = 60,
    ) -> None:
        """Take a connector; nothing is sent.

        ``connection`` is the GUID that it knows the connection by, ``info`` what it is told of it: its configuration
        fields by their keys, of which ``passwords`` appear in no message. ``style`` is how bodies are wrapped: as its
        own description says (``auto``), or one of the two.

        Raises:
            Refused: the address cannot be used.
        """
        origin(address)
        self.address, self.host, self.connection, self.info = address, host_of(address), connection, dict(info)
        self.clock = clock
        self._redactor, self._style = redactor, style
        for key in passwords:
            if info.get(key):
                redactor.add(info[key])
        self._wire = Wire(timeout=timeout, accept="text/xml", stop=stop)
        self._describing = threading.Lock()
        self._described = style != "auto"
        self._description: Description | None = None

    def close(self) -> None:
        """Close all connections."""
        self._wire.close()

    def ask(self, name: str, **members: Any) -> Response:
        """Ask an operation by its name, and return its answer; ``members`` are those of :class:`Request`.

        ``connection`` and ``connection_info`` are those of this client, unless they are given.

        Raises:
            CallFailed: the connector refuses, or answers what cannot be used; ``unclear`` where it may have written
                without saying so.
            ConnectionFailed: it cannot be reached.
            StopRequested: a stop was asked for.
        """
        operation = OPERATIONS[name]
        request = Request(**({"connection": self.connection, "connection_info": self.info} | members))
        try:
            try:
                return self._once(operation, request)
            except CallFailed as error:
                if error.code != UNKNOWN_CONNECTION or name in ("WSSaveConnection", "WSDeleteConnection"):
                    raise
            # Refused for that reason, nothing was done.
            self._once(OPERATIONS["WSSaveConnection"], Request(self.connection, self.info))
            return self._once(operation, request)
        except CallFailed as error:
            error.say(self._redactor.redact(error.message))
            raise

    def request_for(self, name: str, **members: Any) -> bytes:
        """Return the envelope that an operation would be asked with.

        Raises:
            CallFailed: it cannot be written.
        """
        request = Request(**({"connection": self.connection, "connection_info": self.info} | members))
        return self._written(OPERATIONS[name], request)[0]

    def _once(self, operation: Operation, request: Request) -> Response:
        content, action = self._written(operation, request)
        headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{action}"'}
        response: Response = repeating(self.clock)(self._sent, operation, content, headers)
        if response.ok:
            return response
        raise self._refusal(operation, response)

    def _sent(self, operation: Operation, content: bytes, headers: Mapping[str, str]) -> Response:
        status, told, reply = self._wire.exchange(
            "POST", self.address, headers=headers, content=content, repeatable=not operation.writes
        )
        kind = told.get("content-type", "").partition(";")[0].strip().lower()
        if status not in (200, 500) or "html" in kind or reply.lstrip()[:9].lower() == b"<!doctype":
            raise self._no_answer(operation, status, reply, kind)
        try:
            body = body_of(parsed(reply))
            fault = child(body, "Fault")
            if fault is None:
                return read_response(operation, body)
        except BadXml as error:
            raise self._unclear_or(
                operation,
                f"{self.host} answers {operation.name} with something that cannot be read: {error}.",
                kind="retry" if status == 500 else "settings",
                advice="Check the address of the connector, and how it wraps its messages (style).",
                status=status,
            ) from None
        raise self._fault(operation, status, text(child(fault, "faultcode")), text(child(fault, "faultstring")))

    def _fault(self, operation: Operation, status: int, code: str, words: str) -> CallFailed:
        said = clean(words, limit=_WORDS)
        message = f"{self.host} cannot carry out {operation.name}{': ' + said if said else ''}"
        message += "" if said.endswith((".", "!", "?")) else "."
        if code.endswith(_CALLERS_FAULTS):
            return CallFailed(
                message,
                kind="settings",
                advice="Check the address of the connector, and how it wraps its messages (style).",
                status=status,
                code=clean(code, limit=60),
            )
        return self._unclear_or(operation, message, kind="retry", advice="Retrying may help.", status=status)

    def _no_answer(self, operation: Operation, status: int, reply: bytes, kind: str) -> CallFailed:
        page = " with a web page (HTML)" if "html" in kind or reply.lstrip()[:5].lower() in (b"<!doc", b"<html") else ""
        if 300 <= status < 400:
            return CallFailed(
                f"{self.host} answers {status} and leads on to another address, which is not followed.",
                kind="settings",
                advice="Write the address that it leads to into the settings of the link.",
                status=status,
            )
        words = f"{self.host} answers {status}{page} to {operation.name}"
        if status >= 500:
            return self._unclear_or(operation, f"{words}.", kind="retry", advice="Retrying may help.", status=status)
        return CallFailed(
            f"{words}, where an answer of a connector is expected.",
            kind=_STATUS_KINDS.get(status, "settings"),
            advice="Check the address of the connector: it mostly ends in /Services/ErpConnectorWS.svc.",
            status=status,
        )

    def _unclear_or(
        self, operation: Operation, message: str, *, kind: ErrorKind, advice: str, status: int
    ) -> CallFailed:
        """Return an error after which a request that writes may have been carried out."""
        if operation.writes:
            return CallFailed(
                message, kind="unclear", advice="It is looked for before it is sent again.", status=status
            )
        return CallFailed(message, kind=kind, advice=advice, status=status)

    def _refusal(self, operation: Operation, response: Response) -> CallFailed:
        """Return the error that an answer with IsOk = false is."""
        code = clean(response.code, limit=60)
        parts = [clean(each, limit=_WORDS) for each in (response.explanation, response.technical)]
        said = "; ".join(dict.fromkeys(part.strip().rstrip(".") for part in parts if part.strip()))
        named = f" ({code})" if code else ""
        kind: ErrorKind = "record"
        advice = "Mend what it says, and try again."
        if code == UNKNOWN_CONNECTION:
            kind, advice = "settings", "It was told of the connection again, to no avail: test the link."
        elif code in (UNKNOWN_FIELD, UNKNOWN_ITEM):
            kind, advice = "settings", "Its fields or lists have changed: read them again, and mend the mapping."
        elif operation.name in ("WSTestConfigData", "WSSaveConnection", "WSTestConnection"):
            kind, advice = "settings", "Check the fields of the link."
        return CallFailed(
            f"{self.host} refuses {operation.name}{named}{': ' + said if said else ''}.",
            kind=kind,
            advice=advice,
            code=code,
        )

    def _written(self, operation: Operation, request: Request) -> tuple[bytes, str]:
        """Return the envelope of a request, and its SOAPAction."""
        try:
            if (description := self._as_described()) is not None:
                return description.written_request(operation, request), description.action(operation)
            style: Style = "bare" if self._style == "bare" else "wrapped"
            return written_request(operation, request, style), operation.action
        except BadDescription as error:
            raise CallFailed(
                f"{self.host} cannot be asked {operation.name}: {error}.",
                kind="settings",
                advice="Set the style of the link to wrapped or bare, as its vendor says.",
            ) from None
        except ValueError as error:
            raise CallFailed(
                f"{operation.name} cannot be written for {self.host}: {error}.",
                kind="record",
                advice="Mend the record.",
            ) from None

    def _as_described(self) -> Description | None:
        """Return the description of the connector, read once; None where it has none that can be read."""
        with self._describing:
            if not self._described:
                try:
                    self._description = Description(_described_at(self.address), self._fetched)
                except (BadDescription, CallFailed):
                    # Not every connector gives it away.
                    self._description = None
                self._described = True
            return self._description

    def _fetched(self, address: str) -> bytes:
        status, _, content = self._wire.exchange("GET", address, headers={}, repeatable=True)
        if status != 200:
            raise BadDescription(f"{self.host} answers {status} in place of its description")
        return content


def _described_at(address: str) -> str:
    """Return where the description of a connector is; what selects the connector stays."""
    parts = urlsplit(address)
    query = urlencode([each for each in parse_qsl(parts.query) if each[0].lower() != "wsdl"])
    return urlunsplit(parts._replace(query=f"wsdl&{query}" if query else "wsdl"))
