"""How SuperOffice writes values as text."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.links.superoffice.contract import FieldType
from core.links.superoffice.values import by_language, encoded, in_language, read, typed, written

if TYPE_CHECKING:
    from core.links.superoffice.values import Value

MOMENTS = st.datetimes()
at = dt.datetime.fromisoformat
NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**20), max_value=10**20)


@given(st.one_of(st.integers(-(10**29), 10**29), NUMBERS, MOMENTS))
def test_what_is_written_is_read_as_it_was(value: int | Decimal | dt.datetime) -> None:
    found = read(written(value))
    assert found == value
    assert type(found) is type(value)


@given(st.text().filter(lambda text: not text.startswith("[")))
def test_a_text_is_itself(text: str) -> None:
    assert read(written(text)) == (text or None)


@given(st.text())
def test_whatever_comes_is_a_value_or_a_sentence(text: str) -> None:
    for shape in (text, f"[DT:{text}]", f"[F:{text}]", f"[I:{text}]", f"[D:{text}]"):
        with suppress(ValueError):
            read(shape)
        for kind in FieldType:
            typed(shape, kind)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("[DT:12/31/2013 23:59:59.0000000]", at("2013-12-31T23:59:59")),
        ("[DT:1/2/2013]", at("2013-01-02")),
        ("[DT:01/02/2013 03:04:05.1234567]", at("2013-01-02T03:04:05.123456")),
        ("[F:12345.6789]", Decimal("12345.6789")),
        ("[F:-1E+3]", Decimal(-1000)),
        ("[I:123]", 123),
        ("[D:0.0]", Decimal("0.0")),
        ("[I:]", None),
        ("[DT: ]", None),
        ("", None),
        (None, None),
        ("[X:1]", "[X:1]"),
        ("see [I:1]", "see [I:1]"),
    ],
)
def test_trap_15_values_of_the_documentation(text: str | None, value: Value) -> None:
    assert read(text) == value


@pytest.mark.parametrize("text", ["[DT:31/12/2013]", "[DT:now]", "[F:1,5]", "[F:NaN]", "[I:1.5]", "[I:１]", "[D:x]"])
def test_brackets_without_such_a_value_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read(text)


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("[I:5]", FieldType.Text, "[I:5]"),
        ("[I:1]", FieldType.Checkbox, True),
        ("false", FieldType.Checkbox, False),
        ("7", FieldType.Integer, 7),
        ("7.5", FieldType.Double, Decimal("7.5")),
        ("[I:7]", FieldType.Double, Decimal(7)),
        ("2020-01-02T03:04:05", FieldType.Datetime, at("2020-01-02T03:04:05")),
        ("soon", FieldType.Datetime, "soon"),
        ("[F:x]", FieldType.Double, "[F:x]"),
        ("", FieldType.Double, None),
        ("", FieldType.Text, None),
    ],
)
def test_a_value_is_read_by_what_its_field_is(text: str, kind: FieldType, value: Value) -> None:
    found = typed(text, kind)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (True, FieldType.Checkbox, "[I:1]"),
        ("0", FieldType.Checkbox, "[I:0]"),
        (3, FieldType.Double, "[F:3]"),
        (2.5, FieldType.Double, "[F:2.5]"),
        ("12", FieldType.Integer, "[I:12]"),
        (dt.date(2024, 2, 29), FieldType.Datetime, "[DT:02/29/2024 00:00:00.0000000]"),
        (17, FieldType.Text, "17"),
        (None, FieldType.Datetime, ""),
    ],
)
def test_a_value_is_sent_as_its_field_has_it(value: object, kind: FieldType, text: str) -> None:
    assert encoded(value, kind) == text


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("maybe", FieldType.Checkbox),
        (True, FieldType.Integer),
        (1.5, FieldType.Integer),
        ("x", FieldType.Double),
        (float("nan"), FieldType.Double),
        (5, FieldType.Datetime),
    ],
)
def test_a_value_of_another_kind_is_not_sent(value: object, kind: FieldType) -> None:
    with pytest.raises(ValueError, match="it is no "):
        encoded(value, kind)


LANGUAGES = st.dictionaries(
    st.sampled_from(["NO", "US", "NL", "DE", "EN-GB"]),
    st.text(st.characters(blacklist_characters='"\\', blacklist_categories=["Cs"])),
    min_size=1,
)


@given(LANGUAGES)
def test_texts_in_several_languages_come_back(texts: dict[str, str]) -> None:
    assert by_language(";".join(f'{language}:"{text}"' for language, text in texts.items())) == texts


def test_a_text_is_shown_in_the_language_that_is_wanted() -> None:
    text = 'NO:"navn; \'så\'";US:"name"'
    assert in_language(text, "US") == "name"
    assert in_language(text, "NL", "NO") == "navn; 'så'"
    assert in_language(text, "NL") == "navn; 'så'"
    assert in_language('Say "hello"', "US") == 'Say "hello"'
    assert in_language("", "US") == ""
