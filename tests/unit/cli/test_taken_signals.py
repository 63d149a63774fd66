"""The signals that end a command reach the main thread, whichever thread the system hands them to."""

from __future__ import annotations

import signal
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from core.cli.signals import SIGNALS, next_signal, taken_signals

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    # A process that was started in the background, or under nohup, ignores some of them.
    before = {number: signal.signal(number, signal.SIG_DFL) for number in SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def wait_until_asleep_in(thread: int, function: str) -> None:
    """Wait until a thread stands at the same instruction of a function at three looks on end."""
    pause, places = threading.Event(), [-1]
    while len(places) < 4:
        frame = sys._current_frames()[thread]
        at = frame.f_lasti if frame.f_code.co_name == function else -1
        places = [*places, at] if at >= 0 and at == places[-1] else [at]
        pause.wait(0.002)


@pytest.mark.timeout(30)
def test_a_signal_that_another_thread_got_wakes_the_main_thread() -> None:
    taken = taken_signals()
    main = threading.get_ident()

    def hand_to_this_thread() -> None:
        wait_until_asleep_in(main, "next_signal")
        signal.pthread_kill(threading.get_ident(), signal.SIGTERM)

    other = threading.Thread(target=hand_to_this_thread)
    other.start()
    assert next_signal(taken) == signal.SIGTERM
    other.join()


def test_each_of_the_signals_is_taken_once_and_is_the_systems_own_again() -> None:
    taken = taken_signals(always=(signal.SIGHUP,))
    for number in SIGNALS:
        signal.raise_signal(number)
        assert next_signal(taken) == number
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    assert signal.getsignal(signal.SIGHUP) is not signal.SIG_DFL
