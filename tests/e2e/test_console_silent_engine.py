"""The console beside an engine that hangs, or is killed: it goes on, says so, and attaches when there is an answer."""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from support.cli_site import GOOD, ONE, TABLES, TASKS
from support.pendel_process import PENDEL, command
from support.pty_terminal import PtyTerminal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SILENT = "The engine has not answered since"


@pytest.fixture
def config(workspace: Callable[..., Path]) -> Path:
    files = {"in/x.csv": ONE, "uploads/prices.csv": GOOD, "uploads/slow.csv": ONE}
    return workspace("\n".join((TABLES, *TASKS)), files=files)


@contextmanager
def console(config: Path) -> Iterator[PtyTerminal]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "NO_COLOR"))}
    environ |= {"LANG": "C.UTF-8", "TERM": "xterm-256color", "HOME": str(config.parent)}
    with PtyTerminal([*PENDEL, "--config", str(config)], env=environ) as terminal:
        yield terminal


def under_the_cursor(terminal: PtyTerminal, words: str) -> bool:
    return any(line.startswith("›") and words in line for line in terminal.screen.display)


def wait_until_attached(terminal: PtyTerminal) -> None:
    terminal.wait_until(lambda: "8 tasks · attached  " in terminal.text, "the engine's own state")


def test_a_console_lives_before_a_hanging_engine_answers(config: Path) -> None:
    with command(config, "engine") as engine:
        engine.wait_for("The engine runs with")
        engine.process.send_signal(signal.SIGSTOP)
        with console(config) as terminal:
            # What is typed before anything shows is not lost.
            terminal.press("jjj")
            terminal.wait_for("attached, no answer", f"{SILENT} ", "Wait, or restart it if it hangs.")
            terminal.wait_until(lambda: under_the_cursor(terminal, "Import of full"), "a cursor that has moved")
            terminal.press("/slow\r")
            terminal.wait_for("1 of 8; esc clears it.")
            terminal.press("sy")
            terminal.wait_for("Nothing was asked of it.")
            terminal.press("?")
            terminal.wait_for("Show the tasks.")
            terminal.press("q")
            terminal.wait_for("1 of 8; esc clears it.")
            terminal.press("3")
            terminal.wait_for("Pendel: locations", "Nothing was asked of it.")
            engine.process.send_signal(signal.SIGCONT)
            # Without a key: what could not be read is read.
            terminal.wait_until(lambda: under_the_cursor(terminal, "local"), "the locations")
            terminal.wait_while("no answer")
            terminal.press("1sy")
            terminal.wait_for("1 running")
            terminal.press("q")
            assert terminal.wait_for_end() == 0


def test_without_a_list_that_is_known_it_lives_too(config: Path) -> None:
    with command(config, "engine") as engine:
        engine.wait_for("The engine runs with")
        (config.parent / "data" / "tasks-shown.json").unlink()
        engine.process.send_signal(signal.SIGSTOP)
        with console(config) as terminal:
            terminal.wait_for("attached, no answer", SILENT, "The tasks show once the engine answers.")
            engine.process.send_signal(signal.SIGCONT)
            terminal.wait_for("Pendel · 8 tasks · attached", "Import of slow")
            terminal.wait_while("no answer")


def test_it_can_be_left_while_the_engine_hangs_and_a_question_is_open(config: Path) -> None:
    with command(config, "engine") as engine:
        engine.wait_for("The engine runs with")
        with console(config) as terminal:
            wait_until_attached(terminal)
            engine.process.send_signal(signal.SIGSTOP)
            terminal.press("5q")
            assert terminal.wait_for_end() == 0
            # It had no time to find out.
            assert "The engine is a process of its own and goes on." in terminal.text or SILENT in terminal.text


def test_keys_are_answered_while_a_command_has_no_answer(config: Path) -> None:
    with command(config, "engine") as engine:
        engine.wait_for("The engine runs with")
        with console(config) as terminal:
            wait_until_attached(terminal)
            terminal.press("/slow\r")
            terminal.wait_for("1 of 8; esc clears it.")
            engine.process.send_signal(signal.SIGSTOP)
            terminal.press("sy\x1b")
            terminal.wait_while("1 of 8")
            terminal.press("j")
            terminal.wait_until(lambda: under_the_cursor(terminal, "Import of strict"), "a cursor that has moved")
            terminal.wait_for(SILENT, "no answer")
            engine.process.send_signal(signal.SIGCONT)
            terminal.wait_while("no answer")
            # What was asked of it when it hung, it has done.
            terminal.wait_for("1 running")


def test_a_killed_engine_is_said_to_have_ended_and_the_next_one_is_attached_to(config: Path) -> None:
    with command(config, "engine") as engine:
        engine.wait_for("The engine runs with")
        with console(config) as terminal:
            wait_until_attached(terminal)
            engine.process.kill()
            terminal.wait_for("The engine has ended (", "attached, no answer")
            terminal.press("4")
            terminal.wait_for("Pendel: layouts", "was asked of it.")
            with command(config, "engine") as another:
                another.wait_for("The engine runs with")
                terminal.wait_until(lambda: under_the_cursor(terminal, "prices"), "the layouts")
                terminal.wait_while("no answer")
                terminal.press("1/slow\rsy")
                terminal.wait_for("1 running")
