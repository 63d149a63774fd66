"""Between the values of settings and the text that is typed for them."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from core.text import clean
from tui.forms.fields import Kind

if TYPE_CHECKING:
    from tui.forms.fields import Field

EMPTY = '""'
"""What is typed for an empty text where nothing typed means the default, or that something is missing."""
_TAB = "\\t"


def text_of(field: Field, value: Any) -> str:
    """Return a value as it is edited; empty where there is none."""
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value == "" and field.may_be_empty:
        return EMPTY
    return _TAB if field.one_character and value == "\t" else str(value)


def value_of(field: Field, text: str) -> Any:
    """Return what a typed text says; ``None`` for nothing, and the text itself where it does not fit the field."""
    if field.kind is Kind.WORDS:
        items = [item.strip() for item in text.split(",") if item.strip()]
        return [_number(item) if field.numbers else item for item in items] or None
    if not text:
        return None
    if text == EMPTY and field.may_be_empty:
        return ""
    if field.kind is Kind.NUMBER:
        return _number(text.strip())
    if field.one_character and text == _TAB:
        return "\t"
    if field.numbers and text.isascii() and text.isdecimal():
        return int(text)
    return text


def _number(text: str) -> int | float | str:
    try:
        return int(text)
    except ValueError:
        pass
    try:
        number = float(text)
    except ValueError:
        return text
    return number if math.isfinite(number) else text


def can_be_typed(text: str) -> bool:
    """Whether a text shows as it is; one with line ends, control characters or marks of direction does not."""
    return clean(text) == text


def word_shown(word: str) -> str:
    """Return a word of a closed set as it is shown."""
    return {"": "(nothing)", " ": "(blank)"}.get(word) or word.replace("_", " ")


def pair_text(key: str, value: str) -> str:
    """Return one line of a value list: ``ST = PCE``; in quotes what would not come back without them."""
    return f"{_quoted(key)} = {_quoted(value)}"


def _quoted(text: str) -> str:
    plain = text == text.strip() and text and "=" not in text and not text.startswith('"') and can_be_typed(text)
    return text if plain else json.dumps(text)


def pair_of(text: str) -> tuple[str, str]:
    """Return the two sides of a line of a value list."""
    text = text.strip()
    if text.startswith('"'):
        try:
            key, end = json.JSONDecoder().raw_decode(text)
        except ValueError:
            pass
        else:
            return str(key), _unquoted(text[end:].strip().removeprefix("=").strip())
    key, _, value = text.partition("=")
    return key.strip(), _unquoted(value.strip())


def _unquoted(text: str) -> str:
    if text.startswith('"') and text.endswith('"') and len(text) > 1:
        try:
            return str(json.loads(text))
        except ValueError:
            return text
    return text
