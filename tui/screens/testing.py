"""Testing a location from a screen: its steps as they come, and the approval of a host key that is met first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.engine.api.location_tests import LocationTest, TestedStep
from core.runs import RunState
from tui.screens.base import PendelScreen
from tui.screens.confirm import Choice, ConfirmDialog
from tui.widgets.rows import Line, wrapped

if TYPE_CHECKING:
    from core.errors import PendelError
    from tui.words import Signs

Values = dict[str, Any]


class LocationTesting(PendelScreen):
    """The part of a screen that tests locations; it shows what comes in :meth:`show_test`."""

    location_test: LocationTest | None = None
    tested = ""
    """The name of the location that is or was tested."""
    _tested_values: Values | None = None
    _tested_secrets: dict[str, str] | None = None

    def show_test(self) -> None:
        """Show ``self.location_test`` as far as it has come."""

    @property
    def testing(self) -> bool:
        """Whether a test is going on."""
        return self.location_test is not None and not self.location_test.ended

    def begin_test(self, name: str, values: Values | None = None, secrets: dict[str, str] | None = None) -> None:
        """Test a location as it stands in the file, or with these settings."""
        self.give_up_test()
        self.tested, self._tested_values, self._tested_secrets = name, values, secrets
        self.location_test = LocationTest(0)
        self.show_test()
        files = self.engine.files
        self.ask(
            lambda: files.test_location(name, values, secrets=secrets),
            self._take_test,
            group="test",
            failed=self._test_refused,
        )

    def give_up_test(self) -> None:
        """Stop a test that is going on."""
        test, self.location_test = self.location_test, None
        if test is not None and test.id and not test.ended:
            files, number = self.engine.files, test.id
            self.ask(lambda: files.stop_test(number), lambda _: None, group="stop-test")

    def _take_test(self, test: LocationTest) -> None:
        if self.location_test is None or self.location_test.id not in (0, test.id):
            return
        self.location_test = test
        self.show_test()
        if not test.ended:
            files, known = self.engine.files, len(test.steps)
            self.ask(lambda: files.follow_test(test.id, known=known), self._take_test, group="test")
        elif test.offered is not None:
            self._ask_to_trust(test)

    def _test_refused(self, error: PendelError) -> None:
        step = TestedStep("settings", ok=False, message=error.message, advice=error.advice)
        self.location_test = LocationTest(0, (step,), ended=True)
        self.show_test()

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
        files, name, values = self.engine.files, self.tested, self._tested_values
        secrets = self._tested_secrets
        self.ask(
            lambda: files.trust_host(name, fingerprint, values),
            lambda _: self.begin_test(name, values, secrets),
            group="test",
            failed=self._test_refused,
        )


def test_lines(test: LocationTest, width: int, signs: Signs) -> list[Line]:
    """Return a test as lines: each step with its outcome, and what to do where one failed."""
    lines: list[Line] = []
    for step in test.steps:
        sign = signs.states[RunState.SUCCEEDED if step.ok else RunState.FAILED]
        word = "good" if step.ok else "failed"
        head = f"{sign} {step.step}: {word}. "
        rows = wrapped(head + step.message, width)
        lines += [((row, "good" if step.ok else "bad"),) for row in rows]
        if step.advice and not step.ok:
            lines += [((f"  {row}", "warning"),) for row in wrapped(step.advice, width - 2)]
    if not test.ended:
        lines.append((("testing…" if signs.ellipsis == "…" else "testing...", "label"),))
    elif test.good:
        lines.append((("The location works.", "good"),))
    return lines


test_lines.__test__ = False  # type: ignore[attr-defined]
