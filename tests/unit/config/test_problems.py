from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from support.config_texts import HEAD, MACHINES, Problems, Write, task

from core.config.base import Identifier
from core.config.config_file import ConfigFile
from core.config.finding import shown
from core.config.frequency import Frequency
from core.config.introspect import models_in, words_of
from core.config.load import load
from core.config.problems import _MESSAGES, _NEEDED, _PATTERNS, findings
from core.errors import ConfigError, Problem
from core.text import listed

if TYPE_CHECKING:
    from pathlib import Path

GOOD = HEAD + MACHINES


def said(problem: Problem) -> tuple[str, str, str, str, str]:
    return problem.table, problem.key, problem.message, problem.value, problem.suggestion


ONE_WRONG = {
    "unknown key": (
        HEAD + 'data-dir = "x"',
        ("[engine]", "data-dir", "this setting is not known", "", "data_dir"),
    ),
    "unknown table": (
        HEAD + "[retentoin]\nruns_days = 3",
        ("", "retentoin", "this setting is not known", "", "retention"),
    ),
    "missing table": ("version = 1", ("[engine]", "", "this setting is missing", "", "")),
    "missing version": ("[engine]", ("", "version", "this setting is missing", "", "")),
    "other version": ("version = 2\n[engine]", ("", "version", "it must be 1", "2", "")),
    "text for a number": (
        HEAD + 'max_parallel_runs = "4"',
        ("[engine]", "max_parallel_runs", "a whole number is needed", '"4"', ""),
    ),
    "true for a number": (
        HEAD + "max_parallel_runs = true",
        ("[engine]", "max_parallel_runs", "a whole number is needed", "true", ""),
    ),
    "number for text": (HEAD + "data_dir = 3", ("[engine]", "data_dir", "text in quotes is needed", "3", "")),
    "too small": (HEAD + "block_rows = 1", ("[engine]", "block_rows", "it must be 100 or more", "1", "")),
    "too large": (
        HEAD + "block_rows = 10_000_001",
        ("[engine]", "block_rows", "it must be 10,000,000 or less", "10000001", ""),
    ),
    "word of a closed set": (
        HEAD + 'missed = "runonce"',
        ("[engine]", "missed", "it must be run_once or skip", '"runonce"', "run_once"),
    ),
    "list": (HEAD + 'languages = "nl"', ("[engine]", "languages", "a list in square brackets is needed", '"nl"', "")),
    "empty list": (HEAD + "languages = []", ("[engine]", "languages", "it needs at least one item", "[]", "")),
    "table": (
        HEAD + 'window = "6-23"',
        ("[engine]", "window", "a table is needed", '"6-23"', ""),
    ),
    "a model's own rule": (
        HEAD + 'window = { opens = "12:00", closes = "06:00" }',
        ("[engine]", "window", "the window must open before it closes, on the same day", "", ""),
    ),
    "time": (
        HEAD + 'window = { opens = "6:00" }',
        ("[engine]", "window.opens", 'a time in 24-hour notation is needed, such as "07:30"', '"6:00"', ""),
    ),
    "name of a table": (
        HEAD + '[locations."the shop"]\nprotocol = "local"',
        (
            '[locations."the shop"]',
            "",
            f"this name cannot be used: {_PATTERNS[Identifier]}",
            "",
            "",
        ),
    ),
    "discriminator": (
        HEAD + '[locations.shop]\nprotocol = "sftpp"',
        ("[locations.shop]", "protocol", "it must be local, ftp, ftps, ftps-implicit or sftp", '"sftpp"', "sftp"),
    ),
    "missing discriminator": (
        HEAD + '[locations.shop]\nhost = "x"',
        (
            "[locations.shop]",
            "protocol",
            "this setting is missing; it must be local, ftp, ftps, ftps-implicit or sftp",
            "",
            "",
        ),
    ),
    "format of a layout": (
        GOOD.replace('format = "csv"', 'format = "cvs"'),
        (
            "[layouts.machines]",
            "format",
            (
                "it must be csv, text, excel, jsonl, parquet, icc, bmecat, etim-bmecat, pab, dico-insbou, dico-sales, "
                "fab-dis, etim-csv, etim-ixf or etim-xchange"
            ),
            '"cvs"',
            "csv",
        ),
    ),
    "item of a list of tables": (
        GOOD.replace('field = "number" }]', 'field = "number" }, { column = 0, field = "name.en" }]'),
        ("[layouts.machines]", "columns[2].column", "it must be 1 or more", "0", ""),
    ),
    "neither of two types": (
        GOOD.replace('column = "No"', "column = true"),
        ("[layouts.machines]", "columns[1].column", "text in quotes or a whole number is needed", "true", ""),
    ),
    "share": (
        GOOD + task("a", max_rejected="1.5"),
        ('[[tasks]] "a"', "max_rejected", "it must be 1 or less", "1.5", ""),
    ),
    "share as text": (
        GOOD + task("a", max_rejected='"5%"'),
        ('[[tasks]] "a"', "max_rejected", "a number is needed", '"5%"', ""),
    ),
    "task type": (
        GOOD + task("a", type='"imprt"'),
        (
            '[[tasks]] "a"',
            "type",
            (
                "it must be import, export, feed, csv-export, etl, auto-import, flow, report, artconnect-invoices, "
                "artconnect-settings, artconnect-users, export-artikelbeheer, import-etim, import-2ba, "
                "import-opportunities or update-contacts"
            ),
            '"imprt"',
            "import",
        ),
    ),
    "task without an id": (
        GOOD + task("a").replace('id = "a"\n', ""),
        ("[[tasks]] number 1", "id", "this setting is missing", "", ""),
    ),
    "nested enum": (
        GOOD + task("a", frequency='{ kind = "weekly", day = "mon", at = "07:30" }'),
        (
            '[[tasks]] "a"',
            "frequency.day",
            "it must be monday, tuesday, wednesday, thursday, friday, saturday or sunday",
            '"mon"',
            "monday",
        ),
    ),
    "kind of frequency": (
        GOOD + task("a", frequency='{ kind = "weekli" }'),
        (
            '[[tasks]] "a"',
            "frequency.kind",
            f"it must be {listed(word for model in models_in(Frequency) for word in words_of(model, 'kind'))}",
            '"weekli"',
            "weekly",
        ),
    ),
    "key with another name in the model": (
        GOOD + task("a", frequency='{ kind = "fortnightly", day = "monday", at = "07:30", from = "soon" }'),
        ('[[tasks]] "a"', "frequency.from", "a date such as 2026-11-23 is needed", '"soon"', ""),
    ),
    "key named like its discriminator": (
        GOOD + task("a", frequency='{ kind = "after", after = 1 }', after='{ tasks = ["b"] }') + task("b"),
        ('[[tasks]] "a"', "frequency.after", "this setting is not known", "", ""),
    ),
    "one line of text": (
        GOOD + task("a", description='" "'),
        (
            '[[tasks]] "a"',
            "description",
            "one line of text is needed that is not blank, without tabs and control characters",
            '" "',
            "",
        ),
    ),
}


