"""Commands that look: list, runs, log. They read beside a running engine."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from core.cli.main import json_option, plain_errors
from core.cli.output import local_time, print_json, print_table
from core.config.load import load
from core.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from core.config.model import Config
    from core.store.journal import Journal


def commands(console: Callable[[Path, bool], int]) -> list[click.Command]:  # noqa: ARG001 - one shape for all modules
    """Return the commands of this module."""
    return [list_tasks, runs, log]


@contextmanager
def journal_beside(config: Config, *, read_only: bool = True) -> Iterator[Journal | None]:
    """Open the journal beside the engine that may be using it; ``None`` where nothing has run yet."""
    from core.store.journal import Journal

    if not config.journal_file.exists():
        yield None
        return
    journal = Journal(config.journal_file, read_only=read_only)
    try:
        yield journal
    finally:
        journal.close()


@click.command("list")
@json_option
@click.pass_obj
@plain_errors
def list_tasks(config_path: Path, *, as_json: bool) -> None:
    """List all tasks with their settings, next and last run."""
    from core.planning.due import next_due
    from core.planning.holiday import HolidayCalendar
    from core.planning.words import in_words
    from core.tasks.registry import system_tasks

    config = load(config_path)
    engine = config.engine
    holidays = HolidayCalendar(engine.holidays) if engine.holidays else None
    with journal_beside(config) as journal:
        last = journal.runs.last_ended() if journal else {}
        going = {run.task: run for run in journal.runs.open()} if journal else {}
    system = system_tasks(config)
    told: list[dict[str, Any]] = []
    for task in sorted((*system, *config.tasks), key=lambda task: (task not in system, task.sequence, task.id)):
        is_system = task in system
        window = None if is_system else engine.window
        coming = next_due(task.frequency, datetime.now(UTC), engine.zone, window, holidays=holidays)
        run = last.get(task.id)
        told.append(
            {
                "id": task.id,
                "type": task.type,
                "description": task.description,
                "active": task.active,
                "sequence": task.sequence,
                "frequency": in_words(task.frequency),
                "system": is_system,
                "next_run": coming if task.active else None,
                "state": going[task.id].state if task.id in going else None,
                "last_run": {"run": run.id, "outcome": run.state, "ended_at": run.ended_at} if run else None,
            }
        )
    if as_json:
        print_json({"tasks": told})
        return
    rows = [
        [
            str(task["id"]),
            "yes" if task["active"] else "no",
            str(task["sequence"]),
            str(task["type"]),
            str(task["frequency"]),
            local_time(task["next_run"], engine.zone)[:16],
            f"{task['last_run']['outcome']} {local_time(task['last_run']['ended_at'], engine.zone)[:16]}"
            if task["last_run"]
            else "-",
            str(task["description"]),
        ]
        for task in told
    ]
    print_table(["TASK", "ACTIVE", "SEQ", "TYPE", "FREQUENCY", "NEXT RUN", "LAST RUN", "DESCRIPTION"], rows)


@click.command()
@click.argument("task", required=False)
@click.option("--limit", "-n", default=20, show_default=True, type=click.IntRange(1), help="At most so many.")
@json_option
@click.pass_obj
@plain_errors
def runs(config_path: Path, *, task: str | None, limit: int, as_json: bool) -> None:
    """List runs, of one TASK or of all, the latest first."""
    from core.cli.ends import run_as_json

    config = load(config_path)
    with journal_beside(config) as journal:
        found = journal.runs.latest(task, limit=limit) if journal else []
        if as_json:
            print_json({"runs": [run_as_json(journal, run, config) for run in found] if journal else []})
            return
    print_table(
        ["RUN", "TASK", "OUTCOME", "QUEUED", "ENDED", "MESSAGE"],
        [
            [
                str(run.id),
                run.task,
                f"{run.state} (dry run)" if run.dry_run else str(run.state),
                local_time(run.queued_at, config.engine.zone),
                local_time(run.ended_at, config.engine.zone),
                run.message,
            ]
            for run in found
        ],
    )


@click.command()
@click.option("--task", help="Only lines of this task.")
@click.option("--run", type=click.IntRange(1, 2**63 - 1), help="Only lines of this run.")
@click.option("--rejects", is_flag=True, help="The rejected records of the run, in place of its lines.")
@click.option("--limit", "-n", default=200, show_default=True, type=click.IntRange(1), help="At most so many lines.")
@json_option
@click.pass_obj
@plain_errors
def log(config_path: Path, *, task: str | None, run: int | None, rejects: bool, limit: int, as_json: bool) -> None:
    """Show the latest lines of the log, or the rejects of a run."""
    config = load(config_path)
    if rejects and run is None:
        raise Refused("--rejects needs the number of a run.", advice="Add --run NUMBER.")
    with journal_beside(config) as journal:
        if rejects and run is not None:
            rejected = journal.rejects.of_run(run, limit=limit) if journal else []
            if as_json:
                print_json({"rejects": rejected})
            else:
                print_table(
                    ["FILE", "LINE", "COLUMN", "FIELD", "VALUE", "REASON"],
                    [
                        [row.file, str(row.line or "?"), row.column, row.field, row.value, row.reason]
                        for row in rejected
                    ],
                )
            return
        lines = journal.logs.latest(run=run, task=task, limit=limit) if journal else []
    if as_json:
        print_json({"lines": lines})
        return
    for line in lines:
        who = f"{line.task} run {line.run}: " if line.run else f"{line.task}: " if line.task else ""
        click.echo(f"{local_time(line.at, config.engine.zone)} {line.level:7} {who}{line.text}")
