"""The engine: what it is made of, how it starts, takes up what a crash left behind, and ends."""

from __future__ import annotations

import threading
from functools import cached_property
from typing import TYPE_CHECKING

from core.config.writes import written_by
from core.engine.active import view_of
from core.engine.api import TaskView
from core.engine.board import Board
from core.engine.disk_watch import DiskWatch
from core.engine.dispatcher import Dispatcher
from core.engine.giving_way import step_back
from core.engine.loading import Loading
from core.engine.logs import LOGGER, LogSinks
from core.engine.reasons import Reasons
from core.engine.runner import Runner
from core.engine.starter import MOST_ATTEMPTS, Starter
from core.engine.workspace import Workspace, utc_now
from core.errors import ConfigError, PendelError, Refused
from core.planning.words import in_words
from core.runs import RunState, Trigger
from core.tasks.registry import REVERT, system_tasks
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime
    from pathlib import Path

    from core.config.tasks import TaskBase
    from core.engine.active import ActiveRun
    from core.engine.alerts.alerts import Alerts
    from core.engine.alerts.monitoring import Monitoring
    from core.engine.attach.server import AttachServer
    from core.engine.folder_watch import FolderWatch
    from core.engine.listener import Listener
    from core.engine.planner import Planner
    from core.engine.superoffice import SuperOfficeConnector
    from core.store.journal.runs import RunRow


