"""AccountView on loopback: companies, tables side by side, pages by the last key, and errors with status 200."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any

from support.links.rest_server import PAGE, Answer, Asked, RestServer
from support.links.tokens import TokenDesk

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.links.rest_server import FakeClock

COMPANY, MINUTE_CALLS = "company-1", 60
_TABLES = {
    "AR1": ("CONTACT", ""),
    "AP1": ("CONTACT", ""),
    "AK1": ("ARTICLE", ""),
    "AG1": ("ART_GRP", ""),
    "SO1": ("SO_HDR", "SO_LINE"),
    "DJ2": ("DJ_PAGE", "DJ_LINE"),
    "DJ2P": ("DJ_PAGE", "DJ_LINE"),
    "ADDR": ("DEL_ADDR", ""),
    "VA1": ("VAT", ""),
    "GL1": ("LEDGER", ""),
    "CC1": ("COST", ""),
    "PJ1": ("PROJECTS", ""),
}
_KEYS = {"CONTACT": "SUB_NR", "LEDGER": "ACCT_NR", "PROJECTS": "PROJ_CODE"}
_NEEDED = {
    "CONTACT": ("ACCT_NR", "ACCT_NAME", "SRC_CODE"),
    "ARTICLE": ("ART_CODE",),
    "SO_HDR": ("SUB_NR",),
    "DJ_PAGE": ("DJ_CODE", "HDR_DESC"),
    "DJ_LINE": ("ACCT_NR",),
}
_FOXPRO = re.compile(r"\{\^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\}")


class AccountView(RestServer):
    """One company."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock)
        self.desk = TokenDesk(clock)
        self.rows: dict[str, list[dict[str, Any]]] = {}
        """By table; lines have the REC_ID of their document as ``_header``."""
        self.refused = 0
        """So many requests were too many."""
        self._number = 0
        self._in_minute = (0.0, 0)

    def refuse(self, status: int) -> Answer:
        return Answer(status, _error(f"Status {status}"))

    def grant(self) -> tuple[str, str]:
        return self.desk.grant()

    def answer(self, asked: Asked) -> Answer:
        path = asked.path.lower()
        if path == "/api/v3/token":
            return self.desk.answer(asked)
        if not self.desk.knows(asked):
            return Answer(401, _error("Authorization has been denied for this request."))
        if path == "/api/v3/companies":
            return Answer(200, [{"Id": COMPANY, "Description": "ACME bv", "Code": "ACME"}])
        if asked.headers.get("x-company") != COMPANY:
            return Answer(400, _error("The company is not known."))
        if path != "/api/v3/accountviewdata":
            return Answer(404, page=PAGE)
        if self._too_many():
            return Answer(429, _error("Too many requests."))
        ways: dict[str, Callable[[Asked], Answer]] = {"GET": self._page, "POST": self._create}
        return ways[asked.method](asked)

    def _too_many(self) -> bool:
        """Its limit is not published; this is what is believed, and no header tells."""
        minute = 60 * (self.clock.now() // 60)
        number = self._in_minute[1] + 1 if self._in_minute[0] == minute else 1
        self._in_minute = (minute, number)
        self.refused += number > MINUTE_CALLS
        return number > MINUTE_CALLS

    def _page(self, asked: Asked) -> Answer:
        query = asked.query
        if query.get("BusinessObject") not in _TABLES:
            return Answer(200, _error("The business object is not known."))
        table, detail = _TABLES[query["BusinessObject"]]
        key = _KEYS.get(table, "REC_ID")
        found = [row for row in self.rows.get(table, []) if str(row[key]) > query.get("lastKey", "")]
        found = sorted(filter(lambda row: self._fits(row, query), found), key=lambda row: str(row[key]))
        found = found[: int(query["PageSize"])]
        chosen = [name.partition(".") for name in query["Fields"].split(",")]
        document: dict[str, Any] = {table: []}
        if detail:
            document[detail] = []
        lines: dict[str, list[dict[str, Any]]] = {}
        for line in self.rows.get(detail, []):
            lines.setdefault(line["_header"], []).append(line)
        for number, row in enumerate(found, start=1):
            shown = {**row, "RowId": str(number)}
            document[table].append({name: shown.get(name) for of, _, name in chosen if of == table})
            for line in lines.get(row["REC_ID"], []) if detail else []:
                shown = {**line, "HeaderId": str(number)}
                document[detail].append({name: shown.get(name) for of, _, name in chosen if of == detail})
        return Answer(200, document)

    def _fits(self, row: dict[str, Any], query: dict[str, str]) -> bool:
        if "FilterControlSource1" not in query:
            return True
        value, literal = row.get(query["FilterControlSource1"]), query["FilterValue1"]
        if query["FilterOperator1"] == "Equal":
            return str(value).strip() == literal
        assert (query["FilterOperator1"], query["FilterValueType1"]) == ("DateOnOrAfterDate", "T")
        match = _FOXPRO.fullmatch(literal)
        assert match is not None, literal
        return str(value) >= match[1].replace(" ", "T")

    def _create(self, asked: Asked) -> Answer:
        body = asked.json
        if body.get("BusinessObject") not in _TABLES:
            return Answer(200, _error("The business object is not known."))
        table, detail = _TABLES[body["BusinessObject"]]
        headers = _rows(body["Table"]["Definition"], body["TableData"]["Data"])
        lines = []
        for definition, data in zip(
            body["Table"].get("DetailDefinitions", []), body["TableData"].get("DetailData", []), strict=True
        ):
            assert definition["Name"] == detail
            lines += _rows(definition, data)
        for name, rows in ((table, headers), (detail, lines)):
            for row in rows:
                if missing := [need for need in _NEEDED.get(name, ()) if row.get(need) in (None, "")]:
                    return Answer(200, _error(f"Field {missing[0]} must be filled."))
        for header in headers:
            self._number += 1
            key = f"{self._number:010}"
            given = {"REC_ID": key, "SUB_NR": str(10_000 + self._number), "PAGE_NR": str(self._number)}
            self.rows.setdefault(table, []).append({**given, **header, "CNG_DATE": self._now(), "CNG_NR": 1})
            mine = [{**line, "_header": key} for line in lines if line["HeaderId"] == header["RowId"]]
            self.rows.setdefault(detail, []).extend(mine)
        # What the real one answers is not published: nothing that could be relied on.
        return Answer(200, {})

    def _now(self) -> str:
        return dt.datetime.fromtimestamp(self.clock.now(), dt.UTC).replace(tzinfo=None).isoformat()


def _rows(definition: dict[str, Any], data: dict[str, Any]) -> list[dict[str, Any]]:
    fields = definition["Fields"]
    assert all(field["FieldType"] in "CTND" for field in fields)
    return [dict(zip([field["Name"] for field in fields], row["Values"], strict=True)) for row in data["Rows"]]


def _error(message: str) -> dict[str, Any]:
    return {"ErrorType": "AccountViewError", "ErrorNumbers": None, "ErrorMessage": message}
