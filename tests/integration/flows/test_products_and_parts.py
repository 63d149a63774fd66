"""Products with variants, attributes, characteristics and categories, between the catalogue and a webshop (FL3)."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING

import pytest
from support.links.ending import Ending, Killed, ending_at
from support.links.flow_site import FlowSite
from support.links.rest_server import FakeClock, serving
from support.links.webshop import ASKED, CALLS, FLAT, HEAD, NESTED, Webshop, add_webshop, fill_products

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def shop(clock: FakeClock) -> Iterator[Webshop]:
    with serving(Webshop(clock)) as site:
        yield site


@pytest.fixture
def out(shop: Webshop, flows: FlowSite) -> FlowSite:
    add_webshop(flows, shop)
    flows.add_flow("out", "products", "catalogue", "shop")
    fill_products(flows)
    return flows


def test_a_category_comes_before_its_product_and_a_product_before_its_variants(shop: Webshop, out: FlowSite) -> None:
    outcome = out.run("out")
    assert (outcome.counts.new, outcome.counts.rejected) == (2, 0), out.log
    assert shop.writings() == [
        "POST categories ALL",
        "POST products MUG",
        "POST categories CLOTHES",
        "POST products SHIRT",
        "POST variations S-BLUE",
        "POST variations S-RED",
    ]
    ids = {row["code"]: row["id"] for row in shop.tables["categories"]}
    assert shop.tables["categories"][1]["parent"] == str(ids["ALL"])
    shirt, mug = shop.products["SHIRT"], shop.products["MUG"]
    assert (shirt["type"], mug["type"]) == ("configurable", "simple")
    # It stands in its own category alone; the one above is there for that.
    assert shirt["categories"] == [{"id": str(ids["CLOTHES"])}]
    assert (shirt["specs"], mug["specs"]) == ({"Fit": "slim"}, {"Volume": "30"})
    assert shop.variations["S-RED"] == {
        "id": shop.variations["S-RED"]["id"],
        "product": str(shirt["id"]),
        "sku": "S-RED",
        "name": "Shirt red",
        "price": 20,
        "ean": "871",
        "options": [{"name": "Colour", "value": "red"}],
    }
    asked = len(shop.log)
    assert out.run("out").counts.read == 0
    assert shop.log[asked:] == []


def test_an_update_overwrites_of_a_part_what_its_mode_allows(shop: Webshop, out: FlowSite) -> None:
    out.run("out")
    shop.products["SHIRT"] |= {"text": "Enriched there", "specs": {"Fit": "wide", "Care": "40 degrees"}}
    shop.variations["S-RED"] |= {"name": "Named there", "ean": "999"}
    shop.variations["S-BLUE"]["ean"] = ""
    asked = len(shop.writings())
    out.fill("article", [{"number": "S-RED", "gross_price": "25", "gtin": "872", "description.en": "Shirt, red"}])
    out.fill("article", [{"number": "S-BLUE", "gtin": "873"}])
    feature = {"article": "S-RED", "system": "ETIM-10.0", "occurrence": "1"}
    out.fill("article_feature", [{**feature, "feature": "EF3", "name.en": "Cut", "value": "low"}])
    out.fill(
        "article_feature",
        [{**feature, "article": "S-BLUE", "feature": "EF3", "name.en": "Cut", "value": "low"}],
    )
    outcome = out.run("out")
    # A product of which a part changed is another product; the other is left alone.
    assert (outcome.counts.read, outcome.counts.changed, outcome.counts.rejected) == (1, 1, 0), out.log
    assert "MUG" not in str(shop.writings()[asked:])
    red, blue = shop.variations["S-RED"], shop.variations["S-BLUE"]
    assert (red["price"], red["name"], red["ean"]) == (25, "Named there", "999")
    assert (blue["price"], blue["ean"]) == (21, "873")
    assert shop.products["SHIRT"]["text"] == "Enriched there"
    assert shop.products["SHIRT"]["specs"] == {"Fit": "wide", "Care": "40 degrees", "Cut": "low"}


def test_what_is_out_of_use_is_said_to_be_and_never_deleted(shop: Webshop, out: FlowSite) -> None:
    out.run("out")
    out.archive("article", "S-BLUE")
    out.archive("article", "MUG")
    out.fill("article", [{"number": "NEW", "description.en": "Came and went"}])
    out.archive("article", "NEW")
    outcome = out.run("out")
    assert (outcome.counts.new, outcome.counts.changed, outcome.counts.rejected) == (0, 2, 0), out.log
    assert shop.variations["S-BLUE"]["enabled"] is False
    assert "enabled" not in shop.variations["S-RED"]
    assert shop.products["MUG"]["enabled"] is False
    # What the shop never had, it is not given now.
    assert "NEW" not in shop.products
    assert [each.method for each in shop.log if each.method == "DELETE"] == []
    out.fill("article", [{"number": "MUG", "description.en": "Mug", "gross_price": "5"}])
    blue = {"number": "S-BLUE", "product": "SHIRT", "description.en": "Shirt blue", "gross_price": "21"}
    out.fill("article", [blue])
    out.run("out")
    assert (shop.products["MUG"]["enabled"], shop.variations["S-BLUE"]["enabled"]) == (True, True)


def test_a_target_that_takes_no_parts_is_told_what_is_out_of_use_all_the_same(shop: Webshop, flows: FlowSite) -> None:
    add_webshop(flows, shop, HEAD.partition("[kinds.products.write.named]")[0])
    flows.add_flow("out", "products", "catalogue", "shop")
    fill_products(flows)
    # Each variant is a product of its own here.
    assert flows.run("out").counts.new == 3
    assert "options" not in shop.products["S-RED"]
    flows.archive("article", "S-RED")
    feature = {"article": "MUG", "system": "attribute", "feature": "Colour", "occurrence": "1", "value": "white"}
    flows.fill("article_feature", [feature])
    outcome = flows.run("out")
    # A feature makes no other product of one for a target that has none.
    assert (outcome.counts.read, outcome.counts.changed, outcome.counts.rejected) == (1, 1, 0), flows.log
    assert shop.products["S-RED"]["enabled"] is False


def test_a_category_that_is_named_anew_is_updated(shop: Webshop, out: FlowSite) -> None:
    out.run("out")
    out.fill("catalogue_group", [{"catalogue": "own", "code": "ALL", "name.en": "All things"}])
    assert out.run("out").counts.changed == 2
    assert {row["code"]: row["name"] for row in shop.tables["categories"]} == {
        "ALL": "All things",
        "CLOTHES": "Clothes",
    }


def test_a_variant_that_is_refused_fails_its_product_and_nothing_is_doubled(
    shop: Webshop, out: FlowSite, clock: FakeClock
) -> None:
    shop.misbehave("400", "/variations", method="POST", after=1)
    assert out.run("out").counts.rejected == 1
    assert [each.source_key for each in out.failures("out")] == ["product/SHIRT"]
    clock.forward(301)
    assert out.run("out").counts.rejected == 0, out.log
    assert out.failures("out") == []
    posted = [each for each in shop.writings() if each.startswith("POST")]
    assert sorted(posted).count("POST variations S-RED") == 2  # once refused
    assert sorted(shop.variations) == ["S-BLUE", "S-RED"]
    assert sorted(shop.products) == ["MUG", "SHIRT"]


def test_an_answer_that_got_lost_doubles_no_part(shop: Webshop, out: FlowSite) -> None:
    for path in ("/categories", "/products", "/variations"):
        shop.misbehave("lost", path, method="POST")
    assert out.run("out").counts.rejected == 0, out.log
    assert sorted(row["sku"] for row in shop.tables["variations"]) == ["S-BLUE", "S-RED"]
    assert sorted(row["code"] for row in shop.tables["categories"]) == ["ALL", "CLOTHES"]


def test_a_dry_run_shows_the_requests_of_all_parts(shop: Webshop, out: FlowSite) -> None:
    outcome = out.run("out", dry_run=True)
    assert outcome.counts.rejected == 0, out.log
    assert shop.writings() == []
    shown = {each.source_key: [sent["path"] for sent in each.sent] for each in out.activity("out")}
    assert shown["product/SHIRT"] == ["categories", "products", "variations", "variations"]


def test_variants_and_categories_stand_inside_a_product_where_the_system_takes_them_so(
    shop: Webshop, flows: FlowSite
) -> None:
    add_webshop(flows, shop, NESTED)
    flows.add_flow("out", "products", "catalogue", "shop")
    fill_products(flows)
    assert flows.run("out").counts.rejected == 0, flows.log
    assert shop.writings() == ["POST products MUG", "POST products SHIRT"]
    assert shop.products["SHIRT"]["codes"] == ["CLOTHES"]
    ids = {number: row["id"] for number, row in shop.variations.items()}
    shop.variations["S-RED"] |= {"name": "Named there", "ean": "999"}
    flows.fill("article", [{"number": "S-RED", "gross_price": "25", "description.en": "Other"}])
    flows.archive("article", "S-BLUE")
    assert flows.run("out").counts.changed == 1, flows.log
    assert {number: row["id"] for number, row in shop.variations.items()} == ids
    red, blue = shop.variations["S-RED"], shop.variations["S-BLUE"]
    assert (red["name"], red["ean"], red["price"]) == ("Named there", "999", 25)
    # The list takes the place of what there was: what is out of use stays in it.
    assert (blue["enabled"], blue["price"]) == (False, 21)


def shirt_of(shop: Webshop) -> None:
    """Put a product with everything, and one with nothing, into the shop."""
    shop.tables["products"] = [
        {
            "id": 1, "sku": "SHIRT", "name": "Shirt", "type": "configurable", "text": "Of cotton",
            "options": [{"name": "Colour", "value": ["red", "blue"]}], "specs": {"Fit": "slim", "Care": "40"},
            "categories": [
                {"code": "ALL", "name": "Everything", "direct": False},
                {"code": "CLOTHES", "name": "Clothes", "parent": "ALL"},
            ],
        },
        {"id": 2, "sku": "MUG", "name": "Mug", "price": 5, "specs": {"Volume": "30"}, "type": "simple"},
    ]  # fmt: skip
    shop.tables["variations"] = [
        {"id": 10 + at, "product": 1, "sku": f"S-{colour.upper()}", "price": 20 + at,
         "options": [{"name": "Colour", "value": colour}]}
        for at, colour in enumerate(("red", "blue"))
    ]  # fmt: skip


@pytest.mark.parametrize("definition", [CALLS, ASKED])
def test_products_come_into_the_catalogue_as_records_of_all_they_consist_of(
    shop: Webshop, flows: FlowSite, definition: str
) -> None:
    add_webshop(flows, shop, definition)
    shirt_of(shop)
    flows.add_flow("in", "products", "shop", "catalogue")
    outcome = flows.run("in")
    assert (outcome.counts.new, outcome.counts.rejected) == (2, 0), flows.log
    assert flows.kept("product", '"number", "name.en", kind') == [("SHIRT", "Shirt", "configurable")]
    assert flows.kept("article", '"number", product, "long_description.en", gross_price::INT') == [
        ("MUG", None, None, 5),
        ("S-BLUE", "SHIRT", "Of cotton", 21),
        ("S-RED", "SHIRT", "Of cotton", 20),
    ]
    features = "article, system, feature, value"
    assert flows.kept("article_feature", features) == [
        ("MUG", "characteristic", "Volume", "30"),
        ("S-BLUE", "attribute", "Colour", "blue"),
        ("S-BLUE", "characteristic", "Care", "40"),
        ("S-BLUE", "characteristic", "Fit", "slim"),
        ("S-RED", "attribute", "Colour", "red"),
        ("S-RED", "characteristic", "Care", "40"),
        ("S-RED", "characteristic", "Fit", "slim"),
    ]
    assert flows.kept("catalogue_group", 'catalogue, code, "name.en", parent') == [
        ("shop", "ALL", "Everything", None),
        ("shop", "CLOTHES", "Clothes", "ALL"),
    ]
    assert flows.kept("group_member", "code, article") == [("CLOTHES", "S-BLUE"), ("CLOTHES", "S-RED")]
    assert flows.run("in").counts.written == 0


def test_what_the_source_has_no_more_the_catalogue_archives_and_nothing_of_others(
    shop: Webshop, flows: FlowSite
) -> None:
    add_webshop(flows, shop)
    shirt_of(shop)
    flows.add_flow("in", "products", "shop", "catalogue")
    flows.run("in")
    etim = {"article": "S-RED", "system": "ETIM-10.0", "feature": "EF1", "occurrence": "1", "value": "1"}
    flows.fill("article_feature", [etim])
    flows.fill("catalogue_group", [{"catalogue": "own", "code": "X"}])
    flows.fill("group_member", [{"catalogue": "own", "code": "X", "article": "S-RED"}])
    del shop.tables["variations"][1]
    shop.products["SHIRT"] |= {"specs": {"Fit": "slim"}, "categories": [{"code": "ALL", "name": "Everything"}]}
    outcome = flows.run("in")
    assert (outcome.counts.changed, outcome.counts.rejected) == (1, 0), flows.log
    assert flows.kept("article", '"number"') == [("MUG",), ("S-RED",)]
    assert flows.kept("article_feature", "article, system, feature") == [
        ("MUG", "characteristic", "Volume"),
        ("S-RED", "ETIM-10.0", "EF1"),
        ("S-RED", "attribute", "Colour"),
        ("S-RED", "characteristic", "Fit"),
    ]
    assert flows.kept("group_member", "catalogue, code, article") == [("own", "X", "S-RED"), ("shop", "ALL", "S-RED")]


def test_a_part_that_the_catalogue_refuses_keeps_all_of_its_product_out(shop: Webshop, flows: FlowSite) -> None:
    add_webshop(flows, shop)
    shirt_of(shop)
    shop.tables["variations"][1]["price"] = 10**30
    flows.add_flow("in", "products", "shop", "catalogue")
    outcome = flows.run("in")
    assert (outcome.counts.new, outcome.counts.rejected) == (1, 1)
    assert flows.kept("product", '"number"') == []
    assert flows.kept("article", '"number"') == [("MUG",)]
    assert flows.kept("article_feature", "article") == [("MUG",)]
    assert "gross_price" in flows.failures("in")[0].reason


def test_variants_are_products_with_a_parent_where_the_system_has_them_so(shop: Webshop, flows: FlowSite) -> None:
    other = Webshop(flows.clock)
    with serving(other):
        shirt_of(other)
        add_webshop(flows, other)
        add_webshop(flows, shop, FLAT, name="flat")
        flows.add_flow("over", "products", "shop", "flat")
        shop.tables["products"] = [{"id": 900, "sku": "SHIRT", "name": "Shirt"}]
        outcome = flows.run("over")
        assert (outcome.counts.new, outcome.counts.rejected) == (3, 0), flows.log
        assert {sku: row.get("parent") for sku, row in shop.products.items()} == {
            "SHIRT": None,
            "S-RED": "900",
            "S-BLUE": "900",
            "MUG": None,
        }
        assert shop.products["S-RED"]["options"] == [{"name": "Colour", "value": "red"}]
        asked = len(shop.writings())
        flows.run("over")
        assert len(shop.writings()) == asked


@pytest.mark.parametrize("definition", [CALLS, NESTED])
def test_a_variant_that_the_source_has_again_is_in_use_again(shop: Webshop, flows: FlowSite, definition: str) -> None:
    other = Webshop(flows.clock)
    with serving(other):
        shirt_of(other)
        # Its source says of no variant whether it is in use.
        for product in other.tables["products"]:
            product.pop("categories", None)
        add_webshop(flows, other)
        add_webshop(flows, shop, definition, name="target")
        flows.add_flow("over", "products", "shop", "target")
        flows.run("over")
        blue = other.tables["variations"].pop()
        assert flows.run("over").counts.changed == 1, flows.log
        assert [shop.variations[each].get("enabled") for each in ("S-BLUE", "S-RED")] == [False, None]
        other.tables["variations"].append(blue)
        assert flows.run("over").counts.changed == 1, flows.log
        assert [shop.variations[each].get("enabled") for each in ("S-BLUE", "S-RED")] == [True, None]
        asked = len(shop.writings())
        flows.run("over")
        assert len(shop.writings()) == asked


def test_both_ways_each_change_of_a_part_arrives_and_nothing_goes_round(shop: Webshop, flows: FlowSite) -> None:
    add_webshop(flows, shop)
    shirt_of(shop)
    flows.add_flow("in", "products", "shop", "catalogue")
    flows.add_flow("out", "products", "catalogue", "shop")

    def settled() -> None:
        written = len(shop.writings())
        for flow in ("in", "out"):
            assert flows.run(flow).counts.rejected == 0, flows.log
        assert len(shop.writings()) == written

    assert flows.run("in").counts.new == 2
    settled()
    shop.variations["S-RED"]["price"] = 30
    assert flows.run("in").counts.changed == 1
    assert dict(flows.kept("article", '"number", gross_price::INT'))["S-RED"] == 30
    settled()
    assert shop.variations["S-RED"]["price"] == 30
    # A feature alone, and a category alone, are changes of their own.
    feature = {"article": "S-RED", "system": "characteristic", "feature": "Fit", "occurrence": "1", "value": "wide"}
    flows.fill("article_feature", [feature, feature | {"article": "S-BLUE"}])
    assert flows.run("out").counts.changed == 1
    settled()
    flows.fill("catalogue_group", [{"catalogue": "shop", "code": "CLOTHES", "name.en": "Clothing"}])
    assert flows.run("out").counts.changed == 1
    settled()
    flows.fill("article", [{"number": "S-BLUE", "gross_price": "31"}])
    assert flows.run("out").counts.changed == 1
    assert shop.variations["S-BLUE"]["price"] == 31
    settled()
    assert sorted(shop.products) == ["MUG", "SHIRT"]
    assert sorted(shop.variations) == ["S-BLUE", "S-RED"]


@contextmanager
def filled_site(directory: Path) -> Iterator[tuple[FlowSite, Webshop]]:
    clock = FakeClock()
    filled = directory.parent / "filled"
    if not filled.exists():
        filled.mkdir()
        fill_products(FlowSite(filled, clock))
    shutil.copytree(filled / "data", directory / "data")
    with serving(Webshop(clock)) as shop:
        flows = FlowSite(directory, clock, run=100)
        add_webshop(flows, shop)
        flows.add_flow("out", "products", "catalogue", "shop")
        yield flows, shop


@pytest.mark.parametrize("how", ["ended before", "ended after"])
def test_a_flow_of_products_that_is_ended_anywhere_doubles_and_loses_no_part(tmp_path: Path, how: Ending) -> None:
    for number in count(1):
        (place := tmp_path / str(number)).mkdir()
        with filled_site(place) as (flows, shop):
            with ending_at(number, how, [shop]) as death:
                try:
                    flows.run("out", stop=death)
                except Killed:
                    ended = True
                else:
                    ended = False
            outcome = flows.run("out")
            assert outcome.counts.rejected == 0, (number, flows.log)
            before = len(shop.writings())
            flows.run("out")
            assert len(shop.writings()) == before
            assert {name: len(rows) for name, rows in shop.tables.items()} == {
                "products": 2, "variations": 2, "categories": 2,
            }, number  # fmt: skip
        if not ended:
            break
    assert number > 10


def test_a_link_says_for_a_part_whether_an_update_may_overwrite_it(shop: Webshop, flows: FlowSite) -> None:
    add_webshop(
        flows, shop, CALLS, more='sync.products = { write = true, fields = [{ name = "variants.price", field = '
        '"gross_price", write = "on_create" }] }\n',
    )  # fmt: skip
    flows.add_flow("out", "products", "catalogue", "shop")
    fill_products(flows)
    flows.run("out")
    flows.fill("article", [{"number": "S-RED", "gross_price": "99"}])
    assert flows.run("out").counts.changed == 1
    assert shop.variations["S-RED"]["price"] == 20
