"""JSON Lines: an object a line, of which a layout reads members by their path, such as ``price.gross``.

The lines are read as those of any text file, by :mod:`core.exchange.records`: a line that is no JSON costs one record,
and all the others stand. A number is taken as it is written, digit by digit; a float would spoil it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.exchange.projection import raw_column
from core.sql import quoted_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from core.config.layouts import ImportColumn

_BARE_NUMBER = r'([^\\]"\s*:\s*)(-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)(\s*[,}])'
_IN_QUOTES = r'\1"\2"\3'


@dataclass(frozen=True, slots=True)
class Members:
    """The members of the objects that a layout reads, by their paths, as the columns of a file."""

    names: tuple[str, ...]

    @property
    def width(self) -> int:
        """How many there are; one at least, for SQL knows no table without columns."""
        return max(1, len(self.names))


def members(columns: Iterable[ImportColumn], besides: str | int | None = None) -> Members:
    """Return the members that these columns of a layout read, and one ``besides``."""
    named = [*(column.column for column in columns), besides]
    return Members(tuple(dict.fromkeys(str(name).strip() for name in named if name is not None)))


def member_relation(lines: str, names: Sequence[str], *, numbered: bool = False) -> str:
    """Return SQL that yields the members of these names as text, and ``_wrong``: why a line is no object, or NULL.

    ``lines`` is SQL that yields each line as ``_c1`` (and ``_record`` where it is ``numbered``). JSON's null, a member
    that is not there and an object in which a path ends early are all no value; ``""`` is empty text.
    """
    # A number in quotes comes out as it is written. Quotes put into the middle of a text make it no JSON any more.
    exact = f"regexp_replace(_c1, {quoted_text(_BARE_NUMBER)}, {quoted_text(_IN_QUOTES)}, 'g')"
    paths = ", ".join(quoted_text(json_path(name)) for name in names) or "'$'"
    number = "_record, " if numbered else ""
    known = f"SELECT {number}_c1, CASE WHEN json_valid(_c1) THEN json_type(_c1) END AS _kind FROM {lines}"
    quoted = f"SELECT {number}_c1, _kind, CASE WHEN _kind = 'OBJECT' THEN {exact} END AS _exact FROM ({known})"
    split = (
        f"SELECT {number}_c1, _kind, json_extract_string(CASE WHEN json_valid(_exact) THEN _exact "
        f"WHEN _kind = 'OBJECT' THEN _c1 END, [{paths}]) AS _members FROM ({quoted})"
    )
    cells = ", ".join(f"{_member(place, name)} AS {raw_column(place)}" for place, name in enumerate(names, start=1))
    wrong = (
        "CASE WHEN _kind IS NULL THEN 'is no JSON' WHEN _kind <> 'OBJECT' THEN 'is JSON, but no object' "
        "WHEN contains(_c1, '\\u0000') AND contains(array_to_string(_members, ''), chr(0)) "
        "THEN 'has a NUL character in it' END AS _wrong"
    )
    return f"(SELECT {number}{cells or '_kind AS _c1'}, {wrong} FROM ({split}))"


def _member(place: int, name: str) -> str:
    # In an object or array, the numbers would be seen to stand in quotes.
    nested = f"json_extract_string(_c1, {quoted_text(json_path(name))})"
    return f"CASE WHEN _members[{place}][1] IN ('{{', '[') THEN {nested} ELSE _members[{place}] END"


def json_path(name: str) -> str:
    """Return the path of a member as DuckDB takes it."""
    return "$" + "".join(f'."{part}"' for part in name.replace("\\", "\\\\").replace('"', '\\"').split("."))
