"""JSON documents as a stream: objects and lists are walked through, their items taken one by one, memory stays flat.

The parser is that of the standard library, which can begin anywhere in a text and says where it ended. What stands
around the items is walked here:

    with JsonStream(path, name=name, stop=stop) as stream:
        for key in stream.members():
            if key == "Product":
                for _ in stream.elements():
                    product = stream.value()
            else:
                header[key] = stream.value()

Every member and element has to be taken: with :meth:`JsonStream.value`, ``members`` or ``elements``.
"""

from __future__ import annotations

import codecs
import json
import math
import re
from typing import TYPE_CHECKING, Any, Self

from core.errors import DataError
from core.exchange.sql_errors import disk_errors
from core.text import clean, file_size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from core.stop import StopToken

LONGEST = 64 << 20
"""Characters of a single value; no item of a catalogue is so long."""
_STEP = 1 << 20
_BLANKS = re.compile(r"[ \t\r\n]*")
_NEAR_END = 16
"""Characters from the end in which an error may come from a value that was cut: the longest is a pair of escapes."""
_MOST_DIGITS = 38
_HALF = re.compile(r"[\ud800-\udfff]")
_ESCAPED_HALF = re.compile(r"\\u[dD][89a-fA-F]")


class JsonStream:
    """A JSON document that is read from front to back."""

    def __init__(
        self,
        path: Path,
        *,
        name: str,
        stop: StopToken,
        advance: Callable[[int], None] = lambda _: None,
        most: int | None = None,
    ) -> None:
        """``name`` is what the file is called in messages; ``advance`` is told how many bytes were read.

        With ``most``, the document ends after so many bytes, wherever that is.
        """
        self.line = 1
        """Where the last value began."""
        self.faults: list[str] = []
        """What is wrong with the last value though it can be parsed, each as a sentence without a subject."""
        self._path, self._name, self._stop, self._advance = path, name, stop, advance
        self._most = most
        self._read = 0
        self._ended = False
        self._text, self._at = "", 0
        self._counted = 0
        """So far, line ends of the text are counted in ``_line``."""
        self._line, self._dropped, self._line_start = 1, 0, 0
        self._start = 0
        self._bytes = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        decoder = json.JSONDecoder(
            object_pairs_hook=self._object,
            parse_int=self._integer,
            parse_float=self._float,
            parse_constant=self._constant,
            strict=False,
        )
        self._decode = decoder.raw_decode

    def __enter__(self) -> Self:
        """Open the file. Raises EngineError where it cannot be read, DataError where it is no text in UTF-8."""
        with disk_errors(f"{self._name} cannot be read"):
            self._file = self._path.open("rb")
            head = self._file.read(3)
        if head[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) or b"\0" in head:
            self._file.close()
            raise DataError(
                f"{self._name} is not in UTF-8.", advice="Ask the sender for the file in UTF-8, as JSON is."
            )
        self._file.seek(3 if head == codecs.BOM_UTF8 else 0)
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    @property
    def whole(self) -> bool:
        """Whether the document was read to its end, and not just as far as was wanted."""
        return self._most is None or self._read < self._most

    @property
    def raw(self) -> str:
        """The last value as it stands in the file; bytes that are no UTF-8 are surrogates."""
        return self._text[self._start : self._at]

    def members(self) -> Iterator[str]:
        """Walk through the object that stands here: yield each key."""
        for _ in self._inside("{", "}"):
            if self._next() != '"':
                raise self._broken("a name in double quotes is wanted")
            key = self.value()
            if self._next() != ":":
                raise self._broken("a colon is wanted behind the name")
            self._at += 1
            yield key

    def elements(self) -> Iterator[int]:
        """Walk through the list that stands here: yield the number of each element, from 1."""
        return self._inside("[", "]")

    def begins(self, sign: str) -> bool:
        """Whether an object (``{``) or a list (``[``) stands here."""
        return self._next() == sign

    def value(self) -> Any:
        """Return the value that stands here, whole.

        Raises:
            DataError: it is broken, cut off, longer than any value may be, or nested too deep; with the line.
        """
        self._next()
        self._count_lines()
        self.line = self._line
        while True:
            self.faults.clear()
            try:
                value, end = self._decode(self._text, self._at)
            except json.JSONDecodeError as error:
                certain = error.pos + _NEAR_END < len(self._text) and not error.msg.startswith("Unterminated")
                if certain or not self._fill():
                    raise self._unparsable(error) from error
            except RecursionError as error:
                raise DataError(
                    f"{self._name} is nested too deep, at line {self._line:,}.", advice="No such file is meant to be."
                ) from error
            else:
                # What ends with the text may go on: a number does not say where it ends.
                if end < len(self._text) or not self._fill():
                    self._start, self._at = self._at, end
                    self._look_for_halves(value)
                    return value

    def end(self) -> None:
        """Raise DataError where something stands behind the document."""
        if self._next():
            raise self._broken("something stands behind its end")

    def _inside(self, opening: str, closing: str) -> Iterator[int]:
        if self._next() != opening:
            raise self._broken(f"{'an object' if opening == '{' else 'a list'} is wanted here")
        self._at += 1
        number = 0
        while (sign := self._next()) != closing or number:
            if number:
                if sign == closing:
                    break
                if sign != ",":
                    raise self._broken("a comma is wanted")
                self._at += 1
                self._next()
            number += 1
            yield number
        self._at += 1

    def _next(self) -> str:
        """Skip blanks; return the sign that stands here, empty at the end of the file."""
        while True:
            match = _BLANKS.match(self._text, self._at)
            self._at = match.end() if match else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._fill():
                return ""

    def _fill(self) -> bool:
        """Read on; return False at the end of the file. What was taken is forgotten."""
        if self._ended:
            return False
        self._stop.check()
        self._count_lines()
        rest = self._text[self._at :]
        if len(rest) > LONGEST:
            raise DataError(
                f"{self._name} has a single value of more than {file_size(LONGEST)}, at line {self._line:,}.",
                advice="No such file is meant to be.",
            )
        size = max(_STEP, len(rest))
        if self._most is not None:
            size = max(0, min(size, self._most - self._read))
        with disk_errors(f"{self._name} cannot be read"):
            data = self._file.read(size)
        self._read += len(data)
        self._ended = not data
        self._dropped += self._at
        self._text, self._at, self._counted = rest + self._bytes.decode(data, final=not data), 0, 0
        self._advance(self._read)
        return bool(data) or len(self._text) > len(rest)

    def _count_lines(self) -> None:
        if lines := self._text.count("\n", self._counted, self._at):
            self._line += lines
            self._line_start = self._dropped + self._text.rindex("\n", self._counted, self._at) + 1
        self._counted = self._at

    def _unparsable(self, error: json.JSONDecodeError) -> DataError:
        cut = self._ended and (error.pos + _NEAR_END >= len(self._text) or error.msg.startswith("Unterminated"))
        self._at = min(error.pos, len(self._text))
        reason = error.msg[:1].lower() + error.msg[1:]
        return self._cut() if cut else self._broken(reason.removesuffix(" starting at"))

    def _broken(self, reason: str) -> DataError:
        if self._ended and self._at >= len(self._text):
            return self._cut()
        self._count_lines()
        column = self._dropped + self._at - self._line_start + 1
        return DataError(
            f"{self._name} is no whole JSON, at line {self._line:,}, character {column:,}: {clean(reason)}.",
            advice="Ask the sender for the complete file.",
        )

    def _cut(self) -> DataError:
        self._count_lines()
        return DataError(
            f"{self._name} ends in the middle, at line {self._line:,}.", advice="Ask the sender for the complete file."
        )

    def _look_for_halves(self, value: object) -> None:
        """Note bytes that are no UTF-8, and escapes of half a character, which no text can have."""
        raw = self._text[self._start : self._at]
        if raw.isascii():
            if not _ESCAPED_HALF.search(raw):
                return
        elif _HALF.search(raw):
            self.faults.append("holds bytes that are no UTF-8")
            return
        elif not _ESCAPED_HALF.search(raw):
            return
        if _HALF.search(json.dumps(value, ensure_ascii=False)):
            self.faults.append("holds half of a character (an escape such as \\ud800)")

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            seen: set[str] = set()
            twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
            self.faults.append(f"says {clean(twice, limit=60)} twice")
        return found

    def _integer(self, digits: str) -> int:
        if len(digits) > _MOST_DIGITS:
            self.faults.append(f"has a number of {len(digits):,} digits")
            return 0
        return int(digits)

    def _float(self, text: str) -> float:
        number = float(text)
        if not math.isfinite(number) or len(text) > 2 * _MOST_DIGITS:
            self.faults.append("has a number that is beyond all bounds")
            return 0.0
        return number

    def _constant(self, word: str) -> None:
        self.faults.append(f"has {word}, which is no number of JSON")
