"""Who may do what: three rights, each of which includes the one before it."""

from __future__ import annotations

from enum import StrEnum


class Right(StrEnum):
    """What an actor may do with an engine."""

    VIEW = "view"
    """Look at everything but secrets."""
    OPERATE = "operate"
    """Start and stop runs, switch tasks on and off, revert, set cursors."""
    ADMINISTER = "administer"
    """Change settings and secrets."""

    def allows(self, needed: Right) -> bool:
        """Whether somebody with this right may do what needs that one."""
        rights = list(Right)
        return rights.index(self) >= rights.index(needed)
