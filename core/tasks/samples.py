"""Samples of what a dry run would change, short enough to be kept with the run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.text import shorten

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from core.config.layouts import ExportLayout
    from core.tasks.context import RunContext

SAMPLES = 20
"""Records of each kind that a dry run shows: new, changed, coming back, archived and rejected ones."""
_LONGEST_VALUE = 200


def shortened(sample: dict[str, Any]) -> dict[str, Any]:
    """Return a sample whose values are short enough to be kept with the run."""

    def short(value: object) -> object:
        return shorten(value, _LONGEST_VALUE) if isinstance(value, str) else value

    changes = {field: [short(old), short(new)] for field, (old, new) in sample["changes"].items()}
    return {"key": sample["key"], "changes": changes}


def show_written(
    context: RunContext,
    session: DuckDBPyConnection,
    selection: str,
    layout: ExportLayout,
    *,
    language: str | None = None,
    file: str = "",
) -> None:
    """Keep the first records of what a dry run would write; ``file`` is named where it would write several.

    Raises:
        DataError: the layout cannot be written.
    """
    from core.exchange.writing import first_records

    found = first_records(
        layout,
        context.config.entities[layout.entity],
        connection=session,
        selection=selection,
        language=language,
        languages=context.config.engine.languages,
        limit=SAMPLES,
    )
    named = {"entity": file} if file else {}
    shown = context.details.setdefault("samples", {}).setdefault("written", [])
    for key, cells in found:
        changes = {name: (None, value) for name, value in cells.items()}
        shown.append(shortened({"key": list(key), "changes": changes}) | named)
