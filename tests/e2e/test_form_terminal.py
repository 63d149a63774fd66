"""A form on a pseudo-terminal, around a real engine: what it sends key by key, and what the file says afterwards."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from support.pendel_process import PENDEL
from support.pty_terminal import PtyTerminal
from support.settings_site import CONFIG

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DOWN, RIGHT = "\x1b[B", "\x1b[C"
_QUIET = 0.6
"""Seconds without a byte after which a key has had its effect: the check comes 0.15 s after the last key."""


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[PtyTerminal]:
    config = tmp_path / "config.toml"
    config.write_text(CONFIG)
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "NO_COLOR"))}
    environ |= {"LANG": "C.UTF-8", "TERM": "xterm-256color", "HOME": str(tmp_path)}
    with PtyTerminal([*PENDEL, "--config", str(config)], env=environ) as started:
        started.wait_for("q Quit", "Weekly prices")
        started.press("/Weekly prices\r")
        started.rest(_QUIET)
        started.press("e")
        started.wait_for("Edit task prices", "Next: Mon")
        started.rest(_QUIET)
        yield started


def cost(terminal: PtyTerminal, key: str) -> int:
    before = len(terminal.sent)
    terminal.press(key)
    terminal.rest(_QUIET)
    return len(terminal.sent) - before


def test_moving_and_typing_send_little_and_waiting_nothing(terminal: PtyTerminal, tmp_path: Path) -> None:
    assert max(cost(terminal, DOWN) for _ in range(4)) < 500
    terminal.wait_for("› Sequence number")
    assert max(cost(terminal, key) for key in ("5", "\x7f")) < 500, "a key, its check included"
    terminal.press(DOWN + DOWN)
    terminal.wait_for("›   Day of the week")
    terminal.press(RIGHT)
    terminal.wait_for("tuesday", "Next: Tue")
    terminal.rest(_QUIET)
    assert terminal.rest(_QUIET * 2) == 0
    terminal.press("\x13")
    terminal.wait_for("Saved task prices, and planned anew.")
    changed = CONFIG.replace('day = "monday", at = "07:30" }  ', 'day = "tuesday", at = "07:30" }  ')
    assert (tmp_path / "config.toml").read_text() == changed


def test_words_that_come_together_with_their_enter_choose_what_they_name(terminal: PtyTerminal) -> None:
    terminal.press("\x1b")
    terminal.wait_for("q Quit")
    terminal.press("a")
    terminal.wait_for("A new task: begin with")
    terminal.press("empty report\r")
    terminal.wait_for("New task", "Type                         report")
