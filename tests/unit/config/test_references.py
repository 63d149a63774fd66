"""What names what, and giving a table another name where it stands."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from core.config.document import ConfigDocument, last_change
from core.config.editing import rename_table, replace_table
from core.config.references import Reference, references
from core.errors import Refused

EXAMPLE = Path(__file__).parents[3] / "config.toml.example"


def test_every_table_that_is_named_in_the_example_is_found() -> None:
    found = set(references(tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))))
    for expected in (
        Reference(("tasks", 0, "source", "location"), "locations", "supplier"),
        Reference(("tasks", 1, "target", "location"), "locations", "webshop"),
        Reference(("tasks", 1, "after", "tasks", 0), "tasks", "supplier-prices"),
        Reference(("tasks", 2, "exports", 1, "entity"), "entities", "order"),
        Reference(("tasks", 2, "exports", 1, "fields", 2), "fields", "total"),
        Reference(("layouts", "supplier-prices", "columns", 0, "field"), "fields", "number"),
        Reference(("locations", "supplier", "password", "secret"), "secrets", "supplier"),
        Reference(("entities", "machine", "fields", "article", "refers_to"), "entities", "article"),
    ):
        assert expected in found


@pytest.mark.parametrize("data", [{"tasks": 1}, {"tasks": [1, {"after": []}]}, {"locations": {"a": "b"}}, {"x": {}}])
def test_what_does_not_fit_its_declaration_is_passed_over(data: dict[str, Any]) -> None:
    assert list(references(data)) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[locations.a] # x\nprotocol = 'local'\n", "[locations.b] # x\nprotocol = 'local'\n"),
        ('[ locations . "a" ]\nx = 1\n', "[ locations . b ]\nx = 1\n"),
        ("[locations.a]\nx = 1\n[locations.a.inner]\ny = 2\n", "[locations.b]\nx = 1\n[locations.b.inner]\ny = 2\n"),
        ("[locations.ab]\nx = 1\n[locations.a]\nx = 2\n", "[locations.ab]\nx = 1\n[locations.b]\nx = 2\n"),
    ],
)
def test_a_table_gets_its_new_name_where_it_stands(text: str, expected: str) -> None:
    assert rename_table(text, ("locations", "a"), "b") == expected


def test_a_table_without_a_header_of_its_own_gets_its_new_name_all_the_same() -> None:
    renamed = rename_table("[locations]\na = { x = 1 }\nc = { x = 2 }\n", ("locations", "a"), "b.c")
    assert tomllib.loads(renamed) == {"locations": {"b.c": {"x": 1}, "c": {"x": 2}}}


def test_a_blank_behind_a_date_is_left_alone() -> None:
    text = '[[tasks]]\nid = "a"\nfrequency = { from = 2026-11-23 }\nsequence = 1\n'
    meant = {**tomllib.loads(text)["tasks"][0], "sequence": 2}
    assert replace_table(text, ("tasks", 0), meant) == text.replace("sequence = 1", "sequence = 2")


def test_no_table_takes_the_name_of_another(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('version = 1\n[engine]\n[locations.a]\nprotocol = "local"\n[locations.b]\nprotocol = "local"\n')
    document = ConfigDocument.open(path)
    with pytest.raises(Refused, match="There is a location 'b' already"):
        document.rename("locations", "a", "b")


def test_the_last_change_is_told_as_long_as_it_can_be_taken_back(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('version = 1\n[engine]\n[locations.a]\nprotocol = "local"\n')
    assert last_change(path) is None
    document = ConfigDocument.open(path)
    document.set("locations", "a", ("directory",), "x")
    document.save(expected_fingerprint=document.fingerprint)
    change = last_change(path)
    assert change is not None
    assert b"directory" not in change.before[path]
    path.write_text(path.read_text() + "# by hand\n")
    assert last_change(path) is None
