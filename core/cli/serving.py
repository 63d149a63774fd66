"""The command that runs the engine without a console: for a service manager, or in the background."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import click

from core.cli.main import json_option, plain_errors
from core.cli.output import note, print_json
from core.cli.signals import next_signal, taken_signals
from core.errors import PendelError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from core.engine.engine import Engine
    from core.engine.service import Notifier


def commands(console: Callable[[Path, bool], int]) -> list[click.Command]:  # noqa: ARG001 - one shape for all modules
    """Return the commands of this module."""
    return [engine]


@click.command()
@json_option
@click.pass_obj
@plain_errors
def engine(config_path: Path, *, as_json: bool) -> None:
    """Plan and run tasks without a console, until SIGTERM or SIGINT.

    Consoles that are started beside it attach to it. As a service (NOTIFY_SOCKET is set), SIGHUP reads the
    configuration again; otherwise it ends the engine, too.
    """
    from core.engine.engine import Engine
    from core.engine.service import Notifier, Pulse

    running = Engine(config_path)
    notifier = Notifier()
    signals = taken_signals(always=(signal.SIGHUP,) if notifier.wanted else ())
    pulse = Pulse(running, notifier)
    try:
        running.start()
        notifier.ready()
        pulse.start()
        if as_json:
            print_json({"engine": "started", "config": running.workspace.config.path})
        else:
            note(f"The engine runs with {running.workspace.config.path}; SIGTERM ends it.")
        while next_signal(signals) == signal.SIGHUP and notifier.wanted:
            _reload(running, notifier)
        note("The engine ends; running runs stop at the end of their block. Once more ends it at once.")
    finally:
        notifier.stopping()
        running.shutdown(stop_runs=True)
        pulse.stop()


def _reload(running: Engine, notifier: Notifier) -> None:
    notifier.reloading()
    try:
        running.reload()
    except PendelError as error:
        note(f"The changed configuration is not used: {error}")
    notifier.ready()
