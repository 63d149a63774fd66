"""What each system has before a flow, where records come from it and where they go to it: a row a system.

All have the same: two customers, one of whom is at a target already, two articles, of which one is there, and of each
kind of document one of either customer with a line of either article; the catalogue only that of which all is new.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from support.links.accountview import AccountView
from support.links.buchhaltungsbutler import BuchhaltungsButler
from support.links.exact_globe import ExactGlobe
from support.links.exact_online import ExactOnline
from support.links.flow_rows import (
    ACCOUNTS,
    CONTACTS,
    ENTRIES,
    INVOICES,
    ITEMS,
    ORDERS,
    account,
    debtor,
    fill_exact,
    fill_globe,
    fill_view,
    item,
    relation,
    row_id,
)
from support.links.superoffice import SuperOffice
from support.links.sync_erp import SyncErp

from core.config.flow_kinds import CATALOGUE, KINDS
from core.links.connectors import SUPEROFFICE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from support.links.flow_site import FlowSite
    from support.links.rest_server import FakeClock, RestServer

    from core.config.flow_kinds import KindName

DOCUMENTS = tuple(kind.name for kind in KINDS.values() if kind.lines)


@dataclass(frozen=True)
class FlowData:
    """A system in tests of flows."""

    serve: Callable[[FakeClock, Path], Any]
    give: Callable[[Any, FakeClock], None]
    """Let it have two records of each kind that is read."""
    take: Callable[[Any], None]
    """Let it have what is there before records are written."""
    gives: frozenset[KindName]
    takes: frozenset[KindName]


def without(rows: Any, *names: str) -> list[dict[str, Any]]:
    """Return rows without what is another each time."""
    return [{name: value for name, value in row.items() if name not in names} for row in rows]


# Exact Online.


def give_exact(site: ExactOnline, clock: FakeClock) -> None:
    fill_exact(site, clock, orders=2)
    for number, row in enumerate(site.rows[ORDERS]):
        row["SalesOrderLines"] = row["SalesOrderLines"][number : number + 1]
    [position] = site.rows["sync/Inventory/StockPositions"]
    site.rows["sync/Inventory/StockPositions"].append({**position, "ID": row_id("stock A2"), "ItemCode": "A2"})


def take_exact(site: ExactOnline) -> None:
    site.rows = {name: [] for name in (ACCOUNTS, CONTACTS, ITEMS, ORDERS, INVOICES, ENTRIES)}
    site.rows[ACCOUNTS].append(account(1, City="Gouda"))
    site.rows[ITEMS].append(item("A1", Description="Old"))


# Exact Globe.


def take_globe(site: ExactGlobe) -> None:
    names = ("SalesOrderHeader", "FinancialHeader", "InvoiceHistoryHeader", "ItemCatalog")
    site.rows = {name: [] for name in names}
    site.rows |= {"Account": [debtor(1, InvoiceCity="Gouda")], "Item": [{"ItemCode": "A1", "Description0": "Old"}]}


# BuchhaltungsButler.


def give_butler(site: BuchhaltungsButler, _clock: FakeClock) -> None:
    site.debtors = [_butlers(number) for number in (1, 2)]
    site.receipts = [
        {"id_by_customer": str(number), "type": "invoice outbound", "invoicenumber": f"R{number}", "amount": "119.00",
         "deleted": "0", "counterparty": f"Company {number}", "date": "2026-11-17", "payment_date": None}
        for number in (1, 2)
    ]  # fmt: skip


def take_butler(site: BuchhaltungsButler) -> None:
    site.debtors = [_butlers(1) | {"city": "Gouda"}]


def _butlers(number: int) -> dict[str, Any]:
    return {
        "postingaccount_number": str(9_000 + number),
        "name": f"Company {number}",
        "email": f"buyer{number}@example.org",
        "city": "Delft",
    }


# AccountView.


def take_view(site: AccountView) -> None:
    site.rows = {"CONTACT": [relation(1)], "ARTICLE": [{"REC_ID": "A1", "ART_CODE": "A1", "ART_DESC1": "Old"}]}


# SuperOffice CRM.


def give_superoffice(site: SuperOffice, _clock: FakeClock) -> None:
    for number in (1, 2):
        site.save("Contact", number, _company(number))
        site.save("Project", number, {"Name": f"Project {number}", "ProjectNumber": f"P{number}"})
    site.sales = [
        {"saleId": number, "heading": f"Sale {number}", "stageName": "Offer", "probPercent": 40, "amount": "12.50",
         "currency": "EUR", "date": "2026-05-01T00:00:00Z", "associateId": 12, "updatedDate": "2026-01-01T10:00:00Z"}
        for number in (1, 2)
    ]  # fmt: skip


def take_superoffice(site: SuperOffice) -> None:
    site.save("Contact", 1, _company(1))
    site.save("Person", 1, {"Lastname": "Ash", "Emails": [{"Value": "ann@example.org"}]})
    site.save("Project", 1, {"Name": "Old", "ProjectNumber": "P1"})


def _company(number: int) -> dict[str, Any]:
    return {
        "Name": f"Company {number}",
        "Number2": str(number),
        "OrgNr": "",
        "Emails": [{"Value": f"buyer{number}@example.org"}],
        "Phones": [],
        "Country": {"CountryId": 826, "Name": "Netherlands"},
        "Address": {"Street": {"Address1": "", "City": ""}, "Postal": {"Address1": "", "City": "Gouda"}},
    }


# An ERP with a Sync Connector.


def give_erp(site: SyncErp, _clock: FakeClock) -> None:
    for number in ("1", "2"):
        for kind in ("Customer", "Supplier", "Partner"):
            site.put(kind, f"{kind}{number}", **_actor(number))
        site.put("Project", f"P{number}", NUMBER=f"P{number}", NAME=f"Project {number}")
    site.put("Person", "A1", FIRSTNAME="Ann", LASTNAME="Ash", EMAIL="ann@example.org", parent="Customer1")
    site.put("Person", "A2", LASTNAME="Beech", EMAIL="bob@example.org")


def take_erp(site: SyncErp) -> None:
    for kind in ("Customer", "Supplier", "Partner"):
        site.put(kind, f"{kind}1", **{**_actor("1"), "STREETCITY": "Gouda"})
    site.put("Person", "A1", LASTNAME="Ash", EMAIL="ann@example.org")
    site.put("Project", "P1", NUMBER="P1", NAME="Old")


def _actor(number: str) -> dict[str, str]:
    return {
        "NUMBER1": number,
        "NAME": f"Company {number}",
        "EMAIL": f"buyer{number}@example.org",
        "STREETCITY": "Delft",
        "COUNTRY": "NL",
    }


_ALL: frozenset[KindName] = frozenset(("customers", "products", *DOCUMENTS))
_ACTORS: frozenset[KindName] = frozenset(("customers", "suppliers", "partners", "contacts", "projects"))

DATA: Mapping[str, FlowData] = {
    "exact-online": FlowData(
        lambda clock, _: ExactOnline(clock), give_exact, take_exact, _ALL | {"stock", "order-status"}, _ALL
    ),
    "exact-globe": FlowData(
        lambda clock, directory: ExactGlobe(clock, credentials=directory / "who-may-sign-in", sign_in="Basic"),
        lambda site, _: fill_globe(site, 2),
        take_globe,
        _ALL | {"stock", "order-status"},
        _ALL,
    ),
    "buchhaltungsbutler": FlowData(
        lambda clock, _: BuchhaltungsButler(clock),
        give_butler,
        take_butler,
        frozenset({"customers", "sales-entries"}),
        frozenset({"customers", "orders", "invoices", "sales-entries"}),
    ),
    "accountview": FlowData(
        lambda clock, _: AccountView(clock),
        lambda site, _: fill_view(site),
        take_view,
        frozenset({"customers", "products", "orders", "sales-entries", "stock"}),
        frozenset({"customers", "products", "orders", "sales-entries"}),
    ),
    "superoffice": FlowData(
        lambda clock, _: SuperOffice(clock),
        give_superoffice,
        take_superoffice,
        frozenset({"customers", "opportunities", "projects"}),
        frozenset({"customers", "contacts", "projects"}),
    ),
    SUPEROFFICE: FlowData(lambda clock, _: SyncErp(clock), give_erp, take_erp, _ACTORS, _ACTORS),
}
"""By the definition that Pendel brings along."""


def give_catalogue(flows: FlowSite, kind: KindName) -> None:
    """Let the catalogue have two records of a kind, or one document."""
    if kind == "contacts":
        flows.fill(
            "contact",
            [
                {"number": "1", "first_name": "Ann", "last_name": "Ashton", "email": "ann@example.org"},
                {"number": "2", "last_name": "Beech", "email": "bob@example.org"},
            ],
        )
        return
    if kind == "projects":
        flows.fill("project", [{"number": f"P{number}", "name": f"Project {number}"} for number in (1, 2)])
        return
    if kind in ("suppliers", "partners"):
        flows.fill("organisation", [_organisation(number, kind) for number in ("1", "2")])
        return
    flows.fill(
        "customer",
        [
            {"number": str(number), "company": f"Company {number}", "name": f"Company {number}", "last_name": "Ash",
             "email": f"buyer{number}@example.org", "city": "Delft", "country": "NL"}
            for number in (1, 2)
        ],
    )  # fmt: skip
    flows.fill("article", [{"number": each, "description.en": f"Thing {each}"} for each in ("A1", "A2")])
    if kind not in DOCUMENTS:
        return
    entity, day = ("order", "ordered_on") if kind == "orders" else ("invoice", "invoiced_on")
    flows.fill(entity, [{"number": "W1", "customer": "2", day: "2026-11-17", "total": "10"}])
    line = {entity: "W1", "line": "1", "article": "A2", "quantity": "2", "price": "5", "total": "10"}
    flows.fill(f"{entity}_line", [line])


def _organisation(number: str, kind: KindName) -> dict[str, Any]:
    return {"number": number, "kind": kind.removesuffix("s"), "name": f"Company {number}", "city": "Delft"}


def take_catalogue(flows: FlowSite, kind: KindName) -> None:
    """Let the catalogue have what is there before records of a kind come."""
    flows.fill("customer", [{"number": "1", "email": "buyer1@example.org", "city": "Gouda"}])
    known = ("A1", "A2") if kind == "stock" else ("A1",)
    flows.fill("article", [{"number": each, "description.en": "Old"} for each in known])
    if kind == "projects":
        flows.fill("project", [{"number": "P1", "name": "Old"}])
    if kind in ("suppliers", "partners"):
        flows.fill("organisation", [{**_organisation("1", kind), "city": "Gouda"}])
    if kind == "contacts":
        flows.fill("contact", [{"number": "1", "last_name": "Ash", "email": "ann@example.org"}])
    if kind == "order-status":
        flows.fill("order", [{"number": each, "status": "new"} for each in ("1", "2")])


def gives(system: str, kind: KindName) -> bool:
    """Whether there is data for a flow of a kind that comes from a system."""
    return kind in (*_ACTORS, *_ALL) if system == CATALOGUE else system in DATA and kind in DATA[system].gives


def takes(system: str, kind: KindName) -> bool:
    """Whether there is data for a flow of a kind that goes to a system."""
    if system == CATALOGUE:
        return kind in ("stock", "order-status", "opportunities", *_ACTORS, *_ALL)
    return system in DATA and kind in DATA[system].takes


def kept(site: RestServer) -> list[str]:
    """Return all records that a system has, without what is another each time, in an order of its own."""
    if isinstance(site, ExactOnline):
        tables = {name: without(rows, "Modified", "Timestamp") for name, rows in site.rows.items()}
    elif isinstance(site, ExactGlobe):
        tables = _of_globe(site)
    elif isinstance(site, AccountView):
        tables = {name: without(rows, "CNG_DATE") for name, rows in site.rows.items()}
    elif isinstance(site, BuchhaltungsButler):
        tables = {"debtors": site.debtors, "invoices": site.invoices, "receipts": site.receipts}
    elif isinstance(site, SyncErp):
        return sorted(site.kept)
    else:
        assert isinstance(site, SuperOffice)
        tables = {name: without(rows.values(), "UpdatedDate") for name, rows in site.entities.items()}
        tables |= {"keys": site.keys, "sales": site.sales}
    return sorted(f"{name}: {row}" for name, rows in tables.items() for row in rows)


def _of_globe(site: ExactGlobe) -> dict[str, list[dict[str, Any]]]:
    """Documents with their lines; their numbers are given in the order in which they come."""
    changing = ("ID", "ModifiedDate", "TransactionKey", "SalesOrderNumber", "InvoiceNumber", "EntryNumber")
    tables = {name: without(rows, *changing) for name, rows in site.rows.items() if not name.endswith("Line")}
    for name in filter(lambda name: name.endswith("Header"), site.rows):
        lines = site.rows.get(name.replace("Header", "Line"), [])
        for shown, row in zip(tables[name], site.rows[name], strict=True):
            [number] = [each for each in changing[3:] if each in row]
            shown["lines"] = without([line for line in lines if line[number] == row[number]], *changing)
    return tables
