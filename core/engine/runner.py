"""Carrying out one run: the context it is handed, and what becomes of every way it can end."""

from __future__ import annotations

import shutil
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from core.engine.alerts.letters import send_letter
from core.engine.giving_way import side_by_side
from core.engine.logs import LOGGER, run_log
from core.errors import PendelError, StopRequested
from core.runs import Counts, RunState
from core.tasks.context import Outcome, RunContext
from core.tasks.registry import REVERT, carry_out
from core.tasks.turns import Turns
from core.text import clean, time_span

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.config.tasks import TaskBase
    from core.engine.active import ActiveRun
    from core.engine.workspace import Workspace
    from core.runs import Progress


class Runner:
    """Carries out runs in the thread that calls it."""

    def __init__(self, workspace: Workspace, find_task: Callable[[str], TaskBase]) -> None:
        self._workspace = workspace
        self._find_task = find_task
        self._turns = Turns(side_by_side())

    def carry_out(self, active: ActiveRun, report: Callable[[Progress, Counts], None]) -> Outcome:
        """Carry out a run to its end, write that into the journal, and return it; nothing is raised."""
        workspace = self._workspace
        log = run_log(active.task, active.id)
        started = workspace.now()
        log.info(
            "%s %s, asked for by %s.",
            "Goes on with" if active.resuming else "Started",
            "a dry run" if active.dry_run else "run " + str(active.id),
            active.requested_by,
        )
        context: RunContext | None = None
        try:
            context = self._context(active, report)
            task = None if active.type == REVERT else self._find_task(active.task)
            outcome = carry_out(context, task)
        except StopRequested as error:
            outcome = _ended_early(context, RunState.STOPPED, _stopped_message(context, error))
        except PendelError as error:
            outcome = _ended_early(context, RunState.FAILED, str(error), error)
        except Exception as error:
            log.exception("The run ended by a fault in Pendel.")
            message = f"A fault in Pendel ended the run ({type(error).__name__}). The log file has the details."
            outcome = _ended_early(context, RunState.FAILED, message, error)
        outcome = replace(outcome, message=clean(workspace.redactor.redact(outcome.message)))
        level = {RunState.FAILED: log.error, RunState.STOPPED: log.warning, RunState.WARNINGS: log.warning}
        took = time_span((workspace.now() - started).total_seconds())
        ended = "Succeeded with warnings" if outcome.state is RunState.WARNINGS else outcome.state.capitalize()
        level.get(outcome.state, log.info)("%s after %s: %s", ended, took, outcome.message)
        if context is not None and active.dry_run:
            shutil.rmtree(context.spool, ignore_errors=True)
        self._write_end(active, outcome)
        return outcome

    def _context(self, active: ActiveRun, report: Callable[[Progress, Counts], None]) -> RunContext:
        workspace = self._workspace
        fence = workspace.journal.runs.start(active.id, at=workspace.now())
        spool = workspace.config.spool_dir / f"run-{active.id}"
        try:
            spool.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise PendelError(
                f"The spool directory {spool} cannot be made: {error.strerror}.",
                advice="Check the disk and the permissions of the data directory.",
            ) from error
        context = RunContext(
            run=active.id,
            fence=fence,
            task=active.task,
            config=workspace.config,
            journal=workspace.journal,
            catalogue=workspace.catalogue,
            stop=active.stop,
            log=run_log(active.task, active.id),
            spool=spool,
            secrets=workspace.secrets,
            report=lambda progress: report(progress, context.counts),
            now=workspace.now,
            turns=self._turns,
            send=partial(send_letter, workspace, active.task),
            redactor=workspace.redactor,
            dry_run=active.dry_run,
            resuming=active.resuming,
            options=active.options,
            checkpoint=dict(active.checkpoint),
        )
        return context

    def _write_end(self, active: ActiveRun, outcome: Outcome) -> None:
        workspace = self._workspace
        try:
            workspace.journal.runs.end(
                active.id,
                outcome.state,
                at=workspace.now(),
                message=outcome.message,
                counts=outcome.counts,
                details=outcome.details,
            )
        except (PendelError, TypeError) as error:
            # The run stays open in the journal and is looked at again when the engine starts.
            LOGGER.error("The end of run %d could not be written: %s", active.id, error)


def _stopped_message(context: RunContext | None, error: StopRequested) -> str:
    done = context.counts.in_words() if context else ""
    return f"{error.message} " + (f"What was done stays: {done}." if done else "Nothing was changed.")


def _ended_early(context: RunContext | None, state: RunState, message: str, error: Exception | None = None) -> Outcome:
    details = dict(context.details) if context else {}
    if error is not None:
        details["error"] = type(error).__name__
    return Outcome(message, state, context.counts if context else Counts(), details)
