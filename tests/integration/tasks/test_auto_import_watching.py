"""Folders that are really watched: by the events of the system, and by looking, also over SFTP (IM11)."""

from __future__ import annotations

import os
import shutil
import threading
from typing import TYPE_CHECKING, Any

import pytest
from support.drop_site import PRICES, drop_of, make_folders, paths, prices
from support.fault_proxy import FaultProxy
from support.remote_supplier import location_through_proxy
from support.transfer_sites import PROXY_HOST, site_of
from support.waiting import wait_until
from support.watched_engine import watched_engine

from core.runs import RunState, Trigger

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.task_site import TaskSite

    Make = Callable[..., TaskSite]

NEVER = {"kind": "arrival", "poll": 86_400}
OFTEN = {"kind": "arrival", "poll": 5}


@pytest.fixture
def drop(site: Make) -> Callable[..., TaskSite]:
    def make(**settings: Any) -> TaskSite:
        made = site(drop_of(**{"frequency": NEVER, **settings}))
        make_folders(made)
        return made

    return make


def place(site: TaskSite, name: str, content: str) -> None:
    """Deliver a file in one go, as a careful sender does."""
    hidden = site.put(f"in/AutoImport/.{name}", content)
    hidden.rename(hidden.with_name(name))


def test_a_file_is_imported_as_it_arrives_by_an_event(drop: Make) -> None:
    made = drop()
    with watched_engine(made.config) as engine:
        place(made, "a.csv", prices("A1"))
        (first,) = engine.wait_for(1)
        assert (first.state, first.trigger) == (RunState.SUCCEEDED, Trigger.ARRIVAL)
        place(made, "b.csv", prices("A2"))
        engine.wait_for(2)
    assert made.kept() == ["A1", "A2"]
    assert paths(made) == ["AutoImport/processed/a.csv", "AutoImport/processed/b.csv"]


def test_what_arrived_while_the_engine_was_not_there_is_found(drop: Make) -> None:
    made = drop()
    place(made, "a.csv", prices("A1"))
    with watched_engine(made.config) as engine:
        engine.wait_for(1)
    assert made.kept() == ["A1"]


