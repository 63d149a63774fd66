"""The records of an entity that a screen holds: a bounded stretch of them, which moves as the cursor does."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.engine.api.catalogue import RecordPage, RecordRow

PAGE = 100
"""Records that are asked for at once."""
MOST = 5 * PAGE
"""Records that are held; those at the far end go when more come."""
NEAR = PAGE // 4
"""So near to the end of what is held, more are asked for."""


class RecordWindow:
    """A stretch of records in their order, and whether there are others before and after it."""

    def __init__(self) -> None:
        self.rows: list[RecordRow] = []
        self.before = False
        self.after = False

    def begin(self, page: RecordPage, *, at_end: bool) -> None:
        """Hold the first records, or the last."""
        self.rows = list(page.rows)
        self.before, self.after = (page.more, False) if at_end else (False, page.more)

    def extend(self, page: RecordPage, *, backwards: bool) -> None:
        """Hold the records that follow, or those that go before."""
        if backwards:
            self.rows = [*page.rows, *self.rows]
            self.before = page.more
            self.after = self.after or len(self.rows) > MOST
            del self.rows[MOST:]
        else:
            self.rows += page.rows
            self.after = page.more
            self.before = self.before or len(self.rows) > MOST
            del self.rows[: max(0, len(self.rows) - MOST)]

    def wanted(self, position: int) -> bool | None:
        """Return whether to ask for records before what is held (True), after it (False), or for none (None)."""
        if self.after and position >= len(self.rows) - NEAR:
            return False
        if self.before and position < NEAR:
            return True
        return None

    def edge(self, *, backwards: bool) -> str:
        """Return the place from which to ask."""
        return self.rows[0 if backwards else -1].place if self.rows else ""
