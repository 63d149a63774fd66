"""Looking through records a page at a time, in any order and in both directions."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.catalogue_tools import Importer, entities, opened

from core.errors import Refused
from core.store.catalogue import (
    FoundRecord,
    Order,
    Page,
    Selection,
    Which,
    count_selected,
    identity_of,
    read_page,
    record_history,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from core.store.catalogue import Value

PART = entities()["part"]
PRICES = [None, Decimal("1.50"), Decimal("1.50"), Decimal(-3), None, Decimal(1000), Decimal(0)]
NAMES = ["Bout", "bout M8", "Äther", None, "", "a\x1b[31m\u202eb", "Bout 100%"]


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Importer]:
    """Seven parts of assortment a, three of which are archived, and one of b."""
    path: Path = tmp_path_factory.mktemp("paging")
    with opened(path) as catalogue:
        parts = Importer(catalogue, PART)
        rows: list[dict[str, Any]] = [
            {
                "maker": "acme\x07",
                "number": str(n),
                "name.nl": NAMES[n],
                "price": PRICES[n],
                "made_on": date(2026, 1, 1 + n % 3),
            }
            for n in range(7)
        ]
        parts.carry_out(rows)
        parts.carry_out(
            [{"maker": "beta", "number": "0", "name.nl": "Bout", "price": None, "made_on": None}], assortment="b"
        )
        parts.carry_out(rows[:4], full=True)
        yield parts


def page_of(parts: Importer, selection: Selection, **more: Any) -> Page:
    with parts.catalogue.session() as session:
        return read_page(session, PART, selection, **more)


def numbers(page: Page) -> list[Value]:
    return [record.values[0] for record in page.records]


@given(
    column=st.sampled_from(
        ["", "price", "name.nl", "made_on", "active", "stock", "seen_at", "changed_at", "assortment"]
    ),
    descending=st.booleans(),
    limit=st.integers(1, 4),
    which=st.sampled_from(Which),
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_pages_in_either_direction_give_every_record_once_in_the_same_order(
    parts: Importer, column: str, descending: bool, limit: int, which: Which
) -> None:
    more: dict[str, Any] = {"columns": ["number", "assortment"], "order": Order(column, descending)}
    selection = Selection(which=which)
    everything = page_of(parts, selection, limit=100, **more)
    assert not everything.more
    with parts.catalogue.session() as session:
        assert len(everything.records) == count_selected(session, PART, selection)
    for backwards in (False, True):
        found: list[FoundRecord] = []
        start, unfinished = "", True
        while unfinished:
            page = page_of(parts, selection, limit=limit, start=start, backwards=backwards, **more)
            found = [*page.records, *found] if backwards else [*found, *page.records]
            start = page.records[0 if backwards else -1].place
            unfinished = page.more
        assert tuple(found) == everything.records


def test_what_is_missing_comes_last_and_first_when_turned_round(parts: Importer) -> None:
    selection = Selection(which=Which.ALL)
    prices = [record.values[0] for record in page_of(parts, selection, columns=["price"], order=Order("price")).records]
    assert prices[-3:] == [None, None, None]
    assert prices[:5] == sorted(price for price in PRICES if price is not None)
    turned = page_of(parts, selection, columns=["price"], order=Order("price", descending=True))
    assert [record.values[0] for record in turned.records] == prices[::-1]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("bout", ["0", "1"]),
        ("BOUT m8", ["1"]),
        ("100%", []),
        ("number=3", ["3"]),
        ("number:3 name.nl:x", []),
        ("price:1.5", ["1", "2"]),
        ("made_on=2026-01-02", ["1"]),
        ("assortment=b", []),
        ("nothing=3", []),
        ("äTHER", ["2"]),
    ],
)
def test_words_find_records(parts: Importer, words: str, found: list[str]) -> None:
    selection = Selection(assortment="a", words=words)
    assert numbers(page_of(parts, selection, columns=["number"])) == found
    with parts.catalogue.session() as session:
        assert count_selected(session, PART, selection) == len(found)


def test_archived_records_are_told_apart(parts: Importer) -> None:
    page = page_of(parts, Selection(assortment="a", which=Which.ALL), columns=["number"])
    assert [record.archived for record in page.records] == [False] * 4 + [True] * 3
    assert numbers(page_of(parts, Selection(which=Which.ARCHIVED), columns=["number"])) == ["4", "5", "6"]


def test_a_record_is_found_again_although_what_is_shown_was_cleaned(parts: Importer) -> None:
    page = page_of(parts, Selection(words="number=0", assortment="a"), columns=["maker"])
    (record,) = page.records
    assert "\x07" not in str(record.values[0])
    assortment, key = identity_of(PART, record.id)
    assert (assortment, key) == ("a", ("acme\x07", "0"))
    with parts.catalogue.session() as session:
        assert record_history(session, PART, assortment, key)


def test_what_is_not_known_is_refused(parts: Importer) -> None:
    with pytest.raises(Refused, match="no field 'mutation'"):
        page_of(parts, Selection(), columns=["mutation"])
    with pytest.raises(Refused, match="no field 'colour'"):
        page_of(parts, Selection(), order=Order("colour"))
    for place in ("1", "[]", "nonsense"):
        with pytest.raises(Refused, match="not known"):
            page_of(parts, Selection(), start=place)
