"""What the list of tasks asks of the engine: start, stop, switch on and off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.runs import RunState
from core.text import listed
from tui.run_words import where_it_stops
from tui.screens.base import PendelScreen
from tui.screens.confirm import Choice, ConfirmDialog
from tui.words import task_in_words, tasks_in_words

if TYPE_CHECKING:
    from tui.tasklist import TaskList

BRAKE = (
    "Start stops at the brake again, unless the file changed. With archiving confirmed, the records that are not in "
    "the file are archived, however many they are."
)


class TaskCommands(PendelScreen):
    """The actions that change something, for a screen that has a list of tasks."""

    task_list: TaskList

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
                self._start(ids, dry_run=choice == "dry", confirm_archive=choice == "confirmed")

        start, dry = Choice("start", "Start", "y"), Choice("dry", "Dry run", "y" if dry_run else "d")
        choices = [dry] if dry_run else [start, dry]
        braked = [task for task in free if task.last_run and task.last_run.braked]
        if braked and not dry_run:
            if len(braked) == len(free):
                # There is room for two answers and the way out.
                choices = [start, Choice("confirmed", "Archiving confirmed", "a")]
                notes += [task.last_run.message for task in braked if task.last_run]
                notes.append(BRAKE)
            else:
                names = listed([task.id for task in braked], last="and")
                notes.append(f"Stopped by the brake on archiving the last time, and to be confirmed alone: {names}.")
        self.app.push_screen(
            ConfirmDialog(
                f"Dry run of {tasks_in_words(len(ids))}?" if dry_run else f"Start {tasks_in_words(len(ids))}?",
                names=[task_in_words(task) for task in free],
                notes=notes,
                choices=choices,
                opened_by=["task.dry_run" if dry_run else "task.start"],
                sign=self.signs.cursor,
            ),
            answered,
        )

    def _start(self, ids: list[str], *, dry_run: bool, confirm_archive: bool) -> None:
        engine = self.engine
        self.command(
            lambda: engine.start_tasks(ids, dry_run=dry_run, confirm_archive=confirm_archive), lambda _: self._unmark()
        )

    def do_task_stop(self) -> None:
        """Carry out ``task.stop``."""
        runs = [(task, task.run) for task in self.task_list.targets if task.run]
        ids = [run.id for _, run in runs]
        engine = self.engine

        def answered(choice: str | None) -> None:
            if choice:
                self.command(lambda: engine.stop_runs(ids), lambda _: self._unmark())

        def notes() -> list[str]:
            going = [task.run for task in self.snapshot.tasks if task.run and task.run.id in ids]
            if len(ids) > 1:
                said = "What they have committed stays. A run that works on records stops at the end of its block."
            elif not going:
                said = "It has ended meanwhile."
            else:
                said = f"It stops {where_it_stops(going[0])}"
            asked = bool(going) and all(run.state is RunState.STOPPING for run in going)
            return ["A stop was asked for already.", said] if asked else [said]

        self.app.push_screen(
            ConfirmDialog(
                f"Stop {'the run' if len(runs) == 1 else f'the runs of {tasks_in_words(len(runs))}'}?",
                names=[task_in_words(task, run.state) for task, run in runs],
                notes=notes,
                choices=[Choice("stop", "Stop", "y")],
                opened_by=["task.stop"],
                sign=self.signs.cursor,
            ),
            answered,
        )

    def _unmark(self) -> None:
        self.task_list.marked.clear()
        self.take(self.snapshot, progress=False)

    def do_task_toggle(self) -> None:
        """Carry out ``task.toggle``: off where all are on, else on."""
        own = [task for task in self.task_list.targets if not task.system]
        engine, names, active = self.engine, [task.id for task in own], not all(task.active for task in own)
        self.command(lambda: engine.set_active(names, active))
