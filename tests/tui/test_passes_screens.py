"""Tasks that build on each other, and imports of several entities, on the screen."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import pytest
from support.console_pilot import check_snapshot
from support.live_console import live_console
from support.live_engine import live_engine
from support.pendel_cli import pendel

from core.runs import RunState
from tui.screens.layout_editor import LayoutEditor
from tui.screens.run import RunScreen
from tui.screens.runs import RunsScreen
from tui.screens.tasks import TasksScreen
from tui.words import ASCII, UNICODE, Signs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TABLES = """
[layouts.people]
direction = "import"
format = "csv"
[[layouts.people.passes]]
entity = "organisation"
repeated = "first"
columns = [{ column = "Org", field = "number" }, { column = "Name", field = "name" }]
[[layouts.people.passes]]
entity = "contact"
without_key = "skip"
columns = [
  { column = "Contact", field = "number" },
  { column = "Org", field = "organisation" },
  { column = "Active", field = "active" },
]

[layouts.organisations]
direction = "import"
entity = "organisation"
format = "csv"
columns = [{ column = "Org", field = "number" }]

[layouts.contacts]
direction = "import"
entity = "contact"
format = "csv"
columns = [{ column = "Contact", field = "number" }, { column = "Org", field = "organisation" }]

[[tasks]]
id = "people"
type = "import"
description = "Organisations with their contacts"
sequence = 40
layout = "people"
file = "people.csv"
settle = 0
max_rejected = 0.5

[[tasks]]
id = "organisations"
type = "import"
description = "Organisations of the ERP"
sequence = 20
layout = "organisations"
frequency = { kind = "time_of_day", at = "07:30" }
file = "organisations.csv"

[[tasks]]
id = "contacts"
type = "import"
description = "Contacts of the ERP"
sequence = 10
layout = "contacts"
frequency = { kind = "time_of_day", at = "07:30" }
file = "contacts.csv"
"""
PEOPLE = "Org,Name,Contact,Active\nO1,Acme,C1,yes\nO1,Acme,C2,perhaps\nO2,Bolt,,\n"


def load_toml(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


@pytest.fixture
def site(workspace: Callable[..., Path]) -> Path:
    return workspace(TABLES, files={"uploads/people.csv": PEOPLE})


@pytest.mark.parametrize("signs", [UNICODE, ASCII], ids=["unicode", "ascii"])
async def test_a_task_shows_its_chain_and_what_is_wrong_with_its_order(site: Path, signs: Signs) -> None:
    async with live_console(site, signs=signs) as console:
        assert isinstance(console.screen, TasksScreen)
        await console.press("down", "down", "down", "enter")
        check_snapshot(f"chain-{'ascii' if signs is ASCII else 'unicode'}-80x24", console.still)
        await console.press("escape", "down")
        text = await console.press("enter")
        assert f"Chain      organisations {signs.arrow} contacts (10)" in text
        assert "before contacts: contact.organisation refers to organisation" in text


async def test_a_run_shows_each_entity_in_its_outcome_samples_and_rejects(site: Path) -> None:
    with live_engine(site) as live:
        for dry_run in (True, False):
            (run,) = live.gate.start_tasks(["people"], dry_run=dry_run)
            assert live.ended(run).state is RunState.WARNINGS
    async with live_console(site) as console:
        await console.press("2")
        assert isinstance(console.screen, RunsScreen)
        await console.press("enter")
        text = console.text
        assert "Of these   organisation: 2 read, 2 new; 1 line repeats an earlier one" in text
        assert "contact: 1 read, 1 new, 1 rejected; 1 line without one" in text
        text = await console.press("enter", "enter")
        assert "line 3 as contact, Active (active) “perhaps”: is neither yes nor no" in text
        await console.press("escape", "down", "enter")
        assert isinstance(console.screen, RunScreen)
        text = await console.press("enter")
        assert "Would be new, organisation: 2" in text
        assert "Would be new, contact: 1" in text


def test_check_gives_a_hint_where_the_order_contradicts_the_references(site: Path) -> None:
    answer = pendel(site, "check")
    assert answer.code == 0
    (hint,) = answer.told["hints"]
    assert hint.startswith("contacts (sequence 10) starts before organisations (sequence 20), which brings the records")


async def test_the_editor_shows_tries_and_changes_the_passes_of_a_layout(site: Path) -> None:
    async with live_console(site, size=(100, 30)) as console:
        await console.press("4", "down", "down")
        text = console.text
        assert "Pass 1: organisation, a record on several lines counts once" in text
        assert "Pass 2: contact, lines without a key are skipped" in text
        await console.press("enter")
        assert "Layout people, pass 1 of 2: organisation." in console.text
        screen = console.screen
        assert isinstance(screen, LayoutEditor)
        screen._take_sample("uploads", "people.csv")
        await console.settle()
        text = await console.press("V")
        assert "2 records (organisation 2, contact 1) of people.csv" in text
        text = await console.press("P")
        assert "Pass 2: contact, 3 columns" in text
        text = await console.press("down", "enter")
        assert "pass 2 of 2: contact" in text
        text = await console.until("1 record, 1 rejected (organisation 2, contact 1) of people.csv")
        text = await console.press("V")
        assert "is neither yes nor no" in text

        # The contacts are taken from all lines now: the one without a contact is rejected.
        await console.press("P", "down", "down", "down", "enter")
        text = await console.until("2 records of 3 rejected")
        assert "changed, ctrl+s saves it" in " ".join(text.split())
        await console.press("u")
        assert not screen.draft.changed


async def test_a_layout_becomes_one_with_passes_and_is_saved(site: Path) -> None:
    async with live_console(site, size=(100, 30)) as console:
        await console.press("4", "enter")
        screen = console.screen
        assert isinstance(screen, LayoutEditor)
        assert screen.draft.name == "contacts"
        await console.press("P", "enter")
        text = await console.type("product")
        text = await console.press("enter")
        assert "Layout contacts, pass 2 of 2: product" in text
        screen.draft.add({"column": "Contact", "field": "number"})
        screen.draft_changed()
        await console.press("ctrl+s")
        assert "The layout contacts was saved." in console.text
    saved = load_toml(site)["layouts"]["contacts"]
    assert [each["entity"] for each in saved["passes"]] == ["contact", "product"]
    assert "entity" not in saved
    assert "columns" not in saved
    assert pendel(site, "check").code == 0
