"""The first bytes of a file, and the views of them that detectors share. Nothing here reads more than it must."""

from __future__ import annotations

import codecs
import json
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from core.errors import DataError
from core.exchange.recognition.archive import Archive, open_archive
from core.exchange.recognition.json_head import JsonHead, read_json_head
from core.exchange.recognition.xml_head import XmlHead, read_xml_head
from core.text import clean

if TYPE_CHECKING:
    from pathlib import Path

HEAD_BYTES = 256 << 10
"""So much of a file, or of a member of a zip file, is looked at."""
_LINE_END = re.compile(r"\r\n|\n|\r")
_BINARY = re.compile(r"[\x00-\x08\x0e-\x19\x1b-\x1f]")
"""Control characters that no text file has; tab, line ends, form feed and Ctrl-Z are not among them."""
_UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


@dataclass(frozen=True, slots=True)
class Text:
    """The head as text."""

    encoding: str
    """As layouts name it."""
    marked: bool
    """It begins with a byte order mark."""
    text: str
    """Behind the byte order mark."""
    lines: tuple[str, ...]
    """The lines that are whole, without their ends."""


class Head:
    """The beginning of a file."""

    def __init__(self, name: str, data: bytes, size: int, path: Path | None = None) -> None:
        self.name = name
        self.data = data
        self.size = size
        self.path = path
        """Where the file lies; None for a member of a zip file."""

    @classmethod
    def of(cls, path: Path, name: str = "") -> Head:
        """Read the head of a file, which is called ``name`` in messages.

        Raises:
            DataError: it cannot be read, or is no file.
        """
        name = name or path.name
        try:
            with path.open("rb") as file:
                return cls(name, file.read(HEAD_BYTES), path.stat().st_size, path)
        except OSError as error:
            raise DataError(
                f"{clean(name)} cannot be read: {clean(str(error.strerror))}.", advice="Look at its permissions."
            ) from error

    @property
    def whole(self) -> bool:
        """Whether this is all of the file."""
        return len(self.data) >= self.size

    @cached_property
    def text(self) -> Text | None:
        """The head as text; None where it is none."""
        found = _decoded(self.data, whole=self.whole)
        if found is None:
            return None
        encoding, marked, text = found
        if _BINARY.search(text):
            return None
        lines = _LINE_END.split(text)
        # The last piece is a line only where the file ends with it; a Ctrl-Z is how old programs end a file.
        if not self.whole or not lines[-1].strip("\x1a"):
            lines.pop()
        return Text(encoding, marked, text, tuple(lines))

    @cached_property
    def xml(self) -> XmlHead | None:
        """The head as XML; None where it is none."""
        if self.text is None or not self.text.text.lstrip().startswith("<"):
            return None
        return read_xml_head(self.data)

    @cached_property
    def json(self) -> JsonHead | None:
        """The head as JSON; None where it is none."""
        if self.text is None or not self.text.text.lstrip().startswith(("{", "[")):
            return None
        return read_json_head(self.text.text)

    @property
    def is_json_lines(self) -> bool:
        """Whether the first line is a JSON object of its own, and not the only line."""
        if self.text is None or len(self.text.lines) < 2 or not self.text.lines[0].startswith("{"):
            return False
        try:
            return isinstance(json.loads(self.text.lines[0]), dict)
        except (ValueError, RecursionError):
            return False

    @cached_property
    def archive(self) -> Archive | None:
        """The members of a zip file; None where it is none."""
        return open_archive(self.path) if self.path and self.data.startswith(b"PK\x03\x04") else None


def _decoded(data: bytes, *, whole: bool) -> tuple[str, bool, str] | None:
    if data.startswith(codecs.BOM_UTF8):
        return "utf-8-sig", True, data[3:].decode("utf-8", "replace")
    for mark, codec in _UTF16.items():
        if data.startswith(mark):
            return "utf-16", True, data[2 : len(data) & ~1].decode(codec, "replace")
    if b"\0" in data:
        # Text of Latin letters has its zeros in every second byte.
        even, odd = data[0::2].count(0), data[1::2].count(0)
        if max(even, odd) < len(data) / 10 or min(even, odd) > max(even, odd) / 10:
            return None
        codec = "utf-16-le" if odd > even else "utf-16-be"
        return codec, False, data[: len(data) & ~1].decode(codec, "replace")
    try:
        return "utf-8", False, codecs.getincrementaldecoder("utf-8")().decode(data, whole)
    except UnicodeDecodeError:
        return "windows-1252", False, data.decode("cp1252" if _is_cp1252(data) else "latin-1")


def _is_cp1252(data: bytes) -> bool:
    return not any(code in data for code in b"\x81\x8d\x8f\x90\x9d")
