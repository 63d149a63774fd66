"""Limits, with a clock that is moved by hand."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from support.links.rest_server import FakeClock

from core.errors import StoreError
from core.links.counts import CountFile
from core.links.faults import CallFailed
from core.links.model.limits import BucketLimit, ConcurrencyLimit, ErrorBudget, HeaderLimit, IntervalLimit
from core.links.throttle import Throttle
from core.stop import StopToken

if TYPE_CHECKING:
    from pathlib import Path

    from core.links.model.limits import Limit

MINUTE = HeaderLimit(kind="headers", remaining="left", reset="reset", reset_unit="epoch_ms")
SECONDS = HeaderLimit(kind="headers", remaining="left", reset="reset", reset_unit="epoch_s")
DELTA = HeaderLimit(kind="headers", remaining="left", reset="reset", reset_unit="delta_s")


DAY = BucketLimit(kind="bucket", requests=5, seconds=86_400)


def throttle(clock: FakeClock, *limits: Limit, kept: Path | None = None) -> Throttle:
    counts = CountFile(kept, "shop") if kept is not None else None
    return Throttle(limits, clock=clock, stop=StopToken(), name="X", counts=counts)


def ask(asked: Throttle, group: str = "a", times: int = 1) -> None:
    for _ in range(times):
        with asked.passing(group):
            pass


@pytest.mark.parametrize(
    ("limit", "reset"),
    [(MINUTE, lambda now: int((now + 40) * 1000)), (SECONDS, lambda now: int(now + 40)), (DELTA, lambda _: 40)],
)
def test_trap_05_each_unit_means_the_same_moment(limit: HeaderLimit, reset: object) -> None:
    clock = FakeClock()
    asked = throttle(clock, limit)
    asked.note("a", 200, {"left": "0", "reset": str(reset(clock.now()))})  # type: ignore[operator]
    ask(asked)
    assert sum(clock.waits) == pytest.approx(40)
    ask(asked, times=5)
    assert sum(clock.waits) == pytest.approx(40)


@pytest.mark.parametrize("reset", ["soon", "-5", "", "9" * 40, "1795000040"])
def test_trap_05_a_moment_that_cannot_be_is_not_believed(reset: str) -> None:
    clock = FakeClock()
    asked = throttle(clock, MINUTE)
    asked.note("a", 200, {"left": "0", "reset": reset})
    ask(asked)
    assert clock.waits == []


def test_what_went_out_since_the_last_reply_is_counted() -> None:
    clock = FakeClock()
    asked = throttle(clock, DELTA)
    asked.note("a", 200, {"left": "2", "reset": "30"})
    ask(asked, times=2)
    assert clock.waits == []
    ask(asked)
    assert clock.waits == [30]


def test_any_minute_has_no_more_than_its_requests() -> None:
    clock = FakeClock()
    asked = throttle(clock, BucketLimit(kind="bucket", requests=3, seconds=60))
    moments = []
    for _ in range(10):
        clock.forward(7)
        ask(asked)
        moments.append(clock.now())
    assert all(later - first >= 60 for first, later in zip(moments, moments[3:], strict=False))


def test_the_strictest_of_several_counts_and_none_is_used_up_in_vain() -> None:
    clock = FakeClock()
    day = BucketLimit(kind="bucket", requests=5, seconds=100)
    pause = IntervalLimit(kind="interval", seconds=5, paths=["batch/*"])
    asked = throttle(clock, day, pause)
    ask(asked, "batch/x", times=3)
    assert clock.waits == [5, 5]
    ask(asked, "other", times=2)
    assert clock.waits == [5, 5]
    ask(asked, "other")
    assert clock.waits[-1] == 90


def test_a_long_wait_is_told_instead() -> None:
    clock = FakeClock()
    asked = throttle(clock, BucketLimit(kind="bucket", requests=1, seconds=3600))
    ask(asked)
    with pytest.raises(CallFailed, match=r"X takes no more requests for 1 h\.") as caught:
        ask(asked)
    assert caught.value.after == 3600
    assert clock.waits == []


def test_trap_06_the_budget_is_that_of_one_path_and_one_hour() -> None:
    clock = FakeClock()
    asked = throttle(clock, ErrorBudget(kind="errors", errors=2, statuses=[400], seconds=3600))
    asked.note("a", 400, {})
    asked.note("a", 500, {})
    ask(asked)
    asked.note("a", 400, {})
    with pytest.raises(CallFailed, match="answered so many requests for a with errors") as caught:
        ask(asked)
    assert caught.value.kind == "wait"
    ask(asked, "b")
    clock.forward(3601)
    ask(asked)


def test_so_many_at_once() -> None:
    asked = throttle(FakeClock(), ConcurrencyLimit(kind="concurrency", at_once=2))
    inside, most, lock = 0, 0, threading.Lock()
    pair = threading.Barrier(2)

    def go() -> None:
        nonlocal inside, most
        with asked.passing("a"):
            with lock:
                inside += 1
                most = max(most, inside)
            # Two are inside together before either leaves: six threads make three such pairs.
            pair.wait(10)
            with lock:
                inside -= 1

    threads = [threading.Thread(target=go) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert most == 2


def test_a_hold_stops_everything_for_its_time() -> None:
    clock = FakeClock()
    asked = throttle(clock)
    asked.hold(12)
    ask(asked, "anything")
    assert clock.waits == [12]


# -- what is kept --


def test_the_count_of_a_day_outlives_the_process(tmp_path: Path) -> None:
    clock = FakeClock()
    first = throttle(clock, DAY, kept=tmp_path)
    ask(first, times=5)
    first.close()
    clock.forward(3600)
    with pytest.raises(CallFailed, match="takes no more requests for 23 h") as caught:
        ask(throttle(clock, DAY, kept=tmp_path))
    assert caught.value.after == 86_400 - 3600
    clock.forward(caught.value.after)
    ask(throttle(clock, DAY, kept=tmp_path), times=5)


def test_what_a_system_told_outlives_the_process(tmp_path: Path) -> None:
    clock = FakeClock()
    throttle(clock, DELTA, kept=tmp_path).note("a", 200, {"left": "1", "reset": "30"})
    again = throttle(clock, DELTA, kept=tmp_path)
    ask(again)
    assert clock.waits == []
    ask(again)
    assert clock.waits == [30]


def test_errors_and_a_pause_outlive_the_process(tmp_path: Path) -> None:
    clock, budget = FakeClock(), ErrorBudget(kind="errors", errors=2, statuses=[400], seconds=3600)
    first = throttle(clock, budget, kept=tmp_path)
    for _ in range(2):
        first.note("a", 400, {})
    first.hold(12)
    again = throttle(clock, budget, kept=tmp_path)
    with pytest.raises(CallFailed, match="answered so many requests for a with errors"):
        ask(again, "a")
    ask(again, "b")
    assert clock.waits == [12]


def test_all_who_use_a_link_share_its_limit(tmp_path: Path) -> None:
    clock, limit = FakeClock(), BucketLimit(kind="bucket", requests=100, seconds=86_400)
    went, lock = 0, threading.Lock()

    def go() -> None:
        nonlocal went
        mine = throttle(clock, limit, kept=tmp_path)
        with suppress(CallFailed):
            while True:
                ask(mine)
                with lock:
                    went += 1

    threads = [threading.Thread(target=go) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert went == 100


def test_other_links_and_other_limits_count_for_themselves(tmp_path: Path) -> None:
    clock = FakeClock()
    ask(throttle(clock, DAY, kept=tmp_path), times=5)
    ask(throttle(clock, DAY.model_copy(update={"requests": 6}), kept=tmp_path), times=6)
    other = Throttle([DAY], clock=clock, stop=StopToken(), name="X", counts=CountFile(tmp_path, "other"))
    ask(other, times=5)


@pytest.mark.parametrize("content", [b"", b"\0\0\0", b"[]", b'{"taken": 3}', b'{"taken": {"a": [[1]]}}', b"\xff"])
def test_a_file_that_a_crash_has_spoilt_begins_anew(tmp_path: Path, content: bytes) -> None:
    clock = FakeClock()
    ask(throttle(clock, DAY, kept=tmp_path))
    (tmp_path / "link-shop.counts").write_bytes(content)
    ask(throttle(clock, DAY, kept=tmp_path), times=5)
    with pytest.raises(CallFailed):
        ask(throttle(clock, DAY, kept=tmp_path))


def test_a_clock_that_is_set_back_holds_nothing_up_for_longer_than_the_limit(tmp_path: Path) -> None:
    clock, minute = FakeClock(), BucketLimit(kind="bucket", requests=1, seconds=60)
    asked = throttle(clock, minute, kept=tmp_path)
    ask(asked)
    clock.forward(-7200)
    ask(asked)
    assert clock.waits == [60]


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "link-shop.counts").mkdir()
    with pytest.raises(StoreError, match=r"link-shop\.counts cannot be read or written: is a directory"):
        ask(throttle(FakeClock(), DAY, kept=tmp_path))
