"""The ETIM release: UTF-16 without a byte order mark, semicolons, and quotes that are plain text."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.exchange_desk import import_layout

from core.config.entities import Entity, Field
from core.exchange.detecting import propose

if TYPE_CHECKING:
    from support.exchange_desk import Desk

DATA = Path("../shared/formats/etim/data")
FILES = {
    "ETIMARTCLASS": 5_640,
    "ETIMFEATURE": 17_377,
    "ETIMVALUE": 16_163,
    "ETIMARTCLASSFEATUREMAP": 76_625,
    "ETIMARTCLASSFEATUREVALUEMAP": 201_284,
}


@pytest.fixture(scope="module")
def archive() -> zipfile.ZipFile:
    found = sorted(DATA.glob("*.zip"))
    if not found:
        pytest.skip(f"the ETIM release is not in {DATA}")
    return zipfile.ZipFile(found[0])


@pytest.mark.parametrize(("name", "count"), FILES.items())
def test_every_record_of_the_release_is_read(desk: Desk, archive: zipfile.ZipFile, name: str, count: int) -> None:
    member = next(each for each in archive.namelist() if Path(each).stem == name)
    content = archive.read(member)
    columns = content.decode("utf-16-le").splitlines()[0].split(";")
    fields = {f"f{position}": Field(f"f{position}", "text", header) for position, header in enumerate(columns, 1)}
    layout = import_layout(
        *({"column": header, "field": field} for header, field in zip(columns, fields, strict=True)),
        delimiter=";",
        encoding="utf-16-le",
        quote="",
    )
    result = desk.read(content, layout, Entity("etim", "ETIM", ("f1",), fields))
    assert (result.records, result.accepted, result.rejected) == (count, count, 0)
    rows = desk.rows()
    assert [";".join(value or "" for value in row) for row in rows] == content.decode("utf-16-le").splitlines()[1:]


def test_it_is_recognised(tmp_path: Path, archive: zipfile.ZipFile) -> None:
    path = tmp_path / "classes.csv"
    path.write_bytes(archive.read(next(each for each in archive.namelist() if Path(each).stem == "ETIMARTCLASS")))
    found = propose(path)
    assert (found.encoding, found.delimiter, found.header) == ("utf-16-le", ";", True)
