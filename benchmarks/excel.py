"""Excel workbooks beside openpyxl: reading one into rows of text, and writing one.

    python benchmarks/excel.py [--rows N] [--rounds N] [--json]

Each works in a process of its own, whose peak of memory counts with that of its children, and they take turns. Reading:
Pendel reads a sheet as an import does, in its child process and through a layout into typed fields; openpyxl reads the
same sheet in its quick mode (``read_only``) as rows of Python values, and nothing is done with those. Writing: Pendel
writes the records of a table through a layout with styles and column widths; openpyxl writes the same values in
its quick mode (``write_only``), with the time in which it is handed them left out.

Goals: both at least 5 times as fast as openpyxl, in bounded memory.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.measuring import Measured, carry_out, in_turns, machine, measured, processor_seconds, ratio, seconds_of
from benchmarks.sample_file import COLUMNS, write_editions

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    import duckdb

    from core.config.entities import Entity

_TYPES = {"text": "VARCHAR", "integer": "BIGINT", "decimal": "DECIMAL(18, 6)", "boolean": "BOOLEAN", "date": "DATE"}


def _entity() -> Entity:
    from core.config.entities import Entity, Field

    return Entity("part", "Part", ("number",), {name: Field(name, kind, name) for name, kind in COLUMNS.items()})  # type: ignore[arg-type]


def _layout(direction: str) -> Any:
    from pydantic import TypeAdapter

    from core.config.layout_types import LayoutSettings

    columns = [{"column": name, "field": name} for name in COLUMNS]
    table = {"direction": direction, "entity": "part", "format": "excel", "columns": columns}
    return TypeAdapter[Any](LayoutSettings).validate_python(table)


def _opened(database: str) -> duckdb.DuckDBPyConnection:
    import duckdb

    settings: dict[str, Any] = {"threads": 2, "memory_limit": "512MB", "disabled_optimizers": "in_clause"}
    return duckdb.connect(database, config=settings)


def make(database: str, rows: str, seed: str) -> dict[str, Any]:
    """Make the table that is written."""
    begun = time.perf_counter()
    directory = Path(database).parent
    write_editions(directory / "first.csv", directory / "second.csv", rows=int(rows), seed=int(seed))
    columns = ", ".join(f"'{name}': '{_TYPES[kind]}'" for name, kind in COLUMNS.items())
    with _opened(database) as connection:
        connection.execute(
            f"CREATE TABLE part AS FROM read_csv('{directory / 'first.csv'}', delim = ';', columns = {{{columns}}})"
        )
    return {"seconds": time.perf_counter() - begun}


def write(database: str, target: str) -> dict[str, Any]:
    from core.exchange.writing import write_file
    from core.stop import StopToken

    with _opened(database) as connection:
        begun = time.perf_counter()
        result = write_file(
            _layout("export"),
            _entity(),
            connection=connection,
            selection="part",
            target=Path(target),
            language=None,
            languages=(),
            stop=StopToken(),
        )
        return {"seconds": time.perf_counter() - begun, "records": result.records}


def openpyxl_write(database: str, target: str) -> dict[str, Any]:
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Sheet1")
    sheet.append(list(COLUMNS))
    handed = 0.0
    records = 0
    with _opened(database) as connection:
        begun = time.perf_counter()
        found = connection.execute("FROM part")
        while rows := found.fetchmany(10_000):
            for row in rows:
                sheet.append(row)
            records += len(rows)
        asked = connection.execute("FROM part")
        again = time.perf_counter()
        while asked.fetchmany(10_000):
            pass
        handed = time.perf_counter() - again
        book.save(target)
        return {"seconds": time.perf_counter() - begun - 2 * handed, "records": records}


def read(source: str) -> dict[str, Any]:
    from core.exchange.source import Desk, open_source
    from core.stop import StopToken

    work = Path(source).parent / "work"
    with _opened(":memory:") as connection:
        connection.execute(f"SET temp_directory = '{work}'")
        begun = time.perf_counter()
        desk = Desk(Path(source), "parts.xlsx", _entity(), connection, work, StopToken())
        result = open_source(_layout("import"), desk).read("staged", "rejects")
        return {"seconds": time.perf_counter() - begun, "records": result.accepted}


def openpyxl_read(source: str) -> dict[str, Any]:
    import openpyxl

    begun = time.perf_counter()
    book = openpyxl.load_workbook(source, read_only=True)
    records = sum(1 for _ in book.worksheets[0].iter_rows(values_only=True)) - 1
    return {"seconds": time.perf_counter() - begun, "records": records}


def _with_processors(work: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """Let work also tell what all of its process has used of processors."""

    def carried_out(*arguments: str) -> dict[str, Any]:
        return {**work(*arguments), "processor_seconds": processor_seconds()}

    return carried_out


CHILDREN = {each.__name__: _with_processors(each) for each in (make, write, openpyxl_write, read, openpyxl_read)}


def compare(options: argparse.Namespace, root: Path) -> dict[str, Any]:
    database, ours, theirs = root / "parts.duckdb", root / "ours.xlsx", root / "theirs.xlsx"
    measured(__file__, "make", database, options.rows, options.seed)
    works: dict[str, Callable[[], Measured]] = {
        "write": lambda: measured(__file__, "write", database, ours),
        "openpyxl_write": lambda: measured(__file__, "openpyxl_write", database, theirs),
        "read": lambda: measured(__file__, "read", ours),
        "openpyxl_read": lambda: measured(__file__, "openpyxl_read", ours),
    }
    # What is read must be there in whatever order they work.
    works["write"]()
    rounds = in_turns(works, options.rounds)
    for each in rounds:
        assert all(done.told["records"] == options.rows for done in each.values()), "each does the same work"
    return {
        "rows": options.rows,
        "columns": len(COLUMNS),
        "file_mb": round(ours.stat().st_size / 1e6, 1),
        "openpyxl_file_mb": round(theirs.stat().st_size / 1e6, 1),
        "rounds": options.rounds,
        "seconds": seconds_of(rounds),
        "reading_faster": ratio(rounds, "openpyxl_read", "read"),
        "writing_faster": ratio(rounds, "openpyxl_write", "write"),
        "reading_processor": _processor_ratio(rounds, "openpyxl_read", "read"),
        "writing_processor": _processor_ratio(rounds, "openpyxl_write", "write"),
        "peak_mb": {name: round(max(each[name].peak_mb for each in rounds)) for name in works},
        **machine(),
    }


def _processor_ratio(rounds: list[dict[str, Measured]], one: str, other: str) -> float:
    used: list[float] = [each[one].told["processor_seconds"] / each[other].told["processor_seconds"] for each in rounds]
    return round(median(used), 2)


def tell(result: dict[str, Any]) -> None:
    print(f"A sheet of {result['rows']:,} rows, {result['columns']} columns, {result['file_mb']} MB")
    for name, seconds in result["seconds"].items():
        print(f"  {name:16} {seconds:8.2f} s, peak {result['peak_mb'][name]} MB")
    for what in ("reading", "writing"):
        faster, processor = result[f"{what}_faster"], result[f"{what}_processor"]
        print(f"  {what}: {faster} x as fast as openpyxl (goal: 5); in processor time {processor} x")


if __name__ == "__main__":
    carry_out(__doc__, CHILDREN, compare, tell, rows=200_000)
