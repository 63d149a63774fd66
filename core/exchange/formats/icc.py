"""ICC 1.1 (Instalnet, 1 June 2005): what a wholesaler's customer gets off, and the net prices agreed with him.

Lines of 130 characters and CR LF in ISO 8859-1: a header, then the conditions. The format knows no changes: a file is
all that one customer has. Numbers have two implied decimals; of the net price, that is what files in the field have,
for the text of the standard does not say.

In the field, lines are trimmed, or longer by blanks; several files are found in one, each with its header; and the
number of lines in a header is that of before a file was cut.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from core.errors import DataError
from core.exchange.codes.dates import as_compact, compact_date
from core.exchange.codes.unfit import Unfit
from core.exchange.formats.contract import Content, Facts, IndustryFormat, Inspection, Part, SourceRecord, Written
from core.exchange.formats.fixed import (
    FixedField,
    FixedRecord,
    copy_lines,
    count_lines,
    fixed_lines,
    implied,
    is_latin,
    without_point,
)
from core.exchange.numbers import Numbers
from core.exchange.sql_errors import disk_errors
from core.text import clean, counted

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from core.config.industry import IccHeader
    from core.exchange.formats.contract import Reading, Row, Writing
    from core.exchange.formats.fixed import Line
    from core.exchange.formats.rawfile import RawFile

WIDTH = 130
HEADER = FixedRecord(
    "header",
    WIDTH,
    (
        FixedField("GLN supplier", 1, 13),
        FixedField("Customer id", 21, 40),
        FixedField("Production date", 41, 48),
        FixedField("Number of lines", 49, 54, numeric=True),
        FixedField("Version", 55, 59),
        FixedField("Supplier name", 60, 94),
        FixedField("GLN customer", 95, 107),
    ),
)
CONDITION = FixedRecord(
    "condition",
    WIDTH,
    (
        FixedField("Discount group", 1, 20),
        FixedField("Article number", 21, 40),
        FixedField("Description", 41, 90),
        FixedField("Discount 1", 91, 95),
        FixedField("Discount 2", 96, 100),
        FixedField("Discount 3", 101, 105),
        FixedField("Net price", 106, 114),
        FixedField("Start date", 115, 122),
        FixedField("End date", 123, 130),
    ),
)
FIELDS = (
    "customer", "kind", "code", "valid_from", "valid_until", "supplier_name", "supplier_gln", "customer_gln",
    "description", "discount", "discount_2", "discount_3", "net_price", "produced_on",
)  # fmt: skip
_NUMBERS = {"discount": "Discount 1", "discount_2": "Discount 2", "discount_3": "Discount 3", "net_price": "Net price"}
_DATES = {"valid_from": "Start date", "valid_until": "End date"}
_DECIMALS = 2
_HEADER = re.compile(r"\d{13} {7}.{20}\d{14}1\.1(?:  |$| )", re.ASCII)
"""A header by what a condition cannot have: digits where its description is, and both its group and its article."""
_LINE_ENDS = re.compile(r"[\r\n\t]+")
_LOOKED_AT = 2000
_PROBLEMS = 10
_DATES_KEPT = 10_000


@dataclass(slots=True)
class _Set:
    """The conditions behind one header."""

    line: int
    announced: int | None
    common: dict[str, str]
    """What the header says of each condition."""
    lines: int = 0
    """How many conditions were met."""


def _set_of(line: Line) -> _Set:
    cells = HEADER.values(line.text[:WIDTH])
    number = cells["Number of lines"]
    common = {
        "customer": cells["Customer id"],
        "supplier_name": cells["Supplier name"],
        "supplier_gln": cells["GLN supplier"],
        "customer_gln": cells["GLN customer"],
        "produced_on": _lenient_date(cells["Production date"]),
    }
    return _Set(line.number, int(number) if number.isascii() and number.isdigit() else None, common)


@dataclass(slots=True)
class _Reader:
    """Takes the lines of a file into a raw file."""

    raw: RawFile | None
    sets: list[_Set] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    """The first of them."""
    dates: dict[str, str] = field(default_factory=dict)

    def take(self, line: Line, name: str) -> None:
        if _HEADER.match(line.text):
            self.sets.append(_set_of(line))
        elif not self.sets:
            raise DataError(
                f"{name} is no ICC 1.1: line {line.number} is no header with GLN, date and version in their places.",
                advice="Look at what it is with pendel inspect.",
            )
        else:
            self._condition(line, self.sets[-1])

    def _condition(self, line: Line, of: _Set) -> None:
        of.lines += 1
        column, value = "", ""
        try:
            cells = CONDITION.values(line.text)
            values = of.common | {"description": cells["Description"]} | _subject(cells)
            for name, column in _NUMBERS.items():
                value = cells[column]
                values[name] = implied(value, _DECIMALS)
            for name, column in _DATES.items():
                value = cells[column]
                values[name] = self._date(value)
        except Unfit as unfit:
            self._reject(line, str(unfit), column, value)
            return
        _drop_fillers(values)
        if self.raw is not None:
            self.raw.add(values, line=line.number, item=line.number, raw=line.text)

    def _date(self, text: str) -> str:
        """Return a date; most conditions have one of a few."""
        found = self.dates.get(text)
        if found is None:
            found = compact_date(text) if text.strip("0") else ""
            if len(self.dates) < _DATES_KEPT:
                self.dates[text] = found
        return found

    def _reject(self, line: Line, reason: str, column: str, value: str) -> None:
        if len(self.problems) < _PROBLEMS:
            self.problems.append(f"Line {line.number:,}{f', {column}' if column else ''}: {reason}.")
        if self.raw is not None:
            self.raw.reject(reason, column=column, value=value, line=line.number, item=line.number, raw=line.text)

    def facts(self) -> Facts:
        """Return what the headers say: the first, and how many more there are."""
        first = self.sets[0]
        common = first.common
        more = {"customer": common["customer"]} if len(self.sets) == 1 else {"headers": str(len(self.sets))}
        known = [each.announced for each in self.sets]
        return Facts(
            "icc",
            "ICC 1.1",
            "1.1",
            "conditions of a customer" if len(self.sets) == 1 else f"conditions under {len(self.sets)} headers",
            supplier=common["supplier_name"],
            supplier_gln=common["supplier_gln"],
            buyer_gln=common["customer_gln"],
            made_at=common["produced_on"],
            announced=None if None in known else sum(each or 0 for each in known),
            more=more,
        )


def _subject(cells: dict[str, str]) -> dict[str, str]:
    group, article = cells["Discount group"], cells["Article number"]
    if bool(group) == bool(article):
        raise Unfit(
            "has both a discount group and an article" if group else "has neither a discount group nor an article"
        )
    return {"kind": "group", "code": group} if group else {"kind": "article", "code": article}


def _drop_fillers(values: dict[str, str]) -> None:
    """Take out the zeros that stand where there is no value: of second discounts, and of a price beside a discount."""
    for name in ("discount_2", "discount_3"):
        if values[name] == "0":
            values[name] = ""
    if values["net_price"] == "0" and values["discount"]:
        values["net_price"] = ""


def _lenient_date(text: str) -> str:
    try:
        return compact_date(text)
    except Unfit:
        return ""


def read(reading: Reading) -> Content:
    """Read a file of conditions. A customer's are all there are of him, where the task does not say otherwise."""
    raw = reading.part("condition", FIELDS)
    reader = _Reader(raw)
    for line in fixed_lines(reading.path, name=reading.name, stop=reading.stop, advance=reading.advance):
        reader.take(line, reading.name)
    raw.close()
    if not reader.sets:
        raise DataError(f"{reading.name} has only blank lines.", advice="Ask the sender for the complete file.")
    part = Part(raw, "listed" if reading.delta else "owners", owners=("customer",))
    return Content(reader.facts(), [part], _count_warnings(reader, reading.name))


