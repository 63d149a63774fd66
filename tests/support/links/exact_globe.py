"""Exact Globe's REST entity services on loopback: NTLM per connection, padded codes, and documents in several requests.

As the vendor's entity documentation, its help pages and client code that runs against it say.
"""

from __future__ import annotations

import base64
import re
import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import spnego
from support.links.odata import Tables
from support.links.rest_server import Answer, Asked, RestServer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from support.links.rest_server import FakeClock

DOMAIN, USER, PASSWORD = "OFFICE", "ann", "secret-of-ann"
SERVER, DATABASE = "GLOBE\\SQL", "100"
ROOT = "/Services/Exact.Entity.REST.EG/"
PAGE_ROWS = 60

_KEYED = re.compile(r"(\w+)\((?:guid'([^']+)'|'((?:[^']|'')*)'|(\d+))\)")
_DOCUMENTS = {
    "SalesOrderHeader": "SalesOrderLine",
    "InvoiceHeader": "InvoiceLine",
    "FinancialHeader": "FinancialLine",
}
_LINES = {line: header for header, line in _DOCUMENTS.items()}
_KEYS = {"Item": "ItemCode", "SalesOrderHeader": "SalesOrderNumber", "ItemAssortment": "Assortment"}
_NEEDED = {
    "Account": ("AccountCode", "AccountName", "ContactTitle", "InvoiceCountry", "DeliveryCountry"),
    "Item": ("ItemCode",),
    "ItemAssortment": ("Code",),
    "SalesOrderHeader": ("OrderDebtor", "YourReference"),
    "InvoiceHeader": ("InvoiceCode", "OrderDebtor", "YourReference"),
    "FinancialHeader": ("Journal", "JournalAccount"),
    "FinancialLine": ("GLAccount",),
}
_PADDED = {"AccountCode": 20, "DebtorNumber": 6, "OrderDebtor": 6, "InvoiceDebtor": 6, "DeliveryDebtor": 6}


