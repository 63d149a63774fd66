"""The two systems of the demonstration: what flows between them, the one failure, and how it is mended."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.resources import files
from typing import TYPE_CHECKING

import httpx
import pytest

from core.demo.systems import VOUCHER, make_books, make_shop
from core.runs import RunState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.links.flow_site import FlowSite

    from core.demo.systems import DemoSystem

    Both = tuple[DemoSystem, DemoSystem]

ORDERS = 6


@pytest.fixture
def both() -> Iterator[Both]:
    with make_shop(orders=ORDERS, now=datetime.now(UTC)) as shop, make_books() as books:
        yield shop, books


def linked(flows: FlowSite, both: Both) -> None:
    for name, system in zip(("shop", "books"), both, strict=True):
        definition = files("core.demo").joinpath(f"{name}.toml").read_text(encoding="utf-8")
        flows.vault.set(name, system.key)
        fields = f'address = "{system.address}"\napi_key = {{ secret = "{name}" }}'
        flows.add_defined(name, definition, fields)
    flows.add_flow("products", "products", "shop", "books")


def test_one_order_fails_and_goes_once_the_flow_may_create_its_article(flows: FlowSite, both: Both) -> None:
    shop, books = both
    linked(flows, both)
    flows.add_flow("orders", "orders", "shop", "books")
    assert flows.run("products").state is RunState.SUCCEEDED, flows.log
    outcome = flows.run("orders")
    assert (outcome.state, outcome.counts.new, outcome.counts.rejected) == (RunState.WARNINGS, ORDERS - 1, 1)
    (failure,) = flows.failures("orders")
    assert VOUCHER in failure.reason
    # The shop knows under which number each of its orders is kept.
    kept = {row["reference"]: row["id"] for row in books.rows("orders")}
    assert {row["id"]: row.get("booked_as") for row in shop.rows("orders") if row["id"] in kept} == kept

    flows.change_flow("orders", 'documents = { missing_products = "create" }')
    flows.resend("orders")
    assert flows.run("orders").state is RunState.SUCCEEDED, flows.log
    assert len(books.rows("orders")) == ORDERS
    products = len(books.rows("products"))
    assert flows.run("orders").counts.new == flows.run("products").counts.new == 0
    assert (len(books.rows("orders")), len(books.rows("products"))) == (ORDERS, products)


def test_the_systems_refuse_what_a_system_refuses(both: Both) -> None:
    _, books = both
    with httpx.Client(base_url=books.address, headers={"X-Api-Key": books.key}) as client:
        assert client.get("/products", headers={"X-Api-Key": "wrong"}).status_code == 401
        assert client.get("/products", headers={b"X-Api-Key": "wrüng".encode()}).status_code == 401
        assert client.get("/invoices").status_code == 404
        assert client.get("/products/1").status_code == 404
        assert client.post("/products", content=b"{").status_code == 400
        assert client.post("/products", json=[]).status_code == 400
        assert client.get("/products", params={"changed_from": "yesterday"}).status_code == 400
        refused = client.post("/products", json={"code": "1"})
        assert (refused.status_code, refused.json()) == (422, {"error": "A record needs name."})
        line = {"reference": "1", "customer": "1", "lines": [{"product": "1"}]}
        assert client.post("/orders", json=line).json() == {
            "error": "There is no record of customers that customer names."
        }
        assert books.rows("orders") == []
