"""The records of a flow that could not be sent: why, when they are tried again, and sending them now (FL10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from core.text import clean, counted
from tui.action import Scope
from tui.screens.flow_resending import FlowResending
from tui.screens.listing import ListScreen
from tui.widgets.list_table import Column, Row
from tui.widgets.rows import Line, paragraph
from tui.words import full_time, short_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.engine.api import Snapshot
    from core.engine.api.flows import FailureView
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
        self.ask(lambda: flows.failures(task), self._take, group="failures")

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
        shown = [each for each in self._failures.values() if self.admits(f"{each.key} {each.reason} {each.said}")]
        order = {
            "key": lambda each: each.key,
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
        cells = (failure.key, failure.reason, str(failure.attempts), again, short_time(failure.at, now, zone))
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
        lines: list[Line] = paragraph(f"{rule} {failure.key}", width, "title")
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
        send, show = self.key_of("failure.resend"), self.key_of("failure.open")
        advice = f"Mend it in its source or the mapping of the link, then {send} sends it; {show} shows what was tried."
        texts = [tried, when, advice]
        if failure.fits:
            meant = f", and {failure.chosen} was chosen" if failure.chosen else ""
            choose = self.key_of("failure.choose")
            texts.insert(0, f"Several fit at the target{meant}: {choose} says which of them is meant.")
        for text in texts:
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

    def do_failure_choose(self) -> None:
        """Carry out ``failure.choose``."""
        from tui.forms.choosing import ChoiceDialog

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
