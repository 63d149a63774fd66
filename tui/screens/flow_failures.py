"""The records of a flow that could not be sent: why, when they are tried again, and sending them now (FL10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from core.text import clean, counted, listed
from tui.action import Scope
from tui.forms.choosing import ChoiceDialog
from tui.forms.texts import EMPTY
from tui.screens.confirm import Choice, ConfirmDialog
from tui.screens.flow_resending import FlowResending
from tui.screens.listing import ListScreen
from tui.screens.prompt import PromptDialog
from tui.widgets.list_table import Column, Row
from tui.widgets.rows import Line, paragraph
from tui.words import full_time, short_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.engine.api import Snapshot
    from core.engine.api.flows import FailureView, RecordField
    from tui.screens.base import Context

_COLUMNS = (
    Column("key", "Record", 18, 0),
    Column("reason", "Why", 20, 1, grows=True),
    Column("attempts", "Tried", 6, 3, right=True),
    Column("next", "Next try", 12, 2),
    Column("at", "Since", 12, 4),
)


class FailuresScreen(FlowResending, ListScreen):
    """Lists the failures of one flow."""

    scope: ClassVar[Scope] = Scope.FAILURES
    columns: ClassVar[tuple[Column, ...]] = _COLUMNS
    waiting: ClassVar[str] = "Looking at the failures"

    def __init__(self, context: Context, snapshot: Snapshot, task: str) -> None:
        super().__init__(context, snapshot)
        self.list.sorted_by = ""
        self._flow = task
        self._failures: dict[str, FailureView] = {}
        self._run: object = None

    def show(self, *, progress: bool) -> None:  # noqa: ARG002 - failures know nothing of it
        """Look again where a run of the flow has begun or ended."""
        run = next(
            ((task.run and task.run.id, task.last_run and task.last_run.id) for task in self.snapshot.tasks
             if task.id == self._flow), None,
        )  # fmt: skip
        if run != self._run or run is None:
            self._run = run
            self.look_again()

    def look_again(self) -> None:
        """Ask for the failures anew."""
        flows, task = self.engine.flows, self._flow
        self.ask_for_list(lambda: flows.failures(task), self._take)

    def _take(self, failures: Sequence[FailureView]) -> None:
        self._failures = {each.key: each for each in failures}
        self.show_list()

    def show_list(self) -> None:
        """Show the failures that pass the filter, the latest first or in the order of a column."""
        self.list.empty_text = (
            "No failure passes the filter; esc clears it."
            if self._failures
            else f"Nothing waits here: all that {clean(self._flow)} could not send was sent since."
        )
        shown = [
            each
            for each in self._failures.values()
            if self.admits(f"{each.number} {each.key} {each.reason} {each.said}")
        ]
        order = {
            "key": lambda each: each.number or each.key,
            "reason": lambda each: each.reason,
            "attempts": lambda each: each.attempts,
            "next": lambda each: (each.next_try is None, each.next_try or each.at),
            "at": lambda each: each.at,
        }
        if by := order.get(self.list.sorted_by):
            shown.sort(key=by)
        if self.list.reverse:
            shown.reverse()
        self.list.take([self._row(each) for each in shown])
        self.show_details()
        self.stand()

    def _row(self, failure: FailureView) -> Row:
        now, zone = self.context.clock(), self.snapshot.zone
        again = short_time(failure.next_try, now, zone) if failure.next_try else "by hand"
        cells = (
            failure.number or failure.key,
            failure.reason,
            str(failure.attempts),
            again,
            short_time(failure.at, now, zone),
        )
        return Row(failure.key, cells)

    def standing_words(self) -> str:
        """Say whose failures these are."""
        whose = f"{counted(len(self._failures), 'failure')} of {clean(self._flow)}; esc goes back."
        return " ".join(part for part in (whose, super().standing_words()) if part)

    @property
    def _failure(self) -> FailureView | None:
        return self._failures.get(self.list.cursor or "")

    def detail_lines(self, width: int) -> list[Line]:
        """Return all that was said of the record under the cursor, and what can be done."""
        rule, failure = self.signs.rule * 2, self._failure
        if failure is None:
            return [((f"{rule} no failure", "title"),)]
        zone = self.snapshot.zone
        name = f"{failure.number} ({failure.key})" if failure.number else failure.key
        lines: list[Line] = paragraph(f"{rule} {name}", width, "title")
        lines += paragraph(failure.said or failure.reason, width, "bad")
        last = f"the last time {full_time(failure.at, zone)}"
        tried = (
            f"Tried {counted(failure.attempts, 'time')}, {last}." if failure.attempts else f"To be sent again; {last}."
        )
        when = (
            f"It is tried again by a run from {full_time(failure.next_try, zone)} on."
            if failure.next_try
            else "It is not tried again by itself."
        )
        send, mend, drop = (self.key_of(f"failure.{each}") for each in ("resend", "mend", "discard"))
        advice = (
            f"Mend it in its source, in the mapping of the link, or here with {mend}; then {send} sends it. {drop} "
            "takes it out of the list."
        )
        here = f"Mended here: {listed(list(failure.mended), last='and')}." if failure.mended else ""
        meant = f", and {failure.chosen} was chosen" if failure.chosen else ""
        choose = self.key_of("failure.choose")
        fits = f"Several fit at the target{meant}: {choose} says which of them is meant." if failure.fits else ""
        for text in filter(None, (fits, here, tried, when, advice)):
            lines += paragraph(text, width)
        return lines

    # -- actions --------------------------------------------------------------------------------------------------

    def do_failure_open(self) -> None:
        """Carry out ``failure.open``."""
        from tui.screens.flow_activity import ActivityScreen

        if (failure := self._failure) is not None:
            self.app.push_screen(ActivityScreen(self.context, self.snapshot, self._flow, key=failure.key))

    def do_failure_resend(self) -> None:
        """Carry out ``failure.resend``."""
        if (failure := self._failure) is not None:
            self.send_again(self._flow, [failure.key])

    def do_failure_mend(self) -> None:
        """Carry out ``failure.mend``: choose a field, then say its value."""
        if (failure := self._failure) is None:
            return
        flows = self.engine.flows

        def known(fields: Sequence[RecordField]) -> None:
            named = {each.name: each for each in fields}
            words = [(each.name, f"{each.name} = {_shown(each)}") for each in fields]

            def chosen(names: tuple[str, ...] | None) -> None:
                if names:
                    self._ask_value(failure.key, named[names[0]])

            title = f"Which field of {failure.number or failure.key}"
            self.app.push_screen(ChoiceDialog(clean(title), words, signs=self.signs, chosen=failure.mended[:1]), chosen)

        self.ask(lambda: flows.fields(self._flow, failure.key), known, group="fields")

    def _ask_value(self, key: str, field: RecordField) -> None:
        flows = self.engine.flows

        def answered(text: str | None) -> None:
            if text is None:
                return
            value = "" if text == EMPTY else text

            def mended(_: None) -> None:
                self.say(f"{field.name} is mended; {self.key_of('failure.resend')} sends the record.")
                self.look_again()

            self.ask(lambda: flows.mend(self._flow, key, {field.name: value}), mended, group="mend")

        came = f"It came as {field.came}." if field.came else "It came without."
        self.app.push_screen(
            PromptDialog(
                f"{field.name} of {clean(key)}",
                value=field.came if field.mended is None else field.mended,
                notes=[f"{came} Type {EMPTY} to send it without. At the source it stays as it is."],
            ),
            answered,
        )

    def do_failure_discard(self) -> None:
        """Carry out ``failure.discard``."""
        if (failure := self._failure) is None:
            return
        flows, name = self.engine.flows, failure.number or failure.key

        def discarded(_: int) -> None:
            self.say(f"{name} is out of the list.")
            self.look_again()

        def answered(choice: str | None) -> None:
            if choice:
                self.ask(lambda: flows.discard(self._flow, [failure.key]), discarded, group="discard")

        self.app.push_screen(
            ConfirmDialog(
                f"Take {name} out of the list of failures?",
                notes=[
                    "It is not sent any more, unless it changes at its source.",
                    f"pendel flow resend {clean(self._flow)} {failure.key} takes it back.",
                ],
                choices=[Choice("discard", "Discard", "y")],
                opened_by=["failure.discard"],
                sign=self.signs.cursor,
            ),
            answered,
        )

    def do_failure_choose(self) -> None:
        """Carry out ``failure.choose``."""
        failure, flows = self._failure, self.engine.flows
        if failure is None:
            return
        if not failure.fits:
            self.say(f"Of {failure.key}, there is nothing to choose: it failed for another reason.")
            return

        def answered(chosen: tuple[str, ...] | None) -> None:
            if chosen:
                self.ask(lambda: flows.choose(self._flow, failure.key, chosen[0]), lambda _: sent(), group="resend")

        def sent() -> None:
            self.say(f"{failure.key} is sent again now.")
            self.look_again()

        words = [(each, each) for each in failure.fits]
        dialog = ChoiceDialog("Which one is meant", words, signs=self.signs, chosen=[failure.chosen])
        self.app.push_screen(dialog, answered)

    def do_flow_resend(self) -> None:
        """Carry out ``flow.resend``."""
        self.ask_to_send_again(self._flow, len(self._failures))

    def leave_screen(self) -> None:
        """Go back to the flows."""
        self.dismiss()


def _shown(field: RecordField) -> str:
    """Return what a field came as, and what was made of it."""
    return field.came if field.mended is None else f"{field.mended or '(empty)'}, mended"
