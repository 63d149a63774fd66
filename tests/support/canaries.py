"""Words that must not be anywhere, in all the forms in which they could be."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_LONG_ENOUGH = 8


def forms(word: str) -> set[bytes]:
    """Return a word as it is, escaped, quoted for addresses, in hexadecimal, and in base64 wherever it may begin."""
    content = word.encode()
    texts = {word, json.dumps(word)[1:-1], repr(word)[1:-1], quote(word), quote(word, safe=""), quote_plus(word)}
    found = {text.encode() for text in texts} | {each.lower() for each in (quote(word, safe="").encode(),)}
    found |= {content.hex().encode(), word.encode("utf-16-le")}
    for shift in range(3):
        # What stands before and after decides about the characters at the ends.
        first, last = (0, 2, 3)[shift], (shift + len(content)) * 8 // 6
        inner = base64.b64encode(b"\0" * shift + content)[first:last]
        if len(inner) >= _LONG_ENOUGH:
            found |= {inner, inner.replace(b"+", b"-").replace(b"/", b"_")}
    return found


def found_in(content: bytes, words: Iterable[str]) -> list[str]:
    """Return the words that are in some bytes, in one form or another."""
    return [word for word in words if any(form in content for form in forms(word))]


def found_below(directory: Path, words: Iterable[str], *, but: tuple[str, ...] = ()) -> list[str]:
    """Return file and word of each that is in a file below a directory, archives opened; ``but`` names begin so."""
    told, words = [], list(words)
    for path in sorted(directory.rglob("*")):
        if path.is_file() and not path.name.startswith(but):
            for name, content in _contents(path.name, path.read_bytes()):
                told += [f"{name}: {word}" for word in found_in(content, words)]
    return told


def _contents(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    yield name, content
    if zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.namelist():
                yield from _contents(f"{name}/{member}", archive.read(member))
