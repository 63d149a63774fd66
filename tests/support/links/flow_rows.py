"""Rows of Exact Online as tests of flows need them."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING, Any

from support.links.exact_online import date

if TYPE_CHECKING:
    from support.links.exact_online import ExactOnline
    from support.links.rest_server import FakeClock

ACCOUNTS, CONTACTS, ITEMS = "crm/Accounts", "crm/Contacts", "logistics/Items"
ORDERS, INVOICES, ENTRIES = "salesorder/SalesOrders", "salesinvoice/SalesInvoices", "salesentry/SalesEntries"


def moment(clock: FakeClock) -> dt.datetime:
    """Return what time it is."""
    return dt.datetime.fromtimestamp(clock.now(), dt.UTC)


def row_id(what: str) -> str:
    """Return an id that is the same each time."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, what))


def account(number: int, **more: Any) -> dict[str, Any]:
    return {
        "ID": row_id(f"account {number}"),
        "Code": f"{number:>18}",
        "Name": f"Company {number}",
        "Email": f"buyer{number}@example.org",
        "City": "Delft",
        "Country": "NL",
        "Status": "C",
        "Timestamp": number + 10,
        **more,
    }


def item(code: str, timestamp: int = 11, **more: Any) -> dict[str, Any]:
    return {
        "ID": row_id(f"item {code}"),
        "Code": code,
        "Description": f"Thing {code}",
        "Timestamp": timestamp,
        **more,
    }


def order(number: int, ordered_by: str, at: dt.datetime, **more: Any) -> dict[str, Any]:
    return {
        "OrderID": row_id(f"order {number}"),
        "OrderNumber": number,
        "OrderDate": date(at),
        "OrderedBy": ordered_by,
        "OrderedByName": "somebody",
        "YourRef": f"ref {number}",
        "Currency": "EUR",
        "Status": 12,
        "AmountFC": 121.0,
        "Modified": date(at),
        "SalesOrderLines": [
            {"ID": row_id(f"line {number} 1"), "LineNumber": 1, "ItemCode": "A1", "Quantity": 2, "NetPrice": 50.0},
            {"ID": row_id(f"line {number} 2"), "LineNumber": 2, "ItemCode": "A2", "Quantity": 1, "NetPrice": 0.1},
        ],
        **more,
    }


def invoice(number: int, ordered_by: str, at: dt.datetime, *, kind: int = 8020, **more: Any) -> dict[str, Any]:
    return {
        "InvoiceID": row_id(f"invoice {number}"),
        "InvoiceNumber": number,
        "InvoiceDate": date(at),
        "OrderedBy": ordered_by,
        "Type": kind,
        "Currency": "EUR",
        "AmountFC": 121.0,
        "Modified": date(at),
        "SalesInvoiceLines": [{"ID": row_id(f"iline {number}"), "ItemCode": "A1", "Quantity": 2, "NetPrice": 50.0}],
        **more,
    }


def entry(number: int, customer: str, at: dt.datetime, **more: Any) -> dict[str, Any]:
    return {
        "EntryID": row_id(f"entry {number}"),
        "EntryNumber": number,
        "EntryDate": date(at),
        "Customer": customer,
        "Currency": "EUR",
        "AmountFC": 121.0,
        "Modified": date(at),
        "SalesEntryLines": [
            {"ID": row_id(f"eline {number}"), "GLAccount": "8000", "AmountFC": 100.0, "VATCode": "2", "Quantity": 1}
        ],
        **more,
    }


def fill_exact(site: ExactOnline, clock: FakeClock, *, orders: int = 3) -> None:
    """Give a site two customers, two articles, and some documents; what is read by change is what is written."""
    at = moment(clock)
    buyers = [account(1), account(2)]
    site.rows |= {ACCOUNTS: buyers, CONTACTS: [], ITEMS: [item("A1"), item("A2", 12)]}
    site.rows["sync/CRM/Accounts"] = site.rows[ACCOUNTS]
    site.rows["sync/Logistics/Items"] = site.rows[ITEMS]
    numbers = range(1, orders + 1)
    site.rows[ORDERS] = [order(number, buyers[number % 2]["ID"], at) for number in numbers]
    site.rows["sync/SalesOrder/SalesOrderHeaders"] = [row | {"Timestamp": 11} for row in site.rows[ORDERS]]
    site.rows[INVOICES] = [invoice(number, buyers[number % 2]["ID"], at) for number in numbers]
    site.rows[INVOICES] += [invoice(number + 100, buyers[number % 2]["ID"], at, kind=8023) for number in numbers]
    site.rows[ENTRIES] = [entry(number, buyers[number % 2]["ID"], at) for number in numbers]
    site.rows["sync/Inventory/StockPositions"] = [
        {"ID": row_id("stock A1"), "ItemCode": "A1", "CurrentStock": 10, "ReservedStock": 3, "FreeStock": 7,
         "PlanningIn": 5, "PlanningOut": 1, "Timestamp": 11, "WarehouseCode": "1"}
    ]  # fmt: skip
