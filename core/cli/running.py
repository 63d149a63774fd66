"""Commands that make something happen: run, stop, revert, cursor."""

from __future__ import annotations

import signal
import threading
import time
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from core.cli.beside import finish_beside, show_lines, stop_beside
from core.cli.ends import run_as_json, tell_ends
from core.cli.looking import journal_beside
from core.cli.main import json_option, plain_errors
from core.cli.output import ExitCode, local_time, note, print_json
from core.cli.signals import SIGNALS, taken_signals
from core.config.load import load
from core.errors import EngineError, Refused
from core.runs import RunState
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path

    from core.engine.api import EngineApi
    from core.engine.engine import Engine
    from core.engine.gate import Gate

FOLLOW_SECONDS = 0.2


def commands(console: Callable[[Path, bool], int]) -> list[click.Command]:  # noqa: ARG001 - one shape for all modules
    """Return the commands of this module."""
    return [run, stop, revert, cursor]


@click.command()
@click.argument("tasks", nargs=-1, required=True, metavar="TASK...")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and change nothing.")
@click.option("--confirm-archive", is_flag=True, help="Let a full import archive more than the task allows.")
@click.option("--assortment", metavar="NAME", help="Of an export-artikelbeheer: this one, whole, in place of its own.")
@click.option("--quiet", "-q", is_flag=True, help="Do not show the log while it runs.")
@json_option
@click.pass_obj
@plain_errors
def run(
    config_path: Path,
    *,
    tasks: tuple[str, ...],
    dry_run: bool,
    confirm_archive: bool,
    assortment: str | None,
    quiet: bool,
    as_json: bool,
) -> ExitCode:
    """Run tasks now, in the order of their sequence numbers, and wait for their end.

    A run of one of them that was interrupted goes on first; not so before a dry run, which changes nothing. Where an
    engine works on the data directory already, it is asked to run them.
    """
    with here_or_beside(config_path, resume=() if dry_run else tasks) as (api, here, finish):
        resumed = here.dispatcher.open_runs() if here else []
        if here:
            _follow(here, api, resumed, quiet=quiet)
        more: dict[str, Any] = {"after_resumed": True} if resumed else {}
        more |= {"assortment": assortment} if assortment is not None else {}
        ids = api.start_tasks(tasks, dry_run=dry_run, confirm_archive=confirm_archive, **more)
        return finish(ids, quiet=quiet, as_json=as_json)


@click.command()
@click.argument("which", metavar="RUN|TASK")
@click.option("--wait/--no-wait", default=True, help="Wait for the end of the run.")
@json_option
@click.pass_obj
@plain_errors
def stop(config_path: Path, *, which: str, wait: bool, as_json: bool) -> None:
    """Ask a run of an engine beside this command to stop: at once where it safely can, else at the end of its block."""
    from core.engine.attach.client import engine_beside
    from core.engine.gate import current_actor
    from core.engine.lock import is_held
    from core.store.journal.requests import StopRequest

    config = load(config_path)
    if is_held(config.data_dir) and (remote := engine_beside(config)):
        with closing(remote):
            stop_beside(remote, config, which, wait=wait, as_json=as_json)
        return
    # What "pendel run" started does not listen: it looks into the journal.
    with journal_beside(config, read_only=False) as journal:
        going = [
            row
            for row in (journal.runs.open() if journal else ())
            if which in (row.task, str(row.id)) and row.state is not RunState.INTERRUPTED
        ]
        if journal is None or not going or not is_held(config.data_dir):
            raise Refused(f"There is nothing to stop: no run of {clean(which)} is going.", advice='See "pendel list".')
        (row,) = going[:1]
        journal.requests.add(StopRequest(row.id, current_actor()), at=datetime.now(UTC))
        while wait and is_held(config.data_dir):
            current = journal.runs.get(row.id)
            if current is None or current.state.ended:
                break
            time.sleep(FOLLOW_SECONDS)
        told = journal.runs.get(row.id) or row
        if as_json:
            print_json(run_as_json(journal, told, config))
        else:
            click.echo(
                f"{told.task}: {told.state}: {told.message}" if told.state.ended else f"{told.task} is asked to stop."
            )


@click.command()
@click.argument("run_id", type=click.IntRange(1, 2**63 - 1), metavar="RUN")
@click.option("--force", is_flag=True, help="Also put back records that a later run changed again.")
@click.option("--quiet", "-q", is_flag=True, help="Do not show the log while it runs.")
@json_option
@click.pass_obj
@plain_errors
def revert(config_path: Path, *, run_id: int, force: bool, quiet: bool, as_json: bool) -> ExitCode:
    """Put every record that an import RUN changed back to what it was before."""
    with here_or_beside(config_path) as (api, _, finish):
        return finish([api.revert_run(run_id, force=force)], quiet=quiet, as_json=as_json)


