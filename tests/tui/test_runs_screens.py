"""The runs on the screen, going and ended, and one run whole; on a real engine with runs that left something behind."""

from __future__ import annotations

import threading
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from support.console_pilot import check_snapshot
from support.live_console import LiveConsole, live_console
from support.live_engine import live_engine
from support.run_site import HEADER, fill_history, put_prices, run_site

from core.engine.desks.history import HistoryDesk
from core.engine.gate import Gate
from core.engine.logs import run_log
from core.errors import StoreError
from core.runs import Actor, RunState
from core.store import catalogue
from core.store.journal import Journal
from core.store.journal.database import to_text
from tui.app import PendelApp
from tui.runlist import PAGE
from tui.screens.confirm import ConfirmDialog
from tui.screens.run import Part, RunScreen
from tui.screens.runs import RunsScreen
from tui.screens.tasks import TasksScreen
from tui.words import ASCII, UNICODE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path
    from typing import Any

    from duckdb import DuckDBPyConnection
    from support.live_engine import LiveEngine

    from core.engine.api.history import RunPage
    from core.store.catalogue import BlockCounts, ChangePlan


NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def carry_out(live: LiveEngine, task: str, **how: Any) -> RunState:
    # By somebody whose name is the same wherever the tests run.
    (number,) = Gate(live.engine, Actor("anna", "pts/3")).start_tasks([task], **how)
    return live.ended(number).state


def some_runs(root: Path) -> Path:
    """A site with five runs: an import with rejects, an export, a failure, one that the brake stopped, a dry run."""
    config = run_site(root)
    with live_engine(config) as live:
        put_prices(config, 1, 100, bad=5)
        assert carry_out(live, "delta") is RunState.WARNINGS
        assert carry_out(live, "shop") is RunState.SUCCEEDED
        assert carry_out(live, "missing") is RunState.FAILED
        put_prices(config, 31, 101, cents=75, bad=3)
        assert carry_out(live, "full") is RunState.FAILED
        assert carry_out(live, "full", dry_run=True) is RunState.WARNINGS
    return config


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return some_runs(tmp_path)


@pytest.fixture(scope="module")
def kept_site(new_directory: Callable[[], Path]) -> Path:
    """As ``site``, for tests that only look."""
    return some_runs(new_directory())


@asynccontextmanager
async def runs_screen(config: Path, **how: Any) -> AsyncIterator[LiveConsole]:
    async with live_console(config, **how) as console:
        await console.press("2")
        assert isinstance(console.screen, RunsScreen)
        yield console


def shown(console: LiveConsole) -> list[int]:
    assert isinstance(console.screen, RunsScreen)
    return [int(row.id) for row in console.screen._list.rows]


async def go_to(console: LiveConsole, run: int) -> str:
    """Put the cursor on a run."""
    assert isinstance(console.screen, RunsScreen)
    console.screen._list.move_to_row(str(run))
    console.screen._show_details()
    return await console.look()


def edit(config: Path, old: str, new: str) -> None:
    """Change the configuration; nothing new: leave out all from there on."""
    text = config.read_text(encoding="utf-8")
    assert old in text
    config.write_text(text.replace(old, new) if new else text[: text.index(old)], encoding="utf-8")


def dialog(console: LiveConsole) -> str:
    screen = console.app.screen
    assert isinstance(screen, ConfirmDialog)
    return " ".join(screen.question_text().split())


# -- the list --


async def test_ended_runs_stand_latest_first_with_what_they_came_to(kept_site: Path) -> None:
    async with runs_screen(kept_site) as console:
        assert shown(console) == [5, 4, 3, 2, 1]
        text = console.text
        assert "dry run: 71 read, 1 new" in text
        assert "✓ succeeded        2 shop" in text
        assert "× failed           3 missing" in text
        text = await go_to(console, 4)
        assert "── run 4 · full · import" in text
        assert "start the task with archiving" in text
        assert "Its log" in text


