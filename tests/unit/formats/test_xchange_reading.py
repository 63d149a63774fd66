"""Catalogues of ETIM xChange that are read: what becomes of products and trade items, and of files that are wrong."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.format_desk import FormatDesk
from support.xchange_files import GLN, RICH, SHARED, catalogue, changes, item, product, rich, text

from core.errors import DataError
from core.exchange.formats.registry import industry_format

if TYPE_CHECKING:
    from pathlib import Path

    from support.format_desk import Found

SAMPLES = SHARED / "samples-synthetic"
needs_samples = pytest.mark.skipif(not SAMPLES.exists(), reason="the samples are not here")


@pytest.fixture
def desk(tmp_path: Path) -> FormatDesk:
    return FormatDesk("etim-xchange", tmp_path, languages=("en", "nl"))


def read(desk: FormatDesk, value: Any) -> Found:
    return desk.read(value if isinstance(value, (str, bytes)) else text(value))


def extension(row: dict[str, str]) -> Any:
    return json.loads(row["extension"])


@needs_samples
def test_the_sample_is_read_whole(desk: FormatDesk) -> None:
    found = desk.read(SAMPLES / "full.json")
    assert {name: len(rows) for name, rows in found.rows.items()} == {
        "supplier_catalogue": 1, "product": 1, "article": 1, "price": 1, "packaging": 1, "article_class": 1,
        "article_feature": 5,
    }  # fmt: skip
    assert not found.rejects
    article, price = found.one("article"), found.one("price")
    assert (article["number"], article["product"], article["supplier_gln"]) == ("411061", "411061", "8713450010018")
    assert (price["gross_price"], price["net_price"], price["vat_rate"]) == ("102.5", "61.5", "21")
    assert [row["value"] for row in found.all("article_feature") if "value" in row] == ["16", "EV000242", "-10", "true"]
    assert found.content.facts.complete


@needs_samples
def test_a_sample_that_breaks_the_schema_is_read_as_far_as_it_makes_sense(desk: FormatDesk) -> None:
    found = desk.read(SAMPLES / "invalid.json")
    assert found.one("article")["order_unit"] == "C62"
    assert "does not say whether it is a whole catalogue" in found.content.warnings[0]


def test_what_a_file_says_of_itself(desk: FormatDesk) -> None:
    found = desk.read(RICH)
    told = dict(found.content.facts.lines())
    assert told["format"] == "ETIM xChange 2.0"
    assert (told["buyer GLN"], told["catalogue version"], told["languages"]) == (
        "8712423999994", "7.1", "en-GB, nl-NL",
    )  # fmt: skip
    row = found.one("supplier_catalogue")
    assert (row["supplier"], row["catalogue"], row["version"]) == (GLN, "ACME-NL-1", "7.1")
    assert (row["territories"], row["name.nl"], row["agreement"]) == ("NL\nBE", "Acme voor Nederland", "C-88")
    kept = extension(row)
    assert kept["Catalogue"]["DatapoolName"] == "Pool"
    assert kept["Supplier"]["SupplierVatNo"] == "NL001234567B01"


def test_texts_go_to_their_language_and_others_are_told(desk: FormatDesk) -> None:
    words = [
        {"DescriptionLanguage": language, "MinimalProductDescription": each}
        for language, each in (("nl-NL", "een"), ("nl-BE", "ene"), ("fr-FR", "un"), (None, "x"))
        if language or each
    ]
    found = read(desk, catalogue(product(ProductDetails={"ProductDescriptions": words})))
    row = found.one("product")
    assert row["name.nl"] == "een"
    assert "name.en" not in row
    assert any("2 texts are in a language, or a variety of one" in each for each in found.content.warnings)
    assert desk.reading(RICH).language_warnings() == []


def test_a_file_of_one_language_leaves_it_out(desk: FormatDesk) -> None:
    found = read(desk, catalogue(product("P-1", item("A-1"))))
    assert found.one("product")["name.nl"] == "Product P-1"
    assert found.one("article")["description.nl"] == "Item A-1"


def test_lengths_and_weights_are_in_our_units(desk: FormatDesk) -> None:
    article = desk.read(RICH).one("article", number="A-1")
    assert (article["length"], article["width"], article["net_weight"]) == ("125", "36", "0.2")
    assert article["volume"] == "0.00025"
    assert article["delivery_days"] == "3"


def test_prices_say_when_they_hold_and_what_is_added(desk: FormatDesk) -> None:
    found = desk.read(RICH)
    first, second = found.all("price")
    assert (first["price_unit"], first["price_unit_factor"], first["price_unit_quantity"]) == ("MTK", "1.8", "100")
    assert (second["on_request"], second["valid_from"]) == ("true", "2027-01-01")
    metal, discount, other = found.all("surcharge")
    assert (metal["type"], metal["amount"], metal["allowance"], metal["description.nl"]) == (
        "MAC", "1.25", "false", "Metaal",
    )  # fmt: skip
    assert (discount["type"], discount["percentage"], discount["quantity_from"]) == ("QD", "5.5", "100")
    assert other["sequence"] == "2"
    article = found.one("article", number="A-1")
    assert (article["gross_price"], article["price_valid_until"], article["vat_rate"]) == ("102.5", "2026-12-31", "21")


def test_an_article_shows_the_price_that_is_valid_today(desk: FormatDesk) -> None:
    prices = [
        {"PriceUnit": "C62", "PriceQuantity": "1", "NetPrice": price, **dates}
        for price, dates in (
            ("1", {"PriceExpiryDate": "2025-12-31"}),
            ("2", {"PriceValidityDate": "2026-01-01"}),
            ("3", {"PriceValidityDate": "2026-02-01"}),
            ("4", {"PriceValidityDate": "2027-01-01"}),
        )
    ]
    found = read(desk, catalogue(product("P-1", item(Pricing=prices))))
    assert found.one("article")["net_price"] == "3"
    assert [row["valid_from"] for row in found.all("price")] == ["1900-01-01", "2026-01-01", "2026-02-01", "2027-01-01"]


def test_classes_and_relations_of_a_product_belong_to_each_of_its_articles(desk: FormatDesk) -> None:
    found = desk.read(RICH)
    assert [row["system"] for row in found.all("article_class", article="A-2")] == [
        "ETIM-10.0", "ETIM-DYNAMIC", "ECLASS-12.0", "OWN-2",
    ]  # fmt: skip
    (span,) = found.all("article_feature", article="A-1", feature="EF007515")
    assert (span["value"], span["value_to"], span["class"]) == ("-10", "60.5", "EC000905")
    (mounting,) = found.all("article_feature", article="A-2", feature="EF000003")
    assert (mounting["value"], mounting["details.en"]) == ("EV000242", "rail")
    widths = found.all("article_feature", article="A-1", feature="Width")
    assert [(row["occurrence"], row["value"]) for row in widths] == [("1", "10"), ("2", "30")]
    related = {(row["type"], row["target"], row["of_product"]) for row in found.all("relation", article="A-1")}
    assert related == {
        ("SIMILAR", "A-2", "false"), ("PREDECESSOR", "A-9", "false"), ("ACCESSORY", "P-2", "true"),
        ("ACCESSORY", "P-3", "true"),
    }  # fmt: skip


def test_what_has_no_article_stays_with_its_product(desk: FormatDesk) -> None:
    kept = extension(desk.read(RICH).one("product", number="P-2"))
    assert kept["EtimClassification"][0]["EtimClassCode"] == "EC000001"
    assert kept["ProductRelations"][0]["RelationType"] == "SPAREPART"


def test_an_address_that_is_named_twice_is_an_attachment_once(desk: FormatDesk) -> None:
    found = desk.read(RICH)
    files = found.all("attachment", record="P-1")
    assert [row["file"].rpartition("/")[2] for row in files] == ["p-1.jpg", "p-1-nl.pdf", "p-1.pdf"]
    assert (files[2]["type"], files[2]["type_detail"], files[2]["language"]) == ("ATX003", "MDX022", "en-GB\nnl-NL")
    kept = extension(found.one("product", number="P-1"))
    assert kept["ProductAttachments"][0]["AttachmentType"] == "ATX018"


def test_codes_of_units_are_ours_and_doubtful_ones_are_told(desk: FormatDesk) -> None:
    sheets = item("A-1", Ordering={"OrderUnit": "ST"}, Pricing=[{"PriceUnit": "KTM", "PriceQuantity": "1"}])
    found = read(desk, catalogue(product("P-1", sheets)))
    assert found.one("article")["order_unit"] == "ST"
    assert found.one("price")["price_unit"] == "KMT"
    assert any(each.startswith("The unit ST, which is used once, is a sheet") for each in found.content.warnings)


def test_version_1_is_read(desk: FormatDesk) -> None:
    attachment = {
        "AttachmentType": "ATX005",
        "AttachmentDetails": [
            {"AttachmentUri": "https://x.example/a.pdf", "AttachmentTypeSpecification": [
                {"Language": "nl-NL", "AttachmentTypeSpecification": "Installatie"},
            ]},
        ],
    }  # fmt: skip
    relation = {"RelationType": "SIMILAR", "RelatedManufacturerProductNumber": "P-9", "RelatedProductQuantity": 2}
    found = read(
        desk,
        catalogue(
            product(
                "P-1",
                item(ItemLogisticDetails=[{"BaseItemNetLength": "2", "NetDimensionUnit": "DTM"}]),
                ProductAttachments=[attachment],
                ProductRelations=[relation],
            ),
            SchemaVersion=None,
        ),
    )
    assert found.content.facts.title == "ETIM xChange 1.x"
    assert found.one("article")["length"] == "200"
    related = found.one("relation")
    assert (related["target"], related["quantity"], related["of_product"]) == ("P-9", "2", "true")
    file = found.one("attachment")
    assert (file["type"], file["purpose"]) == ("ATX005", "Installatie")


def scopes(found: Found) -> dict[str, tuple[str, tuple[str, ...]]]:
    return {part.entity.name: (part.scope, part.owners) for part in found.content.parts}


def test_a_complete_catalogue_archives_what_it_lacks_and_changes_do_not(desk: FormatDesk) -> None:
    assert scopes(read(desk, catalogue(product("P-1", item())))) == {
        "supplier_catalogue": ("listed", ()), "product": ("all", ()), "article": ("all", ()),
        "price": ("all", ("article",)),
    }  # fmt: skip
    assert scopes(read(desk, changes(product("P-1", item()))))["article"] == ("listed", ())
    assert scopes(read(desk, changes(product("P-1", item()))))["price"] == ("owners", ("article",))


def test_files_of_other_records_stay(desk: FormatDesk) -> None:
    assert scopes(desk.read(RICH))["attachment"] == ("owners", ("entity", "record"))


def test_what_is_obsolete_is_gone_in_a_file_of_changes_only(desk: FormatDesk) -> None:
    gone = item("A-1", ItemDetails={"ItemStatus": "OBSOLETE"})
    found = read(desk, changes(product("P-1", gone, item("A-2"))))
    assert [row["number"] for row in found.deleted["article"]] == ["A-1"]
    assert [row["number"] for row in found.rows["article"]] == ["A-2"]
    assert [row["article"] for row in found.rows["price"]] == ["A-2"]
    assert "product" not in found.deleted
    kept = read(desk, catalogue(product("P-1", gone)))
    assert kept.one("article")["status"] == "OBSOLETE"
    assert not kept.deleted


def test_an_obsolete_product_is_gone_unless_it_has_a_living_item(desk: FormatDesk) -> None:
    status = {"ProductStatus": "OBSOLETE"}
    gone = item("A-1", ItemDetails={"ItemStatus": "OBSOLETE"})
    found = read(
        desk, changes(product("P-1", ProductDetails=status), product("P-2", item("A-2"), ProductDetails=status))
    )
    assert [row["number"] for row in found.deleted["product"]] == ["P-1"]
    found = read(desk, changes(product("P-1", gone, ProductDetails=status)))
    assert [row["number"] for row in found.deleted["article"]] == ["A-1"]
    assert [row["number"] for row in found.deleted["product"]] == ["P-1"]


def test_changes_build_on_the_version_that_came_last(desk: FormatDesk) -> None:
    desk.remember(read(desk, catalogue(product())))
    desk.remember(read(desk, changes(product(), since="1", version="2")))
    again = read(desk, changes(product(), since="1", version="2"))
    assert again.rows["product"]
    with pytest.raises(DataError, match="changes since version 3 of the catalogue C-1, but version 2 is the one"):
        read(desk, changes(product(), since="3", version="4"))
    late = changes(product(), version="9")
    late["ChangeReferenceCatalogueVersion"] = late.pop("ChangeReferenceCatalogueVersion") + "0"
    with pytest.raises(DataError, match="since version 10"):
        read(desk, late)


def test_changes_that_do_not_say_of_what_are_taken_and_told(desk: FormatDesk) -> None:
    found = read(desk, changes(product(), ChangeReferenceCatalogueVersion=None))
    assert "does not say of which version" in found.content.warnings[0]


def test_what_is_said_behind_the_products_counts_as_well(desk: FormatDesk) -> None:
    value = catalogue(product("P-1", item()))
    supplier = value["Supplier"][0]
    late = {
        "Supplier": [{"Product": supplier.pop("Product"), **supplier}],
        **{k: v for k, v in value.items() if k != "Supplier"},
    }
    found, plain = read(desk, late), read(desk, catalogue(product("P-1", item())))
    assert found.rows == plain.rows
    assert found.one("article")["supplier_gln"] == GLN
    assert found.one("price")["currency"] == "EUR"


def test_several_suppliers_are_told_apart(desk: FormatDesk) -> None:
    suppliers = [
        {"SupplierName": name, "Product": [product(f"P-{name}", item(f"A-{name}")), product(f"Q-{name}")]}
        for name in ("One", "Two")
    ]
    found = read(desk, catalogue(Supplier=suppliers))
    assert [row["supplier"] for row in found.rows["supplier_catalogue"]] == ["One", "Two"]
    assert [row["supplier"] for row in found.rows["article"]] == ["One", "Two"]
    assert extension(found.one("product", number="Q-Two"))["Supplier"] == "Two"
    assert dict(found.content.facts.lines())["suppliers"] == "2"


def test_records_that_are_none_are_rejected_with_their_place(desk: FormatDesk) -> None:
    nameless = item()
    del nameless["ItemIdentification"]["SupplierItemNumber"]
    surcharge = {"AllowanceSurchargeIndicator": "SURCHARGE", "AllowanceSurchargeAmount": "1"}
    pricing = [{"PriceUnit": "C62", "PriceQuantity": "1", "NetPrice": "1,5", "AllowanceSurcharge": [surcharge]}]
    related = [{"RelationType": "SIMILAR", "RelatedItemQuantity": 1}]
    value = catalogue(
        product("", item("A-0")),
        "no product",
        product("P-1", nameless, item("A-1", Pricing=pricing, ItemRelations=related)),
    )
    found = read(desk, json.dumps(value, indent=0))
    assert {(each.entity, each.place, each.field): each.reason for each in found.rejects} == {
        ("product", "", "ManufacturerProductNumber"): "has no number (ManufacturerProductNumber)",
        ("article", "trade item A-0", ""): "belongs to a product without a number",
        ("product", "product number 2", ""): "is no object",
        ("article", "a trade item of product P-1", "SupplierItemNumber"): "has no number (SupplierItemNumber)",
        ("surcharge", "trade item A-1", "AllowanceSurchargeType"): "does not say its type",
        ("relation", "trade item A-1", "RelatedSupplierItemNumber"): "lacks RelatedSupplierItemNumber",
        ("price", "trade item A-1", "net_price"): next(each.reason for each in found.rejects if each.entity == "price"),
    }
    lines = {each.entity: each.line or 0 for each in found.rejects}
    assert lines["price"] == lines["surcharge"] > lines["product"] > 1


def test_a_product_that_is_hostile_does_not_take_the_others_along(desk: FormatDesk) -> None:
    deep: Any = "x"
    for _ in range(400):
        deep = [deep]
    content = text(catalogue(product("P-1"), product("P-2", Legislation={"Odd": deep}), product("P-3"))).encode()
    content = content.replace(b'"P-3"', b'"P-3\xff"').replace(b'"P-1"', b'"P-1","ManufacturerProductNumber":"P-1"')
    found = read(desk, content)
    assert [row["number"] for row in found.rows["product"]] == ["P-2"]
    assert [each.reason for each in found.rejects] == [
        "says ManufacturerProductNumber twice",
        "holds bytes that are no UTF-8",
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("[1]", "is no catalogue of ETIM xChange: it is no object"),
        ("{}", "it names no supplier"),
        ('{"CatalogueId": "1", "CatalogueId": "2"}', "says CatalogueId twice"),
        ('{"Supplier": [1]}', "its supplier number 1 is no object"),
        (
            '{"Supplier": [{"SupplierName": "a", "SupplierName": "b"}]}',
            "says SupplierName twice of its supplier number 1",
        ),
        ('{"CatalogueId": NaN, "Supplier": []}', "CatalogueId of source, at line 1, has NaN"),
        (text(catalogue(product()))[:-40], "ends in the middle, at line 1"),
    ],
)
def test_a_file_that_is_none_is_refused(desk: FormatDesk, content: str, words: str) -> None:
    with pytest.raises(DataError, match=words):
        read(desk, content)


JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    for key, each in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        found += places(each, (*path, key))
    return found


PLACES = places(rich()["Supplier"][0]["Product"][0])


@settings(max_examples=50)
@given(place=st.sampled_from(PLACES), junk=JUNK)
def test_anything_in_any_place_is_a_reject_or_kept_and_never_a_crash(
    tmp_path_factory: pytest.TempPathFactory, place: tuple[Any, ...], junk: Any
) -> None:
    value = rich()
    target = value["Supplier"][0]["Product"][0]
    for step in place[:-1]:
        target = target[step]
    target[place[-1]] = junk
    desk = FormatDesk("etim-xchange", tmp_path_factory.mktemp("desk"), languages=("en", "nl"))
    path = desk.directory / "junk.json"
    path.write_text(text(value))
    read_rows = industry_format("etim-xchange").read
    assert read_rows is not None
    content = read_rows(desk.reading(path))
    assert next(part.raw.records for part in content.parts if part.entity.name == "product") == 2


def test_rejected_products_can_be_mended_and_imported_again(desk: FormatDesk, tmp_path: Path) -> None:
    value = catalogue(product("P-1"), product(""), product("P-3", ProductDetails={"ProductStatus": "é"}))
    source = tmp_path / "source.json"
    source.write_bytes(text(value).encode().replace(b'"P-3"', b'"P-3", "X": "\xff"'))
    content = desk.rewrite(source, {2, 3}).read_bytes()
    assert b'"P-3", "X": "\xff"' in content
    desk.remember(read(desk, value))
    found = read(desk, content.replace(b"\xff", b"").replace(b'Number": ""', b'Number": "P-2"'))
    assert found.content.facts.complete is False
    assert [row["number"] for row in found.rows["product"]] == ["P-2", "P-3"]
    assert scopes(found)["product"] == ("listed", ())


def test_a_look_counts_what_there_is(desk: FormatDesk, tmp_path: Path) -> None:
    inspect = industry_format("etim-xchange").inspect
    assert inspect is not None
    path = tmp_path / "a.json"
    path.write_text(text(catalogue(product("P-1", item("A-1"), item("A-2")), product(""))))
    found = inspect(desk.reading(path))
    assert found.counts == {"products": "2", "trade items": "2"}
    assert found.problems == ["Line 1, : has no number (ManufacturerProductNumber)."]
    long = {"FullProductDescription": "x" * 10_000, "MinimalProductDescription": "y"}
    many = [product(f"P-{n}", item(f"A-{n}"), ProductDetails={"ProductDescriptions": [long]}) for n in range(500)]
    path.write_text(text(catalogue(*many)))
    found = inspect(desk.reading(path))
    assert found.counts == {"products": "500", "trade items": "500"}
    assert found.facts.catalogue == "C-1"
