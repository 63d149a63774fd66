"""Attachments on the screen: with the record that they belong to, and as a group of a task's form."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from support.attachment_site import LAYOUTS, attachments_of, pdf, png, rows
from support.live_console import live_console
from support.live_engine import live_engine
from support.run_site import ENGINE
from support.task_site import TABLES, import_of

from core.runs import RunState

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def names_in(directory: Path) -> list[str]:
    """Return what is in a directory."""
    return [each.name for each in directory.iterdir()]


@pytest.fixture(scope="module")
def site(new_directory: Callable[[], Path]) -> Path:
    """A catalogue of two articles, of which the first has 53 attachments."""
    root = new_directory()
    for name in ("in", "out", "uploads"):
        (root / name).mkdir()
    config = root / "config.toml"
    tasks = (import_of("articles"), attachments_of(attachments={"max_size": 7}))
    config.write_text(ENGINE + TABLES + LAYOUTS + "\n".join(tasks), encoding="utf-8")
    uploads = root / "uploads"
    (uploads / "articles.csv").write_text("No;Price\nA1;1,00\nA2;2,00\n")
    (uploads / "front.png").write_bytes(png(padding=2000))
    (uploads / "manual.pdf").write_bytes(pdf())
    (uploads / "[red]\u202e.png").write_bytes(png(1))
    more = [f"A1,more-{number:02d}.png,,,{number + 10}" for number in range(50)]
    for number in range(50):
        (uploads / f"more-{number:02d}.png").write_bytes(png(number))
    first = ["A1,manual.pdf,MAN,,2", "A1,front.png,PPI,,1", "A1,[red]\u202e.png,,,3"]
    (uploads / "pictures.csv").write_text(rows(*first, *more), encoding="utf-8")
    with live_engine(config) as live:
        for task in ("articles", "pictures"):
            assert live.ended(live.start(task)).state is RunState.SUCCEEDED
    return config


async def test_a_record_shows_its_attachments(site: Path) -> None:
    async with live_console(site) as console:
        await console.press("5", "enter", "enter")
        await console.until("article supplier A1")
        await console.press("G")
        text = await console.press("g")
        # They stand below the fields, of which an article has many.
        for _ in range(12):
            if "53 attachments" in text:
                break
            text = await console.press("pagedown")
        assert "53 attachments" in text
        shown = [line.strip() for line in console.lines]
        begin = next(number for number, line in enumerate(shown) if "53 attachments" in line)
        assert shown[begin + 1] == "front.png (PPI, image/png, 2.1 kB)"
        text = await console.press("pagedown")
        assert "[red]\\u202e.png (image/png" in text or "[red]\\u202e.png (image/png" in "\n".join(shown)
        for _ in range(6):
            if "and 3 more" in text:
                break
            text = await console.press("pagedown")
        assert "and 3 more" in text


async def test_an_attachment_is_saved_to_a_file(site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    async with live_console(site) as console:
        await console.press("5", "enter", "enter")
        await console.until("article supplier A1")
        text = await console.press("X")
        assert "Save which attachment?" in text
        text = await console.type("manual")
        text = await console.press("enter")
        assert "Save manual.pdf (MAN, application/pdf, " in text
        await console.press("enter")
        await console.until(f"went to {tmp_path}"[:40])
        assert (tmp_path / "manual.pdf").read_bytes() == pdf()
        assert (tmp_path / "manual.pdf").stat().st_mode & 0o777 == 0o600
        # A name that exists is asked for, and the way out is to leave it.
        (tmp_path / "front.png").write_bytes(b"mine")
        await console.press("X")
        await console.type("front")
        await console.press("enter")
        text = await console.press("enter")
        assert "exists already." in text
        assert "Overwrite (y)" in text
        await console.press("escape")
        assert (tmp_path / "front.png").read_bytes() == b"mine"
        await console.press("X")
        await console.type("front")
        await console.press("enter", "enter", "y")
        await console.until("front.png (2.1 kB) went to")
        assert (tmp_path / "front.png").read_bytes() == png(padding=2000)


async def test_the_record_of_an_attachment_is_saved_too_and_what_is_damaged_is_not(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    kept = site.parent / "data" / "attachments"
    digest = sha256(png(7)).hexdigest()
    async with live_console(site) as console:
        await console.press("5", "slash")
        await console.type("attachment")
        await console.press("enter", "enter", "slash")
        await console.type("more-07")
        await console.press("enter")
        await console.until(": 1 record")
        await console.press("enter")
        await console.until("attachment supplier article A1 more-07.png")
        place = kept / digest[:2] / digest[2:]
        place.write_bytes(b"x" * len(png(7)))
        try:
            await console.press("X", "enter")
            await console.until("What is kept of more-07.png is damaged, and was not saved.")
            assert not names_in(tmp_path)
        finally:
            place.write_bytes(png(7))
        await console.press("X", "enter")
        await console.until("more-07.png")
        assert (tmp_path / "more-07.png").read_bytes() == png(7)


async def test_a_record_without_attachments_says_nothing_of_them(site: Path) -> None:
    async with live_console(site) as console:
        await console.press("5", "enter", "j", "enter")
        await console.until("article supplier A2")
        text = await console.press("G")
        assert "History" in text
        assert "attachment" not in text
        assert "This record has no attachment." in await console.press("X")


async def test_the_settings_stand_in_the_form_of_the_task(site: Path) -> None:
    async with live_console(site) as console:
        await console.press("slash")
        await console.type("pictures")
        await console.press("enter", "e")
        await console.until("Edit task pictures")
        text = await console.press("pagedown", "pagedown", "pagedown")
        assert "Largest file" in text
        assert "7 MB" in text
        assert "Own web servers" in text
