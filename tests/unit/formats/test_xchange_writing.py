"""Catalogues of ETIM xChange that are written: as they were read, valid by the schema; what is refused is told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest
from support.format_desk import FormatDesk
from support.xchange_files import GLN, RICH, SHARED, catalogue, item, product, rich, text

from core.config.industry import XchangeHeader
from core.errors import DataError
from core.exchange.formats.xchange.shapes import document

if TYPE_CHECKING:
    from pathlib import Path

    from support.format_desk import Rows

    from core.exchange.formats.contract import Writing, Written

SCHEMAS = SHARED / "schema"
OURS = XchangeHeader(catalogue="OURS", supplier="Wij B.V.", supplier_gln=GLN, currency="EUR")
ARTICLE = {
    "number": "A-1", "description.nl": "Kabel", "description.en": "Cable", "order_unit": "MTR", "supplier": "Acme",
    "gross_price": "10.5", "currency": "EUR", "manufacturer": "Maker",
}  # fmt: skip


@pytest.fixture
def desk(tmp_path: Path) -> FormatDesk:
    return FormatDesk("etim-xchange", tmp_path, languages=("en", "nl"))


def write(
    desk: FormatDesk, rows: Rows, header: XchangeHeader = OURS, entity: str = "article", **more: Any
) -> tuple[dict[str, Any], Written, Writing]:
    """Write rows, see that no record is lost and that the file is valid, and return it."""
    content, written, writing = desk.put(rows, header, entity, **more)
    assert written.records + writing.refused.get(entity, 0) == len(rows.get(entity, ()))
    value = json.loads(content)
    assert document().fit(value, lambda *_: None) == value
    if (schema := SCHEMAS / "xChange_Schema_V2.0-2025-11-27.json").exists():
        assert faults(schema, value) == []
    return value, written, writing


def faults(schema: Path, value: Any) -> list[str]:
    validator = jsonschema_rs.validator_for(json.loads(schema.read_bytes()), validate_formats=True)
    return [error.message for error in validator.iter_errors(value)]


def products(value: dict[str, Any]) -> list[dict[str, Any]]:
    return [each for supplier in value["Supplier"] for each in supplier["Product"]]


def items(value: dict[str, Any]) -> list[dict[str, Any]]:
    return [each for one in products(value) for each in one.get("TradeItem", ())]


def refusals(writing: Writing) -> dict[tuple[str, str], str]:
    return {(each.entity, each.field): each.reason for each in writing.refusals}


@pytest.mark.skipif(not SCHEMAS.exists(), reason="the official schemas are not here")
def test_the_sample_is_of_version_2_and_not_of_1() -> None:
    value = json.loads((SHARED / "samples-synthetic" / "full.json").read_bytes())
    assert faults(SCHEMAS / "xChange_Schema_V2.0-2025-11-27.json", value) == []
    assert faults(SCHEMAS / "xChange_Schema_V1.1-2024-08-23.json", value)


def test_what_was_read_is_written_as_it_was(desk: FormatDesk) -> None:
    found = desk.read(RICH)
    value, written, writing = write(desk, found.rows, XchangeHeader(), "product")
    assert value.pop("GenerationDate") == "2026-03-02"
    value["GenerationDate"] = rich()["GenerationDate"]
    assert value == rich()
    assert not writing.refusals
    assert not writing.warned
    assert written.counts == {
        "article": 2, "price": 2, "surcharge": 3, "packaging": 2, "relation": 6, "attachment": 4, "article_class": 8,
        "article_feature": 16,
    }  # fmt: skip
    again = desk.read(text(value))
    assert {name: sorted(map(str, rows)) for name, rows in again.rows.items()} == {
        name: sorted(map(str, rows)) for name, rows in found.rows.items()
    }


def test_a_file_about_articles_has_the_products_of_these(desk: FormatDesk) -> None:
    value, *_ = write(desk, desk.read(RICH).rows, XchangeHeader())
    assert [each["ProductIdentification"]["ManufacturerProductNumber"] for each in products(value)] == ["P-1"]


def test_suppliers_are_written_apart(desk: FormatDesk) -> None:
    suppliers = [
        {"SupplierName": name, "Product": [product(f"P-{name}", item(f"A-{name}")), product(f"Q-{name}")]}
        for name in ("One", "Two")
    ]
    rows = desk.read(text(catalogue(Supplier=suppliers))).rows
    value, *_ = write(desk, rows, XchangeHeader(), "product")
    told = {
        each["SupplierName"]: [one["ProductIdentification"]["ManufacturerProductNumber"] for one in each["Product"]]
        for each in value["Supplier"]
    }
    assert told == {"One": ["P-One", "Q-One"], "Two": ["P-Two", "Q-Two"]}


def test_what_was_changed_since_is_written_and_not_what_was_kept(desk: FormatDesk) -> None:
    rows = desk.read(RICH).rows
    (first, _), (article, _) = rows["product"], rows["article"]
    first |= {"gtin": "8712345007025", "series": "Mezzo", "product_group": "G9"}
    article |= {"length": "80", "order_quantity_min": "5", "gtin": "8712345007063", "other_gtins": ""}
    value, *_ = write(desk, rows, XchangeHeader(), "product")
    identification = products(value)[0]["ProductIdentification"]
    assert identification["ProductGtin"] == ["8712345007025"]
    assert identification["BrandDetails"] == [
        {"BrandSeries": [{"BrandSeries": "Mezzo"}], "BrandSeriesVariation": [{"BrandSeriesVariation": "White"}]}
    ]
    one = items(value)[0]
    assert one["ItemIdentification"]["ItemGtin"] == ["8712345007063"]
    assert one["ItemLogisticDetails"] == [
        {
            "BaseItemNetLength": "80", "BaseItemNetWidth": "36", "NetDimensionUnit": "MMT", "BaseItemNetWeight": "0.2",
            "NetWeightUnit": "KGM", "BaseItemNetVolume": "0.25", "NetVolumeUnit": "LTR",
        }
    ]  # fmt: skip
    assert one["Ordering"]["MinimumOrderQuantity"] == "5"


def test_an_article_without_a_product_is_the_only_item_of_one(desk: FormatDesk) -> None:
    value, written, _ = write(
        desk,
        {
            "article": [ARTICLE, {**ARTICLE, "number": "A-2", "product": "gone", "manufacturer_number": "M-2"}],
            "article_class": [{"article": "A-2", "system": "ETIM-9.0", "class": "EC000001"}],
            "article_feature": [
                {"article": "A-2", "system": "ETIM-9.0", "class": "EC000001", "feature": "EF000001", "value": "7"}
            ],
        },
    )
    one, two = products(value)
    assert one["ProductIdentification"] == {"ManufacturerName": "Maker", "ManufacturerProductNumber": "A-1"}
    assert two["ProductIdentification"]["ManufacturerProductNumber"] == "M-2"
    assert two["EtimClassification"][0]["EtimFeatures"] == [{"EtimFeatureCode": "EF000001", "EtimValueNumeric": "7"}]
    assert [each["DescriptionLanguage"] for each in one["ProductDetails"]["ProductDescriptions"]] == ["en-GB", "nl-NL"]
    assert one["TradeItem"][0]["Pricing"] == [{"PriceUnit": "MTR", "PriceQuantity": "1", "GrossListPrice": "10.5"}]
    assert written.records == 2


def test_the_header_is_what_the_layout_says(desk: FormatDesk) -> None:
    header = XchangeHeader(
        catalogue="NEW",
        catalogue_version="2026",
        name="Alles",
        supplier="Wij",
        buyer="U",
        buyer_gln=GLN,
        currency="CHF",
    )
    value, *_ = write(desk, {"article": [{**ARTICLE, "currency": "CHF"}]}, header)
    told = {name: each for name, each in value.items() if name != "Supplier"}
    assert told == {
        "SchemaVersion": "2.0",
        "CatalogueId": "NEW",
        "CatalogueName": [{"Language": "en-GB", "CatalogueName": "Alles"}],
        "CatalogueVersion": "2026",
        "CatalogueType": "FULL",
        "GenerationDate": "2026-03-02",
        "BuyerName": "U",
        "BuyerIdGln": GLN,
        "CatalogueValidityStart": "2026-03-02",
        "Language": ["en-GB", "nl-NL"],
        "CurrencyCode": "CHF",
    }
    assert value["Supplier"][0]["SupplierName"] == "Wij"


def test_changes_name_the_version_that_they_build_on(desk: FormatDesk) -> None:
    header = OURS.model_copy(update={"catalogue_version": "7"})
    rows: Rows = {"article": [ARTICLE]}
    for sequence, version, since in ((2, "7.1", "7"), (3, "7.2", "7.1")):
        value, *_ = write(desk, rows, header, changes_only=True, sequence=sequence)
        assert value["CatalogueType"] == "CHANGE"
        assert (value["CatalogueVersion"], value["ChangeReferenceCatalogueVersion"]) == (version, since)


def test_what_is_gone_is_told_as_obsolete(desk: FormatDesk) -> None:
    rows: Rows = {
        "product": [{"number": "P-1", "manufacturer": "Acme"}],
        "article": [
            {"number": "A-1", "product": "P-1", "supplier": "Acme"},
            {**ARTICLE, "number": "A-2", "product": "P-1"},
        ],
    }
    value, written, _ = write(desk, rows, changes_only=True, sequence=2, changes={"A-1": "deleted", "A-2": "changed"})
    assert written.records == 2
    gone, changed = items(value)
    assert gone["ItemDetails"] == {"ItemStatus": "OBSOLETE", "ItemDescriptions": [{"MinimalItemDescription": "A-1"}]}
    assert "ItemStatus" not in changed["ItemDetails"]
    assert "ProductDetails" not in products(value)[0]
    value, *_ = write(desk, rows, changes_only=True, sequence=2, changes={"P-1": "deleted"})
    assert products(value)[0]["ProductDetails"] == {"ProductStatus": "OBSOLETE", "ProductDescriptions": []}
    desk.known.clear()
    found = desk.read(text(value))
    assert [row["number"] for row in found.rows["article"]] == ["A-2"]
    assert [row["status"] for row in found.rows["product"]] == ["OBSOLETE"]


@pytest.mark.parametrize(
    ("change", "field", "reason"),
    [
        ({"number": "x" * 36}, "ItemIdentification/SupplierItemNumber", "is longer than the 35 characters"),
        ({"description.en": "x" * 81}, "ItemDetails/ItemDescriptions/1/MinimalItemDescription", "longer than the 80"),
        ({"order_unit": "BOX"}, "Ordering/OrderUnit", "is no code"),
        ({"order_unit": ""}, "Ordering", "lacks OrderUnit"),
        ({"gtin": "123"}, "ItemIdentification/ItemGtin/1", "is no GTIN"),
        ({"order_quantity_min": "0.00001"}, "Ordering/MinimumOrderQuantity", "4 behind the point"),
        ({"delivery_days": "1.5"}, "StandardOrderLeadTime", "is no whole number"),
    ],
)
def test_an_article_that_does_not_fit_is_refused(
    desk: FormatDesk, change: dict[str, str], field: str, reason: str
) -> None:
    value, _, writing = write(desk, {"article": [{**ARTICLE, **change}, {**ARTICLE, "number": "A-2"}]})
    assert [each["ItemIdentification"]["SupplierItemNumber"] for each in items(value)] == ["A-2"]
    (refusal,) = writing.refusals
    assert (refusal.entity, refusal.field) == ("article", field)
    assert reason in refusal.reason


def test_texts_are_cut_where_the_layout_says_so(desk: FormatDesk) -> None:
    header = OURS.model_copy(update={"too_long": "cut"})
    value, _, writing = write(desk, {"article": [{**ARTICLE, "description.en": "x" * 81}]}, header)
    assert items(value)[0]["ItemDetails"]["ItemDescriptions"][0]["MinimalItemDescription"] == "x" * 80
    assert any("cut to the 80 characters" in each for each in writing.warned)


def test_codes_that_the_standard_does_not_have_are_left_out_and_told(desk: FormatDesk) -> None:
    value, _, writing = write(desk, {"article": [{**ARTICLE, "status": "core_product", "condition": "NEW"}]})
    assert items(value)[0]["ItemDetails"] == {
        "ItemCondition": "NEW",
        "ItemDescriptions": [
            {"DescriptionLanguage": "en-GB", "MinimalItemDescription": "Cable"},
            {"DescriptionLanguage": "nl-NL", "MinimalItemDescription": "Kabel"},
        ],
    }
    assert writing.warned == {"values of status are none of the codes of ItemStatus, and were left out": 1}


def test_what_belongs_to_an_article_and_does_not_fit_is_left_out_and_told(desk: FormatDesk) -> None:
    price = {"article": "A-1", "price_list": "standard", "valid_from": "1900-01-01", "currency": "EUR"}
    rows: Rows = {
        "article": [ARTICLE],
        "price": [
            {**price, "net_price": "1.5"},
            {**price, "net_price": "1", "quantity_from": "10"},
            {**price, "net_price": "1", "currency": "USD"},
            {**price, "net_price": "1.23456"},
        ],
        "surcharge": [{"article": "A-1", "type": "XX", "sequence": "1", "amount": "1"}],
        "packaging": [{"article": "A-1", "sequence": "1", "type": "BX"}, {"article": "A-1", "sequence": "2"}],
        "relation": [
            {"article": "A-1", "type": "accessories", "target": "B", "quantity": "2"},
            {"article": "A-1", "type": "base_product", "target": "C"},
        ],
        "attachment": [
            {"entity": "article", "record": "A-1", "file": "https://x.example/a.jpg", "type": "ATX015"},
            {"entity": "article", "record": "A-1", "file": "b.jpg", "type": "ATX015"},
            {"entity": "article", "record": "A-1", "file": "https://x.example/c.jpg", "type": "MD01"},
            {"entity": "organisation", "record": "A-1", "file": "https://x.example/d.jpg", "type": "ATX015"},
        ],
        "article_feature": [
            {"article": "A-1", "system": "ETIM-10.0", "class": "EC000001", "feature": "Colour", "value": "red"},
            {"article": "A-1", "system": "own", "class": "", "feature": "Colour", "value": "red"},
        ],
    }
    value, _, writing = write(desk, rows)
    (one,) = items(value)
    assert [each["NetPrice"] for each in one["Pricing"]] == ["1.5"]
    assert one["ItemRelations"] == [
        {"RelatedSupplierItemNumber": "B", "RelationType": "ACCESSORY", "RelatedItemQuantity": 2}
    ]
    assert len(one["ItemAttachments"]) == len(one["PackagingUnit"]) == 1
    assert refusals(writing) == {
        ("price", "quantity_from"): "holds from a quantity on, and ETIM xChange has no such prices",
        ("price", "currency"): "is in another currency than the catalogue, EUR",
        ("price", "NetPrice"): "is no number of at most 11 digits before and 4 behind the point, and no less than 0",
        ("surcharge", "AllowanceSurchargeType"): "is no code that ETIM xChange has here",
        ("packaging", "PackagingIdentification"): "lacks PackagingTypeCode, which ETIM xChange wants",
        ("relation", "RelationType"): "is no code that ETIM xChange has here",
        ("attachment", "AttachmentDetails/1/AttachmentUri"): "is no whole address (https://…)",
        ("attachment", "AttachmentType"): "is no code that ETIM xChange has here",
        ("article_feature", "EtimFeatureCode"): "is not of the form that ETIM xChange wants",
        ("article_class", ""): "lacks ClassificationClassCode, which ETIM xChange wants",
    }


def test_prices_by_type_become_one(desk: FormatDesk) -> None:
    price = {"article": "A-1", "valid_from": "2026-01-01", "currency": "EUR", "quantity_from": "1"}
    rows: Rows = {
        "article": [ARTICLE],
        "price": [
            {**price, "price_type": "net_list", "price_list": "net_list", "gross_price": "10", "price_factor": "0.5"},
            {**price, "price_type": "nrp", "price_list": "nrp", "retail_price": "15", "price_factor": "0.5"},
        ],
    }
    value, *_ = write(desk, rows)
    assert items(value)[0]["Pricing"] == [
        {
            "PriceUnit": "MTR", "PriceQuantity": "1", "GrossListPrice": "5", "RecommendedRetailPrice": "7.5",
            "PriceValidityDate": "2026-01-01",
        }
    ]  # fmt: skip


def test_what_was_kept_of_an_older_version_is_left_out_where_it_does_not_fit(desk: FormatDesk) -> None:
    value = catalogue(
        product(
            "P-1",
            item("A-1"),
            Legislation={"SpecialProvisionId": ["SP1234", "SP188"], "Unknown": 1, "RohsIndicator": "maybe"},
            LcaEnvironmental={"DeclaredUnitQuantity": "1"},
        ),
        SchemaVersion=None,
    )
    rows = desk.read(text(value)).rows
    written, _, writing = write(desk, rows, XchangeHeader())
    (one,) = products(written)
    assert one["Legislation"] == {"SpecialProvisionId": ["SP188"]}
    assert "LcaEnvironmental" not in one
    assert len(writing.warned) == 3


def test_a_product_that_does_not_fit_takes_its_articles_along(desk: FormatDesk) -> None:
    rows: Rows = {
        "product": [{"number": "P-1"}, {"number": "P-2", "manufacturer": "Acme"}],
        "article": [{**ARTICLE, "product": "P-1"}, {**ARTICLE, "number": "A-2", "product": "P-2"}],
    }
    value, written, writing = write(desk, rows)
    assert written.records == 1
    assert len(items(value)) == 1
    assert refusals(writing) == {
        ("product", "ProductIdentification"): "lacks ManufacturerName, which ETIM xChange wants",
        ("article", "product"): "belongs to a product that cannot be written",
    }


def test_a_file_without_records_is_told_to_be_none_by_the_standard(desk: FormatDesk) -> None:
    content, written, writing = desk.put({"article": []}, OURS)
    assert json.loads(content)["Supplier"] == [{"SupplierName": "Wij B.V.", "SupplierIdGln": GLN, "Product": []}]
    assert written.records == 0
    assert any("without a product" in each for each in writing.warned)


@pytest.mark.parametrize(
    ("header", "rows", "words"),
    [
        (XchangeHeader(supplier="Wij"), {"article": [ARTICLE]}, "needs an id"),
        (XchangeHeader(catalogue="C"), {"article": [{**ARTICLE, "supplier": ""}]}, "needs the name of its supplier"),
        (XchangeHeader(catalogue="C" * 21, supplier="Wij"), {"article": [ARTICLE]}, "CatalogueId"),
        (OURS.model_copy(update={"buyer_gln": "12"}), {"article": [ARTICLE]}, "BuyerIdGln, 12, is no GLN"),
        (OURS.model_copy(update={"supplier_gln": "12"}), {"article": [ARTICLE]}, "SupplierIdGln, 12, is no GLN"),
        (
            XchangeHeader(),
            {
                "article": [ARTICLE],
                "supplier_catalogue": [{"supplier": "1", "catalogue": "C1"}, {"supplier": "1", "catalogue": "C2"}],
            },
            "are of 2 catalogues, and a file has one: C1 and C2",
        ),
    ],
)
def test_a_header_that_cannot_be_is_refused(desk: FormatDesk, header: XchangeHeader, rows: Rows, words: str) -> None:
    with pytest.raises(DataError, match=words):
        desk.put(rows, header)


def test_a_catalogue_that_came_in_languages_without_a_region_is_written_with_one(desk: FormatDesk) -> None:
    came = {"supplier": "Acme", "catalogue": "C1", "version": "1.0", "languages": "nl\nen"}
    value, _, _ = write(desk, {"article": [ARTICLE], "supplier_catalogue": [came]})
    assert value["Language"] == ["en-GB", "nl-NL"]
