from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from core.runs import Counts, RunState, Trigger
from core.store.journal.occurrences import Occurrence
from core.store.journal.runs import NewRun
from core.store.journal.tallies import Condition, Ended

if TYPE_CHECKING:
    from core.store.journal import Journal

NOW = datetime(2026, 11, 20, 7, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def ran(
    journal: Journal, state: RunState, *, at: datetime = NOW, counts: Counts | None = None, dry: bool = False
) -> int:
    (run,) = journal.runs.queue([NewRun("a", "import", Trigger.PLANNED, "pendel", dry_run=dry)], at=at)
    journal.runs.start(run, at=at)
    journal.runs.end(run, state, at=at + MINUTE, message="so", counts=counts or Counts())
    return run


def test_every_end_is_taken_once_and_counted(journal: Journal) -> None:
    run = ran(journal, RunState.SUCCEEDED, counts=Counts(read=5, new=2))
    ran(journal, RunState.SUCCEEDED, dry=True)
    assert journal.tallies.take(limit=10) == [Ended("a", RunState.SUCCEEDED, NOW + MINUTE, "so", run, 60)]
    assert journal.tallies.take(limit=10) == []
    assert journal.tallies.sums() == {"a": {"succeeded": 1, "records.read": 5, "records.new": 2}}
    assert journal.tallies.conditions() == {"a": Condition(NOW + MINUTE, 60)}


def test_sums_and_the_last_success_outlast_the_runs(journal: Journal) -> None:
    good = ran(journal, RunState.SUCCEEDED)
    bad = ran(journal, RunState.FAILED, at=NOW + 2 * MINUTE)
    journal.tallies.take(limit=10)
    journal.runs.forget([good, bad])
    assert journal.tallies.sums() == {"a": {"succeeded": 1, "failed": 1}}
    assert journal.tallies.conditions()["a"].succeeded_at == NOW + MINUTE


def test_what_is_taken_in_a_transaction_that_fails_is_taken_again(journal: Journal) -> None:
    ran(journal, RunState.FAILED)

    def fail() -> None:
        with journal.transaction():
            assert len(journal.tallies.take(limit=10)) == 1
            raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 - the one above
        fail()
    assert len(journal.tallies.take(limit=10)) == 1
    assert journal.tallies.sums() == {"a": {"failed": 1}}


def test_skipped_moments_are_counted_and_say_whether_a_run_made_up_for_them(journal: Journal) -> None:
    journal.occurrences.add([Occurrence("a", NOW, skipped="late"), Occurrence("b", NOW, skipped="late")])
    journal.occurrences.add([Occurrence("a", NOW + MINUTE, run=7)])
    made_up = {one.task: one.made_up for one in journal.tallies.take(limit=10)}
    assert made_up == {"a": True, "b": False}
    assert journal.tallies.sums() == {"a": {"skipped": 1}, "b": {"skipped": 1}}
    assert journal.tallies.take(limit=10) == []


def test_many_ends_come_in_parts(journal: Journal) -> None:
    runs = [ran(journal, RunState.FAILED, at=NOW + number * MINUTE) for number in range(5)]
    parts = [journal.tallies.take(limit=2) for _ in range(4)]
    assert [[one.run for one in part] for part in parts] == [runs[:2], runs[2:4], runs[4:], []]
