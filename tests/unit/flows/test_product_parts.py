"""What products consist of: read from rows, told apart, and written as a definition says (FL3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.config.flow_kinds import KINDS
from core.config.flows import FlowTask
from core.config.links import FieldSync, SyncSettings
from core.flows.incoming import Incoming
from core.flows.link_parts import upper_first
from core.flows.links import kinds_of
from core.flows.named import named_in, named_out, named_update
from core.flows.outgoing import Outgoing
from core.flows.record import Unfit, digest, shaped, variants_of
from core.flows.rules import completed
from core.links.model.kinds import KindMapping, KindRead, KindWrite, NamedRead, NamedWrite

if TYPE_CHECKING:
    import random

PRODUCTS = KINDS["products"]
NAMES = st.text(min_size=1, max_size=12).filter(lambda text: text.strip() == text)
LIST = {"member": "facts", "name": "n", "value": "v", "unit": "u"}
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["n", "v", "u", "x"]), inner),
    max_leaves=8,
)


def task(**more: Any) -> FlowTask:
    fixed = {"type": "flow", "id": "f", "description": "f", "sequence": 1, "kind": "products"}
    return FlowTask.model_validate({**fixed, "source": "a", "target": "b", **more})


@pytest.mark.parametrize("shape", [LIST, {"member": "facts"}])
@given(facts=st.dictionaries(NAMES, NAMES, min_size=1, max_size=4))
def test_what_is_written_by_names_is_read_by_names(shape: dict[str, str], facts: dict[str, str]) -> None:
    record = {f"attribute.{name}": value for name, value in facts.items()}
    if "unit" in shape:
        record |= {f"unit.{name}": "mm" for name in facts}
    written = named_out(record, "attribute", NamedWrite.model_validate(shape))
    read = dict(named_in({"facts": written}, "attribute", NamedRead.model_validate(shape)))
    assert read == record


@pytest.mark.parametrize("shape", [LIST, {"member": "facts"}])
@given(found=VALUES)
def test_whatever_stands_there_becomes_fields_or_a_sentence(shape: dict[str, str], found: Any) -> None:
    try:
        read = dict(named_in({"facts": found}, "characteristic", NamedRead.model_validate(shape)))
    except Unfit:
        assert not isinstance(found, list if "name" in shape else dict)
        return
    assert all(isinstance(value, str) for value in shaped(PRODUCTS, read).values())


def test_several_values_of_a_name_stand_one_a_line_and_no_member_is_nothing() -> None:
    rule = NamedRead.model_validate(LIST)
    row = {"facts": [{"n": "Colour", "v": ["red", "blue"]}, {"n": "", "v": "x"}, {"n": "Size", "v": 5, "u": "cm"}]}
    assert dict(named_in(row, "attribute", rule)) == {
        "attribute.Colour": "red\nblue",
        "attribute.Size": "5",
        "unit.Size": "cm",
    }
    assert list(named_in({}, "attribute", rule)) == []


@pytest.mark.parametrize(
    ("mode", "current", "expected"),
    [
        ("always", {"attribute.A": "theirs"}, {"A": "1", "B": "2"}),
        ("on_create", {}, None),
        ("if_empty", {"attribute.A": "theirs"}, {"A": "theirs", "B": "2"}),
        ("if_empty", {"attribute.A": "theirs", "attribute.B": "theirs"}, None),
        # What cannot be seen is not overwritten.
        ("if_empty", None, None),
    ],
)
def test_an_update_writes_names_as_their_mode_allows(mode: str, current: Any, expected: Any) -> None:
    rule = NamedWrite.model_validate({"member": "facts", "mode": mode})
    assert named_update({"attribute.A": "1", "attribute.B": "2"}, current, "attribute", rule) == expected


READ = {
    "resource": "x",
    "key": "id",
    "fields": {"number": "sku", "name": "title"},
    "parts": {
        "variants": {"member": "children", "key": "id", "fields": {"number": "sku", "gross_price": "price"}},
        "categories": {"member": ".", "fields": {"code": "group", "name": "group_name"}},
    },
}


def read_of(**row: Any) -> dict[str, Any]:
    return Incoming(PRODUCTS, KindRead.model_validate(READ), {}).record({"id": 1, "sku": "P", **row})


def test_parts_are_read_and_what_says_nothing_is_none() -> None:
    record = read_of(children=[{"sku": "V", "price": "2.50"}, {}], group="TOOLS")
    assert record["variants"] == [{"number": "V", "gross_price": pytest.approx(2.5)}]
    assert record["categories"] == [{"code": "TOOLS"}]
    # A list that is empty is known to be, one that is not there is not known at all.
    assert read_of(children=[])["variants"] == []
    assert "variants" not in read_of()
    assert read_of()["categories"] == []
    with pytest.raises(Unfit, match="Its variants cannot be read: they are no list"):
        read_of(children="none")


def test_a_value_of_a_part_is_told_by_its_place() -> None:
    with pytest.raises(Unfit, match="gross_price of variants 2 is no number"):
        read_of(children=[{"sku": "V1"}, {"sku": "V2", "price": "dear"}])


@given(st.randoms(use_true_random=False))
def test_the_order_of_parts_says_nothing(chance: random.Random) -> None:
    record = {
        "number": "P",
        "variants": [{"number": str(each), "attribute.Colour": "red"} for each in range(4)],
        "categories": [{"code": "A"}, {"code": "B", "parent": "A"}],
    }
    parts = {name: chance.sample(value, len(value)) for name, value in record.items() if isinstance(value, list)}
    mixed = {**record, **parts}
    assert digest(mixed) == digest(record)
    assert digest({**record, "variants": record["variants"][1:]}) != digest(record)


def test_a_fingerprint_of_some_fields_takes_the_parts_that_have_one_of_them() -> None:
    record = {"number": "P", "variants": [{"number": "V", "gross_price": 1}], "categories": [{"code": "A"}]}
    assert digest(record, only=["number"]) == digest({"number": "P"}, only=["number"])
    only = ["number", "variants.number"]
    dearer = {**record, "variants": [{"number": "V", "gross_price": 2}]}
    assert digest(dearer, only=only) == digest(record, only=only)
    assert digest({**record, "variants": []}, only=only) != digest(record, only=only)


def test_a_variant_has_what_its_product_says_but_what_is_its_own() -> None:
    product = {
        "number": "P", "gtin": "1", "brand": "B", "name": "All", "kind": "configurable",
        "attribute.Colour": "red\nblue", "characteristic.Fit": "slim", "variants": [{"number": "V", "name": "Red"}],
    }  # fmt: skip
    assert variants_of(product) == [
        {"number": "V", "name": "Red", "brand": "B", "characteristic.Fit": "slim", "parent": "P"}
    ]


@given(st.lists(st.tuples(st.integers(0, 6), st.none() | st.integers(0, 6)), unique_by=lambda pair: pair[0]))
def test_categories_come_with_the_upper_ones_first_and_none_is_lost(pairs: list[tuple[int, int | None]]) -> None:
    given_ = [{"code": str(code), **({} if parent is None else {"parent": str(parent)})} for code, parent in pairs]
    placed = upper_first(given_)
    assert sorted(each["code"] for each in placed) == sorted(each["code"] for each in given_)
    parents = {each["code"]: each.get("parent") for each in given_}

    def in_a_circle(code: str) -> bool:
        seen: set[str | None] = set()
        at: str | None = code
        while at in parents and at not in seen:
            seen.add(at)
            at = parents[at]
        return at in seen

    at = {each["code"]: place for place, each in enumerate(placed)}
    for each in placed:
        if each.get("parent") in at and not in_a_circle(each["code"]):
            assert at[each["parent"]] < at[each["code"]]


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"variants": [{"number": "V"}]}, {"kind": "configurable"}),
        ({"parent": "P"}, {"kind": "variant"}),
        ({"kind": "virtual"}, {"kind": "virtual", "stocked": False}),
        ({"kind": "virtual", "stocked": True}, {"kind": "virtual", "stocked": True}),
        ({}, {}),
        ({"categories": [{"code": "A", "direct": False}, {"code": "B"}]}, {"category": "B"}),
    ],
)
def test_a_product_says_of_which_kind_it_is(record: dict[str, Any], expected: dict[str, Any]) -> None:
    result = completed({"number": "P", **record}, PRODUCTS, task())
    names = ("kind", "stocked", "category")
    assert {name: result[name] for name in names if name in result} == expected


def test_defaults_and_digits_hold_for_variants_too() -> None:
    record = {"number": "1", "variants": [{"number": "2"}, {"number": "A"}]}
    done = completed(record, PRODUCTS, task(defaults={"variants.unit": "pc"}))
    assert [each["unit"] for each in done["variants"]] == ["pc", "pc"]
    assert "unit" not in record["variants"][0]
    with pytest.raises(Unfit, match="The article number A has other characters than digits"):
        completed(record, PRODUCTS, task(digits_only=True))


def test_a_needed_field_of_a_variant_is_asked_for_before_anything_is_sent() -> None:
    write = {
        "resource": "x",
        "fields": {"sku": "number"},
        "parts": {"variants": {"member": "children", "items": {"price": {"field": "gross_price", "required": True}}}},
    }
    outgoing = Outgoing(PRODUCTS, KindWrite.model_validate(write), {})
    with pytest.raises(Unfit, match="gross_price of the variant V is empty, and the target needs it as price"):
        outgoing.created({"number": "P", "variants": [{"number": "V"}]})


def test_a_link_maps_the_fields_of_a_part_and_what_is_told_back() -> None:
    given_ = {
        "read": {**READ, "report": {"resource": "x"}},
        "write": {
            "resource": "x",
            "fields": {"sku": "number"},
            "parts": {"variants": {"resource": "v", "fields": {"sku": "number", "cost": "gross_price"}}},
        },
    }
    fields = [
        FieldSync(name="variants.cost", field="gross_price", write="on_create"),
        FieldSync(name="variants.ean", field="gtin"),
        FieldSync(name="report.Note", field="target.number"),
    ]
    mapping = kinds_of({"products": KindMapping.model_validate(given_)}, {"products": SyncSettings(fields=fields)})
    changed = mapping["products"]
    assert changed.write is not None
    assert changed.read is not None
    assert changed.read.report is not None
    assert {name: (rule.field, rule.mode) for name, rule in changed.write.parts["variants"].fields.items()} == {
        "sku": ("number", "always"),
        "cost": ("gross_price", "on_create"),
        "ean": ("gtin", "always"),
    }
    assert {name: rule.member for name, rule in changed.read.parts["variants"].fields.items()} == {
        "number": "sku",
        "gross_price": "cost",
        "gtin": "ean",
    }
    assert changed.read.report.fields["Note"].field == "target.number"
    assert "sku" in changed.write.fields