def _count_warnings(reader: _Reader, name: str) -> list[str]:
    return [
        f"The header in line {each.line:,} of {name} announces {counted(each.announced, 'condition')}, "
        f"but {each.lines:,} {'follows' if each.lines == 1 else 'follow'}: the file may have been cut."
        for each in reader.sets
        if each.announced not in (None, each.lines)
    ][:5]


def inspect(reading: Reading) -> Inspection:
    """Look at the header and the first conditions; count the lines."""
    reader = _Reader(None)
    for number, line in enumerate(fixed_lines(reading.path, name=reading.name, stop=reading.stop)):
        reader.take(line, reading.name)
        if number == _LOOKED_AT:
            break
    lines, exact = count_lines(reading.path)
    count = max(0, lines - len(reader.sets))
    return Inspection(
        reader.facts(), {"conditions": f"{count:,}" if exact else f"about {count:,}"}, tuple(reader.problems)
    )


def source_records(reading: Reading, most: int) -> Iterator[SourceRecord]:
    """Yield the lines as they stand."""
    lines = fixed_lines(reading.path, name=reading.name, stop=reading.stop, advance=reading.advance)
    for line in islice(lines, most or None):
        record = HEADER if _HEADER.match(line.text) else CONDITION
        yield SourceRecord(f"line {line.number:,}", record.name, record.values(line.text[: record.width]))


def rewrite_rejects(reading: Reading, items: Collection[int], target: Path) -> None:
    """Write the headers and the lines of these numbers, byte for byte. The headers count what they counted."""
    lines = fixed_lines(reading.path, name=reading.name, stop=reading.stop)
    kept = Numbers(line.number for line in lines if line.number in items or _HEADER.match(line.text))
    copy_lines(reading.path, target, kept, stop=reading.stop)


