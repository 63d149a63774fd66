"""Asking the engine: at once where it answers at once, in a thread of its own where it may take its time."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, TypeVar

from textual import on
from textual.message import Message
from textual.screen import Screen
from textual.worker import get_current_worker

from core.errors import EngineError, PendelError
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.engine.api import EngineApi, Snapshot
    from tui.screens.context import Context
    from tui.typed_ahead import TypedAhead
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
    snapshot: Snapshot

    def __init__(self) -> None:
        super().__init__()
        self._questions = 0
        self._awaited: dict[str, int] = {}
        """The questions whose answers the next keys are for, by their groups: which of the group it is."""
        self._again: dict[str, Callable[[], None]] = {}
        """Those that an engine did not answer, and that change nothing."""
        self._notice = ""
        """Of the engine, when it did not answer."""

    @property
    def engine(self) -> EngineApi:
        """The engine that is looked at."""
        return self.context.engine

    @property
    def signs(self) -> Signs:
        """The signs of this terminal."""
        return self.context.signs

    @property
    def awaits(self) -> bool:
        """Whether an answer is on its way that the next keys are for."""
        return bool(self._awaited)

    def say(self, text: str) -> None:
        """Say something in the message line until the next key."""
        raise NotImplementedError

    def command(self, send: Callable[[], T], then: Callable[[T], None] = lambda _: None) -> None:
        """Send a command; ``then`` gets the answer. Say why where it is refused.

        An engine in this process answers at once; commands to another one are sent in their order by a thread.
        """
        if not self.snapshot.attached:
            self._take_answer(self._answer_to(send, then, self._refused))
            return

        def work() -> None:
            self.post_message(self._answer_to(send, then, self._refused))

        self.context.commands.submit(work)

    def ask(
        self,
        question: Callable[[], T],
        then: Callable[[T], None],
        *,
        group: str,
        failed: Callable[[PendelError], None] | None = None,
        awaited: bool = False,
        reads: bool = False,
    ) -> None:
        """Ask something that may take its time, in a thread of its own; ``then`` gets the answer, in this one.

        A newer question of the same group takes the place of an older one. What the engine refuses is said, or given
        to ``failed``. Keys that are typed before an ``awaited`` answer wait for it a moment. What only ``reads`` is
        asked again when something is heard of an engine in another process that did not answer.
        """
        self._questions += 1
        number = self._questions
        if awaited or group in self._awaited:
            self._awaited[group] = number

        def taken(answer: T) -> None:
            then(answer)
            self._no_longer_awaited(group, number)

        def refused(error: PendelError) -> None:
            if reads and self.snapshot.attached and isinstance(error, EngineError):
                self._notice = self.snapshot.notice
                self._again[group] = lambda: self.ask(
                    question, then, group=group, failed=failed, awaited=awaited, reads=True
                )
            (failed or self._refused)(error)
            self._no_longer_awaited(group, number, dropped=True)

        def work() -> None:
            worker = get_current_worker()
            message = self._answer_to(question, taken, refused)
            if not worker.is_cancelled:
                self.post_message(message)

        self.run_worker(work, thread=True, group=group, exclusive=True, exit_on_error=False)

    def ask_again(self) -> None:
        """Ask anew what another process did not answer, where something else is known of it now."""
        if self._again and self.snapshot.notice != self._notice:
            again, self._again = self._again, {}
            for ask in again.values():
                ask()

    def _no_longer_awaited(self, group: str, number: int, *, dropped: bool = False) -> None:
        if self._awaited.get(group) == number:
            del self._awaited[group]
            self.typed_ahead.go_on(dropped=dropped)

    @property
    def typed_ahead(self) -> TypedAhead:
        """The keys that wait."""
        raise NotImplementedError

    def _refused(self, error: PendelError) -> None:
        self.say(str(error))

    @staticmethod
    def _answer_to(
        question: Callable[[], T], then: Callable[[T], None], refused: Callable[[PendelError], None]
    ) -> Answered:
        try:
            answer = question()
        except PendelError as error:
            outcome = error
        except Exception as error:
            outcome = fault_of(error)
        else:
            return Answered(lambda: then(answer))
        return Answered(lambda: refused(outcome))

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
