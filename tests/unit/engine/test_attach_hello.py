"""The first words on a connection, and an engine that never says its own."""

from __future__ import annotations

import json
import socket
import threading
from typing import TYPE_CHECKING, Any

import pytest
from pydantic_core import from_json

from core.engine.api import Right
from core.engine.attach import client, wire
from core.engine.attach.client import RemoteEngine
from core.engine.attach.hello import greet, greeting, hello, release, taken_hello
from core.engine.attach.place import address
from core.errors import EngineError, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Listening = Callable[[bytes | None], RemoteEngine]


def first_word(**changes: Any) -> Any:
    return {**from_json(hello(Right.OPERATE, "pts/1", "word")), **changes}


def test_a_console_says_what_it_wants_and_where_it_is() -> None:
    taken = taken_hello(first_word())
    assert (taken.right, taken.terminal, taken.session) == (Right.OPERATE, "pts/1", "word")
    taken = taken_hello(first_word(terminal="\x1b[2J" * 100, session="x" * 1000))
    assert "\x1b" not in taken.terminal
    assert (len(taken.terminal), len(taken.session)) == (100, 64)


@pytest.mark.parametrize("changes", [{"pendel": "0.0.1\x1b[2J"}, {"protocol": wire.PROTOCOL + 1}])
def test_another_release_is_refused_with_what_to_do(changes: dict[str, Any]) -> None:
    with pytest.raises(Refused, match="same release") as raised:
        taken_hello(first_word(**changes))
    assert release() in str(raised.value)
    assert "\x1b" not in str(raised.value)


@pytest.mark.parametrize("frame", [None, [], {}, "hello", first_word(right="everything"), first_word(right=None)])
def test_anything_else_is_garbage(frame: Any) -> None:
    with pytest.raises(wire.Garbage):
        taken_hello(frame)


def test_a_path_that_is_too_long_is_refused_with_what_to_do(tmp_path: Path) -> None:
    assert address(tmp_path / "engine.sock")
    with pytest.raises(EngineError, match="107 at most"):
        address(tmp_path / ("x" * 107))


@pytest.fixture
def listening(tmp_path: Path) -> Iterator[Listening]:
    """Something that listens and answers whatever comes with one frame, or not at all."""
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    server.bind(str(tmp_path / "sock"))
    server.listen()
    taken: list[socket.socket] = []

    def serve(answer: bytes | None) -> RemoteEngine:
        def accept() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                taken.append(connection)
                if answer is not None:
                    wire.Channel(connection).send(answer)

        threading.Thread(target=accept, daemon=True).start()
        return RemoteEngine(tmp_path / "sock", right=Right.VIEW)

    yield serve
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    for connection in taken:
        connection.close()


def test_an_engine_that_is_frozen_from_the_beginning_is_said_to_be(
    listening: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "_CONNECT_SECONDS", 0.1)
    with pytest.raises(EngineError, match="does not answer"):
        listening(None).connect()


def test_an_engine_that_never_tells_its_state_is_said_not_to_answer(
    listening: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "_FIRST_SECONDS", 0.1)
    with pytest.raises(EngineError, match="does not answer"):
        listening(greeting("token")).connect()


@pytest.mark.parametrize("answer", [b"HTTP/1.1 400 Bad Request", b"{}", b'{"result":7}', b'{"error":7}'])
def test_something_else_is_no_engine(listening: Listening, answer: bytes) -> None:
    with pytest.raises(EngineError, match="is no engine"):
        listening(answer).connect()


def test_why_an_engine_lets_nobody_in_is_told_in_its_words(listening: Listening) -> None:
    with pytest.raises(Refused, match=r"Not you\."):
        listening(wire.refusal(Refused("Not you."))).connect()


def test_where_nobody_listens_there_is_no_engine(tmp_path: Path) -> None:
    assert not RemoteEngine(tmp_path / "sock", right=Right.VIEW).connect()
    dead = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    dead.bind(str(tmp_path / "sock"))
    dead.close()
    assert not RemoteEngine(tmp_path / "sock", right=Right.VIEW).connect()


def test_the_greeting_gives_the_token_of_the_engine() -> None:
    here, there = socket.socketpair()
    with here, there:
        wire.Channel(there).send(greeting("token"))
        assert greet(wire.Channel(here), b"{}", patience=5) == "token"
        assert json.loads(there.recv(100)[4:]) == {}
