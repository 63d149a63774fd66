from __future__ import annotations

import csv
from pathlib import Path

import pytest

from core.exchange.codes.units import (
    DICO_UNITS,
    ETIM_PACKAGES,
    ETIM_UNITS,
    XCHANGE_PACKAGES,
    XCHANGE_UNITS,
    Units,
    read_unit,
    written_unit,
)

TABLE = Path(__file__).parents[4] / "shared" / "formats" / "units" / "unit-codes.csv"


@pytest.mark.parametrize(
    ("column", "codes"),
    [
        ("bmecat_etim5_unit", ETIM_UNITS),
        ("bmecat_etim5_packing", ETIM_PACKAGES),
        ("xchange2_order_price_use", XCHANGE_UNITS),
        ("xchange2_packaging", XCHANGE_PACKAGES),
        ("dico_sales005", DICO_UNITS),
    ],
)
def test_the_codes_of_each_standard(column: str, codes: frozenset[str]) -> None:
    if not TABLE.exists():
        pytest.skip(f"{TABLE} is not there.")
    with TABLE.open(encoding="utf-8", newline="") as file:
        assert codes == {row["code"] for row in csv.DictReader(file) if row[column]}


@pytest.mark.parametrize("code", sorted(ETIM_UNITS | ETIM_PACKAGES))
def test_what_etim_has_comes_back(code: str) -> None:
    assert written_unit(read_unit(code), "etim") == code


@pytest.mark.parametrize("code", sorted(DICO_UNITS))
def test_what_dico_has_comes_back(code: str) -> None:
    assert written_unit(read_unit(code), "dico") == code


def test_a_piece() -> None:
    assert read_unit("PCE") == read_unit("C62") == "C62"
    assert (written_unit("C62", "dico"), written_unit("PCE", "bmecat"), written_unit("EA", "xchange")) == (
        "PCE",
        "C62",
        "C62",
    )


def test_traps_are_kept_and_told_once() -> None:
    units = Units()
    assert [units.read(code) for code in ("ST", "ST", "KG", "KGM", "PCE", "BOX")] == [
        "ST",
        "ST",
        "KG",
        "KGM",
        "C62",
        "BOX",
    ]
    keg, sheet = units.warnings()
    assert keg.startswith("The unit KG, which is used once, is a keg")
    assert sheet.startswith("The unit ST, which is used 2 times, is a sheet")
