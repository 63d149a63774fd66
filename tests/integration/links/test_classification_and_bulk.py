"""The definitions of the ETIM API and of 2BA: client credentials, a window that cannot be passed, and cursors."""

from __future__ import annotations

import base64
import uuid
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest
from support.links.opening import kept_in, opened
from support.links.rest_server import Answer, Asked, FakeClock, RestServer, serving

from core.links.faults import CallFailed
from core.links.loading import checked, ready
from core.links.model.auth import ClientOAuth2
from core.links.model.resources import CompareAll
from core.links.reading import Reading, version_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from core.links.connection import Connection

WINDOW = 20_000


class Identity(RestServer):
    """Gives tokens for client credentials, which live an hour."""

    scope = ""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock)
        self.tokens: dict[str, float] = {}

    def answer(self, asked: Asked) -> Answer:
        if asked.path == "/connect/token":
            form = asked.form
            basic = base64.b64encode(b"client-1:secret-of-1").decode()
            in_body = (form.get("client_id"), form.get("client_secret")) == ("client-1", "secret-of-1")
            if not in_body and asked.headers.get("authorization") != f"Basic {basic}":
                return Answer(400, {"error": "invalid_client"})
            if form.get("grant_type") != "client_credentials" or form.get("scope") != self.scope:
                return Answer(400, {"error": "invalid_scope"})
            token = f"token-{uuid.uuid4()}"
            self.tokens[token] = self.clock.now() + 3600
            return Answer(200, {"access_token": token, "expires_in": 3600, "token_type": "Bearer", "scope": "others"})
        token = asked.headers.get("authorization", "").removeprefix("Bearer ")
        if self.tokens.get(token, 0) <= self.clock.now():
            return Answer(401, {"title": "Unauthorized"})
        return self.content(asked)

    def content(self, asked: Asked) -> Answer:
        raise NotImplementedError


class Etim(Identity):
    scope = "EtimApi"

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock)
        self.total = 0

    def content(self, asked: Asked) -> Answer:
        if asked.path == "/api/v2/Misc/LanguagesAllowed":
            return Answer(200, ["EN"])
        body = asked.json
        start, size = body["from"], body["size"]
        if not 1 <= size <= 1000 or start > 19_000 or start + size > WINDOW:
            return Answer(400, {"title": "Bad Request", "detail": "from + size is too large"})
        name = asked.path.split("/")[3].lower()
        plural = {"class": "classes"}.get(name, f"{name}s")
        rows = [
            {"code": f"EC{each:06}", "version": 1, "mutationDate": "2026-01-01T00:00:00"}
            for each in range(start, min(start + size, self.total))
        ]
        return Answer(200, {"total": self.total, plural: rows})


class Bulk(Identity):
    scope = "read:products read:tradeitems"

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock)
        self.rows: list[dict[str, Any]] = []

    def content(self, asked: Asked) -> Answer:
        start, limit = int(asked.query.get("cursor", "0")), int(asked.query.get("limit", "100"))
        if not 1 <= limit <= 1000:
            return Answer(400, {"title": "Bad Request", "status": 400, "errors": {"limit": ["out of range"]}})
        more = start + limit < len(self.rows)
        # The last page has a cursor, too; only hasNext tells.
        meta = {"cursor": str(start + limit), "prevCursor": None, "hasNext": more, "hasPrev": start > 0, "limit": limit}
        return Answer(200, {"data": self.rows[start : start + limit], "meta": meta})


@pytest.fixture
def etim() -> Iterator[Etim]:
    with serving(Etim(FakeClock())) as site:
        yield site


@pytest.fixture
def link(etim: Etim, tmp_path: Path) -> Iterator[Connection]:
    text = (files("core.links.ready") / "etim-api.toml").read_text(encoding="utf-8")
    text = text.replace("https://etimapi.etim-international.com", etim.url)
    text = text.replace("https://etimauth.etim-international.com", etim.url)
    values = {"client_id": "client-1", "client_secret": "secret-of-1", "language": "nl-NL", "release": "ETIM-10.0"}
    with opened(checked(text, "etim-api.toml"), values, kept_in(tmp_path), etim.clock) as connection:
        yield connection


@pytest.fixture
def bulk() -> Iterator[Bulk]:
    with serving(Bulk(FakeClock())) as site:
        yield site


