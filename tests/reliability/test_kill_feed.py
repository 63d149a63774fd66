"""kill -9 of a process that writes a feed: the shop is told every change, each once, and never sees half a document."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING

import pytest
from support import kept_state
from support.supplier_site import Article, csv_of, make_articles, write_config

if TYPE_CHECKING:
    from pathlib import Path

    from support.killing import Nursery

KILLS = 12
ARTICLES = 20_000
FEED = """
[layouts.feed]
direction = "feed"
entity = "article"
format = "json"
schema_file = "feed.schema.json"
root = { members = [
  { name = "articles", records = true, members = [
    { name = "number", field = "number" },
    { name = "price", field = "gross_price", format = "0.00", write_as = "text" },
    { name = "successors", repeat = { entity = "article", on = { number = "successor" } }, field = "number" },
  ] },
] }

[[tasks]]
id = "feed"
type = "feed"
description = "Changed articles to the shop"
sequence = 30
entity = "article"
layout = "feed"
changes_only = true
if_empty = "skip"
target = { location = "shop", path = "feed-{sequence:05}.json" }
"""
SCHEMA = {"properties": {"articles": {"items": {"required": ["number", "price"]}}}}


class Shop:
    """A workspace with an assortment that the shop has been told of."""

    def __init__(self, root: Path, nursery: Nursery, articles: int) -> None:
        self.root = root
        self.config = write_config(root)
        with self.config.open("a", encoding="utf-8") as file:
            file.write(FEED)
        (root / "feed.schema.json").write_text(json.dumps(SCHEMA))
        self.nursery = nursery
        self.rng = random.Random(31)
        self.articles: dict[str, Article] = {
            key: {**article, "Bruto": self.price()} for key, article in make_articles(articles, seed=32).items()
        }
        self.bring(self.articles)
        self.seconds = self.feed()
        assert len(self.told()) == articles

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

    def feed(self) -> float:
        ended = self.nursery.run(self.config, "run", "feed")
        assert ended.code == 0, ended.notes
        return ended.seconds

    def told(self) -> list[tuple[str, str]]:
        """Take all documents that lie in the shop's directory, and return what they say."""
        found: list[tuple[str, str]] = []
        for path in sorted(self.root.joinpath("shop").glob("*.json")):
            found += [(each["number"], each["price"]) for each in json.loads(path.read_bytes())["articles"]]
            path.unlink()
        return sorted(found)


@pytest.mark.slow
def test_every_change_is_told_once_whenever_the_feed_is_killed(tmp_path: Path, nursery: Nursery) -> None:
    shop = Shop(tmp_path, nursery, ARTICLES)
    share, kills = 1.0, 0
    while kills < KILLS:
        changes = shop.change(ARTICLES // 3)
        moment = (kills + shop.rng.random()) / KILLS * shop.seconds * share
        if nursery.run(shop.config, "run", "feed", kill_after=moment).killed:
            kills += 1
        else:
            share *= 0.9
        shop.feed()
        assert shop.told() == sorted(changes.items())
    assert {run["state"] for run in kept_state.runs(tmp_path / "data", "feed")} <= {"succeeded", "skipped"}


@pytest.mark.parametrize(
    "dies",
    [
        ("before", "core.exchange.feeds.writing", "FeedWriter.write"),
        ("after", "core.exchange.feeds.writing", "FeedWriter._copy"),
        ("after", "core.exchange.feeds.writing", "FeedWriter.write"),
        ("before", "core.transfer.local", "LocalLocation._rename_new"),
        ("after", "core.transfer.local", "LocalLocation._rename_new"),
        ("before", "core.store.journal.records", "Cursors.set"),
        ("before", "core.store.journal.runs", "Runs.end"),
    ],
    ids=lambda dies: f"{dies[0]} {dies[2]}",
)
def test_a_feed_that_is_killed_is_whole_in_the_end(
    tmp_path: Path, nursery: Nursery, dies: tuple[str, str, str]
) -> None:
    shop = Shop(tmp_path, nursery, 500)
    changes = shop.change(50)

    assert nursery.run(shop.config, "run", "feed", dies=dies).killed
    # Whatever has the name of a document already is whole.
    for arrived in (tmp_path / "shop").glob("*.json"):
        assert len(json.loads(arrived.read_bytes())["articles"]) == len(changes)
    shop.feed()

    assert shop.told() == sorted(changes.items())
    assert not list((tmp_path / "shop").iterdir())
    assert kept_state.runs(tmp_path / "data", "feed")[-1]["state"] in ("succeeded", "skipped")