@click.command()
@click.argument("task")
@click.option("--set", "moment", help='To a moment, such as "2026-11-20 07:30" in the engine\'s time zone.')
@click.option("--clear", is_flag=True, help="Forget it: the next run sees everything as new.")
@json_option
@click.pass_obj
@plain_errors
def cursor(config_path: Path, *, task: str, moment: str | None, clear: bool, as_json: bool) -> None:
    """Show or set up to which moment a TASK has seen changes."""
    if moment is not None and clear:
        raise Refused("A cursor is either set or cleared.", advice="Give one of --set and --clear.")
    if moment is None and not clear:
        config = load(config_path)
        config.task(task)
        with journal_beside(config) as journal:
            known = journal.cursors.get(task) if journal else None
        if as_json:
            print_json({"task": task, "cursor": known.moment if known else None})
        else:
            click.echo(local_time(known.moment, config.engine.zone) if known else "none")
        return
    until = _moment(moment, load(config_path).engine.zone) if moment else None
    with here_or_beside(config_path) as (api, _, _):
        api.history.set_cursor(task, until)
    if as_json:
        print_json({"task": task, "cursor": until})


def _moment(text: str, zone: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Refused(
            f"{clean(text)!r} is not a moment.",
            advice='Write it as "2026-11-20 07:30" or "2026-11-20T07:30:00+01:00".',
        ) from None


@contextmanager
def here_or_beside(
    config_path: Path, *, resume: tuple[str, ...] = ()
) -> Iterator[tuple[EngineApi, Engine | None, Callable[..., ExitCode]]]:
    """An engine of this process, or where one works on the data directory already, that one.

    Yields it, itself where it is of this process, and what waits for runs and tells how they ended.
    """
    with ExitStack() as stack:
        try:
            engine, gate = stack.enter_context(one_shot_engine(config_path, resume=resume))
        except EngineError:
            from core.engine.attach.client import engine_beside

            config = load(config_path)
            remote = engine_beside(config)
            if remote is None:
                raise
            stack.callback(remote.close)
            # What was just written into the file is meant; an engine looks at it now and then only. Who may not ask
            # for that takes what the engine knows.
            with suppress(Refused):
                remote.api.reload()
            yield remote.api, None, partial(finish_beside, remote, config)
        else:
            yield gate, engine, partial(_finish, engine, gate)


@contextmanager
def one_shot_engine(config_path: Path, *, resume: tuple[str, ...]) -> Iterator[tuple[Engine, Gate]]:
    """An engine that plans nothing: it does what it is told, takes up the named tasks' runs, and ends.

    SIGINT, SIGTERM and SIGHUP stop its runs, also those that are still to be started; a second time they end the
    process.
    """
    from core.engine.engine import Engine
    from core.engine.gate import Gate, current_actor

    started = Engine(config_path)
    before = {number: signal.getsignal(number) for number in SIGNALS}
    signals = taken_signals()

    def stop_when_asked() -> None:
        if signals.get() is not None:
            started.dispatcher.stop_all("Stopped by a signal.")
            # Of a terminal that is gone, nothing more is to be had.
            with suppress(OSError):
                note("Stopping at the end of the block; once more ends at once.")

    watcher = threading.Thread(target=stop_when_asked, name="pendel-signals", daemon=True)
    watcher.start()
    try:
        started.start(plan=False, resume=resume)
        yield started, Gate(started, current_actor())
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        signals.put(None)
        watcher.join()
        started.shutdown(stop_runs=True)


def _follow(engine: Engine, gate: EngineApi, ids: Collection[int], *, quiet: bool) -> None:
    """Wait for runs to end, and show meanwhile their log, and what may hold them up."""
    shown, revision, told = 0, -1, ""
    ended = False
    while not ended:
        ended = engine.dispatcher.wait(ids, timeout=FOLLOW_SECONDS)
        shown = show_lines(gate, shown, ids, engine.workspace.config, quiet=quiet)
        state = None if ended else gate.snapshot(revision)
        if state is not None:
            if state.notice and state.notice != told:
                note(state.notice)
            revision, told = state.revision, state.notice


def _finish(engine: Engine, gate: EngineApi, ids: Collection[int], *, quiet: bool, as_json: bool) -> ExitCode:
    """Wait for runs to end, show their log meanwhile, and print how they ended."""
    _follow(engine, gate, ids, quiet=quiet)
    return tell_ends(engine.workspace.journal, engine.workspace.config, ids, as_json=as_json)
