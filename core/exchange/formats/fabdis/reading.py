"""FAB-DIS as records of ours."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypedDict

from core.exchange.codes.dates import day_first_date, iso_date
from core.exchange.codes.identifiers import gtin
from core.exchange.codes.languages import language_tag
from core.exchange.codes.measures import cubic_metres, kilograms, millimetres
from core.exchange.codes.numbers import decimal_text
from core.exchange.codes.unfit import Unfit
from core.exchange.codes.units import Units
from core.exchange.formats.contract import Content, Facts, Inspection, Part, SourceRecord
from core.exchange.formats.fabdis import fields as of
from core.exchange.formats.fabdis.columns import COLUMNS
from core.exchange.formats.fabdis.sheets import SHEET_STEP, SheetFile, SheetRow, read_sheets
from core.exchange.recognition.workbook import excel_date
from core.exchange.sql_errors import disk_errors
from core.exchange.workbook import ERRORS
from core.text import clean, counted, listed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from pathlib import Path

    from core.exchange.formats.contract import Reading
    from core.exchange.formats.fabdis.fields import Entry
    from core.exchange.formats.rawfile import RawFile

_BLANKS = re.compile(r"[\s\u00a0\u202f]+")
_MEASURED: Final = {"length": millimetres, "weight": kilograms, "volume": cubic_metres}
_LOOKED_AT = 500


@dataclass(slots=True)
class _Title:
    """What B00_CARTOUCHE says."""

    cells: dict[str, str] = field(default_factory=dict)

    @property
    def decimal(self) -> str:
        """The decimal sign of cells that are text; empty where it is not said."""
        found = self.cells.get("DECSEP", "").strip().casefold()
        return {",": ",", ".": ".", "virgule": ",", "point": "."}.get(found, "")

    @property
    def language(self) -> str:
        return self.cells.get("LANG", "")

    def facts(self, version: str, sheets: Sequence[SheetFile]) -> Facts:
        get = self.cells.get
        announced = get("NRB01", "")
        return Facts(
            "fab-dis",
            f"FAB-DIS {get('FABDISV') or version}",
            get("FABDISV") or version,
            "a complete catalogue",
            complete=True,
            supplier=get("FABRICANT", "") or get("CARMARQUE", ""),
            currency=get("DEV", ""),
            languages=(self.language,) if self.language else (),
            valid_from=_lenient_date(get("DATEAPPLI", "")),
            made_at=_lenient_date(get("DATEDIT", "")),
            announced=int(announced) if announced.isdecimal() and announced.isascii() else None,
            more={"brands": get("CARMARQUE", ""), "sheets": ", ".join(sheet.name for sheet in sheets)},
        )


def _date(text: str) -> str:
    """Return a date: as Excel has it, as its number, or as DD/MM/YYYY. Raises Unfit."""
    plain = excel_date(text)
    if plain[:4].isdecimal() and plain[4:5] == "-":
        return iso_date(plain)
    return day_first_date(plain)


def _lenient_date(text: str) -> str:
    try:
        return _date(text)
    except Unfit:
        return text


class _Reader:
    """Takes the sheets of a workbook into raw files, one an entity."""

    def __init__(self, reading: Reading, sheets: Sequence[SheetFile]) -> None:
        self.title = _Title()
        self.problems: list[str] = []
        self.version = "3.0" if any(sheet.kind in COLUMNS for sheet in sheets) else "2.x"
        self._reading = reading
        self._sheets = sheets
        self._raws: dict[str, RawFile] = {}
        self._units = Units()
        self._seen: dict[str, Counter[tuple[str, ...]]] = {}
        self._left: Counter[str] = Counter()
        self._rows: Counter[str] = Counter()
        self._column, self._value = "", ""

    def take(self) -> None:
        """Read all sheets, in the order in which their records refer to each other."""
        for sheet in self._of("B00_CARTOUCHE"):
            self.title.cells = next((row.cells for row in sheet.rows(self._reading)), {})
        article = of.ARTICLE if self.version == "3.0" else of.ARTICLE_2
        self._open("article", article, "manufacturer", "currency", "extension")
        self._each("article", "B01_COMMERCE", of.ARTICLE, self._article)
        self._each("article", "01_COMMERCE", of.ARTICLE_2, self._article)
        self._each("article", "C05_ARRET", of.GONE, None, deleted=True)
        if self.version == "3.0":
            self._open("packaging", of.PACKAGING, "sequence", "extension")
            self._each("packaging", "B02_LOGISTIQUE", of.PACKAGING, self._packaging)
            self._open("article_class", of.CLASS, "system")
            self._each("article_class", "C04_ETIM", of.CLASS, self._class)
            self._open("article_feature", of.FEATURE + of.EXTENSION, "system", "occurrence", "extension")
            self._each("article_feature", "C04_ETIM", of.FEATURE, self._feature)
            self._each("article_feature", "B04_REGLEMENTAIRE", of.REGULATION, self._feature)
            self._each("article_feature", "C01_EXTENSION", of.EXTENSION, self._feature)
            self._each("article_feature", "C03_VARIANTE", of.VARIANT, self._feature)
            self._open("relation", of.CORRESPONDENCE, "extension")
            self._each("relation", "C02_CORRESPONDANCE", of.CORRESPONDENCE, None)
            self._each("relation", "C06_SUBSTITUTION", of.SUBSTITUTION, self._substitution)
        self._open("attachment", of.MEDIA, "entity", "language")
        self._each("attachment", "B03_MEDIA", of.MEDIA, self._media)
        self._each("attachment", "03_MEDIA", of.MEDIA_2, self._media)

    def parts(self) -> list[Part]:
        """Return what was read: all there is of the articles, and of each what belongs to it."""
        parts = []
        for name, raw in self._raws.items():
            raw.close()
            owners = ("entity", "record") if name == "attachment" else ("article",)
            parts.append(Part(raw, "all") if name == "article" else Part(raw, "owners", owners))
        return parts

    def warnings(self, others: Sequence[str]) -> list[str]:
        """Return what whoever started the run should know."""
        said = []
        for column, what, sheet in (("NRB01", "articles", "B01_COMMERCE"), ("NRC05", "discontinued", "C05_ARRET")):
            announced = self.title.cells.get(column, "")
            if _is_count(announced) and int(announced) != self._rows[sheet]:
                said.append(
                    f"B00_CARTOUCHE announces {int(announced):,} {what} ({column}), but {sheet} has "
                    f"{self._rows[sheet]:,}."
                )
        unread = [sheet.name for sheet in self._of("F01_PYRAMIDE")] + [clean(name, limit=40) for name in others[:5]]
        if unread:
            many = len(unread) > 1
            said.append(f"{listed(unread, last='and')} {'are sheets' if many else 'is a sheet'} present, not read.")
        said += [f"{what}: {counted(count, 'time')}." for what, count in self._left.items()]
        return [*said, *self._units.warnings()]

    def _of(self, kind: str) -> list[SheetFile]:
        return [sheet for sheet in self._sheets if sheet.kind == kind]

    def _open(self, entity: str, entries: Iterable[Entry], *more: str) -> None:
        entries = list(entries)
        fields = [entry.field for entry in entries if entry.kind != "words"]
        words = dict.fromkeys(entry.field for entry in entries if entry.kind == "words")
        self._raws[entity] = self._reading.part(entity, [*fields, *more], optional=self._reading.every_language(*words))
        self._seen[entity] = Counter()

    def _each(
        self, entity: str, kind: str, entries: tuple[Entry, ...], finish: _Finish | None, *, deleted: bool = False
    ) -> None:
        raw = self._raws[entity]
        for sheet in self._of(kind):
            for row in sheet.rows(self._reading):
                self._rows[kind] += 1
                at = _At(line=row.line, item=row.item, place=sheet.name, raw="\t".join(row.cells.values()))
                try:
                    values = self._values(row, entries)
                    wanted = finish is None or finish(kind, row, values)
                except Unfit as unfit:
                    column = f", {self._column}" if self._column else ""
                    self.problems.append(f"{sheet.name}, row {row.line:,}{column}: {unfit}.")
                    raw.reject(str(unfit), column=self._column, value=self._value, **at)
                    continue
                if wanted:
                    raw.add(values, deleted=deleted, **at)

    def _values(self, row: SheetRow, entries: Iterable[Entry]) -> dict[str, str]:
        """Return the values of a row. Raises Unfit."""
        values: dict[str, str] = {}
        for entry in entries:
            text = row.cells.get(entry.column, "")
            if not text:
                continue
            self._column, self._value = entry.column, text
            if text in ERRORS:
                raise Unfit("is an error in Excel")
            name = entry.field
            if entry.kind == "words":
                language = self.title.language
                found = self._reading.translated(name, language) if language else f"{name}.{self._reading.languages[0]}"
                if found is None:
                    continue
                name = found
            values[name] = self._value_of(text, entry, row)
        self._column = self._value = ""
        return values

    def _value_of(self, text: str, entry: Entry, row: SheetRow) -> str:
        match entry.kind:
            case "number":
                return self._number(text)
            case "date":
                return _date(text)
            case "gtin":
                return gtin(text)
            case "unit":
                return self._units.read(text)
            case "text" | "words":
                return text
            case measured:
                number, unit = self._number(text), row.cells.get(entry.unit, "")
                return _MEASURED[measured](number, unit) if unit or number != "0" else ""

    def _number(self, text: str) -> str:
        """Return a number: of a text with the decimal sign that the workbook says, of a number with its point."""
        plain = _BLANKS.sub("", text)
        if "," in plain and self.title.decimal != ".":
            if "." in plain:
                raise Unfit("has both a comma and a point")
            plain = plain.replace(",", ".")
        return decimal_text(plain)

    def _kept(self, kind: str, row: SheetRow, entries: Iterable[Entry]) -> str:
        """Return the columns that no field is made for, as they stand."""
        known = {entry.column for entry in entries} | {entry.unit for entry in entries} | {"MARQUE", "REFCIALE"}
        kept = {column: text for column, text in row.cells.items() if column not in known}
        return json.dumps({kind: kept}, ensure_ascii=False) if kept else ""

    def _article(self, kind: str, row: SheetRow, values: dict[str, str]) -> bool:
        values.setdefault("manufacturer", self.title.cells.get("FABRICANT", ""))
        values.setdefault("currency", self.title.cells.get("DEV", ""))
        values["extension"] = self._kept(kind, row, of.ARTICLE if kind == "B01_COMMERCE" else of.ARTICLE_2)
        return True

    def _nth(self, entity: str, *key: str) -> str:
        """Return which of the records with the same key this is, from 1."""
        self._seen[entity][key] += 1
        return str(self._seen[entity][key])

    def _packaging(self, kind: str, row: SheetRow, values: dict[str, str]) -> bool:
        values["sequence"] = self._nth("packaging", values.get("article", ""))
        values["extension"] = self._kept(kind, row, of.PACKAGING)
        return True

    def _class(self, _: str, __: SheetRow, values: dict[str, str]) -> bool:
        values["system"] = "ETIM"
        return self._nth("article_class", values.get("article", ""), values.get("class", "")) == "1"

    def _feature(self, kind: str, row: SheetRow, values: dict[str, str]) -> bool:
        system = "ETIM" if kind == "C04_ETIM" else f"FAB-DIS {kind}"
        values["system"] = system
        if kind == "C04_ETIM" and not values.get("feature"):
            return False
        values["occurrence"] = self._nth(
            "article_feature", values.get("article", ""), system, values.get("feature", "")
        )
        if kind != "C04_ETIM":
            values["extension"] = self._kept(kind, row, of.FEATURES[kind])
        return True

    def _substitution(self, kind: str, row: SheetRow, values: dict[str, str]) -> bool:
        """Say of the new article what it takes the place of: the old one is often gone already."""
        values["type"] = "SUBSTITUTION"
        values["extension"] = self._kept(kind, row, of.SUBSTITUTION)
        if not values.get("article"):
            self._left["Rows of C06_SUBSTITUTION without a new reference were not read"] += 1
            return False
        return True

    def _media(self, _: str, row: SheetRow, values: dict[str, str]) -> bool:
        values["entity"] = "article"
        values.setdefault("file", values.get("file_name", ""))
        if language := row.cells.get("MLANG", ""):
            try:
                values["language"] = language_tag(language)
            except Unfit:
                values["language"] = language
        if not values["file"]:
            self._left["Media without an address or a name, such as texts, were not read"] += 1
            return False
        return True


_Finish = Callable[[str, SheetRow, dict[str, str]], bool]
"""Completes the values of a row; says whether it is a record."""


class _At(TypedDict):
    """Where a record stands."""

    line: int
    item: int
    place: str
    raw: str


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdecimal()


def read(reading: Reading) -> Content:
    """Read a workbook. It is always complete: what it lacks, and what C05_ARRET has, is archived."""
    sheets, others = read_sheets(reading)
    reader = _Reader(reading, sheets)
    reader.take()
    parts = reader.parts()
    return Content(reader.title.facts(reader.version, sheets), parts, reader.warnings(others))


def inspect(reading: Reading) -> Inspection:
    """Look at the first rows of each sheet."""
    sheets, others = read_sheets(reading, most_rows=_LOOKED_AT)
    reader = _Reader(reading, sheets)
    reader.take()
    reader.parts()
    counts = {}
    for sheet in sheets:
        rows = sum(1 for _ in sheet.cells())
        counts[sheet.name] = f"{rows:,}" if rows < _LOOKED_AT else f"{rows:,} or more"
    facts = reader.title.facts(reader.version, sheets)
    unread = [f"{clean(name, limit=40)} is none of its sheets: not read." for name in others[:5]]
    return Inspection(facts, counts, (*reader.problems[:10], *unread))


def source_records(reading: Reading, most: int) -> Iterator[SourceRecord]:
    """Yield the rows of all sheets as they stand."""
    sheets, _ = read_sheets(reading, most_rows=most)
    for sheet in sheets:
        for row in sheet.rows(reading):
            yield SourceRecord(f"row {row.line:,} of {sheet.name}", sheet.kind, row.cells)


def rewrite_rejects(reading: Reading, items: Collection[int], target: Path) -> None:
    """Write a workbook with these rows only, as texts, and with what it says of itself."""
    import xlsxwriter

    sheets, _ = read_sheets(reading)
    with disk_errors(f"{clean(target.name)} cannot be written"):
        book = xlsxwriter.Workbook(str(target), {"strings_to_urls": False, "strings_to_formulas": False})
        for sheet in sheets:
            first = sheet.number * SHEET_STEP
            page = book.add_worksheet(sheet.name)
            page.write_row(0, 0, sheet.names)
            place = 0
            for row, cells in sheet.cells():
                if first + row in items or sheet.kind == "B00_CARTOUCHE":
                    place += 1
                    for column, cell in enumerate(cells):
                        if cell:
                            page.write_string(place, column, cell)
        book.close()
