"""A disk that is full: a plain message, nothing lost, and once there is room again the work goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support import kept_state
from support.live_engine import live_engine
from support.pendel_cli import pendel
from support.small_disk import SmallDisk, small_disk
from support.supplier_site import csv_of, make_articles, write_config

from core.runs import RunState

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ARTICLES = 20_000
FEW = 1000
UNWATCHED = "min_free = 0"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk", megabytes=32) as mounted:
        yield mounted


@pytest.fixture
def config(tmp_path: Path, disk: SmallDisk) -> Path:
    """A workspace with its data on the small disk, a few articles in it, and many in the supplier's file."""
    path = write_config(tmp_path, data_dir=str(disk.path / "data"), engine_settings=UNWATCHED)
    source = tmp_path / "supplier" / "prices.csv"
    source.write_bytes(csv_of(make_articles(FEW, seed=61)))
    assert pendel(path, "run", "full").code == 0
    source.write_bytes(csv_of(make_articles(ARTICLES, seed=62)))
    return path


@pytest.mark.parametrize(
    "leave",
    [
        pytest.param(0, id="no-room-for-the-journal"),
        pytest.param(600_000, id="no-room-for-the-spool"),
        pytest.param(1_700_000, id="no-room-for-the-catalogue"),
        pytest.param(3_000_000, id="room-for-some-blocks"),
    ],
)
def test_an_import_onto_a_full_disk_fails_plainly_and_succeeds_with_room(
    config: Path, disk: SmallDisk, leave: int
) -> None:
    data = disk.path / "data"
    before = kept_state.records(data)
    disk.fill(leave=leave)

    answer = pendel(config, "run", "full")

    assert answer.code == 1, answer.notes
    said = answer.notes.replace(str(disk.path), "")
    assert "disk" in said
    assert "full" in said
    assert "fault in Pendel" not in said
    kept = {row[4]: row for row in kept_state.records(data)}
    assert len(kept) >= FEW
    assert {row[4] for row in before} <= kept.keys()

    disk.make_room()
    again = pendel(config, "run", "full")

    assert again.code == 0, again.notes
    assert len(kept_state.records(data)) == ARTICLES
    assert again.counts["read"] == ARTICLES


def test_an_engine_outlives_a_full_disk(config: Path, disk: SmallDisk) -> None:
    with live_engine(config) as live:
        disk.fill(leave=3_000_000)
        failed = live.ended(live.start("full"))
        assert failed.state is RunState.FAILED
        assert "the disk of the data directory is full" in failed.message
        assert 0 < failed.counts.new < ARTICLES

        disk.make_room()
        good = live.ended(live.start("full"))

        assert good.state is RunState.SUCCEEDED, good.message
        assert good.counts.read == ARTICLES
    assert len(kept_state.records(disk.path / "data")) == ARTICLES


def test_a_shop_whose_disk_is_full_keeps_its_old_file(tmp_path: Path) -> None:
    with small_disk(tmp_path / "shop", megabytes=4) as disk:
        config = write_config(
            tmp_path, shop_path="changes.csv", export_settings="overwrite = true", engine_settings=UNWATCHED
        )
        source, target = tmp_path / "supplier" / "prices.csv", disk.path / "changes.csv"
        source.write_bytes(csv_of(make_articles(ARTICLES, seed=63)))
        assert pendel(config, "run", "full").code == 0
        assert pendel(config, "run", "shop").code == 0
        old, cursor = target.read_bytes(), kept_state.cursor(tmp_path / "data", "shop")
        source.write_bytes(csv_of(make_articles(ARTICLES, seed=64)))
        assert pendel(config, "run", "full").code == 0
        disk.fill(leave=len(old) // 2)

        answer = pendel(config, "run", "shop")

        assert answer.code == 1, answer.notes
        assert "is full" in answer.told["message"].replace(str(tmp_path), "")
        assert target.read_bytes() == old
        assert sorted(path.name for path in disk.path.iterdir()) == ["changes.csv", "filler"]
        assert kept_state.cursor(tmp_path / "data", "shop") == cursor

        disk.make_room()

        assert pendel(config, "run", "shop").counts == {"written": ARTICLES}
        assert target.read_bytes() != old
