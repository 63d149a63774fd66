"""The ETIM API on loopback: searches that show no more than 20,000 rows, in the languages of the account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from support.links.identity import Identity
from support.links.rest_server import PAGE, Answer, Asked

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.links.rest_server import FakeClock

WINDOW, MOST_FROM, MOST_SIZE, MOST_CODES = 20_000, 19_000, 1000, 500
LANGUAGES = ("EN", "nl-NL")
_PLURALS = {"Class": "classes", "Feature": "features", "Value": "values", "Unit": "units", "Group": "groups"}
_FILTERS: dict[str, dict[str, Callable[[dict[str, Any], set[str]], bool]]] = {
    "Class": {
        "Release": lambda row, values: not values.isdisjoint(row.get("releases", ())),
        "Group": lambda row, values: row.get("group", {}).get("code") in values,
        "Class": lambda row, values: row["code"] in values,
    },
    "Group": {"Group": lambda row, values: row["code"] in values},
    "Value": {"Value": lambda row, values: row["code"] in values},
    "Feature": {"Feature": lambda row, values: row["code"] in values},
    "Unit": {},
}
"""Each is for some kinds only."""


class Etim(Identity):
    """One account."""

    scopes = ("EtimApi",)

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock)
        self.rows: dict[str, list[dict[str, Any]]] = {kind: [] for kind in _PLURALS}

    def content(self, asked: Asked) -> Answer:
        path = asked.path.removeprefix("/api/v2/")
        if path == "Misc/LanguagesAllowed":
            return Answer(200, [{"code": code, "description": code} for code in LANGUAGES])
        if path == "Misc/Releases":
            return Answer(200, [{"id": 1, "description": "ETIM-10.0"}, {"id": 2, "description": "DYNAMIC"}])
        body = asked.json
        if body.get("languagecode") not in LANGUAGES:
            return _problem("The language is not allowed for this account.")
        if path == "Class/DetailsMany":
            wanted = {(each["code"], each["version"]) for each in body["classes"]}
            return Answer(200, [row for row in self.rows["Class"] if (row["code"], row["version"]) in wanted])
        kind, _, what = path.partition("/")
        if kind not in _PLURALS or what != "Search":
            return Answer(404, page=PAGE)
        return self._search(kind, body)

    def _search(self, kind: str, body: dict[str, Any]) -> Answer:
        start, size = body["from"], body["size"]
        if not 1 <= size <= MOST_SIZE or start > MOST_FROM or start + size > WINDOW:
            return _problem("from + size is too large.")
        found = self.rows[kind]
        for name in ("deprecated", "modelling"):
            if name in body:
                found = [row for row in found if row.get(name, False) is body[name]]
        for each in body.get("filters", []):
            if each["code"] not in _FILTERS[kind] or len(each["values"]) > MOST_CODES:
                return _problem(f"The filter {each['code']} cannot be used here.")
            fits, values = _FILTERS[kind][each["code"]], {*each["values"]}
            found = [row for row in found if fits(row, values)]
        return Answer(200, {"total": len(found), _PLURALS[kind]: found[start : start + size]})


def _problem(detail: str) -> Answer:
    return Answer(400, {"type": "about:blank", "title": "Bad Request", "status": 400, "detail": detail})
