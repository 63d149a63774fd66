"""PAB as records of ours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, TypedDict

from core.errors import DataError
from core.exchange.codes.dates import ALWAYS
from core.exchange.codes.measures import kilograms
from core.exchange.codes.unfit import Unfit
from core.exchange.codes.units import Units
from core.exchange.formats.contract import Content, Facts, Inspection, Part, SourceRecord
from core.exchange.formats.dutch import PRICE_LIST, text_field
from core.exchange.formats.fixed import copy_lines, count_lines, fixed_lines
from core.exchange.formats.pab import fields as of
from core.exchange.formats.pab.cells import Cells, date, extension_of
from core.exchange.formats.pab.members import MEMBER_STEP, PabFile, PabSet, find_files
from core.exchange.formats.pab.records import ARTLEV, ARTLEV_1, ARTPR2, ARTTOKO, HARTLEV, PRODUCT, PabRecord
from core.exchange.formats.unpacking import Member, pack
from core.exchange.numbers import Numbers

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from core.exchange.formats.contract import Reading, Scope
    from core.exchange.formats.fixed import Line
    from core.exchange.formats.rawfile import RawFile

_Take = Callable[[PabRecord, dict[str, str]], dict[str, str]]
_LOOKED_AT = 1000
_WIDEST = 1000
"""Bytes of a line, at most."""
_HEAD_BYTES = 1 << 20


class _At(TypedDict):
    """Where a record stands."""

    line: int
    item: int
    place: str
    raw: str


@dataclass(slots=True)
class _Header:
    """What HArtLev says; what it leaves out, the records say."""

    cells: dict[str, str] = field(default_factory=dict)
    suppliers: Counter[str] = field(default_factory=Counter)
    currencies: Counter[str] = field(default_factory=Counter)

    @property
    def complete(self) -> bool | None:
        return of.COMPLETE.get(self.cells.get("MutationCode", ""))

    def facts(self, found: PabSet) -> Facts:
        get = self.cells.get
        names = [file.record.name if file.record else "AttachmentIndex2" for file in found.files]
        more = {
            "files": ", ".join(dict.fromkeys(names)),
            "present, not read": ", ".join(found.unread),
            "message number": get("ArticleMessagenumber", ""),
            "GLN of the central file": get("CentralArtGLN", ""),
            "prices change": get("PriceChangeIndication", ""),
        }
        kinds = {True: "a complete set", False: "changes", None: "records without a header that says what they are"}
        return Facts(
            "pab",
            f"PAB {found.version}",
            found.version,
            kinds[self.complete],
            complete=self.complete,
            supplier_gln=get("SupplierGLN") or _only(self.suppliers),
            buyer_gln=get("ConsumerGLN", ""),
            currency=_only(self.currencies),
            made_at=_lenient_date(get("MessageDate", "")),
            more={name: text for name, text in more.items() if text},
        )


def _only(found: Counter[str]) -> str:
    return next(iter(found)) if len(found) == 1 else ""


def _lenient_date(text: str) -> str:
    try:
        return date(text)
    except Unfit:
        return text


class _Reader:
    """Takes the lines of the record files of a source into raw files."""

    def __init__(self, reading: Reading, found: PabSet, *, most_lines: int | None = None) -> None:
        self.header = _Header()
        self.problems: list[str] = []
        self.warnings: list[str] = []
        self.units = Units()
        self._reading = reading
        self._set = found
        self._most = most_lines
        self._cells = Cells(self.units)
        self._text = text_field("description", reading.languages)
        self._has_products = bool(found.of(PRODUCT))
        self._surcharge_before = ("", "", 0)

    def read_header(self) -> None:
        """Take what HArtLev says, if there is one.

        Raises:
            DataError: it is too long, or does not say in plain codes whether the set is complete.
        """
        name = self._reading.name
        lines = [line for file in self._set.of(HARTLEV) for _, line in self._lines(file)]
        if len(lines) > 1:
            self.warnings.append(f"HArtLev has {len(lines):,} lines, of which the first was taken.")
        for line in lines[:1]:
            try:
                self.header.cells = HARTLEV.fixed.values(line.text)
            except Unfit as unfit:
                raise DataError(
                    f"The header of {name} (HArtLev, line {line.number}) {unfit}.",
                    advice="Ask the sender for a sound one.",
                ) from unfit
        code = self.header.cells.get("MutationCode", "")
        if code and code not in of.COMPLETE:
            raise DataError(
                f"The header of {name} (HArtLev, MutationCode) says {code}, which is neither 4 (changes) nor 9 (a "
                "complete set).",
                advice="Ask the sender which it is: articles that a complete set lacks are archived.",
            )

    def parts(self) -> Iterator[Part]:
        """Read all record files, in the order in which their records refer to each other."""
        found, header = self._set, self.header.complete
        complete = not self._reading.delta if header is None else header
        whole: Scope = "all" if complete else "listed"
        owned: Scope = "owners" if complete else "listed"
        if products := found.of(PRODUCT):
            fields = [*_names(of.PRODUCT_FIELDS), "net_weight", self._text, "extension"]
            yield Part(self._read("product", fields, products, self._product), whole)
        if articles := found.of(ARTLEV, ARTLEV_1):
            fields = [*_names(of.ARTICLE), *of.MEASURES, self._text, "extension"]
            if found.of(ARTLEV):
                fields += _names(of.ARTICLE_PRICE)
            if products:
                raw = self._read("article", [*fields, "product"], articles, self._article)
                yield Part(raw, whole, references={"product": "stub"})
            else:
                yield Part(self._read("article", fields, articles, self._article), whole)
        if prices := found.of(ARTPR2):
            fields = [*_names(of.PRICE), "price_list", "quantity_from", "extension"]
            yield Part(self._read("price", fields, prices, self._price), owned, owners=("article",))
        if surcharges := found.of(ARTTOKO):
            fields = [*_names(of.SURCHARGE), self._text, "extension"]
            yield Part(self._read("surcharge", fields, surcharges, self._surcharge), owned, owners=("article",))
        if found.attachments:
            yield Part(self._attachments(), owned, owners=("entity", "record"))

    def look(self) -> None:
        """Read the first lines of each file, to see what is wrong with them."""
        takes: dict[str, _Take] = {"Product": self._product, "ArtLev": self._article}
        takes |= {"ArtPr2": self._price, "ArtToKo": self._surcharge}
        for file in self._set.files:
            if file.record and (take := takes.get(file.record.name)):
                self._take(None, file, file.record, take)

    def _read(self, entity: str, fields: Sequence[str], files: Sequence[PabFile], take: _Take) -> RawFile:
        raw = self._reading.part(entity, fields)
        for file in files:
            if file.record:
                self._take(raw, file, file.record, take)
        raw.close()
        return raw

    def _take(self, raw: RawFile | None, file: PabFile, record: PabRecord, take: _Take) -> None:
        cells = self._cells
        for at, line in self._lines(file):
            cells.column = cells.value = ""
            try:
                found = record.fixed.values(line.text)
                gone = self._is_gone(found)
                values = take(record, found)
            except Unfit as unfit:
                self.problems.append(_problem(at, cells.column, unfit))
                if raw is not None:
                    raw.reject(str(unfit), column=cells.column, value=cells.value, **at)
                continue
            self.header.suppliers[found.get("SupplierGLN") or found.get("ManufacturerGLN", "")] += 1
            if raw is not None:
                raw.add(values, deleted=gone, **at)

    def _lines(self, file: PabFile) -> Iterator[tuple[_At, Line]]:
        place = file.member.name if self._set.packed else ""
        reading = self._reading
        lines = fixed_lines(file.member.path, name=reading.name, stop=reading.stop, advance=reading.advance)
        for line in islice(lines, self._most):
            yield _At(line=line.number, item=file.number * MEMBER_STEP + line.number, place=place, raw=line.text), line

    def _is_gone(self, found: dict[str, str]) -> bool:
        if "MutationCode" not in found:
            return False
        self._cells.column, self._cells.value = "MutationCode", found["MutationCode"]
        if self._cells.value not in (of.ADDED, of.DELETED, of.CHANGED):
            raise Unfit("is none of 1 (added), 2 (deleted) and 3 (changed)")
        return self._cells.value == of.DELETED

    def _article(self, record: PabRecord, found: dict[str, str]) -> dict[str, str]:
        if found["MutationCode"] == of.DELETED:
            return {"number": found["TradeItemId"]}
        old = record is ARTLEV_1
        values = self._cells.take(found, of.ARTICLE)
        if not old:
            values |= self._cells.take(found, of.ARTICLE_PRICE)
            self.header.currencies[found["CurrencyCode"]] += 1
        values |= self._cells.package(found)
        values[self._text] = found["Description"]
        values["extension"] = extension_of(found, of.ARTICLE_1_EXTRA if old else of.ARTICLE_EXTRA)
        if self._has_products:
            values["product"] = found["Productcode"]
        return values

    def _product(self, _: PabRecord, found: dict[str, str]) -> dict[str, str]:
        if found["MutationCode"] == of.DELETED:
            return {"number": found["Productcode"]}
        cells = self._cells
        values = cells.take(found, of.PRODUCT_FIELDS)
        values["net_weight"] = cells.measure(found, "WeightQuantity", found["WeightMeasureUnitCode"], kilograms)
        values[self._text] = found["Description"]
        values["extension"] = extension_of(found, of.PRODUCT_EXTRA)
        return values

    def _price(self, _: PabRecord, found: dict[str, str]) -> dict[str, str]:
        taken = self._cells.take(found, of.PRICE)
        values = taken | {"price_list": PRICE_LIST, "quantity_from": "1"}
        values["valid_from"] = taken.get("valid_from") or ALWAYS
        values["extension"] = extension_of(found, of.PRICE_EXTRA)
        return values

    def _surcharge(self, _: PabRecord, found: dict[str, str]) -> dict[str, str]:
        values = self._cells.take(found, of.SURCHARGE)
        article, kind, count = self._surcharge_before
        count = count + 1 if (article, kind) == (found["TradeItemId"], found["AllowanceType"]) else 1
        self._surcharge_before = (found["TradeItemId"], found["AllowanceType"], count)
        values.setdefault("sequence", str(count))
        values[self._text] = found["AllowanceDescription"]
        values["extension"] = extension_of(found, of.SURCHARGE_EXTRA)
        return values

    def _attachments(self) -> RawFile:
        raw = self._reading.part("attachment", ["entity", "record", "file", "type"])
        for file in self._set.attachments:
            for at, line in self._lines(file):
                article, kind, address, *_ = [*(cell.strip() for cell in line.text.split("\t")), "", "", ""]
                if "/" in address or "." in address:
                    raw.add({"entity": "article", "record": article, "type": kind, "file": address}, **at)
                elif line.number > 1:
                    # The first line may be one with the names of the columns.
                    raw.reject("has no address behind an article and a type", **at)
        raw.close()
        return raw


def _problem(at: _At, column: str, unfit: Unfit) -> str:
    where = f"{at['place']}, line" if at["place"] else "Line"
    return f"{where} {at['line']:,}{f', {column}' if column else ''}: {unfit}."


def _names(entries: Sequence[of.Entry]) -> list[str]:
    return [entry.field for entry in entries]


def read(reading: Reading) -> Content:
    """Read a set of record files, or one of them.

    Whether a set is complete, HArtLev says; without one, the task. What a complete set lacks of products and articles
    is archived, and of prices, surcharges and attachments what its articles had beside those of the set.
    """
    found = find_files(reading)
    reader = _Reader(reading, found)
    reader.read_header()
    parts = list(reader.parts())
    return Content(reader.header.facts(found), parts, [*found.warnings(), *reader.warnings, *reader.units.warnings()])


def inspect(reading: Reading) -> Inspection:
    """Look at the header and the first lines of each record file; count the lines by their length."""
    found = find_files(reading, most_bytes=_HEAD_BYTES)
    reader = _Reader(reading, found, most_lines=_LOOKED_AT)
    problems = []
    try:
        reader.read_header()
    except DataError as error:
        problems.append(str(error))
    reader.look()
    counts = {}
    for file in found.files:
        name = file.record.name if file.record else "AttachmentIndex2"
        lines, exact = count_lines(file.member.path)
        size = file.member.size
        if cut := file.member.path.stat().st_size < size:
            lines = round(lines * size / file.member.path.stat().st_size)
        counts[name] = f"{lines:,}" if exact and not cut else f"about {lines:,}"
    return Inspection(reader.header.facts(found), counts, (*problems, *reader.problems[:10], *found.warnings()))


def source_records(reading: Reading, most: int) -> Iterator[SourceRecord]:
    """Yield the lines of all record files as they stand."""
    found = find_files(reading, most_bytes=most * _WIDEST)
    for file in found.files:
        if file.record is None:
            continue
        fixed, within = file.record.fixed, f" of {file.member.name}" if found.packed else ""
        lines = fixed_lines(file.member.path, name=reading.name, stop=reading.stop)
        for line in islice(lines, most or None):
            yield SourceRecord(f"line {line.number:,}{within}", fixed.name, fixed.values(line.text[: fixed.width]))


def rewrite_rejects(reading: Reading, items: Collection[int], target: Path) -> None:
    """Write the lines of these numbers, byte for byte, under the same header: a zip file where the source is one."""
    found = find_files(reading)
    if not found.packed:
        copy_lines(reading.path, target, items, stop=reading.stop)
        return
    members = []
    for file in found.files:
        first = file.number * MEMBER_STEP
        lines: Collection[int] = Numbers(item - first for item in items if first < item < first + MEMBER_STEP)
        if file.record is HARTLEV:
            lines = {1}
        if lines:
            member = Member(file.member.name, reading.work_dir / f"rejects-{file.number}")
            copy_lines(file.member.path, member.path, lines, stop=reading.stop)
            members.append(member)
    pack(target, members, stop=reading.stop)
