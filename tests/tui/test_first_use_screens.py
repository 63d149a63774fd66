"""The five questions on the screen: what is typed, what is refused, and what is there afterwards."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from support.console_pilot import check_snapshot

from core.config.layouts import CsvImportLayout
from core.config.load import load
from core.engine.first_use import TASK
from tui.ending import Ending
from tui.first_use import FirstUseApp
from tui.words import ASCII, UNICODE, Signs

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from textual.pilot import Pilot


class Asked:
    """The questions under test."""

    def __init__(self, pilot: Pilot[Ending]) -> None:
        self.pilot = pilot

    async def press(self, *keys: str) -> str:
        await self.pilot.press(*keys)
        await self.pilot.pause()
        return self.text

    async def answer(self, text: str) -> str:
        """Type over what is proposed, and go on."""
        await self.pilot.press("ctrl+u", *text)
        return await self.press("enter")

    @property
    def text(self) -> str:
        strips = self.pilot.app.screen._compositor.render_strips()
        return "\n".join(strip.text.rstrip() for strip in strips)


@pytest.fixture(autouse=True)
def usual(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.engine.first_use.usual_time_zone", lambda: "Europe/Amsterdam")
    monkeypatch.setattr("core.engine.first_use.usual_languages", lambda: ("nl", "en"))


@asynccontextmanager
async def asked(config: Path, *, size: tuple[int, int] = (80, 24), signs: Signs = UNICODE) -> AsyncIterator[Asked]:
    app = FirstUseApp(config, signs)
    async with app.run_test(size=size) as pilot:
        yield Asked(pilot)


async def test_enter_all_the_way_makes_a_configuration_with_the_example(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    async with asked(config) as first:
        assert "Shall one be made here?" in first.text
        assert "1. In which time zone" in await first.press("enter")
        assert "2. In which languages" in await first.press("enter")
        assert "3. Which file does a supplier send you?" in await first.press("enter")
        text = await first.press("enter")
        assert "4. What is the supplier called?" in text
        assert "Recognised in example-prices.csv: Artikelnummer (number), Omschrijving" in text
        assert "5. When is the file imported?" in await first.press("enter")
        await first.press("down", "enter")
        assert first.pilot.app.return_value is Ending.QUIT
    loaded = load(config)
    assert loaded.task(TASK).frequency.kind == "weekly"
    assert loaded.engine.languages == ["nl", "en"]


async def test_a_wrong_answer_is_refused_with_its_reason_and_asked_again(tmp_path: Path) -> None:
    async with asked(tmp_path / "config.toml") as first:
        await first.press("enter")
        assert "did you mean 'Europe/Berlin'?\n" in await first.answer("Europe/Berlim")
        await first.answer("Europe/Berlin")
        assert "'deutsch' is not a language code" in await first.answer("deutsch")
        await first.answer("de")
        assert "There is no file" in await first.answer("/no/such/file.csv")
        assert "is a directory. Name a file in it." in (await first.answer("/usr"))
        assert "3. Which file" in first.text


async def test_escape_goes_back_and_at_last_leaves_without_a_trace(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    async with asked(config) as first:
        await first.press("enter", "enter", "enter")
        assert "2. In which languages" in await first.press("escape")
        assert "1. In which time zone" in await first.press("escape")
        assert "Shall one be made here?" in await first.press("escape")
        await first.press("escape")
        assert first.pilot.app.return_value is Ending.STOP
    assert not config.exists()


async def test_a_column_is_chosen_where_no_name_says_which_identifies(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("foo;bar\n1;2\n")
    config = tmp_path / "config.toml"
    async with asked(config) as first:
        await first.press("enter", "enter", "enter")
        text = await first.answer(str(file))
        assert "4. Which column identifies an article?" in text
        assert "foo" in text
        text = await first.press("down", "enter")
        assert "5. What is the supplier called?" in text
        assert "Not taken for now: foo." in text
        await first.answer("acme")
        await first.press("enter")
        assert first.pilot.app.return_value is Ending.QUIT
    layout = load(config).layouts["acme-articles"]
    assert isinstance(layout, CsvImportLayout)
    assert [(column.column, column.field) for column in layout.columns] == [("bar", "number")]


async def test_hostile_column_names_are_only_text(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_bytes("\x1b[31m[red]x[/red];\u202ebar\n1;2\n".encode())
    async with asked(tmp_path / "config.toml") as first:
        await first.press("enter", "enter", "enter")
        text = await first.answer(str(file))
        assert "[red]x[/red]" in text
        assert "\x1b" not in text
        assert "\u202e" not in text


async def test_a_directory_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    (tmp_path / "data").write_text("in the way")
    async with asked(config) as first:
        await first.press("enter", "enter", "enter", "enter", "enter")
        text = await first.press("enter")
        assert "config-history" in text.replace("\n  ", "")
        assert first.pilot.app.return_value is None
    assert not config.exists()


@pytest.mark.parametrize("size", [(80, 24), (40, 10)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_snapshots(tmp_path: Path, size: tuple[int, int]) -> None:
    async with asked(tmp_path / "config.toml", size=size, signs=ASCII) as first:
        name = f"{size[0]}x{size[1]}"
        await first.press("enter", "enter", "enter")
        check_snapshot(f"first_use_file_{name}", first.text)
        await first.press("enter", "enter")
        check_snapshot(f"first_use_frequency_{name}", first.text)
