"""Lists of codes: which values a field of a file may have.

``codes.csv`` in the directory of a format names fields as the format does, and the list of each::

    field,list
    UseUnitUoM,codelist.xsd#UoMType
    PriceBase/PriceBasisUoM,lists/rec20.csv#code
    PRODUCT_LOGISTIC_DETAILS/MEDIA/@type,lists/kinds.csv

A list is left as it was published: a CSV file or a workbook with the codes in a column, or an XML Schema with a type
that enumerates them.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.errors import DataError
from core.exchange.formats.official.dropped import CODES, content_of
from core.exchange.sql_errors import disk_errors
from core.text import clean, listed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from core.exchange.formats.official.verdict import Verdict
    from core.stop import StopToken

_SEPARATORS = ",;\t"
_WORKBOOKS = (".xlsx", ".xlsm", ".xls")
_ENUMERATION = "{http://www.w3.org/2001/XMLSchema}enumeration"
_UNION = "{http://www.w3.org/2001/XMLSchema}union"
_SIMPLE_TYPE = "{http://www.w3.org/2001/XMLSchema}simpleType"


@dataclass(frozen=True, slots=True)
class CodeList:
    """The values that a field may have."""

    name: str
    """As codes.csv names it."""
    codes: frozenset[str]


@dataclass(slots=True)
class CodeLists:
    """The lists by the fields that have them."""

    _by_name: dict[str, list[tuple[tuple[str, ...], CodeList]]] = field(default_factory=dict)
    _told: set[tuple[str, str]] = field(default_factory=set)
    _met: set[str] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self._by_name)

    def bind(self, field: str, codes: CodeList) -> None:
        """Say which list a field has: by its name, or by its name and those of what it stands in."""
        *above, name = field.strip().strip("/").split("/")
        self._by_name.setdefault(name, []).append((tuple(above), codes))

    def names(self) -> list[str]:
        """Return the names of the fields, without what they stand in."""
        return list(self._by_name)

    def unmet(self) -> list[str]:
        """Return the fields of which no value was looked at, however they are bound."""
        bound = ["/".join((*above, name)) for name, lists in self._by_name.items() for above, _ in lists]
        return [each for each in bound if each not in self._met]

    def paths(self, name: str) -> list[tuple[tuple[str, ...], CodeList]]:
        """Return what a field must stand in, the outermost first, and its list, for each list that a name has."""
        return self._by_name.get(name, [])

    def look(self, verdict: Verdict, codes: CodeList, place: str, field: str, value: str) -> None:
        """Note a value that is not in a list; each once for a field."""
        self._met.add(field)
        value = value.strip()
        if value and value not in codes.codes and (field, value) not in self._told:
            self._told.add((field, value))
            verdict.add(place, f"{field} has {clean(value, limit=60)!r}, which is none of the codes of {codes.name}")


def read_code_lists(path: Path, work_dir: Path, verdict: Verdict, *, stop: StopToken) -> CodeLists:
    """Read ``codes.csv`` and the lists that it names; what cannot be used is noted.

    Raises:
        EngineError: a file cannot be read.
        StopRequested: a stop was asked for.
    """
    found, lists = CodeLists(), dict[str, CodeList | None]()
    try:
        bound = list(_bindings(path))
    except DataError as error:
        verdict.unusable.append(error.message)
        return found
    for bound_field, name in bound:
        if name not in lists:
            try:
                lists[name] = _read_list(path.parent, name, work_dir, stop)
            except DataError as error:
                verdict.unusable.append(error.message)
                lists[name] = None
        codes = lists[name]
        if codes is not None:
            found.bind(bound_field, codes)
    return found


def _bindings(path: Path) -> Iterator[tuple[str, str]]:
    rows = _rows(content_of(path))
    header = [cell.strip().casefold() for cell in next(rows, [])]
    if not {"field", "list"} <= set(header):
        raise DataError(f"{CODES} lacks its header: field,list.")
    at, of = header.index("field"), header.index("list")
    for row in rows:
        if len(row) > max(at, of) and row[at].strip() and row[of].strip():
            yield row[at].strip(), row[of].strip()


def _read_list(directory: Path, name: str, work_dir: Path, stop: StopToken) -> CodeList:
    file, _, which = name.partition("#")
    path = directory / file
    with disk_errors(f"{clean(name)} cannot be read"):
        if not path.is_file() or not path.resolve().is_relative_to(directory.resolve()):
            raise DataError(f"{CODES} names {clean(name, limit=100)}, and there is no such file beside or below it.")
    if path.suffix.lower() == ".xsd":
        codes = _enumerated(path, which)
    elif path.suffix.lower() in _WORKBOOKS:
        content_of(path)
        codes = _column(_sheet_rows(path, which, work_dir, stop), which.rpartition("!")[2], name)
    else:
        codes = _column(_rows(content_of(path)), which, name)
    if not codes:
        raise DataError(f"{clean(name, limit=100)}, named in {CODES}, has no codes.")
    return CodeList(clean(name, limit=80), frozenset(codes))


def _rows(content: bytes) -> Iterator[list[str]]:
    """Yield the rows of a CSV file, whatever separates its columns."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    first = text.partition("\n")[0]
    separator = max(_SEPARATORS, key=first.count)
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    except csv.Error as error:
        raise DataError(f"A list of codes is no CSV: {clean(str(error), limit=100)}.") from error


def _sheet_rows(path: Path, which: str, work_dir: Path, stop: StopToken) -> Iterator[list[str]]:
    from core.config.typed_files import ExcelSettings
    from core.exchange.workbook import read_sheet

    target = work_dir / "codes"
    target.parent.mkdir(parents=True, exist_ok=True)
    sheet = which.rpartition("!")[0]
    settings = ExcelSettings(sheet=sheet) if sheet else ExcelSettings()
    read = read_sheet(path, settings, target, stop=stop, name=clean(path.name))
    yield list(read.rows.names)
    with disk_errors(f"{clean(path.name)} cannot be read"), target.open(encoding="utf-8", newline="") as file:
        for _, _, *cells in csv.reader(file, delimiter="\x1f"):
            yield cells


def _column(rows: Iterator[list[str]], which: str, name: str) -> set[str]:
    header = [cell.strip() for cell in next(rows, [])]
    folded = [cell.casefold() for cell in header]
    wanted = (which or "code").strip().casefold()
    if wanted in folded:
        place = folded.index(wanted)
    elif which:
        columns = listed([clean(cell, limit=40) for cell in header[:10]], last="and") or "none"
        raise DataError(f"{clean(name, limit=100)}, named in {CODES}, has no such column; it has {columns}.")
    else:
        place = 0
    return {row[place].strip() for row in rows if len(row) > place} - {""}


def _enumerated(path: Path, which: str) -> set[str]:
    """Return the values of a simple type, and of those that it unites; both stand in the one file."""
    from core.exchange.formats.official.xsd import read_xsd

    types = {each.get("name", ""): each for each in read_xsd(path).tree.iter(_SIMPLE_TYPE)}
    codes: set[str] = set()
    wanted, seen = [which], set[str]()
    while wanted:
        name = wanted.pop().rpartition(":")[2]
        if name not in types or name in seen:
            continue
        seen.add(name)
        codes.update(each.get("value", "") for each in types[name].iter(_ENUMERATION))
        for union in types[name].iter(_UNION):
            wanted += union.get("memberTypes", "").split()
    return codes - {""}
