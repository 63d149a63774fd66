"""Files and locations: looking into them, testing them, trying a layout on a file (:mod:`core.engine.api.files`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.engine.desks.location_tests import LocationTests

if TYPE_CHECKING:
    from core.engine.door import Door


class FilesDesk(LocationTests):
    """Files and locations: looking into them, testing them, and trying a layout on a file, as one actor may."""

    def __init__(self, door: Door) -> None:
        super().__init__(door)
        self._door = door
