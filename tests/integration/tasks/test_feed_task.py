"""The feed task: which records stand in the document, with what belongs to them, and when it counts as sent (FE1)."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from lxml import etree
from support.kept_state import cursor
from support.pendel_cli import pendel
from support.task_site import TaskSite, export_of, import_of, task_table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TABLES = """
[layouts.articles]
direction = "import"
entity = "article"
format = "csv"
columns = [
  { column = "no", field = "number" },
  { column = "product", field = "product" },
  { column = "nl", field = "description.nl" },
  { column = "en", field = "description.en" },
  { column = "price", field = "gross_price" },
  { column = "web", field = "published_webshop" },
]

[layouts.products]
direction = "import"
entity = "product"
format = "csv"
columns = [
  { column = "no", field = "number" },
  { column = "nl", field = "name.nl" },
  { column = "web", field = "published_webshop" },
]

[layouts.list]
direction = "export"
entity = "article"
format = "csv"
columns = [{ column = "no", field = "number" }, { column = "what", field = "mutation" }]

[layouts.xml]
direction = "feed"
entity = "article"
format = "xml"
root = { name = "articles", attributes = [{ name = "count", constant = "{count}" }], elements = [
  { name = "article", records = true, attributes = [{ name = "what", field = "mutation" }], elements = [
    { name = "no", field = "number" },
    { name = "text", field = "description" },
    { name = "price", field = "gross_price", format = "0.00" },
  ] },
] }

[layouts.strict]
direction = "feed"
entity = "article"
format = "json"
schema_file = "schemas/articles.json"
root = { members = [
  { name = "articles", records = true, members = [
    { name = "no", field = "number" }, { name = "price", field = "gross_price" },
  ] },
] }

