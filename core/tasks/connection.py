"""A location as a walk uses it: opened when needed, and tried again where that may help."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from core.closing import Closing
from core.config.locations import LocalLocation
from core.errors import PendelError
from core.text import time_span

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenacity import RetryCallState

    from core.config.locations import LocationSettings
    from core.tasks.context import RunContext
    from core.transfer.location import Location

T = TypeVar("T")

FIRST_PAUSE, LONGEST_PAUSE = 2.0, 60.0


def trying(context: RunContext, what: str, action: Callable[[], T]) -> T:
    """Carry out an action, again with growing pauses where its error says that this may help.

    Raises:
        PendelError: the last error, once the attempts of the engine's settings are used up.
        StopRequested: the run was asked to stop, also in a pause.
    """
    from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential, wait_random

    def note(state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        pause = state.next_action.sleep if state.next_action else 0
        context.log.warning(
            "%s did not succeed: %s Trying again in %s (attempt %d of %d).",
            what,
            error,
            time_span(pause),
            state.attempt_number + 1,
            context.config.engine.attempts,
        )

    retrying = Retrying(
        retry=retry_if_exception(lambda error: isinstance(error, PendelError) and error.retriable),
        stop=stop_after_attempt(context.config.engine.attempts),
        wait=wait_exponential(FIRST_PAUSE, max=LONGEST_PAUSE) + wait_random(0, FIRST_PAUSE / 2),
        sleep=context.stop.wait,
        before_sleep=note,
        reraise=True,
    )
    result: T = retrying(action)
    return result


class Connection(Closing):
    """Keeps one location open for a whole walk, and opens it anew after trouble with the connection."""

    def __init__(self, context: RunContext, name: str, settings: LocationSettings) -> None:
        self.name = name
        self._context = context
        self._settings = settings
        self._location: Location | None = None

    @classmethod
    def to(cls, context: RunContext, name: str) -> Connection:
        """A location of the configuration."""
        return cls(context, name, context.config.locations[name])

    @classmethod
    def to_uploads(cls, context: RunContext) -> Connection:
        """The upload directory."""
        return cls(context, "the upload directory", LocalLocation(directory=str(context.config.uploads_dir)))

    @classmethod
    def to_exports(cls, context: RunContext) -> Connection:
        """The export directory; it is made where it is missing."""
        context.config.exports_dir.mkdir(parents=True, exist_ok=True)
        return cls(context, "the export directory", LocalLocation(directory=str(context.config.exports_dir)))

    def attempt(self, what: str, action: Callable[[Location], T]) -> T:
        """Carry out an action, again with growing pauses where its error says that this may help.

        Raises:
            PendelError: the last error, once the attempts of the engine's settings are used up.
            StopRequested: the run was asked to stop, also in a pause.
        """
        return trying(self._context, f"{what} at {self.name}", lambda: self._once(action))

    def _once(self, action: Callable[[Location], T]) -> T:
        self._context.stop.check()
        if self._location is None:
            self._location = self._open()
        try:
            return action(self._location)
        except PendelError as error:
            if error.retriable:
                self.close()
            raise

    def _open(self) -> Location:
        from core.transfer import open_location

        context = self._context
        return open_location(
            self.name,
            self._settings,
            base_dir=context.config.base_dir,
            secrets=context.secrets,
            known_hosts=context.known_hosts,
        )

    def close(self) -> None:
        """Close the location; the next action opens it anew."""
        location, self._location = self._location, None
        if location is not None:
            location.close()
