"""Records found by conditions, and by when they were changed."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.catalogue_tools import Importer, entities, opened

from core.store.catalogue import AnyOf, Condition, changed_records, find_records, highest_number
from core.store.catalogue.names import aware

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from core.store.catalogue import Test

PART, ARTICLE = entities()["part"], entities()["article"]
NAMES = ["Bout", "bout M8", "Äther", None, "", "Bolt 100%", "x_y"]
PRICES = [None, Decimal("1.50"), Decimal("-3.00"), Decimal("1.50"), Decimal(0), None, Decimal(9)]
ROWS: list[dict[str, Any]] = [
    {"maker": "acme", "number": str(n), "name.nl": NAMES[n], "price": PRICES[n]} for n in range(len(NAMES))
]


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Importer]:
    """Parts of an assortment, of which the last is archived, and one of another."""
    with opened(tmp_path_factory.mktemp("finding")) as catalogue:
        parts = Importer(catalogue, PART)
        gone = {"maker": "acme", "number": "gone", "name.nl": "Bout", "price": Decimal(1)}
        parts.carry_out([*ROWS, gone])
        parts.carry_out(ROWS, full=True)
        parts.carry_out([{**ROWS[0], "number": "other"}], assortment="b")
        yield parts


def found(parts: Importer, *conditions: Condition | AnyOf) -> set[str]:
    with parts.catalogue.session() as session:
        return {row[1] for row in find_records(session, PART, "a", ["number"], conditions, limit=100)}


def _text(test: Callable[[str, str], bool]) -> Callable[[Any, list[Any]], bool]:
    return lambda value, given: value is not None and test(value.lower(), given[0].lower())


def _number(test: Callable[[Any, Any], bool]) -> Callable[[Any, list[Any]], bool]:
    return lambda value, given: value is not None and test(value, given[0])


TEXTS: dict[Test, Callable[[Any, list[Any]], bool]] = {
    "equals": _text(lambda value, other: value == other),
    "differs": lambda value, given: value is None or value.lower() != given[0].lower(),
    "begins": _text(lambda value, other: value.startswith(other)),
    "contains": _text(lambda value, other: other in value),
    "ends": _text(lambda value, other: value.endswith(other)),
    "begins not": lambda value, given: value is None or not value.lower().startswith(given[0].lower()),
    "contains not": lambda value, given: value is None or given[0].lower() not in value.lower(),
    "ends not": lambda value, given: value is None or not value.lower().endswith(given[0].lower()),
    "one of": lambda value, given: value is not None and value.lower() in {each.lower() for each in given},
    "none of": lambda value, given: value is None or value.lower() not in {each.lower() for each in given},
}
NUMBERS: dict[Test, Callable[[Any, list[Any]], bool]] = {
    "equals": _number(lambda value, other: value == other),
    "differs": lambda value, given: value != given[0],
    "less": _number(lambda value, other: value < other),
    "at most": _number(lambda value, other: value <= other),
    "more": _number(lambda value, other: value > other),
    "at least": _number(lambda value, other: value >= other),
    "between": lambda value, given: value is not None and given[0] <= value <= given[1],
}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(list(TEXTS)),
    st.lists(st.sampled_from(["BOUT", "b", "m8", "ÄTHER", "", "%", "_", "100%"]), min_size=1),
)
def test_texts_are_looked_for_in_any_case_and_have_no_wildcards(parts: Importer, test: Test, values: list[str]) -> None:
    expected = {row["number"] for row in ROWS if TEXTS[test](row["name.nl"], values)}
    given = values if test in ("one of", "none of") else values[:1]
    assert found(parts, Condition("name.nl", test, given)) == expected


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(list(NUMBERS)),
    st.lists(st.sampled_from([Decimal("1.5"), Decimal(0), Decimal(-4)]), min_size=2, max_size=2),
)
def test_numbers_are_compared_as_numbers(parts: Importer, test: Test, values: list[Decimal]) -> None:
    expected = {row["number"] for row in ROWS if NUMBERS[test](row["price"], values)}
    given = values if test == "between" else values[:1]
    assert found(parts, Condition("price", test, given)) == expected


def test_all_conditions_hold_and_one_of_alternatives(parts: Importer) -> None:
    bolts = AnyOf([Condition("name.nl", "begins", ["bout"]), Condition("name.nl", "begins", ["bolt"])])
    assert found(parts, bolts) == {"0", "1", "5"}
    assert found(parts, bolts, Condition("price", "more", [Decimal(1)])) == {"1"}
    assert found(parts, AnyOf(())) == set()
    assert found(parts, Condition("number", "one of", [])) == set()
    assert found(parts, Condition("number", "none of", [])) == {row["number"] for row in ROWS}


def test_changes_come_with_all_of_their_moment_and_whoever_goes_on_misses_none(tmp_path: Path) -> None:
    with opened(tmp_path) as catalogue:
        parts = Importer(catalogue, PART)
        for run in range(4):
            parts.carry_out([{"maker": "acme", "number": f"{run}-{n}", "name.nl": "x"} for n in range(5)])
        seen: list[str] = []
        since: dt.datetime | None = None
        with catalogue.session() as session:
            for _ in range(10):
                rows = changed_records(session, PART, "a", ["number"], since=since, limit=2)
                fresh = [row[1] for row in rows if row[1] not in seen]
                seen += fresh
                since = aware(rows[-1][0])
                if not fresh:
                    break
        assert seen == [f"{run}-{n}" for run in range(4) for n in range(5)]


def test_the_highest_number_behind_a_prefix_is_found(tmp_path: Path) -> None:
    with opened(tmp_path) as catalogue:
        articles = Importer(catalogue, ARTICLE)
        with catalogue.session() as session:
            assert highest_number(session, ARTICLE, "SO") == 0
        keys = ["SO2", "SO10", "SO", "SOx9", "SO-7", "XSO99", "so50", "17", "SO" + "9" * 30]
        articles.carry_out([{"number": key} for key in keys])
        articles.carry_out([{"number": "SO0012"}], assortment="b")
        with catalogue.session() as session:
            assert highest_number(session, ARTICLE, "SO") == 12
            assert highest_number(session, ARTICLE, "") == 17
