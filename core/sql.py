"""Names and text as SQL, for the stores and the layouts that write statements."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def quoted_name(*parts: str) -> str:
    """Return an identifier in double quotes; several parts are joined by dots: ``"schema"."table"``."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in parts)


def quoted_text(text: str) -> str:
    """Return a string literal in single quotes."""
    return "'" + text.replace("'", "''") + "'"


def column_list(names: Iterable[str], *, prefix: str = "") -> str:
    """Return quoted column names, comma separated, each behind ``prefix`` where given (``t.``)."""
    return ", ".join(prefix + quoted_name(name) for name in names)
