from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from core.errors import DataError
from core.exchange.detecting import propose

if TYPE_CHECKING:
    from pathlib import Path

TEXT = "Nr;Omschrijving;Prijs;Ingang\n" + "".join(
    f'{number:05};"Käse; groß {number}";1.{number:03},50;{number % 28 + 1:02}-03-2026\n' for number in range(100, 160)
)


@pytest.mark.parametrize(
    ("encoding", "codec"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("utf-16", "utf-16"), ("utf-16-le", "utf-16-le"),
     ("utf-16-be", "utf-16-be"), ("windows-1252", "cp1252")],
)  # fmt: skip
def test_a_supplier_file_is_recognised(tmp_path: Path, encoding: str, codec: str) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes((TEXT.replace("groß", "€ groß") if codec == "cp1252" else TEXT).encode(codec))
    found = propose(path)
    assert found.encoding == encoding
    assert (found.delimiter, found.quote, found.header) == (";", '"', True)
    assert (found.decimal, found.date) == (",", "%d-%m-%Y")
    assert found.columns == ("Nr", "Omschrijving", "Prijs", "Ingang")
    assert len(found.rows) == 10
    assert found.rows[0][0] == "00100"


@pytest.mark.parametrize("delimiter", [",", "\t", "|", "¦"])
def test_delimiters(tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "file.csv"
    path.write_text("".join(f"{number}{delimiter}a{delimiter}1.5\n" for number in range(20)))
    found = propose(path)
    assert (found.delimiter, found.header, found.decimal) == (delimiter, False, ".")
    assert found.columns == ("1", "2", "3")


def test_quotes_that_are_plain_text(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_text("nr;naam\n" + "".join(f'{number};{number}" pipe\n' for number in range(20)))
    assert propose(path).quote == ""


def test_doubts_are_told(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_text("nr;d\n1;01/02/2026\n")
    assert propose(path).doubts == ("No date says whether the day or the month comes first.",)
    path.write_text("nr;d\n1;01/13/2026\n")
    assert (propose(path).date, propose(path).doubts) == ("%m/%d/%Y", ())


def test_what_is_shown_is_clean(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_text("nr;na\x1b[2Jam\n1;\x1b]0;x\n")
    found = propose(path)
    assert "\x1b" not in str(found)


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "file.bin"
    path.write_bytes(random.Random(1).randbytes(4000) + bytes(4000))
    with pytest.raises(DataError, match="is no text"):
        propose(path)
    path.write_bytes(b"")
    with pytest.raises(DataError, match="is empty"):
        propose(path)


@pytest.mark.parametrize(
    ("values", "decimal", "thousands"),
    [
        (["1.234,50", "12,75"], ",", "."),
        (["1,234.50", "12.75"], ".", ","),
        (["1'234.50", "12.75"], ".", "'"),
        (["1 234,50", "1\u202f234,50"], ",", " "),
        (["12,75", "13,10", "1.234"], ",", ""),
        (["12.75", "1234.50"], ".", ""),
    ],
)
def test_groups_of_digits_are_told_where_nothing_is_in_doubt(
    tmp_path: Path, values: list[str], decimal: str, thousands: str
) -> None:
    path = tmp_path / "file.csv"
    path.write_text("nr;price\n" + "".join(f"a{number};{value}\n" for number, value in enumerate(values * 3)))
    found = propose(path)
    assert (found.decimal, found.thousands) == (decimal, thousands)
