"""docs/flows.md tells the fields of each kind: those that there are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from core.config.flow_kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.config.flow_kinds import FieldType

DOCS = Path(__file__).parents[3] / "docs" / "flows.md"


def told(fields: Mapping[str, str]) -> str:
    """The fields in a cell; those behind one prefix together"""
    plain = [f"`{name}`" for name in fields if "." not in name]
    prefixes = dict.fromkeys(name.partition(".")[0] for name in fields if "." in name)
    among = [
        f"`{prefix}.` with {', '.join(name.partition('.')[2] for name in fields if name.startswith(f'{prefix}.'))}"
        for prefix in prefixes
    ]
    return "; ".join(filter(None, (", ".join(plain), *among)))


def table() -> str:
    """The fields of every kind; one that has what a kind above it has says so."""
    rows = [["kind", "fields"], ["---", "---"]]
    seen: dict[str, str] = {}
    for kind in KINDS.values():
        parts: dict[str, Mapping[str, FieldType]] = {"lines": kind.lines} if kind.lines else {}
        for part, fields in [("", kind.fields), *parts.items(), *kind.parts.items()]:
            name = f"`{kind.name}`{f', {part}' if part else ''}"
            first = seen.setdefault(told(fields), name)
            rows.append([name, told(fields) if first == name else f"as {first}"])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def test_the_table_has_all_fields() -> None:
    assert table() in DOCS.read_text(encoding="utf-8"), f"write this into {DOCS}:\n\n{table()}"
