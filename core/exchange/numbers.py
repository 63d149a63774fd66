"""Rising numbers, of records or lines, of which a file may have millions: eight bytes each, not a set's hundred."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Collection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from duckdb import DuckDBPyConnection

_AT_ONCE = 10_000


def queried_numbers(connection: DuckDBPyConnection, query: str) -> array[int]:
    """Return the whole numbers that a query yields, in its order."""
    found = array("q")
    result = connection.execute(query)
    while rows := result.fetchmany(_AT_ONCE):
        found.extend(number for (number,) in rows)
    return found


class Numbers(Collection[int]):
    """A set of numbers, made of them in rising order."""

    def __init__(self, rising: Iterable[int]) -> None:
        self._numbers = rising if isinstance(rising, array) else array("q", rising)

    def __contains__(self, number: object) -> bool:
        if not isinstance(number, int):
            return False
        place = bisect_left(self._numbers, number)
        return place < len(self._numbers) and self._numbers[place] == number

    def __iter__(self) -> Iterator[int]:
        return iter(self._numbers)

    def __len__(self) -> int:
        return len(self._numbers)
