"""Catalogues of BMEcat, as they are written: valid by the official schemas, and read as they were."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from support.bmecat_desk import BmecatDesk, Rows, faults

from core.config.industry import BmecatHeader, EtimBmecatHeader
from core.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

    from core.exchange.formats.contract import Writing

VERSIONS = ["1.2", "2005", "2005.1", "2005.2", "etim"]
HEADER = {
    "catalogue": "OURS", "catalogue_version": "1.0", "supplier": "Wij B.V.", "supplier_gln": "8712345000004",
    "buyer": "Zij", "currency": "EUR",
}  # fmt: skip


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path


def header(version: str, **more: Any) -> BmecatHeader | EtimBmecatHeader:
    if version == "etim":
        return EtimBmecatHeader.model_validate(HEADER | more)
    return BmecatHeader.model_validate(HEADER | {"version": version} | more)


def desk_for(version: str, directory: Path) -> BmecatDesk:
    return BmecatDesk("etim-bmecat" if version == "etim" else "bmecat", directory)


def written(version: str, directory: Path, rows: Rows, **more: Any) -> tuple[etree._Element, bytes, Writing]:
    said = {name: more.pop(name) for name in ("too_long", "content") if name in more}
    content, _, writing = desk_for(version, directory).put(rows, header(version, **said), **more)
    return etree.fromstring(content), content, writing


def texts(root: etree._Element, *names: str) -> list[str]:
    return [each.text or "" for name in names for each in root.iter(f"{{*}}{name}")]


def full() -> Rows:
    """Articles with everything that belongs to them."""
    article = {
        "number": "A1", "description.nl": "Lamp & schakelaar", "description.de": "Lampe",
        "long_description.nl": "Lang <b>",
        "gtin": "8712670911213", "alternative_number": "ALT", "buyer_number": "B1", "manufacturer_number": "M1",
        "manufacturer": "Maker", "type_description.nl": "Type", "buyer_group": "BG", "discount_group": "DG",
        "delivery_days": "2", "keywords.nl": "een\ntwee", "remarks.nl": "Let op",
        "sort_order": "3", "status": "new_product used",
        "status_text.nl": "Nieuw\nGebruikt", "kind": "physical", "order_unit": "CT", "use_unit": "C62",
        "use_unit_quantity": "6", "price_unit_quantity": "100", "order_quantity_min": "5", "order_quantity_step": "2",
        "customs_code": "84713000", "country_of_origin": "NL", "statistics_factor": "1",
        "weight": "1.5", "length": "1234.5",
        "net_weight": "1.2", "width": "20", "diameter": "5", "brand": "Merk", "stocked": "true", "shelf_life": "12",
        "short_name.nl": "Lamp", "tender_text.nl": "Bestek", "series.nl": "Serie", "predecessor_number": "A0\nA00",
        "valid_from": "2026-01-01", "valid_until": "2027-01-01", "bonus_group": "BO",
        "manufacturer_discount_group": "MG",
    }  # fmt: skip
    price = {
        "article": "A1",
        "valid_from": "2026-01-01",
        "valid_until": "2026-12-31",
        "currency": "EUR",
        "vat_rate": "21",
    }
    feature = {"article": "A1", "system": "ETIM-10.0", "class": "EC000905", "occurrence": "1"}
    return {
        "article": [article, {"number": "A2", "description.de": "Nur deutsch", "order_unit": "C62",
                              "gross_price": "1.5", "currency": "EUR", "vat_rate": "9"}],
        "price": [
            price | {"price_list": "net_list", "price_type": "net_list", "quantity_from": "1",
                     "gross_price": "10.1234"},
            price | {"price_list": "net_list", "price_type": "net_list", "quantity_from": "10", "gross_price": "9"},
            price | {"price_list": "nrp", "price_type": "nrp", "quantity_from": "1", "retail_price": "14.5",
                     "territories": "NL\nBE", "price_factor": "0.95", "price_unit": "MTR", "price_unit_factor": "3"},
        ],
        "article_class": [
            {"article": "A1", "system": "ETIM-10.0", "class": "EC000905"},
            {"article": "A2", "system": "ETIM-10.0", "class": "EC000001"},
        ],
        "article_feature": [
            feature | {"feature": "EF000001", "value": "-10", "value_to": "60"},
            feature | {"feature": "EF000002", "reason": "UN"},
            feature | {"feature": "EF000003", "value": "EV000242", "details.nl": "RAL 9010"},
        ],
        "packaging": [{"article": "A1", "sequence": "1", "type": "CT", "quantity": "30", "gtin": "8717114911215",
                       "length": "170", "weight": "7.6"}],
        "surcharge": [{"article": "A1", "type": "silver", "sequence": "1", "percentage": "5", "manner": "base"}],
        "relation": [
            {"article": "A1", "type": "accessories", "target": "A2", "quantity": "2", "description.nl": "Past erbij"},
            {"article": "A1", "type": "UPSELLING", "target": "A3"},
        ],
        "attachment": [
            {"entity": "article", "record": "A1", "file": "foto.jpg", "type": "MD01", "media_type": "image/jpeg",
             "description.nl": "Foto", "sort_order": "1"},
            {"entity": "article", "record": "A1", "file": "blad.pdf", "purpose": "data_sheet",
             "media_type": "application/pdf"},
            {"entity": "product", "record": "A1", "file": "of-a-product.jpg"},
        ],
        "catalogue_group": [
            {"catalogue": "X", "code": "1", "name.nl": "Alles", "kind": "root"},
            {"catalogue": "X", "code": "2", "name.nl": "Lampen", "parent": "1", "kind": "leaf", "sort_order": "1"},
        ],
        "group_member": [
            {"catalogue": "X", "code": "2", "article": "A1", "sort_order": "1"},
            {"catalogue": "X", "code": "9", "article": "A1"},
        ],
    }  # fmt: skip


@pytest.mark.parametrize("version", VERSIONS)
def test_what_is_written_is_as_the_official_schema_wants_it(version: str, directory: Path) -> None:
    _, content, writing = written(version, directory, full())
    assert writing.refused == {}
    assert faults(content, version) == []


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("content", ["articles", "prices"])
def test_changes_are_as_the_official_schema_wants_them(version: str, content: str, directory: Path) -> None:
    rows = full()
    rows["article"].append({"number": "GONE"})
    changes = {"A1": "changed", "GONE": "deleted"}
    root, text, writing = written(
        version, directory, rows, content=content, changes_only=True, changes=changes, sequence=4
    )
    assert faults(text, version) == []
    (transaction,) = [each for each in root if etree.QName(each).localname.startswith("T_")]
    assert transaction.get("prev_version") == "2"
    modes = [each.get("mode") for each in transaction if "SUPPLIER" in str(each[0].tag)]
    if content == "articles":
        assert etree.QName(transaction).localname == "T_UPDATE_PRODUCTS"
        assert modes == ["update", "new", "delete"]
    else:
        assert etree.QName(transaction).localname == "T_UPDATE_PRICES"
        assert len(modes) == 2
        assert writing.left_out == 1


def test_product_data_are_as_the_official_schema_wants_them(directory: Path) -> None:
    root, content, _ = written("etim", directory, full(), content="product-data")
    assert faults(content, "etim") == []
    assert texts(root, "PRICE_AMOUNT", "ORDER_UNIT") == []
    with pytest.raises(ValueError, match="content"):
        header("2005", content="product-data")


@pytest.mark.parametrize("version", VERSIONS)
def test_what_is_written_is_read_as_it_was(version: str, directory: Path) -> None:
    _, content, _ = written(version, directory, full(), languages=["nl", "de"])
    found = desk_for(version, directory).take(content)
    assert not found.rejects
    article, was = found.one("article", number="A1"), full()["article"][0]
    prices = {"gross_price", "retail_price", "currency", "price_valid_from", "price_valid_until", "vat_rate"}
    lost = {name for name in was if article.get(name) != was[name]}
    gained = article.keys() - was.keys() - prices - {"etim_class", "price_unit", "price_unit_factor"}
    only_etim = {
        "brand", "stocked", "shelf_life", "short_name.nl", "tender_text.nl", "series.nl", "predecessor_number",
        "valid_from", "valid_until", "bonus_group", "manufacturer_discount_group", "net_weight", "diameter",
    }  # fmt: skip
    expected = {
        "etim": {"buyer_group", "sort_order", "weight"},
        "1.2": only_etim
        | {
            "description.de",
            "kind",
            "customs_code",
            "country_of_origin",
            "statistics_factor",
            "weight",
            "length",
            "width",
        },
    }.get(version, only_etim)
    assert (lost, gained) == (expected, set())
    summed = [row.get("gross_price", row.get("retail_price")) for row in found.all("price", article="A1")]
    assert sorted(filter(None, summed)) == ["10.1234", "14.5", "9"]
    assert {row["vat_rate"] for row in found.rows["price"]} == {"21", "9"}
    assert found.one("article_feature", feature="EF000001")["value_to"] == "60"
    assert {row["file"] for row in found.rows["attachment"]} == {"foto.jpg", "blad.pdf"}
    assert {row["type"] for row in found.rows["relation"]} == {"accessories", "others"}


def test_languages_of_2005_and_the_one_of_1_2(directory: Path) -> None:
    root, _, _ = written("2005", directory, full(), languages=["nl", "de"])
    assert [(each.text, each.get("default")) for each in root.iter("{*}LANGUAGE")] == [("nld", "true"), ("deu", None)]
    shorts = [(each.text, each.get("lang")) for each in root.iter("{*}DESCRIPTION_SHORT")]
    assert shorts == [("Lamp & schakelaar", None), ("Lampe", "deu"), ("Nur deutsch", "deu")]
    old, _, _ = written("1.2", directory, full(), languages=["nl", "de"])
    assert texts(old, "LANGUAGE") == ["nld"]
    assert texts(old, "DESCRIPTION_SHORT") == ["Lamp & schakelaar", "Nur deutsch"]


def test_a_text_that_is_too_long_is_refused_or_cut_and_never_silently(directory: Path) -> None:
    rows = {"article": [{"number": "1", "description.nl": "x" * 81, "order_unit": "C62", "gross_price": "1"}]}
    root, _, writing = written("1.2", directory, rows)
    assert texts(root, "ARTICLE") == []
    (refusal,) = writing.refusals
    assert (refusal.field, refusal.reason) == (
        "DESCRIPTION_SHORT", "is longer than the 80 characters that DESCRIPTION_SHORT has",
    )  # fmt: skip
    root, _, writing = written("1.2", directory, rows, too_long="cut")
    assert texts(root, "DESCRIPTION_SHORT") == ["x" * 80]
    assert writing.warned == {
        "texts of DESCRIPTION_SHORT were cut to the 80 characters that the format has for them": 1
    }
    root, _, writing = written("2005", directory, rows)
    assert texts(root, "DESCRIPTION_SHORT") == ["x" * 81]


def test_a_number_is_never_cut(directory: Path) -> None:
    rows = {"article": [{"number": "9" * 33, "description.nl": "x", "order_unit": "C62", "gross_price": "1"}]}
    root, _, writing = written("2005", directory, rows, too_long="cut")
    assert texts(root, "SUPPLIER_PID") == []
    assert writing.refusals[0].field == "SUPPLIER_PID"


@pytest.mark.parametrize(
    ("version", "article", "field"),
    [
        ("1.2", {"description.nl": "x", "order_unit": "C62"}, "gross_price"),
        ("2005", {"order_unit": "C62", "gross_price": "1"}, "description"),
        ("2005", {"description.nl": "x", "gross_price": "1"}, "order_unit"),
        (
            "1.2",
            {"description.nl": "x", "order_unit": "C62", "gross_price": "1", "order_quantity_min": "0.5"},
            "order_quantity_min",
        ),
        ("etim", {"description.nl": "x", "order_unit": "C62", "gross_price": "1"}, "etim_class"),
        ("etim", {"description.nl": "x", "order_unit": "BOX", "gross_price": "1"}, "order_unit"),
    ],
)
def test_an_article_without_what_the_version_demands_is_left_out(
    version: str, article: dict[str, str], field: str, directory: Path
) -> None:
    classes = [{"article": "1", "system": "ETIM-10.0", "class": "EC000001"}] if field != "etim_class" else []
    rows = {"article": [{"number": "1", **article}], "article_class": classes}
    _, content, writing = written(version, directory, rows)
    (refusal,) = writing.refusals
    assert (refusal.key, refusal.field) == ("1", field)
    assert b"<SUPPLIER_" + (b"AID>" if version == "1.2" else b"PID>") not in content


def test_a_price_on_request_needs_no_amount_in_2005(directory: Path) -> None:
    rows = {"article": [{"number": "1", "description.nl": "x", "order_unit": "C62", "price_on_request": "true"}]}
    root, content, _ = written("2005", directory, rows)
    assert [each.get("price_type") for each in root.iter("{*}PRODUCT_PRICE")] == ["on_request"]
    assert faults(content, "2005") == []
    _, _, writing = written("1.2", directory, rows)
    assert writing.refused == {"article": 1}


def test_what_was_kept_comes_back_in_its_place_where_the_version_has_it(directory: Path) -> None:
    kept = (
        '<PRODUCT_DETAILS><SPECIAL_TREATMENT_CLASS type="GGVS">1201</SPECIAL_TREATMENT_CLASS>'
        '<INTERNATIONAL_RESTRICTIONS type="national">x</INTERNATIONAL_RESTRICTIONS></PRODUCT_DETAILS>'
        "<USER_DEFINED_EXTENSIONS><UDX.OWN><A>1</A></UDX.OWN></USER_DEFINED_EXTENSIONS>"
    )
    article = {"number": "1", "description.nl": "x", "order_unit": "C62", "gross_price": "1", "keywords.nl": "k"}
    rows = {"article": [article | {"extension": kept}]}
    root, content, writing = written("2005", directory, rows)
    details = [etree.QName(each).localname for each in next(root.iter("{*}PRODUCT_DETAILS"))]
    assert details == ["DESCRIPTION_SHORT", "SPECIAL_TREATMENT_CLASS", "KEYWORD", "INTERNATIONAL_RESTRICTIONS"]
    assert (faults(content, "2005"), writing.warned) == ([], {})
    assert BmecatDesk("bmecat", directory).take(content).one("article")["extension"] == kept
    root, content, writing = written("1.2", directory, rows)
    assert texts(root, "SPECIAL_TREATMENT_CLASS") == ["1201"]
    assert writing.warned == {"elements INTERNATIONAL_RESTRICTIONS that this version does not have were left out": 1}
    assert faults(content, "1.2") == []


def test_a_header_that_is_not_said_is_that_of_the_one_catalogue(directory: Path) -> None:
    known = {
        "supplier": "8712345000004", "catalogue": "THEIRS", "version": "5", "supplier_name": "Zij", "currency": "EUR",
        "supplier_gln": "8712345000004", "name.nl": "Lente",
        "extension": '<CATALOG><PRICE_FLAG type="incl_packing">true</PRICE_FLAG></CATALOG>',
    }  # fmt: skip
    rows = full() | {"supplier_catalogue": [known]}
    content, _, _ = BmecatDesk("bmecat", directory).put(rows, BmecatHeader())
    root = etree.fromstring(content)
    assert texts(root, "CATALOG_ID", "CATALOG_VERSION", "SUPPLIER_NAME", "CATALOG_NAME", "PRICE_FLAG") == [
        "THEIRS", "5.0", "Zij", "Lente", "true",
    ]  # fmt: skip
    assert faults(content, "2005") == []


@pytest.mark.parametrize(
    ("catalogues", "said", "message"),
    [
        ([], {}, "needs the id of the catalogue"),
        ([{"supplier": "a", "catalogue": "1"}, {"supplier": "a", "catalogue": "2"}], {}, "of 2 catalogues"),
        ([], HEADER | {"supplier": ""}, "needs the name of the supplier"),
        ([], HEADER | {"supplier_gln": "8712345000003"}, "wrong check digit"),
        ([], HEADER | {"supplier_gln": "1"}, "is no GLN"),
        ([], HEADER | {"catalogue_version": "1"}, "is not two numbers"),
        ([], HEADER | {"catalogue": "x" * 21}, "CATALOG_ID .* is longer than the 20 characters"),
    ],
)
def test_a_header_that_cannot_be_written(
    catalogues: list[dict[str, str]], said: dict[str, str], message: str, directory: Path
) -> None:
    with pytest.raises(DataError, match=message):
        BmecatDesk("bmecat", directory).put({"supplier_catalogue": catalogues}, BmecatHeader.model_validate(said))


def test_etim_needs_a_buyer(directory: Path) -> None:
    with pytest.raises(DataError, match="needs the name of the buyer"):
        BmecatDesk("etim-bmecat", directory).put(full(), EtimBmecatHeader.model_validate(HEADER | {"buyer": ""}))


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=60)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(number=TEXT.filter(lambda text: 0 < len(text) < 32), text=TEXT, lines=st.lists(TEXT, max_size=3))
@pytest.mark.parametrize("version", ["1.2", "2005", "etim"])
def test_whatever_texts_there_are_the_file_is_valid_or_the_article_refused(
    version: str, directory: Path, number: str, text: str, lines: list[str]
) -> None:
    article = {
        "number": number, "description.nl": text, "keywords.nl": "\n".join(lines), "remarks.nl": text,
        "manufacturer": text, "order_unit": "C62", "gross_price": "1",
    }  # fmt: skip
    feature = {"article": number, "system": "ETIM-10.0", "class": "EC000001", "feature": "EF1", "occurrence": "1"}
    rows = {"article": [article], "article_feature": [feature | {"value": "\n".join([text, *lines])}]}
    _, content, writing = written(version, directory, rows, too_long="cut")
    assert faults(content, version) == [] or writing.refused
