"""The definition of Exact Globe against a server that behaves as the vendor's."""

from __future__ import annotations

import datetime as dt
import hashlib
import ssl
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from spnego.channel_bindings import GssChannelBindings
from support.links.exact_globe import ROOT, ExactGlobe
from support.links.opening import open_globe
from support.links.rest_server import serving

from core.demo.credentials import write_certificate
from core.errors import Refused
from core.links.documents import KEY_TO_COME
from core.links.faults import CallFailed
from core.links.reading import Reading
from core.links.writing import Writer

if TYPE_CHECKING:
    from pathlib import Path

    from support.links.rest_server import FakeClock

    from core.links.connection import Connection

ORDERS, LINES = f"{ROOT}SalesOrderHeader", f"{ROOT}SalesOrderLine"
BOLT, NUT = {"Itemcode": "BOLT", "Quantity": 2}, {"Itemcode": "NUT", "Quantity": 3}


def order(reference: str = "W1", **more: Any) -> dict[str, Any]:
    return {"OrderDebtor": "25", "YourReference": reference, "lines": [BOLT, NUT, BOLT], **more}


def date(text: str) -> str:
    """A local time as the server writes it: as if it were one of UTC."""
    return f"/Date({int(dt.datetime.fromisoformat(text + '+00:00').timestamp() * 1000)})/"


def read(reading: Reading) -> list[dict[str, Any]]:
    return [row for page in reading.pages() for row in page]


@pytest.fixture(autouse=True)
def debtor(globe: ExactGlobe) -> dict[str, Any]:
    row = {"ID": "1", "AccountCode": f"{25:>20}", "DebtorNumber": "    25", "CustomerType": "C"}
    globe.rows = {"Account": [row], "Item": [], "Warehouse": [], "ItemCatalog": []}
    return row


# Signing in.


def test_a_connection_is_signed_in_to_once(globe: ExactGlobe, globe_link: Connection) -> None:
    for _ in range(5):
        globe_link.test()
    assert globe.handshakes == 1
    # A question, two messages of the sign-in, and four further questions.
    assert len(globe.log) == 7


def test_many_threads_share_the_connection_that_is_signed_in_to(globe: ExactGlobe, globe_link: Connection) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: globe_link.test(), range(40)))
    assert globe.handshakes == 1
    assert len({asked.peer for asked in globe.log}) == 1


def test_what_is_written_goes_along_with_the_last_message_of_a_sign_in_only(
    globe: ExactGlobe, globe_link: Connection
) -> None:
    Writer(globe_link, "products").create({"ItemCode": "BOLT", "Description0": "Bolt"})
    globe_link.close()
    assert [row["ItemCode"] for row in globe.rows["Item"]] == ["BOLT"]


def test_a_connection_that_was_lost_is_signed_in_to_again(globe: ExactGlobe, globe_link: Connection) -> None:
    globe_link.test()
    globe.misbehave("lost")
    globe_link.test()
    assert globe.handshakes == 2


def test_a_wrong_password_is_told_and_tried_once(globe: ExactGlobe, tmp_path: Path) -> None:
    with (
        open_globe(globe, tmp_path, values={"password": "another"}) as link,
        pytest.raises(CallFailed, match="401 Unauthorized") as caught,
    ):
        link.test()
    assert caught.value.kind == "sign_in"
    # More would lock the account.
    assert globe.handshakes == 1


@pytest.mark.parametrize("challenge", [b"NTLMSSP\0", b"what?", b"\xa1\x80"])
def test_a_sign_in_that_nobody_can_read_is_told(globe: ExactGlobe, globe_link: Connection, challenge: bytes) -> None:
    globe.challenge = challenge
    with pytest.raises(CallFailed, match="sends a message in it that cannot be read"):
        globe_link.test()


def test_basic_is_the_other_choice(clock: FakeClock, tmp_path: Path) -> None:
    with serving(ExactGlobe(clock, credentials=tmp_path / "x", sign_in="Basic")) as site:
        site.rows["Warehouse"] = []
        with open_globe(site, tmp_path, sign_in="basic") as link:
            link.test()
        assert len(site.log) == 1


