"""What a file of an industry format is about: as ``pendel inspect`` tells it."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from tui.screens.reading import ReadingScreen
from tui.widgets.rows import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.engine.api import Recognised
    from tui.widgets.rows import Line


class AboutFile(ReadingScreen):
    """Shows what was found in a file, and goes back."""

    def __init__(self, found: Recognised) -> None:
        super().__init__()
        self._found = found

    def lines(self, width: int) -> Sequence[Line]:
        """Return what is known of the file, by what it is called, and what to do with it."""
        label = max((len(name) for name, _ in self._found.about), default=0) + 2
        texts = [
            f"{name if not place else '':<{label}}{part}"
            for name, text in self._found.about
            for place, part in enumerate(wrap(text, max(20, width - label - 1)) or [""])
        ]
        return [plain(text) for text in [*texts, "", *wrap(self._found.doubts[0], max(20, width - 1))]]
