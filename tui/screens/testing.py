"""Testing a location or a link from a screen: its steps as they come, and what a test asks for at its end."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

from core.engine.api.location_tests import LocationTest, TestedStep
from core.runs import RunState
from tui.screens.base import PendelScreen
from tui.screens.confirm import Choice, ConfirmDialog
from tui.widgets.rows import Line, paragraph

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.engine.api.links import LinkTest
    from core.errors import PendelError
    from tui.words import Signs

Values = dict[str, Any]
Question: TypeAlias = "Callable[[], LocationTest | LinkTest]"


class StepTesting(PendelScreen):
    """The part of a screen that tests something step by step; it shows what comes in :meth:`show_test`."""

    step_test: LocationTest | LinkTest | None = None
    tested = ""
    """The name of what is or was tested."""
    tested_values: Values | None = None
    tested_secrets: dict[str, str] | None = None

    def show_test(self) -> None:
        """Show ``self.step_test`` as far as it has come."""

    # -- what a subclass says -------------------------------------------------------------------------------------

    def first_test(self) -> LocationTest | LinkTest:
        """Return a test of which nothing is known yet."""
        raise NotImplementedError

    def test_question(self, name: str, values: Values | None, secrets: dict[str, str] | None) -> Question:
        """Return what begins a test."""
        raise NotImplementedError

    def follow_question(self, test: int, known: int) -> Question:
        """Return what waits for the next step."""
        raise NotImplementedError

    def give_up_question(self, test: int) -> Callable[[], None]:
        """Return what gives a test up."""
        raise NotImplementedError

    def test_ended(self, test: LocationTest | LinkTest) -> None:
        """Do what a test asks for at its end."""

    # -- testing --------------------------------------------------------------------------------------------------

    @property
    def testing(self) -> bool:
        """Whether a test is going on."""
        return self.step_test is not None and not self.step_test.ended

    def begin_test(self, name: str, values: Values | None = None, secrets: dict[str, str] | None = None) -> None:
        """Test it as it stands in the file, or with these settings."""
        self.give_up_test()
        self.tested, self.tested_values, self.tested_secrets = name, values, secrets
        self.step_test = self.first_test()
        self.show_test()
        self.ask(self.test_question(name, values, secrets), self._take_test, group="test", failed=self.test_refused)

    def give_up_test(self) -> None:
        """Stop a test that is going on."""
        test, self.step_test = self.step_test, None
        if test is not None and test.id and not test.ended:
            self.ask(self.give_up_question(test.id), lambda _: None, group="stop-test")

    def _take_test(self, test: LocationTest | LinkTest) -> None:
        if self.step_test is None or self.step_test.id not in (0, test.id):
            return
        self.step_test = test
        self.show_test()
        if not test.ended:
            self.ask(self.follow_question(test.id, len(test.steps)), self._take_test, group="test")
        else:
            self.test_ended(test)

    def test_refused(self, error: PendelError) -> None:
        """Show why a test was not begun."""
        step = TestedStep("settings", ok=False, message=error.message, advice=error.advice)
        self.step_test = replace(self.first_test(), steps=(step,), ended=True)
        self.show_test()


class LocationTesting(StepTesting):
    """The part of a screen that tests locations."""

    def first_test(self) -> LocationTest | LinkTest:
        """Return a test of which nothing is known yet."""
        return LocationTest(0)

    def test_question(self, name: str, values: Values | None, secrets: dict[str, str] | None) -> Question:
        """Return what begins a test."""
        files = self.engine.files
        return lambda: files.test_location(name, values, secrets=secrets)

    def follow_question(self, test: int, known: int) -> Question:
        """Return what waits for the next step."""
        files = self.engine.files
        return lambda: files.follow_test(test, known=known)

    def give_up_question(self, test: int) -> Callable[[], None]:
        """Return what gives a test up."""
        files = self.engine.files
        return lambda: files.stop_test(test)

    def test_ended(self, test: LocationTest | LinkTest) -> None:
        """Ask for the approval of a host key that is met first."""
        if isinstance(test, LocationTest) and test.offered is not None:
            self._ask_to_trust(test)

    def _ask_to_trust(self, test: LocationTest) -> None:
        key = test.offered
        if key is None:
            return

        def answered(choice: str | None) -> None:
            if choice:
                self._trust(key.fingerprint)

        self.app.push_screen(
            ConfirmDialog(
                f"Is this the key of {key.host}?",
                names=[f"{key.algorithm}", key.fingerprint],
                notes=[
                    "Compare it with what the server's administrator says. Once approved, any other key is refused."
                ],
                choices=[Choice("trust", "Approve", "y")],
                opened_by=["location.test", "form.test"],
                sign=self.signs.cursor,
            ),
            answered,
        )

    def _trust(self, fingerprint: str) -> None:
        files, name, values = self.engine.files, self.tested, self.tested_values
        secrets = self.tested_secrets
        self.ask(
            lambda: files.trust_host(name, fingerprint, values),
            lambda _: self.begin_test(name, values, secrets),
            group="test",
            failed=self.test_refused,
        )


def test_lines(test: LocationTest | LinkTest, width: int, signs: Signs) -> list[Line]:
    """Return a test as lines: each step with its outcome, and what to do where one failed."""
    lines: list[Line] = []
    for step in test.steps:
        sign = signs.states[RunState.SUCCEEDED if step.ok else RunState.FAILED]
        word = "good" if step.ok else "failed"
        head = f"{sign} {step.step}: {word}. "
        lines += paragraph(head + step.message, width, "good" if step.ok else "bad")
        if step.advice and not step.ok:
            lines += paragraph(step.advice, width, "warning", indent="  ")
    if not test.ended:
        lines.append((("testing…" if signs.ellipsis == "…" else "testing...", "label"),))
    elif test.good:
        what = "location" if isinstance(test, LocationTest) else "link"
        lines.append(((f"The {what} works.", "good"),))
    return lines


test_lines.__test__ = False  # type: ignore[attr-defined]
