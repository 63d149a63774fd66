"""The runs: those that are going, then those that ended, as far back as the history goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.containers import Vertical

from tui.action import Scope
from tui.run_words import asked_by, began, history_lines, how_long, in_a_line
from tui.runlist import PAGE, Dates, OutcomeFilter, RunList
from tui.screens.run import Part, RunScreen
from tui.screens.run_commands import RunCommands
from tui.widgets.list_table import Column, ListTable, Row
from tui.widgets.rows import Lines, plain, text_of
from tui.widgets.run_lines import run_page_head
from tui.words import brief_progress, role_of, sign_of, state_word

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.widget import Widget

    from core.engine.api import RunView, Snapshot
    from core.engine.api.history import RunOutcome, RunPage
    from core.errors import PendelError
    from tui.screens.base import Context
    from tui.screens.confirm import Choice

COLUMNS = (
    Column("state", "State", 13, 0),
    Column("run", "Run", 6, 1, right=True),
    Column("task", "Task", 17, 0),
    Column("began", "Began", 9, 2),
    Column("took", "Took", 9, 4),
    Column("by", "By", 14, 5),
    Column("what", "Counts, or why", 24, 3, grows=True),
)
_REST = 0.12
"""Seconds that the cursor must rest before the details follow it."""
_NEAR = PAGE // 4
"""How near to the last run that was fetched the cursor comes before more are asked for."""
OUTCOMES = 200
"""Runs of one task that its sparkline is made of, where there is room for so many."""


class RunsScreen(RunCommands):
    """Composes the list and the run under the cursor; further runs are fetched as the cursor comes near the last."""

    scope: ClassVar[Scope] = Scope.RUNS

    def __init__(self, context: Context, snapshot: Snapshot) -> None:
        super().__init__(context, snapshot)
        self.runs = RunList()
        self._list = ListTable(COLUMNS, context.signs)
        self._history = Lines(id="history")
        self._details = Lines(id="details", can_focus=True)
        self._shown: dict[int, RunView] = {}
        self._rows: dict[int, Row] = {}
        """The rows of runs that ended; they read the same for a day."""
        self._detailed: RunView | None = None
        """The run that the details are of, as they show it."""
        self._outcomes: tuple[RunOutcome, ...] = ()
        self._seen = snapshot.history
        self._at = context.clock()
        """The moment that durations are counted to: it moves as seldom as progress is shown."""
        self._asking = False
        self._loaded = False

    def compose_body(self) -> Iterable[Widget]:
        """Return the list, with the history of a task above it, and the details."""
        return Vertical(self._history, self._list, id="runs"), self._details

    @property
    def main_panel(self) -> Widget:
        """The list."""
        return self._list

    @property
    def current_run(self) -> RunView | None:
        """The run under the cursor."""
        return self._shown.get(int(self._list.cursor)) if self._list.cursor is not None else None

    def on_mount(self) -> None:
        """Ask for the latest runs."""
        self._load()

    def on_screen_resume(self) -> None:
        """Look whether runs ended meanwhile."""
        self.show(progress=True)

    # -- asking the history ---------------------------------------------------------------------------------------

    def _load(self) -> None:
        """Ask for the first page of what is looked for, and how the runs of the task went."""
        history, query = self.engine.history, self.runs.query(self.context.clock(), self.snapshot.zone)

        def take(page: RunPage) -> None:
            self._asking, self._loaded = False, True
            self.runs.begin(page)
            self._show_rows()
            self._list.move_to_end(bottom=False)
            self._extend()
            self._catch_up()

        self._asking = True
        self._seen = self.snapshot.history
        self.ask(
            lambda: history.runs(query, limit=PAGE),
            take,
            group="runs",
            failed=self._not_fetched,
            awaited=True,
            reads=True,
        )
        self._ask_for_outcomes()

    def _not_fetched(self, error: PendelError) -> None:
        """Say why; the next run that ends, or the next key, asks again."""
        self._asking = False
        self.say(str(error))

    def _catch_up(self) -> None:
        """Ask for the runs that ended since the history was asked last."""
        if self.snapshot.history != self._seen:
            if self._loaded:
                self._renew()
            elif not self._asking:
                self._load()

    def _renew(self) -> None:
        """Ask for what is new since."""
        history, query = self.engine.history, self.runs.query(self.context.clock(), self.snapshot.zone)

        def take(page: RunPage) -> None:
            self.runs.renew(page)
            self._show_rows()
            self._extend()

        self._seen = self.snapshot.history
        # In a group of its own: it must not take the place of a page that is on its way.
        self.ask(lambda: history.runs(query, limit=PAGE), take, group="new runs")
        self._ask_for_outcomes()

    def _ask_for_outcomes(self) -> None:
        task, history = self.runs.task, self.engine.history
        self.set_class(bool(task), "-task")
        if task:
            self.ask(lambda: history.outcomes(task, OUTCOMES), self._take_outcomes, group="outcomes")

    def _take_outcomes(self, outcomes: tuple[RunOutcome, ...]) -> None:
        self._outcomes = outcomes
        self._show_history()

    def _extend(self) -> None:
        """Ask for more where the cursor is near the last run that was fetched."""
        before = self.runs.more
        if before is None or self._asking or self._list.position < len(self._list.rows) - _NEAR:
            self.stand()
            return
        history, query = self.engine.history, self.runs.query(self.context.clock(), self.snapshot.zone)

        def take(page: RunPage) -> None:
            self._asking = False
            self.runs.extend(page)
            self._show_rows()
            # A page of a narrow filter may hold few runs, or none.
            self._extend()

        self._asking = True
        self.ask(lambda: history.runs(query, before=before, limit=PAGE), take, group="runs", failed=self._not_fetched)
        self.stand()

    # -- what is shown --------------------------------------------------------------------------------------------

    def show(self, *, progress: bool) -> None:
        """Show the snapshot's runs, and ask for those that ended since."""
        self.runs.take_live((task.run for task in self.snapshot.tasks if task.run), progress=progress)
        if progress:
            now = self.context.clock()
            if now.astimezone(self.snapshot.zone).date() != self._at.astimezone(self.snapshot.zone).date():
                self._rows.clear()
            self._at = now
        self._catch_up()
        self._show_rows()
        if progress:
            self._show_details()

    def _show_rows(self) -> None:
        runs = self.runs.shown(self._at, self.snapshot.zone)
        self._shown = {run.id: run for run in runs}
        self._list.empty_text = self._nothing()
        # Whoever looks at the top sees what is new; whoever reads further down keeps the place.
        self._list.steady = self._list.top > 0
        self._list.take([self._row(run) for run in runs])
        self.stand()
        run = self.current_run
        if run and self._detailed and self._detailed.id == run.id and self._detailed.state is not run.state:
            self._show_details()

    def _nothing(self) -> str:
        if not self._loaded or self.runs.more is not None:
            return f"Looking into the history{self.signs.ellipsis}"
        if self.runs.filtered:
            return f"No run passes the filter ({self.runs.filter_in_words()}); esc clears it."
        tasks, start = self.key_of("screen.tasks"), self.key_of("task.start")
        return f"Nothing has run yet. Go to the tasks with {tasks}, and start one with {start}."

    def _row(self, run: RunView) -> Row:
        known = self._rows.get(run.id)
        if known is not None:
            return known
        signs, now, zone = self.signs, self._at, self.snapshot.zone
        done = brief_progress(run.progress) if not run.state.ended else ""
        row = Row(
            str(run.id),
            (
                f"{sign_of(run.state, signs)} {state_word(run.state)} {done}".rstrip(),
                str(run.id),
                run.task,
                began(run, now, zone),
                how_long(run, now),
                asked_by(run),
                in_a_line(run, now),
            ),
            role_of(run.state),
        )
        if run.state.ended:
            self._rows[run.id] = row
        return row

    def _show_details(self) -> None:
        width = self._details.size.width
        if not width:
            return
        run = self._detailed = self.current_run
        if run is None:
            self._details.show([((f"{self.signs.rule * 2} no run", "title"),)])
        else:
            self._details.show(
                run_page_head(
                    run, width=width, now=self._at, zone=self.snapshot.zone, signs=self.signs, key_of=self.key_of
                )
            )

    def _show_history(self) -> None:
        if self.runs.task and self._history.size.width:
            lines = history_lines(self.runs.task, self._outcomes, self.signs, self._history.size.width)
            self._history.show([plain(line) for line in lines])

    def after_layout(self) -> None:
        """Fill panels that have just been shown."""
        super().after_layout()
        self._show_details()
        self._show_history()

    def on_resize(self) -> None:
        """Break the lines anew."""
        self.call_after_refresh(self.after_layout)

    @on(ListTable.CursorMoved)
    def _follow_cursor(self) -> None:
        self._extend()
        self.set_timer(_REST, self._show_other)

    def _show_other(self) -> None:
        self._details.top = 0
        self._show_details()

    def standing_words(self) -> str:
        """Say what is filtered, and whether there is more."""
        parts = []
        number = len(self._list.rows)
        if self.runs.filtered:
            more = "" if self.runs.more is None else " so far"
            parts.append(f"Filter: {self.runs.filter_in_words()}; {number:,} found{more}; esc clears it.")
        elif self.runs.more is not None:
            parts.append(f"The latest {number:,} runs; there are more below.")
        if self.snapshot.notice:
            parts.append(self.snapshot.notice)
        return " ".join(parts)

    def copied(self) -> tuple[str, str]:
        """Return the run under the cursor."""
        run = self.current_run
        if run is None:
            return "", ""
        lines = run_page_head(
            run, width=100, now=self._at, zone=self.snapshot.zone, signs=self.signs, key_of=self.key_of
        )
        return "\n".join(text_of(line).rstrip() for line in lines) + "\n", f"Run {run.id}"

    # -- actions --------------------------------------------------------------------------------------------------

    def show_task(self, task_id: str) -> None:
        """Show the runs of one task, with a sparkline of how they went."""
        self.runs.clear_filter()
        self.runs.task = task_id
        self._outcomes = ()
        if self.is_mounted:
            self._load()
            self.call_after_refresh(self.after_layout)

    @property
    def filter_words(self) -> str:
        """The words that the runs are filtered by."""
        return self.runs.words

    def set_filter(self, words: str) -> None:
        """Show only the runs in which every word occurs."""
        self.runs.words = words
        self._load()

    def do_view_states(self) -> None:
        """Carry out ``view.states``."""
        filters = list(OutcomeFilter)
        self.runs.outcomes = filters[(filters.index(self.runs.outcomes) + 1) % len(filters)]
        self._load()

    def do_run_dates(self) -> None:
        """Carry out ``run.dates``."""
        dates = list(Dates)
        self.runs.dates = dates[(dates.index(self.runs.dates) + 1) % len(dates)]
        self._load()

    def go_back(self) -> None:
        """Clear the filters."""
        if self.runs.filtered:
            self.runs.clear_filter()
            self._load()

    def do_run_open(self) -> None:
        """Carry out ``run.open``."""
        self._open(Part.OUTCOME)

    def do_run_log(self) -> None:
        """Carry out ``run.log``."""
        self._open(Part.LOG)

    def _open(self, part: Part) -> None:
        if run := self.current_run:
            self.app.push_screen(RunScreen(self.context, self.snapshot, run, part))

    def sent(self, choice: Choice, run: RunView) -> None:
        """Say that a command was accepted, and show what it brought."""
        super().sent(choice, run)
        self._renew()
