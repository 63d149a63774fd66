"""The board: the state of every task as screens see it, swapped as frozen views and never waited for."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from core.engine.api.views import RunView, Snapshot, TaskView
from core.runs import Trigger

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from core.engine.api.rights import Right
    from core.engine.api.views import ChainLink
    from core.runs import Counts, Progress


class Board:
    """Holds one :class:`TaskView` a task; whoever changes one raises the revision."""

    def __init__(self, config_path: str, zone: ZoneInfo) -> None:
        self._lock = threading.Lock()
        self._views: dict[str, TaskView] = {}
        self._order: list[str] = []
        self._revision = 0
        self._history = 0
        self._config_path = config_path
        self._zone = zone
        self._notices: dict[str, str] = {}
        self._planned = False

    def show_tasks(self, views: Iterable[TaskView], zone: ZoneInfo) -> None:
        """Show these tasks in place of those shown; runs that are going stay with their task."""
        with self._lock:
            known = self._views
            self._views = {
                view.id: replace(view, run=known[view.id].run) if view.id in known else view for view in views
            }
            self._order = sorted(self._views, key=lambda task: _place(self._views[task]))
            self._zone = zone
            self._revision += 1

    def show_next(self, moments: Iterable[tuple[str, datetime | None]]) -> None:
        """Show when tasks are planned next."""
        with self._lock:
            if not self._planned:
                self._planned = True
                self._revision += 1
            for task, moment in moments:
                view = self._views.get(task)
                if view is not None and view.next_run != moment:
                    self._views[task] = replace(view, next_run=moment)
                    self._revision += 1

    def show_chains(self, chains: Mapping[str, tuple[ChainLink, ...]]) -> None:
        """Show which tasks build on each other; a task that is not named builds on none."""
        with self._lock:
            for task, view in self._views.items():
                chain = chains.get(task, ())
                if view.chain != chain:
                    self._views[task] = replace(view, chain=chain)
                    self._revision += 1

    def show_runs(self, runs: Iterable[RunView]) -> None:
        """Show the present state of runs with their tasks; one that ended becomes the last run of its task."""
        with self._lock:
            for run in runs:
                view = self._views.get(run.task)
                if view is None or run.state.ended:
                    self._history += 1
                self._revision += 1
                if view is None:
                    continue
                if not run.state.ended:
                    self._views[run.task] = replace(view, run=run)
                elif run.dry_run or run.trigger is Trigger.REVERT:
                    self._views[run.task] = replace(view, run=None)
                else:
                    self._views[run.task] = replace(view, run=None, last_run=run)

    def show_progress(self, run: int, task: str, progress: Progress, counts: Counts) -> None:
        """Show how far a run is."""
        with self._lock:
            view = self._views.get(task)
            if view is not None and view.run is not None and view.run.id == run:
                self._views[task] = replace(view, run=replace(view.run, progress=progress, counts=counts))
                self._revision += 1

    def notify(self, notice: str, *, about: str = "engine") -> None:
        """Show what the operator should know of the engine itself, in place of the last about that; empty: nothing."""
        with self._lock:
            if notice != self._notices.get(about, ""):
                self._notices[about] = notice
                self._revision += 1

    def history_changed(self) -> None:
        """Let whoever looks back ask anew."""
        with self._lock:
            self._history += 1
            self._revision += 1

    def task(self, task: str) -> TaskView | None:
        """Return the view of one task."""
        return self._views.get(task)

    @property
    def tasks(self) -> tuple[TaskView, ...]:
        """The views of all tasks, in their order."""
        with self._lock:
            return tuple(self._views[task] for task in self._order)

    def snapshot(self, since: int, *, log_number: int, right: Right) -> Snapshot | None:
        """Return the present state, or ``None`` where nothing changed since that revision."""
        with self._lock:
            revision = self._revision + log_number
            if revision == since:
                return None
            return Snapshot(
                revision=revision,
                tasks=tuple(self._views[task] for task in self._order),
                log_number=log_number,
                config_path=self._config_path,
                zone=self._zone,
                right=right,
                notice=" ".join(notice for notice in self._notices.values() if notice),
                planned=self._planned,
                history=self._history,
            )


def _place(view: TaskView) -> tuple[bool, int, str]:
    return (not view.system, view.sequence, view.id)
