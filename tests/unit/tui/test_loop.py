from __future__ import annotations

import os
import selectors
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest
from support.waiting import PATIENCE

from core.engine.giving_way import SWITCH_SECONDS
from tui.loop import KEEP_SECONDS, LOOK_SECONDS, KeepingSelector, keeping_loop

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def interval() -> Iterator[None]:
    before = sys.getswitchinterval()
    yield
    sys.setswitchinterval(before)


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_input_is_looked_for_now_and_then_while_there_is_work_and_at_once_where_there_is_none(
    pipe: tuple[int, int],
) -> None:
    clock = Clock()
    with KeepingSelector(clock) as selector:
        selector.register(pipe[0], selectors.EVENT_READ)
        assert selector.select(0) == []
        os.write(pipe[1], b"j")
        clock.now += LOOK_SECONDS * 0.9
        assert selector.select(0) == []
        clock.now += LOOK_SECONDS * 0.2
        assert [key.fd for key, _ in selector.select(0)] == [pipe[0]]
        assert [key.fd for key, _ in selector.select(PATIENCE)] == [pipe[0]]
        assert [key.fd for key, _ in selector.select(None)] == [pipe[0]]


def test_the_lock_changes_hands_soon_while_it_waits_and_late_while_it_works(pipe: tuple[int, int]) -> None:
    seen: list[float] = []

    def wake() -> None:
        end = time.monotonic() + PATIENCE
        while sys.getswitchinterval() > SWITCH_SECONDS * 1.1 and time.monotonic() < end:
            pass
        seen.append(sys.getswitchinterval())
        os.write(pipe[1], b"j")

    sys.setswitchinterval(KEEP_SECONDS)
    with KeepingSelector() as selector:
        selector.register(pipe[0], selectors.EVENT_READ)
        thread = threading.Thread(target=wake)
        thread.start()
        assert selector.select(None)
        thread.join(PATIENCE)
    assert seen == [pytest.approx(SWITCH_SECONDS, rel=0.05)]
    assert sys.getswitchinterval() == pytest.approx(KEEP_SECONDS, rel=0.05)


def test_callbacks_timers_and_other_threads_are_heard_however_much_there_is_to_do() -> None:
    loop = keeping_loop()
    heard: list[str] = []

    def work() -> None:
        if len(heard) < 3:
            loop.call_soon(work)
        else:
            loop.stop()

    threading.Timer(0, lambda: loop.call_soon_threadsafe(heard.append, "a thread")).start()
    loop.call_later(0.001, heard.append, "a timer")
    loop.call_soon(heard.append, "a callback")
    loop.call_soon(work)
    watch = threading.Timer(PATIENCE, lambda: loop.call_soon_threadsafe(loop.stop))
    watch.start()
    try:
        loop.run_forever()
    finally:
        watch.cancel()
        loop.close()
    assert sorted(heard) == ["a callback", "a thread", "a timer"]
