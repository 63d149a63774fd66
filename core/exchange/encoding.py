"""The bytes of a text file as UTF-8, and back again to the same bytes.

What cannot be decoded is carried through as a lone surrogate in its UTF-8 form. That form is not valid UTF-8, so that
the one check of :mod:`core.exchange.records` finds bad characters of every encoding, with the record in which they
stand; and it goes back to the very bytes it came from.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import DataError
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from core.config.layouts import Encoding

CHUNK = 1 << 18
_UTF8_MARK = codecs.BOM_UTF8
_UTF16_MARKS = {"utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}


@dataclass(frozen=True, slots=True)
class TextFile:
    """A text file of which the encoding was settled by looking at its first bytes."""

    path: Path
    codec: str
    """The name that Python's codecs know; never one that takes or writes a byte order mark."""
    mark: bytes
    """The byte order mark with which the file begins, if it does."""

    @property
    def is_utf8(self) -> bool:
        """Whether the bytes of the file are UTF-8 as they stand."""
        return self.codec == "utf-8"

    def chunks(self) -> Iterator[bytes]:
        """Yield the text behind the byte order mark, as UTF-8, about a quarter of a megabyte at a time."""
        decode = None if self.is_utf8 else _decoder(self.codec)
        with self.path.open("rb") as file:
            file.seek(len(self.mark))
            while chunk := file.read(CHUNK):
                yield chunk if decode is None else decode(chunk, False).encode("utf-8", "surrogatepass")
        if decode is not None and (rest := decode(b"", True)):
            yield rest.encode("utf-8", "surrogatepass")

    def original(self, text: bytes) -> bytes:
        """Return what :meth:`chunks` yielded in the bytes of the file."""
        if self.is_utf8:
            return text
        return text.decode("utf-8", "surrogatepass").encode(self.codec, _errors(self.codec))


def _decoder(codec: str) -> Callable[[bytes, bool], str]:
    if codec.startswith("utf-16"):
        return codecs.getincrementaldecoder(codec)(_errors(codec)).decode

    def decode(chunk: bytes, _final: bool) -> str:
        return chunk.decode("ascii" if chunk.isascii() else codec, "surrogateescape")

    return decode


def _errors(codec: str) -> str:
    # A single byte that cannot be decoded is escaped; a UTF-16 unit that cannot be is a lone surrogate already.
    return "surrogatepass" if codec.startswith("utf-16") else "surrogateescape"


def open_text(path: Path, encoding: Encoding, *, name: str = "") -> TextFile:
    """Settle how ``path`` is to be decoded; errors call it ``name``, by default as it is called.

    Raises:
        DataError: the file is empty or cannot be read, is cut in the middle of a UTF-16 character, or its byte order
            mark does not go with the encoding that the layout names.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            first = file.read(4)
    except OSError as error:
        raise DataError(
            f"{name or clean(path.name)} cannot be read: {clean(str(error.strerror))}.",
            advice="Look at its permissions.",
        ) from error
    name = name or clean(path.name)
    mark16 = next((codec for codec, mark in _UTF16_MARKS.items() if first.startswith(mark)), None)
    if not encoding.startswith("utf-16"):
        if mark16:
            raise DataError(
                f"{name} begins with the byte order mark of UTF-16, but its layout says {encoding}.",
                advice='Set encoding = "utf-16" in the layout.',
            )
        mark = _UTF8_MARK if encoding.startswith("utf-8") and first.startswith(_UTF8_MARK) else b""
        codec = {"utf-8": "utf-8", "utf-8-sig": "utf-8", "windows-1252": "cp1252", "latin-1": "latin-1"}[encoding]
    else:
        codec, mark = _utf16(name, encoding, mark16)
        if size % 2:
            raise DataError(
                f"{name} ends in the middle of a UTF-16 character: it has an odd number of bytes ({size:,}).",
                advice="The file was cut off, or is not UTF-16; fetch it again or set another encoding.",
            )
    if size == len(mark):
        raise DataError(f"{name} is empty.", advice="Ask the sender for a file with a header and records.")
    return TextFile(path, codec, mark)


def _utf16(name: str, encoding: str, mark: str | None) -> tuple[str, bytes]:
    if encoding == "utf-16":
        if mark is None:
            raise DataError(
                f"{name} has no byte order mark, so that its UTF-16 can be read in two ways.",
                advice='Set encoding = "utf-16-le" in the layout (or "utf-16-be").',
            )
        return mark, _UTF16_MARKS[mark]
    if mark not in (None, encoding):
        raise DataError(
            f"{name} begins with the byte order mark of {mark}, but its layout says {encoding}.",
            advice=f'Set encoding = "{mark}" or "utf-16" in the layout.',
        )
    return encoding, _UTF16_MARKS[encoding] if mark else b""


def is_valid_utf8(data: bytes) -> bool:
    """Whether ``data`` is UTF-8 from its first byte to its last."""
    if data.isascii():
        return True
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
