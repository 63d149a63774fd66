"""Records whose lines are sent one by one before them, and deleted again when the record itself fails."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from core.errors import PendelError, StopRequested
from core.links.bodies import lines_of
from core.links.faults import CallFailed
from core.links.judging import MISSING, member
from core.links.model.lines import WrittenRequests
from core.links.values import plain
from core.text import clean, counted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.links.connection import Call, Connection
    from core.links.model.resources import Resource

KEY_TO_COME = "(as the answer to the first line says)"
"""Stands for the key in requests that are shown and not sent."""


class LooseLines:
    """The lines of one record on their way. Without the record itself they are nothing to the system."""

    def __init__(self, connection: Connection, resource: Resource, name: str) -> None:
        """``name`` is that of the resource. Where its lines are not sent by themselves, there is nothing to do."""
        self._connection, self._name, self._resource = connection, name, resource
        way = resource.lines.write if resource.lines is not None else None
        self._way = way if isinstance(way, WrittenRequests) else None
        self._sent: list[str] = []

    def calls(self, record: Mapping[str, Any]) -> list[Call]:
        """Return the requests that send the lines, but for the key that the first is answered with.

        Raises:
            CallFailed, Refused: as :func:`core.links.bodies.lines_of`.
        """
        if self._way is None:
            return []
        way, lines = self._way, lines_of(self._resource, record, self._connection.values, self._name)
        calls = (self._connection.prepared(way, more=line, repeatable=False) for line in lines)
        return [replace(call, body={**line, **(call.body or {})}) for call, line in zip(calls, lines, strict=True)]

    def with_key(self, call: Call, key: Any = KEY_TO_COME) -> Call:
        """Return a request with the key that joins the lines."""
        return call if self._way is None else replace(call, body={**(call.body or {}), self._way.carried: key})

    def send(self, record: Mapping[str, Any]) -> Any:
        """Send the lines, and return their key; None for no lines. Where one fails, those before it are deleted.

        Raises:
            CallFailed, Refused: a line is refused, or its answer got lost.
            ConnectionFailed, StopRequested: as :meth:`core.links.connection.Connection.call`.
        """
        key: Any = None
        for number, call in enumerate(self.calls(record), start=1):
            try:
                key = self._send(call, key)
            except PendelError as error:
                _say(error, f"Line {number}: {error.message}")
                self.undo(error)
                raise
        return key

    def _send(self, call: Call, key: Any) -> Any:
        way = self._way
        if way is None:
            return key
        reply = self._connection.call(call if key is None else self.with_key(call, key))
        line, given = member(reply.document, way.id_member), member(reply.document, way.carried_member)
        if MISSING in (line, given) or None in (line, given):
            raise CallFailed(
                f"{self._connection.host} took a line of {self._name} and did not say its id or its {way.carried}.",
                kind="settings",
                advice="Compare id_member and carried_member of the definition with what the system answers.",
            )
        self._sent.append(plain(line))
        return given if key is None else key

    def undo(self, cause: PendelError) -> None:
        """Delete the lines that were sent, because of ``cause``; where that fails, they are told with it.

        After a request to stop nothing more is sent: they stay, and mean nothing.
        """
        if isinstance(cause, StopRequested):
            return
        left: list[str] = []
        while self._sent and self._way is not None:
            line = self._sent.pop()
            try:
                call = self._connection.prepared(self._way.undo, more={"id": line}, repeatable=True)
                self._connection.call(call)
            except PendelError as error:
                if not isinstance(error, CallFailed) or error.kind != "gone":
                    left.append(line)
        if left:
            told = f"{counted(len(left), 'line')} that had been sent could not be deleted: {', '.join(left)}."
            _say(cause, f"{cause.message} {clean(told, limit=300)}")


def _say(error: PendelError, message: str) -> None:
    error.message, error.args = message, (message,)
