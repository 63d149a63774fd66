"""Records of flows: their types, their fingerprints, and what a mapping makes of rows and of them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.config.flow_kinds import KINDS, KindName
from core.config.flows import FlowFilter, FlowTask
from core.config.links import FieldSync, SyncSettings
from core.flows.incoming import Incoming
from core.flows.links import kinds_of
from core.flows.outgoing import Outgoing
from core.flows.record import Unfit, digest, shaped
from core.flows.rules import completed, customer_of, passes
from core.flows.value_lists import in_pendel, in_system
from core.links.model.kinds import KindMapping, KindRead, KindWrite

ORDERS, PRODUCTS, CUSTOMERS = KINDS["orders"], KINDS["products"], KINDS["customers"]

VALUES = st.one_of(
    st.none(), st.text(), st.integers(), st.booleans(), st.floats(), st.lists(st.text(), max_size=2),
    st.decimals(allow_nan=True, allow_infinity=True),
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(sorted(ORDERS.fields)), VALUES, max_size=8))
def test_whatever_a_system_says_becomes_a_record_or_a_sentence(values: dict[str, Any]) -> None:
    try:
        record = shaped(ORDERS, values)
    except Unfit:
        return
    # It is what it is: shaped again, it stays the same, and so does its fingerprint.
    assert shaped(ORDERS, record) == record
    assert digest(record) == digest(dict(reversed(record.items())))
    assert all(value not in (None, "") for value in record.values())


def test_a_message_names_fields_and_never_what_stands_in_them() -> None:
    with pytest.raises(Unfit) as caught:
        shaped(ORDERS, {"ordered_on": "canary@example.org"})
    assert str(caught.value).startswith("ordered_on is no date.")
    assert "canary" not in str(caught.value)


def test_a_fingerprint_does_not_tell_1_from_1_00() -> None:
    line = {"quantity": Decimal("1.00"), "article": "A"}
    assert digest({"total": Decimal(1), "lines": [line]}) == digest(
        {"total": Decimal("1.0"), "lines": [{**line, "quantity": Decimal(1)}]}
    )
    assert digest({"lines": [line]}) != digest({"lines": [line, line]})
    assert digest({"a": 1, "b": 2}, only=["a"]) == digest({"a": 1, "b": 3}, only=["a"])


STREET = {"field": "billing.street", "join": ["billing.house_number"]}


def outgoing(fields: dict[str, Any], lists: dict[str, dict[str, str]] | None = None) -> Outgoing:
    return Outgoing(ORDERS, KindWrite.model_validate({"resource": "x", "fields": fields}), lists or {})


def made(fields: dict[str, Any], record: dict[str, Any], **lists: dict[str, str]) -> dict[str, Any]:
    return outgoing(fields, lists).created(record)


@pytest.mark.parametrize(
    ("rule", "record", "expected"),
    [
        ("number", {"number": "1"}, "1"),
        ("number", {}, None),
        ({"constant": 12}, {}, 12),
        ({"field": "remark", "default": "x"}, {}, "x"),
        ({"field": "remark", "instead": "reference"}, {"reference": "r"}, "r"),
        (STREET, {"billing.street": "S", "billing.house_number": "1"}, "S 1"),
        (STREET, {"billing.house_number": "1"}, "1"),
        ({"field": "remark", "max_length": 3, "cut": True}, {"remark": "ab cd"}, "ab"),
        ({"field": "number", "write": "{value|left_zero 4}"}, {"number": "7"}, "0007"),
        ({"field": "payment_condition", "list": "p"}, {"payment_condition": "30 days"}, "30"),
        ({"field": "payment_condition", "list": "p"}, {"payment_condition": "other"}, "other"),
    ],
)  # fmt: skip
def test_a_member_is_what_its_rule_says(rule: Any, record: dict[str, Any], expected: Any) -> None:
    assert made({"M": rule}, record, p={"30 days": "30"}).get("M") == expected


@pytest.mark.parametrize(
    ("rule", "record", "message"),
    [
        ({"field": "number", "required": True}, {}, "number is empty, and the target needs it as M."),
        (
            {"field": "remark", "max_length": 3},
            {"remark": "secret"},
            "remark has 6 characters, and the target takes 3.",
        ),
        ({"field": "number", "digits_only": True}, {"number": "A1"}, "number has other characters than digits"),
    ],
)
def test_what_a_target_would_refuse_is_refused_before(rule: Any, record: dict[str, Any], message: str) -> None:
    with pytest.raises(Unfit) as caught:
        made({"M": rule}, record)
    assert message in caught.value.message
    assert "secret" not in str(caught.value)


def test_an_update_writes_what_its_mode_allows() -> None:
    fields = {
        "A": "number",
        "B": {"field": "remark", "mode": "if_empty"},
        "C": {"field": "status", "mode": "on_create"},
    }
    record = {"number": "1", "remark": "r", "status": "s"}
    assert outgoing(fields).updated(record, {"remark": "theirs"}) == {"A": "1"}
    assert outgoing(fields).updated(record, {}) == {"A": "1", "B": "r"}
    # What cannot be seen is not overwritten.
    assert outgoing(fields).updated(record, None) == {"A": "1"}


@pytest.mark.parametrize(
    ("value", "country", "expected"),
    [("21", "NL", "4"), ("21", "DE", "14"), ("9", "GB", "0"), ("0", "NL", "rest"), ("21", "", "4")],
)
def test_a_list_knows_countries_and_the_rest(value: str, country: str, expected: str) -> None:
    lists = {"vat": {"21": "4", "21@DE": "14", "@GB": "0", "*": "rest"}}
    assert in_system(lists, "vat", value, country) == expected


def test_a_list_is_read_backwards() -> None:
    lists = {"vat": {"21": "4", "21@DE": "14", "@GB": "0", "*": "rest"}}
    assert [in_pendel(lists, "vat", each) for each in ("4", "14", "0", "rest", "5")] == ["21", "21", "0", "rest", "5"]


def test_a_row_is_read_by_its_members_values_and_defaults() -> None:
    read = KindRead.model_validate(
        {
            "resource": "x",
            "key": "id",
            "only": {"kind": ["o", 1]},
            "fields": {
                "number": "no",
                "status": {"member": "s", "values": {"1": "open"}},
                "currency": {"member": "cur", "default": "EUR"},
                "ordered_on": {"member": "at", "read": "odata_date"},
                "customer.email": "buyer.mail",
            },
            "lines": {"article": "code", "quantity": "n"},
        }
    )
    incoming = Incoming(ORDERS, read, {})
    row = {"id": 7, "no": 5, "s": 1, "at": "/Date(1700000000000)/", "buyer": {"mail": " a@b.nl "}, "kind": 1}
    row["lines"] = [{"code": "A", "n": "2"}]
    assert incoming.key(row) == "7"
    assert incoming.wanted(row)
    assert not incoming.wanted({**row, "kind": "q"})
    assert incoming.record(row) == {
        "number": "5",
        "status": "open",
        "currency": "EUR",
        "ordered_on": "2023-11-14",
        "customer.email": "a@b.nl",
        "lines": [{"article": "A", "quantity": Decimal(2)}],
    }


READ_PRODUCTS = KindRead.model_validate(
    {
        "resource": "x",
        "key": "id",
        "fields": {
            "number": "no",
            "name": "words.nl",
            "net_price": "price",
            "gross_price": {"member": "gross", "read": "decimal"},
            "active": "on",
            "unit": {"member": "unit", "default": "pc"},
            "vat_code": {"member": "vat", "list": "vat"},
            "currency": {"constant": "EUR"},
            "gtin": {"member": "code", "values": {"1": "one"}},
        },
    }
)
ROWS = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(("no", "price", "gross", "on", "unit", "vat", "code"), VALUES),
        "words": st.one_of(VALUES, st.dictionaries(st.just("nl"), VALUES)),
    },
)


@given(st.lists(ROWS, max_size=5))
def test_rows_that_are_read_together_are_what_each_is_alone(rows: list[dict[str, Any]]) -> None:
    incoming = Incoming(PRODUCTS, READ_PRODUCTS, {"vat": {"21": "4"}})

    def alone(row: dict[str, Any]) -> object:
        try:
            return incoming.record(row)
        except Unfit as error:
            return str(error)

    together = incoming.records(rows)
    assert [str(each) if isinstance(each, Unfit) else each for each in together] == [alone(row) for row in rows]


def test_fields_of_a_link_take_the_place_of_those_of_the_definition() -> None:
    kinds: dict[KindName, KindMapping] = {
        "orders": KindMapping.model_validate(
            {
                "read": {"resource": "x", "key": "id", "fields": {"number": "No", "remark": "Text"}},
                "write": {"resource": "x", "fields": {"Text": "remark", "Ref": "number"}, "lines": {"Vat": "vat_code"}},
            }
        )
    }
    fields = [
        FieldSync(name="Text", field="reference", write="on_create"),
        FieldSync(name="Ref", field="number", read=False, write="never"),
        FieldSync(name="Store", default="1"),
        FieldSync(name="lines.Vat", field="vat_code", value_list="vat"),
    ]
    changed = kinds_of(kinds, {"orders": SyncSettings(fields=fields)})["orders"]
    assert changed.read is not None
    assert changed.write is not None
    assert {name: rule.member for name, rule in changed.read.fields.items()} == {"number": "No", "reference": "Text"}
    assert {name: (rule.field, rule.constant, rule.mode) for name, rule in changed.write.fields.items()} == {
        "Text": ("reference", None, "on_create"),
        "Store": (None, "1", "always"),
    }
    assert changed.write.lines is not None
    assert changed.write.lines["Vat"].list == "vat"


@pytest.mark.parametrize(
    ("condition", "fits"),
    [
        ({"is": ["open", "paid"]}, True),
        ({"is": ["paid"]}, False),
        ({"not": ["open"]}, False),
        ({"filled": True}, True),
        ({"filled": False}, False),
        ({"field": "total", "at_least": 10}, True),
        ({"field": "total", "at_most": 9.5}, False),
        ({"field": "remark", "at_least": 0}, False),
        ({"field": "remark", "filled": False}, True),
    ],
)
def test_a_filter_says_which_records_flow(condition: dict[str, Any], fits: bool) -> None:
    record = {"status": "open", "total": Decimal(10)}
    assert passes(record, [FlowFilter.model_validate({"field": "status", **condition})]) is fits


def flow(kind: str, **more: Any) -> FlowTask:
    given = {"type": "flow", "id": "f", "description": "f", "sequence": 1, "kind": kind, "source": "a", "target": "b"}
    return FlowTask.model_validate({**given, **more})


def test_missing_data_is_completed_but_nothing_is_overwritten() -> None:
    task = flow("orders", defaults={"lines.vat_code": "21", "warehouse": "1"})
    record = completed({"number": "1", "lines": [{"article": "A"}, {"article": "B", "vat_code": "9"}]}, ORDERS, task)
    assert record["employee"] == "999999"
    assert record["warehouse"] == "1"
    assert [(line["line"], line["vat_code"]) for line in record["lines"]] == [(1, "21"), (2, "9")]
    assert completed({"lines": []}, ORDERS, flow("orders", defaults={"employee": "7"}))["employee"] == "7"


def test_costs_and_discounts_become_lines_where_an_article_is_named_for_them() -> None:
    task = flow("orders", documents={"shipping_article": "SHIP", "discount_article": "OFF"})
    given = {"shipping_cost": Decimal("4.95"), "discount_amount": Decimal(10), "lines": []}
    lines = completed(given, ORDERS, task)["lines"]
    assert [(line["article"], line["price"]) for line in lines] == [("SHIP", Decimal("4.95")), ("OFF", Decimal(-10))]
    assert completed(given, ORDERS, flow("orders"))["shipping_cost"] == Decimal("4.95")


@pytest.mark.parametrize(
    ("rules", "quantity"),
    [
        ({}, 5),
        ({"count": "free"}, 7),
        ({"count": "on_hand"}, 10),
        ({"count": "projected"}, 11),
        ({"in_stock": 99}, 99),
    ],
)
def test_stock_is_the_number_that_is_wanted(rules: dict[str, Any], quantity: int) -> None:
    given = {"article": "A", "on_hand": 10, "reserved": 3, "available": 5, "planned_in": 2, "planned_out": 1}
    record = shaped(KINDS["stock"], given)
    result = completed(record, KINDS["stock"], flow("stock", stock={**rules, "manage_stock": True}))
    assert (result["quantity"], result["manage_stock"]) == (quantity, True)


def test_stock_that_nobody_knows_is_no_zero() -> None:
    with pytest.raises(Unfit, match="does not say the stock"):
        completed({"article": "A"}, KINDS["stock"], flow("stock"))


@pytest.mark.parametrize("company", ["", "   ", None])
def test_trap_23_blanks_are_no_company(company: str | None) -> None:
    values = {"customer.company": company, "customer.first_name": "Ann", "customer.last_name": "Ash"}
    customer = customer_of(shaped(ORDERS, values))
    assert (customer["kind"], customer["name"]) == ("person", "Ann Ash")
    company_too = customer_of(shaped(ORDERS, {**values, "billing.company": "ACME"}))
    assert (company_too["kind"], company_too["name"]) == ("company", "ACME")


def test_a_flow_leads_from_one_system_to_another() -> None:
    with pytest.raises(ValueError, match="source and target are the same"):
        flow("orders", target="a")
