from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from core.runs import Actor, Level, Trigger
from core.store.journal.records import AuditRow, Cursor, FileRow, LogRow, RejectRow
from core.store.journal.runs import NewRun

if TYPE_CHECKING:
    from pathlib import Path

    from core.store.journal import Journal

NOW = datetime(2026, 11, 20, 7, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


def a_run(journal: Journal) -> int:
    (run,) = journal.runs.queue([NewRun("a", "import", Trigger.MANUAL, "anna")], at=NOW)
    return run


def texts(lines: list[LogRow]) -> list[str]:
    return [line.text for line in lines]


def test_lines_come_back_oldest_first_by_run_and_by_task(journal: Journal) -> None:
    journal.logs.add(
        [
            LogRow(NOW, Level.INFO, "one", "a", 1),
            LogRow(NOW, Level.WARNING, "two", "b", 2),
            LogRow(NOW, Level.ERROR, "three", "a", 3),
            LogRow(NOW, Level.INFO, "of the engine"),
        ]
    )
    lines = journal.logs.latest()
    assert texts(lines) == ["one", "two", "three", "of the engine"]
    assert [line.id for line in lines] == sorted(line.id for line in lines)
    assert (lines[1].at, lines[1].level, lines[1].task, lines[1].run) == (NOW, Level.WARNING, "b", 2)
    assert (lines[3].task, lines[3].run) == ("", None)
    assert texts(journal.logs.latest(run=3)) == ["three"]
    assert texts(journal.logs.latest(task="a")) == ["one", "three"]
    assert texts(journal.logs.latest(limit=2)) == ["three", "of the engine"]
    assert journal.logs.latest(run=99) == []


def test_old_lines_are_forgotten(journal: Journal) -> None:
    journal.logs.add(LogRow(NOW + hour * HOUR, Level.INFO, str(hour)) for hour in range(4))
    assert journal.logs.forget(before=NOW + 2 * HOUR) == 2
    assert texts(journal.logs.latest()) == ["2", "3"]


def test_rejects_of_a_later_attempt_replace_those_before(journal: Journal) -> None:
    run, other = a_run(journal), a_run(journal)
    first = [RejectRow("a.csv", line, "price", "Bruto", "x", "no number") for line in (9, 3, 7)]
    journal.rejects.replace(other, first[:1])
    journal.rejects.replace(run, first)
    assert journal.rejects.of_run(run) == first, "in the order of the file"
    assert journal.rejects.of_run(run, limit=2) == first[:2]
    second = [RejectRow("a.csv", None, "", "", "", "cut off")]
    journal.rejects.replace(run, second)
    assert journal.rejects.of_run(run) == second
    assert journal.rejects.of_run(other) == first[:1]


def test_a_file_of_a_later_attempt_replaces_the_same_one(journal: Journal) -> None:
    run = a_run(journal)
    source = FileRow("source", "a.csv", "supplier", 10, "aa", NOW, "spool/run-1/0001-source")
    target = FileRow("target", "a.csv", "supplier", 11, "bb", NOW)
    again = FileRow("source", "a.csv", "supplier", 12, "cc", NOW + HOUR, "spool/run-1/0001-source")
    for file in (source, target, again):
        journal.files.add(run, file)
    assert journal.files.of_run(run) == [target, again]


def test_a_cursor_moves_and_is_forgotten(journal: Journal) -> None:
    assert journal.cursors.get("a") is None
    journal.cursors.set("a", NOW, set_by="run", at=NOW + HOUR, run=7)
    journal.cursors.set("a", NOW + HOUR, set_by="anna", at=NOW, name="orders")
    journal.cursors.set("b", NOW, set_by="run", at=NOW)
    assert journal.cursors.get("a") == Cursor(NOW, "run", NOW + HOUR, 7)
    journal.cursors.set("a", NOW - HOUR, set_by="anna", at=NOW + 2 * HOUR)
    assert journal.cursors.get("a") == Cursor(NOW - HOUR, "anna", NOW + 2 * HOUR, None)
    journal.cursors.clear("a")
    journal.cursors.clear("nobody")
    assert journal.cursors.get("a") is None
    assert journal.cursors.get("a", "orders") == Cursor(NOW + HOUR, "anna", NOW, None)
    assert journal.cursors.get("b") is not None


def test_numbers_of_files_rise_for_each_task_also_after_a_restart(journal: Journal, tmp_path: Path) -> None:
    from core.store.journal import Journal

    assert [journal.sequences.next(task) for task in ("a", "a", "b", "a")] == [1, 2, 1, 3]
    journal.close()
    again = Journal(tmp_path / "journal.sqlite")
    assert again.sequences.next("a") == 4
    again.close()


def test_the_audit_tells_who_asked_for_what(journal: Journal) -> None:
    rows = [
        AuditRow(NOW, Actor("anna", "pts/3 from 10.0.0.7"), "task.start", "a, b", new="dry run"),
        AuditRow(NOW, Actor("bob"), "task.activate", "a", "active", "inactive", "This console is read-only."),
    ]
    for row in rows:
        journal.audit.add(row)
    assert journal.audit.latest() == rows[::-1]
    assert journal.audit.latest(limit=1) == rows[1:]
