"""The definition of Exact Online against a server that behaves as the vendor's."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from support.links.exact_online import date
from support.links.opening import open_exact

from core.errors import Refused
from core.links.faults import CallFailed
from core.links.reading import Reading
from core.links.tenants import tenants_of
from core.links.writing import Writer

if TYPE_CHECKING:
    from pathlib import Path

    from support.links.exact_online import ExactOnline
    from support.links.rest_server import FakeClock

    from core.links.connection import Connection

SYNC = "/api/v1/123456/sync/CRM/Accounts"
ACCOUNTS = "/api/v1/123456/crm/Accounts"
ORDERS = "/api/v1/123456/salesorder/SalesOrders"


def accounts(number: int) -> list[dict[str, Any]]:
    return [
        {"ID": str(uuid.uuid4()), "Code": f"{each:>18}", "Name": f"Account {each}", "Timestamp": str(each + 11)}
        for each in range(number)
    ]


def read(reading: Reading) -> list[dict[str, Any]]:
    return [row for page in reading.pages() for row in page]


def test_all_pages_are_read_and_values_decoded(exact: ExactOnline, link: Connection) -> None:
    exact.rows["sync/CRM/Accounts"] = accounts(2500)
    reading = Reading(link, "customers")
    sizes = [len(page) for page in reading.pages()]
    assert sizes == [1000, 1000, 500]
    assert reading.cursor == "2510"
    assert exact.asked(SYNC)[0].query["$filter"] == "Timestamp gt 1L"
    first = read(Reading(link, "customers", since="2509"))
    assert [(row["Code"], row["Timestamp"]) for row in first] == [("2499", 2510)]


def test_trap_03_the_cursor_is_the_largest_timestamp_not_the_last(exact: ExactOnline, link: Connection) -> None:
    rows = accounts(5)
    exact.rows["sync/CRM/Accounts"] = [rows[0], rows[4], rows[2], rows[3], rows[1]]
    reading = Reading(link, "customers")
    read(reading)
    assert reading.cursor == "15"


def test_a_cursor_is_not_given_before_the_last_page(exact: ExactOnline, link: Connection) -> None:
    exact.rows["sync/CRM/Accounts"] = accounts(1500)
    reading = Reading(link, "customers")
    next(reading.pages())
    with pytest.raises(RuntimeError):
        _ = reading.cursor


def test_a_reading_that_finds_nothing_keeps_its_cursor(exact: ExactOnline, link: Connection) -> None:
    exact.rows["sync/CRM/Accounts"] = accounts(3)
    reading = Reading(link, "customers", since="13")
    assert read(reading) == []
    assert reading.cursor == "13"


def test_trap_04_a_next_page_on_another_host_is_not_followed(exact: ExactOnline, link: Connection) -> None:
    exact.rows["sync/CRM/Accounts"] = accounts(1500)
    exact.next_host = "http://localhost:1"
    with pytest.raises(CallFailed, match="leads on to a page on localhost"):
        read(Reading(link, "customers"))
    assert len(exact.asked(SYNC)) == 1


def test_trap_05_a_reset_in_milliseconds_is_waited_for_and_no_longer(
    exact: ExactOnline, clock: FakeClock, tmp_path: Path
) -> None:
    exact.minute_limit = 3
    exact.rows["sync/CRM/Accounts"] = accounts(5000)
    begun = clock.now()
    with open_exact(exact, tmp_path) as link:
        assert len(read(Reading(link, "customers"))) == 5000
    assert 0 < clock.now() - begun <= 60
    # Nothing was refused: what the headers said was kept to beforehand.
    assert len(exact.asked(SYNC)) == 5


def test_a_day_that_is_used_up_is_told_and_not_waited_for(exact: ExactOnline, link: Connection) -> None:
    exact.day_limit = 2
    exact.rows["sync/CRM/Accounts"] = accounts(5000)
    with pytest.raises(CallFailed, match="takes no more requests for") as caught:
        read(Reading(link, "customers"))
    assert caught.value.kind == "wait"
    assert caught.value.retriable
    assert len(exact.asked(SYNC)) == 2


def test_a_429_is_waited_for_by_the_headers(exact: ExactOnline, link: Connection, clock: FakeClock) -> None:
    exact.rows["sync/CRM/Accounts"] = accounts(3)
    exact.misbehave("429")
    assert len(read(Reading(link, "customers"))) == 3
    assert 7 in clock.waits


def test_trap_06_bad_rows_do_not_block_the_path_for_an_hour(
    exact: ExactOnline, link: Connection, clock: FakeClock
) -> None:
    exact.rows["crm/Accounts"] = []
    writer = Writer(link, "customers")
    kinds = []
    for number in range(12):
        with pytest.raises(CallFailed) as caught:
            # The definition pads a code to 18; one that is longer is refused by the system.
            writer.create({"Name": "x", "Email": f"{number}@example.org", "Code": "9" * 20})
        kinds.append(caught.value.kind)
    assert kinds == ["record"] * 8 + ["wait"] * 4
    # No look-up went out either: the ten that the system allows were not used up.
    assert len(exact.asked(ACCOUNTS, "POST")) == 8
    clock.forward(3601)
    assert writer.create({"Name": "y", "Email": "y@example.org"}).outcome == "created"


def test_trap_10_codes_are_padded_in_writing_and_trimmed_in_reading(exact: ExactOnline, link: Connection) -> None:
    exact.rows["crm/Accounts"] = exact.rows["sync/CRM/Accounts"] = []
    Writer(link, "customers").create({"Name": "Ann", "Email": "ann@example.org", "Code": "25"})
    assert exact.rows["crm/Accounts"][0]["Code"] == " " * 16 + "25"
    assert [row["Code"] for row in read(Reading(link, "customers", since="0"))] == ["25"]


@pytest.mark.parametrize("lost", ["lost", "502", "500"])
def test_trap_12_an_answer_that_was_lost_creates_nothing_twice(exact: ExactOnline, link: Connection, lost: Any) -> None:
    exact.rows["crm/Accounts"] = []
    exact.misbehave(lost, ACCOUNTS, method="POST")
    record = {"Name": "O'Hara", "Email": "o'hara@example.org"}
    written = Writer(link, "customers").create(record)
    assert [row["Name"] for row in exact.rows["crm/Accounts"]] == ["O'Hara"]
    assert written.key == exact.rows["crm/Accounts"][0]["ID"]
    assert Writer(link, "customers").create(record).outcome == "found"
    assert len(exact.rows["crm/Accounts"]) == 1


def test_trap_12_a_timeout_after_saving_creates_nothing_twice(exact: ExactOnline, tmp_path: Path) -> None:
    exact.rows["crm/Accounts"] = []
    exact.misbehave("stall", ACCOUNTS, method="POST")
    with open_exact(exact, tmp_path, timeout=1) as link:
        Writer(link, "customers").create({"Name": "Ann", "Email": "ann@example.org"})
    assert len(exact.rows["crm/Accounts"]) == 1


def test_trap_14_a_reference_that_was_dropped_in_silence_is_told(exact: ExactOnline, link: Connection) -> None:
    [account] = exact.rows["crm/Accounts"] = accounts(1)
    exact.rows["salesorder/SalesOrders"] = []
    lines = [{"Item": str(uuid.uuid4()), "Quantity": 1}]
    writer = Writer(link, "orders")
    good = writer.create({"OrderedBy": account["ID"], "YourRef": "W1", "lines": lines})
    assert good.outcome == "created"
    with pytest.raises(CallFailed, match="without OrderedBy: it does not know what that refers to"):
        writer.create({"OrderedBy": str(uuid.uuid4()), "YourRef": "W2", "lines": lines})
    assert writer.create({"OrderedBy": account["ID"], "YourRef": "W1", "lines": lines}).outcome == "found"


def test_trap_19_a_reading_by_date_overlaps_with_the_one_before(
    exact: ExactOnline, link: Connection, clock: FakeClock
) -> None:
    now = dt.datetime.fromtimestamp(clock.now(), dt.UTC)
    row: dict[str, Any] = {"OrderID": "1", "Modified": date(now), "SalesOrderLines": []}
    exact.rows["salesorder/SalesOrders"] = [row]
    reading = Reading(link, "orders", since=(now - dt.timedelta(days=1)).isoformat())
    assert len(read(reading)) == 1
    assert dt.datetime.fromisoformat(reading.cursor) == now
    # One that was committed late, with a moment just before: the next reading has it, and the one before again.
    late = row | {"OrderID": "2", "Modified": date(now - dt.timedelta(seconds=30))}
    exact.rows["salesorder/SalesOrders"].append(late)
    assert len(read(Reading(link, "orders", since=reading.cursor))) == 2


@pytest.mark.parametrize("code", ["a@b.nl' or Name eq 'x", "'; drop", "ünï'cödé@x.nl"])
def test_what_is_looked_for_stays_a_value(exact: ExactOnline, link: Connection, code: str) -> None:
    exact.rows["crm/Accounts"] = accounts(3)
    assert Writer(link, "customers").find({"Email": code}) is None
    quoted = code.replace("'", "''")
    assert exact.asked(ACCOUNTS)[-1].query["$filter"] == f"Email eq '{quoted}'"


def test_all_of_a_resource_that_needs_a_filter_is_refused_before_asking(exact: ExactOnline, link: Connection) -> None:
    with pytest.raises(Refused, match="does not give all of orders at once"):
        read(Reading(link, "orders"))
    assert exact.log == []


def test_a_needed_field_is_asked_for_before_the_system_is(exact: ExactOnline, link: Connection) -> None:
    with pytest.raises(Refused, match="has no Name, which the system needs"):
        Writer(link, "customers").create({"Name": "  ", "Email": "a@b.nl"})
    assert exact.log == []


def test_the_test_of_a_link(exact: ExactOnline, link: Connection) -> None:
    assert link.test().document["d"]["results"][0]["CurrentDivision"] == 123456
    exact.misbehave("401")
    with pytest.raises(CallFailed, match="answers 401 Unauthorized") as caught:
        link.test()
    assert caught.value.kind == "sign_in"
    # A 401 counts as an error there, so it is not asked again.
    assert len(exact.log) == 2


def test_lines_come_along_with_their_order(exact: ExactOnline, link: Connection, clock: FakeClock) -> None:
    begun = dt.datetime.fromtimestamp(clock.now() - 60, dt.UTC).isoformat()
    [account] = exact.rows["crm/Accounts"] = accounts(1)
    exact.rows["salesorder/SalesOrders"] = []
    writer = Writer(link, "orders")
    for number in range(130):
        lines = [{"Item": str(uuid.uuid4()), "Quantity": each} for each in range(number % 3 + 1)]
        writer.create({"OrderedBy": account["ID"], "YourRef": f"W{number}", "lines": lines})
    rows = read(Reading(link, "orders", since=begun))
    assert [len(row["lines"]) for row in rows] == [number % 3 + 1 for number in range(130)]
    assert [line["Quantity"] for line in rows[2]["lines"]] == [0, 1, 2]
    # One look-up for each that was written, one that shows that it finds them; and 60 to a page.
    assert len(exact.asked(ORDERS, "GET")) == 130 + 1 + 3


def test_a_line_without_an_item_is_refused_before_anything_is_sent(exact: ExactOnline, link: Connection) -> None:
    lines: list[dict[str, Any]] = [{"Item": str(uuid.uuid4())}, {"Quantity": 1}]
    with pytest.raises(Refused, match="Line 2 of a record of orders has no Item"):
        Writer(link, "orders").request_for({"OrderedBy": str(uuid.uuid4()), "YourRef": "W1", "lines": lines})
    assert exact.log == []


@pytest.mark.parametrize(
    ("resource", "path", "lines", "more", "kind"),
    [
        ("invoices", "salesinvoice/SalesInvoices", "SalesInvoiceLines", {"OrderedBy"}, 8020),
        ("direct_invoices", "salesinvoice/SalesInvoices", "SalesInvoiceLines", {"OrderedBy"}, 8023),
        ("sales_entries", "salesentry/SalesEntries", "SalesEntryLines", {"Customer"}, None),
    ],
)
def test_invoices_and_entries(
    exact: ExactOnline, link: Connection, resource: str, path: str, lines: str, more: set[str], kind: int | None
) -> None:
    [account] = exact.rows["crm/Accounts"] = accounts(1)
    exact.rows[path] = []
    line = {"Item": str(uuid.uuid4()), "GLAccount": str(uuid.uuid4()), "AmountFC": 12.5}
    record = {"Journal": "70", "YourRef": "W1", "lines": [line], **dict.fromkeys(more, account["ID"])}
    writer = Writer(link, resource)
    assert [writer.create(record).outcome, writer.create(record).outcome] == ["created", "found"]
    [row] = exact.rows[path]
    assert (row[lines], row.get("Type")) == ([line], kind)
    [found] = read(Reading(link, resource, since="2020-01-01T00:00:00+00:00"))
    assert found["lines"][0]["GLAccount"] == line["GLAccount"]


def test_the_companies_behind_a_login(exact: ExactOnline, tmp_path: Path) -> None:
    with open_exact(exact, tmp_path, values={"division": ""}) as link:
        declared = link.connector.tenants
        assert declared is not None
        assert tenants_of(link, declared) == [("123456", "123456")]