@pytest.mark.parametrize("name", ONE_WRONG)
def test_a_problem_is_told_in_words_with_its_place(problems: Problems, name: str) -> None:
    text, expected = ONE_WRONG[name]
    found = problems(text)
    assert [said(each) for each in found] == [expected]


def test_all_problems_come_at_once_in_file_order(problems: Problems) -> None:
    found = problems(
        HEAD
        + 'missed = "no"\n'
        + MACHINES
        + '[locations.shop]\nprotocol = "ftp"\nhost = "h"\nusername = "u"\ntimeot = 3\n'
        + task("a", layout='"machnies"', source='{ location = "shopp", path = "x" }', file="")
        + task("b", sequence='"x"')
        + task("c", after='{ tasks = ["b", "bb"] }')
    )
    assert [(each.line, each.key) for each in found] == [
        (3, "missed"),
        (21, "timeot"),
        (28, "layout"),
        (29, "source.location"),
        (34, "sequence"),
        (46, "after.tasks[2]"),
    ]


def test_unknown_key_beside_a_missing_discriminator(problems: Problems) -> None:
    found = problems(HEAD + '[locations.shop]\nprotocoll = "sftp"\nhost = "h"')
    assert {(each.key, each.suggestion) for each in found} == {("protocoll", "protocol"), ("protocol", "")}


CANARY = "kanarie-7fK2"
REMOTE = HEAD + '[locations.shop]\nprotocol = "sftp"\nusername = "u"\n'


@pytest.mark.parametrize(
    "text",
    [
        REMOTE + f'host = "h"\npassword = "{CANARY}"',
        REMOTE + f'host = "h"\npasword = "{CANARY}"',
        REMOTE + f'host = "h"\npassword = ["{CANARY}"]',
        REMOTE + f'host = "h"\npassword = {{ secret = "{CANARY} with blanks" }}',
        REMOTE + f'host = "h"\nprivate_key = {{ flie = "{CANARY}" }}',
        REMOTE + f'host = "h"\npassphrase = {{ secret = "a", env = "{CANARY}" }}',
        REMOTE + f'host = "sftp://me:{CANARY}@example.com"',
        HEAD + f'[locations.shop]\npassword = "{CANARY}"',
    ],
)
def test_what_may_be_a_secret_is_never_repeated(problems: Problems, text: str) -> None:
    assert CANARY not in "\n".join(map(str, problems(text)))


def test_hostile_values_are_cleaned_and_cut(problems: Problems) -> None:
    found = problems(HEAD + 'missed = "\\u001b[2J' + "x" * 500 + '"')
    assert "\x1b" not in found[0].value
    assert len(found[0].value) < 80


@pytest.mark.parametrize(
    ("value", "words"),
    [(True, "true"), (1.5, "1.5"), (["a", 1], '["a", 1]'), ({"a": 1}, ""), ([{"a": 1}], ""), (None, "")],
)
def test_values_are_shown_as_in_the_file(value: object, words: str) -> None:
    assert shown(value) == words


