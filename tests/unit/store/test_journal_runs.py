from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from core.errors import StoreError
from core.runs import NO_COUNTS, Actor, Counts, RunState, Trigger
from core.store.journal.records import FileRow, RejectRow
from core.store.journal.requests import StopRequest
from core.store.journal.runs import NewRun

if TYPE_CHECKING:
    from core.store.journal import Journal

NOW = datetime(2026, 11, 20, 7, 30, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def new(task: str, trigger: Trigger = Trigger.PLANNED, *, dry_run: bool = False, **options: object) -> NewRun:
    return NewRun(task, "import", trigger, "pendel", dry_run=dry_run, options=options)


def ended(journal: Journal, run: NewRun, *, at: datetime = NOW, state: RunState = RunState.SUCCEEDED) -> int:
    (number,) = journal.runs.queue([run], at=at)
    journal.runs.start(number, at=at)
    journal.runs.end(number, state, at=at, message="done")
    return number


def test_a_run_is_kept_as_it_was_queued(journal: Journal) -> None:
    numbers = journal.runs.queue([new("a", confirm_archive=True), new("b", Trigger.MANUAL, dry_run=True)], at=NOW)
    assert numbers == sorted(set(numbers))
    run, other = (journal.runs.get(number) for number in numbers)
    assert run is not None
    assert other is not None
    assert (run.task, run.type, run.trigger, run.requested_by) == ("a", "import", Trigger.PLANNED, "pendel")
    assert run.options == {"confirm_archive": True}
    assert (run.state, run.queued_at, run.started_at, run.ended_at) == (RunState.QUEUED, NOW, None, None)
    assert (run.fence, run.counts, run.details, run.checkpoint) == (0, NO_COUNTS, {}, {})
    assert (other.trigger, other.dry_run, run.dry_run) == (Trigger.MANUAL, True, False)


def test_numbers_of_runs_are_never_used_again(journal: Journal) -> None:
    first = ended(journal, new("a"))
    second = ended(journal, new("a", dry_run=True))
    journal.runs.forget([second])
    assert [row.id for row in journal.runs.latest()] == [first]
    assert ended(journal, new("a")) > second > first


def test_every_start_raises_the_fence_and_the_first_one_counts_as_the_beginning(journal: Journal) -> None:
    (run,) = journal.runs.queue([new("a")], at=NOW)
    assert journal.runs.start(run, at=NOW + MINUTE) == 1
    assert journal.runs.start(run, at=NOW + 2 * MINUTE) == 2
    row = journal.runs.get(run)
    assert row is not None
    assert (row.state, row.fence, row.started_at) == (RunState.RUNNING, 2, NOW + MINUTE)


def test_the_end_of_a_run_is_kept_with_what_it_did(journal: Journal) -> None:
    (run,) = journal.runs.queue([new("a")], at=NOW)
    journal.runs.set_checkpoint(run, {"files": [{"name": "prijzen €.csv", "size": 7}]})
    counts = Counts(read=10, new=1, changed=2, unchanged=3, archived=4, restored=5, rejected=6, written=7)
    journal.runs.end(run, RunState.WARNINGS, at=NOW, message="naïve", counts=counts, details={"samples": {"new": [1]}})
    row = journal.runs.get(run)
    assert row is not None
    assert (row.state, row.ended_at, row.message, row.counts) == (RunState.WARNINGS, NOW, "naïve", counts)
    assert row.details == {"samples": {"new": [1]}}
    assert row.checkpoint == {"files": [{"name": "prijzen €.csv", "size": 7}]}


def test_runs_that_a_crash_left_behind_are_marked_and_found(journal: Journal) -> None:
    queued, running, done = journal.runs.queue([new("a"), new("b"), new("c")], at=NOW)
    journal.runs.start(running, at=NOW)
    journal.runs.start(done, at=NOW)
    journal.runs.end(done, RunState.SUCCEEDED, at=NOW, message="")
    assert [row.id for row in journal.runs.mark_interrupted()] == [running]
    assert [(row.id, row.state) for row in journal.runs.open()] == [
        (queued, RunState.QUEUED),
        (running, RunState.INTERRUPTED),
    ]
    # Those that nobody took up the first time are found again.
    assert [row.id for row in journal.runs.mark_interrupted()] == [running]


def test_every_state_that_is_no_end_is_open(journal: Journal) -> None:
    for state in RunState:
        (run,) = journal.runs.queue([new("a")], at=NOW)
        journal._database.execute("UPDATE run SET state = ? WHERE id = ?", (state, run))
        assert (run in [row.id for row in journal.runs.open()]) is not state.ended


def test_the_latest_runs_come_first(journal: Journal) -> None:
    a1, b1, a2 = (ended(journal, new(task)) for task in ("a", "b", "a"))
    (going,) = journal.runs.queue([new("a")], at=NOW)
    assert [row.id for row in journal.runs.latest()] == [going, a2, b1, a1]
    assert [row.id for row in journal.runs.latest("a")] == [going, a2, a1]
    assert [row.id for row in journal.runs.latest("a", limit=1)] == [going]
    assert [row.id for row in journal.runs.latest("a", ended=True)] == [a2, a1]
    assert [row.id for row in journal.runs.latest(ended=True, limit=2)] == [a2, b1]
    assert journal.runs.latest("nobody") == []
    assert journal.runs.get(99) is None


def test_the_last_run_of_a_task_is_its_own(journal: Journal) -> None:
    first = ended(journal, new("a"), state=RunState.FAILED)
    ended(journal, new("a", dry_run=True))
    ended(journal, new("a", Trigger.REVERT))
    journal.runs.queue([new("a")], at=NOW)
    other = ended(journal, new("b", Trigger.MANUAL))
    assert {task: row.id for task, row in journal.runs.last_ended().items()} == {"a": first, "b": other}


def test_forgetting_keeps_the_last_run_of_each_task_and_what_is_going(journal: Journal) -> None:
    old, last = ended(journal, new("a"), at=NOW), ended(journal, new("a"), at=NOW + MINUTE)
    only = ended(journal, new("b"), at=NOW)
    dry, reverted = ended(journal, new("b", dry_run=True)), ended(journal, new("b", Trigger.REVERT))
    (going,) = journal.runs.queue([new("c")], at=NOW)
    recent_old, recent = ended(journal, new("d"), at=NOW + DAY), ended(journal, new("d"), at=NOW + DAY)
    past = journal.runs.past(before=NOW + DAY)
    assert past == [old, dry, reverted]
    journal.runs.forget(past)
    assert [row.id for row in journal.runs.latest()] == [recent, recent_old, going, only, last]
    assert journal.runs.past(before=NOW + DAY) == []


def test_what_belongs_to_a_run_is_forgotten_with_it(journal: Journal) -> None:
    old, last = ended(journal, new("a")), ended(journal, new("a"))
    for run in (old, last):
        journal.files.add(run, FileRow("source", "a.csv", "supplier", 1, "00", NOW))
        journal.rejects.replace(run, [RejectRow("a.csv", 2, "number", "No", "x", "bad")])
    journal.runs.forget([old])
    assert journal.files.of_run(old) == []
    assert journal.rejects.of_run(old) == []
    assert len(journal.files.of_run(last)) == len(journal.rejects.of_run(last)) == 1


def test_runs_of_one_wave_are_all_written_or_none(journal: Journal) -> None:
    class Unwritable:
        pass

    with pytest.raises(TypeError):
        journal.runs.queue([new("a"), new("b", what=Unwritable())], at=NOW)
    assert journal.runs.latest() == []


def test_what_stands_in_the_journal_is_plain_json(journal: Journal) -> None:
    ended(journal, new("a", confirm_archive=True))
    row = journal._database.row("SELECT options, counts FROM run")
    assert row is not None
    assert json.loads(row["options"]) == {"confirm_archive": True}
    assert json.loads(row["counts"])["read"] == 0


def test_something_of_a_run_that_there_is_not_is_refused(journal: Journal) -> None:
    with pytest.raises(StoreError, match="FOREIGN KEY"):
        journal.files.add(12, FileRow("source", "a.csv", "supplier", 1, "00", NOW))


def test_requests_are_taken_once_in_their_order(journal: Journal) -> None:
    requests = [StopRequest(3, Actor("anna", "pts/3")), StopRequest(1, Actor("bob"))]
    for request in requests:
        journal.requests.add(request, at=NOW)
    assert journal.requests.take() == requests
    assert journal.requests.take() == []
