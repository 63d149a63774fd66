"""The layout editor on an Excel workbook: found by its content, looked into, saved as it is read."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import openpyxl
from support.live_console import live_console
from support.supplier_site import write_config

from tui.screens.layout_editor import LayoutEditor

if TYPE_CHECKING:
    from pathlib import Path


async def test_a_workbook_becomes_a_layout(tmp_path: Path) -> None:
    (tmp_path / "uploads").mkdir()
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["Prijslijst"], ["Artikelnummer", "Omschrijving", "Bruto"], ["0001", "Kabelgoot", 12.5]):
        sheet.append(row)
    sheet.append(["0002", "Goot", "op aanvraag"])
    book.save(tmp_path / "uploads" / "prijzen.xlsx")
    config = write_config(tmp_path)
    async with live_console(config) as console:
        await console.press("4", "a", "enter")
        await console.type("article")
        await console.press("enter")
        await console.type("excel")
        await console.press("enter", "enter", "enter")
        text = await console.until("2 rows of prijzen.xlsx")
        assert "0001" in text
        screen = console.screen
        assert isinstance(screen, LayoutEditor)
        assert screen.draft.format == "excel"
        text = await console.press("b")
        assert "Excel" in text
        assert "Header row" in text
        # To another kind and back: what was set of this one is there again.
        await console.press("right")
        await console.until("unreadable")
        await console.press("left")
        await console.until("2 rows of prijzen.xlsx")
        await console.press("escape")
        await console.until("? gross_price")
        await console.press("A", "V")
        await console.until("1 record, 1 rejected")
        text = await console.press("V")
        assert "op aanvraag" in text
        text = await console.press("ctrl+s")
        assert "The layout excel was saved." in text
    saved = tomllib.loads(config.read_text(encoding="utf-8"))["layouts"]["excel"]
    assert (saved["format"], saved["file"]) == ("excel", {"skip_rows": 1})
