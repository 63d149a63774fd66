from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.exchange.codes import Unfit
from core.exchange.codes.dates import as_compact, compact_date, day_first_date, iso_date


@given(st.dates())
def test_every_date_comes_back_in_each_spelling(date: dt.date) -> None:
    iso = date.isoformat()
    assert iso_date(iso) == iso
    assert compact_date(as_compact(iso)) == iso
    assert day_first_date(f"{date:%d/%m}/{date.year:04}") == iso


@given(st.text(max_size=14))
def test_any_text_is_a_date_or_refused(text: str) -> None:
    for read in (iso_date, compact_date, day_first_date):
        try:
            found = read(text)
        except Unfit:
            continue
        assert dt.date.fromisoformat(found).isoformat() == found


def test_a_time_behind_a_date_is_left_out() -> None:
    assert iso_date("2017-10-02T14:59:40+02:00") == iso_date("2017-10-02Z") == "2017-10-02"


@pytest.mark.parametrize(
    "text", ["2023-02-29", "2023-13-01", "20.12.2017", "2017-1-2", "", "٢٠٢٣-01-01", "2017-10-02x"]
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(Unfit):
        iso_date(text)
