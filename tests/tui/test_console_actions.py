"""Every key of the action table: the command that reaches the engine, and what the screen says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.console_pilot import console
from support.fake_engine import NOW, FakeEngine, ended_run

from core.engine.api import Right
from core.runs import Level, RunState
from tui.action import Action, Group, Scope, Situation
from tui.actions import ACTIONS, action, actions_of, in_groups, join, key_name, key_table
from tui.app import main_screen
from tui.ending import Ending
from tui.screens.confirm import ConfirmDialog

if TYPE_CHECKING:
    from core.engine.api import LogLine

# -- the table ----------------------------------------------------------------------------------------------------


_SCREENS = {scope: main_screen(scope) for scope in (Scope.TASKS,)}
"""The screens by the scope of their actions."""


@pytest.mark.parametrize("scope", _SCREENS)
def test_every_action_is_carried_out_by_its_screens(scope: Scope) -> None:
    for entry in actions_of(scope):
        assert callable(getattr(_SCREENS[scope], entry.method, None)), entry.id


def test_two_actions_with_the_same_key_on_a_screen_are_found_at_load() -> None:
    here = Action("a.here", ("x",), "Here", "Does this.", Group.VIEW, scopes=frozenset({Scope.TASKS, Scope.RUNS}))
    there = Action("a.there", ("y", "x"), "There", "Does that.", Group.VIEW, scopes=frozenset({Scope.RUNS}))
    with pytest.raises(ValueError, match=r"^x is the key of a\.here and of a\.there on the screen runs$"):
        join((here,), (there,))
    elsewhere = replace(there, scopes=frozenset({Scope.LAYOUT}))
    assert join((here,), (elsewhere,)) == (here, elsewhere)


def test_two_actions_with_the_same_id_are_found_at_load() -> None:
    here = Action("a.here", ("x",), "Here", "Does this.", Group.VIEW, scopes=frozenset({Scope.TASKS}))
    with pytest.raises(ValueError, match=r"^two actions are a\.here$"):
        join((here,), (replace(here, keys=("y",)),))


def test_no_action_hangs_on_a_key_that_a_terminal_may_keep() -> None:
    for entry in ACTIONS:
        # In forms, letters are text that is typed.
        assert (
            any(not key.startswith(("ctrl+", "alt+", "f1")) for key in entry.keys)
            or entry.id in ("mark.all", "app.suspend")
            or entry.group is Group.FORM
        )


def test_read_only_refuses_every_action_that_changes_something() -> None:
    target = FakeEngine().tasks[1]
    for entry in ACTIONS:
        why_not = entry.why_not(Situation(targets=(target,), right=Right.VIEW))
        assert (why_not == "This console is read-only.") == entry.changes


def test_key_table_names_every_key() -> None:
    table = key_table()
    for entry in ACTIONS:
        for key in entry.keys:
            assert f"`{key_name(key)}`" in table
        assert entry.help in table
    assert sum(len(entries) for _, entries in in_groups()) == len(ACTIONS)


def test_readme_shows_the_key_table() -> None:
    assert key_table() in (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


# -- moving and marking -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "task"),
    [
        (["j"], "supplier-prices"),
        (["down", "down"], "webshop-articles"),
        (["j", "j", "k"], "supplier-prices"),
        (["G"], "stock"),
        (["end", "up"], "erp-files"),
        (["G", "g"], "clean-up"),
        (["G", "home"], "clean-up"),
        (["pagedown"], "stock"),
        (["G", "pageup"], "clean-up"),
        (["k"], "clean-up"),
    ],
)
async def test_keys_that_move(keys: list[str], task: str) -> None:
    async with console() as running:
        text = await running.press(*keys)
        assert running.cursor == task
        assert f"── {task} · " in text


async def test_cursor_stays_on_its_task_when_the_order_changes() -> None:
    async with console() as running:
        await running.press("j")
        await running.press("less_than_sign", "r")
        assert running.cursor == "supplier-prices"
        running.engine.tasks = list(reversed(running.engine.tasks))
        running.engine.change("stock", description="Changed")
        await running.look()
        assert running.cursor == "supplier-prices"
        row = next(line for line in running.lines if line.startswith("›"))
        assert "Weekly prices" in row


async def test_cursor_goes_to_a_neighbour_when_its_task_is_gone() -> None:
    async with console() as running:
        await running.press("j")
        running.engine.tasks = [task for task in running.engine.tasks if task.id != "supplier-prices"]
        running.engine.change("stock", description="Changed")
        await running.look()
        assert running.cursor == "webshop-articles"


async def test_long_list_scrolls_with_the_cursor_in_view() -> None:
    model = FakeEngine().tasks[1]
    tasks = [replace(model, id=f"t{number}", description=f"Task {number}") for number in range(200)]
    async with console(FakeEngine(tasks)) as running:
        for keys, number in ((["G"], 199), (["k"] * 15, 184), (["g"], 0), (["j"] * 15, 15), (["pagedown"] * 3, None)):
            text = await running.press(*keys)
            assert number is None or running.cursor == f"t{number}"
            assert any(line.startswith("›") for line in text.splitlines())


async def test_marks() -> None:
    async with console() as running:
        text = await running.press("j", "space", "space")
        assert "2 tasks marked" in text
        assert running.cursor == "erp-files"
        assert sum(line[1:2] == "*" for line in text.splitlines()) == 2
        assert "5 tasks marked" in await running.press("ctrl+a")
        assert "marked" not in await running.press("ctrl+a")
        await running.press("space")
        assert "marked" not in await running.press("escape")


async def test_range_is_marked_from_the_last_mark_to_the_cursor() -> None:
    async with console() as running:
        text = await running.press("j", "space", "j", "j", "v")
        assert "3 tasks marked" not in text
        assert running.tasks.task_list.marked == {"supplier-prices", "webshop-articles", "erp-files", "stock"}
        await running.press("escape")
        assert running.tasks.task_list.marked == set()
        await running.press("k", "v")
        assert running.tasks.task_list.marked == {"erp-files"}
        await running.press("g", "v")
        assert "4 tasks marked" in running.text


# -- start, stop, switch ------------------------------------------------------------------------------------------


async def test_start_asks_with_the_focus_on_the_way_out() -> None:
    async with console() as running:
        text = await running.press("j", "s")
        assert "Start 1 task?" in text
        assert "supplier-prices: Weekly prices of our main supplier" in text
        assert "› Cancel (n)" in text
        await running.press("enter")
        assert running.engine.commands == []
        text = await running.press("s", "y")
        assert running.engine.commands == [("start", ["supplier-prices"])]
        assert "► running" in text


@pytest.mark.parametrize("keys", [["n"], ["escape"], ["s"], ["s", "s", "n"], ["S", "space", "j", "escape"], ["enter"]])
async def test_start_is_left_alone_by_every_other_key(keys: list[str]) -> None:
    async with console() as running:
        await running.press("j", "s", *keys)
        assert running.engine.commands == []


async def test_answer_by_moving_to_it() -> None:
    async with console() as running:
        text = await running.press("j", "s", "tab")
        assert "› Start (y)" in text
        await running.press("right", "enter")
        assert running.engine.commands == [("dry run", ["supplier-prices"])]


async def test_marked_tasks_start_in_the_order_of_their_sequence() -> None:
    async with console() as running:
        await running.press("G", "space", "k", "space", "g", "j", "space")
        text = await running.press("s")
        assert "Start 3 tasks?" in text
        assert "Not active, and started by hand all the same: stock." in text
        await running.press("y")
        assert running.engine.commands == [("start", ["supplier-prices", "erp-files", "stock"])]
        assert "marked" not in running.text


async def test_dry_run_by_its_key_and_in_the_dialog() -> None:
    async with console() as running:
        assert "Dry run of 1 task?" in await running.press("j", "S")
        await running.press("y")
        await running.press("j", "s", "d")
        assert running.engine.commands == [("dry run", ["supplier-prices"]), ("dry run", ["webshop-articles"])]


async def test_start_with_archiving_confirmed_is_offered_after_the_brake() -> None:
    engine = FakeEngine()
    braked = ended_run("supplier-prices", RunState.FAILED, braked=True, message="It would archive 90 of 100 records.")
    engine.change("supplier-prices", last_run=braked)
    async with console(engine) as running:
        text = await running.press("j", "s")
        assert "It would archive 90 of 100 records." in text
        assert "Archiving confirmed (a)" in text
        await running.press("a")
        assert engine.commands == [("confirmed", ["supplier-prices"])]
        engine.change("supplier-prices", run=None)
        await running.look()
        text = await running.press("space", "space", "s")
        assert "Archiving confirmed" not in text
        assert isinstance(running.app.screen, ConfirmDialog)
        assert "confirmed alone: supplier-prices." in running.app.screen.question_text()
        await running.press("y")
        assert engine.commands[1:] == [("start", ["supplier-prices", "webshop-articles"])]


async def test_going_tasks_are_left_out_and_a_start_of_nothing_says_why() -> None:
    async with console() as running:
        running.engine.begin("supplier-prices")
        await running.look()
        text = await running.press("j", "s")
        assert "supplier-prices is going already; a task has one run at a time." in text
        text = await running.press("ctrl+a", "s")
        assert "Left out, because they are going already: supplier-prices." in text
        await running.press("y")
        assert running.engine.commands == [("start", ["clean-up", "webshop-articles", "erp-files", "stock"])]


async def test_stop() -> None:
    async with console() as running:
        assert "supplier-prices is not going" in await running.press("j", "x")
        run = running.engine.begin("supplier-prices")
        await running.look()
        text = await running.press("x")
        assert "Stop the run?" in text
        assert "supplier-prices (running): Weekly prices of our main supplier" in text
        await running.press("x", "enter")
        assert running.engine.commands == []
        text = await running.press("x", "y")
        assert running.engine.commands == [("stop", [run.id])]
        assert "▪ stopping" in text


async def test_toggle() -> None:
    async with console() as running:
        assert "a task of Pendel's own and always active" in await running.press("t")
        await running.press("j", "t")
        assert running.engine.commands == [("deactivate", ["supplier-prices"])]
        assert "no run is planned while it is not active" in running.text or "not active" in running.text
        await running.press("ctrl+a", "t")
        tasks = ["supplier-prices", "webshop-articles", "erp-files", "stock"]
        assert running.engine.commands[1:] == [("activate", tasks)]


async def test_refusal_of_the_engine_is_said_until_the_next_key() -> None:
    engine = FakeEngine(refuse="The disk is full.")
    async with console(engine) as running:
        assert "The disk is full." in await running.press("j", "s", "y")
        assert "The disk is full." not in await running.press("j")
        assert "The disk is full." in await running.press("t")


async def test_read_only_console_asks_nothing_and_says_why() -> None:
    async with console(FakeEngine(read_only=True)) as running:
        assert "· read-only" in running.lines[0]
        for key in ("s", "S", "x", "t"):
            assert "This console is read-only." in await running.press("j", key)
        assert running.engine.commands == []


# -- find and view ------------------------------------------------------------------------------------------------


async def test_filter_as_you_type_and_escape_clears_it() -> None:
    async with console() as running:
        text = await running.press("slash", *"WEB changed")
        assert "Changed articles" in text
        assert "Weekly prices" not in text
        text = await running.press("enter")
        assert "Filter: 'WEB changed', 1 of 5; esc clears it." in text
        assert "Weekly prices" in await running.press("escape")


async def test_letters_in_the_filter_are_letters() -> None:
    async with console() as running:
        await running.press("slash", *"qxsf", "escape")
        assert running.engine.commands == []
        assert running.app.screen is running.tasks
        assert "No task passes the filter" in running.text


async def test_state_filter_goes_round() -> None:
    async with console() as running:
        running.engine.begin("erp-files")
        shown = []
        for _ in range(4):
            await running.press("f")
            shown.append([task.id for task in running.tasks.task_list.shown])
        assert shown == [
            ["erp-files"],
            ["webshop-articles", "stock"],
            ["stock"],
            ["clean-up", "supplier-prices", "webshop-articles", "erp-files", "stock"],
        ]


async def test_sorting_by_the_columns_beside_and_back() -> None:
    async with console() as running:
        text = await running.press("greater_than_sign", "greater_than_sign")
        assert "Description▲" in text
        assert running.tasks.task_list.shown[0].id == "webshop-articles"
        assert "Description▼" in await running.press("r")
        assert running.tasks.task_list.shown[-1].id == "webshop-articles"
        text = await running.press("r", "less_than_sign", "less_than_sign")
        assert "Seq▲" in text


async def test_freeze_holds_the_view_and_lets_it_go_on() -> None:
    async with console() as running:
        assert "Held still" in await running.press("p")
        running.engine.begin("erp-files")
        running.engine.log("A line that is not to be seen yet.")
        text = await running.look()
        assert "running" not in text
        assert "A line" not in text
        text = await running.press("p")
        assert "► running" in text
        assert "A line that is not to be seen yet." in text


async def test_copy_sends_the_details_to_the_clipboard() -> None:
    async with console() as running:
        text = await running.press("G", "y")
        assert "The details of stock went to your terminal's clipboard" in text
        assert "Stock of the central warehouse, Zürich" in running.app.clipboard


async def test_details_take_the_body_and_give_it_back() -> None:
    async with console() as running:
        text = await running.press("j", "j", "enter")
        assert "State" not in text
        assert "The server closed the line. It will be tried again on Monday." in text
        assert "State" in await running.press("enter")
        assert "State" in await running.press("enter", "escape")


async def test_waiting_run_says_what_it_waits_for() -> None:
    async with console(size=(120, 40)) as running:
        running.engine.begin("erp-files", state=RunState.WAITING, waits_for="a slot", started_at=None)
        text = await running.press("end", "k")
        assert "◌ waiting" in text
        assert "for a slot" in text
        assert "Waits for  a slot" in text
        assert "1 waiting" in running.lines[0]


# -- the log ------------------------------------------------------------------------------------------------------


async def test_log_is_shown_whole_and_hidden_in_turn() -> None:
    async with console() as running:
        running.engine.log("Something happened.")
        assert "Something happened." in await running.look()
        assert "State" not in await running.press("l")
        assert "Something happened." not in await running.press("l")
        assert "The log is hidden; the key l shows it." in await running.press("w")
        assert "Something happened." in await running.press("l")


async def test_hidden_log_pulls_nothing() -> None:
    async with console() as running:
        await running.press("l", "l")
        asked: list[int] = []

        def log_after(number: int, limit: int = 1000) -> list[LogLine]:
            asked.append(number)
            return []

        running.engine.log_after = log_after  # type: ignore[method-assign]
        await running.look()
        assert asked == []


async def test_log_pauses_when_scrolled_and_counts_what_comes() -> None:
    async with console() as running:
        for number in range(20):
            running.engine.log(f"Line {number}.")
        await running.look()
        text = await running.press("tab", "tab", "k")
        assert "paused, 0 new" in text
        running.engine.log("One more.")
        running.engine.log("And another.")
        text = "".join([await running.look() for _ in range(4)])
        assert "paused, 2 new" in text
        assert "And another." not in text
        text = await running.press("G")
        assert "following" in text
        assert "And another." in text


async def test_log_filters_by_task_and_severity() -> None:
    async with console() as running:
        running.engine.log("Of the stock.", task="stock")
        running.engine.log("Fine print.", Level.DEBUG)
        running.engine.log("Grave.", Level.ERROR, task="erp-files")
        text = await running.look()
        assert "Fine print." not in text
        text = await running.press("G", "o")
        assert "Of the stock." in text
        assert "Grave." not in text
        assert "Log · stock · " in text
        await running.press("o")
        text = await running.press("i", "i")
        assert "Log · all tasks · errors" in text
        assert "Of the stock." not in text
        assert "Grave." in text
        assert "Fine print." in await running.press("i")


async def test_log_wraps_long_lines() -> None:
    async with console() as running:
        running.engine.log("word " * 30 + "end")
        assert "end" not in "".join((await running.look()).splitlines()[-8:])
        assert " end" in await running.press("w")
        assert "…" in "".join((await running.press("w")).splitlines()[-8:])


async def test_log_is_bounded_and_keeps_its_place_while_paused() -> None:
    async with console() as running:
        for number in range(6000):
            running.engine.log(f"Line {number}.")
        for _ in range(12):
            await running.look()
        assert len(running.tasks.context.log.shown) <= 5000
        assert "Line 5999." in running.text


async def test_markup_in_texts_is_text() -> None:
    engine = FakeEngine()
    engine.change("stock", description="[red]not[/] a style [link='x']")
    async with console(engine) as running:
        engine.log("[bold]plain[/bold]")
        text = await running.press("G")
        assert "[red]not[/] a style [link='x']" in text
        assert "[bold]plain[/bold]" in text


# -- the program --------------------------------------------------------------------------------------------------


async def test_help_lists_every_action_and_says_what_cannot_be_done() -> None:
    async with console(size=(120, 250)) as running:
        text = await running.press("question_mark")
        for entry in ACTIONS:
            assert key_name(entry.keys[0]) in text
            assert entry.help.split()[0] in text
        assert "Not now: clean-up is not going, so there is nothing to stop." in " ".join(text.split())
        await running.press("q")
        assert running.app.screen is running.tasks


async def test_help_scrolls_at_80_by_24() -> None:
    async with console() as running:
        await running.press("question_mark")
        assert "esc Back" in await running.press("G")
        assert "Screens" not in running.text
        assert (await running.press("g")).startswith("Screens")
        assert not (await running.press("pagedown")).startswith("Screens")
        await running.press("escape")
        assert running.app.screen is running.tasks


async def test_palette_finds_an_action_and_carries_it_out() -> None:
    async with console() as running:
        await running.press("j", "colon")
        await running.press(*"task.toggle")
        await running.app.workers.wait_for_complete()
        await running.press("down", "enter")
        await running.pilot.pause()
        assert running.engine.commands == [("deactivate", ["supplier-prices"])]


async def test_quit_at_once_when_nothing_is_going() -> None:
    async with console() as running:
        await running.pilot.press("q")
    assert running.app.return_value is Ending.QUIT


@pytest.mark.parametrize(("key", "ending"), [("w", Ending.WAIT), ("s", Ending.STOP)])
async def test_quit_asks_what_becomes_of_the_runs(key: str, ending: Ending) -> None:
    async with console() as running:
        running.engine.begin("erp-files")
        await running.look()
        text = await running.press("q")
        assert "1 task is going. Quit?" in text
        assert "erp-files (running): Daily files for the ERP" in text
        await running.press("q", "enter")
        assert running.app.screen is running.tasks
        await running.press("q")
        assert isinstance(running.app.screen, ConfirmDialog)
        await running.pilot.press(key)
    assert running.app.return_value is ending
    assert running.engine.commands == []


async def test_the_question_at_the_end_stays_true_while_it_stands() -> None:
    async with console() as running:
        running.engine.begin("erp-files")
        running.engine.begin("webshop-articles")
        await running.look()
        assert "2 tasks are going. Quit?" in await running.press("q")
        running.engine.change("erp-files", run=None)
        await running.look()
        dialog = running.app.screen
        assert isinstance(dialog, ConfirmDialog)
        # As its timer does, each second.
        dialog._tell()
        assert "1 task is going. Quit?" in dialog.question_text()
        assert "erp-files" not in dialog.question_text()
        running.engine.change("webshop-articles", run=None)
        await running.look()
        dialog._tell()
        assert dialog.question_text().startswith("Nothing is going any more. Quit?")


async def test_what_is_too_long_for_a_dialog_is_cut_with_a_sign() -> None:
    async with console() as running:
        running.engine.change("supplier-prices", description="All prices of all suppliers of the whole world, daily")
        await running.look()
        await running.press("j", "s")
        dialog = running.app.screen
        assert isinstance(dialog, ConfirmDialog)
        (name,) = (line for line in dialog.question_text().splitlines() if "supplier-prices" in line)
        assert name.endswith("…")


async def test_empty_list_says_what_to_do() -> None:
    async with console(FakeEngine([])) as running:
        assert "There are no tasks yet." in running.text
        for entry in ACTIONS:
            if entry.id in ("app.quit", "app.suspend", "app.palette", "app.help", "task.add", "settings.undo"):
                continue
            if entry not in actions_of(Scope.TASKS) or entry.group is Group.SCREENS:
                continue
            for key in entry.keys:
                await running.press(key)
        assert running.engine.commands == []


async def test_fault_of_an_action_is_said_and_the_console_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    async with console() as running:
        # The small engine has no desks.
        text = await running.press("u")
        assert "This failed by a fault in Pendel: AttributeError: " in text
        assert "failed by a fault" in caplog.text
        await running.press("j")
        assert running.cursor == "supplier-prices"


async def test_notice_of_the_engine_is_shown() -> None:
    async with console(FakeEngine(notice="The configuration could not be read again.")) as running:
        assert "The configuration could not be read again." in running.text


async def test_new_day_changes_how_times_are_said() -> None:
    async with console() as running:
        assert "12:00" in running.lines[2]
        running.tasks._table._clock = lambda: NOW.replace(day=21)
        running.app._given = replace(running.app._given, clock=lambda: NOW.replace(day=21))
        await running.look()
        assert "Fri 12:00" in running.lines[2]


def test_action_is_found_by_its_id() -> None:
    assert action("task.start").keys == ("s",)


async def test_what_is_said_takes_the_lines_that_it_needs_until_the_next_key() -> None:
    reason = "The task is one of Pendel's own; its settings stand on the Settings screen."
    async with console(size=(40, 12)) as running:
        before = running.lines
        running.tasks.say(reason)
        await running.look()
        assert " ".join(line.strip() for line in running.lines[-3:-1]) == reason
        running.tasks.say("word " * 100)
        await running.look()
        assert running.lines[-4:-1] == ["word " * 7 + "word", "word " * 7 + "word", "word " * 7 + "word…"]
        await running.press("j", "k")
        assert running.lines == before
