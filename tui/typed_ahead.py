"""Keys in the order in which they were typed: each is carried out when those before it have had their effect.

A key goes from pump to pump: the program looks whether it belongs to an action, the widget with the focus takes it or
hands it up, what it makes of it goes up as a message, and a screen may open or close by that. Only after all that does
the next key mean what it means to whoever typed it; and, where it is for a list that is being read, when that has come.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from textual.events import Key, Paste

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from textual.app import App
    from textual.dom import DOMNode
    from textual.events import Event
    from textual.message_pump import MessagePump
    from textual.timer import Timer

BRIEFLY = 3.0
"""Seconds that keys wait for an answer that they are for; nobody remembers for longer what was typed."""


@runtime_checkable
class Waits(Protocol):
    """What a screen knows of a key that is typed while it waits for an answer."""

    @property
    def awaits(self) -> bool:
        """Whether an answer is on its way that the next keys are for."""

    def leads_out(self, key: str) -> bool:
        """Whether a key leaves what is waited for: it never waits."""

    def needs_nothing(self, key: str) -> bool:
        """Whether a key has nothing to do with what is waited for: it waits only behind others."""

    def say(self, text: str) -> None:
        """Say something in the message line."""


class TypedAhead:
    """Holds what was typed until its turn comes; ``carry_out`` is given one event at a time.

    Nothing is carried out before :meth:`begin`.
    """

    def __init__(self, app: App[Any], carry_out: Callable[[Event], Awaitable[None]]) -> None:
        self._app = app
        self._carry_out = carry_out
        self._events: deque[Event] = deque()
        self._begun = False
        self._places: Iterator[MessagePump] = iter(())
        self._at: MessagePump | None = None
        """Where the effect of the last key is waited for."""
        self._patience: Timer | None = None

    def begin(self) -> None:
        """Carry out what was typed so far, and from now on."""
        self._begun = True
        self._follow(None)

    async def take(self, event: Event) -> None:
        """Take what was typed next."""
        self._events.append(event)
        await self._play()

    def go_on(self, *, dropped: bool = False) -> None:
        """Carry out what waited for an answer that has come, or drop it: there will be none."""
        if dropped:
            self._events.clear()
        self._follow(None)

    async def _play(self) -> None:
        while self._events and self._begun and not self._has_effect_to_come and self._next_is_due():
            event = self._events.popleft()
            target = self._app.focused or self._app.screen
            await self._carry_out(event)
            if isinstance(event, (Key, Paste)):
                self._follow(target if event.is_forwarded else None)

    @property
    def _has_effect_to_come(self) -> bool:
        # What was taken away meanwhile, with what was in it, holds nothing up.
        return self._at is not None and (self._at is self._app or self._at.is_attached)

    def _follow(self, target: DOMNode | None) -> None:
        """Go with the effect of a key from pump to pump, and look at the next key then."""
        places = self._places = self._ways(target)

        def step() -> None:
            if places is not self._places:
                return
            for place in places:
                self._at = place
                if place.call_later(step):
                    return
            self._at = None
            self._app.call_later(self._play)

        step()

    def _ways(self, target: DOMNode | None) -> Iterator[MessagePump]:
        path = target.ancestors_with_self if target else [self._app]
        # Up with the key, then up with what it was made into.
        for _ in range(2):
            yield from path
        shown = None
        # A screen that opens takes the focus; one that closes tells the one below, which may open the next. One that is
        # covered is let alone: Textual would draw all of the screen.
        while shown is not self._app.screen:
            shown = self._app.screen
            yield shown
            yield self._app

    @property
    def _waiting(self) -> Waits | None:
        """The screen that keys are for, where it waits for an answer."""
        screen = self._app.screen
        return screen if isinstance(screen, Waits) and screen.awaits else None

    def _next_is_due(self) -> bool:
        """Whether the next key need not wait for an answer. A way out takes its turn, and drops what waits."""
        screen = self._waiting
        if screen is not None:
            out = [
                place
                for place, event in enumerate(self._events)
                if isinstance(event, Key) and screen.leads_out(event.key)
            ]
            for _ in range(out[0] if out else 0):
                self._events.popleft()
            first = self._events[0]
            if not out and not (isinstance(first, Key) and screen.needs_nothing(first.key)):
                self._patience = self._patience or self._app.set_timer(BRIEFLY, self._give_up)
                return False
        if self._patience is not None:
            self._patience.stop()
            self._patience = None
        return True

    def _give_up(self) -> None:
        self._patience = None
        if self._events and (screen := self._waiting):
            self._events.clear()
            screen.say("There is no answer yet: what was typed meanwhile is left out.")