def test_what_arrives_during_a_run_is_next(drop: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    made = drop()
    from core.tasks import accepting

    look, looked = accepting.choose, threading.Event()

    def choose(*arguments: Any) -> Any:
        if not looked.is_set():
            place(made, "b.csv", prices("A2"))
            looked.set()
        return look(*arguments)

    monkeypatch.setattr(accepting, "choose", choose)
    with watched_engine(made.config) as engine:
        place(made, "a.csv", prices("A1"))
        engine.wait_for(2)
    assert made.kept() == ["A1", "A2"]


def test_a_file_that_grows_is_taken_when_it_is_whole(drop: Make) -> None:
    made = drop(settle=1)
    file = made.home / "in/AutoImport/a.csv"
    numbers = [f"A{number:02}" for number in range(20)]
    with watched_engine(made.config) as engine, file.open("w") as writer:
        writer.write("No;Price\n")
        for number in numbers:
            writer.write(f"{number};1,00\n")
            writer.flush()
            # The engine sees it grow, and has every chance to take it too early.
            engine.engine._folder_watch._watchers["drop"].wake()
            threading.Event().wait(0.1)
        writer.close()
        (run,) = engine.wait_for(1)
        assert run.counts.new == len(numbers)
    assert made.kept() == numbers


def test_many_files_at_once_are_each_imported_once(drop: Make) -> None:
    made = drop()
    with watched_engine(made.config) as engine:
        for number in range(40):
            place(made, f"f{number:03}.csv", prices(f"A{number:03}"))
        wait_until(lambda: len(list((made.home / "in/AutoImport/processed").glob("*.csv"))) == 40, "the last file")
        wait_until(lambda: engine.engine.dispatcher.current("drop") is None, "the end of the last run")
        runs = engine.ended()
    assert sum(run.counts.new for run in runs) == 40
    assert sum(run.counts.read for run in runs) == 40
    assert len(made.kept()) == 40
    assert {run.state for run in runs} == {RunState.SUCCEEDED}


def test_a_flood_of_events_costs_no_run(drop: Make) -> None:
    made = drop()
    with watched_engine(made.config) as engine:
        for number in range(3000):
            file = made.home / "in/AutoImport" / f"x{number % 50}.part"
            file.write_text("x")
            file.unlink()
        place(made, "a.csv", prices("A1"))
        engine.wait_for(1)
        assert len(engine.ended()) == 1
    assert made.kept() == ["A1"]


def test_without_events_looking_finds_a_file(drop: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    import watchfiles._rust_notify

    def refuse(*_: object) -> None:
        raise OSError("no events here, as on a network filesystem")

    monkeypatch.setattr(watchfiles._rust_notify, "RustNotify", refuse)
    made = drop(frequency=OFTEN)
    with watched_engine(made.config) as engine:
        place(made, "a.csv", prices("A1"))
        engine.wait_for(1)
        lines = "\n".join(line.text for line in engine.engine.workspace.journal.logs.latest(limit=100))
        assert "the system gives no events for it" in lines
    assert made.kept() == ["A1"]


def test_a_folder_that_vanishes_is_told_and_watched_again_when_it_is_back(drop: Make) -> None:
    made = drop(frequency=OFTEN)
    folder = made.home / "in/AutoImport"
    with watched_engine(made.config) as engine:
        place(made, "a.csv", prices("A1"))
        engine.wait_for(1)
        shutil.rmtree(folder)
        lost = engine.wait_for(2)[1]
        assert lost.state is RunState.FAILED
        assert "AutoImport" in lost.message
        folder.mkdir()
        place(made, "b.csv", prices("A2"))
        wait_until(lambda: made.files("in").get("AutoImport/processed/b.csv"), "the file in the new folder")
        wait_until(lambda: engine.engine.dispatcher.current("drop") is None, "the end of the run")
        assert engine.ended()[-1].state is RunState.SUCCEEDED
    assert made.kept() == ["A1", "A2"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may do everything")
def test_a_folder_that_may_not_be_written_is_told_once_not_for_ever(drop: Make) -> None:
    made = drop(frequency=OFTEN)
    folder = made.home / "in/AutoImport"
    place(made, "a.csv", prices("A1"))
    folder.chmod(0o555)
    try:
        with watched_engine(made.config) as engine:
            (run,) = engine.wait_for(1)
            assert run.state is RunState.FAILED
    finally:
        folder.chmod(0o755)


def test_what_a_run_cannot_take_is_tried_again_after_growing_pauses(
    drop: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = drop(frequency=OFTEN)
    from core.errors import AccessDenied
    from core.tasks.arrivals import Shelf

    def denied(*_: object) -> str:
        raise AccessDenied("The folder may not be written to.")

    monkeypatch.setattr(Shelf, "take", denied)
    with watched_engine(made.config) as engine:
        place(made, "a.csv", prices("A1"))
        engine.wait_for(1)
        watcher = engine.engine._folder_watch._watchers["drop"]
        for _ in range(20):
            watcher.wake()
            threading.Event().wait(0.05)
        assert len(engine.ended()) == 1
        assert engine.ended()[0].state is RunState.FAILED
        pauses = [watcher._pause]
        watcher._again_at = 0.0
        watcher.wake()
        engine.wait_for(2)
        pauses.append(watcher._pause)
        assert pauses == [5.0, 10.0]
    assert (made.home / "in/AutoImport/a.csv").exists()


def test_outside_the_window_nothing_is_taken(workspace: Callable[..., Path]) -> None:
    from support.task_site import TABLES, TaskSite

    tables = "\n".join((TABLES, drop_of(frequency=NEVER)))
    made = TaskSite(
        workspace(tables, engine='languages = ["nl", "en"]\nwindow = { opens = "06:00", closes = "07:00" }')
    )
    for name in ("out", "uploads"):
        (made.home / name).mkdir()
    make_folders(made)
    with watched_engine(made.config) as engine:
        place(made, "a.csv", prices("A1"))
        watcher = engine.engine._folder_watch._watchers["drop"]
        assert watcher._look() == 60.0
        assert engine.ended() == []
        assert engine.engine.dispatcher.current("drop") is None


def test_a_reload_changes_what_is_watched(drop: Make) -> None:
    made = drop()
    text = made.config.read_text()
    with watched_engine(made.config) as engine:
        made.config.write_text(text.replace('id = "drop"', 'id = "drop"\nactive = false'))
        engine.engine.reload()
        assert engine.engine._folder_watch._watchers == {}
        made.config.write_text(text)
        engine.engine.reload()
        place(made, "a.csv", prices("A1"))
        engine.wait_for(1)
    assert made.kept() == ["A1"]


@pytest.mark.parametrize("protocol", ["sftp", "ftps"])
def test_a_remote_folder_is_polled(site: Make, tmp_path: Path, protocol: str) -> None:
    (tmp_path / "server").mkdir()
    with (
        site_of(protocol, tmp_path / "server") as server,
        FaultProxy(server.ports, listen_host=PROXY_HOST) as _,
    ):
        table = location_through_proxy(server, "drop", timeout=20)
        for name in ("AutoImport", "AutoCheck"):
            (server.root / "drop" / name).mkdir()
        made = site(
            f"[locations.far]\n{table}\n",
            drop_of(location="far", frequency=OFTEN, accept=[{**PRICES, "max_rejected": 1}]),
        )
        with watched_engine(made.config) as engine:
            (server.root / "drop/AutoImport/a.csv").write_text(prices("A1") + "A2;x\n")
            (run,) = engine.wait_for(1)
            assert run.state is RunState.WARNINGS
            (server.root / "drop/AutoCheck/b.csv").write_text(prices("B1"))
            engine.wait_for(2)
        found = sorted(str(path.relative_to(server.root / "drop")) for path in (server.root / "drop").rglob("*.*"))
    ends = ("", ".report.json", ".report.txt")
    assert [name for name in found if not name.endswith(".pendel")] == [
        *(f"AutoCheck/processed/b.csv{end}" for end in ends),
        *(f"AutoImport/processed/a.csv{end}" for end in ends),
    ]
    assert made.kept() == ["A1"]
