"""What is configured, and changing it (:mod:`core.engine.api.settings`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.engine.door import Door


class SettingsDesk:
    """What is configured, and changing it, as one actor may."""

    def __init__(self, door: Door) -> None:
        self._door = door
