"""Forms without a screen: what they read from the models, and that they give back what they were given."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.config.config_file import ConfigFile
from core.config.frequency import Frequency
from core.config.introspect import DISCRIMINATORS, fields_of, models_in, tells_kind, words_of
from core.config.secrets import SecretRef
from core.engine.api.settings import Choices
from core.engine.desks.tables import plain
from tui.forms.fields import Field, Kind, fields, root_models
from tui.forms.form import NAMED_KINDS, TYPED, Form
from tui.forms.rows import Part, rows
from tui.forms.texts import pair_of, pair_text, text_of, value_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.config.base import Settings

PROJECT = Path(__file__).parents[3]
EXAMPLES = [PROJECT / "config.toml.example", PROJECT / "../shared/spec/config.example.toml"]
KINDS = [kind for kind in fields_of(ConfigFile) if root_models(kind)]
FREQUENCIES: list[dict[str, Any]] = [
    {"kind": "daily"},
    {"kind": "interval", "minutes": 30},
    {"kind": "workday", "at": "07:00", "skip_holidays": True},
    {"kind": "weekly", "day": "monday", "at": "07:30"},
    {"kind": "biweekly", "days": [1, 15], "at": "07:30"},
    {"kind": "fortnightly", "day": "monday", "at": "07:30", "from": "2026-11-23"},
    {"kind": "monthly", "day": 31, "at": "07:30"},
    {"kind": "time_of_day", "at": "12:53"},
    {"kind": "cron", "expression": "*/20 7-18 * * mon-fri"},
    {"kind": "after"},
    {"kind": "arrival", "poll": 30},
    {"kind": "manual"},
]
TASK: dict[str, Any] = {"type": "import", "id": "a", "description": "A", "sequence": 10, "entity": "article"}


def form_of(kind: str, values: dict[str, Any], name: str = "some") -> Form:
    return Form(kind, name, base=values, choices=Choices({"secrets": ("some",)}))


@pytest.mark.parametrize(
    ("kind", "names"), [("engine", {"data_dir", "memory_limit", "on_hangup"}), ("console", {"theme", "mouse"})]
)
def test_a_form_says_which_settings_count_from_the_next_start(kind: str, names: set[str]) -> None:
    said = {field.key for field in fields(root_models(kind), {}) if field.help.endswith("Counts from the next start.")}
    assert said == names


def tables() -> Iterator[Any]:
    for path in EXAMPLES:
        if not path.exists():
            continue
        data = plain(tomllib.loads(path.read_text(encoding="utf-8")))
        for kind in KINDS:
            held = data.get(kind, {})
            if kind == "tasks":
                found = [(task["id"], task) for task in held]
            elif kind in NAMED_KINDS:
                found = list(held.items())
            else:
                found = [("", held)] if held else []
            for name, table in found:
                yield pytest.param(kind, table, id=f"{path.name}-{kind}-{name}")


def models_inside(
    models: list[type[Settings]], around: frozenset[type[Settings]] = frozenset()
) -> Iterator[type[Settings]]:
    for model in models:
        # The tree of a feed is of one model all the way down.
        if model in around or model is SecretRef:
            continue
        yield model
        for info in fields_of(model).values():
            yield from models_inside(models_in(info.annotation), around | {model})


@pytest.mark.parametrize("kind", KINDS)
def test_every_setting_of_every_model_is_a_field(kind: str) -> None:
    for model in models_inside(list(root_models(kind))):
        words = {key: words_of(model, key)[0] for key in DISCRIMINATORS if tells_kind(model, key)}
        found = fields((model,), words)
        assert {field.key for field in found} == set(fields_of(model)), model
        assert all(field.title for field in found), model


@pytest.mark.parametrize(("kind", "table"), list(tables()))
def test_a_form_gives_back_the_settings_that_it_was_given(kind: str, table: dict[str, Any]) -> None:
    form = form_of(kind, table)
    assert form.result() == table
    assert list(form.result()) == list(table)
    assert not form.changed


@pytest.mark.parametrize(("kind", "table"), list(tables()))
def test_typing_again_what_every_field_shows_changes_nothing(kind: str, table: dict[str, Any]) -> None:
    form = form_of(kind, table)
    opened: set[Any] = set()
    while new := [row.path for row in rows(form) if row.part is Part.ITEM and row.path not in opened]:
        opened.update(new)
        form.open_items.update(new)
    typed = [row for row in rows(form) if row.part is Part.VALUE and row.typed is not None]
    for row in typed:
        form.put(row.path, value_of(row.field, row.typed or ""))
    for row in rows(form):
        if row.part is Part.PAIR:
            assert pair_of(row.typed or "") == (row.path[-1], form.get(row.path))
        if row.part is Part.SECRET_TEXT:
            form.set_secret_text(row.path[:-1], row.typed or "")
    assert form.result() == table


@pytest.mark.parametrize("frequency", FREQUENCIES, ids=lambda each: each["kind"])
def test_each_frequency_asks_for_what_it_needs_and_no_more(frequency: dict[str, Any]) -> None:
    form = form_of("tasks", TASK | {"frequency": frequency})
    assert form.result() == TASK | {"frequency": frequency}
    asked = {row.path[1] for row in rows(form) if row.path[:1] == ("frequency",) and len(row.path) == 2}
    (model,) = [m for m in models_in(Frequency) if frequency["kind"] in words_of(m, "kind")]
    assert asked == set(fields_of(model)) - {"kind"}


def test_there_is_an_example_of_every_frequency() -> None:
    kinds = {word for model in models_in(Frequency) for word in words_of(model, "kind")}
    assert {each["kind"] for each in FREQUENCIES} == kinds


def test_another_type_keeps_what_both_have_and_brings_back_the_rest() -> None:
    sftp = {"protocol": "sftp", "host": "h", "username": "u", "agent": True, "timeout": 5}
    form = form_of("locations", sftp)
    form.put(("protocol",), "ftps")
    assert form.result() == {"protocol": "ftps", "host": "h", "username": "u", "timeout": 5}
    assert "agent" not in {row.field.key for row in rows(form)}
    form.put(("protocol",), "local")
    assert form.result() == {"protocol": "local"}
    form.put(("protocol",), "sftp")
    assert form.result() == sftp


def test_only_what_differs_from_the_default_is_written() -> None:
    form = Form("locations", "", base={}, values={"protocol": "ftp"}, choices=Choices({}))
    for key, value in (("host", "h"), ("username", "u"), ("timeout", 30), ("passive", True), ("port", 2121)):
        form.put((key,), value)
    assert form.result() == {"protocol": "ftp", "host": "h", "username": "u", "port": 2121}


def test_the_tree_of_a_feed_stands_behind_what_is_said_in_one_line() -> None:
    form = Form("layouts", "", base={}, values={"direction": "feed", "format": "xml"}, choices=Choices({}))
    for key, value in (("root", {"name": "a"}), ("max_records", 5), ("entity", "article"), ("namespace", "urn:a")):
        form.put((key,), value)
    assert form.result().keys() == {"direction", "format", "namespace", "entity", "max_records", "root"}
    assert list(form.result())[-1] == "root"


def test_a_default_that_stands_in_the_file_stays_until_it_is_changed() -> None:
    base = {"protocol": "ftp", "host": "h", "username": "u", "timeout": 30}
    form = form_of("locations", base)
    assert form.result() == base
    form.put(("timeout",), 60)
    assert form.result()["timeout"] == 60
    form.put(("timeout",), None)
    assert "timeout" not in form.result()


def test_a_tab_and_an_empty_text_can_be_typed() -> None:
    (delimiter, quote) = [each for each in _file_fields() if each.key in ("delimiter", "quote")]
    assert text_of(delimiter, "\t") == "\\t"
    assert value_of(delimiter, "\\t") == "\t"
    assert text_of(quote, "") == '""'
    assert value_of(quote, '""') == ""
    assert value_of(quote, "") is None


def _file_fields() -> list[Field]:
    layout = {"direction": "import", "format": "csv"}
    (file,) = [each for each in fields(root_models("layouts"), layout) if each.key == "file"]
    return fields(file.models, {})


def test_text_that_would_act_on_a_terminal_is_shown_harmless_and_not_typed_over() -> None:
    form = form_of("locations", {"protocol": "local", "directory": "a\x1b[31m[red]\u202eb"})
    (row,) = [row for row in rows(form) if row.field.key == "directory"]
    assert row.text == "a\\x1b[31m[red]\\u202eb"
    assert row.typed is None
    assert not form.changed


def test_a_typed_secret_is_named_and_kept_out_of_the_settings() -> None:
    base = {"protocol": "sftp", "host": "h", "username": "u"}
    form = form_of("locations", base)
    form.set_place_of_secret(("password",), TYPED)
    form.set_secret_text(("password",), "hunter2")
    assert form.result()["password"] == {"secret": "some-2"}, "the vault has a secret 'some' already"
    assert form.typed_secrets() == {"some-2": "hunter2"}
    assert "hunter2" not in json.dumps(form.values)
    assert all("hunter2" not in row.text for row in rows(form))
    form.put(("protocol",), "local")
    assert form.typed_secrets() == {}


def test_a_secret_that_is_typed_anew_keeps_its_name() -> None:
    form = form_of("locations", {"protocol": "ftp", "host": "h", "username": "u", "password": {"secret": "shop"}})
    form.set_place_of_secret(("password",), TYPED)
    form.set_secret_text(("password",), "new")
    assert form.typed_secrets() == {"shop": "new"}
    form.set_place_of_secret(("password",), "env")
    form.set_secret_text(("password",), "SHOP")
    assert form.result()["password"] == {"env": "SHOP"}
    form.set_place_of_secret(("password",), "secret")
    assert form.result()["password"] == {"secret": "shop"}, "what was entered before comes back"


def test_a_secret_deep_in_a_table_follows_its_item_and_reaches_the_vault() -> None:
    form = Form("alerts", "", base={}, values={"targets": {"chat": {}}}, choices=Choices({}))
    path = ("targets", "chat", "secret_url")
    form.set_place_of_secret(path, TYPED)
    form.set_secret_text(path, "https://chat.example.com/token")
    form.rename_key(("targets", "chat"), "team")
    assert form.result() == {"targets": {"team": {"secret_url": {"secret": "alerts-targets-team-secret-url"}}}}
    assert form.typed_secrets() == {"alerts-targets-team-secret-url": "https://chat.example.com/token"}


def test_a_key_is_not_typed_in_a_line() -> None:
    form = form_of("locations", {"protocol": "sftp", "host": "h", "username": "u"})
    (row,) = [row for row in rows(form) if row.field.key == "private_key"]
    assert TYPED not in dict(row.words)


def test_items_are_added_moved_and_renamed() -> None:
    base: dict[str, Any] = {"direction": "export", "entity": "article", "format": "csv"}
    form = form_of("layouts", base | {"columns": [{"column": "a"}, {"column": "b"}]})
    (adding,) = [row for row in rows(form) if row.part is Part.ADD]
    path = form.add_item(adding.path, adding.field)
    form.put((*path, "column"), "c")
    assert form.move_item(path, -1) == ("columns", 1)
    assert [each["column"] for each in form.result()["columns"]] == ["a", "c", "b"]
    assert ("columns", 1) in form.open_items
    entity = form_of("entities", {"key": ["number"], "fields": {"number": {"type": "text"}, "x": {"type": "text"}}})
    entity.rename_key(("fields", "number"), "code")
    assert list(entity.result()["fields"]) == ["code", "x"]


@given(st.dictionaries(st.text(min_size=1, max_size=12), st.text(max_size=12), max_size=3))
def test_every_line_of_a_value_list_comes_back(pairs: dict[str, str]) -> None:
    for key, value in pairs.items():
        assert pair_of(pair_text(key, value)) == (key, value)


@given(st.lists(st.integers(1, 31), max_size=4))
def test_numbers_in_a_row_come_back(numbers: list[int]) -> None:
    field = Field("days", Kind.WORDS, "Days", numbers=True)
    assert (value_of(field, text_of(field, numbers)) or []) == numbers


@given(st.sampled_from(FREQUENCIES), st.booleans(), st.sampled_from([None, "skip", "run_once"]), st.floats(0, 1))
def test_settings_come_back_whatever_is_set(
    frequency: dict[str, Any], active: bool, missed: str | None, share: float
) -> None:
    form = Form("tasks", "", base={}, values=TASK, choices=Choices({}))
    wanted = {"frequency": frequency, "active": active, "missed": missed, "max_rejected": share}
    for key, value in wanted.items():
        form.put((key,), value)
    defaults = {"active": True, "max_rejected": 0.05, "frequency": {"kind": "manual"}, "missed": None}
    expected = TASK | {key: value for key, value in wanted.items() if value != defaults[key]}
    assert form.result() == expected
