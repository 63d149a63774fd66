"""Excel, JSON Lines and Parquet through the tasks: what comes in goes out again, and rejects can be mended."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb
import openpyxl
import pytest
import xlwt
from support.pendel_cli import pendel
from support.task_site import export_of, import_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from support.task_site import TaskSite

    Make = Callable[..., TaskSite]

LAYOUTS = """
[layouts.{form}-in]
direction = "import"
entity = "article"
format = "{form}"
columns = [
  {{ column = "No", field = "number", required = true }},
  {{ column = "Name", field = "description.nl" }},
  {{ column = "Price", field = "gross_price" }},
]

[layouts.{form}-out]
direction = "export"
entity = "article"
format = "{form}"
columns = [
  {{ column = "No", field = "number" }},
  {{ column = "Name", field = "description.nl" }},
  {{ column = "Price", field = "gross_price" }},
]
"""
ROWS = [("0012", "=1+1", 1.1 * 3), ("0013", "naïve", "on request"), ("0014", None, 2)]
FORMS = ["excel", "jsonl", "parquet"]


def put(made: TaskSite, form: str, rows: Sequence[tuple[Any, ...]], name: str = "in.file") -> Path:
    """Write rows into the upload directory as another program would."""
    path = made.home / "uploads" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if form == "excel":
        book = openpyxl.Workbook()
        sheet = book.active
        assert sheet is not None
        for place, row in enumerate([("No", "Name", "Price"), *rows], start=1):
            for column, value in enumerate(row, start=1):
                cell = sheet.cell(place, column, value)
                cell.data_type = "s" if isinstance(value, str) else cell.data_type
        book.save(path)
    elif form == "jsonl":
        lines = (json.dumps(dict(zip(("No", "Name", "Price"), row, strict=True))) for row in rows)
        path.write_text("".join(f"{line}\n" for line in lines).replace("3.3000000000000003", "3.30"))
    else:
        with duckdb.connect() as connection:
            connection.execute("CREATE TABLE t (No VARCHAR, Name VARCHAR, Price VARCHAR)")
            for row in rows:
                texts = [
                    None if value is None else f"{value:.15g}" if isinstance(value, float) else value for value in row
                ]
                connection.execute("INSERT INTO t VALUES (?, ?, ?)", texts)
            connection.execute(f"COPY t TO '{path}' (FORMAT parquet)")
    return path


def tasks(form: str, *more: str, **settings: Any) -> tuple[str, ...]:
    given = {"file": "in.file", "layout": f"{form}-in", **settings}
    out = export_of("out", file="out.file", layout=f"{form}-out", overwrite=True)
    return LAYOUTS.format(form=form), import_of("prices", **given), out, *more


@pytest.mark.parametrize("form", FORMS)
def test_what_comes_in_goes_out_and_in_again(site: Make, form: str) -> None:
    made = site(*tasks(form, max_rejected=0.5))
    put(made, form, ROWS)
    answer = made.run("prices")
    assert answer.counts == {"read": 2, "rejected": 1, "new": 2}
    assert made.kept('number, "description.nl", gross_price') == [
        ("0012", "=1+1", Decimal("3.3")),
        ("0014", None, Decimal(2)),
    ]
    assert made.run("prices").counts == {"read": 2, "rejected": 1, "unchanged": 2}
    assert made.run("out").counts == {"written": 2}
    (made.home / "exports" / "out.file").rename(made.home / "uploads" / "in.file")
    assert made.run("prices").counts == {"read": 2, "unchanged": 2}


@pytest.mark.parametrize("form", FORMS)
def test_rejects_are_written_in_the_format_of_the_file(site: Make, form: str) -> None:
    made = site(*tasks(form, max_rejected=0.5))
    put(made, form, ROWS)
    answer = made.run("prices")
    (rejects,) = [file for file in answer.told["files"] if file["role"] == "rejects"]
    (reject,) = pendel(made.config, "log", "--rejects", "--run", str(answer.told["run"])).told["rejects"]
    assert (reject["column"], reject["value"]) == ("Price", "on request")
    assert reject["line"] == {"excel": 3, "jsonl": 2, "parquet": 2}[form]
    path = made.home / rejects["path"]
    mended = made.home / "uploads" / "in.file"
    if form == "excel":
        assert path.name == "in.xlsx"
        book = openpyxl.load_workbook(path)
        sheet = book.active
        assert sheet is not None
        assert [cell.value for cell in sheet[2]] == ["0013", "naïve", "on request"]
        sheet["C2"] = 9.5
        book.save(mended)
    elif form == "jsonl":
        mended.write_text(path.read_text().replace('"on request"', "9.5"))
    else:
        duckdb.sql(f"COPY (SELECT * REPLACE (9.5 AS Price) FROM read_parquet('{path}')) TO '{mended}' (FORMAT parquet)")
    assert made.run("prices").counts == {"read": 1, "new": 1}
    assert made.kept("gross_price", where="number = '0013'") == [Decimal("9.5")]


def test_the_old_excel_format_comes_in_and_its_rejects_are_the_new_one(site: Make) -> None:
    made = site(*tasks("excel", file="in.xls", max_rejected=0.5))
    book = xlwt.Workbook()
    sheet = book.add_sheet("S")
    for place, row in enumerate([("No", "Name", "Price"), *ROWS]):
        for column, value in enumerate(row):
            sheet.write(place, column, value)
    (made.home / "uploads").mkdir(exist_ok=True)
    book.save(str(made.home / "uploads" / "in.xls"))
    answer = made.run("prices")
    assert answer.counts == {"read": 2, "rejected": 1, "new": 2}
    (rejects,) = [file["path"] for file in answer.told["files"] if file["role"] == "rejects"]
    assert rejects.endswith("in.xlsx")


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ("excel", "has no records, only a header row"),
        ("jsonl", "holds no record"),
        ("parquet", "has no records, only columns."),
    ],
)
def test_a_file_without_records_is_refused(site: Make, form: str, words: str) -> None:
    made = site(*tasks(form))
    path = put(made, form, [])
    if form == "jsonl":
        path.write_text("\n\n")
    answer = made.run("prices")
    assert answer.code != 0
    assert words in answer.told["message"]
    path.write_bytes(b"")
    answer = made.run("prices")
    assert answer.code == 5
    assert "is empty: it has no bytes at all" in answer.told["message"]


def test_a_workbook_is_delivered_packed_and_beside_a_csv(site: Make) -> None:
    made = site(*tasks("excel", export_of("packed", file="list.xlsx", layout="excel-out", compress=True)))
    put(made, "excel", ROWS[:1])
    made.run("prices")
    assert made.run("packed").counts == {"written": 1}
    assert (made.home / "exports" / "list.xlsx.zip").read_bytes()[:4] == b"PK\x03\x04"
    assert not any("sheet" in name for name in made.spooled())
