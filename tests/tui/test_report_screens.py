"""Reports in the console: made from a ready one, edited over several lines, seen as text, and run."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import pytest
from support.live_console import live_console
from support.task_site import TABLES, import_of, task_table
from textual.widgets import TextArea

from tui.forms.long_text import TextDialog
from tui.screens.form import FormScreen
from tui.screens.layouts import LayoutsScreen
from tui.screens.reading import TextScreen

if TYPE_CHECKING:
    from pathlib import Path

HEAD = 'version = 1\n[engine]\nlanguages = ["nl", "en"]\nattempts = 1\n'
LAYOUT = """
[layouts.failures]
direction = "report"
title = "Failures"
queries = [{ name = "failed", sql = "SELECT task, message FROM runs WHERE state = 'failed'" }]
blocks = [{ kind = "text", text = "{failed.rows} runs failed." }, { kind = "table", query = "failed" }]
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """An import without a file, a report layout, and its task."""
    for name in ("in", "out", "uploads"):
        (tmp_path / name).mkdir()
    config = tmp_path / "config.toml"
    report = task_table("weekly", "report", {"layout": "failures", "file": "weekly", "sequence": 20})
    config.write_text("\n".join((HEAD, TABLES, LAYOUT, import_of("prices"), report)), encoding="utf-8")
    return config


def written(config: Path) -> str:
    return config.read_text(encoding="utf-8")


def layouts(config: Path) -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads(written(config))["layouts"]
    return found


async def test_a_report_is_seen_as_text_and_nothing_is_sent(site: Path) -> None:
    async with live_console(site) as console:
        run = console.live.start("prices")
        console.live.ended(run)
        await console.press("G", "V")
        text = await console.until("1 runs failed.")
        assert isinstance(console.app.screen, TextScreen)
        assert text.splitlines()[0].rstrip() == "Failures"
        assert "prices  There is no file" in text
        assert all(len(line.rstrip()) <= 80 for line in text.splitlines())
        await console.press("escape")
        assert "prices makes no report: it is of type import" in await console.press("k", "V")
    assert not (site.parent / "exports").exists()


async def test_a_ready_layout_is_taken_changed_over_several_lines_and_saved(site: Path) -> None:
    async with live_console(site) as console:
        await console.press("4", "a")
        await console.until("Report: Weekly exchange overview")
        await console.press(*"weekly", "enter")
        await console.until("A name for the layout of the report")
        await console.press("enter")
        await console.until("New layout weekly-exchange-overview")
        form = console.screen
        assert isinstance(form, FormScreen)
        await console.press("ctrl+r")
        await console.until("Weekly exchange overview")
        await console.press("escape")
        # To the first query, into it, and to its text.
        while "1 summary" not in (form.panel.rows.current.label if form.panel.rows.current else ""):
            await console.press("down")
            if form.panel.rows.current and form.panel.rows.current.path == ("queries", 0):
                break
        await console.press("enter", "down", "down", "enter")
        dialog = console.app.screen
        assert isinstance(dialog, TextDialog)
        area = dialog.query_one(TextArea)
        assert area.text.startswith("SELECT\n    count(*) AS runs,\n")
        await console.pilot.press(*"-- mine", "enter")
        await console.press("ctrl+s")
        assert console.screen is form
        await console.press("ctrl+s")
        await console.until("Saved layout weekly-exchange-overview")
        assert isinstance(console.screen, LayoutsScreen)
    saved = layouts(site)["weekly-exchange-overview"]
    assert saved["queries"][0]["sql"].startswith("-- mine\nSELECT\n    count(*) AS runs,\n")
    assert written(site).count('"""') >= 12, "a query is written over several lines, too"


async def test_a_query_that_may_not_be_is_told_and_not_saved(site: Path) -> None:
    async with live_console(site) as console:
        await console.press("4")
        screen = console.screen
        assert isinstance(screen, LayoutsScreen)
        screen.list.move_to_row("failures")
        await console.press("e")
        await console.until("Edit layout failures")
        form = console.screen
        assert isinstance(form, FormScreen)
        assert form.form is not None
        form.form.put(("queries", 0, "sql"), "SELECT * FROM '/etc/passwd'")
        form.changed()
        assert "which is no view of reports" in await console.until("is no view of reports")
        await console.press("ctrl+s")
    assert layouts(site)["failures"]["queries"][0]["sql"].startswith("SELECT task")


async def test_a_layout_of_a_file_has_no_report(site: Path) -> None:
    async with live_console(site) as console:
        await console.press("4")
        screen = console.screen
        assert isinstance(screen, LayoutsScreen)
        screen.list.move_to_row("prices")
        await console.press("V")
        await console.until("is the layout of a file")
