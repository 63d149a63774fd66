"""The tree of ETIM xChange against the official schema, and values against the tree."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support.xchange_files import SHARED, rich

from core.exchange.formats.xchange.shapes import Misfit, Shape, document, shape_at

SCHEMA = SHARED / "schema" / "xChange_Schema_V2.0-2025-11-27.json"
needs_schema = pytest.mark.skipif(not SCHEMA.exists(), reason="the official schema is not here")


def whole(text: str, most: int, name: str) -> str | None:
    return None


def short(text: str, most: int, name: str) -> str | None:
    return text[:most]


@needs_schema
def test_the_tree_is_that_of_the_schema() -> None:
    compare(json.loads(SCHEMA.read_bytes()), document(), "")


def compare(schema: Any, shape: Shape, path: str) -> None:
    kind = schema.get("type")
    if kind == "object":
        assert list(shape.members) == list(schema["properties"]), path
        assert shape.mandatory == set(schema.get("required", ())), path
        for name, each in schema["properties"].items():
            compare(each, shape.members[name], f"{path}/{name}")
    elif kind == "array":
        assert shape.kind == "list", path
        assert shape.item is not None
        assert (shape.least, shape.different) == (schema.get("minItems", 0), schema.get("uniqueItems", False)), path
        compare(schema["items"], shape.item, path)
    elif kind is None:
        assert shape.kind == "any", path
    else:
        assert shape.kind in {"boolean": ["flag"], "integer": ["whole"], "number": ["number"]}.get(kind, [shape.kind])
        assert shape.codes == set(schema.get("enum", ())), path
        assert shape.kind != "whole" or shape.least == schema.get("minimum", 0), path
        if "maxLength" in schema:
            assert (shape.least, shape.most) == (schema.get("minLength", 0), schema["maxLength"]), path
        if "pattern" in schema:
            assert shape.pattern is not None, path
            wanted = schema["pattern"].strip("^$").replace("{1}", "").replace("[-]{0,1}", "-?").replace("[.]", r"\.")
            found = shape.pattern.pattern.replace("[.]", r"\.").replace(r"\.?", r"\.{0,1}")
            assert found.replace("[-]", "-") == wanted.replace("[-]", "-"), path


def test_a_rich_catalogue_is_as_it_may_be() -> None:
    assert document().fit(rich(), whole) == rich()


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        (("Supplier", "SupplierIdGln"), "871345001001", "is no GLN"),
        (("Supplier", "SupplierName"), 7, "is no text"),
        (("Supplier", "SupplierName"), "", "is shorter"),
        (("Supplier", "SupplierName"), "x" * 81, "is longer than the 80 characters"),
        (("Language",), "nl", "is no language as nl-NL"),
        (("CatalogueType",), "full", "is no code"),
        (("Supplier", "Product", "TradeItem", "Pricing", "NetPrice"), "1.23456", "4 behind the point"),
        (("Supplier", "Product", "TradeItem", "Pricing", "NetPrice"), "-1", "no less than 0"),
        (("Supplier", "Product", "TradeItem", "Pricing", "NetPrice"), "1,5", "is no number"),
        (("Supplier", "Product", "TradeItem", "ItemDetails", "StockItem"), "true", "neither true nor false"),
        (("Supplier", "Product", "TradeItem", "ItemDetails", "ShelfLifePeriod"), -1, "no whole number from 0 on"),
        (("Supplier", "Product", "TradeItem", "ItemDetails", "ShelfLifePeriod"), True, "no whole number from 0 on"),
        (("Supplier", "Product", "LcaEnvironmental", "LcaDeclaration", "DeclaredUnitAp"), "1", "is no number"),
        (("Supplier", "Product", "EtimClassification", "EtimClassCode"), "EC00001", "not of the form"),
        (("Supplier", "SupplierAttachments", "AttachmentDetails", "AttachmentUri"), "a b.jpg", "no whole address"),
        (("Supplier", "SupplierAttachments", "AttachmentDetails", "AttachmentUri"), "http://x/%zz", "no whole address"),
    ],
)
def test_what_does_not_fit_is_said_in_plain_words(path: tuple[str, ...], value: Any, reason: str) -> None:
    with pytest.raises(Misfit, match=reason):
        shape_at(*path).fit(value, whole, path[-1])


def test_what_is_missing_or_wrong_is_named_with_its_path() -> None:
    value = rich()
    value["Supplier"][0]["Product"][0]["TradeItem"][0]["Ordering"]["OrderUnit"] = "PCE"
    with pytest.raises(Misfit) as misfit:
        document().fit(value, whole)
    assert misfit.value.path == ("Supplier", 0, "Product", 0, "TradeItem", 0, "Ordering", "OrderUnit")
    del value["CatalogueId"]
    with pytest.raises(Misfit, match="lacks CatalogueId"):
        document().fit(value, whole)


def test_what_is_empty_or_unknown_is_not_written_and_too_long_is_cut() -> None:
    value = {"SupplierName": "x" * 90, "SupplierVatNo": "", "SupplierAttachments": [], "Unknown": 1, "Product": [{}]}
    shape = Shape("object", {k: v for k, v in shape_at("Supplier").members.items() if k != "Product"})
    assert shape.fit(value, short) == {"SupplierName": "x" * 80}
