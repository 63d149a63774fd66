"""Retention: what is past its time goes, and nothing else (T5, T13)."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.kept_state import before_images
from support.pendel_cli import pendel
from support.task_site import export_of, import_of

from core.runs import Trigger
from core.store.journal import Journal
from core.store.journal.occurrences import Occurrence
from core.store.journal.runs import NewRun

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.task_site import TaskSite

    Make = Callable[..., TaskSite]

RETENTION = "system-retention"
SECOND = "No;Price\nA1;2,00\nA2;x\n"
RUNS_KEPT, SPOOL_KEPT = timedelta(days=90), timedelta(days=14)


@pytest.fixture
def made(site: Make) -> TaskSite:
    """A workspace after three imports of a task, the second with a reject, and one export."""
    made = site(import_of("prices", max_rejected=1), export_of("shop", changes_only=True))
    for content in ("No;Price\nA1;1,00\nA2;1,00\n", SECOND, "No;Price\nA1;3,00\n"):
        made.put("uploads/prices.csv", content)
        made.run("prices")
    made.run("shop")
    return made


def run_ids(made: TaskSite) -> list[int]:
    return sorted(run["run"] for run in pendel(made.config, "runs", "-n", "100").told["runs"])


def spool_dirs(made: TaskSite) -> list[str]:
    return [path.name for path in sorted((made.data / "spool").iterdir())]


def test_what_is_past_its_time_goes(made: TaskSite, later: Callable[[timedelta], None]) -> None:
    assert spool_dirs(made) == ["run-1", "run-2", "run-3", "run-4"]
    assert (made.data / "rejects" / "run-2").is_dir()
    assert len(before_images(made.data, 2)) == 1
    kept = made.kept("*")
    later(RUNS_KEPT + timedelta(days=1))
    answer = made.run(RETENTION)
    assert answer.code == 0
    assert answer.told["message"].startswith("Deleted 2 runs, ")
    assert "1 undo value " in answer.told["message"]
    assert run_ids(made) == [3, 4, 5], "the last run of each task stays"
    assert made.log(1) == made.log(2) == ""
    assert spool_dirs(made) == ["run-5"]
    assert not (made.data / "rejects" / "run-2").exists()
    assert before_images(made.data, 2) == []
    assert len(before_images(made.data, 3)) == 1
    assert pendel(made.config, "log", "--rejects", "--run", "2").told["rejects"] == []
    assert made.kept("*") == kept, "records and what runs made of them stay"
    assert pendel(made.config, "revert", "2").code == 5
    assert pendel(made.config, "cursor", "shop").told["cursor"] is not None
    assert made.run("shop").counts == {}


def test_what_is_younger_stays(made: TaskSite, later: Callable[[timedelta], None]) -> None:
    later(SPOOL_KEPT - timedelta(hours=1))
    log = made.log(1)
    assert made.run(RETENTION).told["message"] == "Deleted 0 runs, 0 log lines, 0 undo values and 0 B of files."
    assert run_ids(made) == [1, 2, 3, 4, 5]
    assert spool_dirs(made) == ["run-1", "run-2", "run-3", "run-4", "run-5"]
    assert made.log(1) == log
    assert len(before_images(made.data, 2)) == 1


def test_the_spool_has_a_time_of_its_own(made: TaskSite, later: Callable[[timedelta], None]) -> None:
    later(SPOOL_KEPT + timedelta(hours=1))
    size = sum(path.stat().st_size for path in (made.data / "spool").rglob("*") if path.is_file())
    answer = made.run(RETENTION)
    assert answer.told["message"] == f"Deleted 0 runs, 0 log lines, 0 undo values and {size} B of files."
    assert spool_dirs(made) == ["run-5"]
    assert (made.data / "rejects" / "run-2").is_dir(), "rejects stay as long as their run"
    assert run_ids(made) == [1, 2, 3, 4, 5]


def test_runs_that_have_not_ended_stay_with_their_files(made: TaskSite, later: Callable[[timedelta], None]) -> None:
    journal = Journal(made.data / "journal.sqlite")
    (run,) = journal.runs.queue([NewRun("prices", "import", Trigger.MANUAL, "somebody")], at=datetime.now(UTC))
    journal.runs.start(run, at=datetime.now(UTC))
    journal.close()
    made.put(f"data/spool/run-{run}/0001-source", "half of it")
    later(timedelta(days=365))
    assert made.run(RETENTION).code == 0
    assert spool_dirs(made) == [f"run-{run}", f"run-{run + 1}"]
    assert run in run_ids(made)


def test_the_ledger_stays_balanced(made: TaskSite, later: Callable[[timedelta], None]) -> None:
    now = datetime.now(UTC)
    journal = Journal(made.data / "journal.sqlite")
    journal.occurrences.add(
        Occurrence("prices", now + timedelta(minutes=number), run=run, skipped=None if run else "It was going still.")
        for number, run in enumerate((1, None, 2, None, 3))
    )
    journal.close()
    later(RUNS_KEPT + timedelta(days=1))
    assert made.run(RETENTION).code == 0
    journal = Journal(made.data / "journal.sqlite")
    ledger, left = journal.occurrences.ledger(), journal.occurrences.of_task("prices")
    journal.close()
    assert ledger.balanced
    assert [(each.run, each.due_at) for each in left] == [(3, now + timedelta(minutes=4))], "the latest stays"


def test_a_dry_run_deletes_nothing(made: TaskSite, later: Callable[[timedelta], None]) -> None:
    runs, spooled, log = run_ids(made), made.spooled(), made.log(1)
    later(RUNS_KEPT + timedelta(days=1))
    answer = made.run(RETENTION, "--dry-run")
    assert answer.code == 0
    day = datetime.fromisoformat(answer.told["started_at"]) - RUNS_KEPT
    assert answer.told["message"].startswith(
        f"Would delete runs that ended before {day:%Y-%m-%d}, and the files of 4 runs in the spool ("
    )
    assert run_ids(made) == [*runs, answer.told["run"]]
    assert made.spooled() == spooled
    assert made.log(1) == log
    assert len(before_images(made.data, 2)) == 1
    assert (made.data / "rejects" / "run-2").is_dir()


@pytest.mark.parametrize("stuck", ["spool/run-1", "rejects/run-2"])
def test_what_cannot_be_deleted_is_a_warning_and_tried_again(
    made: TaskSite, later: Callable[[timedelta], None], monkeypatch: pytest.MonkeyPatch, stuck: str
) -> None:
    place = made.data / stuck
    rmtree = shutil.rmtree

    def refusing(path: Any, *args: Any, **more: Any) -> None:
        if Path(path) == place:
            raise PermissionError(13, "Permission denied", str(path))
        rmtree(path, *args, **more)

    later(RUNS_KEPT + timedelta(days=1))
    with monkeypatch.context() as denied:
        denied.setattr(shutil, "rmtree", refusing)
        answer = made.run(RETENTION)
    assert (answer.code, answer.told["outcome"]) == (3, "warnings")
    assert answer.told["message"].endswith(f"Not deleted: {place}: Permission denied.")
    assert spool_dirs(made) == (["run-1", "run-5"] if stuck.startswith("spool") else ["run-5"])
    assert run_ids(made) == [3, 4, 5]
    assert made.run(RETENTION).code == 0
    assert not place.exists()


def test_what_an_interrupted_clean_up_left_goes_the_next_night(
    made: TaskSite, later: Callable[[timedelta], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.errors import StoreError
    from core.store.catalogue import Catalogue

    def full(*_: object) -> int:
        raise StoreError("The disk is full.")

    later(RUNS_KEPT + timedelta(days=1))
    with monkeypatch.context() as filled:
        filled.setattr(Catalogue, "forget_runs", full)
        assert made.run(RETENTION).code == 1
    answer = made.run(RETENTION)
    assert answer.code == 0
    assert "1 undo value " in answer.told["message"]
    assert before_images(made.data, 2) == []
    assert not (made.data / "rejects" / "run-2").exists()


def test_the_files_of_others_in_the_spool_are_left_until_they_are_old(made: TaskSite) -> None:
    young, old = made.data / "spool" / "note", made.data / "spool" / "run-9999"
    young.write_text("x")
    old.mkdir()
    (old / "0001-source").write_text("12345")
    moment = (datetime.now(UTC) - SPOOL_KEPT - timedelta(hours=1)).timestamp()
    os.utime(old, (moment, moment))
    assert made.run(RETENTION).told["message"].endswith("and 5 B of files.")
    assert (young.exists(), old.exists()) == (True, False)
