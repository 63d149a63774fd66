"""Golden cases of tasks: a configuration, what lies there before the tasks run, and what lies there afterwards.

A case is a directory with ``case.toml``: the tables of a configuration, and beside them ``runs`` (the tasks, in order;
one that ends with another exit code than 0 is ``[task, code]``) and ``kept`` (what the catalogue has in the end).
``before`` is the workspace at first, ``after`` are its folders that are compared. A zip file is a directory of its
name.
"""

from __future__ import annotations

import functools
import io
import shutil
import tomllib
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import openpyxl
import tomlkit
from pydantic import TypeAdapter
from pypdf import PdfReader
from support.golden import GOLDEN, layout_of

from core.config.task_types import TaskSettings

if TYPE_CHECKING:
    from pathlib import Path

_OWN = ("runs", "kept")
FOLDERS = ("exports", "out", "uploads", "in")


@dataclass(frozen=True)
class Delivery:
    """One directory of a case."""

    path: Path
    table: dict[str, Any]

    @property
    def name(self) -> str:
        """As its test is called."""
        return self.path.name

    @property
    def configuration(self) -> str:
        """The tables of the configuration, as TOML."""
        return tomlkit.dumps({key: value for key, value in self.table.items() if key not in _OWN})

    @property
    def runs(self) -> list[tuple[str, int]]:
        """The tasks in their order, each with the exit code that it should end with."""
        return [(each, 0) if isinstance(each, str) else (each[0], each[1]) for each in self.table["runs"]]

    @property
    def after(self) -> Path:
        """What should lie there in the end."""
        return self.path / "after"

    def set_out(self, home: Path) -> None:
        """Lay out what lies there before the tasks run."""
        for folder in FOLDERS:
            (home / folder).mkdir(exist_ok=True)
        if (self.path / "before").is_dir():
            shutil.copytree(self.path / "before", home, dirs_exist_ok=True)


@functools.cache
def deliveries() -> tuple[Delivery, ...]:
    """Return all cases, by name."""
    paths = sorted((GOLDEN / "deliveries").glob("*/case.toml"))
    return tuple(Delivery(path.parent, tomllib.loads(path.read_text(encoding="utf-8"))) for path in paths)


def delivered_layouts() -> list[Any]:
    """Return the layouts of all cases, as they are checked when a configuration is loaded."""
    return [layout_of(table) for case in deliveries() for table in case.table.get("layouts", {}).values()]


def delivered_tasks() -> list[Any]:
    """Return the tasks of all cases, likewise."""
    adapter: TypeAdapter[Any] = TypeAdapter(TaskSettings)
    return [adapter.validate_python(task) for case in deliveries() for task in case.table["tasks"]]


def found_below(directory: Path) -> dict[str, bytes]:
    """Return the files below a directory by their paths in it, and those in zip files as if they were directories.

    A workbook is its cells, and a PDF its text, one a line: there is no other way to say what they should hold.
    """
    found: dict[str, bytes] = {}
    for path in sorted(directory.rglob("*")):
        name = str(path.relative_to(directory))
        if path.is_dir():
            continue
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                found |= {f"{name}/{info.filename}": archive.read(info) for info in archive.infolist()}
        elif path.suffix == ".xlsx":
            found[f"{name}.cells"] = cells_of(path.read_bytes()).encode()
        elif path.suffix == ".pdf" and len(path.read_bytes()) > 200:
            found[f"{name}.text"] = text_of_pdf(path).encode()
        else:
            found[name] = path.read_bytes()
    return found


def cells_of(content: bytes) -> str:
    """Return the cells of a workbook, a line each: the sheet, the cell, its type, its format and its value."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    lines = [
        f"{sheet.title}!{cell.coordinate} {cell.data_type} {cell.number_format} {cell.value!r}\n"
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    ]
    return "".join(lines)


def text_of_pdf(path: Path) -> str:
    """Return the text of a PDF; its pages are parted by form feeds."""
    return "\f".join(page.extract_text() for page in PdfReader(path).pages) + "\n"
