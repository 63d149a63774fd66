"""Units: with us codes of UN/ECE Recommendation 20 (and 21 for packages), in which a piece is ``C62``.

The Dutch standards (DICO, INSBOU, PAB) write ``PCE`` for it. Two codes are traps: ``ST`` is a sheet and ``KG`` a keg,
though feeds mean *Stück* and kilogram by them. They are kept, and whoever started the run is told, once.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Standard = Literal["bmecat", "etim", "xchange", "dico"]
"""Whose codes: BMEcat, the ETIM guideline for it, ETIM xChange, or DICO with INSBOU and PAB."""

PIECE: Final = "C62"

_TRAPS: Final = {"ST": "a sheet, not a piece (C62)", "KG": "a keg, not a kilogram (KGM)"}
_READ_AS: Final = {"PCE": PIECE, "KTM": "KMT", "DTM": "DMT"}
"""Spellings of one standard for a code of Rec 20; KTM and DTM are typing errors that standards have made their own."""

_BOTH = "BE BG BO BX C62 CA CL CQ CR CS CT D99 DR KG PA PF PK PL PR PU RG RL RO SA SET TN TU Z2 Z3"
_MEASURES = "CMK CMT DAY GRM HUR KGM LTR MGM MLT MMK MMT MTR MTK MTQ SEC TNE WEE"
ETIM_UNITS: Final = frozenset(f"{_BOTH} {_MEASURES} ANN CMQ KTM MMQ ST".split())
"""The units of orders, contents and prices in ETIM BMEcat 5.0 (dtUNIT)."""
ETIM_PACKAGES: Final = frozenset(f"{_BOTH} CY EV NE WR".split())
"""The packing units in ETIM BMEcat 5.0 (dtPUNIT)."""
XCHANGE_UNITS: Final = frozenset(
    f"{_BOTH} {_MEASURES} ANN CI CMQ DZN FOT FTQ HLT INH INQ KTM LBR LTN MIN MMQ ONZ SMI ST YRD".split()
)
"""The units of orders, prices and use in ETIM xChange 2.0."""
XCHANGE_PACKAGES: Final = frozenset(f"{_BOTH} BJ BR CY EV NE WR".split())
"""The types of packaging in ETIM xChange 2.0."""
DICO_UNITS: Final = frozenset((
    "ANN", "CMT", "DAY", "DD", "GRM", "HUR", "KGM", "LTR", "MIN", "MLT", "MMT", "MON", "MTK", "MTQ", "MTR",
    "PCE", "PPM", "SEC", "TNE", "WEE",
))  # fmt: skip
"""The units of DICO/SALES005 (UoMType)."""

_WRITTEN: Final[Mapping[Standard, Mapping[str, str]]] = {
    "bmecat": {"PCE": PIECE},
    "etim": {"PCE": PIECE, "EA": PIECE, "H87": PIECE, "KMT": "KTM"},
    "xchange": {"PCE": PIECE, "EA": PIECE, "H87": PIECE, "KMT": "KTM"},
    "dico": {PIECE: "PCE", "EA": "PCE", "H87": "PCE"},
}


def read_unit(code: str) -> str:
    """Return a code of any of the standards as ours; one that is not known is kept as it is."""
    code = code.strip()
    return _READ_AS.get(code, code)


def written_unit(code: str, standard: Standard) -> str:
    """Return a code of ours as a standard has it; what it does not have stays as it is."""
    return _WRITTEN[standard].get(code, code)


class Units:
    """The units of one file, and whether any may be meant otherwise."""

    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()
        """How often each code was read that may be meant otherwise."""

    def read(self, code: str) -> str:
        """Return what a code is with us, and remember those that may be meant otherwise."""
        if code in _TRAPS:
            self.seen[code] += 1
        return read_unit(code)

    def warnings(self) -> list[str]:
        """Return a sentence for each code that may be meant otherwise, to be said once a run."""
        return [
            f"The unit {code}, which {_times(number)}, is {_TRAPS[code]}: it was kept as it is. If the supplier means "
            "the other one, give the columns of units a value list in a layout."
            for code, number in sorted(self.seen.items())
        ]


def _times(number: int) -> str:
    return "is used once" if number == 1 else f"is used {number:,} times"
