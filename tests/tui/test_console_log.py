"""The log of the console: following and standing still, search, filters, saving, and a flood of lines."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest
from support.console_pilot import Console, check_snapshot, console
from support.fake_engine import NOW, FakeEngine

from core.engine.api import LogLine
from core.runs import Level
from tui.action import Scope
from tui.keymap import Keymap
from tui.log_view import AT_ONCE, KEPT, LogView
from tui.words import ASCII

if TYPE_CHECKING:
    from pathlib import Path


def engine_with_lines(number: int = 30) -> FakeEngine:
    engine = FakeEngine()
    for each in range(number):
        engine.log(f"Line {each}{' of the needle' if each % 10 == 3 else ''}.")
    return engine


async def into_the_log(running: Console) -> str:
    return await running.press("l")


def log_rows(text: str) -> list[str]:
    lines = text.splitlines()
    start = next(number for number, line in enumerate(lines) if " Log · " in line or " Log - " in line)
    return lines[start:-2]


# -- search -------------------------------------------------------------------------------------------------------


async def test_search_marks_by_signs_and_goes_to_the_latest_match() -> None:
    async with console(engine_with_lines()) as running:
        await into_the_log(running)
        text = await running.press("slash", *"NEEDLE", "enter")
        assert "Match 3 of 3 for 'NEEDLE'." in text
        assert "paused, 0 new · search 'NEEDLE'" in text
        rows = log_rows(text)
        assert [row for row in rows if row.startswith("› ")] == ["› 13:00:24 info  Line 23 of the needle."]
        assert sum(row.startswith("* ") for row in rows) == 1
        assert rows[1].startswith("  13:")


async def test_next_and_previous_match_go_round_and_say_so() -> None:
    async with console(engine_with_lines()) as running:
        await into_the_log(running)
        await running.press("slash", *"needle", "enter")
        text = await running.press("n")
        assert "Match 1 of 3 for 'needle'. The search went on from the first line." in text
        assert any(row.startswith("› ") and "Line 3 of" in row for row in log_rows(text))
        assert "Match 2 of 3" in await running.press("n")
        assert "Match 1 of 3" in await running.press("N")
        assert "Match 3 of 3 for 'needle'. The search went on from the last line." in await running.press("N")


async def test_search_says_when_there_is_no_match_and_finds_what_comes_while_paused() -> None:
    async with console(engine_with_lines()) as running:
        await into_the_log(running)
        assert "No match: no line of the log that is shown has 'haystack'." in await running.press(
            "slash", *"haystack", "enter"
        )
        await running.press("p")
        running.engine.log("A haystack came.")
        assert "paused, 1 new" in await running.look()
        text = await running.press("n")
        assert "Match 1 of 1" in text
        assert any(row.startswith("› ") and "A haystack came." in row for row in log_rows(text))


async def test_escape_leaves_the_search_then_the_log() -> None:
    async with console(engine_with_lines()) as running:
        await into_the_log(running)
        await running.press("slash", *"needle", "enter")
        text = await running.press("escape")
        assert "search" not in text
        assert "State" not in text
        assert "State" in await running.press("escape")
        assert "Nothing is looked for; in the log, the key / does that." in await running.press("n")


async def test_letters_of_a_search_are_letters_and_no_filter_of_the_list() -> None:
    async with console(engine_with_lines()) as running:
        await into_the_log(running)
        await running.press("slash", *"qsx", "escape")
        assert running.engine.commands == []
        assert running.tasks.filter_words == ""
        assert running.app.screen is running.tasks


async def test_a_log_that_shows_nothing_says_what_to_press() -> None:
    keymap = Keymap({"log.severity": ("f8",), "log.task": ("f9",)})
    async with console(keymap=keymap) as running:
        assert log_rows(running.text)[1] == "  Nothing was logged yet."
        running.engine.log("One line.")
        await running.look()
        await running.press("f8", "f9")
        says = "No line passes the filters: f9 shows the lines of all, f8 goes through the severities."
        assert " ".join(row.strip() for row in log_rows(running.text)[1:3]) == says
        assert f"There is nothing to save. {says}" in (await running.press("W")).replace("\n", " ")
        await into_the_log(running)
        assert "There is nothing here to copy." in await running.press("y")
        running.app.go(Scope.SETTINGS)
        await running.pilot.pause()
        assert "on the tasks, f9 shows" in await running.look()


# -- following and standing still ---------------------------------------------------------------------------------


async def test_place_filters_and_search_hold_on_another_screen() -> None:
    async with console(engine_with_lines()) as running:
        await into_the_log(running)
        await running.press("slash", *"needle", "enter", "i")
        before = log_rows(await running.look())
        await running.press("escape", "escape")
        running.app.go(Scope.RUNS)
        await running.pilot.pause()
        running.engine.log("Something grave.", Level.ERROR)
        running.engine.log("Something else.")
        await running.look()
        text = await running.press("l")
        assert "warning and graver · paused, 1 new" in text
        assert before[0].startswith("── Log · all tasks · warning and graver · paused, 0 new")
        assert "Something grave." in await running.press("G")
        assert "following" in running.text


async def test_hidden_log_is_hidden_everywhere() -> None:
    async with console(engine_with_lines()) as running:
        await running.press("l", "l")
        running.app.go(Scope.RUNS)
        await running.pilot.pause()
        assert "Log · all tasks" not in await running.look()
        assert "Log · all tasks" in await running.press("l")
        running.app.go(Scope.TASKS)
        await running.pilot.pause()
        assert "Log · all tasks" in await running.look()


async def test_what_is_read_stays_where_it_is_while_thousands_of_lines_come() -> None:
    async with console(engine_with_lines(100)) as running:
        await into_the_log(running)
        await running.press("p", "pageup")
        before = log_rows(running.text)[1:]
        for number in range(3 * KEPT):
            running.engine.log(f"Later {number}.")
        for _ in range(3):
            await running.look()
        assert log_rows(running.text)[1:] == before
        assert "new" in log_rows(running.text)[0]


async def test_wrapped_lines_scroll_row_by_row() -> None:
    engine = FakeEngine()
    for number in range(12):
        engine.log(f"Begin {number} " + "word " * 40 + f"end {number}")
    async with console(engine) as running:
        await into_the_log(running)
        text = await running.press("w")
        assert "end 11" in text
        first = log_rows(text)[1]
        above = log_rows(await running.press("k"))
        assert above[2] == first
        assert log_rows(await running.press("j"))[1] == first
        assert "following" in running.text


# -- filters ------------------------------------------------------------------------------------------------------


def line(number: int, text: str = "", level: Level = Level.INFO, task: str = "", run: int | None = None) -> LogLine:
    return LogLine(number, NOW, level, text or f"Line {number}.", task, run)


def test_lines_of_one_run() -> None:
    view = LogView()
    view.take([line(1, task="stock", run=7), line(2, task="stock", run=8), line(3)])
    view.only(run=8)
    assert [entry.number for entry in view.shown] == [2]
    assert "run 8" in view.in_words()
    view.only()
    assert len(view.shown) == 3


def test_flood_is_bounded_and_says_what_it_left_out() -> None:
    view = LogView()
    for start in range(1, 1_000_000, 25_000):
        view.take([line(number) for number in range(start + 25_000 - AT_ONCE, start + 25_000)])
    assert len(view.shown) <= KEPT
    assert any("23,000 lines are left out here" in entry.text for entry in view.shown)
    view.pause(view.shown[0].number)
    kept = list(view.shown)
    for start in range(1_000_000, 2_000_000, 25_000):
        view.take([line(number) for number in range(start + 1, start + AT_ONCE + 1)])
    assert len(view.shown) <= 2 * KEPT
    assert view.shown[: len(kept)] == kept
    numbers = [entry.number for entry in view.shown]
    assert numbers == sorted(set(numbers))
    view.follow()
    assert len(view.shown) <= KEPT
    assert view.new == 0


def test_words_are_looked_for_as_they_stand() -> None:
    view = LogView()
    view.take([line(1, "12.50 (each)"), line(2, "12x50")])
    view.look_for("12.50 (")
    assert [view.has_words(entry) for entry in view.shown] == [True, False]


def files_in(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


# -- saving -------------------------------------------------------------------------------------------------------


async def save(running: Console, name: str) -> str:
    await running.press("W")
    await running.press(*["ctrl+u"], *name, "enter")
    await running.app.workers.wait_for_complete()
    return await running.look()


async def test_log_is_saved_to_a_file_and_says_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    async with console(engine_with_lines(3), size=(160, 50)) as running:
        text = await running.press("W")
        assert "Save 3 lines of the log to:" in text
        assert "pendel-log-20261120-130000.txt" in text
        await running.press("enter")
        await running.app.workers.wait_for_complete()
        text = await running.look()
        path = tmp_path / "pendel-log-20261120-130000.txt"
        assert f"3 lines of the log went to {path}." in text
        assert path.read_text().splitlines()[0] == "2026-11-20 13:00:01 info  Line 0."
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert files_in(tmp_path) == [path.name]


async def test_file_that_exists_is_overwritten_only_after_asking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "log.txt"
    path.write_text("of value")
    async with console(engine_with_lines(3)) as running:
        text = await save(running, "log.txt")
        assert "exists already." in text
        assert "Overwrite (y)" in text
        await running.press("enter")
        assert path.read_text() == "of value"
        await save(running, "log.txt")
        await running.press("y")
        await running.app.workers.wait_for_complete()
        assert "3 lines of the log went to" in await running.look()
        assert path.read_text().count("\n") == 3


async def test_saving_says_what_stands_in_the_way_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "directory").mkdir()
    async with console(engine_with_lines(3), size=(160, 50)) as running:
        assert "is a directory. Name a file." in await save(running, "directory")
        assert "There is no directory" in await save(running, "nowhere/log.txt")
        assert "The file cannot be written (file name too long):" in await save(running, "x" * 300)
        await running.press("W", "escape")
    assert files_in(tmp_path) == ["directory"]


async def test_file_that_came_meanwhile_is_not_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tui.screens.saving.place_for", lambda name: (tmp_path / name, False))
    (tmp_path / "log.txt").write_text("of value")
    async with console(engine_with_lines(3), size=(160, 50)) as running:
        assert "log.txt exists already. Choose another name." in await save(running, "log.txt")
    assert files_in(tmp_path) == ["log.txt"]
    assert (tmp_path / "log.txt").read_text() == "of value"


# -- as it looks --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(80, 24), (40, 10)])
async def test_searched_log(size: tuple[int, int]) -> None:
    async with console(engine_with_lines(), size=size) as running:
        await into_the_log(running)
        check_snapshot(f"log_search_{size[0]}x{size[1]}", await running.press("slash", *"needle", "enter"))


async def test_searched_log_in_ascii(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with console(engine_with_lines(), signs=ASCII) as running:
        await into_the_log(running)
        text = await running.press("slash", *"needle", "enter")
        assert text.isascii()
        check_snapshot("log_search_80x24_ascii", text)


async def test_question_for_a_file() -> None:
    async with console(engine_with_lines()) as running:
        text = await running.press("W")
        assert "enter Go on  esc Leave" in text
        check_snapshot("log_save_80x24", "\n".join(line for line in text.splitlines() if "From /" not in line))
