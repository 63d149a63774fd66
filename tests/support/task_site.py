"""A workspace whose tasks a test writes itself, carried out through the command line."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb
from support.pendel_cli import pendel

if TYPE_CHECKING:
    from pathlib import Path

    from support.pendel_cli import Answer

TABLES = """
[locations.in]
protocol = "local"
directory = "in"

[locations.out]
protocol = "local"
directory = "out"

[entities.shelf]
key = ["shop", "bin"]
[entities.shelf.fields]
shop = { type = "text" }
bin = { type = "integer" }
content = { type = "text" }

[layouts.prices]
direction = "import"
entity = "article"
format = "csv"
file = { delimiter = ";", decimal = ",", encoding = "windows-1252" }
columns = [
  { column = "No", field = "number", required = true },
  { column = "Price", field = "gross_price" },
]

[layouts.twin]
direction = "import"
entity = "article"
format = "csv"
file = { delimiter = ";" }
columns = [{ column = "No", field = "number" }, { column = "Price", field = "description.nl" }]

[layouts.headless]
direction = "import"
entity = "article"
format = "csv"
file = { header = false }
columns = [{ column = 1, field = "number" }]

[layouts.units]
direction = "import"
entity = "article"
format = "csv"
file = { delimiter = ";", encoding = "utf-16-le", quote = "" }
columns = [{ column = 1, field = "number" }, { column = 2, field = "description.nl" }]

[layouts.names]
direction = "import"
entity = "article"
format = "csv"
columns = [
  { column = "no", field = "number" },
  { column = "nl", field = "description.nl" },
  { column = "en", field = "description.en" },
]

[layouts.products]
direction = "import"
entity = "product"
format = "csv"
columns = [{ column = "no", field = "number" }]

[layouts.belonging]
direction = "import"
entity = "article"
format = "csv"
columns = [{ column = "no", field = "number" }, { column = "product", field = "product" }]

[layouts.shelves]
direction = "import"
entity = "shelf"
format = "csv"
columns = [
  { column = "shop", field = "shop" },
  { column = "bin", field = "bin" },
  { column = "content", field = "content" },
]

[layouts.list]
direction = "export"
entity = "article"
format = "csv"
columns = [{ column = "sku", field = "number" }, { column = "price", field = "gross_price", format = "0.00" }]

[layouts.changes]
direction = "export"
entity = "article"
format = "csv"
columns = [{ column = "sku", field = "number" }, { column = "what", field = "mutation" }]

[layouts.titles]
direction = "export"
entity = "article"
format = "csv"
columns = [{ column = "sku", field = "number" }, { column = "title", field = "description" }]

[layouts.western]
direction = "export"
entity = "article"
format = "csv"
file = { encoding = "windows-1252", delimiter = ";", decimal = ",", line_end = "crlf" }
columns = [
  { column = "sku", field = "number" },
  { column = "title", field = "description.nl" },
  { column = "price", field = "gross_price" },
]
"""


@dataclass(frozen=True)
class TaskSite:
    """A workspace on disk."""

    config: Path

    @property
    def home(self) -> Path:
        """The directory of the configuration."""
        return self.config.parent

    @property
    def data(self) -> Path:
        """The data directory."""
        return self.home / "data"

    def run(self, *arguments: str) -> Answer:
        """Run tasks."""
        return pendel(self.config, "run", *arguments)

    def put(self, path: str, content: str | bytes, *, minutes_old: float = 0) -> Path:
        """Write a file, changed so long ago."""
        file = self.home / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        changed = file.stat().st_mtime - minutes_old * 60
        os.utime(file, (changed, changed))
        return file

    def files(self, directory: str) -> dict[str, str]:
        """Return the files below a directory by their paths in it."""
        base = self.home / directory
        found = (path for path in sorted(base.rglob("*")) if path.is_file())
        return {str(path.relative_to(base)): path.read_text() for path in found}

    def kept(self, columns: str = "number", entity: str = "article", where: str = "archived_at IS NULL") -> list[Any]:
        """Return what the catalogue keeps, in the order of all columns; one column as plain values."""
        with duckdb.connect(str(self.data / "catalogue.duckdb"), read_only=True) as catalogue:
            rows = catalogue.execute(f"SELECT {columns} FROM entity.{entity} WHERE {where} ORDER BY ALL").fetchall()
        return [row[0] if len(row) == 1 else row for row in rows]

    def spooled(self) -> list[str]:
        """Return what lies in the spool."""
        spool = self.data / "spool"
        return sorted(str(path.relative_to(spool)) for path in spool.rglob("*"))

    def log(self, run: int) -> str:
        """Return the log of a run."""
        return "\n".join(line["text"] for line in pendel(self.config, "log", "--run", str(run)).told["lines"])


def import_of(task_id: str, **settings: Any) -> str:
    """Return an import of ``<id>.csv`` from the upload directory, or of its ``source``, as TOML."""
    given = {"entity": "article", "assortment": "supplier", "layout": "prices", "settle": 0, **settings}
    return task_table(task_id, "import", given if "source" in given else {"file": f"{task_id}.csv", **given})


def export_of(task_id: str, **settings: Any) -> str:
    """Return an export of articles to ``<id>.csv`` in the export directory, or to its ``target``, as TOML."""
    given = {"entity": "article", "layout": "list", **settings}
    return task_table(task_id, "export", given if "target" in given else {"file": f"{task_id}.csv", **given})


def etl_of(task_id: str, **settings: Any) -> str:
    """Return an etl task with the scheme of the same name, as TOML."""
    return task_table(task_id, "etl", {"assortment": "supplier", "scheme": task_id, **settings})


def scheme_of(name: str, *steps: str) -> str:
    """Return an ETL scheme as TOML; its steps are named ``step 1`` and so on."""
    tables = [
        f"[[schemes.{name}.steps]]\nname = {json.dumps(f'step {number}')}\nsql = {json.dumps(sql)}\n"
        for number, sql in enumerate(steps, start=1)
    ]
    return "".join(tables)


def task_table(task_id: str, kind: str, settings: dict[str, Any]) -> str:
    """Return a task as TOML."""
    given = {"id": task_id, "type": kind, "description": task_id, "sequence": 10, **settings}
    lines = (f"{key} = {_toml(value)}" for key, value in given.items() if value is not None)
    return "\n".join(["[[tasks]]", *lines, ""])


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False)
