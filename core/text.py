"""Text from outside, made harmless once; and small helpers that turn values into words."""

from __future__ import annotations

import difflib
import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

# Cc: control characters with ESC among them; Cs: lone surrogates; Zl, Zp: separators that break a line on a terminal.
_UNSAFE_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})
# Characters that turn the direction of text, or hide (Unicode Technical Report 36, section 2.9).
_DECEPTIVE = frozenset("\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff")
_SUSPECT = re.compile(r"[^\x20-\x7e\u00a1-\u00ac\u00ae-\u024f]")


def clean(text: str, *, limit: int | None = None) -> str:
    r"""Return ``text`` on one line, with everything that could act on a terminal made visible.

    Control characters, lone surrogates and direction marks become ``\xNN`` or ``\uNNNN``; a tab becomes a space.
    ``limit`` cuts the result to that many characters, the last being an ellipsis.
    """
    result = _SUSPECT.sub(_visible, text)
    return shorten(result, limit) if limit is not None else result


def _visible(match: re.Match[str]) -> str:
    char = match.group()
    if char == "\t":
        return " "
    if char in _DECEPTIVE or unicodedata.category(char) in _UNSAFE_CATEGORIES:
        code = ord(char)
        return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
    return char


def shorten(text: str, limit: int) -> str:
    """Return ``text`` cut to ``limit`` characters, the last being an ellipsis where something was cut."""
    return text if len(text) <= limit else text[: max(limit - 1, 0)] + "…"


def nearest(word: str, choices: Iterable[str]) -> str:
    """Return the choice that is spelled most like ``word``, or an empty string where none comes near."""
    by_folded = {choice.casefold(): choice for choice in choices}
    found = difflib.get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[found[0]] if found else ""


def listed(words: Iterable[str], *, last: str = "or") -> str:
    """Return words as one phrase: ``a, b or c``."""
    items = list(words)
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {last} {items[-1]}"


def with_article(noun: str) -> str:
    """Return a noun with its article: ``a report``, ``an import``."""
    return f"{'an' if noun[:1] in 'aeiou' else 'a'} {noun}"


def counted(number: int, noun: str, plural: str = "") -> str:
    """Return a number with its noun: ``1 record``, ``3 records``."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def plain_number(number: Decimal | float) -> str:
    """Return a number as short as it can be, with a decimal point: ``12.5``, not ``12.500000``."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def file_size(size: float) -> str:
    """Return a number of bytes in words: ``512 B``, ``1.5 MB`` (powers of 1000)."""
    if size < 999.5:
        return f"{size:.0f} B"
    for unit in ("kB", "MB", "GB"):
        size /= 1000
        if size < 999.95:
            return f"{size:.1f} {unit}"
    return f"{size / 1000:.1f} TB"


def time_span(seconds: float) -> str:
    """Return a length of time in words: ``0.4 s``, ``12 s``, ``3 min 5 s``, ``2 h 4 min``, ``3 d 2 h``."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"
