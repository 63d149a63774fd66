"""kill -9 of a process that writes a feed: the shop is told every change, each once, and never sees half a document."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from support import kept_state
from support.told_shop import ToldShop

if TYPE_CHECKING:
    from pathlib import Path

    from support.killing import Nursery
    from support.told_shop import Told

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


def read(path: Path) -> Told:
    return [(each["number"], each["price"]) for each in json.loads(path.read_bytes())["articles"]]


def open_shop(root: Path, nursery: Nursery, articles: int) -> ToldShop:
    (root / "feed.schema.json").write_text(json.dumps(SCHEMA))
    return ToldShop(root, nursery, articles, task="feed", ending=".json", read=read, seed=31, more=FEED)


@pytest.mark.slow
def test_every_change_is_told_once_whenever_the_feed_is_killed(tmp_path: Path, nursery: Nursery) -> None:
    shop = open_shop(tmp_path, nursery, ARTICLES)
    shop.killed_at_any_moment(KILLS)
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
    shop = open_shop(tmp_path, nursery, 500)
    changes = shop.change(50)

    assert nursery.run(shop.config, "run", "feed", dies=dies).killed
    # Whatever has the name of a document already is whole.
    for arrived in (tmp_path / "shop").glob("*.json"):
        assert len(json.loads(arrived.read_bytes())["articles"]) == len(changes)
    shop.tell()

    assert shop.told() == sorted(changes.items())
    assert not list((tmp_path / "shop").iterdir())
    assert kept_state.runs(tmp_path / "data", "feed")[-1]["state"] in ("succeeded", "skipped")
