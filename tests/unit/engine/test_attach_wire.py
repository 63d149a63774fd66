"""Frames: what is sent arrives, what is none is seen, and nobody is waited for for ever."""

from __future__ import annotations

import socket
import struct
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import errors
from core.engine.attach import wire
from core.errors import ConfigError, PendelError, Problem, Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

Pair = tuple[socket.socket, wire.Channel]

KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, PendelError)]


@pytest.fixture
def pair() -> Iterator[Pair]:
    """A plain socket, and the channel at its other end."""
    here, there = socket.socketpair()
    channel = wire.Channel(there)
    yield here, channel
    here.close()
    channel.close()


def test_a_frame_arrives_whole_however_it_is_cut(pair: Pair) -> None:
    here, channel = pair
    body = wire.question("runs", b'{"task":"prices","limit":3}')
    for byte in struct.pack("!I", len(body)) + body:
        here.sendall(bytes([byte]))
    assert channel.receive(1000) == {"call": "runs", "with": {"task": "prices", "limit": 3}}


def test_waiting_for_a_frame_takes_nothing_and_can_be_repeated(pair: Pair) -> None:
    here, channel = pair
    for _ in range(2):
        with pytest.raises(TimeoutError):
            channel.receive(1000, patience=0.01)
    wire.Channel(here).send(wire.answer(b"[1,2]"))
    assert wire.taken_apart(channel.receive(1000, patience=1)) == [1, 2]


def test_half_a_frame_is_not_waited_for_for_ever(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    here, channel = pair
    monkeypatch.setattr(wire, "FRAME_SECONDS", 0.05)
    here.sendall(struct.pack("!I", 100) + b'{"call"')
    with pytest.raises(wire.Closed):
        channel.receive(1000)


def test_a_reader_that_does_not_read_is_not_waited_for_for_ever(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    _, channel = pair
    monkeypatch.setattr(wire, "FRAME_SECONDS", 0.05)
    with pytest.raises(wire.Closed):
        channel.send(b" " * 10_000_000)


@pytest.mark.parametrize(
    "sent",
    [
        struct.pack("!I", 2**32 - 1),
        struct.pack("!I", 1001) + b"x" * 1001,
        struct.pack("!I", 3) + b"abc",
        struct.pack("!I", 0),
        struct.pack("!I", 900) + b"[" * 900,
        struct.pack("!I", 2) + b"\xff\xfe",
        struct.pack("!I", 3) + b"NaN",
    ],
)
def test_garbage_is_seen(pair: Pair, sent: bytes) -> None:
    here, channel = pair
    here.sendall(sent)
    with pytest.raises(wire.Garbage):
        channel.receive(1000)


def test_what_is_too_large_to_be_asked_is_refused_before_it_is_sent() -> None:
    with pytest.raises(Refused, match=r"too large: 4\.2 MB"):
        wire.question("settings.check", b'"' + b"x" * wire.MOST_QUESTION + b'"')


def test_the_end_of_the_other_side_is_seen(pair: Pair) -> None:
    here, channel = pair
    assert not channel.is_stale()
    here.close()
    assert channel.is_stale()
    with pytest.raises(wire.Closed):
        channel.receive(1000)
    with pytest.raises(wire.Closed):
        channel.send(b"{}")


def test_a_connection_can_be_ended_from_another_thread(pair: Pair) -> None:
    _, channel = pair
    channel.hang_up()
    with pytest.raises(wire.Closed):
        channel.receive(1000)
    channel.hang_up()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_error_of_the_tree_crosses_as_it_is(kind: type[PendelError], pair: Pair) -> None:
    here, channel = pair
    problem = Problem("config.toml", "[engine]", "data_dir", "this is wrong", "7", "datadir", line=3)
    error = ConfigError([problem], advice="Mend it.") if kind is ConfigError else kind("It is so.", advice="Do that.")
    wire.Channel(here).send(wire.refusal(error))
    with pytest.raises(kind) as raised:
        wire.taken_apart(channel.receive(10_000))
    assert type(raised.value) is kind
    assert (raised.value.message, raised.value.advice) == (error.message, error.advice)
    assert raised.value.retriable == error.retriable
    if isinstance(raised.value, ConfigError):
        assert raised.value.problems == (problem,)


class Local(errors.DataError):
    """One that only a package below knows."""


def test_an_error_that_another_module_derives_crosses_as_the_one_of_the_tree(pair: Pair) -> None:
    here, channel = pair
    wire.Channel(here).send(wire.refusal(Local("It is so.")))
    with pytest.raises(errors.DataError, match="It is so"):
        wire.taken_apart(channel.receive(10_000))


def test_the_words_of_an_error_are_made_harmless(pair: Pair) -> None:
    here, channel = pair
    wire.Channel(here).send(wire.refusal(PendelError("red \x1b[31m\nand more", advice="\x07")))
    with pytest.raises(PendelError) as raised:
        wire.taken_apart(channel.receive(10_000))
    assert raised.value.message == "red \\x1b[31m\nand more"
    assert raised.value.advice == "\\x07"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abkind", max_size=6), inner, max_size=4),
    max_leaves=8,
)


NAMES = st.sampled_from([kind.__name__ for kind in KINDS])
ERRORS = st.fixed_dictionaries({"kind": NAMES, "message": JSON, "problems": JSON})


@given(st.fixed_dictionaries({"error": JSON | ERRORS}) | JSON)
def test_whatever_an_answer_holds_it_is_a_result_an_error_or_garbage(frame: object) -> None:
    try:
        wire.taken_apart(frame)
    except (PendelError, wire.Garbage):
        return
    assert isinstance(frame, dict)
    assert "result" in frame
