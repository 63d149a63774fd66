"""BuchhaltungsButler on loopback, as its published description and replies that were measured say."""

from __future__ import annotations

import base64
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from support.links.rest_server import PAGE, Answer, Asked, RestServer

if TYPE_CHECKING:
    from support.links.rest_server import FakeClock

MINUTE_CALLS = 100
CLIENT, SECRET, API_KEY = "bb-client", "bb-secret-1", "bb-api-key-1"
_MOST = {"/receipts/get": (500, 10), "/transactions/get": (500, 9)}
"""The largest page of a path, and the code of the error beyond."""
_ITEMS = ("item_name", "item_amount", "item_unit", "item_vat", "item_single_price")
_INVOICE_ERRORS = {5: ("type",), 6: _ITEMS, 7: ("show_prices_type",), 13: ("company_name",)}
"""What is needed, by the code of the error without it, in the order in which it is looked at."""
_RECEIPT_ERRORS = {8: "type", 17: "counterparty", 18: "invoice_number", 19: "date", 20: "amount", 21: "currency"}


class BuchhaltungsButler(RestServer):
    """One company."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock)
        self.receipts: list[dict[str, Any]] = []
        self.debtors: list[dict[str, Any]] = []
        self.transactions: list[dict[str, Any]] = []
        self.accounts: list[dict[str, Any]] = []
        self.cost_locations: list[dict[str, Any]] = []
        self.invoices: list[dict[str, Any]] = []
        """As they were sent."""
        self.refused = 0
        """So many requests were too many."""
        self._calls: list[float] = []
        self._by_number: dict[str, list[dict[str, Any]]] = {}
        self._numbered = 0
        self._batch_at = float("-inf")

    def refuse(self, status: int) -> Answer:
        return _error(status, 30 if status == 504 else 0, "an error occurred")

    def writes(self, asked: Asked) -> bool:
        """It is asked by POST, too."""
        return "/get" not in asked.path

    def answer(self, asked: Asked) -> Answer:
        if asked.method != "POST" or not asked.path.startswith("/api/v1/"):
            return Answer(404, page=PAGE)
        path = asked.path.removeprefix("/api/v1")
        way = {
            "/receipts/get": self._receipts,
            "/transactions/get": self._transactions,
            "/settings/get/debtors": self._debtors,
            "/settings/add/debtor": self._add_debtor,
            "/settings/add-batch/debtors": self._add_debtors,
            "/settings/update/debtor": self._update_debtor,
            "/settings/get/creditors": lambda body: _page([], body, 25),
            "/settings/get/postingaccounts": lambda body: _page(self.accounts, body, 1000),
            "/cost-locations/get": lambda body: _page(self.cost_locations, body, 1000),
            "/invoices/create": self._create_invoice,
            "/receipts/add": self._add_receipt,
        }.get(path)
        if way is None:
            return Answer(404, page=PAGE)
        now = self.clock.now()
        self._calls = [each for each in self._calls if each > now - 60] + [now]
        if len(self._calls) > MINUTE_CALLS:
            self.refused += 1
            return _error(403, 15, "too many requests")
        given = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if asked.headers.get("authorization") != f"Basic {given}":
            return _error(401, 3, "API credentials unknown or invalid")
        body = asked.json
        if body.get("api_key") != API_KEY:
            return _error(401, 4, "customer not found or insufficient privileges")
        if path in _MOST and body.get("limit", 1) > _MOST[path][0]:
            return _error(400, _MOST[path][1], "invalid limit specified")
        return way(body)

    def _receipts(self, body: dict[str, Any]) -> Answer:
        if body.get("list_direction") not in ("inbound", "outbound"):
            return _error(400, 5, "invalid list_direction specified")
        wanted = [
            each
            for each in self._numbered_so(body.get("invoicenumber"))
            if each["type"].endswith(body["list_direction"])
            # Strictly after, as local text.
            and each.get("_modified", "9999") > body.get("date_since_last_modified", "")
        ]
        return _page(wanted, body, 500)

    def _numbered_so(self, number: str | None) -> list[dict[str, Any]]:
        if number is None or len(self.receipts) < 200:
            return [each for each in self.receipts if number in (None, each["invoicenumber"])]
        if self._numbered > len(self.receipts):
            self._by_number, self._numbered = {}, 0
        for each in self.receipts[self._numbered :]:
            self._by_number.setdefault(each["invoicenumber"], []).append(each)
        self._numbered = len(self.receipts)
        return self._by_number.get(number, [])

    def _transactions(self, body: dict[str, Any]) -> Answer:
        return _page(self.transactions, body, 500)

    def _debtors(self, body: dict[str, Any]) -> Answer:
        return _page(self.debtors, body, 25)

    def _add_debtor(self, body: dict[str, Any]) -> Answer:
        if not str(body.get("name", "")).strip():
            return _error(400, 8, "invalid name specified")
        if "additional_addressline" in body or "sales_tax_id_eu" in body:
            return _error(400, 12, "invalid additional_addressline specified")
        number = str(10_000 + len(self.debtors))
        debtor = {key: value for key, value in body.items() if key != "api_key"}
        debtor["additional_addressline"] = debtor.pop("additional_address_line", None)
        debtor["sales_tax_id_eu"] = debtor.pop("sales_tax_id", None)
        self.debtors.append(debtor | {"postingaccount_number": number, "type": "debitor"})
        return Answer(200, {"success": True, "message": "", "postingaccount_number": number})

    def _add_debtors(self, body: dict[str, Any]) -> Answer:
        now = self.clock.now()
        if now < self._batch_at + 5:
            return _error(403, 15, "adding temporarily restricted")
        self._batch_at = now
        for debtor in body["debtors"]:
            self._add_debtor(debtor)
        return Answer(200, {"success": True, "debtors": body["debtors"], "errors": []})

    def _update_debtor(self, body: dict[str, Any]) -> Answer:
        for debtor in self.debtors:
            if debtor["postingaccount_number"] == str(body.get("postingaccount_number")):
                debtor |= {key: value for key, value in body.items() if key not in ("api_key", "postingaccount_number")}
                return Answer(200, {"success": True, "message": ""})
        # An error with status 200: what a client must not take for a success.
        return Answer(200, {"success": False, "error_code": 7, "message": "invalid postingaccount_number specified"})

    def _create_invoice(self, body: dict[str, Any]) -> Answer:
        for code, names in _INVOICE_ERRORS.items():
            if any(not body.get(name) for name in names):
                return _error(400, code, f"invalid {names[0]} specified")
        arrays = {name: value for name, value in body.items() if name.startswith("item_")}
        if any(not isinstance(each, list) or {*map(type, each)} != {str} for each in arrays.values()):
            return _error(400, 6, "no items specified")
        if len({len(each) for each in arrays.values()}) != 1:
            return _error(400, 6, "no items specified")
        self.invoices.append({name: value for name, value in body.items() if name != "api_key"})
        prices = [Decimal(each) for each in body["item_single_price"]]
        total = sum(price * Decimal(amount) for price, amount in zip(prices, body["item_amount"], strict=True))
        number = body.get("invoicenumber") or f"RE-{len(self.receipts) + 1}"
        self._receive(number, f"{total:.2f}", body["company_name"], body["date"])
        return Answer(200, {"success": True, "message": "", "invoicenumber": number})

    def _add_receipt(self, body: dict[str, Any]) -> Answer:
        for code, name in _RECEIPT_ERRORS.items():
            if body.get(name) in (None, ""):
                return _error(400, code, f"invalid {name} specified")
        amount = f"{Decimal(str(body['amount'])):.2f}"
        number = self._receive(body["invoice_number"], amount, body["counterparty"], body["date"])
        return Answer(200, {"success": True, "message": "", "id_by_customer": number})

    def _receive(self, number: str, amount: str, counterparty: str, date: str) -> str:
        key = str(len(self.receipts) + 1)
        self.receipts.append(
            {"id_by_customer": key, "type": "invoice outbound", "invoicenumber": number, "amount": amount}
            | {"counterparty": counterparty, "date": date, "deleted": "0", "payment_date": None}
        )
        return key


def _page(rows: list[dict[str, Any]], body: dict[str, Any], default: int) -> Answer:
    start, size = body.get("offset", 0), body.get("limit", default)
    shown = [{key: value for key, value in row.items() if key[0] != "_"} for row in rows[start : start + size]]
    return Answer(200, {"success": True, "message": "", "rows": len(shown), "data": shown})


def _error(status: int, code: int, message: str) -> Answer:
    return Answer(status, {"success": False, "error_code": code, "message": message})
