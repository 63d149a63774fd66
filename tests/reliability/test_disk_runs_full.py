"""A disk that gets full while runs go: they stop and wait before it is, and go on by themselves when there is room."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support import kept_state
from support.live_engine import live_engine
from support.pendel_cli import pendel
from support.pendel_process import command
from support.small_disk import SmallDisk, small_disk
from support.supplier_site import csv_of, make_articles, write_config
from support.waiting import wait_until

from core.engine.api.rights import Right
from core.runs import RunState

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.live_engine import LiveEngine

    from core.engine.api import RunView

ARTICLES = 20_000
TOO_LITTLE = 11_000_000
"""Bytes; of the small disk, a tenth is to be kept free. What is left lasts until the watch has looked."""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk", megabytes=128) as mounted:
        yield mounted


def notice(live: LiveEngine) -> str:
    shown = live.engine.board.snapshot(-1, log_number=0, right=Right.VIEW)
    assert shown is not None
    return shown.notice


def shown(live: LiveEngine, task: str) -> RunView | None:
    live.engine.dispatcher.refresh_reasons()
    view = live.engine.board.task(task)
    assert view is not None
    return view.run


def waits_for_space(live: LiveEngine, task: str) -> bool:
    run = shown(live, task)
    return run is not None and run.state is RunState.WAITING and run.waits_for.startswith("waits for disk space: ")


def test_a_run_stops_before_the_disk_is_full_and_goes_on_when_there_is_room(tmp_path: Path, disk: SmallDisk) -> None:
    config = write_config(tmp_path, data_dir=str(disk.path / "data"), block_rows=100)
    (tmp_path / "supplier" / "prices.csv").write_bytes(csv_of(make_articles(ARTICLES, seed=71)))
    with live_engine(config) as live:
        first = live.start("full")
        live.wait_for_step("full", "applying")
        disk.fill(leave=TOO_LITTLE)

        stopped = live.ended(first)

        assert stopped.state is RunState.STOPPED
        assert stopped.message.startswith("Stopped for want of disk space: ")
        assert "MB free, 13.4 MB wanted" in stopped.message
        assert 0 < stopped.counts.new < ARTICLES
        wait_until(lambda: waits_for_space(live, "full"), "the wait for space")
        assert "Runs wait for disk space" in notice(live)
        again = shown(live, "full")
        assert again is not None

        disk.make_room()

        assert live.ended(again.id).state is RunState.SUCCEEDED
        wait_until(lambda: notice(live) == "", "the end of the notice")
    assert len(kept_state.records(disk.path / "data")) == ARTICLES


def test_nothing_starts_on_a_disk_that_is_nearly_full_but_what_makes_room(tmp_path: Path, disk: SmallDisk) -> None:
    config = write_config(tmp_path, data_dir=str(disk.path / "data"))
    (tmp_path / "supplier" / "prices.csv").write_bytes(csv_of(make_articles(100, seed=72)))
    assert pendel(config, "run", "full").code == 0
    disk.fill(leave=TOO_LITTLE)
    with live_engine(config) as live:
        run = live.start("full")
        assert waits_for_space(live, "full")
        assert live.ended(live.start("system-retention")).state is RunState.SUCCEEDED
        assert waits_for_space(live, "full")

        disk.make_room()

        assert live.ended(run).state is RunState.SUCCEEDED


def test_who_waits_for_a_run_by_hand_is_told_that_it_waits_for_room(tmp_path: Path, disk: SmallDisk) -> None:
    config = write_config(tmp_path, data_dir=str(disk.path / "data"))
    (tmp_path / "supplier" / "prices.csv").write_bytes(csv_of(make_articles(100, seed=73)))
    disk.fill(leave=TOO_LITTLE)
    with command(config, "run", "full", "--quiet") as running:
        running.wait_for("Runs wait for disk space: ")
        disk.make_room()
        code, out, notes = running.end()
    assert (code, notes.count("Runs wait for disk space")) == (0, 1)
    assert out.startswith("full: succeeded: ")


def test_the_full_disk_of_a_target_holds_up_its_exports_only(tmp_path: Path, disk: SmallDisk) -> None:
    config = write_config(tmp_path, shop=f'protocol = "local"\ndirectory = "{disk.path}"')
    (tmp_path / "supplier" / "prices.csv").write_bytes(csv_of(make_articles(100, seed=73)))
    disk.fill(leave=TOO_LITTLE)
    with live_engine(config) as live:
        # While one of two slots is taken by what runs, the watch sees the waiting export too.
        live.engine.dispatcher.resize(0)
        export = live.start("shop")
        wait_until(lambda: "Runs wait for disk space" in notice(live), "the notice")
        live.engine.dispatcher.resize(1)
        assert waits_for_space(live, "shop")
        assert live.ended(live.start("full")).state is RunState.SUCCEEDED
        assert waits_for_space(live, "shop")

        disk.make_room()

        assert live.ended(export).state is RunState.SUCCEEDED
    assert len(list(disk.path.glob("changes-*.csv"))) == 1
