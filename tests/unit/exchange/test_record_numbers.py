"""Rising numbers: what a set of them would answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
from hypothesis import given
from hypothesis import strategies as st

from core.exchange.numbers import Numbers, queried_numbers

if TYPE_CHECKING:
    from collections.abc import Collection
    from collections.abc import Set as AbstractSet

NUMBERS = st.integers(1, 2**62)


@given(st.sets(NUMBERS, max_size=50), NUMBERS)
def test_they_answer_as_a_set_does(known: AbstractSet[int], other: int) -> None:
    numbers: Collection[object] = Numbers(iter(sorted(known)))
    assert list(numbers) == sorted(known)
    assert len(numbers) == len(known)
    assert all(number in numbers for number in known)
    assert (other in numbers) == (other in known)
    assert "1" not in numbers


def test_those_of_a_query_come_in_its_order_however_many_they_are() -> None:
    with duckdb.connect() as connection:
        found = queried_numbers(connection, "SELECT i FROM range(25_000) t(i) ORDER BY i DESC")
    assert found.tolist() == list(range(24_999, -1, -1))
    assert found.itemsize == 8
