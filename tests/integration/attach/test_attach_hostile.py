"""Whoever connects to an engine and means it ill: nobody else notices."""

from __future__ import annotations

import json
import re
import socket
import struct
import threading
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from support.attach_site import attached, listening_engine
from support.cli_site import GOOD, TABLES, TASKS
from support.waiting import PATIENCE, wait_until

from core.config.load import load
from core.config.vault import Vault
from core.engine.api import Right
from core.engine.attach import connection, server, wire
from core.engine.attach.hello import hello
from core.errors import PendelError
from core.runs import Level

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from core.engine.engine import Engine


class Ruffian:
    """A bare connection."""

    def __init__(self, config: Path) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.connect(str(load(config).socket_file))
        self.channel = wire.Channel(self.socket)

    def greet(self) -> None:
        self.channel.send(hello(Right.ADMINISTER, "\x1b[2Jpts/0", "session"))
        assert wire.taken_apart(self.channel.receive(10_000, patience=PATIENCE))["engine"]

    def ask(self, call: object, given: object = None) -> Any:
        self.channel.send(json.dumps({"call": call, "with": {} if given is None else given}).encode())
        return wire.taken_apart(self.channel.receive(wire.MOST_ANSWER, patience=PATIENCE))

    def refusal_of(self, call: str, given: object) -> str:
        """What the engine says where it refuses; empty where it does not."""
        try:
            self.ask(call, given)
        except PendelError as error:
            return str(error)
        return ""

    def is_cut_off(self) -> bool:
        self.socket.settimeout(PATIENCE)
        try:
            while self.socket.recv(65536):
                pass
        except ConnectionResetError:
            return True
        return True


@contextmanager
def ruffian(config: Path, *, greets: bool = True) -> Iterator[Ruffian]:
    one = Ruffian(config)
    try:
        if greets:
            one.greet()
        yield one
    finally:
        one.socket.close()


@pytest.fixture
def engine(config: Path) -> Iterator[Engine]:
    with listening_engine(config) as engine:
        yield engine


def serves(config: Path) -> bool:
    """Whether somebody honest is served."""
    with attached(config) as remote:
        return remote.api.runs() == []


FRAME = struct.pack("!I", 2**31)


@pytest.mark.parametrize("greets", [True, False])
@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", id="http"),
        pytest.param(bytes(range(255, 191, -1)), id="bytes"),
        pytest.param(FRAME, id="frame"),
        pytest.param(struct.pack("!I", 5) + b"[[[[[", id="brackets"),
        pytest.param(struct.pack("!I", 2) + b"{}", id="object"),
        pytest.param(struct.pack("!I", 4) + b"null", id="null"),
        pytest.param(struct.pack("!I", 10) + b'{"call":7}', id="number"),
        pytest.param(struct.pack("!I", 200_000) + b"[" * 200_000, id="deep"),
    ],
)
def test_garbage_is_cut_off(engine: Engine, config: Path, sent: bytes, greets: bool) -> None:
    with ruffian(config, greets=greets) as one:
        one.socket.sendall(sent)
        assert one.is_cut_off()
    assert serves(config)


@pytest.mark.parametrize(
    "call",
    [
        "shutdown",
        "_engine",
        "_door.engine.shutdown",
        "settings",
        "settings._door",
        "settings._door.engine",
        "history.__class__",
        "__init__",
        "snapshot.__func__",
        "settings.settings",
        "",
        ".",
        "set_cursor",
        "x" * 100_000,
        "\x1b[31m",
    ],
)
def test_what_no_protocol_declares_is_refused(engine: Engine, config: Path, call: str) -> None:
    with ruffian(config) as one:
        with pytest.raises(PendelError) as raised:
            one.ask(call)
        assert "cannot be asked for" in raised.value.message
        assert len(raised.value.message) < 200
        assert one.ask("runs") == [], "the connection goes on"


def test_arguments_of_all_kinds_end_in_a_sentence(engine: Engine, config: Path) -> None:
    with ruffian(config) as one:
        for call, given in (
            ("update", {"after": "all"}),
            ("update", {"after": -(10**30)}),
            ("runs", {"limit": "\0"}),
            ("runs", {"limit": 2**80}),
            ("runs", {"limit": -5}),
            ("history.run", {"run_id": 2**70}),
            ("history.run", {"run_id": -1}),
            ("history.runs", {"query": {"words": "%" * 10_000}}),
            ("start_tasks", {"task_ids": ["../../etc/passwd", "\x1b[2J"]}),
            ("settings.table", {"kind": "__class__", "name": "x"}),
            ("catalogue.page", {"query": {"entity": '"; DROP TABLE article; --'}}),
        ):
            words = one.refusal_of(call, given)
            assert "Traceback" not in words
            assert "\x1b" not in words
    assert serves(config)