@pytest.mark.parametrize("of_another", [False, True])
def test_over_tls_a_sign_in_is_tied_to_the_certificate(
    clock: FakeClock, globe: ExactGlobe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, of_another: bool
) -> None:
    certificate = write_certificate(tmp_path / "tls")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    der = ssl.PEM_cert_to_DER_cert(certificate[0].read_text())
    fingerprint = hashlib.sha256(der + b"x" * of_another).digest()
    with serving(ExactGlobe(clock, credentials=tmp_path / "who-may-sign-in"), certificate=certificate) as site:
        site.rows["Warehouse"] = []
        site.bindings = GssChannelBindings(application_data=b"tls-server-end-point:" + fingerprint)
        with open_globe(site, tmp_path) as link:
            if of_another:
                with pytest.raises(CallFailed, match="401"):
                    link.test()
            else:
                link.test()


def test_another_administration_is_told_in_the_words_of_the_system(globe: ExactGlobe, tmp_path: Path) -> None:
    with (
        open_globe(globe, tmp_path, values={"database": "200"}) as link,
        pytest.raises(CallFailed, match="ServerName or DatabaseName is not known"),
    ):
        link.test()


# Reading.


def test_all_pages_are_read_and_codes_are_trimmed(globe: ExactGlobe, globe_link: Connection) -> None:
    globe.rows["Account"] = [
        {"ID": str(each), "AccountCode": f"{each:>20}", "CustomerType": "C" if each % 2 else "S"} for each in range(250)
    ]
    rows = read(Reading(globe_link, "customers"))
    assert [row["AccountCode"] for row in rows] == [str(each) for each in range(1, 250, 2)]
    assert len(globe.asked(f"{ROOT}Account")) == 2 + 3


@pytest.mark.parametrize(
    ("changed", "cursor", "asked"),
    [
        ("2026-01-15T13:00:00", "2026-01-15T12:00:00+00:00", "2026-01-15T12:59:00"),
        ("2026-07-15T13:00:00", "2026-07-15T11:00:00+00:00", "2026-07-15T12:59:00"),
        # 02:30 comes twice that night. Which is meant nobody knows: the earlier one counts.
        ("2026-10-25T02:30:00", "2026-10-25T00:30:00+00:00", "2026-10-25T01:29:00"),
    ],
)
def test_trap_21_times_are_those_of_the_server(
    globe: ExactGlobe, globe_link: Connection, changed: str, cursor: str, asked: str
) -> None:
    globe.rows["Item"] = [{"ItemCode": "BOLT", "ModifiedDate": date(changed)}]
    reading = Reading(globe_link, "products")
    assert read(reading)[0]["ModifiedDate"] == changed
    assert reading.cursor == cursor
    # The row on the edge comes again: what is read is written over what is there.
    assert len(read(Reading(globe_link, "products", since=cursor))) == 1
    assert globe.log[-1].query["$filter"] == f"ModifiedDate ge datetime'{asked}'"


def test_a_time_zone_that_is_none_is_refused(globe: ExactGlobe, tmp_path: Path) -> None:
    with (
        open_globe(globe, tmp_path, values={"zone": "Amsterdam"}) as link,
        pytest.raises(Refused, match="'Amsterdam' is no time zone"),
    ):
        Reading(link, "products")


def test_the_lines_of_an_order_are_asked_for_by_its_padded_number(globe: ExactGlobe, globe_link: Connection) -> None:
    writer = Writer(globe_link, "orders")
    for number in range(3):
        writer.create(order(f"W{number}"))
    reading = Reading(globe_link, "orders")
    rows = read(reading)
    assert [[line["Itemcode"] for line in row["lines"]] for row in rows] == [["BOLT", "NUT", "BOLT"]] * 3
    assert rows[0]["OrderDebtor"] == "25"
    assert globe.asked(LINES, "GET")[0].query["$filter"] == "SalesOrderNumber eq '       4'"
    assert read(Reading(globe_link, "orders", since=reading.cursor)) == []
    writer.create(order("W3"))
    assert [row["YourReference"] for row in read(Reading(globe_link, "orders", since=reading.cursor))] == ["W3"]


