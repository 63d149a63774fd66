"""What goes over the socket: frames of JSON behind their length, one question and one answer at a time.

Half a frame, or one that nobody reads, is waited for a while and never for ever; memory is taken for what has arrived,
not for what was announced.
"""

from __future__ import annotations

import json
import select
import socket
import struct
import time
from typing import TYPE_CHECKING, Any

from core import errors
from core.errors import ConfigError, PendelError, Problem, Refused
from core.text import clean, file_size

if TYPE_CHECKING:
    from collections.abc import Iterator

PROTOCOL = 1
"""Rises when the frames themselves change; what the methods take and give belongs to the release."""
MOST_QUESTION = 4 * 1024 * 1024
MOST_ANSWER = 64 * 1024 * 1024
"""Bytes of a frame. Ten thousand tasks with their runs are about six million."""
FRAME_SECONDS = 30.0
"""In which a frame that has begun must have come, or gone."""
_PIECE = 256 * 1024
_LENGTH = struct.Struct("!I")


class Closed(Exception):
    """The other side has closed the connection."""


class Garbage(Exception):
    """What came is no frame of ours."""


class Channel:
    """One connection. One thread at a time uses it.

    Raises, in all methods: Closed, where the other side has gone, or a frame that has begun does not come or go in
    time; Garbage, where what comes is no JSON or is too large.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection

    def send(self, body: bytes) -> None:
        """Send one frame; the other side has ``FRAME_SECONDS`` to take it."""
        try:
            self._socket.settimeout(FRAME_SECONDS)
            self._socket.sendall(_LENGTH.pack(len(body)) + body)
        except OSError as error:
            raise Closed from error

    def receive(self, most: int, *, patience: float | None = None) -> Any:
        """Return the next frame; it may begin within ``patience`` seconds, without them whenever it likes.

        Raises:
            TimeoutError: it has not begun; nothing was taken, and it can be waited for again.
        """
        self._wait(patience)
        end = time.monotonic() + FRAME_SECONDS
        (length,) = _LENGTH.unpack(self._take(_LENGTH.size, end))
        if length > most:
            raise Garbage(f"a frame of {length:,} bytes")
        body = self._take(length, end)
        from pydantic_core import from_json  # it bounds how deep values are nested; the standard library does not

        try:
            return from_json(body, allow_inf_nan=False)
        except ValueError as error:
            raise Garbage("no JSON") from error

    def is_stale(self) -> bool:
        """Whether, between two questions, the other side has gone or said something unasked."""
        try:
            return bool(select.select([self._socket], [], [], 0)[0])
        except (OSError, ValueError):
            return True

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()

    def hang_up(self) -> None:
        """End the connection from another thread: whoever waits for a frame gets :class:`Closed`."""
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            return

    def _wait(self, patience: float | None) -> None:
        try:
            self._socket.settimeout(patience)
            begun = self._socket.recv(1, socket.MSG_PEEK)
        except TimeoutError:
            raise
        except OSError as error:
            raise Closed from error
        if not begun:
            raise Closed

    def _take(self, size: int, end: float) -> bytes:
        taken = bytearray()
        while len(taken) < size:
            try:
                self._socket.settimeout(max(end - time.monotonic(), 0.001))
                piece = self._socket.recv(min(size - len(taken), _PIECE))
            except OSError as error:
                raise Closed from error
            if not piece:
                raise Closed
            taken += piece
        return bytes(taken)


def question(call: str, given: bytes) -> bytes:
    """Return a question as the body of a frame; what is ``given`` with it is JSON already.

    Raises:
        Refused: it is too large.
    """
    body = b'{"call":' + json.dumps(call).encode() + b',"with":' + given + b"}"
    if len(body) > MOST_QUESTION:
        raise Refused(f"What is asked of the engine is too large: {file_size(len(body))}.")
    return body


def answer(result: bytes) -> bytes:
    """Return an answer, which is JSON already, as the body of a frame."""
    return b'{"result":' + result + b"}"


def refusal(error: PendelError) -> bytes:
    """Return an error of ours as the body of a frame."""
    told: dict[str, Any] = {
        "kind": next(kind.__name__ for kind in type(error).__mro__ if kind in _KINDS.values()),
        "message": error.message,
        "advice": error.advice,
        "retriable": error.retriable,
    }
    if isinstance(error, ConfigError):
        told["problems"] = [[getattr(problem, name) for name in _PROBLEM] for problem in error.problems]
    return json.dumps({"error": told}).encode()


def taken_apart(frame: Any) -> Any:
    """Return the result that a frame holds.

    Raises:
        PendelError: it holds an error of ours, which is raised as it was.
        Garbage: it holds neither.
    """
    if isinstance(frame, dict) and "result" in frame:
        return frame["result"]
    told = frame.get("error") if isinstance(frame, dict) else None
    if not isinstance(told, dict):
        raise Garbage("neither a result nor an error")
    raise _error(told)


def _error(told: dict[str, Any]) -> PendelError:
    kind = _KINDS.get(str(told.get("kind")), PendelError)
    # What comes over the socket is shown to somebody, whoever sent it.
    message, advice = _lines(told.get("message")), _lines(told.get("advice"))
    if kind is ConfigError:
        given = told.get("problems")
        return ConfigError([_problem(each) for each in given] if isinstance(given, list) else [], advice=advice)
    error = kind.__new__(kind)
    PendelError.__init__(error, message, advice=advice, retriable=told.get("retriable") is True)
    return error


def _problem(given: Any) -> Problem:
    values = dict(zip(_PROBLEM, given if isinstance(given, list) else [], strict=False))
    line = values.pop("line", None)
    words = {name: _lines(values.get(name)) for name in _PROBLEM if name != "line"}
    return Problem(**words, line=line if isinstance(line, int) else None)


_PROBLEM = ("file", "table", "key", "message", "value", "suggestion", "line")


def _lines(text: object) -> str:
    return "\n".join(clean(line) for line in str(text or "").split("\n"))


def _kinds(kind: type[PendelError] = PendelError) -> Iterator[type[PendelError]]:
    if kind.__module__ == errors.__name__:
        yield kind
    for each in kind.__subclasses__():
        yield from _kinds(each)


_KINDS = {kind.__name__: kind for kind in _kinds()}
"""The tree of :mod:`core.errors`; what another module derives from one of them crosses as that one."""