def test_half_a_frame_and_silence_cost_a_connection_only(
    engine: Engine, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "FRAME_SECONDS", 0.1)
    monkeypatch.setattr(connection, "HELLO_SECONDS", 0.1)
    with ruffian(config) as half, ruffian(config, greets=False) as silent:
        half.socket.sendall(struct.pack("!I", 100) + b"{")
        assert half.is_cut_off()
        assert silent.is_cut_off()
    assert serves(config)


def threads() -> int:
    return sum(thread.name == "pendel-console" for thread in threading.enumerate())


def test_a_hundred_connections_of_one_user_leave_room_for_the_engine(engine: Engine, config: Path) -> None:
    with ExitStack() as stack:
        for _ in range(100):
            stack.enter_context(ruffian(config, greets=False))
        wait_until(lambda: threads() >= server.MOST_PER_USER, "as many as one user may have")
        assert threads() == server.MOST_PER_USER
        assert engine.dispatcher.open_runs() == []
    wait_until(lambda: threads() == 0, "the end of all of them")
    assert serves(config)


def test_a_console_that_does_not_read_holds_nothing_up_and_takes_no_memory(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with listening_engine(config) as engine, ruffian(config) as slow:
        for number in range(20_000):
            engine.sinks.ring.add(engine.workspace.now(), Level.INFO, f"line {number} " + "x" * 500, "", None)
        before = psutil.Process().memory_info().rss
        # Ten thousand questions, and never an answer taken: the engine stops at the first that does not fit.
        question = wire.question("update", b'{"after":0}')
        slow.socket.setblocking(False)
        sent = 0
        try:
            while sent < 10_000:
                slow.socket.send(struct.pack("!I", len(question)) + question)
                sent += 1
        except BlockingIOError:
            pass
        with attached(config) as remote:
            (run,) = remote.api.start_tasks(["prices"])
            wait_until(lambda: remote.api.history.run(run).run.state.ended, "the end of a run beside it")
        assert psutil.Process().memory_info().rss - before < 100_000_000


CANARY = "hunter2-canary"


def test_no_secret_ever_crosses(workspace: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything that can be asked without arguments, or with those of a form, and every byte that comes back."""
    location = (
        '\n[locations.shop]\nprotocol = "sftp"\nhost = "192.0.2.1"\nusername = "pendel"\n'
        'password = { secret = "shop" }\n'
        '[locations.other]\nprotocol = "ftp"\nhost = "192.0.2.1"\nusername = "x"\n'
        'password = { env = "PENDEL_CANARY" }\n'
    )
    config = workspace("\n".join((TABLES, location, *TASKS)), files={"in/x.csv": GOOD})
    monkeypatch.setenv("PENDEL_CANARY", CANARY)
    received = bytearray()
    take = wire.Channel._take

    def recorded(self: wire.Channel, size: int, end: float) -> bytes:
        taken = take(self, size, end)
        if threading.current_thread().name != "pendel-console":
            received.extend(taken)
        return taken

    monkeypatch.setattr(wire.Channel, "_take", recorded)
    with listening_engine(config) as engine:
        Vault(engine.workspace.config.data_dir).set("shop", CANARY)
        with attached(config) as remote:
            api = remote.api
            api.settings.put_secret("typed", CANARY)
            for kind in ("engine", "retention", "entities", "locations", "layouts", "tasks"):
                for item in api.settings.items(kind):
                    api.settings.table(kind, item.name)
                    with_secret = {**item.values, "password": CANARY}
                    api.settings.check(kind, item.name, with_secret)
            for question in (api.settings.secrets, api.settings.choices, api.settings.audit, api.runs, api.reload):
                question()
            for place in api.files.places():
                if place.protocol == "local":
                    with_path = [str(engine.workspace.config.data_dir), str(config), ""]
                    for path in with_path:
                        try:
                            api.files.browse(place.id, path)
                            api.files.sample(place.id, f"{path}/vault")
                        except PendelError:
                            continue
            wait_until(lambda: len(api.log_after(0)) > 0, "the log")
    assert len(received) > 10_000
    assert CANARY.encode() not in received
    assert not re.search(rb'"value":"(?!")[^"]*hunter', bytes(received))
