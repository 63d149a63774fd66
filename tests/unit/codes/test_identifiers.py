from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.exchange.codes import Unfit
from core.exchange.codes.identifiers import gln, gtin, has_check_digit


@given(st.integers(min_value=10**7, max_value=10**14 - 1))
def test_gtins_are_the_same_after_padding(number: int) -> None:
    text = str(number)
    assert gtin(text, width=14) == gtin(text.zfill(13), width=14) == text.zfill(14)
    assert gtin(text) == text


@given(st.integers(min_value=10**11, max_value=10**12 - 1))
def test_one_check_digit_fits_twelve_digits(number: int) -> None:
    assert sum(has_check_digit(f"{number}{digit}") for digit in range(10)) == 1


def test_a_placeholder_is_no_gtin() -> None:
    assert gtin("00000000000000") == ""
    assert gln("0000000000000") == ""


def test_leading_zeros_stay() -> None:
    assert gtin("03414970351821") == "03414970351821"
    assert has_check_digit("03414970351821")


@pytest.mark.parametrize("text", ["", "1234567", "123456789012345", "8712670911213x", "8.7E+12", "٨٧١٢٦٧٠٩١١٢١٣"])
def test_what_is_no_gtin_is_refused(text: str) -> None:
    with pytest.raises(Unfit):
        gtin(text)
    assert not has_check_digit(text)


def test_a_gln_has_thirteen_digits() -> None:
    assert gln("8714161999999") == "8714161999999"
    with pytest.raises(Unfit):
        gln("871416199999")
