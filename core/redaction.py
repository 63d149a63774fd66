"""Keeping secrets out of logs and messages.

Every secret that is resolved is made known to a :class:`Redactor`, which removes it from text in the forms in which
it may appear there: as it is, escaped as in JSON or a ``repr``, quoted for a URL, and in base64 as part of something
longer (an HTTP Basic header).
"""

from __future__ import annotations

import base64
import json
import os
import re
import threading
import traceback
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SHORTEST = 4
"""A value with fewer characters is not removed: it would tear holes into ordinary text, and protects nothing."""

REPLACEMENT = "[secret]"
MOST_PASSING = 64
"""An engine that runs for months would else look for all tokens that it ever had, in every line."""
_SHORTEST_BASE64 = 8


class Redactor:
    """Removes known secrets from text. May be used by several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lasting: dict[str, set[str]] = {}
        self._passing: dict[str, set[str]] = {}
        self._look: tuple[Sequence[str], re.Pattern[str] | None] = ((), None)

    def add(self, value: str) -> None:
        """Make a secret known; of one with several lines each line too, for logs are split into lines."""
        if value in self._lasting:
            return
        with self._lock:
            self._lasting[value] = _all_forms(value)
            self._prepare()

    def add_passing(self, value: str) -> None:
        """Make a secret known that others take the place of, such as a token; those that were used last are."""
        with self._lock:
            forms = self._passing.pop(value, None)
            self._passing[value] = _all_forms(value) if forms is None else forms
            if forms is None:
                if len(self._passing) > MOST_PASSING:
                    del self._passing[next(iter(self._passing))]
                self._prepare()

    def _prepare(self) -> None:
        # The longest first: a secret that contains another is removed whole.
        known = set().union(*self._lasting.values(), *self._passing.values())
        forms = sorted(known, key=len, reverse=True)
        self._look = forms, re.compile("|".join(map(re.escape, forms))) if forms else None

    def redact(self, text: str) -> str:
        """Return ``text`` with every known secret replaced by ``[secret]``."""
        forms, pattern = self._look
        # Nearly no text has one, and looking for each is quicker than the pattern of all.
        if pattern is None or not any(map(text.__contains__, forms)):
            return text
        return pattern.sub(REPLACEMENT, text)


def _all_forms(value: str) -> set[str]:
    parts = {value, value.strip(), *(line.strip() for line in value.splitlines())}
    return {form for part in parts if len(part) >= SHORTEST for form in _forms(part)}


def _forms(value: str) -> Iterator[str]:
    yield value
    yield json.dumps(value)[1:-1]
    yield json.dumps(value, ensure_ascii=False)[1:-1]
    yield repr(value)[1:-1]
    for quoted in (quote(value, safe=""), quote(value), quote_plus(value)):
        yield quoted
        yield re.sub(r"%[0-9A-F]{2}", lambda match: match.group().lower(), quoted)
    content = value.encode("utf-8", "surrogatepass")
    for shift in range(3):
        # Base64 maps three bytes to four characters: where the value begins inside a group of three decides how it
        # looks, and the characters at its ends that hold bits of its neighbours are left off.
        padded = base64.b64encode(b"\0" * shift + content).decode()
        first = (0, 2, 3)[shift]
        last = (shift + len(content)) * 8 // 6
        inner = padded[first:last]
        if len(inner) >= _SHORTEST_BASE64:
            yield inner
            yield inner.replace("+", "-").replace("/", "_")


def traceback_without_words(error: BaseException) -> list[str]:
    """Return the lines of a traceback: of what kind an exception and those before it are, and where they came from.

    What they say is left out, but for the words of the operating system: in a fault of the code, anything may stand
    there, such as the name of a customer.
    """
    chain: list[BaseException] = []
    before: BaseException | None = error
    while before is not None and before not in chain:
        chain.append(before)
        before = before.__cause__ or (None if before.__suppress_context__ else before.__context__)
    lines = []
    for each in reversed(chain):
        lines.append("Traceback (most recent call last):")
        lines += [line for frame in traceback.format_tb(each.__traceback__) for line in frame.splitlines()]
        kind = type(each)
        name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
        lines.append(f"{name}: {os.strerror(each.errno)}" if isinstance(each, OSError) and each.errno else name)
    return lines
