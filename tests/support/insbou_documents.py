"""Messages of INSBOU003 that have each element of the table of the collection (``insbou003/elements.csv``)."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING

from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lxml.etree import _Element as Element

_VAT = (("VATRate", "code", "S"), ("VATPercentage", "decimal", ""))
_CHARGES = {"Charge": "AAT", "Allowance": "ADO", "InvoiceCharge": "AAT"}
Entry = tuple[str, str, str]
"""An element: its path, its type and its codes."""


def insbou_document(table: Path, message: str, times: int) -> Element:
    """Return a message; what may be repeated comes so many times."""
    root = etree.Element(message)
    with table.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["message"] == message]
    rows = [row for row in rows if not row["occurrence"].startswith("alias")]
    entries = [entry for row in rows for entry in _entries(row["path"], row["type"], row["codes"])]
    groups = {path.rpartition("/")[0] for path, *_ in entries}
    repeated = {row["path"] for row in rows if row["occurrence"][:1] in "*+" and "|" not in row["path"]}
    for number, (path, kind, codes) in enumerate(entries, start=1):
        if path in groups:
            continue
        at = [root]
        *steps, name = path.split("/")
        for depth, step in enumerate(steps, start=1):
            count = times if "/".join(steps[:depth]) in repeated else 1
            at = [found for each in at for found in _children(each, step, count)]
        for place, each in enumerate(at):
            etree.SubElement(each, name).text = _value(kind, codes, number + 1000 * place)
    return root


def _entries(path: str, kind: str, codes: str) -> Iterator[Entry]:
    """Yield an element; or several, where the table says them in one line, or refers to others."""
    *above, last = path.split("/")
    for top in above[0].split("|") if above else [""]:
        for name in last.split("|"):
            here = "/".join(filter(None, (top, *above[1:], name)))
            if name == "VATInformation" and kind.startswith("see"):
                yield from ((f"{here}/{each}", of, code) for each, of, code in _VAT)
            elif name in _CHARGES and kind.startswith(("see", "as")):
                kind_of = name.removeprefix("Invoice")
                yield f"{here}/{kind_of}TypeCode", "code", _CHARGES[name]
                yield f"{here}/{kind_of}Amount", "decimal", ""
                yield from ((f"{here}/VATInformation/{each}", of, code) for each, of, code in _VAT)
            elif path == "OrderLine/TransportInstruction":
                yield f"{here}/DeliveryNoteText", "an..70", ""
            else:
                yield here, kind, codes


def _children(element: Element, name: str, count: int) -> list[Element]:
    found = element.findall(name)
    return found or [etree.SubElement(element, name) for _ in range(count)]


def _value(kind: str, codes: str, number: int) -> str:
    if codes and (code := re.match(r"[A-Z0-9]+", codes)):
        return code[0]
    if kind.startswith("digits 13"):
        return "8713450010018"
    if kind.startswith("digits 14"):
        return "08712670911213"
    if kind.startswith("date"):
        return f"2026-01-{1 + number % 28:02}"
    if kind.startswith("time"):
        return "10:11:12"
    if kind.startswith("an2"):
        return "NL"
    if "unit" in kind.lower():
        return "MTR"
    return f"t{number}" if kind.startswith(("an", "-", "text", "see", "as")) else str(number)
