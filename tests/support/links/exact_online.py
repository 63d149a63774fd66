"""Exact Online on loopback: tokens, both windows of limits, the error budget, filters, pages, and silent changes.

As the vendor's documentation and client code that runs against it say. Time is that of the clock that is handed in.
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, urlsplit

from support.links.odata import Tables
from support.links.rest_server import Answer, Asked, RestServer

if TYPE_CHECKING:
    from collections.abc import Callable

from support.links.rest_server import FakeClock

TOKEN_SECONDS, REFRESH_NOT_BEFORE, TOKEN_CALLS_A_DAY = 600, 570, 200
MINUTE_CALLS, DAY_CALLS = 60, 5000
ERRORS_AN_HOUR = 10
CLIENT_ID, CLIENT_SECRET = "client-1", "client-secret-1"
DIVISION = "123456"

_ERROR_STATUSES = (400, 401, 403, 404)
_KEYED = re.compile(r"(.*)\(guid'([0-9a-f-]{36})'\)")
_REFERENCES = ("OrderedBy", "DeliverTo", "InvoiceTo", "Account", "Customer")
_REQUIRED = {
    "crm/Accounts": ("Name",),
    "logistics/Items": ("Code", "Description"),
    "salesorder/SalesOrders": ("OrderedBy", "SalesOrderLines"),
    "salesinvoice/SalesInvoices": ("Journal", "OrderedBy", "SalesInvoiceLines"),
    "salesentry/SalesEntries": ("Customer", "Journal", "SalesEntryLines"),
    "crm/Contacts": ("Account", "FirstName", "LastName"),
    "crm/Addresses": (),
}
_KEYS = {
    "salesorder/SalesOrders": "OrderID",
    "salesinvoice/SalesInvoices": "InvoiceID",
    "salesentry/SalesEntries": "EntryID",
}
_COLLECTIONS = ("SalesOrderLines", "SalesInvoiceLines", "SalesEntryLines")
_MUST_FILTER = ("crm/Accounts", "logistics/Items", "salesorder/SalesOrders", "salesinvoice/SalesInvoices")


class ExactOnline(RestServer):
    """One site with one division."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock)
        self.rows: dict[str, list[dict[str, Any]]] = {}
        """By resource, such as ``crm/Accounts``."""
        self.codes: dict[str, str] = {}
        self.refresh_token = ""
        self.access_token = ""
        self.obtained_at = float("-inf")
        self.token_calls: list[float] = []
        self.next_host = ""
        """Where next pages seem to be, in place of here."""
        self.minute_limit, self.day_limit = MINUTE_CALLS, DAY_CALLS
        self.refused = 0
        """So many requests were too many."""
        self._in_minute = self._in_day = (0.0, 0)
        self._tables = Tables()
        self._errors: dict[str, list[float]] = {}
        self._numbers: Counter[str] = Counter()

    # Signing in.

    def sign_in(self, address: str, *, redirect_uri: str) -> str:
        """Do what a person does with a browser; return the address that the browser is sent to."""
        told = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert told["client_id"] == CLIENT_ID
        assert told["response_type"] == "code"
        assert told["redirect_uri"] == redirect_uri
        # The code has characters that must be quoted, and unquoted before use.
        code = f"{uuid.uuid4()}!/+="
        self.codes[code] = redirect_uri
        return f"{redirect_uri}?code={quote(code, safe='')}&state={told['state']}"

    def grant(self) -> tuple[str, str]:
        """Give an access and a refresh token, as if somebody had signed in now."""
        self.access_token, self.refresh_token = f"access-{uuid.uuid4()}", f"refresh-{uuid.uuid4()}"
        self.obtained_at = self.clock.now()
        return self.access_token, self.refresh_token

    def _token(self, asked: Asked) -> Answer:
        form, now = asked.form, self.clock.now()
        if asked.headers.get("content-type") != "application/x-www-form-urlencoded":
            return _token_error("invalid_request", "content type")
        self.token_calls = [each for each in self.token_calls if each > now - 86_400] + [now]
        if len(self.token_calls) > TOKEN_CALLS_A_DAY:
            return Answer(429, {"error": "access_denied", "error_description": "Too many token calls"})
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return _token_error("invalid_client", "Client authentication failed")
        if form.get("grant_type") == "authorization_code":
            if self.codes.pop(form.get("code", ""), None) != form.get("redirect_uri"):
                return _token_error("invalid_grant", "Code is invalid")
        elif form.get("grant_type") == "refresh_token":
            if form.get("refresh_token") != self.refresh_token:
                return _token_error("invalid_grant", "Old refresh token used.")
            if now < self.obtained_at + REFRESH_NOT_BEFORE:
                answer = _token_error("access_denied", "Rate limit exceeded: access_token not expired")
                return Answer(400, answer.document, {"Reason": "TooEarlyToRefreshTokens"})
        else:
            return _token_error("unsupported_grant_type", "grant type")
        access, refresh = self.grant()
        return Answer(
            200,
            {
                "access_token": access,
                "token_type": "bearer",
                "expires_in": str(TOKEN_SECONDS),
                "refresh_token": refresh,
            },
        )

    # Answering.

    def answer(self, asked: Asked) -> Answer:
        if asked.path == "/api/oauth2/token":
            return self._token(asked)
        endpoint = _KEYED.sub(r"\1", asked.path)
        now = self.clock.now()
        errors = self._errors[endpoint] = [each for each in self._errors.get(endpoint, []) if each > now - 3600]
        if len(errors) >= ERRORS_AN_HOUR:
            return Answer(403, _error("Blocked"), {"Reason": "TooManyErrors"})
        answer = self._limited(asked, now)
        if answer.status in _ERROR_STATUSES:
            errors.append(now)
        return answer

    def _limited(self, asked: Asked, now: float) -> Answer:
        minute, day = 60 * (now // 60), 86_400 * (now // 86_400)
        in_minute = self._in_minute[1] if self._in_minute[0] == minute else 0
        in_day = self._in_day[1] if self._in_day[0] == day else 0
        over = in_minute >= self.minute_limit or in_day >= self.day_limit
        answer = Answer(429, _error("Too many requests")) if over else self._authorised(asked)
        if over:
            self.refused += 1
        else:
            in_minute, in_day = in_minute + 1, in_day + 1
            self._in_minute, self._in_day = (minute, in_minute), (day, in_day)
        told = {
            "X-RateLimit-Limit": str(self.day_limit),
            "X-RateLimit-Remaining": str(self.day_limit - in_day),
            "X-RateLimit-Reset": str(int((day + 86_400) * 1000)),
            "X-RateLimit-Minutely-Limit": str(self.minute_limit),
            "X-RateLimit-Minutely-Remaining": str(self.minute_limit - in_minute),
            "X-RateLimit-Minutely-Reset": str(int((minute + 60) * 1000)),
        }
        return Answer(answer.status, answer.document, {**told, **answer.headers}, answer.page)

    def _authorised(self, asked: Asked) -> Answer:
        good = self.access_token and self.clock.now() < self.obtained_at + TOKEN_SECONDS
        if not good or asked.headers.get("authorization") != f"Bearer {self.access_token}":
            return Answer(401, _error("Unauthorized"))
        if asked.path == "/api/v1/current/Me":
            return Answer(200, {"d": {"results": [{"CurrentDivision": int(DIVISION), "FullName": "Ann"}]}})
        prefix = f"/api/v1/{DIVISION}/"
        if not asked.path.startswith(prefix):
            return Answer(403, _error("Forbidden: division"), {"Reason": "NoAccessToDivision"})
        resource, key = asked.path.removeprefix(prefix), ""
        if match := _KEYED.fullmatch(resource):
            resource, key = match[1], match[2]
        if resource not in self.rows:
            return Answer(404, page="<html><body>The resource cannot be found.</body></html>")
        if asked.headers.get("accept") != "application/json":
            return Answer(200, page="<feed/>")
        ways: dict[str, Callable[[], Answer]] = {
            "GET": lambda: self._one(asked, resource, key) if key else self._page(asked, resource),
            "POST": lambda: self._create(asked, resource),
            "PUT": lambda: self._update(asked, resource, key),
        }
        return ways[asked.method]()

    def _one(self, asked: Asked, resource: str, key: str) -> Answer:
        row = self._row(resource, key)
        if row is None:
            return Answer(404, _error("Not found"))
        names, expanded = asked.query.get("$select", "").split(","), asked.query.get("$expand", "").split(",")
        return Answer(200, {"d": self._shown(row, names, expanded) if names[0] else row})

    def _row(self, resource: str, key: str) -> dict[str, Any] | None:
        found = self._tables.fitting(resource, self.rows[resource], f"{_KEYS.get(resource, 'ID')} eq guid'{key}'")
        return found[0] if found else None

    def _page(self, asked: Asked, resource: str) -> Answer:
        if "$select" not in asked.query:
            return Answer(400, _error("$select is mandatory"))
        if resource in _MUST_FILTER and "$filter" not in asked.query:
            return Answer(400, _error("Mandatory filtering"), {"Reason": "MandatoryFilter"})
        try:
            found = self._tables.fitting(resource, self.rows[resource], asked.query.get("$filter", ""))
        except ValueError:
            return Answer(400, _error("Syntax error in the filter"))
        start = int(asked.query.get("$skiptoken", "0"))
        size = 1000 if resource.startswith(("sync/", "bulk/")) else 60
        names = asked.query["$select"].split(",")
        expanded = asked.query.get("$expand", "").split(",")
        results = [self._shown(row, names, expanded) for row in found[start : start + size]]
        document: dict[str, Any] = {"results": results}
        if start + size < len(found):
            rest = "&".join(
                f"{quote(name)}={quote(value)}" for name, value in asked.query.items() if name != "$skiptoken"
            )
            document["__next"] = f"{self.next_host or self.url}{asked.path}?{rest}&$skiptoken={start + size}"
        return Answer(200, {"d": document})

    def _shown(self, row: dict[str, Any], names: list[str], expanded: list[str]) -> dict[str, Any]:
        """What is chosen of a row. A collection that was not asked for with $expand is an address."""
        shown = {name: row.get(name) for name in names if "/" not in name}
        for name in {each.partition("/")[0] for each in names if "/" in each or each in _COLLECTIONS}:
            members = [each.partition("/")[2] for each in names if each.startswith(f"{name}/")]
            lines = [{each: line.get(each) for each in members} for line in row.get(name) or []]
            shown[name] = {"results": lines} if name in expanded else {"__deferred": {"uri": f"{self.url}/{name}"}}
        return shown

    def _create(self, asked: Asked, resource: str) -> Answer:
        row = dict(asked.json)
        missing = [name for name in _REQUIRED[resource] if not row.get(name)]
        if missing:
            return Answer(400, _error(f"Mandatory: {', '.join(missing)}"))
        if len(row.get("Code", " " * 18)) != 18 and resource == "crm/Accounts":
            return Answer(400, _error("Code: 18 characters are needed"))
        self._known_references(row)
        # Days are written in one notation and read in another.
        days = {name: str(value) for name, value in row.items() if name.endswith("Date")}
        row |= {name: date(dt.datetime.fromisoformat(value).replace(tzinfo=dt.UTC)) for name, value in days.items()}
        key = _KEYS.get(resource, "ID")
        number = len(self.rows[resource]) + 1
        row |= {key: str(uuid.uuid5(uuid.NAMESPACE_OID, f"{resource} {number}"))}
        row |= {"Modified": self._date(), "Timestamp": number}
        self.rows[resource].append(row)
        whole = asked.headers.get("prefer") == "return=representation"
        return Answer(201, {"d": row if whole else dict.fromkeys(row)})

    def _update(self, asked: Asked, resource: str, key: str) -> Answer:
        row = self._row(resource, key)
        if row is None:
            return Answer(404, _error("Not found"))
        row |= asked.json | {"Modified": self._date()}
        self._tables.changed()
        self._known_references(row)
        return Answer(204)

    def _known_references(self, row: dict[str, Any]) -> None:
        """A reference to what this division does not have is stored as null, and nobody is told."""
        known = {each["ID"] for each in self.rows.get("crm/Accounts", [])}
        for name in _REFERENCES:
            if name in row and row[name] not in known:
                row[name] = None

    def _date(self) -> str:
        return f"/Date({int(self.clock.now() * 1000)})/"


def date(moment: dt.datetime) -> str:
    """A moment as Exact Online writes it."""
    return f"/Date({int(moment.timestamp() * 1000)})/"


def _error(message: str) -> dict[str, Any]:
    return {"error": {"code": "", "message": {"lang": "", "value": message}}}


def _token_error(error: str, description: str) -> Answer:
    return Answer(400, {"error": error, "error_description": description})
