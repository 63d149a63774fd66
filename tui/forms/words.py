"""The settings of a table as lines to read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.engine.api.settings import Choices
from tui.forms.form import Form
from tui.forms.rows import Part, rows
from tui.widgets.rows import beside

if TYPE_CHECKING:
    from tui.forms.form import Values
    from tui.widgets.rows import Line

_LABEL = 24


def settings_in_words(kind: str, values: Values, width: int, *, all_of_them: bool = False) -> list[Line]:
    """Return what is set in a table, as lines of ``width`` columns; with ``all_of_them`` the defaults in force, too."""
    form = Form(kind, "", base=values, choices=Choices({}))
    lines: list[Line] = []
    room = min(_LABEL, max(12, width // 2))
    for row in rows(form):
        if row.part in (Part.NAME, Part.ADD) or (row.faint and not (all_of_them and row.text)):
            continue
        lines += beside(f"{'  ' * row.depth}{row.label}", row.text, width, room)
    return lines
