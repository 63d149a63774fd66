"""A task under another name, in all tables of the journal."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from core.runs import Trigger
from core.store.journal import Journal
from core.store.journal.renaming import HISTORY, PRESENT
from core.store.journal.runs import NewRun

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def test_every_table_that_names_tasks_goes_along_but_the_log(tmp_path: Path) -> None:
    with closing(Journal(tmp_path / "journal.sqlite")) as journal:
        rows = journal._database.rows(
            "SELECT m.name AS name FROM sqlite_master m, pragma_table_info(m.name) c "
            "WHERE m.type = 'table' AND c.name = 'task'"
        )
    assert {row["name"] for row in rows} - {"log"} == {*HISTORY, *PRESENT}


def test_what_an_earlier_task_of_the_name_left_gives_way_but_for_its_runs(tmp_path: Path) -> None:
    with closing(Journal(tmp_path / "journal.sqlite")) as journal:
        ids = journal.runs.queue(
            [NewRun(task, "export", Trigger.MANUAL, "anna") for task in ("gone", "kept", "other")], at=NOW
        )
        for task, number in (("gone", 7), ("kept", 3)):
            journal.sequences.set(task, number)
        journal.cursors.set("gone", NOW, set_by="run", at=NOW, run=None, name="of another thing")
        journal.rename_task("kept", "gone")
        assert [journal.runs.get(run).task for run in ids] == ["gone", "gone", "other"]  # type: ignore[union-attr]
        assert journal.sequences.next("gone") == 4
        assert journal.cursors.get("gone", "of another thing") is None