async def test_filters_by_outcome_words_and_date(kept_site: Path) -> None:
    async with runs_screen(kept_site) as console:
        text = await console.press("f")
        assert "going; 0 found" in text
        assert "No run passes the filter" in text
        await console.press("f")
        assert shown(console) == [5, 4, 3, 1]
        await console.press("f")
        assert shown(console) == [4, 3]
        assert "Filter: failed; 2 found; esc clears it." in console.text
        await console.press("escape")
        assert shown(console) == [5, 4, 3, 2, 1]
        await console.press("slash")
        await console.type("full dry")
        await console.press("enter")
        assert shown(console) == [5]
        await console.press("escape")
        for words in ("today", "this week", "this month"):
            assert f"Filter: {words}; 5 found" in await console.press("D")
        await console.press("D")
        assert shown(console) == [5, 4, 3, 2, 1]
        assert "Filter" not in console.text


async def test_tasks_lead_to_the_history_of_one_with_its_sparkline(kept_site: Path) -> None:
    async with live_console(kept_site) as console:
        assert isinstance(console.screen, TasksScreen)
        console.screen.task_list.cursor = "full"
        await console.press("h")
        assert shown(console) == [5, 4]
        text = console.text
        assert "Outcome   ×" in text
        assert "Duration  █" in text
        assert "Last 1 run: × failed 1; took " in text
        assert "Filter: task full; 2 found" in text
        await console.press("escape")
        assert shown(console) == [5, 4, 3, 2, 1]
        assert "Duration" not in console.text


async def test_thousands_of_runs_are_fetched_as_the_cursor_goes_down(tmp_path: Path) -> None:
    config = run_site(tmp_path)
    with live_engine(config) as live:
        fill_history(live.engine.workspace.journal, 10_000, until=datetime(2026, 11, 20, tzinfo=UTC))
    async with runs_screen(config) as console:
        assert shown(console) == list(range(10_000, 10_000 - PAGE, -1))
        assert f"The latest {PAGE} runs; there are more below." in console.text
        await console.press("G")
        assert len(shown(console)) == 2 * PAGE
        await console.press(*["pagedown"] * 12)
        assert shown(console) == list(range(10_000, 10_000 - len(shown(console)), -1))
        assert len(shown(console)) <= 4 * PAGE
        await console.press("slash")
        await console.type("needle")
        await console.press("enter")
        assert shown(console) == [number * 1000 + 8 for number in range(9, -1, -1)]


