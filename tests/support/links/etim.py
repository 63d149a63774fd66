"""The ETIM API on loopback: searches with filters and a window, and details of classes, as its contract has them."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any

from support.links.identity import Identity
from support.links.rest_server import Answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from support.links.rest_server import Asked, FakeClock

Json = dict[str, Any]
_ROWS = {"Class": "classes", "Feature": "features", "Value": "values", "Unit": "units", "Group": "groups"}


def words(code: str, *languages: str, **more: Any) -> list[Json]:
    """Return the translations of an entity."""
    return [{"languagecode": each, "description": f"{code} in {each}", **more} for each in languages]


class Etim(Identity):
    """A small classification; a test changes what it has."""

    scope = "EtimApi"

    def __init__(self, clock: FakeClock, *, window: int = 20_000, page: int = 1000) -> None:
        super().__init__(clock)
        self.window, self.page = window, page
        self.languages: list[Any] = [{"code": "EN", "description": "English"}]
        self.rows: dict[str, dict[str, Json]] = {kind: {} for kind in _ROWS}

    def put(self, kind: str, code: str, **more: Any) -> Json:
        """Put a group, feature, value or unit there."""
        codes = [each["code"] if isinstance(each, dict) else each for each in self.languages]
        row = {"code": code, "deprecated": False, "translations": words(code, *codes), **more}
        self.rows[kind][code] = row
        return row

    def put_class(self, code: str, *features: Json, group: str = "EG000001", version: int = 1, **more: Any) -> Json:
        """Put a class of DYNAMIC there, or another in its place."""
        codes = [each["code"] if isinstance(each, dict) else each for each in self.languages]
        row = {
            "code": code,
            "version": version,
            "status": 5,
            "mutationDate": f"2026-01-{version:02}T07:16:06.467",
            "modelling": False,
            "group": {"code": group},
            "releases": ["DYNAMIC"],
            "features": list(features),
            "translations": words(code, *codes, synonyms=[f"synonym of {code}"]),
            **more,
        }
        self.rows["Class"][code] = row
        return row

    def content(self, asked: Asked) -> Answer:
        kind, what = asked.path.removeprefix("/api/v2/").split("/")
        if kind == "Misc":
            return Answer(200, self.languages if what == "LanguagesAllowed" else [])
        body = asked.json
        if what == "Search":
            return self._search(kind, body)
        if (kind, what) == ("Class", "DetailsMany"):
            wanted = {each["code"]: each["version"] for each in body["classes"]}
            rows = (self.rows["Class"].get(code) for code in wanted)
            found = [row for row in rows if row is not None and row["version"] == wanted[row["code"]]]
            return Answer(200, [_shown(row, body["include"]) for row in found])
        return Answer(404, {"title": "Not Found"})

    def _search(self, kind: str, body: Mapping[str, Any]) -> Answer:
        start, size = body["from"], body["size"]
        if not 1 <= size <= 1000 or start > self.window - 1 or start + size > self.window:
            return Answer(400, {"title": "Bad Request", "detail": "from + size is too large"})
        conditions = [(each["code"], set(each["values"])) for each in body.get("filters", [])]
        found = [row for row in self.rows[kind].values() if all(_fits(kind, row, *each) for each in conditions)]
        page = found[start : start + min(size, self.page)]
        return Answer(200, {"total": len(found), _ROWS[kind]: [_shown(row, body["include"]) for row in page]})


def _fits(kind: str, row: Json, code: str, values: set[str]) -> bool:
    if code == "Release":
        return not values.isdisjoint(row["releases"])
    if code == "Group" and kind == "Class":
        return row["group"]["code"] in values
    return code == kind and row["code"] in values


def _shown(row: Json, include: Mapping[str, Any]) -> Json:
    hidden = {"group", "features", "releases"} - {each.lower() for each in include["fields"]}
    hidden |= set() if include["translations"] else {"translations"}
    return {name: value for name, value in row.items() if name not in hidden}


def definition(url: str) -> str:
    """Return the definition that Pendel brings along, with a server on loopback in place of the vendor's."""
    text = (files("core.links.ready") / "etim-api.toml").read_text(encoding="utf-8")
    for host in ("https://etimapi.etim-international.com", "https://etimauth.etim-international.com"):
        text = text.replace(host, url)
    return text