def test_the_stock_of_one_item(globe: ExactGlobe, globe_link: Connection) -> None:
    globe.rows["ItemCatalog"] = [{"ItemCode": code, "AvailableStock": 5.0} for code in ("BOLT", "NUT")]
    assert len(read(Reading(globe_link, "stock"))) == 2
    assert [row["ItemCode"] for row in read(Reading(globe_link, "stock_of_item", about={"item": "NUT"}))] == ["NUT"]
    with pytest.raises(Refused, match="stock_of_item of Exact Globe is read for one item"):
        Reading(globe_link, "stock_of_item")


# Writing.


def test_trap_10_codes_are_padded_in_writing_and_in_filters(globe: ExactGlobe, globe_link: Connection) -> None:
    needed = {"ContactTitle": "DHR", **dict.fromkeys(("InvoiceCountry", "DeliveryCountry"), "NL")}
    needed |= dict.fromkeys(("MailingCountry", "PostalCountry"), "NL")
    record = {"AccountCode": "77", "AccountName": "ACME", "EmailAddress": "a@b.nl", "DebtorNumber": "77", **needed}
    writer = Writer(globe_link, "customers")
    assert [writer.create(record).outcome, writer.create(record).outcome] == ["created", "found"]
    row = globe.rows["Account"][1]
    assert (row["AccountCode"], row["DebtorNumber"], row["CustomerType"]) == (f"{77:>20}", "    77", "C")
    assert writer.create({**record, "AccountName": "ACME bv"}, update=True).outcome == "updated"
    assert globe.rows["Account"][1]["AccountName"] == "ACME bv"


def test_an_item_is_updated_by_its_code(globe: ExactGlobe, globe_link: Connection) -> None:
    writer = Writer(globe_link, "products")
    record = {"ItemCode": "O'RING 5/8", "Description0": "Ring"}
    assert writer.create(record).key == "O'RING 5/8"
    assert writer.create({**record, "Description0": "O-ring"}, update=True).outcome == "updated"
    assert [row["Description0"] for row in globe.rows["Item"]] == ["O-ring"]


def test_an_order_is_its_lines_and_then_its_header(globe: ExactGlobe, globe_link: Connection) -> None:
    written = Writer(globe_link, "orders").create(order())
    assert written.key == globe.rows["SalesOrderHeader"][0]["SalesOrderNumber"].strip()
    sent = [each.json for each in globe.asked("*", "POST") if each.content]
    # The first request was answered with a 401 and did nothing.
    first, second, third, header = sent[-4:]
    assert "TransactionKey" not in first
    assert {second["TransactionKey"], third["TransactionKey"], header["TransactionKey"]} == {
        globe.rows["SalesOrderHeader"][0]["TransactionKey"]
    }
    assert (first["Action"], header["OrderDebtor"]) == ("ADDNEW", "    25")
    assert "lines" not in header
    assert globe.loose == {}


def test_the_requests_of_a_dry_run_are_those_that_would_be_sent(globe: ExactGlobe, globe_link: Connection) -> None:
    calls = Writer(globe_link, "orders").requests_for(order())
    assert globe.log == []
    assert [call.path for call in calls] == ["SalesOrderLine"] * 3 + ["SalesOrderHeader"]
    keys = [(call.body or {}).get("TransactionKey") for call in calls]
    assert keys == [None, KEY_TO_COME, KEY_TO_COME, KEY_TO_COME]


@pytest.mark.parametrize("status", [400, 500])
def test_trap_13_a_header_that_fails_leaves_no_lines(globe: ExactGlobe, globe_link: Connection, status: int) -> None:
    globe.refuses_with = status
    with pytest.raises(CallFailed, match="Debtor     99 does not exist"):
        Writer(globe_link, "orders").create(order(OrderDebtor="99"))
    assert not any(globe.loose.values())
    assert globe.rows.get("SalesOrderHeader", []) == []


