"""Every way from page to page, with any number of rows: each row once, and an end."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.links.connection import Call, Reply
from core.links.faults import CallFailed
from core.links.model.paging import Cursor, Keyset, NextLink, Offset, PageNumber
from core.links.paging import pages

if TYPE_CHECKING:
    from core.links.model.paging import Paging

SIZE = 5
KINDS: dict[str, Paging] = {
    "offset": Offset(kind="offset", parameter="skip", size=SIZE, size_parameter="top"),
    "offset with total": Offset(kind="offset", parameter="skip", size=SIZE, total="total"),
    "offset in the body": Offset(kind="offset", place="body", parameter="skip", size=SIZE),
    "page number": PageNumber(kind="page_number", parameter="page", size=SIZE),
    "page number from 0": PageNumber(kind="page_number", parameter="page", size=SIZE, first=0),
    "keyset": Keyset(kind="keyset", parameter="after", column="id", size=SIZE),
    "cursor": Cursor(kind="cursor", parameter="mark", member="meta.mark", size=SIZE),
    "cursor with more": Cursor(kind="cursor", parameter="mark", member="meta.mark", more="meta.more", size=SIZE),
    "next link": NextLink(kind="next_link", member="next"),
}


class System:
    """Answers a page, whichever way it is asked for it."""

    host = "example.org"

    def __init__(self, number: int) -> None:
        self.rows = [{"id": f"{each:04}"} for each in range(number)]
        self.asked = 0

    def call(self, call: Call) -> Reply:
        self.asked += 1
        told: dict[str, Any] = {**call.query, **(call.body or {})}
        start = int(told.get("skip", told.get("mark", 0)))
        if "page" in told:
            start = (int(told["page"]) - self.first) * SIZE
        if "after" in told:
            start = int(told["after"]) + 1
        if "://" in call.path:
            start = int(call.path.rpartition("=")[2])
        found = self.rows[start : start + SIZE]
        more = start + SIZE < len(self.rows)
        meta = {"mark": str(start + SIZE), "more": more} if more or self.always_marks else {"mark": None, "more": False}
        link = f"https://example.org/x?at={start + SIZE}" if more else None
        return Reply(200, {}, {"rows": found, "total": len(self.rows), "meta": meta, "next": link})

    first = 1
    always_marks = False


def read(system: System, paging: Paging) -> list[str]:
    call = Call("POST", "x", group="x")
    return [row["id"] for page in pages(system, call, paging, ["rows"]) for row in page]  # type: ignore[arg-type]


@pytest.mark.parametrize("name", KINDS)
@given(number=st.integers(0, 40))
def test_trap_07_each_row_comes_once(name: str, number: int) -> None:
    system = System(number)
    system.first = 0 if name.endswith("from 0") else 1
    system.always_marks = name == "cursor with more"
    assert read(system, KINDS[name]) == [f"{each:04}" for each in range(number)]
    # One page more than needed, at most: where only a page that is not full tells the end.
    assert system.asked <= number // SIZE + 1


@given(number=st.integers(0, 40), window=st.integers(SIZE, 30))
def test_trap_18_beyond_a_window_nothing_is_left_out_in_silence(number: int, window: int) -> None:
    paging = Offset(kind="offset", parameter="skip", size=SIZE, size_parameter="top", total="total", window=window)
    if number <= window:
        assert len(read(System(number), paging)) == number
    else:
        with pytest.raises(CallFailed, match="more than the"):
            read(System(number), paging)


def test_rows_that_are_not_where_they_should_be_are_told() -> None:
    system = SimpleNamespace(host="example.org", call=lambda _: Reply(200, {}, {"items": []}))
    with pytest.raises(CallFailed, match=r"The reply of example.org has no rows at rows"):
        read(system, KINDS["next link"])  # type: ignore[arg-type]


@pytest.mark.parametrize("link", [5, "/relative", {"uri": "x"}])
def test_a_next_page_without_an_address_is_told(link: Any) -> None:
    system = SimpleNamespace(host="example.org", call=lambda _: Reply(200, {}, {"rows": [], "next": link}))
    with pytest.raises(CallFailed, match="has no address that can be read"):
        read(system, KINDS["next link"])  # type: ignore[arg-type]
