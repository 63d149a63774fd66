"""kill -9 of an automatic import between any two of its steps: each file ends in one place, and is imported once."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest
from support.drop_site import PRICES, drop_of, make_folders, paths, prices, report_of
from support.task_site import TABLES, TaskSite

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.killing import Nursery

DEATHS = {
    "before the first file is taken": ("before", "core.tasks.arrivals", "Shelf.take"),
    "after it was moved, and nothing was written down": ("after", "core.transfer.local", "LocalLocation._rename_new"),
    "after it was taken": ("after", "core.tasks.arrivals", "Shelf.take"),
    "after it was fetched": ("after", "core.tasks.pickup", "fetch_file"),
    "before its import": ("before", "core.tasks.importing", "run_import"),
    "after a block was applied": ("after", "core.store.catalogue", "apply_block"),
    "after its import": ("after", "core.tasks.importing", "run_import"),
    "before it is moved on": ("before", "core.tasks.arrivals", "Shelf.park"),
    "after it was moved on": ("after", "core.tasks.arrivals", "Shelf.park"),
    "between its reports": ("after", "core.tasks.arrivals", "Shelf.deliver"),
}


@pytest.fixture
def drop(workspace: Callable[..., Path]) -> TaskSite:
    tables = "\n".join((TABLES, drop_of(accept=[{**PRICES, "max_rejected": 1}])))
    made = TaskSite(workspace(tables, engine='languages = ["nl", "en"]\nattempts = 1\nblock_rows = 100'))
    for name in ("in", "out", "uploads"):
        (made.home / name).mkdir()
    make_folders(made)
    made.put("in/AutoImport/a.csv", prices(*(f"A{number:03}" for number in range(250))) + "X;bad\n", minutes_old=3)
    made.put("in/AutoImport/b.csv", prices("B1", "B2") + "Y;bad\n", minutes_old=2)
    made.put("in/AutoImport/c.csv", "who;knows\n", minutes_old=1)
    made.put("in/AutoCheck/d.csv", prices("D1"))
    return made


@pytest.mark.parametrize("when", DEATHS)
def test_a_kill_between_two_steps_loses_and_doubles_nothing(drop: TaskSite, nursery: Nursery, when: str) -> None:
    killed = nursery.run(drop.config, "run", "drop", dies=DEATHS[when])
    assert killed.killed, killed.notes

    again = nursery.run(drop.config, "run", "drop")

    assert again.code in (0, 3), again.notes
    assert paths(drop) == [
        "AutoCheck/processed/d.csv",
        "AutoImport/processed/a.csv",
        "AutoImport/processed/b.csv",
        "AutoImport/quarantine/c.csv",
    ]
    assert len(drop.kept()) == 252
    (first, *_) = runs_of(drop)
    counts = json.loads(first["counts"])
    assert {name: number for name, number in counts.items() if number} == {"read": 252, "new": 252, "rejected": 2}
    assert first["state"] == "warnings"
    assert report_of(drop, "in/AutoImport/processed/a.csv")["counts"]["new"] == 250
    assert report_of(drop, "in/AutoImport/processed/b.csv")["counts"]["rejected"] == 1
    assert report_of(drop, "in/AutoCheck/processed/d.csv")["counts"]["new"] == 1
    assert [row["file"] for row in rejects_of(drop, first["id"])] == ["a.csv", "b.csv"]


def test_a_file_that_pendel_dies_of_is_put_aside_in_the_end(drop: TaskSite, nursery: Nursery) -> None:
    for _ in range(3):
        assert nursery.run(drop.config, "run", "drop", dies=DEATHS["before its import"]).killed
    ended = nursery.run(drop.config, "run", "drop")
    assert ended.code == 3, ended.notes
    told = report_of(drop, "in/AutoImport/quarantine/a.csv")
    assert told["message"] == "Pendel ended 3 times while run 1 worked on a.csv."
    assert "AutoImport/processed/b.csv" in paths(drop)
    assert drop.kept() == ["B1", "B2"]


def test_a_stop_puts_back_what_was_taken(drop: TaskSite, monkeypatch: pytest.MonkeyPatch) -> None:
    from core.errors import StopRequested
    from core.tasks import importing

    def stop(*_: object) -> None:
        raise StopRequested

    monkeypatch.setattr(importing, "run_import", stop)
    answer = drop.run("drop")
    assert answer.code == 4
    assert paths(drop) == ["AutoCheck/d.csv", "AutoImport/a.csv", "AutoImport/b.csv", "AutoImport/c.csv"]


def runs_of(site: TaskSite) -> list[sqlite3.Row]:
    return _rows(site, "SELECT * FROM run WHERE task = 'drop' ORDER BY id")


def rejects_of(site: TaskSite, run: int) -> list[sqlite3.Row]:
    return _rows(site, "SELECT * FROM reject WHERE run = ? ORDER BY rowid", run)


def _rows(site: TaskSite, query: str, *values: Any) -> list[sqlite3.Row]:
    connection = sqlite3.connect(site.data / "journal.sqlite")
    try:
        connection.row_factory = sqlite3.Row
        return connection.execute(query, values).fetchall()
    finally:
        connection.close()
