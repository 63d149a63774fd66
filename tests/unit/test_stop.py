from __future__ import annotations

import threading
import time

import pytest
from support.waiting import PATIENCE

from core.errors import StopRequested
from core.stop import StopToken


def test_a_token_that_nobody_touched_lets_work_go_on() -> None:
    token = StopToken()
    token.check()
    token.wait(0)
    with token.interrupting(pytest.fail):
        pass
    assert not token.requested
    assert token.reason == ""


def test_a_request_is_raised_with_its_first_reason() -> None:
    token = StopToken()
    token.request("Stopped by anna.")
    token.request("Pendel is being shut down.")
    assert token.requested
    with pytest.raises(StopRequested, match=r"^Stopped by anna\.$"):
        token.check()


def test_a_pause_ends_with_the_request() -> None:
    token = StopToken()
    before = time.monotonic()
    threading.Timer(0.01, token.request).start()
    with pytest.raises(StopRequested):
        token.wait(600)
    assert time.monotonic() - before < PATIENCE


def test_what_cannot_look_is_interrupted_once_by_the_one_who_asks() -> None:
    token = StopToken()
    interrupted: list[threading.Thread] = []
    with token.interrupting(lambda: interrupted.append(threading.current_thread())):
        token.request()
        token.request()
    assert interrupted == [threading.current_thread()]


def test_work_does_not_begin_after_a_request() -> None:
    token = StopToken()
    token.request("no more")
    with pytest.raises(StopRequested), token.interrupting(pytest.fail):
        pytest.fail("the block was entered")


def test_what_has_left_its_block_is_not_interrupted_any_more() -> None:
    token = StopToken()
    in_first, go_on, left = threading.Event(), threading.Event(), threading.Event()
    closed = threading.Event()
    seen: list[bool] = []

    def first() -> None:
        in_first.set()
        assert go_on.wait(PATIENCE)

    def work() -> None:
        with token.interrupting(first), token.interrupting(lambda: seen.append(closed.is_set())):
            assert in_first.wait(PATIENCE)
        closed.set()
        left.set()

    worker = threading.Thread(target=work)
    worker.start()
    while len(token._interrupts) < 2:
        pass
    asker = threading.Thread(target=token.request)
    asker.start()
    assert in_first.wait(PATIENCE)
    # The worker is at the end of its block, and waits there until all that is registered has been interrupted.
    assert not left.is_set()
    go_on.set()
    worker.join(PATIENCE)
    asker.join(PATIENCE)
    assert seen == [False]


def test_blocks_may_be_nested_and_end_in_any_order_of_errors() -> None:
    token = StopToken()
    calls: list[str] = []
    with token.interrupting(lambda: calls.append("outer")):
        with pytest.raises(ValueError, match="inner"), token.interrupting(lambda: calls.append("inner")):
            raise ValueError("inner")
        token.request()
    assert calls == ["outer"]
