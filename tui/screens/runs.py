"""The runs screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from tui.action import Scope
from tui.screens.base import PendelScreen
from tui.widgets.rows import Lines

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.widget import Widget

    from core.engine.api import Snapshot
    from tui.screens.base import Context


class RunsScreen(PendelScreen):
    """The runs."""

    scope: ClassVar[Scope] = Scope.RUNS

    def __init__(self, context: Context, snapshot: Snapshot) -> None:
        super().__init__(context, snapshot)
        self._list = Lines(id="list", can_focus=True)

    def compose_body(self) -> Iterable[Widget]:
        """Return the list."""
        return (self._list,)

    @property
    def main_panel(self) -> Widget:
        """The list."""
        return self._list
