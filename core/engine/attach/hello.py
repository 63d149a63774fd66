"""The first words on a connection: what the console says of itself, and what the engine answers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from core.engine.api.rights import Right
from core.engine.attach import wire
from core.errors import PendelError, Refused
from core.text import clean

if TYPE_CHECKING:
    from core.engine.attach.wire import Channel


@dataclass(frozen=True, slots=True)
class Hello:
    """What a console says of itself. None of it is believed but as what it is: a wish, and a remark."""

    right: Right
    """The most that it wants to be able to do; ``--read-only`` asks for no more than to look."""
    terminal: str
    """The terminal or address it is used from."""
    session: str
    """A word by which its connections belong together."""


@cache
def release() -> str:
    """Return the release of Pendel: both sides must be of the same, or they mean different things by one name."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("pendel")
    except PackageNotFoundError:
        return "unreleased"


def hello(right: Right, terminal: str, session: str) -> bytes:
    """Return the first word of a console as the body of a frame."""
    return json.dumps(
        {"pendel": release(), "protocol": wire.PROTOCOL, "right": right, "terminal": terminal, "session": session}
    ).encode()


def taken_hello(frame: Any) -> Hello:
    """Return what a console said first.

    Raises:
        Refused: it is of another release.
        Garbage: it is no such word.
    """
    if not isinstance(frame, dict) or "pendel" not in frame:
        raise wire.Garbage("no greeting")
    theirs = clean(str(frame["pendel"]), limit=40)
    if theirs != release() or frame.get("protocol") != wire.PROTOCOL:
        raise Refused(
            f"The engine is Pendel {release()}, and this is {theirs}.",
            advice="Start both from the same release: restart the engine after an upgrade.",
        )
    try:
        right = Right(str(frame.get("right")))
    except ValueError:
        raise wire.Garbage("a right that there is not") from None
    return Hello(right, clean(str(frame.get("terminal", "")), limit=100), str(frame.get("session", ""))[:64])


def greeting(token: str) -> bytes:
    """Return the engine's answer; ``token`` is another one for each engine that was started."""
    return wire.answer(json.dumps({"engine": token}).encode())


def refused_greeting(error: PendelError) -> bytes:
    """Return the engine's answer to whoever may not come in."""
    return wire.refusal(error)


def greet(channel: Channel, first_word: bytes, *, patience: float) -> str:
    """Say the first word (:func:`hello`), and return the token of the engine.

    Raises:
        PendelError: the engine does not let this user in, or is of another release.
        Closed, Garbage, TimeoutError: as :class:`core.engine.attach.wire.Channel`.
    """
    channel.send(first_word)
    told = wire.taken_apart(channel.receive(wire.MOST_ANSWER, patience=patience))
    if not isinstance(told, dict) or not isinstance(told.get("engine"), str):
        raise wire.Garbage("no greeting")
    token: str = told["engine"]
    return token
