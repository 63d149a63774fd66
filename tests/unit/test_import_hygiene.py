"""What an import drags in, looked at in a fresh interpreter."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCREEN = {"textual", "rich", "tui"}
HEAVY = {
    "apprise",
    "charset_normalizer",
    "cryptography",
    "duckdb",
    "font_roboto",
    "holidays",
    "httpx",
    "numpy",
    "oauthlib",
    "paramiko",
    "python_calamine",
    "reportlab",
    "tomlkit",
    "watchfiles",
    "xlsxwriter",
    "zeep",
}


def modules_of(package: str) -> list[str]:
    paths = sorted((ROOT / package).rglob("*.py"))
    names = (path.relative_to(ROOT).with_suffix("").parts for path in paths)
    return [".".join(parts[:-1] if parts[-1] == "__init__" else parts) for parts in names]


def dragged_in(modules: list[str], suspects: set[str]) -> set[str]:
    """Import modules in a fresh interpreter, and return which of the suspects came with them."""
    code = (
        "import importlib, sys\n"
        f"for name in {modules!r}: importlib.import_module(name)\n"
        f"print(*({suspects!r} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_core_knows_nothing_of_a_screen() -> None:
    # A sign-in of httpx is a class of httpx, which imports rich for a command line of its own.
    assert dragged_in([name for name in modules_of("core") if name != "core.links.ntlm"], SCREEN) == set()


def test_console_needs_no_heavy_module() -> None:
    assert dragged_in(modules_of("tui"), HEAVY) == set()


@pytest.mark.parametrize("module", ["tui.main", "tui.actions", "tui.words", "tui.tasklist", "tui.terminal"])
def test_front_door_and_words_need_no_toolkit(module: str) -> None:
    assert dragged_in([module], HEAVY | {"textual", "rich"}) == set()


def test_the_first_screen_waits_for_nothing_that_it_does_not_show() -> None:
    later = {"tui.forms.fields", "tui.screens.form", "tui.screens.runs", "core.engine.desks.settings"}
    later |= {
        "core.config.auto_import",
        "core.engine.desks.files",
        "core.engine.api.history",
        "core.engine.attach.methods",
    }
    assert dragged_in(["tui.main", "tui.app", "core.engine.engine", "core.engine.gate"], later) == set()


def test_the_list_that_is_remembered_waits_for_no_engine() -> None:
    later = {"pydantic", "tomllib", "core.config.load", "core.config.base", "core.engine.engine", "core.engine.gate"}
    later |= {"core.store.journal.records", "core.tasks", "core.planning", "tui.screens.help"}
    assert dragged_in(["tui.main", "tui.app", "tui.keymap", "core.engine.remembered"], later) == set()


def test_console_reaches_nothing_below_the_engine() -> None:
    below = {"core.store", "core.exchange", "core.transfer", "core.links"}
    assert dragged_in([name for name in modules_of("tui") if name != "tui.main"], below) == set()
