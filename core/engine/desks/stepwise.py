"""Tests that go on step by step in a thread of their own, and can be followed and given up."""

from __future__ import annotations

import threading
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from core.errors import Refused
from core.stop import StopToken

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from core.config.secrets import SecretReader, SecretRef
    from core.engine.api.location_tests import TestedStep

_PATIENCE = 1.0
"""Seconds that a question after the next step waits at most."""
_KEPT = 20
"""Tests whose outcome can still be asked for."""


class _View(Protocol):
    @property
    def id(self) -> int: ...
    @property
    def steps(self) -> tuple[TestedStep, ...]: ...
    @property
    def ended(self) -> bool: ...


V = TypeVar("V", bound=_View)


class RunningTest(Generic[V]):
    """One test, as far as it has come."""

    def __init__(self, view: V) -> None:
        self.view = view
        self.stop = StopToken()
        self.news = threading.Condition()

    def add(self, step: TestedStep, **more: Any) -> None:
        """Add a step that was carried out, and what else is known by it."""
        with self.news:
            self.view = replace(self.view, steps=(*self.view.steps, step), **more)  # type: ignore[type-var]
            self.news.notify_all()

    def end(self, **more: Any) -> None:
        """Say that it has ended."""
        with self.news:
            self.view = replace(self.view, ended=True, **more)  # type: ignore[type-var]
            self.news.notify_all()


class Tests(Generic[V]):
    """The tests that one actor began."""

    def __init__(self, what: str, first: Callable[[int], V]) -> None:
        """``what`` names their threads; ``first`` makes a view of a test by its number."""
        self._what, self._first = what, first
        self._tests: dict[int, RunningTest[V]] = {}
        self._numbers = count(1)

    def begin(self, run: Callable[[RunningTest[V]], None]) -> V:
        """Carry a test out in a thread of its own; ``run`` ends it."""
        test = RunningTest(self._first(next(self._numbers)))
        self._tests[test.view.id] = test
        for old in list(self._tests)[:-_KEPT]:
            del self._tests[old]
        name = f"pendel-{self._what}-test-{test.view.id}"
        threading.Thread(target=run, args=(test,), name=name, daemon=True).start()
        return test.view

    def follow(self, number: int, *, known: int) -> V:
        """Return a test once it has more than ``known`` steps, or has ended; after a second in any case.

        Raises:
            Refused: there is no such test.
        """
        found = self._tests.get(number)
        if found is None:
            raise Refused("This test is not known any more.", advice="Make it again.")
        with found.news:
            found.news.wait_for(lambda: found.view.ended or len(found.view.steps) > known, timeout=_PATIENCE)
            return found.view

    def give_up(self, number: int) -> None:
        """Give a test up; nothing where it has ended."""
        if found := self._tests.get(number):
            found.stop.request("The test was given up.")


class TypedSecrets:
    """Reads secrets: those that were typed and are not stored yet, else those of the configuration."""

    def __init__(self, typed: Mapping[str, str], others: SecretReader) -> None:
        self._typed = typed
        self._others = others

    def line(self, reference: SecretRef) -> str:
        """Return a secret of one line."""
        return self._typed.get(reference.secret or "") or self._others.line(reference)

    def text(self, reference: SecretRef) -> str:
        """Return a secret that may have several lines."""
        return self._typed.get(reference.secret or "") or self._others.text(reference)
