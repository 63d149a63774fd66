"""The worked example of docs/connectors.md, as it stands there, against a server."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.links.opening import kept_in, opened
from support.links.rest_server import Answer, Asked, FakeClock, RestServer, serving

from core.links.faults import CallFailed
from core.links.loading import checked
from core.links.reading import Reading
from core.links.writing import Writer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.links.connection import Connection

DOCS = Path(__file__).parents[3] / "docs" / "connectors.md"


class Depot(RestServer):
    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock)
        self.articles: list[dict[str, Any]] = []
        self.orders: list[dict[str, Any]] = []
        self.busy = 0

    def answer(self, asked: Asked) -> Answer:
        if asked.headers.get("x-api-key") != "key-of-the-depot" or asked.headers.get("x-warehouse") != "main":
            return Answer(401, {"fault": {"number": 1, "text": "who are you"}})
        if self.busy:
            self.busy -= 1
            return Answer(200, {"fault": {"number": 17, "text": "counting stock"}})
        if asked.path == "/v2/status":
            return Answer(200, {"items": []})
        if asked.path == "/v2/articles":
            since = asked.query.get("changed_from", "")
            found = [each for each in self.articles if each["changed"] >= since]
            start, count = int(asked.query.get("after", "0")), int(asked.query["count"])
            more = {"next": str(start + count)} if start + count < len(found) else {}
            return Answer(200, {"items": found[start : start + count], **more})
        if asked.method == "GET":
            found = [each for each in self.orders if each["reference"] == asked.query["reference"]]
            return Answer(200, {"items": found[int(asked.query["skip"]) :][: int(asked.query["take"])]})
        if asked.method == "PUT":
            self.orders[int(asked.path.rpartition("/")[2])] |= asked.json
            return Answer(204)
        if asked.json["article"] != "00000007":
            return Answer(200, {"fault": {"number": 23, "text": "no such article"}})
        self.orders.append(asked.json | {"id": len(self.orders)})
        return Answer(200, {"id": len(self.orders) - 1})


@pytest.fixture
def depot() -> Iterator[Depot]:
    with serving(Depot(FakeClock())) as site:
        yield site


@pytest.fixture
def link(depot: Depot, tmp_path: Path) -> Iterator[Connection]:
    text = re.findall(r"```toml\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)[0]
    values = {"address": depot.url, "api_key": "key-of-the-depot", "warehouse": "main"}
    with opened(checked(text, "docs"), values, kept_in(tmp_path), depot.clock) as connection:
        yield connection


def article(number: int) -> dict[str, Any]:
    return {"number": f" {number} ", "name": "x", "price": "0.10", "changed": f"2026-11-{1 + number % 20:02}T08:00:00Z"}


def test_reading(depot: Depot, link: Connection) -> None:
    depot.articles = [article(number) for number in range(250)]
    reading = Reading(link, "articles")
    pages = list(reading.pages())
    assert [len(page) for page in pages] == [100, 100, 50]
    assert (pages[0][7]["number"], str(pages[0][7]["price"])) == ("7", "0.10")
    assert reading.cursor == "2026-11-20T08:00:00+00:00"
    later = Reading(link, "articles", since=reading.cursor)
    assert sum(len(page) for page in later.pages()) == 12
    assert depot.log[-1].query["changed_from"] == "2026-11-20T07:59:00Z"


def test_writing(depot: Depot, link: Connection) -> None:
    writer = Writer(link, "orders")
    assert writer.create({"reference": "W1", "article": 7}).outcome == "created"
    assert writer.create({"reference": "W1", "article": 7}, update=True).outcome == "updated"
    assert writer.create({"reference": "W1", "article": 7}).outcome == "found"
    with pytest.raises(CallFailed, match=r"with an error \(23\).*no such article. The article is not in") as caught:
        writer.create({"reference": "W2", "article": 8})
    assert caught.value.kind == "record"
    assert [each["article"] for each in depot.orders] == ["00000007"]


def test_waiting_and_limits(depot: Depot, link: Connection) -> None:
    depot.busy = 1
    link.test()
    assert 20 in depot.clock.waits
    begun = depot.clock.now()
    for _ in range(240):
        link.test()
    assert 60 <= depot.clock.now() - begun <= 125
