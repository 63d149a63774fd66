"""Records whose lines are sent one by one before them, and deleted again when the record itself fails.

Each line leaves a trace before it is sent. So those that a process leaves behind are deleted by the next one that sends
the same record, unless they may have become part of it; and one whose id no answer told is named to the user.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from core.errors import ConnectionFailed, PendelError, StopRequested
from core.links.bodies import lines_of
from core.links.faults import CallFailed
from core.links.judging import MISSING, member
from core.links.model.lines import LINES, WrittenRequests
from core.links.traces import Loose
from core.links.values import plain
from core.text import clean, counted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.links.connection import Call, Connection
    from core.links.looking import Finder
    from core.links.model.resources import Resource

KEY_TO_COME = "(as the answer to the first line says)"
"""Stands for the key in requests that are shown and not sent."""


class LooseLines:
    """The lines of one record on their way. Without the record itself they are nothing to the system."""

    def __init__(
        self, connection: Connection, resource: Resource, name: str, record: Mapping[str, Any], finder: Finder
    ) -> None:
        """``name`` is that of the resource. Where its lines are not sent by themselves, there is nothing to do."""
        self._connection, self._name, self._resource, self._record = connection, name, resource, record
        way = resource.lines.write if resource.lines is not None else None
        self._way = way if isinstance(way, WrittenRequests) else None
        self._finder = finder
        self._of = finder.fingerprint(record) if self._way is not None else ""

    def calls(self) -> list[Call]:
        """Return the requests that send the lines, but for the key that the first is answered with.

        Raises:
            CallFailed, Refused: as :func:`core.links.bodies.lines_of`.
        """
        if self._way is None:
            return []
        way, lines = self._way, lines_of(self._resource, self._record, self._connection.values, self._name)
        calls = (self._connection.prepared(way, more=line, repeatable=False, writes=True) for line in lines)
        return [replace(call, body={**line, **(call.body or {})}) for call, line in zip(calls, lines, strict=True)]

    def with_key(self, call: Call, key: Any = KEY_TO_COME) -> Call:
        """Return a request with the key that joins the lines."""
        return call if self._way is None else replace(call, body={**(call.body or {}), self._way.carried: key})

    @property
    def alone(self) -> bool:
        """Whether an attempt before this sent lines and ended before the record itself was sent."""
        return (left := self._left()) is not None and not left.whole

    def send(self) -> Any:
        """Send the lines, and return their key; None for no lines. Where one fails, those before it are deleted.

        Those that an attempt before this left behind are deleted first: the record was looked for, and is not there.

        Raises:
            CallFailed, Refused: a line is refused, or its answer got lost.
            ConnectionFailed, StopRequested: as :meth:`core.links.connection.Connection.call`.
        """
        if self._way is None:
            return None
        calls = self.calls()
        left = self._left() or Loose()
        if not left.whole or self._finder.shows_at_once(self._record):
            left = self._deleted(left)
        else:
            # The record may be there all the same, with these lines in it: somebody has said that it is not.
            left = Loose([], [*left.unanswered, *(f"ID {each}" for each in left.lines)])
        key: Any = None
        for number, call in enumerate(calls, start=1):
            told = self._told(number, key)
            self._keep(replace(left, unanswered=[*left.unanswered, told]))
            try:
                line, given = self._answered(call if key is None else self.with_key(call, key))
            except PendelError as error:
                error.message = f"Line {number}: {error.message}"
                error.args = (error.message,)
                if _not_carried_out(error):
                    self._keep(left)
                self.undo(error)
                raise
            left = replace(left, lines=[*left.lines, line])
            key = given if key is None else key
        # Of a record that cannot be looked for, this alone tells later that it may be there.
        self._keep(replace(left, whole=True), durable=not self._finder.shows_at_once(self._record))
        return key

    def _answered(self, call: Call) -> tuple[str, Any]:
        """Send a line, and return its id and the key that it was given."""
        way = self._way
        if way is None:
            raise RuntimeError("lines that are not sent by themselves")
        reply = self._connection.call(call)
        line, given = member(reply.document, way.id_member), member(reply.document, way.carried_member)
        if MISSING in (line, given) or None in (line, given):
            raise CallFailed(
                f"{self._connection.host} took a line of {self._name} and did not say its id or its {way.carried}.",
                kind="settings",
                advice="Compare id_member and carried_member of the definition with what the system answers.",
            )
        return plain(line), given

    def undo(self, cause: PendelError) -> None:
        """Delete the lines that were sent, because of ``cause``; what may be left of them is told with it.

        After a request to stop, or where the system cannot be reached, nothing is sent: the next attempt deletes them.
        """
        left = self._left()
        if left is None or isinstance(cause, StopRequested | ConnectionFailed):
            return
        left = self._deleted(left)
        if left.lines:
            told = (
                f"{counted(len(left.lines), 'line')} that had been sent could not be deleted: {', '.join(left.lines)}."
            )
            _add(cause, clean(told, limit=300))
        if left.unanswered:
            _add(cause, f"Of these nobody knows whether they are there: {'; '.join(left.unanswered)}.")
        self._keep(left)

    def joined(self) -> list[str]:
        """The record is there: forget its lines, and return in sentences what may be left of further ones."""
        left = self._left()
        if left is None:
            return []
        self._keep(Loose())
        named = self._finder.named(self._record)
        about = f" for {named}" if named else ""
        return [
            f"{self._connection.host} may have a line of {self._name} that belongs to nothing, sent{about}: {each}"
            f"{f' ({number} such lines)' if number > 1 else ''}. Whether it is there, no answer told. Look for it, and "
            "delete it."
            for each, number in Counter(left.unanswered).items()
        ]

    def _deleted(self, left: Loose) -> Loose:
        """Delete lines by their ids, and return what is left of them."""
        kept = []
        for line in reversed(left.lines):
            if self._way is None:
                break
            try:
                call = self._connection.prepared(self._way.undo, more={"id": line}, repeatable=True, writes=True)
                self._connection.call(call)
            except (CallFailed, ConnectionFailed) as error:
                if not isinstance(error, CallFailed) or error.kind != "gone":
                    kept.append(line)
        return Loose(kept, left.unanswered)

    def _told(self, number: int, key: Any) -> str:
        """Return in words what a line is to be looked for by."""
        line = self._record[LINES][number - 1]
        needed = self._resource.lines.required if self._resource.lines is not None else ()
        told = [f"{name} {clean(plain(line[name]), limit=40)}" for name in needed]
        if key is not None and self._way is not None:
            told.append(f"{self._way.carried} {clean(plain(key), limit=60)}")
        return ", ".join([f"line {number}", *told])

    def _left(self) -> Loose | None:
        if self._way is None:
            return None
        with self._connection.traces.shared() as traces:
            return traces.loose.get(self._of)

    def _keep(self, left: Loose, *, durable: bool = False) -> None:
        with self._connection.traces.shared(durable=durable) as traces:
            traces.loose.pop(self._of, None)
            if left.lines or left.unanswered:
                traces.loose[self._of] = left


def _not_carried_out(error: PendelError) -> bool:
    return isinstance(error, ConnectionFailed) or (isinstance(error, CallFailed) and error.kind != "unclear")


def _add(error: PendelError, sentence: str) -> None:
    if sentence not in error.message:
        error.message = f"{error.message} {sentence}"
        error.args = (error.message,)
