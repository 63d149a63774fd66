from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from support.waiting import PATIENCE

from core.errors import StopRequested
from core.stop import StopToken
from core.tasks.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Iterator

LONG = 600.0


class Run:
    """A thread that asks for a turn, and has it until it is told to leave."""

    def __init__(self, turns: Turns, number: int, order: list[int]) -> None:
        self.stop = StopToken()
        self.waits, self.has, self.leave = threading.Event(), threading.Event(), threading.Event()
        self.stopped = False
        self._turns, self._number, self._order = turns, number, order
        self.thread = threading.Thread(target=self._work)
        self.thread.start()

    def _work(self) -> None:
        try:
            with self._turns.turn(self._number, self.stop, self.waits.set):
                self._order.append(self._number)
                self.has.set()
                assert self.leave.wait(PATIENCE)
        except StopRequested:
            self.stopped = True


class Runs:
    """Runs that ask for turns; all of them have left at the end."""

    def __init__(self, number: int = 1, lease: float = LONG) -> None:
        # Who waits says so at once: then it is known that it does.
        self.turns = Turns(number, lease=lease, tell=0)
        self.order: list[int] = []
        self.all: list[Run] = []

    def with_turn(self, number: int) -> Run:
        run = self.begun(number)
        assert run.has.wait(PATIENCE)
        return run

    def waiting(self, number: int) -> Run:
        run = self.begun(number)
        assert run.waits.wait(PATIENCE)
        return run

    def begun(self, number: int) -> Run:
        self.all.append(Run(self.turns, number, self.order))
        return self.all[-1]


@contextmanager
def runs(number: int = 1, lease: float = LONG) -> Iterator[Runs]:
    site = Runs(number, lease)
    try:
        yield site
    finally:
        for run in site.all:
            run.leave.set()
        for run in site.all:
            run.thread.join(PATIENCE)


def test_who_comes_second_waits_until_the_first_has_left() -> None:
    with runs() as site:
        first = site.with_turn(1)
        second = site.waiting(2)
        assert not second.has.is_set()
        first.leave.set()
        assert second.has.wait(PATIENCE)


def test_so_many_go_side_by_side_and_no_more() -> None:
    with runs(number=2) as site:
        site.with_turn(1)
        assert not site.with_turn(2).waits.is_set()
        site.waiting(3)
        assert site.order == [1, 2]


def test_the_run_that_began_first_goes_first_in_whatever_order_they_ask() -> None:
    with runs() as site:
        first = site.with_turn(4)
        others = [site.waiting(number) for number in (7, 5, 6)]
        for run in (first, *others):
            run.leave.set()
        for run in others:
            assert run.has.wait(PATIENCE)
        assert site.order == [4, 5, 6, 7]


def test_what_takes_long_holds_up_nobody() -> None:
    with runs(lease=0.01) as site:
        long = site.with_turn(1)
        assert site.begun(2).has.wait(PATIENCE)
        assert site.begun(3).has.wait(PATIENCE)
        assert not long.leave.is_set()


def test_a_stop_ends_the_waiting_and_leaves_the_turn_to_the_next() -> None:
    with runs() as site:
        first = site.with_turn(1)
        stopped, next_one = site.waiting(2), site.waiting(3)
        stopped.stop.request()
        stopped.thread.join(PATIENCE)
        assert stopped.stopped
        assert site.order == [1]
        first.leave.set()
        assert next_one.has.wait(PATIENCE)


def test_a_turn_is_given_back_whatever_happens_in_it() -> None:
    turns = Turns(1, lease=LONG)
    for _ in range(2):
        with pytest.raises(ValueError, match="in the turn"), turns.turn(1, StopToken(), pytest.fail):
            raise ValueError("in the turn")
    with turns.turn(2, StopToken(), pytest.fail):
        pass


def test_no_turn_is_given_after_a_stop() -> None:
    stop = StopToken()
    stop.request()
    turns = Turns(1)
    with pytest.raises(StopRequested), turns.turn(1, stop, pytest.fail):
        pytest.fail("the block was entered")
    with turns.turn(2, StopToken(), pytest.fail):
        pass
