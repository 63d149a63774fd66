"""The classification as the ETIM API gives it: searched in pages, in parts where its window does not show all.

A search shows the first 20,000 rows. Where there are more, classes are asked for by group; features and values by their
codes, 500 at a time. (ETIM API 2.0: ``from`` at most 19,000, ``size`` at most 1,000, ``from + size`` at most 20,000.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from core.links.connection import Call
from core.links.faults import CallFailed
from core.links.judging import rows_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from core.links.connection import Connection

Json = dict[str, Any]
WINDOW: Final = 20_000
PAGE: Final = 1_000
FILTER: Final = 500
"""Codes that a filter may have."""
BATCH: Final = 50
"""Classes whose details are asked for at once."""
_CODES: Final = {"Feature": ("EF", 6), "Value": ("EV", 6)}
_ROWS: Final = {"Class": "classes", "Feature": "features", "Value": "values", "Unit": "units", "Group": "groups"}


class EtimApi:
    """Asks the ETIM API over a connection that is open.

    Every method raises CallFailed, ConnectionFailed and StopRequested as
    :meth:`core.links.connection.Connection.call` does.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def languages(self) -> list[str]:
        """Return the codes of the languages that the account may have."""
        found = self._connection.call(Call("GET", "Misc/LanguagesAllowed", group="Misc/LanguagesAllowed")).document
        entries = found if isinstance(found, list) else []
        codes = (each.get("code") if isinstance(each, dict) else each for each in entries)
        return [code for code in codes if isinstance(code, str) and code]

    def classes(self, release: str) -> Iterator[Json]:
        """Yield code, version and date of mutation of each class of a release."""
        of_release = {"code": "Release", "values": [release]}
        body = {"filters": [of_release], "include": {"descriptions": False, "translations": False, "fields": []}}
        groups = ({"code": "Group", "values": [each["code"]]} for each in self.terms("Group"))
        yield from self._search("Class", body, groups)

    def terms(self, kind: str) -> Iterator[Json]:
        """Yield all groups (``Group``), features, values or units, with their texts in all languages."""
        body = {"include": {"descriptions": True, "translations": True, "fields": []}}
        prefix, digits = _CODES.get(kind, ("", 0))
        parts = (
            {"code": kind, "values": [f"{prefix}{code:0{digits}}" for code in range(start, start + FILTER)]}
            for start in (range(0, 10**digits, FILTER) if prefix else ())
        )
        yield from self._search(kind, body, parts)

    def details(self, classes: Sequence[tuple[str, int]]) -> Iterator[Json]:
        """Yield classes by code and version, with features, values, group, and texts in all languages."""
        for start in range(0, len(classes), BATCH):
            batch = classes[start : start + BATCH]
            wanted: list[Json] = [{"code": code, "version": version} for code, version in batch]
            body = {
                "classes": wanted,
                "languagecode": "EN",
                "include": {"descriptions": True, "translations": True, "fields": ["Features", "Group"]},
            }
            found = self._rows("Class/DetailsMany", body, ".")[1]
            missing = {each["code"] for each in wanted} - {str(each.get("code")) for each in found}
            if missing:
                raise CallFailed(
                    f"{self._connection.host} lists the class {min(missing)}, and does not show it.",
                    kind="record",
                    advice="It was changed meanwhile: start the task again.",
                )
            yield from found

    def _search(self, kind: str, body: Json, parts: Iterable[Json] = ()) -> Iterator[Json]:
        """Yield all rows, each once; ``parts`` are filters that lead to all of them."""
        total, page = self._page(kind, body, 0, PAGE)
        if total <= WINDOW:
            yield from self._pages(kind, body, total, page)
            return
        seen: set[tuple[Any, Any]] = set()
        for part in parts:
            narrowed = {**body, "filters": [*body.get("filters", []), part]}
            inner, page = self._page(kind, narrowed, 0, PAGE)
            if inner > WINDOW:
                break
            for row in self._pages(kind, narrowed, inner, page):
                if (key := (row.get("code"), row.get("version"))) not in seen:
                    seen.add(key)
                    yield row
            if len(seen) >= total:
                return
        raise CallFailed(
            f"{self._connection.host} says that there are {total:,} rows of {kind}, and shows {len(seen):,} of them.",
            kind="settings",
            advice="They may have changed meanwhile: start the task again.",
        )

    def _pages(self, kind: str, body: Json, total: int, page: list[Json]) -> Iterator[Json]:
        read = 0
        while page:
            yield from page
            read += len(page)
            if read >= total or read >= WINDOW:
                return
            # The last page may not reach over the edge of the window.
            _, page = self._page(kind, body, read, min(PAGE, WINDOW - read))
        if read < total:
            raise CallFailed(
                f"{self._connection.host} says that there are {total:,} rows of {kind}, and shows {read:,} of them.",
                kind="settings",
                advice="They may have changed meanwhile: start the task again.",
            )

    def _page(self, kind: str, body: Json, start: int, size: int) -> tuple[int, list[Json]]:
        asked = {"languagecode": "EN", **body, "from": start, "size": size}
        document, rows = self._rows(f"{kind}/Search", asked, _ROWS[kind])
        total = document.get("total") if isinstance(document, dict) else None
        return (total if isinstance(total, int) else len(rows)), rows

    def _rows(self, path: str, body: Json, rows: str) -> tuple[Any, list[Json]]:
        document = self._connection.call(Call("POST", path, group=path, body=body)).document
        return document, rows_in(document, [rows], host=self._connection.host)
