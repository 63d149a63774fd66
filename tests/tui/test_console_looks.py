"""Themes, the mouse, and sizes: what is said is the same in all of them."""

from __future__ import annotations

import pytest
from support.console_pilot import console
from textual.color import Color
from textual.events import MouseScrollDown, MouseScrollUp

from tui.themes import ANSI, THEMES

ROLES = ("foreground", "primary", "secondary", "success", "warning", "error")


def contrast(one: str, other: str) -> float:
    """The contrast of two colours as WCAG 2 defines it: 1 to 21."""

    def luminance(name: str) -> float:
        parts = [part / 255 for part in Color.parse(name).rgb]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(("name", "least"), [("dark", 7), ("light", 5.5), ("high-contrast", 11)])
def test_every_role_is_readable(name: str, least: float) -> None:
    theme = THEMES[name]
    for role in ROLES:
        assert contrast(getattr(theme, role), str(theme.background)) >= least, role


@pytest.mark.parametrize("theme", [ANSI, *THEMES])
async def test_theme_changes_nothing_that_is_said(theme: str) -> None:
    async with console() as plain, console(theme=theme) as running:
        assert await running.press("j") == await plain.press("j")
        assert (running.app.theme == "ansi-dark") == (theme == ANSI)


@pytest.mark.parametrize("theme", THEMES)
async def test_no_color_takes_the_colours_of_every_theme(theme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with console(theme=theme) as running:
        assert running.app.theme == "ansi-dark"


async def test_click_moves_the_cursor_and_the_wheel_scrolls() -> None:
    async with console() as running:
        await running.pilot.click("#tasks", offset=(10, 3))
        assert running.cursor == "webshop-articles"
        await running.pilot.click("#tasks", offset=(10, 0))
        await running.pilot.click("#tasks", offset=(10, 7))
        assert running.cursor == "webshop-articles"
        for number in range(30):
            running.engine.log(f"Line {number}.")
        await running.look()
        await running.pilot._post_mouse_events([MouseScrollUp], "#log", (10, 2))
        assert "paused" in await running.look()
        await running.pilot._post_mouse_events([MouseScrollDown], "#log", (10, 2))
        assert "following" in await running.look()


async def test_the_way_to_every_screen_is_shown_however_narrow_the_terminal_becomes() -> None:
    async with console() as running:
        every = "[1 Tasks] 2 Runs 3 Locations 4 Layouts 5 Catalogue 6 Settings 7 Links 8 Flows"
        assert running.lines[-2] == every
        await running.pilot.resize_terminal(40, 10)
        await running.pilot.pause()
        assert running.lines[-2] == "[1 Tasks] 2 3 4 5 6 7 8"
        await running.pilot.resize_terminal(120, 40)
        await running.pilot.pause()
        assert running.lines[-2].split() == every.split()
