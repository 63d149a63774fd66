"""How a spreadsheet is told to show a date."""

from __future__ import annotations

import re

_PARTS = {
    "d": "dd",
    "m": "mm",
    "Y": "yyyy",
    "y": "yy",
    "H": "hh",
    "M": "mm",
    "S": "ss",
    "b": "mmm",
    "B": "mmmm",
    "%": "%",
}


def excel_date_format(pattern: str) -> str | None:
    """Return a strftime format as Excel has it; None where it has no such thing."""
    code = ""
    for directive, plain in re.findall(r"%-?([a-zA-Z%])|([^%]+)", pattern):
        if directive and directive not in _PARTS:
            return None
        if '"' in plain:
            return None
        code += _PARTS[directive] if directive else (plain if re.fullmatch(r"[-/ :.]+", plain) else f'"{plain}"')
    return code