def test_an_error_type_nobody_foresaw_has_words(monkeypatch: pytest.MonkeyPatch) -> None:
    class Strange:
        def errors(self, **_: Any) -> list[dict[str, Any]]:
            return [{"type": "from_the_future", "loc": ("engine", "missed"), "input": "x", "msg": "Input should be"}]

    found = findings(Strange(), {"engine": {"missed": "x"}})  # type: ignore[arg-type]
    assert [(each.path, each.message) for each in found] == [(("engine", "missed"), "this value cannot be used here")]


_ERRORS = {
    "str": {"string_type", "string_too_short", "string_too_long", "string_pattern_mismatch"},
    "int": {"int_type", "greater_than_equal", "less_than_equal"},
    "float": {"float_type", "greater_than_equal", "less_than_equal"},
    "bool": {"bool_type"},
    "date": {"date_type", "date_from_datetime_parsing", "date_from_datetime_inexact"},
    "time": {"time_type"},
    "list": {"list_type", "too_short", "too_long"},
    "dict": {"dict_type"},
    "literal": {"literal_error"},
    "model": {"model_type", "model_attributes_type"},
    "function-before": {"value_error"},
    "function-after": {"value_error"},
}
"""The errors that a kind of schema can end in, where the words for them are in a table."""
_ERRORS_BY_PLACE = {"model-fields", "model-field", "tagged-union"}
"""Kinds whose errors (missing, extra_forbidden, union_tag_…) are told by tests of their own."""
_WITHOUT_ERRORS = {"default", "nullable", "union", "definitions", "definition-ref", "function-plain"}


def schema_kinds(schema: Any) -> set[str]:
    if isinstance(schema, dict):
        own = {schema["type"]} if isinstance(schema.get("type"), str) else set()
        inner = (each for key, each in schema.items() if key not in ("metadata", "ref", "function", "serialization"))
        return own.union(*map(schema_kinds, inner))
    if isinstance(schema, list | tuple):
        return set().union(*map(schema_kinds, schema))
    return set()


def test_every_error_that_the_settings_can_end_in_has_words_of_its_own() -> None:
    kinds = schema_kinds(ConfigFile.__pydantic_core_schema__) - _ERRORS_BY_PLACE - _WITHOUT_ERRORS
    assert kinds <= _ERRORS.keys(), "a new kind of setting: say here which errors it can end in"
    errors = set().union(*(_ERRORS[kind] for kind in kinds))
    assert errors <= _NEEDED.keys() | _MESSAGES.keys()


class TestPlaces:
    def test_line_of_a_key_in_an_inline_table_over_lines(self, problems: Problems) -> None:
        text = GOOD.replace(
            'columns = [{ column = "No", field = "number" }]',
            'columns = [\n  # the key\n  { column = "No", field = "number" },\n  { column = "X", feild = "price" },\n]',
        )
        found = problems(text)
        assert {(each.line, each.key) for each in found} == {(18, "columns[2].feild"), (18, "columns[2].field")}

    def test_missing_key_has_the_line_of_its_table(self, problems: Problems) -> None:
        found = problems(GOOD + task("a") + "\n" + task("b", layout=""))
        assert [(each.line, each.key) for each in found] == [(25, "layout")]

    def test_sub_tables_and_dotted_keys(self, problems: Problems) -> None:
        text = GOOD + task("a") + '[tasks.frequency]\nkind = "weekly"\nday = "x"\nat = "07:30"\n'
        assert [each.line for each in problems(text)] == [26]
        assert [each.line for each in problems(HEAD + '\nwindow.opens = "x"\n')] == [4]


def test_error_text_has_one_line_a_problem(write: Write, tmp_path: Path) -> None:
    path = write(HEAD + 'missed = "no"\non_hangup = "finnish"\n')
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert str(caught.value).splitlines() == [
        f'{path}:3: [engine] missed: it must be run_once or skip (it says "no")',
        f"{path}:4: [engine] on_hangup: it must be finish, stop or keep (it says \"finnish\"); did you mean 'finish'?",
    ]


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ('time_zone = "Europe/Amsterdm"', "this time zone is not known; did you mean 'Europe/Amsterdam'?"),
        ('time_zone = "../etc"', "this time zone is not known"),
        ('time_zone = ""', "this time zone is not known"),
        ('time_zone = "Europe"', "this time zone is not known"),
        ('holidays = "nl"', "two capital letters name a country, such as NL or DE"),
        ('holidays = "XX"', "no holidays are known for the country XX"),
        ('holidays = "DE-XX"', "no region 'XX' is known in DE"),
        ('languages = ["nl", "Dutch"]', "'Dutch' is not a language code such as nl or nl-BE"),
        ('languages = ["nl", "nl"]', "a language stands here twice"),
    ],
)
def test_settings_of_the_engine(problems: Problems, setting: str, words: str) -> None:
    found = problems(HEAD + setting)
    assert len(found) == 1
    assert found[0].message.startswith(words)


@pytest.mark.parametrize("setting", ['holidays = "DE-BY"', 'holidays = "NL"', 'time_zone = "America/New_York"'])
def test_settings_of_the_engine_that_are_known(write: Write, setting: str) -> None:
    assert load(write(HEAD + setting)).tasks == ()
