"""Testing a link from a screen, and signing in with a browser where its system asks for that."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from core.engine.api.links import LinkTest
from core.engine.api.location_tests import TestedStep
from core.text import clean
from tui.screens.prompt import PromptDialog
from tui.screens.testing import StepTesting

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.engine.api.location_tests import LocationTest
    from core.errors import PendelError
    from tui.screens.testing import Question, Values


class LinkTesting(StepTesting):
    """The part of a screen that tests links and signs in to them."""

    def first_test(self) -> LocationTest | LinkTest:
        """Return a test of which nothing is known yet."""
        return LinkTest(0)

    def test_question(self, name: str, values: Values | None, secrets: dict[str, str] | None) -> Question:
        """Return what begins a test."""
        links = self.engine.links
        return lambda: links.test_link(name, values, secrets=secrets)

    def follow_question(self, test: int, known: int) -> Question:
        """Return what waits for the next step."""
        links = self.engine.links
        return lambda: links.follow_test(test, known=known)

    def give_up_question(self, test: int) -> Callable[[], None]:
        """Return what gives a test up."""
        links = self.engine.links
        return lambda: links.stop_test(test)

    def test_ended(self, test: LocationTest | LinkTest) -> None:
        """Let somebody sign in where that is needed, and then test again."""
        if isinstance(test, LinkTest) and test.sign_in:
            name, values, secrets = self.tested, self.tested_values, self.tested_secrets
            self.begin_sign_in(name, values, secrets, then=lambda: self.begin_test(name, values, secrets))

    def begin_sign_in(
        self, name: str, values: Values | None, secrets: dict[str, str] | None, *, then: Callable[[], None]
    ) -> None:
        """Ask for the address to sign in at, and show it; ``then`` is called when somebody has signed in."""
        links = self.engine.links
        self.tested, self.tested_values, self.tested_secrets = name, values, secrets
        self.ask(
            lambda: links.begin_sign_in(name, values, secrets=secrets),
            lambda address: self._show_address(name, address, then, of_form=values is not None),
            group="sign-in",
            failed=self._sign_in_failed,
        )

    def _sign_in_failed(self, error: PendelError) -> None:
        """Show why nobody is signed in, whole: it is more than one line."""
        step = TestedStep("sign-in", ok=False, message=error.message, advice=error.advice)
        self.step_test = replace(self.first_test(), steps=(step,), ended=True)
        self.show_test()

    def _show_address(self, name: str, address: str, then: Callable[[], None], *, of_form: bool) -> None:
        links, command = self.engine.links, f"pendel link login {clean(name)} shows it in one line"
        self.app.copy_to_clipboard(address)
        # The command knows what is in the file, and nothing of a form.
        otherwise = f"where it does not, save the link, and {command}" if of_form else command

        def answered(pasted: str | None) -> None:
            if pasted:
                self.ask(
                    lambda: links.finish_sign_in(name, pasted),
                    lambda _: then(),
                    group="sign-in",
                    failed=self._sign_in_failed,
                )

        self.app.push_screen(
            PromptDialog(
                f"Sign in to {clean(name)} with a browser, on any machine, at this address:",
                notes=[
                    clean(address),
                    f"It went to your terminal's clipboard, where it allows that; {otherwise}.",
                    "Then paste here the address that the browser shows at the end, even where it shows no page:",
                ],
                problem=_no_address,
            ),
            answered,
        )


def _no_address(text: str) -> str:
    return "" if "://" in text and "=" in text else "This is no whole address."
