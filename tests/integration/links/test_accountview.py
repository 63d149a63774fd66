"""The definition of AccountView against a server that behaves as the vendor's, as far as that is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from support.links.accountview import COMPANY, AccountView
from support.links.opening import open_accountview
from support.links.rest_server import serving

from core.errors import Refused
from core.links.faults import CallFailed
from core.links.reading import Reading
from core.links.tenants import tenants_of
from core.links.writing import Writer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.links.rest_server import FakeClock

    from core.links.connection import Connection

DATA = "/api/v3/accountviewdata"
LINES = [{"ART_CODE": "BOLT", "ORD_QTY": 2, "ART_PX": 1.5}, {"ART_CODE": "NUT", "ORD_QTY": 3}]


@pytest.fixture
def site(clock: FakeClock) -> Iterator[AccountView]:
    with serving(AccountView(clock)) as site:
        yield site


@pytest.fixture
def link(site: AccountView, tmp_path: Path) -> Iterator[Connection]:
    with open_accountview(site, tmp_path) as connection:
        yield connection


def articles(number: int) -> list[dict[str, Any]]:
    return [
        {"REC_ID": f"{each:010}", "ART_CODE": f"A{each}   ", "QTY_AVAIL": each, "CNG_DATE": "2026-07-15T13:00:00"}
        for each in range(number)
    ]


def read(reading: Reading) -> list[dict[str, Any]]:
    return [row for page in reading.pages() for row in page]


@pytest.mark.parametrize(("number", "requests"), [(0, 1), (499, 1), (500, 2), (501, 2), (1000, 3)])
def test_trap_07_the_next_page_is_asked_for_by_the_last_key(
    site: AccountView, link: Connection, number: int, requests: int
) -> None:
    site.rows["ARTICLE"] = articles(number)
    rows = read(Reading(link, "products"))
    assert [row["ART_CODE"] for row in rows] == [f"A{each}" for each in range(number)]
    assert len(site.asked(DATA)) == requests


def test_each_table_has_its_own_key(site: AccountView, link: Connection) -> None:
    site.rows["CONTACT"] = [{"SUB_NR": f"{each:05}", "REC_ID": str(each)} for each in range(700)]
    site.rows["LEDGER"] = [{"ACCT_NR": f"{each:05}", "REC_ID": str(each)} for each in range(700)]
    assert len(read(Reading(link, "customers"))) == len(read(Reading(link, "revenue_accounts"))) == 700
    assert [asked.query.get("lastKey") for asked in site.asked(DATA)] == [None, "00499"] * 2


def test_trap_21_changes_are_asked_for_by_a_local_time_in_the_words_of_foxpro(
    site: AccountView, link: Connection
) -> None:
    site.rows["ARTICLE"] = articles(2)
    reading = Reading(link, "products")
    read(reading)
    assert reading.cursor == "2026-07-15T11:00:00+00:00"
    assert len(read(Reading(link, "products", since=reading.cursor))) == 2
    asked = site.log[-1].query
    assert asked["FilterValue1"] == "{^2026-07-15 12:59:00}"


def test_lines_come_beside_their_documents(site: AccountView, link: Connection) -> None:
    writer = Writer(link, "orders")
    for number in range(3):
        writer.create({"SUB_NR": "10001", "COMMENT1": f"W{number}", "lines": LINES[: number % 2 + 1]})
    rows = read(Reading(link, "orders"))
    assert [[line["ART_CODE"] for line in row["lines"]] for row in rows] == [["BOLT"], ["BOLT", "NUT"], ["BOLT"]]


def test_a_line_of_no_document_is_told(site: AccountView, link: Connection) -> None:
    writer = Writer(link, "orders")
    writer.create({"SUB_NR": "10001", "COMMENT1": "W1", "lines": LINES})
    resource = link.connector.resources["orders"]
    resource.query["Fields"] = resource.query["Fields"].replace("SO_HDR.RowId", "SO_HDR.ROWNR")
    with pytest.raises(CallFailed, match="shows a line of orders whose HeaderId is that of no row"):
        read(Reading(link, "orders"))


def test_values_stand_in_the_order_of_their_definition(site: AccountView, link: Connection) -> None:
    record = {"COMMENT1": "W1", "ORD_DATE": "2026-11-29T00:00:00", "SUB_NR": "10001", "lines": LINES}
    call = Writer(link, "orders").request_for(record)
    assert call.body == {
        "BusinessObject": "SO1",
        "Table": {
            "Definition": {
                "Name": "SO_HDR",
                "Fields": [
                    {"Name": "RowId", "FieldType": "C"},
                    {"Name": "SUB_NR", "FieldType": "C"},
                    {"Name": "ORD_DATE", "FieldType": "T"},
                    {"Name": "COMMENT1", "FieldType": "C"},
                ],
            },
            "DetailDefinitions": [
                {
                    "Name": "SO_LINE",
                    "Fields": [
                        {"Name": "RowId", "FieldType": "C"},
                        {"Name": "HeaderId", "FieldType": "C"},
                        {"Name": "ART_CODE", "FieldType": "C"},
                        {"Name": "ORD_QTY", "FieldType": "N"},
                        {"Name": "ART_PX", "FieldType": "N"},
                    ],
                }
            ],
        },
        "TableData": {
            "Data": {"Rows": [{"Values": ["1", "10001", "2026-11-29T00:00:00", "W1"]}]},
            "DetailData": [{"Rows": [{"Values": ["1", "1", "BOLT", 2, 1.5]}, {"Values": ["2", "1", "NUT", 3, None]}]}],
        },
    }
    assert site.log == []


@pytest.mark.parametrize("lost", ["lost", "502"])
def test_trap_12_an_order_is_looked_for_by_its_reference(site: AccountView, link: Connection, lost: Any) -> None:
    site.misbehave(lost, DATA, method="POST")
    writer = Writer(link, "orders")
    record = {"SUB_NR": "10001", "COMMENT1": "W1", "lines": LINES}
    assert [writer.create(record).outcome, writer.create(record).outcome] == ["created", "found"]
    assert len(site.rows["SO_HDR"]) == 1


def test_a_customer_gets_its_number_from_the_system(site: AccountView, link: Connection) -> None:
    writer = Writer(link, "customers")
    record = {"ACCT_NR": "1210", "ACCT_NAME": "ACME", "SRC_CODE": "ACME", "MAIL_BUS": "a@b.nl"}
    written = writer.create(record)
    assert written.key == site.rows["CONTACT"][0]["SUB_NR"]
    assert writer.create(record).key == written.key
    with pytest.raises(Refused, match="customers is not updated by this connector"):
        writer.create(record, update=True)


def test_a_field_without_a_column_is_refused_before_anything_is_sent(site: AccountView, link: Connection) -> None:
    with pytest.raises(Refused, match="The definition of products has no column for WEIGHT"):
        Writer(link, "products").request_for({"ART_CODE": "A", "ART_DESC1": "A", "WEIGHT": 1})
    assert site.log == []


def test_trap_08_an_error_with_status_200_is_an_error(site: AccountView, link: Connection) -> None:
    link.connector.resources["orders"].write.create.required.remove("SUB_NR")  # type: ignore[union-attr]
    with pytest.raises(CallFailed, match=r"with an error \(AccountViewError\).*Field SUB_NR must be filled") as caught:
        Writer(link, "orders").create({"COMMENT1": "W1", "lines": LINES})
    assert caught.value.kind == "record"
    assert site.rows == {}


def test_a_sales_entry(site: AccountView, link: Connection) -> None:
    record = {"DJ_CODE": "VRK", "HDR_DESC": "Invoice 7", "TRN_DATE": "2026-11-29", "INV_NR": "7"}
    lines = [{"ACCT_NR": "8000", "AMOUNT": -100}]
    writer = Writer(link, "sales_entries")
    assert [writer.create({**record, "lines": lines}).key, writer.create({**record, "lines": lines}).outcome] == [
        "1",
        "found",
    ]
    [row] = read(Reading(link, "sales_entries"))
    assert row["lines"][0]["AMOUNT"] == -100


def test_the_companies_of_a_login_are_listed_before_one_is_chosen(site: AccountView, tmp_path: Path) -> None:
    with open_accountview(site, tmp_path, values={"company": ""}) as link:
        declared = link.connector.tenants
        assert declared is not None
        assert tenants_of(link, declared) == [(COMPANY, "ACME bv")]
        assert "x-company" not in site.log[0].headers


def test_a_refresh_token_is_used_once(site: AccountView, link: Connection, clock: FakeClock) -> None:
    for _ in range(3):
        clock.forward(3600)
        link.test()
    assert len({asked.form["refresh_token"] for asked in site.asked("/api/v3/token")}) == 3


def test_an_address_is_the_same_when_all_of_it_is(site: AccountView, link: Connection) -> None:
    record = {"SUB_NR": "10001", "DEL_NAME": "Depot", "ADDRESS1": "Street 1", "POST_CODE": "1234 AB"}
    writer = Writer(link, "addresses")
    outcomes = [writer.create(each).outcome for each in (record, {**record, "ADDRESS1": "Street 2"}, record)]
    assert outcomes == ["created", "created", "found"]
