"""kill -9 of an exporting process: the shop is told every change, each once, and never sees half a file."""

from __future__ import annotations

import csv
import random
from typing import TYPE_CHECKING

import pytest
from support import kept_state
from support.supplier_site import Article, csv_of, make_articles, write_config

if TYPE_CHECKING:
    from pathlib import Path

    from support.killing import Nursery

KILLS = 20
ARTICLES = 20_000


class Shop:
    """A workspace with an assortment that the shop has been told of."""

    def __init__(self, root: Path, nursery: Nursery, articles: int, **settings: str) -> None:
        self.root = root
        self.config = write_config(root, **settings)  # type: ignore[arg-type]
        self.nursery = nursery
        self.rng = random.Random(21)
        self.articles: dict[str, Article] = {
            # Prices of one length: all files of changes to as many articles have the same size.
            key: {**article, "Bruto": self.price()}
            for key, article in make_articles(articles, seed=22).items()
        }
        self.bring(self.articles)
        self.seconds = self.export()
        self.told()

    def price(self) -> str:
        return f"{self.rng.randrange(100, 1000)},{self.rng.randrange(100):02d}"

    def change(self, count: int) -> dict[str, str]:
        """Let the supplier change so many prices; return them as the shop must hear of them."""
        keys = self.rng.sample(sorted(self.articles), count)
        for key in keys:
            old = self.articles[key]["Bruto"]
            while self.articles[key]["Bruto"] == old:
                self.articles[key] = {**self.articles[key], "Bruto": self.price()}
        self.bring({key: self.articles[key] for key in keys})
        return {key: self.articles[key]["Bruto"].replace(",", ".") for key in keys}

    def bring(self, articles: dict[str, Article]) -> None:
        (self.root / "supplier" / "prices.csv").write_bytes(csv_of(articles))
        ended = self.nursery.run(self.config, "run", "delta")
        assert ended.code == 0, ended.notes

    def export(self) -> float:
        ended = self.nursery.run(self.config, "run", "shop")
        assert ended.code == 0, ended.notes
        return ended.seconds

    def told(self) -> list[tuple[str, str]]:
        """Take all that lies in the shop's directory, and return what it says."""
        lines: list[tuple[str, str]] = []
        for path in sorted(self.root.joinpath("shop").glob("*.csv")):
            with path.open(encoding="utf-8", newline="") as file:
                header, *rows = csv.reader(file)
            assert header == ["number", "price", "mutation"]
            lines += [(number, price) for number, price, _ in rows]
            path.unlink()
        return sorted(lines)


@pytest.mark.slow
def test_every_change_is_told_once_whenever_the_export_is_killed(tmp_path: Path, nursery: Nursery) -> None:
    shop = Shop(tmp_path, nursery, ARTICLES)
    share, kills = 1.0, 0
    while kills < KILLS:
        changes = shop.change(ARTICLES // 3)
        moment = (kills + shop.rng.random()) / KILLS * shop.seconds * share
        if nursery.run(shop.config, "run", "shop", kill_after=moment).killed:
            kills += 1
        else:
            share *= 0.9
        shop.export()
        assert shop.told() == sorted(changes.items())
    assert {run["state"] for run in kept_state.runs(tmp_path / "data", "shop")} <= {"succeeded", "skipped"}


def test_a_file_that_arrived_before_the_kill_is_not_sent_again(tmp_path: Path, nursery: Nursery) -> None:
    shop = Shop(tmp_path, nursery, 1000)
    changes = shop.change(100)

    assert nursery.run(
        shop.config, "run", "shop", dies=("after", "core.transfer.local", "LocalLocation._rename_new")
    ).killed
    (arrived,) = (tmp_path / "shop").glob("*.csv")
    arrived_at = arrived.stat().st_mtime_ns
    shop.export()

    assert arrived.stat().st_mtime_ns == arrived_at
    assert shop.told() == sorted(changes.items())


def test_a_kill_while_it_is_rendered_leaves_nothing_behind_in_the_end(tmp_path: Path, nursery: Nursery) -> None:
    shop = Shop(tmp_path, nursery, 1000)
    changes = shop.change(100)

    assert nursery.run(shop.config, "run", "shop", dies=("after", "core.exchange.writing", "_Writer.copy_to")).killed
    (half,) = (tmp_path / "shop").iterdir()
    assert half.name.startswith(".")
    shop.export()

    assert not list((tmp_path / "shop").glob(".*"))
    assert shop.told() == sorted(changes.items())


def test_a_kill_before_the_rename_leaves_nothing_behind_in_the_end(tmp_path: Path, nursery: Nursery) -> None:
    shop = Shop(tmp_path, nursery, 1000)
    changes = shop.change(100)

    assert nursery.run(
        shop.config, "run", "shop", dies=("before", "core.transfer.local", "LocalLocation._rename_new")
    ).killed
    assert len(list((tmp_path / "shop").iterdir())) == 1
    shop.export()

    assert not list((tmp_path / "shop").glob(".*"))
    assert shop.told() == sorted(changes.items())


def test_a_delivery_that_the_journal_knows_of_is_not_made_again(tmp_path: Path, nursery: Nursery) -> None:
    shop = Shop(tmp_path, nursery, 1000)
    changes = shop.change(100)

    assert nursery.run(shop.config, "run", "shop", dies=("before", "core.store.journal.runs", "Runs.end")).killed
    # The shop takes it before the run is resumed.
    assert shop.told() == sorted(changes.items())
    shop.export()

    assert shop.told() == []
    assert kept_state.runs(tmp_path / "data", "shop")[-1]["state"] == "succeeded"


def test_an_old_file_of_the_same_name_and_size_is_not_taken_for_the_new_one(tmp_path: Path, nursery: Nursery) -> None:
    shop = Shop(tmp_path, nursery, 1000, shop_path="changes.csv", export_settings="overwrite = true")
    old = shop.change(100)
    shop.export()
    old_size = (tmp_path / "shop" / "changes.csv").stat().st_size
    new = shop.change(100)

    assert nursery.run(
        shop.config, "run", "shop", dies=("before", "core.transfer.local", "LocalLocation._store")
    ).killed
    assert (tmp_path / "shop" / "changes.csv").stat().st_size == old_size
    shop.export()

    assert (tmp_path / "shop" / "changes.csv").stat().st_size == old_size
    told = shop.told()
    assert told == sorted(new.items())
    assert told != sorted(old.items())


def test_a_kill_before_the_cursor_moved_loses_no_change(tmp_path: Path, nursery: Nursery) -> None:
    shop = Shop(tmp_path, nursery, 1000)
    before = kept_state.cursor(tmp_path / "data", "shop")
    changes = shop.change(100)

    assert nursery.run(shop.config, "run", "shop", dies=("before", "core.store.journal.records", "Cursors.set")).killed
    assert kept_state.cursor(tmp_path / "data", "shop") == before
    later = shop.change(10)
    shop.export()

    # The resumed run tells what it had seen, and the one after it the rest: a record may stand in both.
    told = shop.told()
    assert len(told) == len(changes) + len(later)
    assert {*changes.items(), *later.items()} <= {*told} | {*changes.items()}
    assert {*later.items()} <= {*told}
