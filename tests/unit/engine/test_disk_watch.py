"""The disk-space watch: what it holds, whom it stops, and what it starts again."""

from __future__ import annotations

import os
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from support.engine_desk import import_task, settle

from core.engine import disk_watch
from core.engine.gate import Gate
from core.runs import Actor, RunState, Trigger

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.engine_desk import FakeRunner

    from core.engine.engine import Engine

    Site = Callable[..., Path]
    OpenEngine = Callable[..., tuple[Engine, FakeRunner]]

ANNA = Actor("anna", "pts/1")
MB = 1_000_000


class Disk:
    """How much is free of a disk, as it is said."""

    def __init__(self, total: int = 100_000) -> None:
        self.free, self.total = 50_000, total

    def __call__(self, _: object) -> SimpleNamespace:
        return SimpleNamespace(f_bavail=self.free, f_frsize=MB, f_blocks=self.total)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    monkeypatch.setattr(disk_watch, "EVERY", 3600)
    disk = Disk()
    monkeypatch.setattr(disk_watch, "os", SimpleNamespace(statvfs=disk))
    return disk


def look(engine: Engine) -> None:
    engine._disk_watch.look(engine.dispatcher, engine.starter)


def waits_for(engine: Engine, task: str) -> str:
    engine.dispatcher.refresh_reasons()
    view = engine.board.task(task)
    return view.run.waits_for if view and view.run else ""


def test_with_less_than_is_to_be_kept_nothing_starts(site: Site, open_engine: OpenEngine, disk: Disk) -> None:
    disk.free = 499
    config = site(import_task("a"))
    engine, runner = open_engine(config, plan=False)
    Gate(engine, ANNA).start_tasks(["a"])
    assert waits_for(engine, "a") == f"waits for disk space: 499.0 MB free, 500.0 MB wanted in {config.parent / 'data'}"
    disk.free = 549
    look(engine)
    assert waits_for(engine, "a") != "", "a little more is wanted before it goes on"
    disk.free = 550
    look(engine)
    settle(engine, runner)
    assert runner.started == ["a"]


def test_the_watch_can_be_told_how_much_and_switched_off(site: Site, open_engine: OpenEngine, disk: Disk) -> None:
    disk.free = 1
    engine, runner = open_engine(site(import_task("a"), engine="min_free = 0"), plan=False)
    Gate(engine, ANNA).start_tasks(["a"])
    settle(engine, runner)
    assert runner.started == ["a"]


def test_never_more_than_a_tenth_of_a_disk_is_wanted(site: Site, open_engine: OpenEngine, disk: Disk) -> None:
    disk.total, disk.free = 400, 40
    engine, runner = open_engine(site(import_task("a")), plan=False)
    Gate(engine, ANNA).start_tasks(["a"])
    settle(engine, runner)
    assert runner.started == ["a"]


def test_a_run_is_stopped_and_another_takes_its_place(site: Site, open_engine: OpenEngine, disk: Disk) -> None:
    engine, runner = open_engine(site(import_task("a")), plan=False, hold=("a",))
    Gate(engine, ANNA).start_tasks(["a"], confirm_archive=True)
    runner.wait_started("a")
    disk.free = 10
    look(engine)
    settle(engine, runner)
    look(engine)
    journal = engine.workspace.journal.runs
    first, second = journal.get(1), journal.get(2)
    assert first is not None
    assert second is not None
    assert first.state is RunState.STOPPED
    assert "10.0 MB free" in first.message
    assert (second.trigger, second.requested_by, dict(second.options)) == (
        Trigger.MANUAL,
        str(ANNA),
        {"confirm_archive": True},
    )
    assert runner.started == ["a"]
    disk.free = 50_000
    look(engine)
    runner.wait_started("a", "a")


def test_what_was_stopped_by_hand_or_was_a_dry_run_stays_stopped(
    site: Site, open_engine: OpenEngine, disk: Disk
) -> None:
    engine, runner = open_engine(site(import_task("a"), import_task("b")), plan=False, hold=("a", "b"))
    gate = Gate(engine, ANNA)
    (by_hand,) = gate.start_tasks(["a"])
    gate.start_tasks(["b"], dry_run=True)
    runner.wait_started("a", "b")
    gate.stop_runs([by_hand])
    disk.free = 10
    look(engine)
    settle(engine, runner)
    disk.free = 50_000
    look(engine)
    settle(engine, runner)
    assert sorted(runner.started) == ["a", "b"]


def test_what_fills_the_disk_itself_is_not_started_for_ever(site: Site, open_engine: OpenEngine, disk: Disk) -> None:
    engine, runner = open_engine(site(import_task("a")), plan=False, hold=("a",))
    Gate(engine, ANNA).start_tasks(["a"])
    for number in range(1, 10):
        disk.free = 50_000
        look(engine)
        if engine.dispatcher.current("a") is None:
            break
        runner.wait_started(*["a"] * number)
        disk.free = 10
        look(engine)
        settle(engine, runner)
        look(engine)
    assert runner.started == ["a"] * 4
    last = engine.workspace.journal.runs.latest("a", limit=1)[0]
    assert "not started again by itself" in last.message


def test_a_notice_of_the_disk_outlives_a_reload(site: Site, open_engine: OpenEngine, disk: Disk) -> None:
    engine, _ = open_engine(site(import_task("a")), plan=False)
    disk.free = 10
    look(engine)
    engine.reload()
    view = Gate(engine, ANNA).snapshot()
    assert view is not None
    assert view.notice.startswith("Runs wait for disk space: 10.0 MB free, 500.0 MB wanted in ")


def test_the_disk_is_really_asked(site: Site, open_engine: OpenEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    real = os.statvfs

    def statvfs(place: Path) -> os.statvfs_result:
        asked.append(str(place))
        return real(place)

    monkeypatch.setattr(disk_watch, "os", SimpleNamespace(statvfs=statvfs))
    config = site(import_task("a"))
    open_engine(config, plan=False)
    assert str(config.parent / "data") in asked
