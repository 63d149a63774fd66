"""Looking into files that are no text, and trying a layout on them, as the layout editor does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
import openpyxl
import pytest
from support.live_engine import LiveEngine, live_engine
from support.supplier_site import write_config

from core.engine.desks import samples
from core.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LAYOUT: dict[str, Any] = {
    "direction": "import",
    "entity": "article",
    "columns": [
        {"column": "Artikelnummer", "field": "number", "required": True},
        {"column": "Bruto", "field": "gross_price"},
        {"column": "Weg", "field": "brand"},
    ],
}
ROWS = [("0001", 12.5, "31-01-2026"), ("0002", "op aanvraag", "01-02-2026"), ("0003", "1.234,50", "15-02-2026")]
NAMES = ("Artikelnummer", "Bruto", "Ingang")


@pytest.fixture
def live(tmp_path: Path) -> Iterator[LiveEngine]:
    with live_engine(write_config(tmp_path)) as engine:
        (tmp_path / "uploads").mkdir()
        yield engine


def workbook(tmp_path: Path, *, rows: int = 0) -> None:
    made = openpyxl.Workbook()
    sheet = made.create_sheet("Prijzen & meer")
    for row in (
        NAMES,
        *ROWS,
        *((f"x{number}", number, f"a text of some length {number * 7919}") for number in range(rows)),
    ):
        sheet.append(row)
    made.save(tmp_path / "uploads" / "prices.xlsx")


def test_a_workbook_is_recognised_looked_into_and_tried(live: LiveEngine, tmp_path: Path) -> None:
    workbook(tmp_path, rows=30_000)
    files = live.gate.files
    sample = files.sample("uploads", "prices.xlsx")
    assert sample.size > samples.SAMPLE
    assert sample.whole
    found = files.recognise(sample.id)
    assert found.format == "excel"
    assert found.file["sheet"] == "Prijzen & meer"
    assert "others: “Sheet”" in found.doubts[0]
    file: dict[str, Any] = {"sheet": 2, "decimal": ",", "thousands": ".", "date": "%d-%m-%Y"}
    rows = files.rows(sample.id, file, "excel")
    assert (rows.records, rows.unreadable) == (30_003, 0)
    assert [column.reference for column in rows.columns] == list(NAMES)
    assert [(row.line, row.cells) for row in rows.rows[:2]] == [
        (2, ("0001", "12,5", "31-01-2026")),
        (3, ("0002", "op aanvraag", "01-02-2026")),
    ]
    trial = files.try_import(sample.id, {**LAYOUT, "format": "excel", "file": file})
    assert (trial.failure, trial.read, trial.accepted, trial.left_out) == ("", 30_003, 30_002, 1)
    assert trial.records[:2] == (("0001", "12.5"), ("0003", "1234.5"))
    assert [(reject.line, reject.value) for reject in trial.rejects] == [(3, "op aanvraag")]
    assert "has no column 'Weg'" in trial.problems[0].message
    with pytest.raises(DataError, match="sheets “Sheet” or “Prijzen & meer”"):
        files.rows(sample.id, {"sheet": 9}, "excel")


def test_a_workbook_that_is_too_large_to_look_into_says_so(
    live: LiveEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(samples, "WHOLE", 300_000)
    workbook(tmp_path, rows=15_000)
    with pytest.raises(DataError, match=r"can only be looked into whole, up to 300\.0 kB"):
        live.gate.files.sample("uploads", "prices.xlsx")


def test_parquet_and_json_lines_are_looked_into_too(live: LiveEngine, tmp_path: Path) -> None:
    uploads = tmp_path / "uploads"
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE t (Artikelnummer VARCHAR, Bruto VARCHAR, Ingang VARCHAR)")
        connection.executemany("INSERT INTO t VALUES (?, ?, ?)", [tuple(map(str, row)) for row in ROWS])
        connection.execute(f"COPY t TO '{uploads / 'prices.dat'}' (FORMAT parquet)")
        connection.execute(f"COPY t TO '{uploads / 'prices.log'}' (FORMAT json)")
    with (uploads / "prices.log").open("a") as file:
        file.write('{"Artikelnummer": 4, "Bruto": {"eur": 1.50}}\nno json\n')
    files = live.gate.files
    for name, form, names, read in (
        ("prices.dat", "parquet", list(NAMES), 3),
        ("prices.log", "jsonl", [*NAMES, "Bruto.eur"], 5),
    ):
        sample = files.sample("uploads", name)
        found = files.recognise(sample.id)
        assert (found.format, found.file) == (form, {})
        rows = files.rows(sample.id, found.file, found.format)
        assert [column.reference for column in rows.columns] == names
        assert (rows.records, rows.unreadable) == (read, read == 5)
        columns = [*LAYOUT["columns"][:2], *([{"column": "Bruto.eur", "field": "net_price"}] if read == 5 else [])]
        trial = files.try_import(sample.id, {**LAYOUT, "format": form, "columns": columns})
        assert (trial.failure, trial.read, trial.rejected) == ("", read, {3: 2, 5: 4}[read])


@pytest.mark.parametrize("form", ["excel", "jsonl", "parquet"])
def test_an_export_is_shown_as_it_would_be_written(live: LiveEngine, tmp_path: Path, form: str) -> None:
    workbook(tmp_path)
    trial = live.gate.files.try_export(
        {"direction": "export", "entity": "article", "format": form, "columns": [{"column": "No", "field": "number"}]}
    )
    assert trial.failure == ""
    assert trial.records == len(trial.rows)
