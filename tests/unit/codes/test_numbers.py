from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.exchange.codes import Unfit
from core.exchange.codes.numbers import (
    boolean_text,
    decimal_text,
    fraction_of_percent,
    integer_text,
    percent_of_fraction,
    product,
)

DECIMALS = st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**12), max_value=10**12)


@given(DECIMALS)
def test_a_number_keeps_its_value_and_has_one_spelling(number: Decimal) -> None:
    text = decimal_text(f"{number:f}")
    assert Decimal(text) == number
    assert decimal_text(text) == decimal_text(f"{text}.0" if "." not in text else f"{text}0") == text
    assert "e" not in text.lower()


@given(DECIMALS)
def test_a_vat_rate_comes_back_exactly(percent: Decimal) -> None:
    text = decimal_text(f"{percent:f}")
    assert percent_of_fraction(fraction_of_percent(text)) == text
    assert Decimal(fraction_of_percent(text)) == percent / 100


@given(st.text(max_size=20))
def test_any_text_is_a_number_or_refused(text: str) -> None:
    try:
        found = decimal_text(text, exponent=True)
    except Unfit:
        return
    assert Decimal(found) == Decimal(text.strip())


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("17.50", "17.5"),
        ("+5", "5"),
        (".5", "0.5"),
        ("5.", "5"),
        ("-0.0", "0"),
        ("007", "7"),
        (" 1 ", "1"),
        ("100", "100"),
    ],
)
def test_spellings_of_xml(text: str, number: str) -> None:
    assert decimal_text(text) == number


@pytest.mark.parametrize(
    "text", ["", "17,5", "1 000", "1.000,00", "1e3", "NaN", "INF", "٣", "0x1", "--1", "9" * 39, "1." + "1" * 39]
)
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(Unfit):
        decimal_text(text)


def test_a_comma_is_named() -> None:
    with pytest.raises(Unfit, match="a comma is no decimal sign"):
        decimal_text("17,5")


def test_floats_where_they_are_allowed() -> None:
    assert [decimal_text(text, exponent=True) for text in ("1E3", "2.5e-3", "1e-38")] == [
        "1000",
        "0.0025",
        f"0.{'0' * 37}1",
    ]
    with pytest.raises(Unfit, match="more than 38 digits"):
        decimal_text("1E99", exponent=True)


def test_vat() -> None:
    assert (percent_of_fraction("0.21"), percent_of_fraction("0.0550"), fraction_of_percent("21")) == (
        "21",
        "5.5",
        "0.21",
    )


def test_products_are_exact_or_refused() -> None:
    assert product("0.1", "3", "0.1") == "0.03"
    with pytest.raises(Unfit):
        product("1" * 30, "1" * 30)


def test_whole_numbers() -> None:
    assert integer_text("5.0") == "5"
    with pytest.raises(Unfit, match="no whole number"):
        integer_text("5.5")


@pytest.mark.parametrize(
    ("text", "word"), [("TRUE", "true"), ("True", "true"), ("1", "true"), ("FALSE", "false"), ("0", "false")]
)
def test_yes_and_no(text: str, word: str) -> None:
    assert boolean_text(text) == word


def test_a_word_that_is_no_boolean() -> None:
    with pytest.raises(Unfit):
        boolean_text("ja")
