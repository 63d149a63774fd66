"""Names and text as SQL, for the stores and the layouts that write statements; and what DuckDB ran short of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.text import clean

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


def shortage(message: str) -> tuple[str, str] | None:
    """Return, of a message of DuckDB, what it ran short of and what is to be done; None where it is about other things.

    What does not fit into its memory goes to the disk, so that a full disk may look like too little memory.
    """
    lowered = message.lower()
    if any(words in lowered for words in ("no space left", "disk full", "file too large", "failed to offload")):
        return (
            "the disk of the data directory is full",
            "What was committed before is safe. Make room, restart the engine and start the run again.",
        )
    if "out of memory" in lowered or "could not allocate" in lowered:
        # How much was asked for, and how much there is: "failed to pin block of size 256.0 KiB (244.0 MiB/…".
        detail = clean(message.strip().splitlines()[0].partition("Error: ")[2], limit=200)
        return (
            f"it needs more memory than it may use{f' ({detail})' if detail else ''}",
            "Raise memory_limit in [engine], to a quarter of the largest file or more, and restart the engine.",
        )
    return None
