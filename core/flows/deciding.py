"""Which of several records at a target is meant: nobody guesses, but somebody may have said it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.links.faults import CallFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection


def decided(find: Callable[[], str | None], chosen: Collection[str]) -> str | None:
    """Return what a look-up finds; of several that fit, the one that was chosen.

    Raises:
        CallFailed: several fit, and not exactly one of them was chosen; or what the look-up raises.
    """
    try:
        return find()
    except CallFailed as error:
        meant = [each for each in error.fits if each in chosen]
        if len(meant) != 1:
            raise
        return meant[0]