[layouts.tree]
direction = "feed"
entity = "product"
format = "json"
root = { records = true, members = [
  { name = "no", field = "number" },
  { name = "articles", if_empty = "write", repeat = { entity = "article" }, field = "number" },
] }
"""
SCHEMA = {
    "type": "object",
    "properties": {"articles": {"items": {"required": ["price"], "properties": {"price": {"minimum": 1}}}}},
}
ARTICLES = import_of("articles", layout="articles", delta=False, max_archived=1)
PRODUCTS = import_of("products", layout="products", entity="product")
THREE = "no,product,nl,en,price,web\nA1,,stoel,chair,1.25,ja\nA2,,tafel,,2.5,nee\nA3,,kast & bed,,3,ja\n"


@pytest.fixture
def site(workspace: Callable[..., Path]) -> Callable[..., TaskSite]:
    """Make a workspace: ``site(task, …)`` with tasks as TOML."""

    def make(*tasks: str) -> TaskSite:
        engine = 'languages = ["nl", "en"]\nattempts = 1\npublications = ["webshop"]'
        made = TaskSite(workspace("\n".join((TABLES, ARTICLES, PRODUCTS, *tasks)), engine=engine))
        made.put("uploads/articles.csv", THREE)
        made.put("schemas/articles.json", json.dumps(SCHEMA))
        return made

    return make


def feed_of(task_id: str, layout: str = "xml", **settings: Any) -> str:
    """Return a feed of articles to ``<id>.feed`` in the export directory, as TOML."""
    given = {"entity": "article", "layout": layout, "file": f"{task_id}.feed", **settings}
    return task_table(task_id, "feed", given)


def told(made: TaskSite, name: str = "feed.feed") -> dict[str, str]:
    """Return what the document says became of each article."""
    tree = etree.parse(made.home / "exports" / name).getroot()
    return {str(each.findtext("no")): str(each.get("what")) for each in tree}


def supplied(made: TaskSite, content: str = THREE) -> None:
    made.put("uploads/articles.csv", content)
    assert made.run("articles").code == 0


def test_a_document_with_the_records_and_their_count(site: Callable[..., TaskSite]) -> None:
    made = site(feed_of("feed"), feed_of("english", language="en"))
    supplied(made)
    answer = made.run("feed")
    assert (answer.code, answer.counts) == (0, {"written": 3})
    assert made.files("exports")["feed.feed"] == (
        '<?xml version="1.0" encoding="UTF-8"?>\n<articles count="3">\n'
        '<article what="new"><no>A1</no><text>stoel</text><price>1.25</price></article>\n'
        '<article what="new"><no>A2</no><text>tafel</text><price>2.50</price></article>\n'
        '<article what="new"><no>A3</no><text>kast &amp; bed</text><price>3.00</price></article>\n</articles>\n'
    )
    made.run("english")
    assert "<text>chair</text>" in made.files("exports")["english.feed"]


def test_it_is_compressed_and_replaces_what_is_there_only_where_that_is_set(site: Callable[..., TaskSite]) -> None:
    made = site(feed_of("feed", compress=True), feed_of("again", file="feed.feed", compress=True, overwrite=True))
    supplied(made)
    assert made.run("feed").code == 0
    with zipfile.ZipFile(made.home / "exports" / "feed.feed.zip") as packed:
        assert packed.namelist() == ["feed.feed"]
        assert b"<no>A1</no>" in packed.read("feed.feed")
    refused = made.run("feed")
    assert refused.code == 1
    assert "exists at the export directory" in refused.told["message"]
    assert made.run("again").code == 0


@pytest.mark.parametrize(("if_empty", "files"), [("write", {"feed.feed"}), ("skip", set())])
def test_nothing_selected(site: Callable[..., TaskSite], if_empty: str, files: set[str]) -> None:
    made = site(feed_of("feed", if_empty=if_empty))
    assert made.run("feed").code == 0
    assert set(made.files("exports")) == files


def test_a_dry_run_shows_the_first_records_as_they_are_rendered(site: Callable[..., TaskSite]) -> None:
    made = site(feed_of("feed", publication="webshop"))
    supplied(made)
    answer = made.run("feed", "--dry-run")
    assert answer.counts == {"written": 2}
    assert "Would send feed.feed to the export directory: 2 records" in answer.told["message"]
    assert made.files("exports") == {}
    assert answer.told["details"]["samples"]["written"] == [
        {
            "key": [number],
            "changes": {
                "": [None, f'<article what="new"><no>{number}</no><text>{text}</text><price>{price}</price></article>']
            },
        }
        for number, text, price in (("A1", "stoel", "1.25"), ("A3", "kast &amp; bed", "3.00"))
    ]


# -- publications and changes ----------------------------------------------------------------------------------------


def test_a_publication_chooses_what_exports_and_feeds_have(site: Callable[..., TaskSite]) -> None:
    part = {"entity": "article", "file": "part.csv", "fields": ["number"], "publication": "webshop"}
    made = site(
        feed_of("feed", publication="webshop"),
        feed_of("pool", publication="datapool"),
        export_of("list", layout="list", publication="webshop"),
        task_table("parts", "csv-export", {"exports": [part]}),
    )
    supplied(made)
    made.run("feed", "pool", "list", "parts")
    assert told(made) == {"A1": "new", "A3": "new"}
    assert told(made, "pool.feed") == {}
    assert made.files("exports")["list.csv"].splitlines()[1:] == ["A1,new", "A3,new"]
    assert made.files("exports")["part.csv"].splitlines()[1:] == ["A1", "A3"]


def test_what_is_joined_must_be_published_too(site: Callable[..., TaskSite]) -> None:
    made = site(
        feed_of("shop", "tree", entity="product", publication="webshop"), feed_of("all", "tree", entity="product")
    )
    made.put("uploads/products.csv", "no,nl,web\nP1,Meubel,ja\nP2,Lamp,nee\n")
    made.run("products")
    supplied(made, "no,product,nl,en,price,web\nA1,P1,,,,ja\nA2,P1,,,,nee\nA3,P2,,,,ja\n")
    made.run("shop", "all")
    assert json.loads(made.files("exports")["shop.feed"]) == [{"no": "P1", "articles": ["A1"]}]
    assert json.loads(made.files("exports")["all.feed"]) == [
        {"no": "P1", "articles": ["A1", "A2"]},
        {"no": "P2", "articles": ["A3"]},
    ]


def test_the_receiver_of_changes_is_told_what_is_no_longer_published(site: Callable[..., TaskSite]) -> None:
    made = site(feed_of("feed", publication="webshop", changes_only=True, overwrite=True))

    def changed(*rows: str) -> dict[str, str]:
        supplied(made, "\n".join(("no,product,nl,en,price,web", *rows, "")))
        assert made.run("feed").code == 0
        return told(made)

    assert changed("A1,,,,1,ja", "A2,,,,2,nee", "A3,,,,3,ja", "A4,,,,4,ja") == {"A1": "new", "A3": "new", "A4": "new"}
    # A price, one that comes, one that goes, and one that is archived.
    assert changed("A1,,,,9,ja", "A2,,,,2,ja", "A3,,,,3,nee") == {
        "A1": "changed",
        "A2": "new",
        "A3": "deleted",
        "A4": "deleted",
    }
    # What is not published does not concern the shop, whatever becomes of it.
    assert changed("A1,,,,9,ja", "A2,,,,2,ja", "A3,,,,8,nee", "A5,,,,5,nee") == {}
    assert changed("A1,,,,9,ja", "A2,,,,2,ja", "A3,,,,8,ja", "A4,,,,4,ja") == {"A3": "new", "A4": "new"}
    # Off and on again between two runs.
    supplied(made, "no,product,nl,en,price,web\nA1,,,,9,nee\nA2,,,,2,ja\nA3,,,,8,ja\nA4,,,,4,ja\n")
    assert changed("A1,,,,9,ja", "A2,,,,2,ja", "A3,,,,8,ja", "A4,,,,4,ja") == {"A1": "changed"}
    assert made.run("feed").counts == {}


def test_the_cursor_moves_only_when_the_document_was_delivered(site: Callable[..., TaskSite]) -> None:
    made = site(feed_of("feed", "strict", changes_only=True))
    supplied(made, "no,product,nl,en,price,web\nA1,,,,0.5,\n")
    assert made.run("feed").code == 1
    assert cursor(made.data, "feed") is None
    supplied(made, "no,product,nl,en,price,web\nA1,,,,1.5,\n")
    assert made.run("feed").code == 0
    assert cursor(made.data, "feed") is not None


# -- the schema ------------------------------------------------------------------------------------------------------


def test_a_document_that_is_not_as_its_schema_wants_it_is_not_sent(site: Callable[..., TaskSite]) -> None:
    made = site(feed_of("feed", "strict", overwrite=True))
    made.put("exports/feed.feed", "the last good one")
    supplied(made, THREE.replace("2.5", ""))
    for arguments in (["feed"], ["feed", "--dry-run"]):
        answer = made.run(*arguments)
        assert answer.code == 1
        assert answer.told["details"]["error"] == "DataError"
        assert answer.told["message"].startswith(
            'Record 2 (A2) is not as articles.json wants it: "price" is a required property. Nothing was sent.'
        )
        assert made.files("exports") == {"feed.feed": "the last good one"}
    supplied(made)
    assert made.run("feed").code == 0
    assert len(json.loads(made.files("exports")["feed.feed"])["articles"]) == 3


# -- the configuration -----------------------------------------------------------------------------------------------


def test_a_feed_is_checked_with_the_configuration(site: Callable[..., TaskSite]) -> None:
    made = site(feed_of("feed"))
    assert pendel(made.config, "check").code == 0
    text = made.config.read_text()
    made.config.write_text(text.replace('field = "gross_price", format = "0.00"', 'expression = "gros_price * 2"'))
    answer = pendel(made.config, "check")
    assert answer.code == 2
    assert "'gros_price', which is not there. Did you mean 'gross_price'?" in answer.notes + json.dumps(answer.told)
