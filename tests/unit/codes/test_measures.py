from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.exchange.codes import Unfit
from core.exchange.codes.measures import cubic_metres, kilograms, metres, millimetres


@given(st.decimals(min_value=0, max_value=10**6, places=6))
def test_metres_come_back_exactly(length: Decimal) -> None:
    text = f"{length:f}"
    assert Decimal(metres(millimetres(text, "MTR"))) == length


def test_units() -> None:
    assert millimetres("0.17", "MTR") == millimetres("17", "CMT") == millimetres("170.0", "mmt") == "170"
    assert millimetres("1", "KTM") == millimetres("1", "KMT") == "1000000"


def test_of_other_systems_no_more_decimals_come_than_there_is_room_for() -> None:
    assert millimetres("1.2345", "INH") == "31.356"
    assert kilograms("2.5", "ONZ") == "0.070874"
    assert cubic_metres("203.5", "FTQ") == "5.762478281"
    assert kilograms("7600", "GRM") == kilograms("7.6", "KGM") == "7.6"
    assert cubic_metres("17", "LTR") == cubic_metres("0.017", "MTQ") == "0.017"


@pytest.mark.parametrize("unit", ["KG", "PCE", ""])
def test_a_keg_is_no_weight(unit: str) -> None:
    with pytest.raises(Unfit, match="as its unit of weight"):
        kilograms("1", unit)
