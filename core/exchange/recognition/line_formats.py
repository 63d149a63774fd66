"""Formats of lines: PAB and ICC in fixed widths, ICF and the ETIM release in delimited columns.

A width alone proves nothing: the record codes, numbers and dates of the first lines must stand where they belong.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from core.exchange.recognition.claim import Claim, date_of, facts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.exchange.recognition.head import Head

PAB: Final = "pab"
ICC: Final = "icc"
ICF: Final = "icf"
ETIM_CSV: Final = "etim-csv"

_LOOKED_AT = 100
"""Lines whose fields are checked; all in the head must have the width."""

ETIM_TABLES = {
    "ETIMARTGROUP": "ARTGROUPID;GROUPDESC",
    "ETIMARTCLASS": "ARTCLASSID;ARTGROUPID;ARTCLASSDESC;ARTCLASSVERSION;ARTCLASSVERSIONDATE",
    "ETIMARTCLASSSYNONYMMAP": "ARTCLASSID;CLASSSYNONYM",
    "ETIMFEATURE": "FEATUREID;FEATUREGROUPID;FEATUREDESC",
    "ETIMFEATUREGROUP": "FEATUREGROUPID;FEATUREGROUPDESC",
    "ETIMUNIT": "UNITOFMEASID;UNITDESC",
    "ETIMVALUE": "VALUEID;VALUEDESC",
    "ETIMARTCLASSFEATUREMAP": "ARTCLASSFEATURENR;ARTCLASSID;FEATUREID;FEATURETYPE;UNITOFMEASID;SORTNR",
    "ETIMARTCLASSFEATUREVALUEMAP": "ARTCLASSFEATUREVALUENR;ARTCLASSFEATURENR;VALUEID;SORTNR",
}
"""The tables of an ETIM release, and the header of each."""


@dataclass(frozen=True, slots=True)
class _Record:
    """A record file of PAB: its width without line end, and what must stand at its beginning and elsewhere."""

    name: str
    version: str
    width: int
    pattern: re.Pattern[str]


def _record(name: str, version: str, width: int, *fields: tuple[int, int, str]) -> _Record:
    """Describe a record by its telling fields: first and last position (from 1), and what they look like."""
    pattern, position = "", 1
    for first, last, looks in fields:
        pattern += f".{{{first - position}}}(?=.{{{last - first + 1}}})(?:{looks})"
        position = last + 1
    return _Record(name, version, width, re.compile(pattern + f".{{{width - position + 1}}}", re.DOTALL))


_GLN = r"\d{13}"
_DATE = r"(?:(?:19|20)\d\d[01]\d[0-3]\d| {8})"
_RECORDS = (
    _record(
        "ArtLev",
        "2.03",
        623,
        (1, 1, "[1-3]"),
        (22, 34, _GLN),
        (49, 56, _DATE),
        (134, 149, r"[ \d]{12}\.\d{3}|[ \d.]{16}"),
    ),
    _record("ArtLev", "1", 375, (1, 1, "[1-3]"), (22, 34, _GLN), (35, 48, r"[\d ]{14}"), (150, 151, "SU|NS|  ")),
    _record(
        "ArtPr2",
        "2.03",
        128,
        (1, 1, "[1-3]"),
        (22, 34, _GLN),
        (35, 42, _DATE),
        (43, 58, r"[ \d.]{16}"),
        (59, 74, r"[ \d.]{16}"),
    ),
    _record(
        "ArtToKo", "2.03", 136, (21, 33, _GLN), (34, 36, "[A-Z0-9]{2}[A-Z0-9 ]"), (37, 44, _DATE), (45, 46, r"[\d ]{2}")
    ),
    _record("HArtLev", "2.03", 74, (1, 3, r"\d{3}"), (4, 6, "ART"), (24, 31, _DATE), (32, 32, r"\d")),
    _record("Product", "2.03", 846, (1, 1, "[1-3]"), (22, 34, _GLN), (49, 56, _DATE), (198, 216, r"[ \d.]{19}")),
)


def pab(head: Head) -> Claim | None:
    """One record file of PAB, by the width of all its lines and the fields of the first."""
    lines = [line for line in head.text.lines if line.strip("\x1a")] if head.text else []
    if not lines:
        return None
    width = len(lines[0])
    record = next((record for record in _RECORDS if record.width == width), None)
    if record is None or any(len(line) != width for line in lines):
        return None
    if not all(record.pattern.fullmatch(line) for line in lines[:_LOOKED_AT]):
        return None
    return Claim(
        PAB,
        "PAB",
        f"Its lines are {width} characters wide, with the fields of {record.name} where they belong.",
        record.version,
        record.name,
        facts=pab_facts(record.name, lines),
    )


def pab_facts(record: str, lines: Sequence[str]) -> dict[str, str]:
    """What the first lines of a record file say."""
    first = lines[0]
    if record == "HArtLev":
        found = [
            ("supplier GLN", first[35:48]),
            ("buyer GLN", first[48:61]),
            ("number", first[6:23]),
            ("date", date_of(first[23:31])),
            ("scope", {"9": "complete", "4": "changes"}.get(first[31])),
        ]
    else:
        place = slice(20, 33) if record == "ArtToKo" else slice(21, 34)
        suppliers = dict.fromkeys(line[place].strip() for line in lines)
        words = next(iter(suppliers)) if len(suppliers) == 1 else f"{len(suppliers)} in the first lines"
        currency = {"ArtLev": first[620:623], "ArtPr2": first[87:90], "ArtToKo": first[111:114]}.get(record)
        found = [("maker GLN" if record == "Product" else "supplier GLN", words), ("currency", currency)]
    return facts(found)


def icc(head: Head) -> Claim | None:
    """ICC 1.1: the conditions of one customer. Lines are often trimmed or too long: only the first counts."""
    lines = head.text.lines if head.text else ()
    first = lines[0] if lines else ""
    match = re.match(r"(\d{13}).{27}((?:19|20)\d{6})(\d{6})1\.1 {0,2}(?= |$)", first)
    if match is None:
        return None
    return Claim(
        ICC,
        "ICC",
        "The first line has a GLN of 13 digits, a date, a number of lines and, in columns 55 to 59, version 1.1.",
        "1.1",
        facts=facts(
            [
                ("supplier", first[59:94]),
                ("supplier GLN", match[1]),
                ("customer", first[20:40]),
                ("customer GLN", first[94:107]),
                ("date", date_of(match[2])),
                ("lines announced", match[3].lstrip("0") or "0"),
            ]
        ),
    )


def icf(head: Head) -> Claim | None:
    """ICF: invoices, each line with its record type."""
    lines = head.text.lines if head.text else ()
    values = lines[0].split("\t") if lines else []
    if len(values) < 2 or values[0] != "BH10":
        return None
    values += [""] * 6
    return Claim(
        ICF,
        "ICF",
        "The first line has the record type BH10 before a tab.",
        facts=facts(
            [
                ("format version", values[1]),
                ("customer", values[2]),
                ("supplier", values[3]),
                ("date", date_of(values[4])),
                ("number", values[6]),
            ]
        ),
    )


def etim_csv(head: Head) -> Claim | None:
    """A table of an ETIM release, by its header."""
    table = etim_table(head)
    if table is None or head.text is None:
        return None
    how = "" if head.text.encoding.startswith("utf-16") else f"; it is {head.text.encoding}, where ETIM writes UTF-16"
    return Claim(ETIM_CSV, "ETIM release", f"Its header is that of {table}{how}.", "", table)


def etim_table(head: Head) -> str | None:
    """Return the table of an ETIM release whose header the first line is."""
    lines = head.text.lines if head.text else ()
    return next((name for name, header in ETIM_TABLES.items() if lines and lines[0].strip() == header), None)