@pytest.fixture
def bulk_link(bulk: Bulk, tmp_path: Path) -> Iterator[Connection]:
    values = {
        "address": f"{bulk.url}/api/v1",
        "token_address": f"{bulk.url}/connect/token",
        "client_id": "client-1",
        "client_secret": "secret-of-1",
        "supplier": "8712345678906",
        "manufacturer": "",
        "selection": "",
    }
    with opened(ready("2ba"), values, kept_in(tmp_path), bulk.clock) as connection:
        yield connection


@pytest.mark.parametrize("total", [0, 1, 1000, 1001, 19_999, WINDOW])
def test_everything_inside_the_window_is_read(etim: Etim, link: Connection, total: int) -> None:
    etim.total = total
    reading = Reading(link, "classes")
    assert sum(len(page) for page in reading.pages()) == total
    assert reading.cursor == ""


def test_trap_18_more_than_the_window_fails_and_leaves_nothing_out_in_silence(etim: Etim, link: Connection) -> None:
    etim.total = WINDOW + 1
    with pytest.raises(CallFailed, match=r"more than the 20,000 rows that the system shows") as caught:
        list(Reading(link, "classes").pages())
    assert "one group or release at a time" in caught.value.advice
    assert len(etim.asked("/api/v2/Class/Search")) == 1


def test_what_is_asked_for_is_in_the_language_and_release_of_the_link(etim: Etim, link: Connection) -> None:
    list(Reading(link, "classes").pages())
    body = etim.asked("/api/v2/Class/Search")[0].json
    assert body["languagecode"] == "nl-NL"
    assert body["filters"] == [{"code": "Release", "values": ["ETIM-10.0"]}]


def test_a_token_that_was_withdrawn_is_got_anew_once(etim: Etim, link: Connection) -> None:
    link.test()
    etim.tokens.clear()
    link.test()
    assert len(etim.asked("/connect/token")) == 2
    etim.misbehave("401", "/api/v2/*", times=9)
    with pytest.raises(CallFailed, match="401"):
        link.test()
    assert len(etim.asked("/connect/token")) == 3


def test_a_token_is_kept_for_the_next_process(etim: Etim, link: Connection, tmp_path: Path) -> None:
    link.test()
    with opened(link.connector, link.values, kept_in(tmp_path), etim.clock) as later:
        later.test()
    assert len(etim.asked("/connect/token")) == 1


def test_client_credentials_in_a_header(etim: Etim, link: Connection, tmp_path: Path) -> None:
    auth = link.connector.auth
    assert isinstance(auth, ClientOAuth2)
    connector = link.connector.model_copy(update={"auth": auth.model_copy(update={"client_auth": "basic"})})
    with opened(connector, link.values, kept_in(tmp_path / "other"), etim.clock) as other:
        other.test()
    asked = etim.asked("/connect/token")[0]
    assert "client_secret" not in asked.form


def test_what_changed_is_told_by_comparing() -> None:
    by = CompareAll(kind="compare_all", by=["code", "version"])
    row = {"code": "EC1", "version": 1, "note": "x"}
    assert version_of(row, by) == version_of({**row, "note": "y"}, by)
    assert version_of(row, by) != version_of({**row, "version": 2}, by)
    whole = CompareAll(kind="compare_all")
    assert version_of(row, whole) != version_of({**row, "note": "y"}, whole)


@pytest.mark.parametrize(("number", "requests"), [(0, 1), (1000, 1), (1001, 2), (3000, 3)])
def test_bulk_pages_end_where_the_system_says(bulk: Bulk, bulk_link: Connection, number: int, requests: int) -> None:
    bulk.rows = [{"supplierItemNumber": str(each)} for each in range(number)]
    rows = [row for page in Reading(bulk_link, "trade_item_details").pages() for row in page]
    assert len({row["supplierItemNumber"] for row in rows}) == len(rows) == number
    asked = bulk.asked("/api/v1/trade-items/bulk/details")
    assert len(asked) == requests
    # A filter that is not set is not sent.
    assert asked[0].query == {"supplierIdGln": "8712345678906", "limit": "1000"}


def test_changes_are_asked_for_in_utc(bulk: Bulk, bulk_link: Connection) -> None:
    list(Reading(bulk_link, "product_details", since="2026-03-29T03:00:00+02:00").pages())
    asked = bulk.asked("/api/v1/products/bulk/details")[0]
    assert asked.query["mutationDateTime"] == "2026-03-29T00:59:00Z"
