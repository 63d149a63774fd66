"""Two systems of the demonstration, asked as JSON over HTTP: a webshop, and a bookkeeping for its orders.

They keep their records in memory and take what a small API takes: a key, pages, what changed since a moment, a record
by its id, and new and changed records. Each is started as a context manager, on loopback.
"""

from __future__ import annotations

import json
import secrets
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import parse_qsl, unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

Row = dict[str, Any]

PAGE: Final = 100
_LONGEST: Final = 1_000_000
_HOW: Final = ("changed_from", "skip", "take")
"""Parameters that are no member of a row."""


class _Refused(Exception):
    """A request is answered with a status and a sentence."""

    def __init__(self, status: HTTPStatus, words: str) -> None:
        super().__init__(words)
        self.status = status


@dataclass(slots=True)
class Table:
    """The records of one kind."""

    needed: tuple[str, ...] = ()
    """Members without which none is taken."""
    refers: Mapping[str, str] = field(default_factory=dict)
    """Members that name a record of another table, by its id; of lines behind ``lines.``."""
    rows: dict[str, Row] = field(default_factory=dict)
    first: int = 1
    """The id of the first that is made here."""


class DemoSystem:
    """A system with some tables, which knows its callers by a key."""

    def __init__(self, tables: Mapping[str, Table]) -> None:
        self.key = secrets.token_urlsafe(12)
        self._tables = tables
        self._lock = threading.Lock()
        handler = type("Handler", (_Handler,), {"system": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), name="demo system", daemon=True)

    @property
    def address(self) -> str:
        """Where all paths begin."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def rows(self, table: str) -> list[Row]:
        """Return the records of a table."""
        with self._lock:
            return list(self._tables[table].rows.values())

    def answer(self, method: str, path: str, query: Mapping[str, str], key: str, document: Any) -> Row:
        """Return the answer to a request.

        Raises:
            _Refused: with the status that says why.
        """
        if not secrets.compare_digest(key.encode(), self.key.encode()):
            raise _Refused(HTTPStatus.UNAUTHORIZED, "The key is not known.")
        name, _, row = path.strip("/").partition("/")
        with self._lock:
            if name not in self._tables:
                raise _Refused(HTTPStatus.NOT_FOUND, f"There are no {name} here.")
            table = self._tables[name]
            if row and row not in table.rows:
                raise _Refused(HTTPStatus.NOT_FOUND, f"There is no {row} among the {name}.")
            if method == "GET":
                return table.rows[row] if row else {"items": _page(table, query)}
            if not isinstance(document, dict):
                raise _Refused(HTTPStatus.BAD_REQUEST, "A record is an object.")
            return self._kept(table, row, document)

    def _kept(self, table: Table, row: str, document: Row) -> Row:
        before = table.rows.get(row, {})
        kept: Row = {**before, **document}
        for name in table.needed:
            if not kept.get(name):
                raise _Refused(HTTPStatus.UNPROCESSABLE_ENTITY, f"A record needs {name}.")
        for member, other in table.refers.items():
            place, _, name = member.rpartition(".")
            for each in kept.get(place, ()) if place else (kept,):
                if each.get(name) not in self._tables[other].rows:
                    raise _Refused(HTTPStatus.UNPROCESSABLE_ENTITY, f"There is no record of {other} that {name} names.")
        kept["id"] = row or str(table.first + len(table.rows))
        kept["changed"] = datetime.now(UTC).isoformat()
        table.rows[kept["id"]] = kept
        return kept


def _page(table: Table, query: Mapping[str, str]) -> list[Row]:
    since = datetime.fromisoformat(query["changed_from"]).astimezone(UTC) if "changed_from" in query else None
    found = [
        row
        for row in table.rows.values()
        if (since is None or datetime.fromisoformat(row["changed"]) >= since)
        and all(
            str(row.get(name, "")).casefold() == text.casefold() for name, text in query.items() if name not in _HOW
        )
    ]
    start, number = int(query.get("skip", "0")), min(int(query.get("take", str(PAGE))), PAGE)
    return found[start : start + number]


class _Handler(BaseHTTPRequestHandler):
    system: DemoSystem
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """Write nothing: the terminal belongs to the console."""

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_PUT(self) -> None:
        self._answer()

    def _answer(self) -> None:
        parts = urlsplit(self.path)
        try:
            size = int(self.headers.get("Content-Length") or 0)
            if size > _LONGEST:
                raise _Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "That is too much.")
            document = json.loads(self.rfile.read(size) or b"null")
            status = HTTPStatus.CREATED if self.command == "POST" else HTTPStatus.OK
            told = self.system.answer(
                self.command,
                unquote(parts.path),
                dict(parse_qsl(parts.query)),
                self.headers.get("X-Api-Key", ""),
                document,
            )
        except _Refused as error:
            status, told = error.status, {"error": str(error)}
        except (ValueError, TypeError, AttributeError):
            status, told = HTTPStatus.BAD_REQUEST, {"error": "The request cannot be read."}
        content = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def make_books() -> DemoSystem:
    """Return the bookkeeping, which has nothing yet."""
    return DemoSystem(
        {
            "products": Table(needed=("code", "name"), first=501),
            "customers": Table(needed=("name", "email"), first=10_001),
            "orders": Table(
                needed=("reference", "lines"),
                refers={"customer": "customers", "lines.product": "products"},
                first=2_026_001,
            ),
        }
    )


_PRODUCTS = (
    ("Inbouwspot wit 8 W", "14.95"),
    ("Inbouwspot zwart 8 W", "14.95"),
    ("Ledlamp E27 806 lm", "4.49"),
    ("Wandcontactdoos 2-voudig", "9.80"),
    ("Dimmer 3-100 W", "39.50"),
    ("Kabelgoot 16 mm, 2 m", "3.25"),
    ("Aardlekschakelaar 40 A", "48.00"),
    ("Rookmelder 10 jaar", "24.90"),
)
_BUYERS = (
    ("Anna", "de Vries", "", "Oude Delft 12", "2611 CC", "Delft"),
    ("Jürgen", "Weiß", "Elektro Weiß GmbH", "Marktstraße 3", "47533", "Kleve"),
    ("Sanne", "Bakker", "Bakker Installatie", "Kade 88", "3011 AB", "Rotterdam"),
    ("Luc", "Peeters", "", "Meir 5", "2000", "Antwerpen"),
    ("Noor", "Jansen", "", "Singel 41", "1012 VC", "Amsterdam"),
)
VOUCHER: Final = "GIFT-25"
"""What one order has, and no product of the shop is: the books do not know it."""


def make_shop(*, orders: int, now: datetime) -> DemoSystem:
    """Return the webshop, with so many orders of the last days; one of them has a voucher as an article."""
    products = {
        str(number): {
            "id": str(number),
            "title": title,
            "ean": "",
            "unit": "PCE",
            "price": price,
            "changed": (now - timedelta(days=30)).isoformat(),
        }
        for number, (title, price) in enumerate(_PRODUCTS, start=101)
    }
    made = {}
    for place in range(orders):
        number, moment = str(4001 + place), now - timedelta(hours=3 * (orders - place))
        lines = [_line(products[str(101 + (place * step) % len(_PRODUCTS))], 1 + place % 3) for step in (1, 3)]
        if place == orders // 2:
            lines.append({"product": VOUCHER, "title": "Cadeaubon", "quantity": 1, "price": "25.00"})
        first, last, company, street, postal_code, city = _BUYERS[place % len(_BUYERS)]
        made[number] = {
            "id": number,
            "ordered": moment.date().isoformat(),
            "buyer": {
                "email": f"buyer{place % len(_BUYERS) + 1}@example.org",
                "first_name": first,
                "last_name": last,
                "company": company,
                "street": street,
                "postal_code": postal_code,
                "city": city,
            },
            "lines": lines,
            "changed": moment.isoformat(),
        }
    return DemoSystem({"products": Table(rows=products), "orders": Table(rows=made)})


def _line(product: Row, quantity: int) -> Row:
    return {"product": product["id"], "title": product["title"], "quantity": quantity, "price": product["price"]}
