"""Running the queries of a report: one after another, in one snapshot, bounded in time and rows."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from core.errors import DataError, StopRequested
from core.exchange.sql_errors import interruptible, sql_errors
from core.reports.queries import checked_query
from core.sql import quoted_name
from core.stop import StopToken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from duckdb import DuckDBPyConnection

    from core.config.reports import ReportLayout
    from core.reports.queries import CheckedQuery
    from core.reports.views import Subject, Views
    from core.store.journal import Journal

MAX_ROWS = 100_000
"""Of one query; what goes beyond is told, and not shown."""
MAX_CELLS = 2_000_000
"""Of one query: with many columns, there are fewer rows."""
MAX_TEXT = 4000
"""Characters of one value."""
_FETCHED = 5000

Kind = Literal["text", "integer", "decimal", "boolean", "date", "datetime"]
"""What the values of a column are."""

_KINDS: dict[str, Kind] = {
    "BOOLEAN": "boolean",
    "DATE": "date",
    "DOUBLE": "decimal",
    "FLOAT": "decimal",
    "TIMESTAMP": "datetime",
}
_INTEGERS = frozenset(
    "BIGINT HUGEINT INTEGER SMALLINT TINYINT UBIGINT UHUGEINT UINTEGER USMALLINT UTINYINT".split()  # noqa: SIM905
)


@dataclass(frozen=True, slots=True)
class Result:
    """What a query found."""

    columns: Mapping[str, Kind]
    rows: Sequence[tuple[Any, ...]] = ()
    cut: bool = False
    """Whether there were more rows than are kept."""


def run_queries(
    session: DuckDBPyConnection,
    layout: ReportLayout,
    views: Views,
    subject: Subject,
    *,
    journal: Journal | None,
    stop: StopToken,
    begin: Callable[[str], None] = lambda _: None,
) -> dict[str, Result]:
    """Return what each query of a layout finds, by its name; ``begin`` is told which one is run.

    Raises:
        DataError: a query is not allowed, fails, or takes too long.
        StopRequested: the run was asked to stop.
    """
    checked = check_queries(session, layout, views)
    used = {view for query in checked for view in query.views}
    with sql_errors(session, stop, "The views of the report cannot be made"):
        views.make(session, used, subject, journal=journal, stop=stop)
    results = {}
    for query in checked:
        begin(query.name)
        with (
            sql_errors(session, stop, f"The query {query.name!r} failed"),
            _limited(session, layout.timeout, query.name),
        ):
            results[query.name] = _fetched(session, query, stop)
    return results


def check_queries(session: DuckDBPyConnection, layout: ReportLayout, views: Views) -> list[CheckedQuery]:
    """Return the queries of a layout, each checked.

    Raises:
        DataError: a query is not allowed.
    """
    names, translated = views.names, views.translated
    return [
        checked_query(query.name, query.sql, names, translated=translated, connection=session)
        for query in layout.queries
    ]


def columns_of(session: DuckDBPyConnection, query: CheckedQuery) -> dict[str, str]:
    """Return the columns of a query whose views are there, with their types.

    Raises:
        DataError: two columns have the same name.
    """
    described = session.execute(f"DESCRIBE {query.sql}").fetchall()
    columns = {str(row[0]): str(row[1]) for row in described}
    if len(columns) < len(described):
        names = [str(row[0]) for row in described]
        twice = next(name for name in names if names.count(name) > 1)
        raise DataError(
            f"The query {query.name!r} has two columns named {twice!r}.",
            advice="Give one of them another name with AS.",
        )
    return columns


def _fetched(session: DuckDBPyConnection, query: CheckedQuery, stop: StopToken) -> Result:
    types = columns_of(session, query)
    kinds = {name: _kind(kind) for name, kind in types.items()}
    limit = min(MAX_ROWS, MAX_CELLS // len(types))
    values = ", ".join(_value(name, kind) for name, kind in kinds.items())
    # The brackets keep what stands at the end of the query, such as its own LIMIT, apart from ours.
    cursor = session.execute(f"SELECT {values} FROM ({query.sql}) LIMIT {limit + 1}")
    rows: list[tuple[Any, ...]] = []
    while batch := cursor.fetchmany(_FETCHED):
        stop.check()
        rows += batch
    return Result(kinds, rows[:limit], cut=len(rows) > limit)


def _kind(type_: str) -> Kind:
    if type_ in _INTEGERS:
        return "integer"
    if type_.startswith("DECIMAL"):
        return "decimal"
    return _KINDS.get(type_, "text")


def _value(name: str, kind: Kind) -> str:
    """Return the SQL of a value that is one of ours, and no longer than can be shown."""
    column = quoted_name(name)
    if kind == "text":
        return f"left({column}::VARCHAR, {MAX_TEXT}) AS {column}"
    return column


@contextmanager
def _limited(session: DuckDBPyConnection, seconds: float, name: str) -> Iterator[None]:
    """Interrupt the statements inside once they have taken so long.

    Raises:
        DataError: they had.
    """
    limit = StopToken()
    timer = threading.Timer(seconds, limit.request)
    timer.daemon = True
    timer.start()
    try:
        with interruptible(session, limit):
            yield
    except StopRequested as error:
        if not limit.requested:
            raise
        raise DataError(
            f"The query {name!r} had not ended after {seconds:g} seconds.",
            advice="Make it look at less, or raise timeout in the layout.",
        ) from error
    finally:
        timer.cancel()


def total(values: Sequence[Any], how: str) -> Any:
    """Return the sum, average, count, least or greatest of the values that are there; None where there is none."""
    given = [value for value in values if value is not None]
    if how == "count":
        return len(given)
    if not given:
        return None
    match how:
        case "min":
            return min(given)
        case "max":
            return max(given)
        case "sum":
            return sum(given[1:], start=given[0])
        case _:
            whole = sum(given[1:], start=given[0])
            return whole / Decimal(len(given)) if isinstance(whole, Decimal) else whole / len(given)
