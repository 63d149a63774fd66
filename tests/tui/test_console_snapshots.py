"""Whole screens as text, at the sizes that people have, with and without Unicode."""

from __future__ import annotations

from datetime import timedelta

import pytest
from support.console_pilot import check_snapshot, console
from support.fake_engine import NOW, FakeEngine

from core.runs import Level, Progress, RunState
from tui.words import ASCII, UNICODE


def busy_engine() -> FakeEngine:
    engine = FakeEngine()
    engine.begin("supplier-prices", progress=Progress("apply", 12_000, 50_000, "rows", NOW - timedelta(seconds=4)))
    engine.begin("erp-files", state=RunState.WAITING, waits_for="supplier-prices", started_at=None)
    engine.log("The engine plans 4 tasks.")
    engine.log("prices-20261120.csv was fetched, 4.2 MB.", task="supplier-prices")
    engine.log("Line 812: the price 12,5O is not a number.", Level.WARNING, task="supplier-prices")
    return engine


@pytest.mark.parametrize("size", [(40, 10), (80, 24), (120, 40), (160, 50)])
async def test_tasks(size: tuple[int, int]) -> None:
    async with console(busy_engine(), size=size) as running:
        check_snapshot(f"tasks_{size[0]}x{size[1]}", await running.press("j"))


async def test_tasks_in_ascii_without_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with console(busy_engine(), signs=ASCII) as running:
        text = await running.press("j")
        assert text.replace("ü", "u").isascii()
        check_snapshot("tasks_80x24_ascii", text)


@pytest.mark.parametrize(
    ("name", "keys"),
    [("start", ["j", "j", "space", "G", "space", "s"]), ("quit", ["q"]), ("help", ["question_mark"]), ("log", ["l"])],
)
async def test_other_screens(name: str, keys: list[str]) -> None:
    async with console(busy_engine(), signs=UNICODE) as running:
        check_snapshot(f"{name}_80x24", await running.press(*keys))
