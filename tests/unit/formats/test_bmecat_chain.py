"""Which catalogue may be taken in after which: versions, languages, updates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.bmecat_desk import BmecatDesk, catalogue, prices, product

from core.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def desk(tmp_path: Path) -> BmecatDesk:
    """At which version 1.0 of the catalogue was read, in Dutch."""
    desk = BmecatDesk("bmecat", tmp_path)
    desk.take(catalogue(product("1")))
    return desk


def update(before: str, *, transaction: str = "T_UPDATE_PRODUCTS") -> str:
    body = prices("1", "5") if transaction == "T_UPDATE_PRICES" else product("1", mode="update")
    return catalogue(body, transaction=transaction, before=before)


def next_update(desk: BmecatDesk) -> str:
    return desk.known["supplier_catalogue", "S", "C"]["prev_version"]


def test_a_new_catalogue_is_taken_whole_and_carries_nothing_over(tmp_path: Path) -> None:
    found = BmecatDesk("bmecat", tmp_path).take(catalogue(product("1")))
    scopes = {part.entity.name: part.scope for part in found.content.parts}
    assert scopes.pop("supplier_catalogue") == scopes.pop("classification_system") == "listed"
    # Other classifications may lie in the same assortment.
    own = {scopes.pop(f"classification_{kind}") for kind in ("value", "unit", "group", "feature", "class")}
    assert own == {"owners"}
    assert set(scopes.values()) == {"all"}
    article = next(part for part in found.content.parts if part.entity.name == "article")
    assert {"description.nl", "description.en", "description.de", "gtin"} <= set(article.raw.fields)


def test_the_same_version_and_language_is_refused_in_plain_words(desk: BmecatDesk) -> None:
    with pytest.raises(DataError, match=r"catalogue C version 1\.0 of S in nl, which was imported already"):
        desk.take(catalogue(product("1")))


def test_another_version_is_taken_whole(desk: BmecatDesk) -> None:
    desk.take(update("0"))
    found = desk.take(catalogue(product("2"), catalogue_version="2.0"))
    assert {part.scope for part in found.content.parts if part.entity.name in ("article", "price")} == {"all"}
    assert found.one("supplier_catalogue")["version"] == "2.0"
    assert next_update(desk) == "0"


def test_the_same_version_in_another_language_adds_its_texts_only(desk: BmecatDesk) -> None:
    rest = "<PRODUCT_FEATURES><FEATURE><FNAME>Farbe</FNAME><FVALUE>1</FVALUE></FEATURE></PRODUCT_FEATURES>"
    german = catalogue(product("1", price="99", rest=rest), languages="<LANGUAGE>deu</LANGUAGE>")
    found = desk.take(german)
    assert found.one("article") == {"number": "1", "description.de": "Artikel 1"}
    assert {part.entity.name for part in found.content.parts}.isdisjoint({"price", "group_member", "surcharge"})
    assert all(part.scope == "listed" for part in found.content.parts)
    assert found.one("supplier_catalogue")["languages"] == "nl\nde"
    with pytest.raises(DataError, match="imported already"):
        desk.take(german)


def test_updates_of_either_kind_are_numbered_together(desk: BmecatDesk) -> None:
    desk.take(update("0"))
    desk.take(update("1", transaction="T_UPDATE_PRICES"))
    assert next_update(desk) == "2"
    desk.take(update("2"))
    assert next_update(desk) == "3"


def test_a_gap_stops_and_says_what_is_missing(desk: BmecatDesk) -> None:
    with pytest.raises(
        DataError, match=r"update 3 of catalogue C .* 3 updates before it were never imported: 0 to 2\."
    ):
        desk.take(update("3"))
    with pytest.raises(DataError, match=r"1 update before it was never imported: 0\."):
        desk.take(update("1", transaction="T_UPDATE_PRICES"))
    assert next_update(desk) == "0"


def test_an_update_that_was_imported_is_refused(desk: BmecatDesk) -> None:
    desk.take(update("0"))
    with pytest.raises(DataError, match="imported already: 1 is the next"):
        desk.take(update("0"))


def test_an_update_of_what_was_never_imported_is_refused(tmp_path: Path, desk: BmecatDesk) -> None:
    with pytest.raises(DataError, match=r"never imported\. Nothing was changed"):
        BmecatDesk("bmecat", tmp_path).take(update("0"))
    with pytest.raises(DataError, match=r"never imported; there is version 1\.0"):
        desk.take(update("0").replace(">1.0<", ">2.0<"))


def test_an_update_without_a_number_is_taken_and_told(desk: BmecatDesk) -> None:
    found = desk.take(update(""))
    assert any("prev_version" in warning for warning in found.content.warnings)
    assert next_update(desk) == "0"


def test_an_update_replaces_articles_whole_and_leaves_other_languages_alone(desk: BmecatDesk) -> None:
    body = product("1", mode="update") + product("2", mode="new") + product("3", mode="delete")
    found = desk.take(catalogue(body, transaction="T_UPDATE_PRODUCTS", before="0"))
    parts = {part.entity.name: part for part in found.content.parts}
    assert [row["number"] for row in found.rows["article"]] == ["1", "2"]
    assert [row["number"] for row in found.deleted["article"]] == ["3"]
    assert {row["article"] for row in found.rows["price"]} == {"1", "2"}
    fields = set(parts["article"].raw.fields)
    assert {"gtin", "description.nl", "keywords.nl"} <= fields
    assert fields.isdisjoint({"description.de", "keywords.en"})
    assert {parts[name].scope for name in ("price", "article_feature", "relation", "packaging")} == {"owners"}
    assert (parts["attachment"].owners, parts["price"].owners) == (("entity", "record"), ("article",))
    assert found.content.facts.complete is False


def test_a_map_can_be_taken_away(desk: BmecatDesk) -> None:
    def member(article: str, mode: str) -> str:
        return (
            f'<PRODUCT_TO_CATALOGGROUP_MAP mode="{mode}"><PROD_ID>{article}</PROD_ID>'
            "<CATALOG_GROUP_ID>7</CATALOG_GROUP_ID></PRODUCT_TO_CATALOGGROUP_MAP>"
        )

    body = product("1", mode="update") + member("1", "new") + member("2", "delete")
    found = desk.take(catalogue(body, transaction="T_UPDATE_PRODUCTS", before="0"))
    assert [row["article"] for row in found.rows["group_member"]] == ["1"]
    assert [row["article"] for row in found.deleted["group_member"]] == ["2"]


def test_rejects_become_an_update_that_can_be_imported(desk: BmecatDesk) -> None:
    source = catalogue(product("1") + product("2", price="1,5") + product("3"), catalogue_version="2.0")
    found = desk.take(source)
    (reject,) = found.rejects
    mended = desk.rewrite(source, [reject.item]).read_bytes()
    assert b"<SUPPLIER_PID>1<" not in mended
    assert b"<T_UPDATE_PRODUCTS>" in mended
    again = desk.take(mended.replace(b"1,5", b"1.5"))
    assert (again.one("article")["number"], again.one("price")["gross_price"]) == ("2", "1.5")
    assert not again.rejects


def test_rejected_prices_become_an_update_without_a_number(desk: BmecatDesk) -> None:
    source = catalogue(prices("1", "x") + prices("2", "3"), transaction="T_UPDATE_PRICES", before="0")
    desk.take(source)
    mended = desk.rewrite(source, [2]).read_bytes()
    assert desk.take(mended.replace(b">x<", b">4<")).one("price")["gross_price"] == "4"
    assert next_update(desk) == "1"


def test_product_data_of_etim_have_no_prices(tmp_path: Path) -> None:
    desk = BmecatDesk("etim-bmecat", tmp_path)
    found = desk.take(catalogue(product("1"), transaction="T_NEW_PRODUCTDATA"))
    entities = {part.entity.name: part for part in found.content.parts}
    assert "price" not in entities
    assert "gross_price" not in entities["article"].raw.fields
    assert found.content.facts.kind == "new product data, without prices"
