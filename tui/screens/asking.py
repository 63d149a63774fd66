"""Asking the engine: at once where it answers at once, in a thread of its own where it may take its time."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, TypeVar

from textual import on
from textual.message import Message
from textual.screen import Screen
from textual.worker import get_current_worker

from core.errors import PendelError
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.engine.api import EngineApi
    from tui.screens.context import Context
    from tui.words import Signs

_logger = logging.getLogger("pendel.console")

T = TypeVar("T")


class Answered(Message):
    """A worker has the answer to what a screen asked."""

    def __init__(self, take: Callable[[], None]) -> None:
        super().__init__()
        self.take = take


def fault_of(error: Exception) -> PendelError:
    """Log a fault in Pendel that was just caught, and return it as it can be said."""
    _logger.error("What the console was asked for failed by a fault in Pendel.", exc_info=error)
    text = clean(f"{type(error).__name__}: {error}", limit=200)
    return PendelError(f"This failed by a fault in Pendel: {text}.", advice="The log file has more.")


class AskingScreen(Screen[None]):
    """A screen that is given an engine, and says what came of what it asked."""

    context: Context

    @property
    def engine(self) -> EngineApi:
        """The engine that is looked at."""
        return self.context.engine

    @property
    def signs(self) -> Signs:
        """The signs of this terminal."""
        return self.context.signs

    def say(self, text: str) -> None:
        """Say something in the message line until the next key."""
        raise NotImplementedError

    def command(self, send: Callable[[], object]) -> bool:
        """Send a command that is answered at once; say why where it is refused. Return whether it was accepted."""
        try:
            send()
        except PendelError as error:
            self.say(str(error))
            return False
        return True

    def ask(
        self,
        question: Callable[[], T],
        then: Callable[[T], None],
        *,
        group: str,
        failed: Callable[[PendelError], None] | None = None,
    ) -> None:
        """Ask something that may take its time, in a thread of its own; ``then`` gets the answer, in this one.

        A newer question of the same group takes the place of an older one. What the engine refuses is said, or given
        to ``failed``.
        """
        refused = failed or (lambda error: self.say(str(error)))

        def work() -> None:
            worker = get_current_worker()
            try:
                answer = question()
            except PendelError as error:
                take, outcome = refused, error
                message = Answered(lambda: take(outcome))
            except Exception as error:
                fault = fault_of(error)
                message = Answered(lambda: refused(fault))
            else:
                message = Answered(lambda: then(answer))
            if not worker.is_cancelled:
                self.post_message(message)

        self.run_worker(work, thread=True, group=group, exclusive=True, exit_on_error=False)

    @on(Answered)
    def _take_answer(self, message: Answered) -> None:
        if not self.is_attached:
            return
        try:
            message.take()
        except PendelError as error:
            self.say(str(error))
        except Exception as error:
            self.say(str(fault_of(error)))
