"""What the list of tasks asks of the engine: start, stop, switch on and off, and the end of the console."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.screen import Screen

from core.errors import PendelError
from core.runs import RunState
from core.text import listed
from tui.actions import action
from tui.ending import Ending
from tui.screens.confirm import Choice, ConfirmDialog
from tui.words import tasks_in_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.engine.api import EngineApi, Snapshot, TaskView
    from tui.tasklist import TaskList
    from tui.words import Signs


class TaskCommands(Screen[None]):
    """The actions that change something, for a screen that has an engine and a list of tasks."""

    engine: EngineApi
    snapshot: Snapshot
    signs: Signs
    task_list: TaskList

    def say(self, text: str) -> None:
        """Say something to the user."""
        raise NotImplementedError

    def do_task_start(self) -> None:
        """Carry out ``task.start``."""
        self._ask_to_start(dry_run=False)

    def do_task_dry_run(self) -> None:
        """Carry out ``task.dry_run``."""
        self._ask_to_start(dry_run=True)

    def _ask_to_start(self, *, dry_run: bool) -> None:
        free = [task for task in self.task_list.targets if task.run is None]
        going = [task.id for task in self.task_list.targets if task.run]
        notes = [f"Left out, because they are going already: {listed(going, last='and')}."] if going else []
        off = [task.id for task in free if not task.active]
        if off:
            notes.append(f"Not active, and started by hand all the same: {listed(off, last='and')}.")
        ids = [task.id for task in free]

        def answered(choice: str | None) -> None:
            if choice:
                self._command(lambda: self._start(ids, dry_run=choice == "dry"))

        start, dry = Choice("start", "Start", "y"), Choice("dry", "Dry run", "y" if dry_run else "d")
        self.app.push_screen(
            ConfirmDialog(
                f"Dry run of {tasks_in_words(len(ids))}?" if dry_run else f"Start {tasks_in_words(len(ids))}?",
                names=[_name(task) for task in free],
                notes=notes,
                choices=[dry] if dry_run else [start, dry],
                opened_by=action("task.dry_run" if dry_run else "task.start").keys,
                sign=self.signs.cursor,
            ),
            answered,
        )

    def _start(self, ids: list[str], *, dry_run: bool) -> None:
        self.engine.start_tasks(ids, dry_run=dry_run)
        self.task_list.marked.clear()

    def do_task_stop(self) -> None:
        """Carry out ``task.stop``."""
        runs = [(task, task.run) for task in self.task_list.targets if task.run]

        def answered(choice: str | None) -> None:
            if choice:
                self._command(lambda: self._stop([run.id for _, run in runs]))

        notes = ["What they have committed stays. A run that works on records stops at the end of its block."]
        if all(run.state is RunState.STOPPING for _, run in runs):
            notes.insert(0, "A stop was asked for already; it takes effect at the end of the block.")
        self.app.push_screen(
            ConfirmDialog(
                f"Stop {'the run' if len(runs) == 1 else f'the runs of {tasks_in_words(len(runs))}'}?",
                names=[f"{_name(task)} ({run.state})" for task, run in runs],
                notes=notes,
                choices=[Choice("stop", "Stop", "y")],
                opened_by=action("task.stop").keys,
                sign=self.signs.cursor,
            ),
            answered,
        )

    def _stop(self, run_ids: list[int]) -> None:
        self.engine.stop_runs(run_ids)
        self.task_list.marked.clear()

    def do_task_toggle(self) -> None:
        """Carry out ``task.toggle``: off where all are on, else on."""
        own = [task for task in self.task_list.targets if not task.system]
        self.engine.set_active([task.id for task in own], not all(task.active for task in own))

    def _command(self, send: Callable[[], None]) -> None:
        try:
            send()
        except PendelError as error:
            self.say(str(error))

    def do_app_quit(self) -> None:
        """Carry out ``app.quit``: at once where nothing is going, else after asking."""
        going = [task for task in self.snapshot.tasks if task.run]
        if not going:
            self.app.exit(Ending.QUIT)
            return

        def answered(choice: str | None) -> None:
            if choice:
                self.app.exit(Ending.WAIT if choice == "wait" else Ending.STOP)

        self.app.push_screen(
            ConfirmDialog(
                f"{tasks_in_words(len(going))} {'is' if len(going) == 1 else 'are'} going. Quit?",
                names=[f"{_name(task)} ({task.run.state})" for task in going if task.run],
                notes=["Waiting starts nothing more, and ends when they have ended."],
                choices=[Choice("wait", "Wait for them", "w"), Choice("stop", "Stop them", "s")],
                way_out="Stay",
                opened_by=action("app.quit").keys,
                sign=self.signs.cursor,
            ),
            answered,
        )


def _name(task: TaskView) -> str:
    return f"{'sys' if task.system else task.sequence} {task.id}: {task.description}"
