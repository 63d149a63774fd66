"""Whole bursts of keys, each in one write to a pseudo-terminal: the order in which they were typed always holds."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from support.pendel_process import PENDEL
from support.pty_terminal import PtyTerminal
from support.settings_site import CONFIG

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DOWN, UP, RIGHT, LEFT, HOME, END, DELETE = "\x1b[B", "\x1b[A", "\x1b[C", "\x1b[D", "\x1b[H", "\x1b[F", "\x1b[3~"
BACKSPACE, ERASE_BEFORE, ERASE_AFTER = "\x7f", "\x15", "\x0b"


def typed(keys: list[str]) -> str:
    """What stands in a line after these keys, by a model of a line that has nothing of Textual."""
    before, after = "", ""
    for key in keys:
        if key == HOME:
            before, after = "", before + after
        elif key == END:
            before, after = before + after, ""
        elif key == LEFT:
            before, after = before[:-1], before[-1:] + after
        elif key == RIGHT:
            before, after = before + after[:1], after[1:]
        elif key == BACKSPACE:
            before = before[:-1]
        elif key == DELETE:
            after = after[1:]
        elif key == ERASE_BEFORE:
            before = ""
        elif key == ERASE_AFTER:
            after = ""
        else:
            before += key
    return before + after


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PtyTerminal]:
    directory: Path = tmp_path_factory.mktemp("typed-ahead")
    config = directory / "config.toml"
    config.write_text(CONFIG)
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "NO_COLOR"))}
    environ |= {"LANG": "C.UTF-8", "TERM": "xterm-256color", "HOME": str(directory)}
    with PtyTerminal([*PENDEL, "--config", str(config)], env=environ) as started:
        # The list shows before there is an engine.
        started.wait_for("q Quit", "Weekly prices")
        started.press(f"/Weekly prices\re{DOWN}{DOWN}")
        started.wait_for("Edit task prices", "› Description")
        yield started


def field(terminal: PtyTerminal, label: str) -> str:
    """What stands in a field of the form."""
    line = next((line for line in terminal.screen.display if line[2:].startswith(f"{label} ")), "")
    return line[31:].strip()


LETTERS = st.text("abcxyz", min_size=1, max_size=3)
KEYS = st.sampled_from([HOME, END, LEFT, RIGHT, BACKSPACE, DELETE, ERASE_BEFORE, ERASE_AFTER])


@given(parts=st.lists(LETTERS | KEYS, max_size=12))
@settings(
    max_examples=25,
    deadline=None,
    # What fails waits for long; a shorter burst would say no more.
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_what_stands_in_a_field_is_what_was_typed_in_that_order(terminal: PtyTerminal, parts: list[str]) -> None:
    # Begins from nothing, and ends with a letter, so that there is something to see.
    keys = [
        END,
        ERASE_BEFORE,
        *(key for part in parts for key in ([part] if part[0] in "\x1b\x7f\x15\x0b" else part)),
        ".",
    ]
    terminal.press("".join(keys))
    terminal.wait_until(lambda: field(terminal, "Description") == typed(keys), f"{typed(keys)!r} for {keys}")


def test_keys_between_fields_take_their_turn_among_the_text(terminal: PtyTerminal) -> None:
    terminal.press(f"{END}{ERASE_BEFORE}one{DOWN}{DOWN}{END}{ERASE_BEFORE}42{UP}{UP}{HOME}two {END}!")
    terminal.wait_until(
        lambda: (field(terminal, "Description"), field(terminal, "Sequence number")) == ("two one!", "42"),
        "both fields as they were typed",
    )
    # Saved, left, the next screen, its second row, and the dialog about that.
    terminal.press("\x133jd")
    terminal.wait_for("The location supplier cannot be deleted")
    terminal.press(f"n1/{ERASE_BEFORE}two\re")
    terminal.wait_for("Edit task prices", "two one!")
