"""SuperOffice CRM Online on loopback: a home that moves, flat lists, whole entities, and foreign keys."""

from __future__ import annotations

import base64
import datetime as dt
import email.utils
import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import jwt
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from support.links.rest_server import PAGE, Answer, Asked, RestServer
from support.links.tokens import CLIENT_SECRET, TokenDesk

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
    from support.links.rest_server import FakeClock

CUSTOMER, SYSTEM_TOKEN = "Cust12345", "App-token-of-the-customer"
_CONDITION = re.compile(r"([\w/]+) (eq|after) '((?:[^']|'')*)'")
_BLANK: dict[str, dict[str, Any]] = {
    "Contact": {
        "ContactId": 0,
        "Name": "",
        "OrgNr": "",
        "Number2": "",
        "Emails": [],
        "Phones": [],
        "Country": {"CountryId": 826, "Name": "Netherlands"},
        "Address": {"Street": {"Address1": "", "City": ""}, "Postal": {"Address1": "", "City": ""}},
        "UserDefinedFields": {"SuperOffice:1": ""},
    },
    "Person": {"PersonId": 0, "Firstname": "", "Lastname": "", "Emails": [], "Contact": None},
    "Project": {"ProjectId": 0, "Name": "", "ProjectNumber": ""},
}
_COLUMNS: dict[str, dict[str, Callable[[dict[str, Any]], Any]]] = {
    "Contact": {
        "contactId": lambda entity: entity["ContactId"],
        "name": lambda entity: entity["Name"],
        "number": lambda entity: entity["Number2"],
        "email/emailAddress": lambda entity: entity["Emails"][0]["Value"] if entity["Emails"] else "",
        "countryId": lambda entity: entity["Country"]["CountryId"],
        "postAddress/city": lambda entity: entity["Address"]["Postal"]["City"],
        "updatedDate": lambda entity: entity["UpdatedDate"],
    },
    "Person": {
        "personId": lambda entity: entity["PersonId"],
        "lastName": lambda entity: entity["Lastname"],
        "contactId": lambda entity: (entity["Contact"] or {}).get("ContactId"),
        "email/emailAddress": lambda entity: entity["Emails"][0]["Value"] if entity["Emails"] else "",
        "personUpdatedDate": lambda entity: entity["UpdatedDate"],
    },
    "Project": {
        "projectId": lambda entity: entity["ProjectId"],
        "name": lambda entity: entity["Name"],
        "number": lambda entity: entity["ProjectNumber"],
        "updatedDate": lambda entity: entity["UpdatedDate"],
    },
}
_ARCHIVES = {"Archive/SimplePerson": "Person"}


