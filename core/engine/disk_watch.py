"""The disk-space watch: nothing starts, and what runs is asked to stop, before a disk is full; then it all goes on."""

from __future__ import annotations

import os
import threading
from collections import Counter
from typing import TYPE_CHECKING

from core.config.locations import LocalLocation
from core.config.model import placed
from core.config.tasks import CsvExportTask, RecordExport
from core.engine.logs import LOGGER, run_log
from core.errors import PendelError
from core.runs import Actor, RunState
from core.tasks.registry import REVERT
from core.tasks.retention import RETENTION_ID
from core.text import file_size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from core.config.model import Config
    from core.config.tasks import TaskBase
    from core.engine.active import ActiveRun
    from core.engine.board import Board
    from core.engine.dispatcher import Dispatcher
    from core.engine.starter import Starter

EVERY = 2.0
"""Seconds between two looks."""
_MOST_RESTARTS = 3
"""A task that was stopped so often in a row may be what fills the disk."""


class DiskWatch:
    """Looks at the disk of the data directory, and of the local targets of the exports that go on or wait."""

    def __init__(self, *, config: Callable[[], Config], task: Callable[[str], TaskBase], board: Board) -> None:
        self._config = config
        self._task = task
        self._board = board
        self._short: dict[Path, str] = {}
        """The directories whose disk is nearly full, and how much is free; replaced as a whole."""
        self._stopped: list[ActiveRun] = []
        """Runs that were asked to stop, and are started again."""
        self._restarts: Counter[str] = Counter()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, dispatcher: Dispatcher, starter: Starter) -> None:
        """Look once, and from then on in a thread."""
        self.look(dispatcher, starter)
        self._thread = threading.Thread(
            target=self._work, args=(dispatcher, starter), name="pendel-disk-watch", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._closing.set()
        if self._thread is not None:
            self._thread.join(timeout=10)

    def obstacle(self, run: ActiveRun) -> str | None:
        """Why a run cannot start, in words. Retention always can: it makes room."""
        short = self._short
        if not short or run.task == RETENTION_ID:
            return None
        found = next((short[place] for place in self._places(run.task) if place in short), None)
        return f"waits for disk space: {found}" if found else None

    def ended(self, run: ActiveRun) -> None:
        """Take in how a run ended: a task that came to its end may be stopped anew."""
        if run.state is not RunState.STOPPED:
            self._restarts.pop(run.task, None)

    def look(self, dispatcher: Dispatcher, starter: Starter) -> None:
        """Look at the disks, and do what follows."""
        before, going = self._short, dispatcher.runs()
        places = dict.fromkeys([self._config().data_dir])
        for task in dict.fromkeys(run.task for run in going):
            places.update(dict.fromkeys(self._places(task)))
        self._short = self._nearly_full(places)
        self._tell(before)
        for run in going:
            if run.state is RunState.RUNNING and (reason := self.obstacle(run)):
                self._stop(dispatcher, run, reason)
        self._start_again(starter)
        if self._short.keys() != before.keys():
            dispatcher.look_again()

    def _work(self, dispatcher: Dispatcher, starter: Starter) -> None:
        while not self._closing.wait(EVERY):
            try:
                self.look(dispatcher, starter)
            except PendelError as error:
                LOGGER.error("What waited for disk space could not be started, and is tried again: %s", error)
            except Exception:
                LOGGER.exception("The disks could not be looked at, by a fault in Pendel.")

    def _nearly_full(self, places: Iterable[Path]) -> dict[Path, str]:
        least = self._config().engine.min_free * 1_000_000
        short: dict[Path, str] = {}
        for place in places:
            try:
                disk = os.statvfs(place)
            except OSError:
                # The run that needs it will say so.
                continue
            free, wanted = disk.f_bavail * disk.f_frsize, min(least, disk.f_blocks * disk.f_frsize // 10)
            # A little more before it goes on, so that it does not stop at once again.
            if free < (wanted * 11 // 10 if place in self._short else wanted):
                short[place] = f"{file_size(free)} free, {file_size(wanted)} wanted in {place}"
        return short

    def _tell(self, before: dict[Path, str]) -> None:
        for place in self._short.keys() - before.keys():
            LOGGER.warning("The disk is nearly full: %s. What needs it waits until there is room.", self._short[place])
        for place in before.keys() - self._short.keys():
            LOGGER.info("There is room again in %s.", place)
        found = "; ".join(self._short.values())
        self._board.notify(f"Runs wait for disk space: {found}." if found else "", about="disk")

    def _stop(self, dispatcher: Dispatcher, run: ActiveRun, reason: str) -> None:
        reason = f"Stopped for want of disk space:{reason.partition(':')[2]}."
        again = not run.dry_run and run.type != REVERT
        if again and self._restarts[run.task] >= _MOST_RESTARTS:
            again = False
            reason += f" It was stopped {_MOST_RESTARTS} times before for that, and is not started again by itself."
        elif again:
            reason += " It is started again when there is room."
        if dispatcher.request_stop(run.id, reason) and again:
            self._stopped.append(run)

    def _start_again(self, starter: Starter) -> None:
        """Queue anew what was stopped for this watch and has ended; it waits until there is room."""
        for run in [run for run in self._stopped if run.state.ended]:
            # A run that came to its end all the same has nothing left to do.
            if run.state is RunState.STOPPED:
                with starter.deciding:
                    if starter.current(run.task) is None:
                        self._queue(starter, run)
            self._stopped.remove(run)

    def _queue(self, starter: Starter, run: ActiveRun) -> None:
        try:
            task = self._task(run.task)
        except PendelError:
            # It was taken out of the configuration meanwhile.
            return
        self._restarts[run.task] += 1
        (again,) = starter.start([task], trigger=run.trigger, actor=Actor(run.requested_by), options=run.options)
        run_log(run.task, again).info("Takes the place of run %d, which was stopped for want of disk space.", run.id)

    def _places(self, task_id: str) -> tuple[Path, ...]:
        """Return where a run of a task needs room."""
        config = self._config()
        try:
            task = self._task(task_id)
        except PendelError:
            return (config.data_dir,)
        from core.config.report_tasks import ReportTask

        if not isinstance(task, RecordExport | CsvExportTask | ReportTask):
            return (config.data_dir,)
        if task.target is None:
            return (config.data_dir, config.exports_dir)
        location = config.locations.get(task.target.location)
        if not isinstance(location, LocalLocation):
            return (config.data_dir,)
        return (config.data_dir, placed(config.base_dir, location.directory))
