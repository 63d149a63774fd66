"""A workspace with articles, and files that belong to them."""

from __future__ import annotations

import hashlib
import sqlite3
import struct
import zlib
from contextlib import closing
from typing import TYPE_CHECKING, Any

from support.task_site import TaskSite, import_of

if TYPE_CHECKING:
    from pathlib import Path

LAYOUTS = """
[layouts.attachments]
direction = "import"
entity = "attachment"
format = "csv"
columns = [
  { column = "entity", field = "entity", default = "article" },
  { column = "record", field = "record" },
  { column = "file", field = "file" },
  { column = "type", field = "type" },
  { column = "description", field = "description.nl" },
  { column = "sort_order", field = "sort_order" },
]

[layouts.linked]
direction = "import"
entity = "attachment"
format = "csv"
columns = [
  { constant = "article", field = "entity" },
  { column = "record", field = "record" },
  { column = "file", field = "file" },
  { column = "url", field = "source" },
]
"""
HEADER = "entity,record,file,type,description,sort_order\n"
COLUMNS = "record, file, content_hash, size, media_type, source"


def png(colour: int = 0, *, padding: int = 0) -> bytes:
    """Return a picture of one point, with so many bytes of text in it."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    point = chunk(b"IDAT", zlib.compress(bytes([0, colour])))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"tEXt", b"x" * padding) + point + chunk(b"IEND", b"")


def pdf(text: str = "") -> bytes:
    return f"%PDF-1.7\n% {text}\n%%EOF\n".encode()


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def attachments_of(task_id: str = "pictures", **settings: Any) -> str:
    """Return an import of attachments, as TOML."""
    given = {"entity": "attachment", "layout": "attachments", "max_rejected": 1, "file": "pictures.csv", **settings}
    if "source" in given:
        del given["file"]
    return import_of(task_id, **given)


def with_articles(site: TaskSite, *numbers: str) -> TaskSite:
    """Import articles with these numbers; the workspace has the task ``articles``."""
    site.put("uploads/articles.csv", "No;Price\n" + "".join(f"{number};1,00\n" for number in numbers))
    answer = site.run("articles")
    assert answer.code == 0, answer.told
    return site


def rows(*lines: str) -> str:
    """Return a file of attachments of articles: ``record,file`` or more columns."""
    padded = [line + "," * (4 - line.count(",")) for line in lines]
    return HEADER + "".join(f"article,{line}\n" for line in padded)


def stored(data: Path) -> dict[str, bytes]:
    """Return all that the attachment store has, by name in it; whatever else lies there, too."""
    base = data / "attachments"
    return {str(path.relative_to(base)): path.read_bytes() for path in sorted(base.rglob("*")) if path.is_file()}


def name_in_store(content: bytes) -> str:
    digest = sha256(content)
    return f"{digest[:2]}/{digest[2:]}"


def reasons(data: Path, run: int) -> list[tuple[int, str, str, str]]:
    """Return the rejects of a run: line, field, value and reason."""
    with closing(sqlite3.connect(data / "journal.sqlite")) as journal:
        return journal.execute(
            "SELECT line, field, value, reason FROM reject WHERE run = ? ORDER BY line", (run,)
        ).fetchall()