async def test_a_question_that_failed_is_asked_again(kept_site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = HistoryDesk.runs

    def broken(*_: object, **__: object) -> RunPage:
        raise StoreError("The journal is held by another process.")

    monkeypatch.setattr(HistoryDesk, "runs", broken)
    async with runs_screen(kept_site) as console:
        assert "The journal is held by another process." in console.text
        monkeypatch.setattr(HistoryDesk, "runs", real)
        await console.press("D")
        assert shown(console) == [5, 4, 3, 2, 1]


async def test_an_empty_history_says_what_to_press(tmp_path: Path) -> None:
    async with runs_screen(run_site(tmp_path)) as console:
        assert "Nothing has run yet. Go to the tasks with 1, and start one with s." in console.text
        assert "There is no run to choose here." in await console.press("enter")


# -- what goes --


def hold_block(monkeypatch: pytest.MonkeyPatch, number: int) -> threading.Event:
    """Let an import wait before it applies its block of that number, counted from 1, until the event is set."""
    apply_block, go = catalogue.apply_block, threading.Event()

    def held(session: DuckDBPyConnection, plan: ChangePlan, block: int, **how: Any) -> BlockCounts:
        assert block + 1 != number or go.wait(60)
        return apply_block(session, plan, block, **how)

    monkeypatch.setattr(catalogue, "apply_block", held)
    return go


async def test_a_running_import_stops_at_the_end_of_the_block_that_was_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = run_site(tmp_path)
    put_prices(config, 1, 1000)
    go = hold_block(monkeypatch, 3)
    async with runs_screen(config) as console:
        number = console.live.start("delta")
        console.live.wait_for_step("delta", "applying", done=199)
        text = await console.until("► running 20%")
        assert "Progress   applying prices.csv, 200 of 1,000 rows" in text
        assert "So far     1,000 read, 200 new" in text
        await console.press("x")
        told = (
            "at the end of block 3 of 10, with about 300 of 1,000 rows written. They stay; the next run does the rest."
        )
        assert dialog(console) == f"Stop run {number}? 10 delta (running): delta It stops {told}"
        await console.press("y")
        assert f"Stops {told}" in " ".join((await console.until("▪ stopping")).split())
        await console.press("x")
        assert "A stop was asked for already." in dialog(console)
        await console.press("escape")
        go.set()
        row = console.live.ended(number)
        text = await console.until("■ stopped")
        assert (row.state, row.counts.new) == (RunState.STOPPED, 300)
        assert "What was done stays: 1,000 read, 300 new." in text
        assert f"Run {number} has ended already." in await console.press("x")


async def test_the_list_of_tasks_says_the_same_of_a_stop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = run_site(tmp_path)
    put_prices(config, 1, 1000)
    go = hold_block(monkeypatch, 3)
    async with live_console(config) as console:
        number = console.live.start("delta")
        console.live.wait_for_step("delta", "applying", done=199)
        assert isinstance(console.screen, TasksScreen)
        console.screen.task_list.cursor = "delta"
        await console.until("► running")
        await console.press("x")
        assert "It stops at the end of block 3 of 10, with about 300 of 1,000 rows written." in dialog(console)
        await console.press("y")
        await console.until("Stops      at the end of block 3 of 10")
        go.set()
        assert console.live.ended(number).counts.new == 300


async def test_a_run_is_watched_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = run_site(tmp_path)
    put_prices(config, 1, 1000, bad=2)
    go = hold_block(monkeypatch, 3)
    async with runs_screen(config) as console:
        number = console.live.start("delta")
        console.live.wait_for_step("delta", "applying", done=199)
        await console.until("► running 20%")
        await console.press("enter")
        assert isinstance(console.screen, RunScreen)
        await console.until("A stop     takes effect at the end of block 3 of 10")
        await console.press("o")
        await console.until("Fetched prices.csv")
        go.set()
        console.live.ended(number)
        await console.until("Succeeded with warnings after")
        await console.press("enter")
        text = await console.until("! warnings")
        assert "Records    read      1,000  accepted from the files" in text
        assert "Rejects 2" in text


# -- commands --


async def test_start_again_offers_to_confirm_archiving_where_the_brake_stopped_it(site: Path) -> None:
    async with runs_screen(site) as console:
        await go_to(console, 3)
        await console.press("s")
        assert "Archiving confirmed" not in console.text
        await console.press("escape")
        await go_to(console, 4)
        await console.press("s")
        assert "With archiving confirmed, the records that are not in" in dialog(console)
        await console.press("a")
        assert "A run of full was queued." in console.text
        row = console.live.ended(6)
        assert (row.state, row.counts.archived) == (RunState.WARNINGS, 30)
        await console.until("! warnings         6 full")
        assert "30 archived" in await go_to(console, 6)


async def test_start_again_and_dry_run(site: Path) -> None:
    async with runs_screen(site) as console:
        await go_to(console, 2)
        await console.press("s", "y")
        assert not console.live.ended(6).dry_run
        await console.until("✓ succeeded        6 shop")
        await go_to(console, 2)
        await console.press("S", "y")
        assert console.live.ended(7).dry_run
        await console.until("7 shop")


async def test_revert_tells_what_would_be_put_back_and_can_be_reverted_itself(site: Path) -> None:
    async with runs_screen(site) as console:
        await go_to(console, 1)
        await console.press("R")
        told = dialog(console)
        assert "Put back what run 1 of delta changed?" in told
        assert "article, assortment supplier: 100 records removed" in told
        await console.press("y")
        console.live.ended(6)
        await console.until("revert of run 1")
        assert "reverted before, by run 6" in await console.press("R")
        await go_to(console, 6)
        await console.press("R")
        assert "100 records made again" in dialog(console)
        await console.press("y")
        console.live.ended(7)
        await console.until("revert of run 6")
        await go_to(console, 1)
        await console.press("enter")
        assert "Run 6 put back what this run changed." in console.text


async def test_a_revert_over_a_later_run_is_forced_with_open_eyes(site: Path) -> None:
    async with runs_screen(site) as console:
        console.live.ended(console.live.start("delta"))
        await console.until("6 delta")
        await go_to(console, 1)
        await console.press("R")
        told = dialog(console)
        assert "70 records of these were changed again later by run 6: A00031, A00032" in told
        assert "revert the later run first" in told
        assert "Revert by force (y)" in console.text
        await console.press("y")
        row = console.live.ended(7)
        assert row.options == {"run": 1, "force": True}
        assert row.state is RunState.WARNINGS


@pytest.mark.parametrize(
    ("run", "key", "why"),
    [
        (5, "R", "Run 5 was a dry run: it changed nothing."),
        (2, "R", "Run 2 changed no records of the catalogue."),
        (3, "R", "Run 3 changed no records"),
        (1, "x", "Run 1 has ended already."),
    ],
)
async def test_what_cannot_be_done_says_why(kept_site: Path, run: int, key: str, why: str) -> None:
    async with runs_screen(kept_site, size=(100, 24)) as console:
        await go_to(console, run)
        assert why in await console.press(key)


async def test_a_run_whose_task_is_gone_can_be_looked_at_and_not_started(site: Path) -> None:
    edit(site, '[[tasks]]\nid = "missing"', "")
    async with runs_screen(site) as console:
        await go_to(console, 3)
        assert "missing is no longer in the configuration." in await console.press("s")
        assert "There is no file 'missing.csv'" in await console.press("enter")


async def test_copy_takes_the_run_under_the_cursor(kept_site: Path) -> None:
    async with runs_screen(kept_site) as console:
        await go_to(console, 1)
        await console.press("y")
        assert console.app.clipboard.startswith("── run 1 · delta · import\n")
        await console.press("enter", "enter", "enter")
        await console.press("y")
        assert "line 102, Price (gross_price) “\\x1b[31m[red]x[/red]?0”" in console.app.clipboard


# -- one run --


async def test_a_dry_run_shows_its_samples_field_by_field(kept_site: Path) -> None:
    async with runs_screen(kept_site) as console:
        await console.press("enter")
        assert "It would   read" in console.text
        text = await console.press("enter")
        assert "[Samples 41]" in text
        assert "Would be new: 1" in text
        assert "Would change: 70, the first 20 of them" in text
        assert "  A00031\n    gross_price: 31.5 → 31.75" in text
        text = await console.press("G")
        assert "A00020" in text
        text = await console.press("enter")
        assert "3 records rejected" in text
        assert "A dry run writes no rejects file." in text


async def test_rejects_say_where_why_and_what_to_do(kept_site: Path) -> None:
    async with runs_screen(kept_site) as console:
        await go_to(console, 1)
        await console.press("enter", "enter", "enter")
        text = " ".join(console.text.split())
        assert "5 records rejected" in text
        assert "rejects/run-1/prices.csv" in text.replace(" ", "")
        assert "and start delta again." in text
        assert "line 102, Price (gross_price) “\\x1b[31m[red]x[/red]?0”: is not a number" in text
        text = await console.press("slash")
        await console.type("106")
        text = await console.press("enter")
        assert "line 106" in text
        assert "line 102" not in text
        assert "line 102" in await console.press("escape")
        text = await console.press("enter")
        assert "Read from the upload directory" in text
        assert "SHA-256" in text
        assert "Rejects file in" in text


async def test_many_rejects_are_fetched_as_one_goes_down(tmp_path: Path) -> None:
    config = run_site(tmp_path)
    put_prices(config, 1, 300, bad=290)
    with live_engine(config) as live:
        carry_out(live, "delta")
    async with runs_screen(config) as console:
        await console.press("enter", "enter", "enter")
        assert "200 rejects fetched; there are more below." in console.text
        await console.press("G")
        assert "line 591" in await console.press("G")
        assert "fetched" not in console.text


async def test_the_log_of_an_old_run_comes_from_the_journal_and_goes_back(tmp_path: Path) -> None:
    config = run_site(tmp_path)
    put_prices(config, 1, 10)
    with live_engine(config) as live:
        carry_out(live, "delta")
        for number in range(450):
            run_log("delta", 1).info("Line %d.", number)
    async with runs_screen(config) as console:
        text = await console.press("o")
        assert "[Log]" in text
        assert "Line 449." in text
        assert "There are earlier lines above; g fetches them." in text
        await console.press("g", "g", "g")
        text = await console.press("g")
        assert "Started run 1, asked for by" in text
        assert "earlier lines" not in text


async def test_parts_go_round_and_back_leaves(kept_site: Path) -> None:
    async with runs_screen(kept_site) as console:
        await console.press("enter")
        assert isinstance(console.screen, RunScreen)
        seen = []
        for key in ["enter"] * 5 + ["left_square_bracket"]:
            await console.press(key)
            seen.append(console.screen.part)
        assert seen == [Part.SAMPLES, Part.REJECTS, Part.FILES, Part.LOG, Part.OUTCOME, Part.LOG]
        assert "took effect" not in console.text
        await console.press("escape")
        assert isinstance(console.screen, RunsScreen)


async def test_commands_of_one_run(site: Path) -> None:
    async with runs_screen(site) as console:
        await go_to(console, 1)
        await console.press("enter", "S", "y")
        assert console.live.ended(6).dry_run
        await console.press("R")
        assert "Put back what run 1 of delta changed?" in dialog(console)
        await console.press("escape", "s", "escape")
        assert isinstance(console.screen, RunScreen)
        assert "Run 1 has ended already." in await console.press("x")


async def test_a_failed_run_says_what_to_do_at_three_in_the_morning(kept_site: Path) -> None:
    async with runs_screen(kept_site) as console:
        await go_to(console, 3)
        text = " ".join((await console.press("enter")).split())
        assert "There is no file 'missing.csv' at the upload directory. Check the path" in text
        assert "Once it is mended, s starts again." in text
        assert "Planned by hand; no run is planned" in text
        assert "none was counted" in text
        assert "There is no file 'missing.csv'" in await console.press("o")


async def test_hostile_names_arrive_harmless(tmp_path: Path) -> None:
    config = run_site(tmp_path)
    edit(config, 'file = "prices.csv"', 'file = "[red]*.csv"')
    (tmp_path / "uploads" / "r[b]evil\u202e.csv").write_text(f"{HEADER}A1;1,00\n[b]x;\x1b]0;t\x07\n")
    with live_engine(config) as live:
        carry_out(live, "delta")
    async with runs_screen(config) as console:
        # LiveConsole.text checks every line that it reads.
        await console.press("enter", "enter", "enter", "enter")
        assert "r[b]evil\\u202e.csv" in console.text
        await console.press("enter")


# -- whole screens --


@asynccontextmanager
async def still_screen(config: Path, **how: Any) -> AsyncIterator[LiveConsole]:
    """The runs screen on a day that is always the same."""
    with live_engine(config) as live:
        app = PendelApp(live.gate, how.get("signs", UNICODE), clock=lambda: NOON)
        async with app.run_test(size=how.get("size", (80, 24))) as pilot:
            console = LiveConsole(pilot, live)
            await console.press("2")
            yield console


@pytest.fixture(scope="module")
def still_site(new_directory: Callable[[], Path]) -> Path:
    """As ``site``, with runs of a day that is always the same."""
    config = some_runs(new_directory())
    journal = Journal(config.parent / "data" / "journal.sqlite")
    for run in range(1, 6):
        begun = NOON - timedelta(minutes=60 - run, seconds=5)
        moments = (to_text(begun), to_text(begun), to_text(begun + timedelta(seconds=run)))
        journal._database.execute(
            "UPDATE run SET queued_at = ?, started_at = ?, ended_at = ? WHERE id = ?", (*moments, run)
        )
    journal.close()
    return config


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (40, 10)])
async def test_snapshots(still_site: Path, size: tuple[int, int]) -> None:
    name = f"{size[0]}x{size[1]}"
    async with still_screen(still_site, size=size) as console:
        await go_to(console, 4)
        check_snapshot(f"runs_{name}", console.still)
        await go_to(console, 5)
        await console.press("enter")
        check_snapshot(f"run_{name}", console.still)


async def test_snapshot_in_ascii(still_site: Path) -> None:
    async with still_screen(still_site, signs=ASCII) as console:
        assert isinstance(console.screen, RunsScreen)
        console.screen.show_task("full")
        await console.look()
        await go_to(console, 5)
        text = console.still
        assert text.isascii()
        check_snapshot("runs_80x24_ascii", text)
