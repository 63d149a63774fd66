"""The records that are kept (:mod:`core.engine.api.catalogue`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.engine.door import Door


class CatalogueDesk:
    """The records that are kept, as one actor may."""

    def __init__(self, door: Door) -> None:
        self._door = door
