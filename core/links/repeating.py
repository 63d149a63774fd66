"""Asking again, where that helps: which failures are repeated, how often, and after how long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.errors import ConnectionFailed
from core.links.faults import CallFailed
from core.links.throttle import PATIENCE

if TYPE_CHECKING:
    from tenacity import RetryCallState, Retrying

    from core.links.clock import Clock

_ATTEMPTS = 5


def repeating(clock: Clock) -> Retrying:
    """Return what calls a function, again where its failure may pass, and raises the last failure as it is."""
    from tenacity import Retrying, retry_if_exception, stop_after_attempt

    return Retrying(
        stop=stop_after_attempt(_ATTEMPTS),
        retry=retry_if_exception(_helps),
        wait=_pause,
        sleep=clock.wait,
        reraise=True,
    )


def _helps(error: BaseException) -> bool:
    if isinstance(error, CallFailed):
        return error.kind in ("retry", "wait") and (error.after or 0) <= PATIENCE
    return isinstance(error, ConnectionFailed) and error.retriable


def _pause(state: RetryCallState) -> float:
    """The seconds before the next attempt: what the system said, else longer and longer."""
    from tenacity import wait_random_exponential

    error = state.outcome.exception() if state.outcome else None
    told = error.after if isinstance(error, CallFailed) else None
    return told if told is not None else 1.0 + wait_random_exponential(multiplier=1, max=30)(state)
