"""Rows of Exact Online, Exact Globe and AccountView as tests of flows need them."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING, Any

from support.links.exact_online import date

if TYPE_CHECKING:
    from support.links.accountview import AccountView
    from support.links.exact_globe import ExactGlobe
    from support.links.exact_online import ExactOnline
    from support.links.flow_site import FlowSite
    from support.links.rest_server import FakeClock

ACCOUNTS, CONTACTS, ITEMS = "crm/Accounts", "crm/Contacts", "logistics/Items"
_THEN, _CHANGED = "/Date(1794000000000)/", "2026-11-18T10:00:00"
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


def debtor(number: int, **more: Any) -> dict[str, Any]:
    return {
        "ID": row_id(f"debtor {number}"),
        "AccountCode": f"{number:>20}",
        "DebtorNumber": f"{number:>6}",
        "CustomerType": "C",
        "AccountName": f"Company {number}",
        "ContactLastName": "Ash",
        "EmailAddress": f"buyer{number}@example.org",
        "InvoiceCity": "Delft",
        "InvoiceCountry": "NL",
        "DeliveryCountry": "NL",
        "ModifiedDate": _THEN,
        **more,
    }


def fill_globe(site: ExactGlobe, number: int) -> None:
    """Give a Globe so many customers and items, and an order, an invoice and an entry of each."""
    numbers = range(1, number + 1)

    def order(each: int) -> dict[str, Any]:
        return {"ID": each, "SalesOrderNumber": f"{each:>8}", "SalesOrderDate": _THEN, "Completed": False}

    def document(each: int) -> dict[str, Any]:
        return {"YourReference": f"ref {each}", "OrderDebtor": f"{number + 1 - each:>6}", "CurrencyCode": "EUR"}

    def line(each: int) -> dict[str, Any]:
        return {"ID": each, "LineNumber": 1, "Quantity": 2, "NetPrice": 9.5}

    site.rows = {
        "Account": [debtor(each) for each in numbers],
        "Item": [
            {"ItemCode": f"A{each}", "Description0": f"Thing {each}", "SalesPrice": 9.95, "ModifiedDate": _THEN}
            for each in numbers
        ],
        "SalesOrderHeader": [
            {**order(each), **document(each)} for each in numbers
        ],
        "SalesOrderLine": [
            {"SalesOrderNumber": f"{each:>8}", "Itemcode": f"A{each}", **line(each)} for each in numbers
        ],
        "InvoiceHistoryHeader": [
            {"ID": each, "InvoiceNumber": f"{each:>8}", "InvoiceDate": _THEN, **document(each)} for each in numbers
        ],
        "InvoiceHistoryLine": [
            {"InvoiceNumber": f"{each:>8}", "ItemCode": f"A{each}", **line(each)} for each in numbers
        ],
        "FinancialHeader": [
            {"ID": each, "EntryNumber": f"{each:>8}", "EntryDate": _THEN, "DebtorNumber": f"{number + 1 - each:>6}",
             "Amount": 19}
            for each in numbers
        ],
        "FinancialLine": [
            {"ID": each, "EntryNumber": f"{each:>8}", "GLAccount": "8000", "Amount": 19} for each in numbers
        ],
        "ItemCatalog": [
            {"ItemCode": f"A{each}", "Warehouse": "1", "ShelfStock": 5, "FreeStock": 4, "AvailableStock": 4}
            for each in numbers
        ],
    }  # fmt: skip


def relation(number: int, **more: Any) -> dict[str, Any]:
    """A customer of AccountView."""
    return {
        "REC_ID": f"C{number}",
        "SUB_NR": str(number),
        "ACCT_NAME": f"Company {number}",
        "MAIL_BUS": f"buyer{number}@example.org",
        "ADDRESS1": "Main Street 1",
        "POST_CODE": "1234 AB",
        "CITY": "Delft",
        "CNT_CODE": "NL",
        "CNG_DATE": _CHANGED,
        **more,
    }


def fill_view(site: AccountView) -> None:
    """Give an AccountView two customers, two articles, and an order and an entry of each."""
    numbers = (1, 2)
    site.rows = {
        "CONTACT": [relation(each) for each in numbers],
        "ARTICLE": [
            {"REC_ID": f"A{each}", "ART_CODE": f"A{each}", "ART_DESC1": f"Thing {each}", "QTY_AVAIL": 5,
             "CNG_DATE": _CHANGED}
            for each in numbers
        ],
        "SO_HDR": [
            {"REC_ID": f"O{each}", "SUB_NR": str(3 - each), "COMMENT1": f"ref {each}", "ORD_DATE": _CHANGED,
             "CNG_DATE": _CHANGED}
            for each in numbers
        ],
        "SO_LINE": [
            {"_header": f"O{each}", "ART_CODE": f"A{each}", "ORD_QTY": each, "ART_PX": 12.5} for each in numbers
        ],
        "DJ_PAGE": [
            {"REC_ID": f"P{each}", "PAGE_NR": str(each), "INV_NR": f"I{each}", "SUB_NR": str(3 - each),
             "DJ_CODE": "700", "HDR_DESC": f"page {each}", "TRN_DATE": _CHANGED, "PAGE_AMT": 12.5, "CNG_DATE": _CHANGED}
            for each in numbers
        ],
        "DJ_LINE": [{"_header": f"P{each}", "ACCT_NR": "8000", "AMOUNT": 12.5} for each in numbers],
    }  # fmt: skip


def give_order_of_another_division(exact: ExactOnline, flows: FlowSite) -> None:
    """Give the catalogue an order for Exact Online whose customer belongs to another division: it is dropped there."""
    exact.rows |= {ACCOUNTS: [account(1)], CONTACTS: [], ORDERS: [], ITEMS: [{"ID": row_id("i"), "Code": "A1"}]}
    flows.add(exact)
    flows.add_flow(
        "out", "orders", "catalogue", "exact",
        f'[tasks.documents]\ndefault_customer = "{row_id("of another division")}"\nforce_default = true\n',
    )  # fmt: skip
    flows.fill("order", [{"number": "W1"}])
    flows.fill("order_line", [{"order": "W1", "line": "1", "article": "A1", "quantity": "2", "price": "1"}])
    flows.fill("article", [{"number": "A1"}])
