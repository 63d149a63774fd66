"""Runs of an engine in another process, followed to their end."""

from __future__ import annotations

import signal
import threading
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any

import click

from core.cli.ends import tell_ends
from core.cli.looking import journal_beside
from core.cli.output import ExitCode, exit_code_of_state, gravest, local_time, note, print_json
from core.cli.signals import SIGNALS, taken_signals
from core.errors import EngineError, PendelError, Refused
from core.runs import Level
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from core.config.model import Config
    from core.engine.api import EngineApi
    from core.engine.api.history import RunDetails
    from core.engine.attach.client import RemoteEngine

_FOLLOW_SECONDS = 0.25


def finish_beside(remote: RemoteEngine, config: Config, ids: Sequence[int], *, quiet: bool, as_json: bool) -> ExitCode:
    """Wait for runs to end, show their log meanwhile, and print how they ended.

    SIGINT, SIGTERM and SIGHUP ask these runs to stop; a second time they end this process, and the runs go on.

    Raises:
        EngineError: the engine ended before they did.
    """
    with _stopping(remote, ids):
        ended = _follow(remote, config, ids, quiet=quiet)
    return _tell(config, ended, as_json=as_json)


def stop_beside(remote: RemoteEngine, config: Config, which: str, *, wait: bool, as_json: bool) -> None:
    """Ask a run to stop, by its number or that of its task; wait for its end where that is wanted, and tell of it.

    Raises:
        Refused: no such run is going, or this user may not stop it.
    """
    snapshot = remote.api.snapshot()
    going = [task.run for task in (snapshot.tasks if snapshot else ()) if task.run]
    found = [run for run in going if which in (run.task, str(run.id))]
    if not found:
        raise Refused(f"There is nothing to stop: no run of {clean(which)} is going.", advice='See "pendel list".')
    run = found[0]
    remote.api.stop_runs([run.id])
    if wait:
        _tell(config, _follow(remote, config, [run.id], quiet=True), as_json=as_json)
    elif as_json:
        print_json(_as_json(remote.api.history.run(run.id)))
    else:
        click.echo(f"{run.task} is asked to stop.")


def _tell(config: Config, ended: Sequence[RunDetails], *, as_json: bool) -> ExitCode:
    # As without an engine beside, where this user may read the journal; else by what the engine tells everybody.
    with ExitStack() as stack:
        try:
            journal = stack.enter_context(journal_beside(config))
        except (PendelError, OSError):
            journal = None
        if journal is not None:
            return tell_ends(journal, config, [details.run.id for details in ended], as_json=as_json)
    if as_json:
        told = [_as_json(details) for details in ended]
        print_json(told[0] if len(told) == 1 else {"runs": told})
    else:
        for details in ended:
            click.echo(f"{details.run.task}: {details.run.state}: {details.run.message}")
    return gravest([exit_code_of_state(details.run.state, refused=details.run.braked) for details in ended])


def show_lines(engine: EngineApi, shown: int, ids: Collection[int], config: Config, *, quiet: bool) -> int:
    """Show the lines of these runs that came after the line ``shown``; return the number of the latest."""
    for line in engine.log_after(shown):
        shown = line.number
        if not quiet and line.run in ids:
            mark = "" if line.level is Level.INFO else f"{line.level}: "
            note(f"{local_time(line.at, config.engine.zone)[11:]} {line.task}: {mark}{line.text}")
    return shown


def _follow(remote: RemoteEngine, config: Config, ids: Sequence[int], *, quiet: bool) -> list[RunDetails]:
    shown = 0
    ended: dict[int, RunDetails] = {}
    told = ""
    pause = threading.Event()
    while True:
        trouble = remote.trouble
        if trouble != told:
            told = trouble
            note(trouble or "The engine answers again.")
        if remote.gone:
            raise EngineError(trouble, advice='"pendel runs" tells how far the runs came.')
        snapshot = remote.api.snapshot()
        going = {task.run.id for task in snapshot.tasks if task.run} if snapshot and not trouble else set(ids)
        for run in ids:
            if run not in going and run not in ended:
                # What is silent for a moment is asked again.
                with suppress(EngineError):
                    found = remote.api.history.run(run)
                    if found.run.state.ended:
                        ended[run] = found
        shown = show_lines(remote.api, shown, ids, config, quiet=quiet)
        if len(ended) == len(set(ids)):
            return [ended[run] for run in ids]
        pause.wait(_FOLLOW_SECONDS)


@contextmanager
def _stopping(remote: RemoteEngine, ids: Sequence[int]) -> Iterator[None]:
    """Ask the runs to stop when a signal comes."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    signals = taken_signals()

    def stop_when_asked() -> None:
        if signals.get() is not None:
            with suppress(OSError):
                note("Stopping at the end of the block; once more ends this command, and the runs go on.")
            try:
                remote.api.stop_runs(ids)
            except PendelError as error:
                with suppress(OSError):
                    note(str(error))

    watcher = threading.Thread(target=stop_when_asked, name="pendel-signals", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        signals.put(None)
        watcher.join()


def _as_json(details: RunDetails) -> dict[str, Any]:
    run = details.run
    return {
        "run": run.id,
        "task": run.task,
        "outcome": run.state,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "counts": run.counts,
        "files": [
            {"role": file.role, "name": file.name, "location": file.location, "size": file.size, "sha256": file.sha256}
            for file in details.files
        ],
        "message": run.message,
        "dry_run": run.dry_run,
    }
