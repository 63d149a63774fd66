"""The console of a real engine on a pseudo-terminal: every screen at rest, and its settings."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from support.pendel_process import PENDEL
from support.pty_terminal import PtyTerminal
from support.run_site import run_site

from core.engine.lock import DataDirLock
from core.engine.remembered import NOTICE

if TYPE_CHECKING:
    from pathlib import Path

SCREENS = {
    "2": "Pendel: runs",
    "3": "Pendel: locations",
    "4": "Pendel: layouts",
    "5": "Pendel: catalogue",
    "6": "Pendel: settings",
    "1": "Pendel · 7 tasks",
}


def console(tmp_path: Path, settings: str = "", **env: str) -> PtyTerminal:
    config = run_site(tmp_path)
    config.write_text(config.read_text(encoding="utf-8") + settings, encoding="utf-8")
    return console_of(config, **env)


def console_of(config: Path, **env: str) -> PtyTerminal:
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "NO_COLOR"))}
    environ |= {"LANG": "C.UTF-8", "TERM": "xterm-256color", "HOME": str(config.parent), **env}
    return PtyTerminal([*PENDEL, "--config", str(config)], size=(80, 24), env=environ)


def test_every_screen_at_rest_sends_nothing(tmp_path: Path) -> None:
    with console(tmp_path) as terminal:
        terminal.wait_for("q Quit")
        for key, title in SCREENS.items():
            terminal.press(key)
            terminal.wait_for(title)
            terminal.rest(1.5)
            # Six looks at the engine, and more.
            assert terminal.rest(2.0) == 0, title
        terminal.press("q")
        assert terminal.wait_for_end() == 0


def test_mouse_is_left_to_the_terminal_unless_it_is_wanted(tmp_path: Path) -> None:
    with console(tmp_path) as terminal:
        terminal.wait_for("q Quit")
        assert b"\x1b[?1000h" not in terminal.sent


def test_mouse_moves_the_cursor_where_it_is_wanted(tmp_path: Path) -> None:
    with console(tmp_path, "\n[console]\nmouse = true\n") as terminal:
        terminal.wait_for("q Quit", "full")
        row = next(number for number, line in enumerate(terminal.screen.display) if " 20 " in line)
        terminal.press(f"\x1b[<0;12;{row + 1}M\x1b[<0;12;{row + 1}m")
        terminal.wait_until(lambda: terminal.screen.display[row].startswith("›"), "the cursor where the mouse clicked")
        terminal.press("q")
        assert terminal.wait_for_end() == 0
        assert bytes(terminal.sent).rfind(b"\x1b[?1000l") > bytes(terminal.sent).rfind(b"\x1b[?1000h")


@pytest.mark.parametrize(("colours", "code"), [("truecolor", b"48;2;22;25;29"), ("", b"48;5;")])
def test_theme_is_drawn_in_the_colours_that_the_terminal_has(tmp_path: Path, colours: str, code: bytes) -> None:
    with console(tmp_path, '\n[console]\ntheme = "dark"\n', COLORTERM=colours) as terminal:
        terminal.wait_for("q Quit")
        assert code in terminal.sent
        assert (b";2;" in terminal.sent) == bool(colours)


def test_keys_of_the_user_work_and_those_that_clash_keep_it_from_opening(tmp_path: Path) -> None:
    with console(tmp_path, '\n[keys]\n"app.quit" = "Z"\n') as terminal:
        terminal.wait_for("Z Quit")
        terminal.press("Z")
        assert terminal.wait_for_end() == 0
    config = tmp_path / "config.toml"
    config.write_text(config.read_text(encoding="utf-8") + '"task.stop" = "Z"\n', encoding="utf-8")
    with PtyTerminal(
        [*PENDEL, "--config", str(config)], size=(80, 24), env={**os.environ, "TERM": "xterm"}
    ) as terminal:
        assert terminal.wait_for_end() == 2
        assert "the key Z is that of" in " ".join(terminal.text.split())
        assert b"\x1b[?1049h" not in terminal.sent


def test_the_list_of_the_last_time_is_there_before_the_engine(tmp_path: Path) -> None:
    with console(tmp_path) as terminal:
        terminal.wait_for("The engine plans")
        terminal.press("q")
        assert terminal.wait_for_end() == 0
    # Where no engine can be opened, nothing else can have shown it.
    with DataDirLock(tmp_path / "data"), console_of(tmp_path / "config.toml") as terminal:
        code = terminal.wait_for_end()
        seen = terminal.sent.decode()
        assert code == 5
        assert seen.index("Pendel · 7 tasks") < seen.index("q\x1b[0m Quit") < seen.index("Another engine works")
        assert NOTICE in seen
        assert "Another engine works" in terminal.text
        assert terminal.modes == terminal.modes_before