def write(writing: Writing) -> Written:
    """Write the conditions of one customer.

    Raises:
        DataError: there are conditions of several customers, and the layout does not say whose are wanted; or the
            header has no room for what it needs.
    """
    settings: IccHeader = writing.settings
    header = {"customer": settings.customer, "supplier_gln": settings.supplier_gln}
    written = 0
    with disk_errors(f"{clean(writing.target.name)} cannot be written"), writing.target.open("w+b") as file:
        file.write(b" " * WIDTH + b"\r\n")
        for item in writing.items("condition"):
            row = item.row
            if settings.customer and row["customer"] != settings.customer:
                writing.leave_out()
                continue
            _agree(header, row, settings)
            if line := _line(writing, row):
                file.write(line)
                written += 1
        file.seek(0)
        file.write(_header_line(writing, header, written))
    return Written(written)


def _agree(header: dict[str, str], row: Row, settings: IccHeader) -> None:
    """Take into the header what the records say of themselves; they must be of one customer and supplier."""
    for name, what in (("customer", "customer"), ("supplier_gln", "supplier")):
        found = row.get(name, "")
        if not found or getattr(settings, name):
            continue
        if header.setdefault(name, "") not in ("", found):
            raise DataError(
                f"A file of ICC has the conditions of one {what}, and these are of several: "
                f"{clean(header[name], limit=40)} and {clean(found, limit=40)}.",
                advice=f"Say in the header of the layout whose are wanted ({name}), or export an assortment with one.",
            )
        header[name] = found
    for name in ("supplier_name", "customer_gln"):
        if row.get(name):
            header.setdefault(name, row[name])


def _line(writing: Writing, row: Row) -> bytes | None:
    """Return a condition as a line; None, and noted, where it cannot be written."""
    key = " ".join((row["kind"], row["code"]))
    name, value = "kind", row["kind"]

    try:
        if row["kind"] not in ("group", "article"):
            raise Unfit("is neither for a discount group nor for an article, and ICC has nothing else")
        name, value = "code", row["code"]
        if len(value) > 20:
            raise Unfit("is longer than the 20 characters that ICC has for it")
        cells = {"Discount group" if row["kind"] == "group" else "Article number": value}
        name, value = "description", _LINE_ENDS.sub(" ", row.get("description", "")).strip()
        fitted = writing.fitted(value, 50, name)
        if fitted is None:
            raise Unfit("is longer than the 50 characters that ICC has for it")
        if not is_latin(fitted):
            raise Unfit("holds a character that ISO 8859-1 does not have")
        cells["Description"] = fitted
        for name, column in _NUMBERS.items():
            if value := row.get(name, ""):
                width = 9 if name == "net_price" else 5
                cells[column] = without_point(value, _DECIMALS, width)
        for name, column in _DATES.items():
            if value := row.get(name, ""):
                cells[column] = as_compact(value)
    except Unfit as unfit:
        writing.refuse("condition", key, str(unfit), field=name, value=value)
        return None
    return f"{CONDITION.line(cells)}\r\n".encode("latin-1", "replace")


def _header_line(writing: Writing, found: dict[str, str], written: int) -> bytes:
    settings: IccHeader = writing.settings
    values = {
        "GLN supplier": settings.supplier_gln or found.get("supplier_gln", ""),
        "Customer id": settings.customer or found.get("customer", ""),
        "Production date": f"{writing.made_at:%Y%m%d}",
        "Number of lines": str(written),
        "Version": "1.1",
        "Supplier name": (settings.supplier or found.get("supplier_name", ""))[:35],
        "GLN customer": settings.customer_gln or found.get("customer_gln", ""),
    }
    for name, setting_name in (("GLN supplier", "supplier_gln"), ("Customer id", "customer")):
        if not values[name]:
            raise DataError(
                f"The header of an ICC file needs {name}, and neither the layout nor the records have it.",
                advice=f"Set {setting_name} in the header of the layout.",
            )
    if not re.fullmatch(r"\d{13}", values["GLN supplier"], re.ASCII):
        raise DataError(
            f"The GLN of the supplier, {clean(values['GLN supplier'], limit=40)}, has not the 13 digits of a GLN.",
            advice="Set supplier_gln in the header of the layout.",
        )
    try:
        return f"{HEADER.line(values)}\r\n".encode("latin-1")
    except (Unfit, UnicodeEncodeError) as error:
        reason = str(error) if isinstance(error, Unfit) else "it holds a character that ISO 8859-1 does not have"
        raise DataError(
            f"The header of the ICC file cannot be written: {reason}.", advice="Look at the layout."
        ) from error


FORMAT = IndustryFormat(
    "icc",
    "ICC 1.1",
    inspect=inspect,
    read=read,
    rewrite_rejects=rewrite_rejects,
    write=write,
    source_records=source_records,
)
