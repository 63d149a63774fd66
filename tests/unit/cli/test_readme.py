"""The README names what there is."""

from __future__ import annotations

import re
from pathlib import Path

import click

from core.cli.main import build

README = Path(__file__).parents[3] / "README.md"


def test_every_command_is_in_the_table_of_the_command_line() -> None:
    section = README.read_text(encoding="utf-8").partition("## The command line")[2].partition("\n## ")[0]
    called = [row.split("|")[1] for row in section.splitlines() if row.startswith("| `")]
    named = {word for code in re.findall(r"`([^`]+)`", " ".join(called)) for word in code.split()}
    program = build(lambda _config, _read_only: 0)
    assert set(program.list_commands(click.Context(program))) - named == set()


def test_every_page_is_linked() -> None:
    text = README.read_text(encoding="utf-8")
    pages = (README.parent / "docs").glob("*.md")
    assert [page.name for page in pages if f"(docs/{page.name})" not in text] == []