def test_trap_13_a_line_that_fails_takes_those_before_it_away(globe: ExactGlobe, globe_link: Connection) -> None:
    globe.misbehave("400", LINES, method="POST", after=3)  # one of them is the first of the sign-in
    globe_link.test()
    with pytest.raises(CallFailed, match=r"^Line 4: 127\.0\.0\.1 answers 400") as caught:
        Writer(globe_link, "orders").create(order(lines=[BOLT, NUT, BOLT, NUT]))
    assert caught.value.kind == "record"
    assert len(globe.asked(f"{LINES}(*", "DELETE")) == 3
    assert not any(globe.loose.values())
    assert globe.asked(ORDERS, "POST") == []


def test_trap_13_lines_that_cannot_be_deleted_are_told(globe: ExactGlobe, globe_link: Connection) -> None:
    globe.misbehave("403", f"{LINES}(*", method="DELETE", times=9)
    with pytest.raises(CallFailed, match=r"Debtor     99 does not exist\. 3 lines that had been sent could not be"):
        Writer(globe_link, "orders").create(order(OrderDebtor="99"))


@pytest.mark.parametrize("lost", ["lost", "502"])
def test_trap_12_an_order_whose_answer_was_lost_is_not_sent_twice(
    globe: ExactGlobe, globe_link: Connection, lost: Any
) -> None:
    globe.misbehave(lost, ORDERS, method="POST")
    written = Writer(globe_link, "orders").create(order())
    [row] = globe.rows["SalesOrderHeader"]
    assert written.key == row["SalesOrderNumber"].strip()
    assert len(globe.rows["SalesOrderLine"]) == 3
    assert not any(globe.loose.values())


def test_trap_12_lines_whose_answers_were_lost_are_sent_anew(globe: ExactGlobe, globe_link: Connection) -> None:
    globe_link.test()
    globe.misbehave("lost", LINES, method="POST", after=1)
    Writer(globe_link, "orders").create(order())
    assert [row["YourReference"] for row in globe.rows["SalesOrderHeader"]] == ["W1"]
    assert [line["Itemcode"] for line in globe.rows["SalesOrderLine"]] == ["BOLT", "NUT", "BOLT"]
    # Whether the one without an answer is there nobody can tell; without a header it is nothing.
    assert [len(lines) for lines in globe.loose.values()] == [1]


def test_an_invoice_that_does_not_show_yet_is_not_sent_twice(globe: ExactGlobe, globe_link: Connection) -> None:
    record: dict[str, Any] = {"InvoiceCode": "1", "OrderDebtor": "25", "YourReference": "W1"}
    record["lines"] = [{"ItemCode": "BOLT", "Quantity": 1}]
    globe.misbehave("lost", f"{ROOT}InvoiceHeader", method="POST")
    writer = Writer(globe_link, "direct_invoices")
    globe.rows["InvoiceHistoryHeader"] = []
    with pytest.raises(CallFailed, match="whether it was carried out is not known") as caught:
        writer.create(record)
    assert caught.value.kind == "unclear"
    assert len(globe.rows["InvoiceHeader"]) == 1
    globe.process()
    assert writer.create(record).outcome == "found"
    [row] = read(Reading(globe_link, "invoices"))
    assert [line["ItemCode"] for line in row["lines"]] == ["BOLT"]


def test_a_sales_entry(globe: ExactGlobe, globe_link: Connection) -> None:
    record: dict[str, Any] = {"Journal": "70", "JournalAccount": "1300", "YourReference": "W1", "DebtorNumber": "25"}
    record["lines"] = [{"GLAccount": "8000", "Amount": 12.5}]
    writer = Writer(globe_link, "sales_entries")
    assert [writer.create(record).outcome, writer.create(record).outcome] == ["created", "found"]
    [row] = read(Reading(globe_link, "sales_entries"))
    assert (row["DebtorNumber"], row["lines"][0]["GLAccount"]) == ("25", "8000")
