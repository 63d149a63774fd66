"""What the screens of runs ask of the engine: stop, start again, dry run, revert."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from core.runs import RunState
from core.text import listed
from tui.run_words import where_it_stops
from tui.screens.base import PendelScreen
from tui.screens.confirm import Choice, ConfirmDialog
from tui.words import state_word, task_in_words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from core.engine.api import RunView, TaskView
    from core.engine.api.history import RevertOutlook
    from tui.action import Situation

_BRAKE = (
    "Start stops at the brake again, unless the file changed. With archiving confirmed, the records that are not in "
    "the file are archived, however many they are."
)
_FORCE = (
    "Better: cancel, and revert the later run first. By force, these records, too, get the values that they had before "
    "run {}; what was written to them later is lost, until this revert is reverted."
)


class RunCommands(PendelScreen):
    """The actions that change something, for a screen that shows a run."""

    @property
    def current_run(self) -> RunView | None:
        """The run that is meant."""
        raise NotImplementedError

    def task_of(self, run: RunView | None) -> TaskView | None:
        """Return the task of a run; ``None`` where it is no longer in the configuration."""
        return next((task for task in self.snapshot.tasks if run and task.id == run.task), None)

    def live(self, run_id: int) -> RunView | None:
        """Return a run as it goes; ``None`` where it has ended."""
        return next((task.run for task in self.snapshot.tasks if task.run and task.run.id == run_id), None)

    def situation(self) -> Situation:
        """Return what decides which actions can be done now."""
        run = self.current_run
        task = self.task_of(run)
        return replace(super().situation(), run=run, targets=(task,) if task else ())

    def do_run_stop(self) -> None:
        """Carry out ``run.stop``."""
        run = self._meant()

        def notes() -> list[str]:
            going = self.live(run.id)
            if going is None:
                return ["It has ended meanwhile."]
            asked = ["A stop was asked for already."] if going.state is RunState.STOPPING else []
            return [*asked, f"It stops {where_it_stops(going)}"]

        self._ask_about(
            run,
            f"Stop run {run.id}?",
            names=[self._task_in_words(run, state_word(run.state))],
            notes=notes,
            choices={Choice("stop", "Stop", "y"): lambda: self.engine.stop_runs([run.id])},
            opened_by="run.stop",
        )

    def do_run_activity(self) -> None:
        """Carry out ``run.activity``."""
        from tui.screens.flow_activity import ActivityScreen

        run = self._meant()
        self.app.push_screen(ActivityScreen(self.context, self.snapshot, run.task, run=run.id))

    def do_run_again(self) -> None:
        """Carry out ``run.again``."""
        run = self._meant()
        task = run.task
        choices: dict[Choice, Callable[[], object]] = {
            Choice("start", "Start", "y"): lambda: self.engine.start_tasks([task]),
            Choice("dry", "Dry run", "d"): lambda: self.engine.start_tasks([task], dry_run=True),
        }
        notes = []
        if run.braked:
            # There is room for two answers and the way out; S makes a dry run as well.
            choices.popitem()
            confirmed = Choice("confirmed", "Archiving confirmed", "a")
            choices[confirmed] = lambda: self.engine.start_tasks([task], confirm_archive=True)
            notes = [run.message, _BRAKE]
        found = self.task_of(run)
        if found and not found.active:
            notes.append("It is not active, and started by hand all the same.")
        self._ask_about(
            run,
            f"Start {task} again?",
            names=[self._task_in_words(run)],
            notes=notes,
            choices=choices,
            opened_by="run.again",
        )

    def do_run_dry_run(self) -> None:
        """Carry out ``run.dry_run``."""
        run = self._meant()
        self._ask_about(
            run,
            f"Dry run of {run.task}?",
            names=[self._task_in_words(run)],
            notes=["It says what a run would do, and changes nothing."],
            choices={Choice("dry", "Dry run", "y"): lambda: self.engine.start_tasks([run.task], dry_run=True)},
            opened_by="run.dry_run",
        )

    def do_run_revert(self) -> None:
        """Carry out ``run.revert``: look what would be put back, then ask."""
        run = self._meant()
        history = self.engine.history
        self.say(f"Looking at what run {run.id} changed{self.signs.ellipsis}")
        self.ask(
            lambda: history.revert_outlook(run.id),
            lambda outlook: self._ask_to_revert(run, outlook),
            group="revert",
            awaited=True,
        )

    def _ask_to_revert(self, run: RunView, outlook: RevertOutlook) -> None:
        self.message_bar.hush()
        names = [
            f"{part.entity}{f', assortment {part.assortment}' if part.assortment else ''}: {part.words}"
            for part in outlook.parts
        ]
        revert = Choice("revert", "Revert", "y")
        notes = ["The revert is a run of its own, and can be reverted itself."]
        if outlook.conflicts:
            revert = Choice("force", "Revert by force", "y")
            notes = _conflicts_in_words(outlook)
        self._ask_about(
            run,
            f"Put back what run {run.id} of {run.task} changed?",
            names=names,
            notes=notes,
            choices={revert: lambda: self.engine.revert_run(run.id, force=bool(outlook.conflicts))},
            opened_by="run.revert",
        )

    def _meant(self) -> RunView:
        run = self.current_run
        assert run is not None  # noqa: S101 - the obstacles of these actions see to it
        return run

    def _task_in_words(self, run: RunView, state: str = "") -> str:
        task = self.task_of(run)
        return task_in_words(task, state) if task else f"{run.task} ({state})" if state else run.task

    def _ask_about(
        self,
        run: RunView,
        question: str,
        *,
        names: Sequence[str],
        notes: Sequence[str] | Callable[[], Sequence[str]],
        choices: dict[Choice, Callable[[], object]],
        opened_by: str,
    ) -> None:
        def answered(choice: str | None) -> None:
            entry = next((entry for entry in choices if entry.id == choice), None)
            if entry:
                self.command(choices[entry], lambda _: self.sent(entry, run))

        self.app.push_screen(
            ConfirmDialog(
                question,
                names=names,
                notes=notes,
                choices=list(choices),
                opened_by=[opened_by],
                sign=self.signs.cursor,
            ),
            answered,
        )

    def sent(self, choice: Choice, run: RunView) -> None:
        """Say that a command was accepted."""
        said = {
            "stop": f"Run {run.id} is asked to stop.",
            "revert": f"A run that puts back what run {run.id} changed was queued.",
            "force": f"A run that puts back what run {run.id} changed was queued.",
            "dry": f"A dry run of {run.task} was queued.",
        }
        self.say(said.get(choice.id, f"A run of {run.task} was queued."))


def _conflicts_in_words(outlook: RevertOutlook) -> list[str]:
    runs = listed(
        [f"run {number}" for number in sorted({c.changed_by_run for c in outlook.samples if c.changed_by_run})],
        last="and",
    )
    keys = ", ".join(conflict.key for conflict in outlook.samples)
    more = "" if outlook.conflicts <= len(outlook.samples) else ", …"
    whose = f" by {runs}" if runs else ""
    what = "record of these was" if outlook.conflicts == 1 else "records of these were"
    return [
        f"{outlook.conflicts:,} {what} changed again later{whose}: {keys}{more}.",
        _FORCE.format(outlook.run),
    ]
