"""Runs, what they left behind, and cursors (:mod:`core.engine.api.history`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.engine.door import Door


class HistoryDesk:
    """Runs, what they left behind, and cursors, as one actor may."""

    def __init__(self, door: Door) -> None:
        self._door = door
