"""What the journal keeps of flows, and the activity log."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from core.errors import StoreError
from core.store.activity import Activity, ActivityLog
from core.store.journal import Journal
from core.store.journal.flows import FlowRow

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ROW = FlowRow(
    task="t", source_key="1", state="failed", attempts=1, next_try=NOW, reason="r", begun="customers", run=7, at=NOW
)
ENTRY = Activity(at=NOW, task="t", run=7, source_key="1", outcome="created", record={"name": "Ann \ud800", "n": 1})


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with closing(Journal(tmp_path / "journal.sqlite")) as opened:
        yield opened


@pytest.fixture
def log(tmp_path: Path) -> Iterator[ActivityLog]:
    with closing(ActivityLog(tmp_path / "activity.sqlite")) as opened:
        yield opened


def test_a_record_is_kept_as_it_was_put_last(journal: Journal) -> None:
    records = journal.flow_records
    records.put(ROW)
    assert records.get("t", "1") == ROW
    done = replace(ROW, state="done", target_key="9", next_try=None, sent_hash="h", echo_hash="e")
    records.put(done)
    assert records.get("t", "1") == done
    assert records.by_target("t", "9") == done
    assert records.by_target("other", "9") is None
    assert records.failures() == []
    records.forget("t", "1")
    assert records.get("t", "1") is None


def test_what_was_cut_off_when_it_was_sent_again_is_due_and_what_the_source_shows_again_is_not(
    journal: Journal,
) -> None:
    records = journal.flow_records
    records.put(replace(ROW, state="intent"))
    records.put(replace(ROW, source_key="2", state="intent", next_try=None))
    assert [row.source_key for row in records.due("t", NOW)] == ["1"]
    assert records.failures() == []


def test_many_keys_are_looked_up_at_once(journal: Journal) -> None:
    for number in range(1100):
        journal.flow_records.put(replace(ROW, source_key=str(number)))
    assert len(journal.flow_records.among("t", [str(number) for number in range(1200)])) == 1100


def test_failures_are_due_in_their_time_and_can_be_sent_again(journal: Journal) -> None:
    records = journal.flow_records
    records.put(ROW)
    records.put(replace(ROW, source_key="2", next_try=NOW + timedelta(hours=1)))
    records.put(replace(ROW, source_key="3", state="given up", next_try=None))
    assert [row.source_key for row in records.due("t", NOW)] == ["1"]
    assert records.count_failures("t") == (3, 1)
    assert records.resend("t", ["3", "4"], at=NOW) == 1
    assert [(row.source_key, row.attempts) for row in records.due("t", NOW)] == [("1", 1), ("3", 0)]
    assert records.resend("t", None, at=NOW) == 3
    assert [row.source_key for row in records.due("t", NOW, after="1")] == ["2", "3"]


def test_a_mark_belongs_to_the_cursor_that_was_set_with_it(journal: Journal) -> None:
    journal.flow_cursors.set("t", "4711", NOW)
    assert journal.flow_cursors.get("t", NOW) == "4711"
    # Somebody set the cursor by hand since.
    assert journal.flow_cursors.get("t", NOW + timedelta(days=1)) == ""
    assert journal.flow_cursors.get("t", None) == ""


def test_activity_is_found_by_flow_record_run_and_place(log: ActivityLog) -> None:
    log.add([ENTRY, replace(ENTRY, source_key="2"), replace(ENTRY, task="u", run=8)])
    assert [each.id for each in log.latest()] == [3, 2, 1]
    assert [each.id for each in log.latest("t")] == [2, 1]
    assert [each.id for each in log.latest("t", source_key="1")] == [1]
    assert [each.id for each in log.latest(run=8)] == [3]
    assert [each.id for each in log.latest(before=3, limit=1)] == [2]
    assert log.latest("t", source_key="1")[0].record == ENTRY.record


def test_old_activity_is_deleted_and_overwritten(tmp_path: Path, log: ActivityLog) -> None:
    log.add([replace(ENTRY, record={"name": f"CANARY-{number}"}) for number in range(500)])
    log.add([replace(ENTRY, at=NOW + timedelta(days=1))])
    assert log.forget(before=NOW + timedelta(hours=1)) == 500
    assert len(log.latest()) == 1
    assert not any(b"CANARY" in path.read_bytes() for path in tmp_path.iterdir())


def test_nobody_else_may_read_activity(tmp_path: Path, log: ActivityLog) -> None:
    log.add([ENTRY])
    assert all(path.stat().st_mode & 0o077 == 0 for path in tmp_path.iterdir())


def test_an_activity_log_of_a_later_release_is_left_alone(tmp_path: Path, log: ActivityLog) -> None:
    log._connection.execute("PRAGMA user_version = 99")
    with pytest.raises(StoreError, match="later Pendel"):
        ActivityLog(tmp_path / "activity.sqlite")
