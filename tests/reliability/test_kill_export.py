"""kill -9 of an exporting process: the shop is told every change, each once, and never sees half a file."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest
from support import kept_state
from support.told_shop import ToldShop

if TYPE_CHECKING:
    from pathlib import Path

    from support.killing import Nursery
    from support.told_shop import Told

KILLS = 20
ARTICLES = 20_000


def read(path: Path) -> Told:
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    assert header == ["number", "price", "mutation"]
    return [(number, price) for number, price, _ in rows]


def open_shop(root: Path, nursery: Nursery, articles: int, **settings: str) -> ToldShop:
    return ToldShop(root, nursery, articles, task="shop", ending=".csv", read=read, seed=21, **settings)


@pytest.mark.slow
def test_every_change_is_told_once_whenever_the_export_is_killed(tmp_path: Path, nursery: Nursery) -> None:
    shop = open_shop(tmp_path, nursery, ARTICLES)
    shop.killed_at_any_moment(KILLS)
    assert {run["state"] for run in kept_state.runs(tmp_path / "data", "shop")} <= {"succeeded", "skipped"}


def test_a_file_that_arrived_before_the_kill_is_not_sent_again(tmp_path: Path, nursery: Nursery) -> None:
    shop = open_shop(tmp_path, nursery, 1000)
    changes = shop.change(100)

    assert nursery.run(
        shop.config, "run", "shop", dies=("after", "core.transfer.local", "LocalLocation._rename_new")
    ).killed
    (arrived,) = (tmp_path / "shop").glob("*.csv")
    arrived_at = arrived.stat().st_mtime_ns
    shop.tell()

    assert arrived.stat().st_mtime_ns == arrived_at
    assert shop.told() == sorted(changes.items())


def test_a_kill_while_it_is_rendered_leaves_nothing_behind_in_the_end(tmp_path: Path, nursery: Nursery) -> None:
    shop = open_shop(tmp_path, nursery, 1000)
    changes = shop.change(100)

    assert nursery.run(shop.config, "run", "shop", dies=("after", "core.exchange.writing", "_Writer.copy_to")).killed
    (half,) = (tmp_path / "shop").iterdir()
    assert half.name.startswith(".")
    shop.tell()

    assert not list((tmp_path / "shop").glob(".*"))
    assert shop.told() == sorted(changes.items())


def test_a_kill_before_the_rename_leaves_nothing_behind_in_the_end(tmp_path: Path, nursery: Nursery) -> None:
    shop = open_shop(tmp_path, nursery, 1000)
    changes = shop.change(100)

    assert nursery.run(
        shop.config, "run", "shop", dies=("before", "core.transfer.local", "LocalLocation._rename_new")
    ).killed
    assert len(list((tmp_path / "shop").iterdir())) == 1
    shop.tell()

    assert not list((tmp_path / "shop").glob(".*"))
    assert shop.told() == sorted(changes.items())


def test_a_delivery_that_the_journal_knows_of_is_not_made_again(tmp_path: Path, nursery: Nursery) -> None:
    shop = open_shop(tmp_path, nursery, 1000)
    changes = shop.change(100)

    assert nursery.run(shop.config, "run", "shop", dies=("before", "core.store.journal.runs", "Runs.end")).killed
    # The shop takes it before the run is resumed.
    assert shop.told() == sorted(changes.items())
    shop.tell()

    assert shop.told() == []
    assert kept_state.runs(tmp_path / "data", "shop")[-1]["state"] == "succeeded"


def test_an_old_file_of_the_same_name_and_size_is_not_taken_for_the_new_one(tmp_path: Path, nursery: Nursery) -> None:
    shop = open_shop(tmp_path, nursery, 1000, shop_path="changes.csv", export_settings="overwrite = true")
    old = shop.change(100)
    shop.tell()
    old_size = (tmp_path / "shop" / "changes.csv").stat().st_size
    new = shop.change(100)

    assert nursery.run(
        shop.config, "run", "shop", dies=("before", "core.transfer.local", "LocalLocation._store")
    ).killed
    assert (tmp_path / "shop" / "changes.csv").stat().st_size == old_size
    shop.tell()

    assert (tmp_path / "shop" / "changes.csv").stat().st_size == old_size
    told = shop.told()
    assert told == sorted(new.items())
    assert told != sorted(old.items())


def test_a_kill_before_the_cursor_moved_loses_no_change(tmp_path: Path, nursery: Nursery) -> None:
    shop = open_shop(tmp_path, nursery, 1000)
    before = kept_state.cursor(tmp_path / "data", "shop")
    changes = shop.change(100)

    assert nursery.run(shop.config, "run", "shop", dies=("before", "core.store.journal.records", "Cursors.set")).killed
    assert kept_state.cursor(tmp_path / "data", "shop") == before
    later = shop.change(10)
    shop.tell()

    # The resumed run tells what it had seen, and the one after it the rest: a record may stand in both.
    told = shop.told()
    assert len(told) == len(changes) + len(later)
    assert {*changes.items(), *later.items()} <= {*told} | {*changes.items()}
    assert {*later.items()} <= {*told}
