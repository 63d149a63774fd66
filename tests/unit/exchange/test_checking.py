from __future__ import annotations

from typing import Any

import pytest
from support.exchange_desk import import_layout, make_entity

from core.config.layouts import CsvExportLayout
from core.exchange.checking import check_layout, layout_faults

NUMBER = {"column": "nr", "field": "number"}
LANGUAGES = ["nl", "en"]


def export_problems(*columns: dict[str, Any], **file: Any) -> list[str]:
    layout = CsvExportLayout.model_validate(
        {"direction": "export", "format": "csv", "entity": "article", "columns": list(columns), "file": file}
    )
    return check_layout(layout, make_entity(), LANGUAGES)


def import_problems(*columns: dict[str, Any], **file: Any) -> list[str]:
    return check_layout(import_layout(*columns, **file), make_entity(), LANGUAGES)


def test_a_sound_layout_has_no_problems() -> None:
    assert import_problems(
        NUMBER,
        {"column": "b", "field": "description.nl"},
        {"column": "p", "field": "price", "default": "1.5"},
        {"column": "d", "field": "valid_from", "format": "%d-%m-%Y"},
        {"field": "active", "constant": "ja"},
        {"field": "stock", "expression": "round(price) + length(description.nl)"},
    ) == []  # fmt: skip
    assert export_problems(
        {"column": "a", "field": "description"},
        {"column": "b", "field": "price", "format": "0.00"},
        {"column": "c", "field": "changed_at", "format": "%Y"},
        {"column": "d", "expression": "price * 1.21", "format": "0.00"},
        {"column": "e", "field": "mutation"},
    ) == []  # fmt: skip


@pytest.mark.parametrize(
    ("columns", "file", "words"),
    [
        ([{"column": "x", "field": "name"}], {}, "The key field 'number' of article is not filled"),
        ([NUMBER, {"column": "x", "field": "prise"}], {}, "'prise' is no field of article. Did you mean 'price'?"),
        ([NUMBER, {"column": "x", "field": "description"}], {}, "write description.nl or description.en"),
        ([NUMBER, NUMBER], {}, "The field 'number' is filled 2 times"),
        ([NUMBER, {"column": "x", "field": "changed_at"}], {}, "'changed_at' is kept by Pendel itself"),
        (
            [NUMBER, {"field": "price", "constant": "1,5"}],
            {"decimal": ","},
            "The constant '1,5' is no value",
        ),
        (
            [NUMBER, {"column": "x", "field": "valid_from", "default": "1-1-2026"}],
            {},
            "The default '1-1-2026' is no value",
        ),
        ([NUMBER, {"field": "stock", "expression": "price"}], {}, "names 'price', which is not there"),
        ([NUMBER, {"field": "stock", "expression": "number +"}], {}, "cannot be read"),
        ([NUMBER, {"field": "stock", "expression": "month(number)"}], {}, "does not compile"),
        ([NUMBER, {"column": "x", "field": "price", "format": "0.00"}], {}, "A number format is for exports"),
        ([NUMBER, {"column": "x", "field": "name", "format": "%Y"}], {}, "A format is for numbers and dates"),
        ([NUMBER, {"column": "x", "field": "valid_from", "format": "%Q"}], {}, "The date format '%Q' is not known"),
        ([NUMBER, {"column": "x", "field": "valid_from", "format": "d-m-Y"}], {}, "holds nothing of a date"),
        ([NUMBER], {"header": False}, "The column 'nr' is named, but there is no header line"),
        ([NUMBER], {"quote": "“"}, "The quote '“' cannot be used"),
        ([NUMBER, {"column": "x", "field": "name", "strict_values": True}], {}, "its value list is empty"),
    ],
)
def test_what_is_wrong_with_an_import(columns: list[dict[str, Any]], file: dict[str, Any], words: str) -> None:
    problems = import_problems(*columns, **file)
    assert [problem for problem in problems if words in problem], problems


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ([{"column": "x", "field": "prise"}], "'prise' is no field of article. Did you mean 'price'?"),
        ([{"column": "x", "field": "price", "format": "#,##0"}], "The number format '#,##0' of 'price' is not known"),
        ([{"column": "x", "field": "name"}, {"column": "x", "field": "number"}], "writes two columns named 'x'"),
        ([{"column": "x", "expression": "price + name"}], "does not compile"),
        ([{"column": "x", "expression": "(SELECT 1)"}], "may only compute with the fields of one record"),
    ],
)
def test_what_is_wrong_with_an_export(columns: list[dict[str, Any]], words: str) -> None:
    problems = export_problems(*columns)
    assert [problem for problem in problems if words in problem], problems


def test_each_fault_names_the_column_it_is_about() -> None:
    layout = import_layout(NUMBER, {"column": "b", "field": "nmber"}, {"field": "stock", "expression": "pric + 1"})
    assert [(fault.column, fault.message[:8]) for fault in layout_faults(layout, make_entity(), LANGUAGES)] == [
        (1, "'nmber' "),
        (2, "The expr"),
    ]
    twice = CsvExportLayout.model_validate(
        {
            "direction": "export",
            "entity": "article",
            "columns": [{"column": "a", "field": "number"}, {"column": "a", "field": "price"}],
        }
    )
    assert [fault.column for fault in layout_faults(twice, make_entity(), LANGUAGES)] == [1]