class SuperOffice(RestServer):
    """One customer."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock)
        self.desk = TokenDesk(clock, rotating=False)
        self.home = "Cust1"
        self.api = ""
        """Where the system says that it is; empty: here."""
        self.application: RSAPublicKey | None = None
        self.key: RSAPrivateKey | None = None
        """Its own, by which it signs what it answers a system user."""
        self.ticket = ""
        self.tickets = 0
        self.running = True
        self.tells_last_modified = True
        self.entities: dict[str, dict[int, dict[str, Any]]] = {"Contact": {}, "Person": {}, "Project": {}}
        self.sales: list[dict[str, Any]] = []
        self.keys: list[dict[str, Any]] = []
        self.before_put: Callable[[], None] = lambda: None
        """Called between what a client reads and what it writes: what another user does meanwhile."""

    def refuse(self, status: int) -> Answer:
        headers = {"Retry-After": "7"} if status in (429, 503) else {}
        return Answer(status, _error(f"Status {status}"), headers)

    def grant(self) -> tuple[str, str]:
        return self.desk.grant()

    def answer(self, asked: Asked) -> Answer:
        if asked.path == "/login/common/oauth/tokens":
            return self.desk.answer(asked)
        if asked.path == f"/api/state/{CUSTOMER}":
            api = self.api or f"{self.url}/{self.home}/api"
            return Answer(200, {"Endpoint": api, "Api": api, "State": "Running", "IsRunning": self.running})
        if asked.path.startswith("/Cust") and not asked.path.startswith(f"/{self.home}/"):
            return Answer(421, _error("Misdirected request"))
        if asked.path == "/Login/api/PartnerSystemUser/Authenticate":
            return self._authenticate(asked.json)
        ticket = asked.headers.get("authorization") == f"SOTicket {self.ticket}" and bool(self.ticket)
        if not self.desk.knows(asked) and not (ticket and asked.headers.get("so-apptoken") == CLIENT_SECRET):
            return Answer(401, _error("Unauthorized"))
        return self._known(asked, asked.path.removeprefix(f"/{self.home}/api/v1/"))

    def _authenticate(self, body: dict[str, str]) -> Answer:
        token, minute, signature = body["SignedSystemToken"].split(".")
        try:
            assert self.application is not None
            assert self.key is not None
            signed = f"{token}.{minute}".encode()
            self.application.verify(base64.b64decode(signature), signed, PKCS1v15(), SHA256())
        except InvalidSignature:
            return Answer(200, {"IsSuccessful": False, "ErrorMessage": "The signature is not valid."})
        if (token, body["ApplicationToken"], body["ContextIdentifier"]) != (SYSTEM_TOKEN, CLIENT_SECRET, CUSTOMER):
            return Answer(200, {"IsSuccessful": False, "ErrorMessage": "The system user is not known."})
        self.tickets += 1
        self.ticket = f"7T:{self.tickets}"
        claims = {"http://schemes.superoffice.net/identity/ticket": self.ticket}
        # Its times are looked at with the clock of the machine.
        ends = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=5)
        return Answer(
            200, {"IsSuccessful": True, "Token": jwt.encode({**claims, "exp": ends}, self.key, algorithm="RS256")}
        )

    def _known(self, asked: Asked, path: str) -> Answer:
        """Answer who has signed in."""
        first, _, rest = path.partition("/")
        if first == "ForeignApp":
            return self._foreign_key(asked, rest.split("/"))
        if first == "MDOList":
            return Answer(200, [{"Id": 1, "Name": f"{rest} 1"}, {"Id": 2, "Name": f"{rest} 2"}])
        if path == "Archive/SimpleSale":
            return self._page(asked, self.sales)
        if path in _ARCHIVES or (path in self.entities and asked.method == "GET"):
            return self._page(asked, self._columns(_ARCHIVES.get(path, path)))
        if first not in self.entities:
            return Answer(404, page=PAGE)
        return Answer(200, _BLANK[first]) if rest == "default" else self._entity(asked, first, int(rest or 0))

    def _columns(self, name: str) -> list[dict[str, Any]]:
        columns = _COLUMNS[name]
        return [{column: of(entity) for column, of in columns.items()} for entity in self.entities[name].values()]

    def _page(self, asked: Asked, rows: list[dict[str, Any]]) -> Answer:
        found = [row for row in rows if _fits(row, asked.query.get("$filter", ""))]
        start, top = int(asked.query.get("$skip", "0")), int(asked.query["$top"]) if "$top" in asked.query else 50
        names = asked.query["$select"].split(",")
        shown = [
            {"PrimaryKey": str(row[names[0]]), "EntityName": "x", **{name: row.get(name) for name in names}}
            for row in found[start : start + top]
        ]
        document: dict[str, Any] = {"odata.metadata": "x", "odata.nextLink": None, "value": shown}
        if start + top < len(found):
            rest = {**asked.query, "$skip": str(start + top)}
            query = "&".join(f"{quote(name)}={quote(value)}" for name, value in rest.items())
            document["odata.nextLink"] = f"{self.url}{asked.path}?{query}"
        return Answer(200, document)

    def _entity(self, asked: Asked, name: str, key: int) -> Answer:
        stored = self.entities[name]
        if asked.method == "POST":
            key = len(stored) + 1
            return Answer(200, self.save(name, key, asked.json))
        if key not in stored:
            return Answer(404, _error("Not found"))
        if asked.method == "GET":
            headers = {"Last-Modified": self._changed(stored[key])} if self.tells_last_modified else {}
            return Answer(200, stored[key], headers)
        self.before_put()
        since = email.utils.parsedate_to_datetime(asked.headers["if-unmodified-since"])
        if email.utils.parsedate_to_datetime(self._changed(stored[key])) > since:
            return Answer(412, _error("ContactEntity has changed"))
        return Answer(200, self.save(name, key, asked.json))

    def save(self, name: str, key: int, entity: dict[str, Any]) -> dict[str, Any]:
        """Save an entity as it comes: what is not in it is gone."""
        now = dt.datetime.fromtimestamp(self.clock.now(), dt.UTC).replace(tzinfo=None).isoformat(timespec="seconds")
        whole = dict.fromkeys(_BLANK[name]) | json.loads(json.dumps(entity))
        self.entities[name][key] = {**whole, f"{name}Id": key, "UpdatedDate": now}
        return self.entities[name][key]

    def add_company(self, key: int, name: str, *, number: str = "") -> None:
        """Have a company that somebody entered there."""
        self.save("Contact", key, {**_BLANK["Contact"], "Name": name, "Number2": number})

    @staticmethod
    def _changed(entity: dict[str, Any]) -> str:
        moment = dt.datetime.fromisoformat(entity["UpdatedDate"]).replace(tzinfo=dt.UTC)
        return email.utils.format_datetime(moment, usegmt=True)

    def _foreign_key(self, asked: Asked, parts: list[str]) -> Answer:
        if asked.method == "PUT":
            self.keys.append(asked.json)
            return Answer(200, asked.json)
        application, device, word, name, table = parts
        assert (application, device, word) == ("Pendel", "ERP", "Key")
        wanted = {"Key": name, "TableName": table, "Value": asked.query["keyValue"]}
        found = [key for key in self.keys if wanted.items() <= key.items()]
        return Answer(200, found[0] if found else {"Key": "", "Value": "", "RecordId": 0})


def _fits(row: dict[str, Any], text: str) -> bool:
    if not text:
        return True
    first, _, rest = text.partition("' and ")
    if rest:
        return _fits(row, f"{first}'") and _fits(row, rest)
    match = _CONDITION.fullmatch(text)
    assert match is not None, text
    value, wanted = str(row.get(match[1], "")), match[3].replace("''", "'")
    # Of moments, whole days are compared.
    return value[:10] > wanted[:10] if match[2] == "after" else value.casefold() == wanted.casefold()


def _error(message: str) -> dict[str, Any]:
    return {"Error": True, "ErrorType": "SoException", "ErrorMessage": message, "ErrorSource": "NetServer"}
