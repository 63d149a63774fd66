"""``pendel inspect``: what a file is, with and without a configuration."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import duckdb
import pytest
import xlwt
from click.testing import CliRunner
from support.pendel_cli import pendel
from support.task_site import TABLES

from core.cli.main import build

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CATALOGUE = """<BMECAT version="2005.1" xmlns="urn:x"><HEADER><CATALOG><LANGUAGE>deu</LANGUAGE>
<CURRENCY>EUR</CURRENCY></CATALOG><SUPPLIER><SUPPLIER_NAME>Ac\x90me</SUPPLIER_NAME></SUPPLIER></HEADER>
<T_UPDATE_PRICES prev_version="3"></T_UPDATE_PRICES></BMECAT>"""


TYPED = """
[layouts.sheets]
direction = "import"
entity = "article"
format = "excel"
columns = [{ column = "No", field = "number" }, { column = "Price", field = "gross_price" }]

[layouts.lines]
direction = "import"
entity = "article"
format = "jsonl"
columns = [{ column = "No", field = "number" }, { column = "price.gross", field = "gross_price" }]
"""


@pytest.fixture
def config(workspace: Callable[..., Path]) -> Path:
    return workspace(TABLES + TYPED, engine='languages = ["nl", "en"]')


def in_words(config: Path, file: Path) -> tuple[int, str]:
    result = CliRunner().invoke(build(lambda *_: 0), ["--config", str(config), "inspect", str(file)])
    return result.exit_code, result.output


def test_a_format_with_what_stands_in_its_head(config: Path, tmp_path: Path) -> None:
    file = tmp_path / "prices.xml"
    file.write_text(CATALOGUE)
    answer = pendel(config, "inspect", str(file))
    assert answer.code == 0
    (found,) = answer.told["formats"]
    assert (found["format"], found["version"], found["variant"]) == ("bmecat", "2005.1", "T_UPDATE_PRICES")
    assert found["facts"]["previous version"] == "3"
    assert answer.told["certain"]
    code, words = in_words(config, file)
    assert code == 0
    told = [" ".join(line.split()) for line in words.splitlines()]
    assert "Format BMEcat 2005.1, T_UPDATE_PRICES (bmecat)" in told
    assert "Kind changed prices, after 3 others" in told
    assert "Supplier Ac\\x90me" in told
    assert "Currency EUR" in told


def test_a_file_of_an_own_layout_with_encoding_and_columns(config: Path, tmp_path: Path) -> None:
    file = tmp_path / "week.csv"
    file.write_bytes("No;Price;Größe\nA1;1,25;5\n".encode("cp1252"))
    answer = pendel(config, "inspect", str(file))
    assert answer.code == 0
    # The other layout that reads these columns reads UTF-8, which this is not.
    assert answer.told["layouts"] == ["prices"]
    text = answer.told["text"]
    assert (text["delimiter"], text["header"], text["columns"]) == (";", True, ["No", "Price", "Größe"])
    assert text["encoding"] in ("windows-1252", "latin-1")
    file.write_text("No;Price\nA1;1,25\n")
    assert (pendel(config, "inspect", str(file)).code, in_words(config, file)[0]) == (3, 3)
    file.write_text("no,nl,en\nA1,Bout,Bolt\n")
    code, words = in_words(config, file)
    assert code == 0
    assert "Layout        names (3 of 3 columns)\n" in words
    assert "Columns       3: no, nl, en\n" in words


def test_what_nobody_knows_is_named_by_its_carrier(config: Path, tmp_path: Path) -> None:
    file = tmp_path / "shop.json"
    file.write_text('{"shop": 1}')
    answer = pendel(config, "inspect", str(file))
    assert answer.code == 3
    assert answer.told["is"] == "Nobody recognises it: it is JSON, an object with 1 key."
    file.write_text("No;Prijs\n1;2\n")
    assert pendel(config, "inspect", str(file)).told["nearest_layouts"][0]["missing"] == ["Price"]


def test_files_that_are_no_text_are_told_by_what_they_are(config: Path, tmp_path: Path) -> None:
    workbook = xlwt.Workbook()
    sheet = workbook.add_sheet("Prices")
    for place, name in enumerate(("No", "Price")):
        sheet.write(0, place, name)
        sheet.write(1, place, place)
    file = tmp_path / "old.xls"
    workbook.save(str(file))
    code, words = in_words(config, file)
    assert code == 0
    assert "Carrier  a file of Microsoft Office before 2007, such as a workbook (.xls)\n" in words
    assert "Layout   sheets (2 of 2 columns)\n" in words
    assert "Header   the first line\nColumns  2: No, Price\n" in words
    file = tmp_path / "prices.jsonl"
    file.write_text('{"No": "A1"}\n{"No": "A2", "price": {"gross": 1.5}}\n')
    code, words = in_words(config, file)
    assert code == 0
    assert "Carrier  JSON Lines\nLayout   lines (2 of 2 columns)\nColumns  2: No, price.gross\n" in words
    with duckdb.connect() as connection:
        connection.execute(f"COPY (SELECT 1 AS one, 2 AS two) TO '{tmp_path}/table' (FORMAT parquet)")
    assert "Carrier  a Parquet file\n" in in_words(config, tmp_path / "table")[1]


def test_no_configuration_is_needed_and_a_broken_one_is_said(tmp_path: Path) -> None:
    file = tmp_path / "prices.xml"
    file.write_text(CATALOGUE)
    assert pendel(tmp_path / "none.toml", "inspect", str(file)).code == 0
    broken = tmp_path / "broken.toml"
    broken.write_text("version = 9\n")
    answer = pendel(broken, "inspect", str(file))
    assert answer.code == 0
    assert "cannot be used" in answer.notes


def test_names_and_contents_of_files_do_nothing_to_a_terminal(config: Path, tmp_path: Path) -> None:
    file = tmp_path / "esc\x1b[2J\nx.csv"
    file.write_text("\x1b]0;title\x07;b\n1;2\n")
    _, words = in_words(config, file)
    assert "\x1b" not in words
    assert "esc\\x1b[2J\\x0ax.csv" in words


def test_a_gigabyte_takes_no_longer_than_a_kilobyte(config: Path, tmp_path: Path) -> None:
    file = tmp_path / "large.csv"
    with file.open("wb") as writer:
        writer.write(b"no,nl,en\n")
        writer.write("A1,Bout é,Bolt\n".encode("cp1252") * 40_000)
        writer.truncate(1 << 30)
    begun = time.process_time()
    answer = pendel(config, "inspect", str(file))
    assert time.process_time() - begun < 1
    assert answer.told["layouts"] == ["names"]
    assert answer.told["size"] == 1 << 30
