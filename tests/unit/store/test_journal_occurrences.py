from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.store.journal import Journal
from core.store.journal.occurrences import Ledger, Occurrence

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pytest

NOW = datetime(2026, 11, 20, 7, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_an_occurrence_is_written_once(journal: Journal) -> None:
    first = Occurrence("a", NOW, run=1)
    assert journal.occurrences.add([first, Occurrence("b", NOW, skipped="missed")]) == 2
    assert journal.occurrences.add([Occurrence("a", NOW, run=2), Occurrence("a", NOW + HOUR, run=3)]) == 1
    assert journal.occurrences.of_task("a") == [Occurrence("a", NOW + HOUR, run=3), first]
    assert journal.occurrences.of_task("a", limit=1) == [Occurrence("a", NOW + HOUR, run=3)]
    assert journal.occurrences.add([]) == 0


def test_the_same_moment_in_another_zone_is_the_same_occurrence(journal: Journal) -> None:
    from zoneinfo import ZoneInfo

    journal.occurrences.add([Occurrence("a", NOW, run=1)])
    local = NOW.astimezone(ZoneInfo("Europe/Amsterdam"))
    assert journal.occurrences.add([Occurrence("a", local, run=2)]) == 0
    assert journal.occurrences.known(local) == {"a"}
    assert journal.occurrences.known(NOW + HOUR) == set()


def test_a_run_that_never_started_leaves_a_reason(journal: Journal) -> None:
    journal.occurrences.add([Occurrence("a", NOW, run=1), Occurrence("b", NOW, run=2)])
    journal.occurrences.skip(1, "it comes after x (failed)")
    journal.occurrences.skip(99, "there is no such run")
    assert journal.occurrences.of_task("a") == [Occurrence("a", NOW, skipped="it comes after x (failed)")]
    assert journal.occurrences.ledger() == Ledger(due=2, run=1, skipped=1)


def test_the_latest_of_each_task_is_known(journal: Journal) -> None:
    assert journal.occurrences.last() == {}
    journal.occurrences.add(
        [Occurrence("a", NOW + HOUR, skipped="x"), Occurrence("a", NOW, run=1), Occurrence("b", NOW, run=2)]
    )
    assert journal.occurrences.last() == {"a": NOW + HOUR, "b": NOW}


def test_forgetting_keeps_the_latest_of_each_task(journal: Journal) -> None:
    moments = [NOW + hour * HOUR for hour in range(4)]
    journal.occurrences.add(Occurrence("a", moment, run=1) for moment in moments)
    journal.occurrences.add([Occurrence("b", NOW, run=2)])
    assert journal.occurrences.forget(before=moments[3]) == 3
    assert journal.occurrences.last() == {"a": moments[3], "b": NOW}
    assert journal.occurrences.forget(before=NOW + 99 * HOUR) == 0


_written = st.lists(
    st.tuples(st.sampled_from("abc"), st.integers(0, 5), st.one_of(st.integers(1, 9), st.just("a reason"))), max_size=30
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(written=_written, skipped=st.lists(st.integers(1, 9), max_size=5), forgotten=st.integers(0, 6))
def test_whatever_happens_due_is_run_and_skipped(
    tmp_path_factory: pytest.TempPathFactory,
    written: Sequence[tuple[str, int, int | str]],
    skipped: Sequence[int],
    forgotten: int,
) -> None:
    journal = Journal(tmp_path_factory.mktemp("ledger") / "journal.sqlite")
    for task, hour, fate in written:
        run, reason = (fate, None) if isinstance(fate, int) else (None, fate)
        journal.occurrences.add([Occurrence(task, NOW + hour * HOUR, run, reason)])
    for run in skipped:
        journal.occurrences.skip(run, "stopped")
    journal.occurrences.forget(before=NOW + forgotten * HOUR)
    ledger = journal.occurrences.ledger()
    left = journal.occurrences.last()
    journal.close()
    assert ledger.balanced
    assert set(left) == {task for task, _, _ in written}


def test_a_ledger_that_lost_something_says_so() -> None:
    assert Ledger(3, 2, 1).balanced
    assert not Ledger(3, 1, 1).balanced


def test_a_task_is_planned_from_the_moment_it_first_was(journal: Journal) -> None:
    journal.plans.replace(["a", "b"], at=NOW)
    journal.plans.replace(["b", "c"], at=NOW + HOUR)
    assert journal.plans.since() == {"b": NOW, "c": NOW + HOUR}
    journal.plans.replace(["a"], at=NOW + 2 * HOUR)
    assert journal.plans.since() == {"a": NOW + 2 * HOUR}, "one that was taken out begins anew"


def test_when_the_engine_was_last_seen_is_no_task(journal: Journal, tmp_path: Path) -> None:
    assert journal.plans.last_alive() is None
    journal.plans.alive(NOW)
    journal.plans.alive(NOW + HOUR)
    journal.plans.replace(["a"], at=NOW)
    journal.plans.replace([], at=NOW)
    again = Journal(tmp_path / "journal.sqlite", read_only=True)
    assert again.plans.last_alive() == NOW + HOUR
    assert again.plans.since() == {}
    again.close()
