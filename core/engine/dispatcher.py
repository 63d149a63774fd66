"""Which run starts when: waves and their order, slots, entity locks, one run at a time per task (T6, T8, T9)."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from core.config.writes import EVERY, clash
from core.engine.active import braked
from core.engine.logs import LOGGER, run_log
from core.errors import PendelError
from core.runs import Counts, Progress, RunState
from core.tasks.context import Outcome
from core.text import counted, listed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from core.engine.active import ActiveRun
    from core.engine.board import Board
    from core.engine.runner import Runner
    from core.planning.wave import Wave
    from core.store.journal import Journal


_SHOWN_AT_ONCE = 500


class Dispatcher:
    """Owns every run that has not ended. All changes happen under one lock; runs work in threads of their own.

    ``on_ended`` is told of every run that ended; it must return at once, and not call back. ``held`` says why a run
    whose turn has come is not to start; who lets it go calls :meth:`look_again`. ``entering`` is called first in the
    thread of each run.
    """

    def __init__(
        self,
        *,
        runner: Runner,
        board: Board,
        journal: Journal,
        slots: int,
        now: Callable[[], datetime],
        on_ended: Callable[[ActiveRun], None],
        held: Callable[[ActiveRun], str | None] = lambda _: None,
        entering: Callable[[], None] = lambda: None,
    ) -> None:
        self._slots = slots
        self._runner = runner
        self._board = board
        self._journal = journal
        self._now = now
        self._on_ended = on_ended
        self._held = held
        self._entering = entering
        self._changed = threading.Condition(threading.RLock())
        self._by_task: dict[str, ActiveRun] = {}
        self._by_id: dict[int, ActiveRun] = {}
        self._system: dict[str, None] = {}
        """The system tasks that have a run."""
        self._waves: list[Wave] = []
        self._candidates: dict[int, ActiveRun] = {}
        """Runs whose turn has come, in order; they wait for a slot or a lock only."""
        self._working: dict[int, threading.Thread] = {}
        self._closing = False
        self._stop_reason = ""
        """Why whatever is added is stopped at once."""

    def current(self, task: str) -> ActiveRun | None:
        """Return the run of a task that has not ended."""
        with self._changed:
            return self._by_task.get(task)

    def find(self, run: int) -> ActiveRun | None:
        """Return a run that has not ended."""
        with self._changed:
            return self._by_id.get(run)

    def resize(self, slots: int) -> None:
        """Let so many runs go side by side from now on."""
        with self._changed:
            self._slots = slots
            self._advance()

    def look_again(self) -> None:
        """Start what may start, now that what held it may be gone."""
        with self._changed:
            self._advance()

    def add(self, wave: Wave, runs: Sequence[ActiveRun]) -> None:
        """Take in the runs of a wave, and start what may start.

        While the dispatcher closes they are not taken in: they stay queued in the journal, for the next engine.
        """
        with self._changed:
            if self._closing:
                return
            # What holds the wave is asked for here: a system task that ends before it is added could not free it.
            wave.hold(self._system)
            for run in runs:
                self._by_task[run.task] = run
                self._by_id[run.id] = run
            new_system_tasks = dict.fromkeys(run.task for run in runs if run.system)
            self._system.update(new_system_tasks)
            for earlier in self._waves:
                earlier.hold(new_system_tasks)
            self._waves.append(wave)
            self._board.show_runs(run.view() for run in runs)
            if self._stop_reason:
                self._end([(run, RunState.STOPPED, self._stop_reason) for run in runs])
            self._advance()

    def request_stop(self, run_id: int, reason: str) -> bool:
        """Ask a run to stop; one that has not started ends at once. Return whether there was such a run."""
        with self._changed:
            run = self._by_id.get(run_id)
            if run is None:
                return False
            if run_id not in self._working:
                self._end([(run, RunState.STOPPED, reason)])
                self._advance()
                return True
            if run.state is RunState.RUNNING:
                run.state = RunState.STOPPING
                self._board.show_runs([run.view()])
        # Without the lock: what this interrupts may take a moment.
        run.stop.request(reason)
        return True

    def stop_all(self, reason: str) -> None:
        """Ask every run to stop, and those that are added later too."""
        with self._changed:
            self._stop_reason = reason
            # In one go: ending them one by one would start those that wait for them.
            self._end([(run, RunState.STOPPED, reason) for run in self._by_id.values() if run.id not in self._working])
            self._advance()
            working = list(self._working)
        for run_id in working:
            self.request_stop(run_id, reason)

    def wait(self, runs: Iterable[int], timeout: float | None = None) -> bool:
        """Wait until none of these runs is left; return whether that came in time."""
        left = list(runs)

        def none_left() -> bool:
            # Asked at the end of every run: one that has ended is not looked at again.
            while left and left[-1] not in self._by_id:
                left.pop()
            return not left

        with self._changed:
            return self._changed.wait_for(none_left, timeout)

    def runs(self) -> list[ActiveRun]:
        """Return the runs that have not ended, with all that is known of them."""
        with self._changed:
            return list(self._by_id.values())

    def open_runs(self) -> list[int]:
        """Return the runs that have not ended."""
        with self._changed:
            return list(self._by_id)

    def close(self, *, stop_runs: bool, reason: str) -> None:
        """Start nothing more, and wait for what is being carried out; ``stop_runs`` asks it to stop first."""
        with self._changed:
            self._closing = True
            working = list(self._working)
        if stop_runs:
            for run in working:
                self.request_stop(run, reason)
        with self._changed:
            self._changed.wait_for(lambda: not self._working)

    def refresh_reasons(self) -> None:
        """Show what every waiting run waits for now."""
        with self._changed:
            told: list[ActiveRun] = []
            for wave in self._waves:
                for decision in wave.decisions():
                    run = self._by_task.get(decision.task)
                    if run is not None and run.id not in self._working and decision.action == "wait":
                        told += self._tell_waiting(run, decision.reason)
            for run in self._candidates.values():
                told += self._tell_waiting(run, self._obstacle(run) or "waits for its turn")
        for start in range(0, len(told), _SHOWN_AT_ONCE):
            # Nobody else is to wait for all of them.
            with self._changed:
                some = [run for run in told[start : start + _SHOWN_AT_ONCE] if self._by_id.get(run.id) is run]
                self._board.show_runs(run.view() for run in some)

    def _tell_waiting(self, run: ActiveRun, reason: str) -> list[ActiveRun]:
        if (run.state, run.waits_for) == (RunState.WAITING, reason):
            return []
        run.state, run.waits_for = RunState.WAITING, reason
        return [run]

    def _advance(self) -> None:
        """Start, or skip, whatever can be now. Called with the lock held, after every change."""
        if self._closing:
            return
        for wave in self._waves:
            skipped: list[tuple[ActiveRun, RunState, str]] = []
            for decision in wave.ready():
                run = self._by_task.get(decision.task)
                if run is None:
                    continue
                if decision.action == "skip":
                    skipped.append((run, RunState.SKIPPED, f"Skipped: {decision.reason}."))
                else:
                    self._candidates[run.id] = run
            self._end(skipped)
        self._waves = [wave for wave in self._waves if not wave.done]
        while len(self._working) < self._slots:
            free = next((run for run in self._candidates.values() if self._obstacle(run) is None), None)
            if free is None:
                break
            del self._candidates[free.id]
            self._start(free)

    def _obstacle(self, run: ActiveRun) -> str | None:
        """Why a run whose turn has come cannot start, in words."""
        if reason := self._held(run):
            return reason
        if not run.system and self._system:
            return f"waits for {listed(self._system, last='and')}: system tasks go first"
        if len(self._working) >= self._slots:
            return f"waits for a slot: {counted(self._slots, 'run')} may go side by side"
        if not run.locks:
            return None
        for other in self._working:
            working = self._by_id[other]
            if both := clash(working.locks, run.locks):
                entity, assortment = both
                what = f"{entity} of assortment {assortment!r}" if assortment not in ("", EVERY) else entity
                return f"waits for {working.task}, which writes {what}"
        return None

    def _start(self, run: ActiveRun) -> None:
        run.state, run.waits_for, run.started_at = RunState.RUNNING, "", run.started_at or self._now()
        thread = threading.Thread(target=self._work, args=(run,), name=f"pendel-run-{run.id}", daemon=True)
        self._working[run.id] = thread
        self._board.show_runs([run.view()])
        try:
            thread.start()
        except RuntimeError as error:
            del self._working[run.id]
            self._end([(run, RunState.FAILED, f"The system gives Pendel no thread for the run: {error}.")])

    def _work(self, run: ActiveRun) -> None:
        def report(progress: Progress, counts: Counts) -> None:
            run.progress, run.counts = progress, counts
            self._board.show_progress(run.id, run.task, progress, counts)

        self._entering()
        try:
            outcome = self._runner.carry_out(run, report)
        except Exception as error:
            # Nothing should come here; what does must not keep a slot, and the engine, for ever.
            run_log(run.task, run.id).exception("The run ended by a fault in Pendel.")
            outcome = Outcome(f"A fault in Pendel ended the run ({type(error).__name__}).", RunState.FAILED, run.counts)
        with self._changed:
            del self._working[run.id]
            run.counts, run.braked = outcome.counts, braked(outcome.details)
            self._leave(run, outcome.state, outcome.message)
        self._on_ended(run)
        with self._changed:
            self._advance()
            self._changed.notify_all()

    def _end(self, endings: Sequence[tuple[ActiveRun, RunState, str]]) -> None:
        """End runs that never started. Called with the lock held."""
        if not endings:
            return
        now = self._now()
        try:
            with self._journal.transaction():
                for run, state, message in endings:
                    self._journal.runs.end(run.id, state, at=now, message=message)
                    self._journal.occurrences.skip(run.id, message)
        except PendelError as error:
            # What waits for these runs must go on. They stay open in the journal, for the next engine to look at.
            LOGGER.error("The end of %s could not be written: %s", counted(len(endings), "run"), error)
        for run, state, message in endings:
            run_log(run.task, run.id).warning("%s", message)
            self._candidates.pop(run.id, None)
            self._leave(run, state, message)
            self._on_ended(run)

    def _leave(self, run: ActiveRun, state: RunState, message: str) -> None:
        run.state, run.message, run.ended_at, run.progress = state, message, self._now(), None
        self._by_id.pop(run.id, None)
        if self._by_task.get(run.task) is run:
            del self._by_task[run.task]
            self._system.pop(run.task, None)
        for wave in self._waves:
            wave.ended(run.task, state)
        self._board.show_runs([run.view()])
        self._changed.notify_all()
