"""Every sample of the collection of formats is read, with what was counted in it by other means."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from lxml import etree
from support.bmecat_desk import BmecatDesk, shared

from core.config.industry import BmecatHeader, EtimBmecatHeader

if TYPE_CHECKING:
    from pathlib import Path

    from support.format_desk import Found

GOOD = {
    "bmecat-1.2/samples/golden-new-catalog.xml": "1000",
    "bmecat-1.2/samples/real-fischer-price-validity.xml": "079685",
    "bmecat-1.2/samples/real-kstools-category-tree-doctype.xml": "100.1180",
    "bmecat-2005/samples/golden-new-catalog.xml": "1000",
    "bmecat-2005/samples/minimal-2005.1.xml": "",
    "bmecat-2005/samples/minimal-2005.2.xml": "",
    "bmecat-2005/samples/real-weidmueller-1351590000.xml": "1351590000",
    "bmecat-2005/samples/real-weidmueller-1609801044.xml": "1609801044",
    "bmecat-2005/samples/real-weidmueller-8965490000.xml": "8965490000",
    "bmecat-2005/samples/small-document.xml": "1 2 3",
    "bmecat-etim/samples/official-sample-v5-etim10.xml": "411061",
    "bmecat-etim/samples/official-sample-v5-etim7.xml": "411061",
}
"""With the numbers of their articles."""
COUNTED = {
    "article": ("ARTICLE", "PRODUCT"),
    "price": ("ARTICLE_PRICE", "PRODUCT_PRICE"),
    "catalogue_group": ("CATALOG_STRUCTURE",),
    "group_member": ("ARTICLE_TO_CATALOGGROUP_MAP", "PRODUCT_TO_CATALOGGROUP_MAP"),
    "relation": ("ARTICLE_REFERENCE", "PRODUCT_REFERENCE"),
    "packaging": ("UDX.EDXF.PACKING_UNIT",),
    "surcharge": ("UDX.EDXF.SURCHARGE",),
}


def desk_for(path: str, directory: Path) -> BmecatDesk:
    return BmecatDesk("etim-bmecat" if "etim" in path else "bmecat", directory)


@pytest.mark.parametrize("path", GOOD)
def test_a_good_sample_is_read_whole(path: str, tmp_path: Path) -> None:
    source = shared(path)
    found = desk_for(path, tmp_path).take(source)
    tree = etree.parse(source, etree.XMLParser(load_dtd=False, no_network=True)).getroot()
    names = Counter(etree.QName(each).localname for each in tree.iter(etree.Element))
    assert not found.rejects
    assert [row["number"] for row in found.rows["article"]] == GOOD[path].split()
    for entity, elements in COUNTED.items():
        assert len(found.rows[entity]) == sum(names[name] for name in elements), entity
    articles = [each for name in ("ARTICLE", "PRODUCT") for each in tree.iter(f"{{*}}{name}")]
    features = [each for article in articles for each in article.iter("{*}FEATURE")]
    assert len(found.rows["article_feature"]) == len(features)
    amounts = [Decimal(each.text or "") for each in tree.iter("{*}PRICE_AMOUNT")]
    read = [
        Decimal(row[field]) for row in found.rows["price"] for field in ("gross_price", "net_price", "retail_price")
        if field in row
    ]  # fmt: skip
    assert sum(read) == sum(amounts)


@pytest.mark.parametrize("path", [path for path in GOOD if "minimal" not in path])
def test_a_look_at_a_sample_says_what_reading_finds(path: str, tmp_path: Path) -> None:
    source = shared(path)
    desk = desk_for(path, tmp_path)
    seen = desk.inspect(source)
    assert seen.facts == desk.take(source).content.facts
    assert seen.counts["articles"] == str(len(GOOD[path].split()))
    assert not seen.problems


def test_the_first_catalogue_and_its_price_update(tmp_path: Path) -> None:
    desk = BmecatDesk("bmecat", tmp_path)
    desk.take(shared("bmecat-1.2/samples/golden-new-catalog.xml"))
    update = shared("bmecat-1.2/samples/golden-update-prices.xml").read_bytes()
    found = desk.take(update.replace(b'prev_version="42"', b'prev_version="0"'))
    assert sum(Decimal(row["net_price"]) for row in found.rows["price"]) == Decimal("2800.4")
    assert found.one("price", quantity_from="100")["valid_until"] == "2001-07-31"
    assert found.one("price", quantity_from="100")["territories"] == "DE\nAT"


def test_commas_in_numbers_are_rejected_each_with_line_and_field(tmp_path: Path) -> None:
    desk = BmecatDesk("bmecat", tmp_path)
    for path in ("bmecat-1.2/samples/bad-separators.xml", "bmecat-1.2/samples/converter-full-data.xml"):
        found = desk.take(shared(path))
        desk.known.clear()
        assert [(row.line, row.place, row.field, row.value) for row in found.rejects] == [
            (71, "ARTICLE 12345", "gross_price", "17,5"),
            (71, "ARTICLE 12345", "vat_rate", "0,19"),
        ]
        assert found.one("price")["net_price"] == "10.5"
        assert found.one("article")["net_price"] == "10.5"


def test_a_date_that_says_nothing_rejects_the_prices_of_its_period(tmp_path: Path) -> None:
    found = BmecatDesk("bmecat", tmp_path).take(shared("bmecat-1.2/samples/bad-date-without-type.xml"))
    assert [(row.entity, row.line, row.field, row.value) for row in found.rejects] == [
        ("price", 301, "DATETIME", "2018-01-08"),
        ("price", 305, "DATETIME", "2018-01-08"),
    ]
    assert len(found.rows["article"]) == 1


def test_details_inside_details_are_no_article(tmp_path: Path) -> None:
    found = BmecatDesk("bmecat", tmp_path).take(shared("bmecat-1.2/samples/bad-nested-article-details.xml"))
    (reject,) = found.rejects
    assert (reject.line, reject.place) == (52, "ARTICLE 100.1181")
    assert found.counts() == {"supplier_catalogue": 1}


def test_bmecat_1_01(tmp_path: Path) -> None:
    found = BmecatDesk("bmecat", tmp_path).take(shared("bmecat-1.2/samples/v1.01-new-catalog.xml"))
    assert found.content.facts.title == "BMEcat 1.01"
    assert found.counts()["catalogue_group"] == 6
    assert [row["number"] for row in found.rows["article"]] == ["54-Charlie-R", "54-Dennis-B"]
    assert {row.entity for row in found.rejects} == {"price"}
    assert found.rows["article"][0]["status"] == "bargain new_product"
    assert found.rows["article"][0]["status_text.de"] == "Dauertiefstpreis\nSeit dieser Saison neu"


def test_nothing_of_an_official_sample_is_lost_on_the_way_round(tmp_path: Path) -> None:
    for path in (
        "bmecat-etim/samples/official-sample-v5-etim10.xml",
        "bmecat-etim/samples/official-sample-v5-etim7.xml",
    ):
        source = shared(path)
        desk = BmecatDesk("etim-bmecat", tmp_path)
        found = desk.take(source)
        content, written, writing = desk.put(found.rows, EtimBmecatHeader(), languages=["en", "nl"])
        assert (written.records, writing.refused, writing.warned) == (1, {}, {})
        assert texts_of(etree.fromstring(content)) == texts_of(etree.parse(source).getroot())
        again = BmecatDesk("etim-bmecat", tmp_path).take(content)
        assert in_any_order(again) == in_any_order(found)
        now, known = again.one("supplier_catalogue"), found.one("supplier_catalogue")
        assert now == known | {"generated_on": "2026-03-02"}


def in_any_order(found: Found) -> dict[str, list[list[tuple[str, str]]]]:
    """Return the records that are written; those of an article are written in the order of their key."""
    return {
        entity: sorted(sorted(row.items()) for row in rows)
        for entity, rows in found.rows.items()
        if entity not in ("supplier_catalogue", "classification_system", "classification_class")
    }


def texts_of(element: etree._Element) -> Counter[tuple[str, str]]:
    """Return the articles of a catalogue as their elements and texts, whatever their order and their numbers' zeros."""
    return Counter(
        (etree.QName(each).localname, (each.text or "").strip())
        for article in element.iter("{*}PRODUCT")
        for each in article.iter(etree.Element)
    )


@pytest.mark.parametrize(
    "path", ["bmecat-1.2/samples/golden-new-catalog.xml", "bmecat-2005/samples/golden-new-catalog.xml"]
)
def test_what_is_written_of_a_sample_is_read_as_it_was(path: str, tmp_path: Path) -> None:
    desk = BmecatDesk("bmecat", tmp_path)
    found = desk.take(shared(path))
    version = "1.2" if "1.2" in path else "2005"
    content, written, writing = desk.put(
        found.rows, BmecatHeader.model_validate({"version": version}), languages=["de"]
    )
    again = BmecatDesk("bmecat", tmp_path).take(content)
    assert (written.records, writing.refused) == (1, {})
    assert in_any_order(again) == in_any_order(found)
    kept, now = found.one("supplier_catalogue"), again.one("supplier_catalogue")
    assert now == kept | {"generated_on": "2026-03-02", "default_language": now["default_language"]}
