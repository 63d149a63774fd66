"""Reports in all their formats: each option of a report layout."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from support.golden import NEWLY, Case, cases, without
from support.golden_deliveries import cells_of, text_of_pdf
from support.report_desk import document

from core.reports.csv import is_zipped, write_csv
from core.reports.excel import write_excel
from core.reports.html import as_html
from core.reports.pdf import write_pdf
from core.reports.results import Result
from core.reports.text import as_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from core.reports.document import Document

CASES = cases("reports")
WIDTH = 100
_WHAT_IT_IS = ("kind", "query", "category", "values", "text", "columns")


def made_of(case: Case) -> Document:
    found = {
        name: Result(table["columns"], [tuple(row) for row in table["rows"]])
        for name, table in case.table["found"].items()
    }
    return document({"direction": "report", **case.table["layout"]}, found)


def csv_of(made: Document, path: Path) -> bytes:
    write_csv(made, path)
    if not is_zipped(made):
        return path.read_bytes()
    with zipfile.ZipFile(path) as packed:
        return b"".join(f"-- {name}\r\n".encode() + packed.read(name) for name in packed.namelist())


def cells(made: Document, path: Path) -> bytes:
    write_excel(made, path)
    return cells_of(path.read_bytes()).encode()


def pdf_text(made: Document, path: Path) -> bytes:
    write_pdf(made, path)
    return text_of_pdf(path).encode()


FORMATS: dict[str, Callable[[Document, Path], bytes]] = {
    ".txt": lambda made, _: as_text(made, WIDTH).encode(),
    ".html": lambda made, _: "".join(as_html(made)).encode(),
    ".csv": csv_of,
    ".xlsx.cells": cells,
    ".pdf.text": pdf_text,
}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@pytest.mark.parametrize("ending", FORMATS)
def test_a_report_is_what_its_layout_says(tmp_path: Path, case: Case, ending: str) -> None:
    written = FORMATS[ending](made_of(case), tmp_path / "report")
    golden = case.path.with_name(case.name + ending)
    if NEWLY:
        golden.write_bytes(written)
    assert written == golden.read_bytes()


def options() -> list[Any]:
    """Options of blocks and of their columns, each with the case that says it."""
    found: list[Any] = []
    for case in CASES:
        for place, block in enumerate(case.table["layout"]["blocks"]):
            said: list[tuple[str | int, ...]] = [(name,) for name in block if name not in _WHAT_IT_IS]
            for number, column in enumerate(block.get("columns", [])):
                said += [("columns", number, name) for name in column if name != "column"]
            if block.get("chart") == "bar":
                said.remove(("chart",))
            found += [
                pytest.param(
                    case, ("layout", "blocks", place, *path), id=f"{case.name}-{place}-{'.'.join(map(str, path))}"
                )
                for path in said
            ]
    return found


@pytest.mark.parametrize(("case", "path"), options())
def test_without_its_option_a_report_is_another(case: Case, path: tuple[str | int, ...]) -> None:
    other = Case(case.path, without(case.table, path))
    assert "".join(as_html(made_of(other))) != "".join(as_html(made_of(case)))
