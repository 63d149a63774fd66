"""Files through layouts, both ways: each option of CSV, text, Excel, JSON Lines and Parquet by a file of its own.

A case is read to its records, and its records are written to its file: to the byte, or cell by cell where the format
packs its content. That an option does something is shown by leaving it out.
"""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import duckdb
import openpyxl
import pytest
from pydantic import ValidationError
from support.exchange_desk import AS_THE_STORE, Desk, make_entity, select, shut_in
from support.golden import NEWLY, Case, cases, layout_of, options_in, records_of, without
from support.typed_files import TypedDesk

from core.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CASES = cases("layouts")
EACH = [pytest.param(case, way, id=f"{case.name}-{way}") for case in CASES for way in case.ways]
DEFAULT_RECORDS = [{"number": "A1"}]


@contextmanager
def typed_desk(directory: Path) -> Iterator[TypedDesk]:
    with duckdb.connect(config=AS_THE_STORE) as connection:
        shut_in(connection, directory)
        yield TypedDesk(Desk(directory, connection))


def read(desk: TypedDesk, case: Case, table: dict[str, Any]) -> Any:
    """Return the records of the case's file, and its rejects."""
    source = desk.desk.directory / case.file.name
    shutil.copyfile(case.file, source)
    desk.read(source, layout_of(table))
    fields = list(make_entity().fields)
    staged = [name for (name, *_) in desk.desk.connection.execute("DESCRIBE staged").fetchall() if name in fields]
    rows = desk.desk.rows(", ".join(f'"{name}"' for name in staged))
    found = {"records": records_of(staged, rows)}
    rejects = [
        {name: value for name in ("line", "column", "value", "reason") if (value := getattr(each, name)) is not None}
        for each in desk.rejects()
    ]
    return {**found, "rejects": rejects}


def write(desk: TypedDesk, case: Case, table: dict[str, Any]) -> Path:
    select(desk.desk, *case.table.get("records", DEFAULT_RECORDS))
    return desk.write(layout_of(table), case.file.name)


def sheets_of(path: Path) -> Any:
    """Return all that a reader of a workbook finds: the sheets, and each cell with its type and its format."""
    book = openpyxl.load_workbook(path)
    return {
        sheet.title: {
            cell.coordinate: (cell.data_type, cell.value, cell.number_format)
            for row in sheet.iter_rows()
            for cell in row
            if cell.value is not None
        }
        for sheet in book
    }


def table_of(path: Path) -> Any:
    """Return all that a reader of Parquet finds: names, types, values, and how it is packed."""
    with duckdb.connect() as connection:
        found = connection.execute("SELECT * FROM read_parquet(?)", [str(path)])
        names = [(name, str(kind)) for name, kind, *_ in found.description or ()]
        packed = connection.execute("SELECT DISTINCT compression FROM parquet_metadata(?)", [str(path)]).fetchall()
        return names, found.fetchall(), packed


def content_of(path: Path) -> Any:
    if path.suffix == ".xlsx":
        return sheets_of(path)
    return table_of(path) if path.suffix == ".parquet" else path.read_bytes()


@pytest.mark.parametrize(("case", "way"), EACH)
def test_a_file_is_what_its_layout_says(tmp_path: Path, case: Case, way: str) -> None:
    with typed_desk(tmp_path) as desk:
        if way == "import":
            expected = {
                "records": records_of_case(case),
                "rejects": case.table.get("import", {}).get("rejects", []),
            }
            assert read(desk, case, case.layout_table(way)) == expected
            return
        made = write(desk, case, case.layout_table(way))
        if NEWLY and "import" not in case.ways:
            shutil.copyfile(made, case.file)
        assert content_of(made) == content_of(case.file)


def records_of_case(case: Case) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = case.table.get("read", case.table.get("records", DEFAULT_RECORDS))
    return found


OPTIONS = [
    pytest.param(case, way, path, id=f"{case.name}-{way}-{'.'.join(map(str, path))}")
    for case in CASES
    for way in case.ways
    for path in options_in(case.layout_table(way))
    if way == "export" or ".".join(map(str, path)) not in case.table.get("as_by_default", [])
]


@pytest.mark.parametrize(("case", "way", "path"), OPTIONS)
def test_without_its_option_a_file_is_another(
    tmp_path: Path, case: Case, way: str, path: tuple[str | int, ...]
) -> None:
    table = without(case.layout_table(way), path)
    with typed_desk(tmp_path) as desk:
        if way == "export":
            try:
                made = content_of(write(desk, case, table))
            except (DataError, ValidationError):
                return
            assert made != content_of(case.file)
            return
        try:
            found = read(desk, case, table)
        except (DataError, ValidationError):
            return
        assert found != {
            "records": records_of_case(case),
            "rejects": case.table.get("import", {}).get("rejects", []),
        }
