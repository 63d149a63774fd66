"""Requests at the same time: as many as a limit allows, by all threads and processes that use a link."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from support.links.rest_server import FakeClock

from core.errors import StopRequested, StoreError
from core.links.counts import CountFile
from core.links.model.limits import ConcurrencyLimit
from core.links.throttle import Throttle
from core.stop import StopToken

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TWO = ConcurrencyLimit(kind="concurrency", at_once=2)
ONE = ConcurrencyLimit(kind="concurrency", at_once=1)
_HOLDER = """
import sys
from pathlib import Path
from core.links.counts import CountFile
from core.stop import StopToken

with CountFile(Path(sys.argv[1]), "shop").places(1, 1).taken(StopToken()):
    print("taken", flush=True)
    sys.stdin.read()
"""


class Waiting(StopToken):
    """Says when it is waited for."""

    def __init__(self, told: Callable[[StopToken], object]) -> None:
        super().__init__()
        self.waits = 0
        self._told = told

    def wait(self, seconds: float) -> None:
        self.waits += 1
        if self.waits == 3:
            self._told(self)
        super().wait(seconds)


def throttle(
    directory: Path, limit: ConcurrencyLimit, *, stop: StopToken | None = None, link: str = "shop"
) -> Throttle:
    counts = CountFile(directory, link)
    return Throttle([limit], clock=FakeClock(), stop=stop or StopToken(), name="X", counts=counts)


def test_no_more_requests_are_on_their_way_than_a_link_may_have(tmp_path: Path) -> None:
    lock, both = threading.Lock(), threading.Barrier(2)
    under_way: list[int] = [0]
    most = 0

    def go(number: int) -> None:
        nonlocal most
        with throttle(tmp_path, TWO).passing("a"):
            with lock:
                under_way[0] += 1
                most = max(most, under_way[0])
            # The first two meet here: two may be on their way.
            if number < 2:
                both.wait(20)
            with lock:
                under_way[0] -= 1

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(go, range(2)))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(go, range(2, 60)))
    assert most == 2


def test_who_waits_for_a_place_can_be_stopped(tmp_path: Path) -> None:
    stop = Waiting(lambda waiting: waiting.request())
    with (
        throttle(tmp_path, ONE).passing("a"),
        pytest.raises(StopRequested),
        throttle(tmp_path, ONE, stop=stop).passing("a"),
    ):
        pytest.fail("there was no place")
    with throttle(tmp_path, ONE).passing("a"), throttle(tmp_path, ONE, link="other").passing("a"):
        pass


def test_a_place_of_another_process_is_free_when_that_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "taken\n"
        stop = Waiting(lambda _: other.kill())
        with throttle(tmp_path, ONE, stop=stop).passing("a"):
            assert other.wait(20) == -9
        assert stop.waits >= 3


def test_a_place_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    (tmp_path / "link-shop.place-1-1").mkdir()
    with (
        pytest.raises(StoreError, match=r"link-shop\.place-1-1 cannot be opened: is a directory\."),
        throttle(tmp_path, ONE).passing("a"),
    ):
        pytest.fail("there was no place")
