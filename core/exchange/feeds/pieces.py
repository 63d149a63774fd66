"""Pieces of markup: text that is known beforehand, and SQL that makes it of each record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.sql import quoted_text

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the document."""

    sql: str
    """Its markup for each record, NULL where it is left out; or a literal."""
    fixed: str | None = None
    """Its markup where it is the same for every record."""
    there: str | None = None
    """SQL that is NULL where no value of a record stands in it; None where none ever does."""
    through: bool = False
    """Whether ``sql`` is NULL exactly where ``there`` is."""

    @classmethod
    def literal(cls, text: str) -> Piece:
        """Return a piece that is the same for every record."""
        return cls(quoted_text(text), text)


def presence(pieces: Iterable[Piece]) -> str | None:
    """Return the SQL that is NULL where no value stands in any of the pieces; None where none ever does."""
    found = list(dict.fromkeys(piece.there for piece in pieces if piece.there is not None))
    if not found:
        return None
    return found[0] if len(found) == 1 else f"coalesce({', '.join(found)})"


def run_together(pieces: Iterable[Piece]) -> Piece:
    """Return pieces one behind the other, without those that are left out."""
    parts: list[Piece] = []
    for piece in pieces:
        if parts and piece.fixed is not None and parts[-1].fixed is not None:
            parts[-1] = Piece.literal(parts[-1].fixed + piece.fixed)
        elif piece.fixed != "":
            parts.append(piece)
    if all(part.fixed is not None for part in parts):
        return Piece.literal("".join(part.fixed or "" for part in parts))
    if len(parts) == 1:
        return parts[0]
    return Piece(f"concat({', '.join(part.sql for part in parts)})", None, presence(parts))


def whole_or_nothing(pieces: list[Piece], *, always: bool) -> Piece:
    """Return pieces one behind the other, left out as a whole where no value stands in them, unless ``always``."""
    whole = run_together(pieces)
    if whole.fixed is not None or whole.there is None or always:
        return whole
    # Quicker than letting NULL run through ||, which copies at each of them.
    return Piece(f"CASE WHEN {whole.there} IS NOT NULL THEN {whole.sql} END", None, whole.there, through=True)


def only_when(piece: Piece, condition: str | None) -> Piece:
    """Return a piece that is left out where a column is not true."""
    if condition is None:
        return piece
    there = f"CASE WHEN {condition} THEN {piece.there if piece.there is not None else quoted_text('y')} END"
    return Piece(f"CASE WHEN {condition} THEN {piece.sql} END", None, there, piece.through or piece.there is None)