class ExactGlobe(RestServer):
    """One server with one administration. Times are local, and written as if they were of UTC."""

    def __init__(self, clock: FakeClock, *, credentials: Path, sign_in: str = "NTLM") -> None:
        """``credentials`` is the file that NTLM_USER_FILE names: where spnego looks for who may sign in."""
        super().__init__(clock)
        credentials.write_text(f"{DOMAIN}:{USER}:{PASSWORD}\n", encoding="utf-8")
        self.rows: dict[str, list[dict[str, Any]]] = {}
        """By entity; padded, as they are stored."""
        self.loose: dict[str, list[dict[str, Any]]] = {}
        """Lines that wait for their header, by TransactionKey."""
        self.refuses_with = 400
        self.fields: Mapping[str, Any] = {}
        """By entity, the fields that are documented; empty: any may be written."""
        self.dropped = ""
        """A field of documents that is taken and not kept."""
        self.signed_in: set[int] = set()
        """The connections, by port."""
        self.handshakes = 0
        self.challenge: bytes | None = None
        """Said in a sign-in, in place of what is right."""
        self.bindings: Any = None
        """What every sign-in must be tied to, where it is not None."""
        self._sign_in = sign_in
        self._under_way: dict[int, Any] = {}
        self._number = 0
        # It says what is to be worked out.
        self._tables = Tables({"IsRetrieveStockBalance": True})

    def gone(self, peer: int) -> None:
        self.signed_in.discard(peer)
        self._under_way.pop(peer, None)

    def refuse(self, status: int) -> Answer:
        return Answer(status, _error(f"Status {status}"))

    def answer(self, asked: Asked) -> Answer:
        if (refused := self._who(asked)) is not None:
            return refused
        if asked.headers.get("accept") != "application/json":
            return Answer(200, page="<feed/>")
        if (asked.headers.get("servername"), asked.headers.get("databasename")) != (SERVER, DATABASE):
            return self._refused("ServerName or DatabaseName is not known")
        if not asked.path.startswith(ROOT):
            return Answer(404, page="<html><body>Endpoint not found.</body></html>")
        entity, key = asked.path.removeprefix(ROOT), ""
        if match := _KEYED.fullmatch(entity):
            entity, key = match[1], (match[2] or match[3] or match[4]).replace("''", "'")
        if entity not in self.rows and entity not in _LINES and entity not in _DOCUMENTS:
            return Answer(404, _error(f"Resource not found for the segment '{entity}'."))
        ways: dict[str, Callable[[], Answer]] = {
            "GET": lambda: self._page(asked, entity),
            "POST": lambda: self._create(asked.json, entity),
            "PUT": lambda: self._update(asked.json, entity, key),
            "DELETE": lambda: self._delete(key),
        }
        return ways[asked.method]()

    # Who asks.

    def _who(self, asked: Asked) -> Answer | None:
        scheme, _, message = asked.headers.get("authorization", "").partition(" ")
        if self._sign_in == "Basic":
            given = base64.b64encode(f"{DOMAIN}\\{USER}:{PASSWORD}".encode()).decode()
            return None if (scheme, message) == ("Basic", given) else _unauthorised("Basic")
        if asked.peer in self.signed_in:
            return None
        if scheme != "NTLM":
            return _unauthorised("NTLM")
        context = self._under_way.pop(asked.peer, None)
        if context is None:
            if asked.content:
                return Answer(400, _error("a body before the sign-in"))
            context = spnego.server(
                protocol="ntlm", options=spnego.NegotiateOptions.use_ntlm, channel_bindings=self.bindings
            )
            self._under_way[asked.peer] = context
            challenge = context.step(base64.b64decode(message)) if self.challenge is None else self.challenge
            return _unauthorised(f"NTLM {base64.b64encode(challenge or b'').decode()}")
        self.handshakes += 1
        try:
            context.step(base64.b64decode(message))
        except spnego.exceptions.SpnegoError:
            return _unauthorised("NTLM")
        self.signed_in.add(asked.peer)
        return None

    # Reading.

    def _page(self, asked: Asked, entity: str) -> Answer:
        try:
            found = self._tables.fitting(entity, self.rows.get(entity, []), asked.query.get("$filter", ""))
        except ValueError:
            return self._refused("Syntax error in the filter")
        names = [name for name in asked.query.get("$select", "").split(",") if name]
        if unknown := [name for name in names if self.fields.get(entity) and name not in self.fields[entity]]:
            return self._refused(f"Property {unknown[0]} is not known")
        start = int(asked.query.get("$skiptoken", "0"))
        size = min(int(asked.query.get("$top", PAGE_ROWS)), PAGE_ROWS)
        shown = [{name: row.get(name) for name in names or row} for row in found[start : start + size]]
        document: dict[str, Any] = {"results": [{"__metadata": {"type": entity}, **row} for row in shown]}
        if start + size < len(found) and "$top" not in asked.query:
            rest = "&".join(
                f"{quote(name)}={quote(value)}" for name, value in asked.query.items() if name != "$skiptoken"
            )
            document["__next"] = f"{self.url}{quote(asked.path)}?{rest}&$skiptoken={start + size}"
        return Answer(200, {"d": document})

    # Writing.

    def _create(self, record: dict[str, Any], entity: str) -> Answer:
        if wrong := self._wrong(record, entity):
            return self._refused(wrong)
        if entity in _LINES:
            return self._line(record)
        self._number += 1
        if entity in _DOCUMENTS:
            return self._header(record, entity)
        row = {"ID": str(uuid.uuid4()), **record, "ModifiedDate": self._now()}
        if entity == "ItemAssortment":
            row["Assortment"] = 1 + max((each["Assortment"] for each in self.rows[entity]), default=0)
        self.rows[entity].append(row)
        return Answer(201, {"d": row})

    def _line(self, record: dict[str, Any]) -> Answer:
        key = record.get("TransactionKey")
        if key is None:
            key = str(uuid.uuid4())
            self.loose[key] = []
        elif key not in self.loose:
            return self._refused("TransactionKey: there is no such entry")
        self._number += 1
        row = {**record, "ID": self._number, "TransactionKey": key, "LineNumber": len(self.loose[key]) + 1}
        self.loose[key].append(row)
        return Answer(201, {"d": row})

    def _header(self, record: dict[str, Any], entity: str) -> Answer:
        lines = self.loose.get(record.get("TransactionKey", ""))
        if not lines:
            return self._refused("TransactionKey: there are no lines")
        number = f"{self._number:>8}"
        name = {"SalesOrderHeader": "SalesOrderNumber", "FinancialHeader": "EntryNumber"}.get(entity, "InvoiceNumber")
        del self.loose[record["TransactionKey"]]
        row = {**record, "ID": self._number, name: number}
        row["Completed"] = False
        row.pop(self.dropped, None)
        self.rows.setdefault(entity, []).append(row)
        self.rows.setdefault(_DOCUMENTS[entity], []).extend({**line, name: number} for line in lines)
        return Answer(201, {"d": row})

    def process(self) -> None:
        """Do what a person does in Globe: only then do invoices stand in the history."""
        for name in ("Header", "Line"):
            self.rows.setdefault(f"InvoiceHistory{name}", []).extend(self.rows.pop(f"Invoice{name}", []))

    def _update(self, record: dict[str, Any], entity: str, key: str) -> Answer:
        row = next((each for each in self.rows[entity] if str(each[_KEYS.get(entity, "ID")]) == key), None)
        if row is None:
            return Answer(404, _error("Not found"))
        if wrong := self._wrong(record, entity, whole=False):
            return self._refused(wrong)
        row |= {**record, "ModifiedDate": self._now()}
        self._tables.changed()
        return Answer(204)

    def _delete(self, key: str) -> Answer:
        for lines in self.loose.values():
            for line in lines:
                if str(line["ID"]) == key:
                    lines.remove(line)
                    return Answer(204)
        return Answer(404, _error("Not found"))

    def _wrong(self, record: dict[str, Any], entity: str, *, whole: bool = True) -> str:
        documented = self.fields.get(entity, {})
        for name in _NEEDED.get(entity, ()) if whole else ():
            if not str(record.get(name) or "").strip():
                return f"Mandatory: {name}"
        for name, value in record.items():
            if documented and name not in documented:
                return f"Property {name} is not known"
            length = (
                documented.get(name, {}).get("length") if documented.get(name, {}).get("type") == "String" else None
            )
            if isinstance(value, str) and length and len(value) > length:
                return f"{name}: {length} characters at most"
            if name in _PADDED and isinstance(value, str) and len(value) != _PADDED[name]:
                return f"{name}: {value} is not valid"
        groups = {str(row["Assortment"]) for row in self.rows.get("ItemAssortment", [])}
        if entity == "Item" and "Assortment" in record and record["Assortment"] not in groups:
            return f"Assortment {record['Assortment']} does not exist"
        debtors = {row.get("DebtorNumber") for row in self.rows.get("Account", [])}
        if "OrderDebtor" in record and record["OrderDebtor"] not in debtors:
            return f"Debtor {record['OrderDebtor']} does not exist"
        return ""

    def _refused(self, message: str) -> Answer:
        return Answer(self.refuses_with, _error(message))

    def _now(self) -> str:
        return f"/Date({int(self.clock.now() * 1000)})/"


def _unauthorised(challenge: str) -> Answer:
    return Answer(401, headers={"WWW-Authenticate": challenge}, page="<html><body>401</body></html>")


def _error(message: str) -> dict[str, Any]:
    inner = {"message": message, "type": "Exact.ValidationException", "stacktrace": "at Exact..."}
    return {
        "error": {
            "code": "",
            "message": {"lang": "en-US", "value": "An error occurred while processing this request."},
            "innererror": {"message": "Entity error", "type": "", "stacktrace": "", "internalexception": inner},
        }
    }
