"""What the service manager is told, at a datagram socket of the test's own."""

from __future__ import annotations

import os
import socket
import threading
from typing import TYPE_CHECKING

import pytest
from support.waiting import PATIENCE

from core.engine.engine import Engine
from core.engine.service import PLANNER_SECONDS, Notifier, Pulse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


class Manager:
    """The service manager's end."""

    def __init__(self, path: Path | str) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._socket.settimeout(PATIENCE)
        self.environment = {"NOTIFY_SOCKET": str(path).replace("\0", "@")}

    def heard(self) -> list[str]:
        return self._socket.recv(4096).decode().split("\n")

    def has_silence(self) -> bool:
        self._socket.setblocking(False)
        try:
            self._socket.recv(4096)
        except BlockingIOError:
            return True
        finally:
            self._socket.settimeout(PATIENCE)
        return False

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    manager = Manager(tmp_path / "notify")
    yield manager
    manager.close()


@pytest.fixture
def engine(workspace: Callable[..., Path]) -> Iterator[Engine]:
    engine = Engine(workspace(""))
    yield engine
    engine.shutdown(stop_runs=True)


def test_the_life_of_a_service(manager: Manager) -> None:
    notifier = Notifier(manager.environment)
    assert notifier.wanted
    notifier.ready()
    assert manager.heard() == ["READY=1"]
    notifier.reloading()
    reloading, moment = manager.heard()
    assert reloading == "RELOADING=1"
    assert moment.removeprefix("MONOTONIC_USEC=").isdecimal()
    notifier.stopping()
    assert manager.heard() == ["STOPPING=1"]


def test_an_abstract_socket_is_reached_too() -> None:
    manager = Manager(f"\0pendel-test-{os.getpid()}")
    Notifier(manager.environment).ready()
    assert manager.heard() == ["READY=1"]
    manager.close()


def test_without_a_service_manager_nothing_is_told(engine: Engine) -> None:
    notifier = Notifier({"WATCHDOG_USEC": "100000"})
    assert not notifier.wanted
    notifier.ready()
    pulse = Pulse(engine, notifier)
    pulse.start()
    pulse.stop()
    assert not [thread for thread in threading.enumerate() if thread.name == "pendel-pulse"]


def test_a_service_manager_that_is_gone_harms_nothing(manager: Manager) -> None:
    notifier = Notifier({"NOTIFY_SOCKET": manager.environment["NOTIFY_SOCKET"] + "-gone"})
    notifier.ready()
    Notifier({"NOTIFY_SOCKET": "/" + "x" * 200}).ready()
    assert manager.has_silence()


def test_the_watchdog_of_another_process_is_not_fed() -> None:
    asked = {"NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "3000000"}
    assert Notifier(asked).watchdog_seconds == 3
    assert Notifier({**asked, "WATCHDOG_PID": str(os.getpid())}).watchdog_seconds == 3
    assert Notifier({**asked, "WATCHDOG_PID": "1"}).watchdog_seconds == 0
    assert Notifier({**asked, "WATCHDOG_USEC": "soon"}).watchdog_seconds == 0


def test_a_living_engine_feeds_the_watchdog_and_tells_how_it_is(manager: Manager, engine: Engine) -> None:
    pulse = Pulse(engine, Notifier({**manager.environment, "WATCHDOG_USEC": "60000"}))
    pulse.start()
    assert manager.heard() == ["WATCHDOG=1", "STATUS=3 tasks, nothing is going."]
    assert manager.heard() == ["WATCHDOG=1"]
    engine.board.notify("The disk is full.")
    while (words := manager.heard()) == ["WATCHDOG=1"]:
        pass
    assert words == ["WATCHDOG=1", "STATUS=The disk is full. 3 tasks, nothing is going."]
    pulse.stop()


def test_a_planner_that_hangs_is_not_fed_for(manager: Manager, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    pulse = Pulse(engine, Notifier({**manager.environment, "WATCHDOG_USEC": "60000000"}))
    monkeypatch.setattr(type(engine), "planner_silence", PLANNER_SECONDS + 2)
    pulse.beat()
    assert manager.heard() == ["STATUS=The planner hangs since 92 s."]
    pulse.beat()
    assert manager.has_silence()


def test_a_dispatcher_that_hangs_is_not_fed_for(manager: Manager, engine: Engine) -> None:
    pulse = Pulse(engine, Notifier({**manager.environment, "WATCHDOG_USEC": "60000000"}))
    beating = threading.Thread(target=pulse.beat)
    with engine.dispatcher._changed:
        beating.start()
        beating.join(0.2)
        assert beating.is_alive()
        assert manager.has_silence()
    beating.join(PATIENCE)
    assert "WATCHDOG=1" in manager.heard()


def test_the_planner_shows_that_it_is_alive_by_its_heartbeat(engine: Engine) -> None:
    planner = engine._planner
    planner._alive_at -= 1000
    assert engine.planner_silence > PLANNER_SECONDS
    engine.start()
    assert engine.planner_silence < PLANNER_SECONDS
    planner._alive_at -= 1000
    planner._fire([])
    assert engine.planner_silence > PLANNER_SECONDS, "a plan that fires is not the heartbeat"
