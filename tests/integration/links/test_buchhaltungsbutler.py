"""The definition of BuchhaltungsButler against a server that behaves as the vendor's."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from support.links.opening import open_bb

from core.errors import Refused
from core.links.connection import Call
from core.links.faults import CallFailed
from core.links.reading import Reading
from core.links.writing import Writer

if TYPE_CHECKING:
    from pathlib import Path

    from support.links.buchhaltungsbutler import BuchhaltungsButler
    from support.links.rest_server import FakeClock

    from core.links.connection import Connection

RECEIPTS = "/api/v1/receipts/get"
INVOICE: dict[str, Any] = {
    "invoicenumber": "W-1",
    "type": "invoice",
    "show_prices_type": "net",
    "company_name": "ACME",
    "date": "2026-11-29",
    "lines": [
        {
            "item_name": "Bolt",
            "item_amount": 2,
            "item_unit": "pcs",
            "item_vat": 19,
            "item_single_price": Decimal("50.00"),
        }
    ],
}


def receipts(number: int) -> list[dict[str, Any]]:
    return [
        {"id_by_customer": str(each), "type": "invoice outbound", "invoicenumber": f"R{each}"}
        | {"amount": "-119.10", "deleted": "0", "payment_date": None}
        for each in range(number)
    ]


def read(reading: Reading) -> list[dict[str, Any]]:
    return [row for page in reading.pages() for row in page]


@pytest.mark.parametrize(("number", "requests"), [(0, 1), (499, 1), (500, 2), (501, 2), (1000, 3)])
def test_trap_07_a_page_that_is_exactly_full(
    butler: BuchhaltungsButler, butler_link: Connection, number: int, requests: int
) -> None:
    butler.receipts = receipts(number)
    assert len(read(Reading(butler_link, "invoices"))) == number
    assert len(butler.asked(RECEIPTS)) == requests


def test_values_are_read_as_what_they_are(butler: BuchhaltungsButler, butler_link: Connection) -> None:
    butler.receipts = receipts(1)
    [row] = read(Reading(butler_link, "invoices"))
    assert (row["id_by_customer"], str(row["amount"]), row["deleted"]) == (0, "-119.10", False)
    assert row["payment_date"] is None


def test_trap_08_an_error_with_status_200_is_an_error(butler: BuchhaltungsButler, butler_link: Connection) -> None:
    with pytest.raises(CallFailed, match=r"answers with an error \(7\).*invalid postingaccount_number") as caught:
        Writer(butler_link, "customers").update("99", {"name": "x"})
    assert caught.value.code == "7"


def test_trap_09_a_path_that_does_not_exist_answers_with_a_page(butler_link: Connection) -> None:
    with pytest.raises(CallFailed, match=r"answers 404 with a web page \(HTML\) instead of JSON") as caught:
        butler_link.call(Call("POST", "nothing/here", group="nothing/here"))
    assert "Check the address" in caught.value.advice


def test_trap_11_a_field_has_another_name_in_writing(butler: BuchhaltungsButler, butler_link: Connection) -> None:
    writer = Writer(butler_link, "customers")
    record = {"name": "ACME", "email": "a@b.de", "additional_addressline": "2nd floor", "sales_tax_id_eu": "DE1"}
    written = writer.create(record)
    assert butler.debtors[0]["additional_addressline"] == "2nd floor"
    assert read(Reading(butler_link, "customers"))[0]["sales_tax_id_eu"] == "DE1"
    assert written.key == "10000"


@pytest.mark.parametrize("misbehaviour", ["lost", "500"])
def test_trap_12_an_answer_that_was_lost_creates_nothing_twice(
    butler: BuchhaltungsButler, butler_link: Connection, misbehaviour: Any
) -> None:
    butler.misbehave(misbehaviour, "/api/v1/settings/add/debtor")
    written = Writer(butler_link, "customers").create({"name": "ACME", "email": "a@b.de"})
    assert [each["name"] for each in butler.debtors] == ["ACME"]
    assert written.key == "10000"


def test_trap_12_an_invoice_is_looked_for_by_its_number(butler: BuchhaltungsButler, butler_link: Connection) -> None:
    butler.misbehave("lost", "/api/v1/invoices/create")
    writer = Writer(butler_link, "invoices")
    assert writer.create(INVOICE).key == "W-1"
    assert writer.create(INVOICE).outcome == "found"
    assert len(butler.receipts) == 1


@pytest.mark.parametrize(
    ("cursor", "asked"),
    [
        # Winter and summer, less a minute of overlap.
        ("2026-01-15T12:00:00+00:00", "2026-01-15 12:59:00"),
        ("2026-07-15T12:00:00+00:00", "2026-07-15 13:59:00"),
        # 02:30 comes twice that night: first in summer time (00:30 UTC), then in winter time (01:30 UTC).
        ("2026-10-25T00:31:00+00:00", "2026-10-25 01:30:00"),
        ("2026-10-25T01:31:00+00:00", "2026-10-25 01:30:00"),
        ("2026-10-25T02:31:00+00:00", "2026-10-25 03:30:00"),
    ],
)
def test_trap_21_local_times_without_a_zone(
    butler: BuchhaltungsButler, butler_link: Connection, cursor: str, asked: str
) -> None:
    read(Reading(butler_link, "invoices", since=cursor))
    assert butler.asked(RECEIPTS)[0].json["date_since_last_modified"] == asked


def test_the_next_reading_begins_where_this_one_began(
    butler: BuchhaltungsButler, butler_link: Connection, clock: FakeClock
) -> None:
    begun = dt.datetime.fromtimestamp(clock.now(), dt.UTC)
    reading = Reading(butler_link, "invoices")
    clock.forward(50)
    read(reading)
    assert dt.datetime.fromisoformat(reading.cursor) == begun


def test_trap_22_what_makes_a_standing_plan_is_never_sent(butler: BuchhaltungsButler, butler_link: Connection) -> None:
    with pytest.raises(Refused, match="recurring_interval of invoices is never sent"):
        Writer(butler_link, "invoices").create({**INVOICE, "recurring_interval": "monthly"})
    assert butler.log == []


def test_trap_23_a_name_of_blanks_is_no_name(butler: BuchhaltungsButler, butler_link: Connection) -> None:
    with pytest.raises(Refused, match="has no company_name"):
        Writer(butler_link, "invoices").create({**INVOICE, "company_name": "   "})
    assert butler.log == []


def test_trap_24_an_address_matches_but_for_case_and_blanks(
    butler: BuchhaltungsButler, butler_link: Connection
) -> None:
    butler.debtors = [
        {"name": f"D{each}", "email": f"d{each}@x.de", "postingaccount_number": str(each)} for each in range(60)
    ]
    writer = Writer(butler_link, "customers")
    assert writer.find({"email": " D57@X.DE "}) == "57"
    assert writer.find({"email": "nobody@x.de"}) is None
    assert writer.find({"email": ""}) is None
    butler.debtors.append({"name": "again", "email": "D57@x.de", "postingaccount_number": "99"})
    with pytest.raises(CallFailed, match="2 records of customers that fit this one") as caught:
        writer.create({"name": "x", "email": "d57@x.de"})
    assert caught.value.kind == "conflict"
    assert len(butler.debtors) == 61


def test_a_record_that_is_there_is_updated_where_that_is_wanted(
    butler: BuchhaltungsButler, butler_link: Connection
) -> None:
    writer = Writer(butler_link, "customers")
    writer.create({"name": "ACME", "email": "a@b.de"})
    assert writer.create({"name": "ACME GmbH", "email": "A@b.de"}, update=True).outcome == "updated"
    assert [each["name"] for each in butler.debtors] == ["ACME GmbH"]


def test_a_hundred_requests_a_minute_are_kept_to(
    butler: BuchhaltungsButler, butler_link: Connection, clock: FakeClock
) -> None:
    begun = clock.now()
    for _ in range(250):
        butler_link.test()
    assert len(butler.log) == 250
    assert 120 <= clock.now() - begun < 130


def test_batches_come_one_in_five_seconds(
    butler: BuchhaltungsButler, butler_link: Connection, clock: FakeClock
) -> None:
    path = "settings/add-batch/debtors"
    begun = clock.now()
    for number in range(4):
        butler_link.call(Call("POST", path, group=path, body={"debtors": [{"name": f"D{number}"}]}, repeatable=False))
    assert clock.now() - begun == 15
    assert len(butler.log) == 4


def test_wrong_credentials_are_told_as_that(butler: BuchhaltungsButler, tmp_path: Path) -> None:
    with (
        open_bb(butler, tmp_path, values={"api_key": "another-key"}) as link,
        pytest.raises(CallFailed, match=r"401 Unauthorized \(4\)") as caught,
    ):
        link.test()
    assert caught.value.advice == "Check API client, API secret and API key of the link."
    assert len(butler.log) == 1


def test_the_request_of_a_dry_run_is_the_one_that_would_be_sent(
    butler: BuchhaltungsButler, butler_link: Connection
) -> None:
    writer = Writer(butler_link, "invoices")
    call = writer.request_for(INVOICE)
    assert butler.log == []
    writer.create(INVOICE)
    sent = butler.asked("/api/v1/invoices/create")[0]
    assert sent.path.endswith(call.path)
    assert sent.json == {**(call.body or {}), "api_key": "bb-api-key-1"}


def test_trap_12_what_cannot_be_looked_for_is_not_sent_twice(
    butler: BuchhaltungsButler, butler_link: Connection
) -> None:
    butler.misbehave("lost", "/api/v1/settings/add/debtor")
    with pytest.raises(CallFailed, match="whether it was carried out is not known") as caught:
        Writer(butler_link, "customers").create({"name": "No address", "email": " "})
    assert caught.value.kind == "unclear"
    assert len(butler.debtors) == 1


def test_lines_become_arrays_of_text_that_are_as_long_as_each_other(
    butler: BuchhaltungsButler, butler_link: Connection
) -> None:
    nut = {
        "item_name": "Nut",
        "item_amount": 3,
        "item_unit": "pcs",
        "item_vat": 7,
        "item_single_price": Decimal("0.10"),
    }
    record = {**INVOICE, "lines": [*INVOICE["lines"], {**nut, "item_description": "M6"}]}
    assert Writer(butler_link, "invoices").create(record).key == "W-1"
    [sent] = butler.invoices
    assert {name: value for name, value in sent.items() if name.startswith("item_")} == {
        "item_name": ["Bolt", "Nut"],
        "item_amount": ["2", "3"],
        "item_unit": ["pcs", "pcs"],
        "item_vat": ["19", "7"],
        "item_single_price": ["50.00", "0.10"],
        "item_description": ["", "M6"],
    }
    assert "lines" not in sent
    assert [str(row["amount"]) for row in read(Reading(butler_link, "invoices"))] == ["100.30"]


def test_an_entry_is_looked_for_by_the_number_of_its_invoice(
    butler: BuchhaltungsButler, butler_link: Connection
) -> None:
    record = {"type": "invoice outbound", "counterparty": "ACME", "invoicenumber": "7", "date": "2026-11-29"}
    record |= {"amount": "119.00", "currency": "EUR"}
    butler.misbehave("lost", "/api/v1/receipts/add")
    writer = Writer(butler_link, "sales_entries")
    assert [writer.create(record).key, writer.create(record).outcome] == ["1", "found"]
    assert len(butler.receipts) == 1


def test_lists(butler: BuchhaltungsButler, butler_link: Connection) -> None:
    butler.accounts = [{"postingaccount_number": "8400", "name": "Revenue"}]
    butler.cost_locations = [{"code": "1", "name": "North"}]
    assert read(Reading(butler_link, "revenue_accounts")) == butler.accounts
    assert read(Reading(butler_link, "cost_centres")) == butler.cost_locations
    assert read(Reading(butler_link, "suppliers")) == []


def test_a_customer_without_an_address_is_found_by_its_number_and_nobody_elses(
    butler: BuchhaltungsButler, butler_link: Connection
) -> None:
    butler.debtors = [
        {"name": "A", "email": "a@x.de", "customer_number": "7", "postingaccount_number": "10"},
        {"name": "B", "email": None, "customer_number": "8", "postingaccount_number": "11"},
    ]
    writer = Writer(butler_link, "customers")
    assert writer.find({"customer_number": "7"}) == "10"
    assert writer.find({"email": "new@x.de", "customer_number": "8"}) == "11"
    asked = len(butler.log)
    # Another shop has a customer 7, too: two addresses are two people.
    assert writer.find({"email": "other@x.de", "customer_number": "7"}) is None
    assert len(butler.log) - asked == 1
    assert writer.find({"email": "A@x.de", "customer_number": "8"}) == "10"
    assert writer.can_be_found({}) is False
    butler.debtors.append({"name": "C", "customer_number": "8", "postingaccount_number": "12"})
    with pytest.raises(CallFailed, match="2 records of customers that fit this one: 11 and 12"):
        writer.find({"customer_number": "8"})