class Engine:
    """Plans and runs the tasks of one configuration.

    Where it is ``polite``, its runs give way to the rest of the process.

    Raises:
        ConfigError: the configuration cannot be used.
        StoreBusy: another engine works on the data directory.
        StoreError: the journal cannot be opened.
    """

    def __init__(
        self, config_path: Path, *, now: Callable[[], datetime] = utc_now, debug: bool = False, polite: bool = False
    ) -> None:
        self.workspace = Workspace(config_path, now=now, polite=polite)
        config, journal = self.workspace.config, self.workspace.journal
        try:
            self.sinks = LogSinks(config.data_dir / "log", journal, self.workspace.redactor.redact, debug=debug)
        except BaseException:
            self.workspace.close()
            raise
        self.board = Board(str(config.path), config.engine.zone)
        self._tasks: dict[str, TaskBase] = {}
        self._system: frozenset[str] = frozenset()
        self._superoffice: SuperOfficeConnector | None = None
        self._started = False
        self._plans = False
        """Whether it was started to plan."""
        self._planning = False
        self._attachable = False
        """Whether consoles can attach."""
        self._ending = False
        self._closing = threading.Lock()
        self._reloading = threading.Lock()
        self._refused_reload = ""
        self._disk_watch = DiskWatch(config=lambda: self.workspace.config, task=self.task, board=self.board)
        self.dispatcher = Dispatcher(
            runner=Runner(self.workspace, self.task),
            board=self.board,
            journal=journal,
            slots=config.engine.max_parallel_runs,
            now=now,
            on_ended=self._run_ended,
            held=self._disk_watch.obstacle,
            entering=step_back if polite else lambda: None,
        )
        self._loading = Loading({task.type for task in config.tasks}) if polite else None
        self.reasons = Reasons(self.dispatcher.refresh_reasons)
        self.starter = Starter(
            journal=journal,
            dispatcher=self.dispatcher,
            now=now,
            is_system=lambda task: task in self._system,
            writes=self.writes,
        )
        self._take_in()

    # What works by itself once the engine has started is made when it does: it takes a tenth of a second to import,
    # and a console shows its list before that.

    @cached_property
    def _planner(self) -> Planner:
        from core.engine.planner import Planner

        workspace = self.workspace
        return Planner(
            config=workspace.config,
            journal=workspace.journal,
            board=self.board,
            starter=self.starter,
            now=workspace.now,
            on_heartbeat=self._heartbeat,
        )

    @cached_property
    def _folder_watch(self) -> FolderWatch:
        from core.engine.folder_watch import FolderWatch

        return FolderWatch(self.workspace, self.starter)

    @cached_property
    def _listener(self) -> Listener:
        from core.engine.listener import Listener

        return Listener(self)

    @cached_property
    def _attach(self) -> AttachServer:
        from core.engine.attach.server import AttachServer

        return AttachServer(self)

    @cached_property
    def _alerts(self) -> Alerts:
        from core.engine.alerts.alerts import Alerts

        return Alerts(self.workspace, self.board, lambda: self._tasks)

    @cached_property
    def _monitoring(self) -> Monitoring:
        from core.engine.alerts.monitoring import Monitoring
        from core.engine.service import is_alive

        return Monitoring(self.workspace, self.board, self._alerts.watch, lambda: self._tasks, lambda: is_alive(self))

    def writes(self, task: TaskBase) -> tuple[tuple[str, str], ...]:
        """Return the entities and assortments that a run of a task may write."""
        return written_by(task, self.workspace.config)

    def task(self, task_id: str) -> TaskBase:
        """Return a task, one of the configuration or of the system.

        Raises:
            Refused: there is none with this id; the advice names the nearest.
        """
        found = self._tasks.get(task_id)
        return found if found is not None else self.workspace.config.task(task_id)

    def is_system(self, task_id: str) -> bool:
        """Whether a task is Pendel's own."""
        return task_id in self._system

    def start(self, *, plan: bool = True, attach: bool = False, resume: Collection[str] | None = None) -> None:
        """Take up what was left behind, and begin to plan.

        Without ``plan``, only what is started by hand runs, nobody is told of trouble, and no console can attach unless
        ``attach`` says so. ``resume`` names the tasks whose runs are taken up; all by default.
        """
        self._attachable = plan or attach
        self._started = True
        self._disk_watch.start(self.dispatcher, self.starter)
        self._recover(resume)
        self._listener.start()
        if plan:
            self._planning = self._plans = True
            self._planner.replan(self.workspace.config, list(self._tasks.values()), self._system)
            self._planner.start()
            self._folder_watch.replan(self._tasks.values())
            self._alerts.start()
            self._monitoring.start()
            self._answer_superoffice()
            self._remember()
            LOGGER.info("The engine plans %d tasks.", sum(task.active for task in self._tasks.values()))
        else:
            self.board.show_next(())
        if self._attachable:
            self._attach.open()
        self._show_chains()
        if self._loading is not None:
            self._loading.start()

    @property
    def planner_silence(self) -> float:
        """The seconds since the planner last looked at the clock."""
        return self._planner.silence

    def refuse_when_ending(self) -> None:
        """Refuse to start anything while the engine waits for its last runs.

        Raises:
            Refused: it does.
        """
        if self._ending:
            raise Refused("The engine is ending, and starts nothing more.", advice="Ask the next one.")

    def reload(self) -> None:
        """Read the configuration again and plan anew.

        Raises:
            ConfigError: it cannot be used; the one in use stays.
        """
        with self._reloading:
            try:
                changed = self.workspace.reload()
            except PendelError as error:
                what = error.problems[0] if isinstance(error, ConfigError) else error
                self.board.notify(f"The changed configuration is not used: {what}")
                raise
            self.board.notify("")
            if not changed:
                return
            self._take_in()
            self._show_chains()
            self.dispatcher.resize(self.workspace.config.engine.max_parallel_runs)
            if self._planning:
                self._planner.replan(self.workspace.config, list(self._tasks.values()), self._system)
                self._folder_watch.replan(self._tasks.values())
                self._attach.open()
                self._answer_superoffice()
                self._remember()
            LOGGER.info("The configuration was read again.")

    def shutdown(self, *, stop_runs: bool, reason: str = "Pendel is being shut down.") -> None:
        """Start nothing more, wait for the runs that are going (``stop_runs`` asks them to stop), and close."""
        self._planning = False
        self._ending = True
        self.board.notify("The engine is ending.")
        with self._closing:
            if self._superoffice is not None:
                self._superoffice.close()
            if self._plans:
                self._folder_watch.stop()
                self._planner.stop()
            if self._started:
                if self._loading is not None:
                    self._loading.stop()
                self._listener.stop()
                self._disk_watch.stop()
            self.reasons.close()
        # Not while holding the lock: whoever waits for runs can be overtaken by one who stops them.
        self.dispatcher.close(stop_runs=stop_runs, reason=reason)
        with self._closing:
            if self._plans:
                self._monitoring.stop()
                self._alerts.stop()
            if self._attachable:
                # Last: consoles that are attached see how it ends.
                self._attach.close()
            self.sinks.close()
            self.workspace.close()

    def _answer_superoffice(self) -> None:
        """Listen for a SuperOffice, where the configuration says so; what was in the way may be gone."""
        if self._superoffice is None and self.workspace.config.superoffice is not None:
            from core.engine.superoffice import SuperOfficeConnector

            self._superoffice = SuperOfficeConnector(self)
        if self._superoffice is not None:
            self._superoffice.open()

    def _take_in(self) -> None:
        """Take in the tasks of the configuration, and show them."""
        config = self.workspace.config
        own = system_tasks(config)
        self._system = frozenset(task.id for task in own)
        self._tasks = {task.id: task for task in (*own, *config.tasks)}
        last = self.workspace.journal.runs.last_ended()
        self.board.show_tasks(
            (
                TaskView(
                    id=task.id,
                    type=task.type,
                    description=clean(task.description),
                    active=task.active,
                    sequence=task.sequence,
                    frequency=in_words(task.frequency),
                    system=task.id in self._system,
                    next_run=None,
                    run=None,
                    last_run=view_of(last[task.id]) if task.id in last else None,
                )
                for task in self._tasks.values()
            ),
            config.engine.zone,
        )

    def _show_chains(self) -> None:
        """Show which tasks build on each other; the first screen does not wait for it."""
        from core.engine.chains import chains_of

        self.board.show_chains(chains_of(self.workspace.config))

    def _remember(self) -> None:
        """Keep the list of tasks for the next console."""
        from core.engine.remembered import remember

        remember(self.workspace.config, self.board.tasks)

    def _run_ended(self, run: ActiveRun) -> None:
        self._disk_watch.ended(run)
        if self._planning:
            self._alerts.run_ended()
            self._planner.run_ended(run)
            self._folder_watch.run_ended(run.task)

    def _heartbeat(self) -> None:
        """Notice a configuration that was changed outside. One that cannot be used is logged once, not every time."""
        refused = ""
        try:
            self.reload()
            self._answer_superoffice()
        except PendelError as error:
            refused = str(error)
        except Exception:
            # What is due at this moment must start all the same.
            LOGGER.exception("The changed configuration could not be taken in by a fault in Pendel.")
        if refused and refused != self._refused_reload:
            LOGGER.warning("The changed configuration is not used: %s", refused)
        self._refused_reload = refused

    def _recover(self, tasks: Collection[str] | None) -> None:
        """Resume, queue again or close what the last engine left behind."""
        journal, now = self.workspace.journal, self.workspace.now()
        journal.runs.mark_interrupted()
        again: dict[str, RunRow] = {}
        for row in journal.runs.open():
            if tasks is not None and row.task not in tasks:
                continue
            reason = self._why_closed(row)
            if not reason and row.task in again:
                reason = f"Pendel ended before this run did, and run {again[row.task].id} of the task goes on instead."
            if not reason:
                again[row.task] = row
                continue
            state = RunState.FAILED if row.fence else RunState.SKIPPED
            with journal.transaction():
                journal.runs.end(row.id, state, at=now, message=reason, counts=row.counts)
                if state is RunState.SKIPPED:
                    journal.occurrences.skip(row.id, reason)
            LOGGER.warning("Run %d: %s", row.id, reason, extra={"task": row.task, "run": row.id})
        self.starter.resume(list(again.values()), self._tasks)

    def _why_closed(self, row: RunRow) -> str:
        """Why a run that did not end is not taken up again; empty where it is."""
        ended = "Pendel ended"
        if row.type != REVERT and row.task not in self._tasks:
            return f"{ended} before this run did, and its task is no longer in the configuration."
        if row.dry_run:
            return f"{ended} before this dry run did; it changed nothing."
        if row.fence >= MOST_ATTEMPTS:
            return f"{ended} {row.fence} times while this run was going; it is not tried again. What was done stays."
        if row.fence == 0:
            if row.trigger is Trigger.ARRIVAL:
                return ""
            if row.trigger in (Trigger.MANUAL, Trigger.REVERT):
                return f"{ended} before this run began. Start it again if it is still wanted."
            policy = self._tasks[row.task].missed or self.workspace.config.engine.missed
            if policy == "skip":
                return f"{ended} before this run began, and the task does not make up for what was missed."
        return ""
