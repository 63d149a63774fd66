from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from core.config.introspect import fields_of
from core.config.load import load
from core.config.reference import own_keys, render, tables

if TYPE_CHECKING:
    from core.config.base import Settings

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "config.toml.example"
TABLES = [pytest.param(heading, model, id=f"{model.__name__}-{heading}") for heading, model in tables()]


def part_of_example(heading: str) -> str:
    """Return the lines of the example that are about a table: between two rules."""
    head, *parts = re.split(r"^# -{10} (\S+) -+$", EXAMPLE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    by_name = dict(zip(parts[::2], parts[1::2], strict=True))
    if heading == "Top of the file":
        return head + "".join(parts[::2])
    if heading == "Secrets":
        return by_name["[locations]"]
    name = re.search(r"\[+([a-z]+)", heading)
    assert name
    return by_name["[[tasks]]" if name[1] == "tasks" else f"[{name[1]}]"]


def test_the_example_loads() -> None:
    config = load(EXAMPLE)
    assert [task.id for task in config.tasks] == [
        "supplier-prices", "webshop-articles", "erp-files", "webshop-feed", "supplier-drop", "price-report",
        "orders-from-books",
    ]  # fmt: skip


@pytest.mark.parametrize(("heading", "model"), TABLES)
def test_every_setting_stands_in_the_example_with_its_help(heading: str, model: type[Settings]) -> None:
    part = part_of_example(heading)
    for key in own_keys(model):
        assert re.search(rf"(^|[ #{{\[]){key}( =|\]| -|\.|\n|$)", part, re.MULTILINE), key
        help_text = fields_of(model)[key].description or ""
        assert help_text in part, f"the help of {key}: {help_text}"


def test_the_example_names_nothing_that_is_not_declared() -> None:
    known = {key for _, model in tables() for key in own_keys(model)}
    text = EXAMPLE.read_text(encoding="utf-8")
    written = set(re.findall(r"^#\s+([a-z_]+) = ", text, re.MULTILINE))
    assert written <= known


def test_the_reference_is_up_to_date() -> None:
    written = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert written == render(), "run: python -m core.config.reference > docs/settings.md"
