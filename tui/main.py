"""The front door of the console: checks the terminal, runs the application, and sees to the engine afterwards."""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
from contextlib import suppress
from functools import partial
from io import TextIOWrapper
from typing import TYPE_CHECKING, cast

from core.text import counted
from tui.ending import Ending
from tui.opening import Look, NotYet, opened
from tui.signals import EndNow, EndSignals
from tui.terminal import objection, signs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from core.config.model import Config
    from core.engine.api import EngineApi
    from core.engine.attach.client import RemoteEngine
    from core.engine.remembered import Remembered
    from core.errors import Problem
    from tui.app import PendelApp
    from tui.opening import Opened

EXIT_OK = 0
EXIT_FAULT = 1
EXIT_NO_TERMINAL = 2


def main() -> None:
    """The command ``pendel``."""
    from core.cli.main import build

    # A locale that is not UTF-8 gets escapes for what it cannot write, and no traceback.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    build(open_console, check=_check)(prog_name="pendel")


def _check(config: Config) -> Sequence[Problem]:
    from tui.keymap import problems  # knows Textual's names of keys, which take a tenth of a second to import

    return problems(config)


def open_console(config_path: Path, read_only: bool) -> int:
    """Start an engine on a configuration and show the console around it; return the exit code.

    Where an engine works with it already, the console attaches to that one.

    Raises:
        PendelError: the engine cannot start, or does not let this user in.
    """
    if words := objection():
        print(words, file=sys.stderr)  # noqa: T201 - for whoever looks at the other end of the pipe
        return EXIT_NO_TERMINAL
    greeting = at = ""
    if not config_path.exists() and not read_only:
        from tui.first_use import GREETING, TASK, offer

        if not offer(config_path, signs()):
            return EXIT_OK
        greeting, at = GREETING, TASK
    # What is imported until the first list is shown stays; to look for garbage in it takes longer than to draw it.
    gc.disable()
    try:
        return _open(config_path, greeting, at, read_only=read_only)
    finally:
        gc.enable()


def _open(config_path: Path, greeting: str, at: str, *, read_only: bool) -> int:
    from core.engine.api.rights import Right
    from core.engine.giving_way import switch_soon
    from core.engine.remembered import remembered
    from tui.keymap import faults

    switch_soon()
    right = Right.VIEW if read_only else Right.ADMINISTER
    first = remembered(config_path, right)
    if first and faults(first.keys):
        first = None
    known = first.snapshot if first else None
    return run_console(lambda: opened(config_path, right, known), first=first, greeting=greeting, at=at)


def run_console(
    open_engine: Callable[[], Opened], *, first: Remembered | None = None, greeting: str = "", at: str = ""
) -> int:
    """Open an engine, show the console around it until it ends, close the engine, and return the exit code.

    It is opened only where a console can be drawn, and started when the list is. Where it is known what the list shows
    at ``first``, it is opened only then, too. ``greeting`` is said then, with the cursor on the task ``at``.
    """
    if words := objection():
        print(words, file=sys.stderr)  # noqa: T201 - for whoever looks at the other end of the pipe
        return EXIT_NO_TERMINAL
    engine: Opened | None = None
    if first:
        shown, look = cast("EngineApi", NotYet(first.snapshot)), Look(first.theme, first.mouse, first.keys)
    else:
        engine = open_engine()
        shown, look = engine.api, engine.look
    signals = EndSignals()
    from core.engine.giving_way import switch_soon
    from tui.app import PendelApp  # Textual takes a fifth of a second to import
    from tui.keymap import Keymap
    from tui.loop import keeping_loop

    def begin() -> EngineApi:
        nonlocal engine
        engine = engine or open_engine()
        engine.start()
        # Nor is it looked at later: a look at all of it would hold up a key.
        gc.freeze()
        gc.enable()
        return engine.api

    app = PendelApp(shown, signs(), keymap=Keymap(look.keys), theme=look.theme, greeting=greeting, at=at, begin=begin)
    try:
        with asyncio.Runner(loop_factory=keeping_loop) as runner:
            try:
                ending = runner.run(_show(app, signals, mouse=look.mouse))
            finally:
                # The loop waits for threads that asked: they need not wait for an engine that does not answer.
                if engine and engine.attached:
                    engine.attached.close()
    except Exception as error:
        app.fault, ending = error, Ending.CRASHED
    switch_soon()
    if ending is Ending.CRASHED:
        _say(app, ending, f"The console ended by a fault of its own: {_in_a_sentence(app.fault)}")
    if engine and engine.attached:
        _leave(engine.attached, ending, app)
    elif engine:
        _close(engine, ending, app, signals)
    if app.refused:
        raise app.refused
    return EXIT_FAULT if ending is Ending.CRASHED else EXIT_OK


async def _show(app: PendelApp, signals: EndSignals, *, mouse: bool) -> Ending:
    # Until the application runs, an end that it is told of is remembered by it all the same.
    with signals.told(app.exit):
        ending = await app.run_async(mouse=mouse)
    return Ending.CRASHED if app.fault or ending is None else ending


def _say(app: PendelApp, ending: Ending, text: str) -> None:
    """Say something on the plain terminal, where it still takes it."""
    if app.terminal_answers and ending is not Ending.LOST:
        with suppress(OSError):
            print(text, file=sys.stderr)  # noqa: T201 - the console is gone, this is the plain terminal


def _leave(remote: RemoteEngine, ending: Ending, app: PendelApp) -> None:
    """Say of an engine that it goes on."""
    trouble, snapshot = remote.trouble, remote.api.snapshot()
    going = f" Going: {counted(snapshot.running, 'run')}." if snapshot and snapshot.running else ""
    _say(app, ending, trouble or f"The engine is a process of its own and goes on.{going}")


def _close(opened: Opened, ending: Ending, app: PendelApp, signals: EndSignals) -> None:
    """Do with the engine what the ending asks for."""
    engine, on_hangup = opened.api, opened.on_hangup
    say = partial(_say, app, ending)
    stop_runs = ending in (Ending.STOP, Ending.TERMINATED) or (ending is Ending.LOST and on_hangup == "stop")
    if ending is Ending.CRASHED:
        say("The runs are not touched by it.")
    try:
        with signals.raised(already=ending):
            if ending is Ending.LOST and on_hangup == "keep":
                threading.Event().wait()
            snapshot = engine.snapshot()
            going = snapshot.running if snapshot else 0
            if going and stop_runs:
                say(f"Stopping {counted(going, 'run')}…")
            elif going:
                say(f"Waiting for {counted(going, 'run')}. Ctrl+C stops them.")
            engine.shutdown(stop_runs=stop_runs)
    except EndNow:
        say("Stopping…")
        engine.shutdown(stop_runs=True)


def _in_a_sentence(fault: Exception | None) -> str:
    if fault is None:
        return "it ended without a reason."
    return f"{type(fault).__name__}: {str(fault).rstrip('.')}."
