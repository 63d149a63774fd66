"""The flows between systems: what each does, how it went, and what could not be sent."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from core.runs import RunState
from core.text import clean, counted
from tui.action import Scope, Situation
from tui.screens.commands import TaskCommands
from tui.screens.flow_resending import FlowResending
from tui.screens.listing import ListScreen
from tui.screens.task_editing import TaskEditing
from tui.tasklist import TaskList
from tui.widgets.list_table import Column, Row
from tui.widgets.rows import Line, paragraph
from tui.words import planned, short_time, shown_state, sign_of, state_word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.engine.api import Snapshot, TaskView
    from core.engine.api.flows import FailureView, FlowView
    from tui.screens.base import Context

_COLUMNS = (
    Column("flow", "Flow", 16, 0),
    Column("kind", "Kind", 14, 3),
    Column("way", "From and to", 16, 2, grows=True),
    Column("state", "State", 13, 1),
    Column("failed", "Failed", 7, 1, right=True),
    Column("last", "Last run", 12, 4),
)
_TOLD = 30
"""Failures that the details tell of."""


class FlowsScreen(FlowResending, TaskCommands, TaskEditing, ListScreen):
    """Lists the flows; each can be started, stopped and edited as the task that it is, and its failures sent again."""

    scope: ClassVar[Scope] = Scope.FLOWS
    columns: ClassVar[tuple[Column, ...]] = _COLUMNS
    waiting: ClassVar[str] = "Looking at the flows"

    def __init__(self, context: Context, snapshot: Snapshot) -> None:
        super().__init__(context, snapshot)
        self.task_list = TaskList()
        self.list.sorted_by = ""
        self._flows: dict[str, FlowView] = {}
        self._failures: Sequence[FailureView] = ()
        self._known: object = None
        self._go_to = ""

    # -- what is shown --------------------------------------------------------------------------------------------

    def show(self, *, progress: bool) -> None:  # noqa: ARG002 - a flow tells how far it is in its run
        """Look again where runs have begun or ended, or the configuration has become another."""
        tasks = self.snapshot.tasks
        flows = [task for task in tasks if task.id in self._flows]
        known = [
            [(task.id, task.type) for task in tasks],
            [(task.run and task.run.id, task.last_run and task.last_run.id) for task in flows],
        ]
        if known != self._known:
            self._known = known
            self.look_again()
        else:
            self.show_list()

    def on_screen_resume(self) -> None:
        """Look again: records may have been sent again meanwhile."""
        self.look_again()

    def look_again(self) -> None:
        """Ask for the flows and their failures anew."""
        flows = self.engine.flows
        self.ask_for_list(
            lambda: (flows.flows(), flows.failures()), lambda found: self._take(*found), awaited=not self.list.rows
        )

    def _take(self, flows: Sequence[FlowView], failures: Sequence[FailureView]) -> None:
        self._flows = {each.task: each for each in flows}
        self._failures = failures
        self.show_list()
        if self._go_to:
            self.list.move_to_row(self._go_to)
            self._go_to = ""

    def show_list(self) -> None:
        """Show the flows that pass the filter, in the order of the plan or of a column."""
        tasks = tuple(task for task in self.snapshot.tasks if task.id in self._flows)
        self.task_list.take(tasks)
        self.list.empty_text = (
            "No flow passes the filter; esc clears it."
            if tasks
            else f"There are no flows yet. Press {self.key_of('flow.set_up')} to set some up between two systems."
        )
        rows = [self._row(task, self._flows[task.id]) for task in tasks]
        shown = [row for row in rows if self.admits(" ".join(row.cells))]
        if place := next((at for at, column in enumerate(_COLUMNS) if column.id == self.list.sorted_by), None):
            shown.sort(key=lambda row: row.cells[place].casefold())
        if self.list.reverse:
            shown.reverse()
        self.list.take(shown)
        self.show_details()
        self.stand()

    def _row(self, task: TaskView, flow: FlowView) -> Row:
        state = shown_state(task)
        words = "off" if not task.active and task.run is None else state_word(state)
        last = task.last_run.started_at or task.last_run.queued_at if task.last_run else None
        return Row(
            task.id,
            (
                clean(task.id),
                clean(flow.kind),
                f"{clean(flow.source)} {self.signs.arrow} {clean(flow.target)}",
                f"{sign_of(state, self.signs)} {words}",
                str(flow.failed) if flow.failed else "-",
                short_time(last, self.context.clock(), self.snapshot.zone),
            ),
        )

    @property
    def _flow(self) -> TaskView | None:
        return next((task for task in self.snapshot.tasks if task.id == self.list.cursor), None)

    def situation(self) -> Situation:
        """Return what decides which actions can be done now."""
        task = self._flow
        self.task_list.cursor = task.id if task else None
        return replace(super().situation(), targets=(task,) if task else ())

    def detail_lines(self, width: int) -> list[Line]:
        """Return what the flow under the cursor does, how it went, and what failed."""
        rule, task = self.signs.rule * 2, self._flow
        flow = self._flows.get(task.id) if task else None
        if task is None or flow is None:
            return [((f"{rule} no flow", "title"),)]
        description = f" {self.signs.dot} {clean(task.description)}" if task.description else ""
        lines: list[Line] = paragraph(f"{rule} {clean(task.id)}{description}", width, "title")
        ways = f"{clean(flow.kind)} from {clean(flow.source)} to {clean(flow.target)}"
        plan = "" if task.active else f" It is off; {self.key_of('task.toggle')} switches it on."
        lines += paragraph(f"{ways[0].upper()}{ways[1:]}, {planned(task, self.snapshot.zone)}.{plan}", width)
        lines += self._failure_lines(flow, width)
        if (run := task.run or task.last_run) is not None:
            role = "bad" if run.state is RunState.FAILED else ""
            text = f"Run {run.id}: {state_word(run.state)}. {run.message}"
            lines += paragraph(text, width, role)
        return lines

    def _failure_lines(self, flow: FlowView, width: int) -> list[Line]:
        failures = [each for each in self._failures if each.task == flow.task]
        if not failures:
            return paragraph("Nothing waits in its list of failures.", width)
        by_hand = f", {flow.given_up} of them until somebody sends them again" if flow.given_up else ""
        text = f"{counted(flow.failed, 'record')} could not be sent{by_hand}; {self.key_of('flow.resend')} sends all."
        lines: list[Line] = paragraph(text, width, "warning")
        for each in failures[:_TOLD]:
            lines += paragraph(f"{each.number or each.key}: {each.reason}", width)
        return lines

    # -- actions --------------------------------------------------------------------------------------------------

    def do_flow_open(self) -> None:
        """Carry out ``flow.open``."""
        from tui.screens.flow_failures import FailuresScreen

        if self.list.cursor:
            self.app.push_screen(FailuresScreen(self.context, self.snapshot, self.list.cursor))

    def do_flow_activity(self) -> None:
        """Carry out ``flow.activity``."""
        from tui.screens.flow_activity import ActivityScreen

        if self.list.cursor:
            self.app.push_screen(ActivityScreen(self.context, self.snapshot, self.list.cursor))

    def do_flow_resend(self) -> None:
        """Carry out ``flow.resend``."""
        if self.list.cursor:
            self.ask_to_send_again(self.list.cursor, self._flows[self.list.cursor].failed)

    def do_flow_set_up(self) -> None:
        """Carry out ``flow.set_up``."""
        from tui.screens.flow_set_up import SetUpScreen

        self.app.push_screen(SetUpScreen(self.context, self.snapshot, done=self.go_to_flow))

    def go_to_flow(self, task: str) -> None:
        """Put the cursor on a flow that is about to come."""
        self._go_to = task
        self.look_again()
