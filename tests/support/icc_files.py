"""Files of ICC, line by line."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from core.exchange.formats.icc import CONDITION, HEADER

if TYPE_CHECKING:
    from collections.abc import Mapping

GLN = "8713473000010"


def header(lines: int = 1, more: Mapping[str, str] = MappingProxyType({})) -> str:
    """Return a header; ``more`` are fields by the names that the format has for them."""
    values = {
        "GLN supplier": GLN, "Customer id": "52610368", "Production date": "20260228", "Number of lines": str(lines),
        "Version": "1.1", "Supplier name": "Groothandel", **more,
    }  # fmt: skip
    return HEADER.line(values)


def condition(**values: str) -> str:
    """Return a condition for a discount group, but for what ``values`` say otherwise."""
    given = {"group": "100001", "description": "Kabel", "discount_1": "05220", "start_date": "20260101", **values}
    names = {"group": "Discount group", "article": "Article number"}
    return CONDITION.line({names.get(name, name.replace("_", " ").capitalize()): text for name, text in given.items()})


def file_of(*lines: str, end: str = "\r\n") -> bytes:
    """Return these lines as a file."""
    return "".join(line + end for line in lines).encode("latin-1")
