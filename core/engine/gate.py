"""The one gate for commands: what an actor may ask of an engine, each answered at once."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from core.engine.active import view_of
from core.engine.api.rights import Right
from core.engine.door import Door
from core.errors import Refused
from core.runs import TAKE_ASSORTMENT, Actor, Trigger, changes_records
from core.text import clean, listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.config.tasks import TaskBase
    from core.engine.api import LogLine, RunView, Snapshot
    from core.engine.desks.catalogue import CatalogueDesk
    from core.engine.desks.files import FilesDesk
    from core.engine.desks.flows import FlowsDesk
    from core.engine.desks.history import HistoryDesk
    from core.engine.desks.links import LinksDesk
    from core.engine.desks.settings import SettingsDesk
    from core.engine.engine import Engine


def current_actor() -> Actor:
    """Return the operating system's user of this process, and the terminal or remote address it works from."""
    import os
    import pwd

    try:
        user = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        user = str(os.getuid())
    try:
        terminal = os.ttyname(0).removeprefix("/dev/")
    except OSError:
        terminal = ""
    address = os.environ.get("SSH_CONNECTION", "").partition(" ")[0]
    return Actor(clean(user, limit=64), clean(" from ".join(part for part in (terminal, address) if part), limit=100))


class Gate:
    """An engine as one actor may use it (:class:`core.engine.api.EngineApi`).

    Its desks are made when they are first asked for: they take a tenth of a second to import.
    """

    def __init__(self, engine: Engine, actor: Actor, *, right: Right = Right.ADMINISTER) -> None:
        self._engine = engine
        self._actor = actor
        self._door = Door(engine, actor, right)

    @cached_property
    def settings(self) -> SettingsDesk:
        """The tables of the configuration."""
        from core.engine.desks.settings import SettingsDesk

        return SettingsDesk(self._door)

    @cached_property
    def history(self) -> HistoryDesk:
        """The runs that were."""
        from core.engine.desks.history import HistoryDesk

        return HistoryDesk(self._door)

    @cached_property
    def catalogue(self) -> CatalogueDesk:
        """The records that are kept."""
        from core.engine.desks.catalogue import CatalogueDesk

        return CatalogueDesk(self._door)

    @cached_property
    def files(self) -> FilesDesk:
        """Files at locations and in the upload directory."""
        from core.engine.desks.files import FilesDesk

        return FilesDesk(self._door)

    @cached_property
    def links(self) -> LinksDesk:
        """Links to other systems."""
        from core.engine.desks.links import LinksDesk

        return LinksDesk(self._door)

    @cached_property
    def flows(self) -> FlowsDesk:
        """The records of flows."""
        from core.engine.desks.flows import FlowsDesk

        return FlowsDesk(self._door)

    def snapshot(self, since: int = -1) -> Snapshot | None:
        """Return the present state, or ``None`` where nothing changed since that revision."""
        engine = self._engine
        engine.reasons.want()
        snapshot = engine.board.snapshot(since, log_number=engine.sinks.ring.number, right=self._door.right)
        hidden = self._door.hidden_tasks
        return snapshot if snapshot is None or not hidden else _without(snapshot, hidden)

    def log_after(self, number: int, limit: int = 1000) -> Sequence[LogLine]:
        """Return the latest ``limit`` lines with a higher number, oldest first."""
        hidden = self._door.hidden_tasks
        return [line for line in self._engine.sinks.ring.after(number, limit) if line.task not in hidden]

    def runs(self, task: str | None = None, limit: int = 100) -> Sequence[RunView]:
        """Return runs, the latest first, from the journal."""
        hidden = self._door.hidden_tasks
        found = self._engine.workspace.journal.runs.latest(task, limit=limit)
        return [view_of(row) for row in found if row.task not in hidden]

    def start_tasks(
        self,
        task_ids: Sequence[str],
        *,
        dry_run: bool = False,
        confirm_archive: bool = False,
        assortment: str | None = None,
        after_resumed: bool = False,
    ) -> list[int]:
        """Queue a run of each task, in sequence order, and return their numbers in the order of the ids.

        ``after_resumed`` says that an interrupted run went on just before, which may have taken what there was.

        Raises:
            Refused: one of the tasks is unknown, has a run that has not ended, or takes no assortment; none is started
                then.
        """
        words = [*(["dry run"] if dry_run else []), *(["archiving confirmed"] if confirm_archive else [])]
        words += [f"assortment {assortment}"] if assortment is not None else []
        with self._door.command("task.start", ", ".join(task_ids), new=", ".join(words)):
            asked = {"confirm_archive": confirm_archive, "after_resumed": after_resumed, "assortment": assortment}
            options = {name: value for name, value in asked.items() if value is not None and value is not False}
            self._engine.refuse_when_ending()
            with self._engine.starter.deciding:
                tasks = [self._startable(task_id) for task_id in dict.fromkeys(task_ids)]
                if assortment is not None:
                    _refuse_fixed(tasks)
                return self._engine.starter.start(
                    tasks, trigger=Trigger.MANUAL, actor=self._actor, dry_run=dry_run, options=options
                )

    def stop_runs(self, run_ids: Sequence[int]) -> None:
        """Ask runs to stop: at once where they safely can, else at the end of the block.

        Raises:
            Refused: none of them is going.
        """
        with self._door.command("run.stop", ", ".join(str(run) for run in run_ids)):
            reason = f"Stopped by {self._actor.user}."
            seen = [run for run in run_ids if self._sees_run(run)]
            stopped = [run for run in seen if self._engine.dispatcher.request_stop(run, reason)]
            if not stopped:
                raise Refused("There is nothing to stop: the run has ended already.")

    def set_active(self, task_ids: Sequence[str], active: bool) -> None:
        """Switch tasks on or off, in the file and in the plan.

        Raises:
            Refused: a task is one of Pendel's own, or the file was changed outside.
            ConfigError: the file cannot be used as it is now.
        """
        from core.config.document import ConfigDocument

        old = "inactive" if active else "active"
        with self._door.command("task.activate", ", ".join(task_ids), old=old, new="active" if active else "inactive"):
            for task_id in task_ids:
                if self._engine.is_system(task_id):
                    raise Refused(
                        f"{task_id} is one of Pendel's own tasks and cannot be switched off.",
                        advice="Its time is set in [retention].",
                    )
                self._door.task(task_id)
            config = self._engine.workspace.config
            document = ConfigDocument.open(config.path)
            for task_id in task_ids:
                document.set("tasks", task_id, ("active",), active)
            document.save(expected_fingerprint=config.fingerprint)
            self._engine.reload()

    def revert_run(self, run_id: int, *, force: bool = False) -> int:
        """Queue a run that puts back what another run changed in the catalogue; return its number.

        Raises:
            Refused: there is no such run, it has not ended, or its task is running.
        """
        with self._door.command("run.revert", str(run_id), new="force" if force else ""):
            engine = self._engine
            engine.refuse_when_ending()
            row = engine.workspace.journal.runs.get(run_id)
            if row is None or row.task in self._door.hidden_tasks:
                raise Refused(f"There is no run {run_id}, or it is past retention.", advice='See "pendel runs".')
            if not changes_records(row.type, row.counts):
                raise Refused(f"Run {run_id} changed no records of the catalogue.")
            if not row.state.ended:
                raise Refused(f"Run {run_id} has not ended.", advice="Stop it first, or wait for its end.")
            try:
                locks = frozenset(engine.writes(engine.task(row.task)))
            except Refused:
                # Its task is gone; the catalogue itself refuses what would clash.
                locks = frozenset()
            with engine.starter.deciding:
                engine.starter.refuse_running(row.task)
                return engine.starter.revert(row, actor=self._actor, force=force, locks=locks)

    def reload(self) -> None:
        """Read the configuration again and plan anew.

        Raises:
            ConfigError: it cannot be used; the one in use stays.
        """
        with self._door.command("engine.reload", ""):
            self._engine.reload()

    def shutdown(self, *, stop_runs: bool) -> None:
        """Start nothing more; stop the runs that are going, or wait for them; then close.

        A reader may do this too: it is how a console lets go of the engine that it opened.
        """
        self._door.note("engine.shutdown", "", new="runs stopped" if stop_runs else "")
        self._engine.shutdown(stop_runs=stop_runs, reason=f"Pendel was shut down by {self._actor.user}.")

    def _startable(self, task_id: str) -> TaskBase:
        task = self._door.task(task_id)
        self._engine.starter.refuse_running(task_id)
        return task

    def _sees_run(self, run_id: int) -> bool:
        hidden = self._door.hidden_tasks
        row = self._engine.workspace.journal.runs.get(run_id) if hidden else None
        return row is None or row.task not in hidden


def _without(snapshot: Snapshot, hidden: frozenset[str]) -> Snapshot:
    """Return a snapshot without some tasks, and without what others say of them."""
    tasks = (
        replace(task, chain=tuple(link for link in task.chain if link.task not in hidden))
        for task in snapshot.tasks
        if task.id not in hidden
    )
    return replace(snapshot, tasks=tuple(tasks))


def _refuse_fixed(tasks: Sequence[TaskBase]) -> None:
    """Refuse to choose the assortment of a task whose settings alone say it. Raises Refused."""
    types = listed(TAKE_ASSORTMENT, last="and")
    for task in tasks:
        if task.type not in TAKE_ASSORTMENT:
            raise Refused(
                f"{task.id} takes no assortment for one run: only tasks of type {types} do.",
                advice="Start it without one.",
            )
