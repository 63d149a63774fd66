"""The tables of an ETIM release as CSV, in a zip file or one by one.

UTF-16, little endian and without a byte order mark in the release of ETIM International; with one, or in UTF-8,
elsewhere. Fields are separated by semicolons and never quoted: a quote is part of a text. Language and release stand in
the name of the file alone: ``ETIM-10.0-ALL-SECTORS-CSV-METRIC-EI-2024-12-05.zip``.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

from core.errors import DataError
from core.exchange.codes import Unfit
from core.exchange.codes.languages import language_tag
from core.exchange.formats.contract import Content, IndustryFormat, Inspection, SourceRecord
from core.exchange.formats.etim.release import Release, Tables, rewrite_rejects
from core.exchange.formats.unpacking import Member, is_zip, unpack
from core.exchange.recognition.line_formats import ETIM_TABLES
from core.exchange.sql_errors import disk_errors
from core.text import clean, listed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from core.exchange.formats.contract import Reading

_RELEASE: Final = re.compile(r"ETIM[-_ ](\d{1,2}\.\d)", re.IGNORECASE | re.ASCII)
_LANGUAGE: Final = re.compile(r"[-_]([A-Za-z]{2}(?:-[A-Z]{2})?)[-_]\d{4}-\d{2}-\d{2}", re.ASCII)
_DATE: Final = re.compile(r"(\d{4}-\d{2}-\d{2})", re.ASCII)
_INTERNATIONAL: Final = {"EI": "en-GB"}
"""English, international: as ETIM International calls the language of the model itself."""
_OFTEN: Final = 20_000
_LONGEST: Final = 1 << 20
_STEP: Final = 1 << 20
_LOOKED_AT: Final = 16 * _STEP
"""Bytes of a table by which an inspection counts its lines; those of ETIM International are smaller."""
_KINDS: Final = {
    "ETIMARTGROUP": "classification_group",
    "ETIMFEATUREGROUP": "classification_group",
    "ETIMFEATURE": "classification_feature",
    "ETIMVALUE": "classification_value",
    "ETIMUNIT": "classification_unit",
    "ETIMARTCLASS": "classification_class",
    "ETIMARTCLASSSYNONYMMAP": "class_synonym",
    "ETIMARTCLASSFEATUREMAP": "class_feature",
    "ETIMARTCLASSFEATUREVALUEMAP": "class_feature_value",
}
"""The entity of each table, in the order in which they are read."""
_PLAIN: Final = {
    "ETIMARTGROUP": {"ARTGROUPID": "code"},
    "ETIMFEATUREGROUP": {"FEATUREGROUPID": "code"},
    "ETIMFEATURE": {"FEATUREID": "code", "FEATUREGROUPID": "feature_group"},
    "ETIMVALUE": {"VALUEID": "code"},
    "ETIMUNIT": {"UNITOFMEASID": "code"},
    "ETIMARTCLASS": {"ARTCLASSID": "code", "ARTGROUPID": "class_group", "ARTCLASSVERSION": "version"},
    "ETIMARTCLASSSYNONYMMAP": {"ARTCLASSID": "class"},
    "ETIMARTCLASSFEATUREMAP": {
        "ARTCLASSID": "class",
        "FEATUREID": "feature",
        "FEATURETYPE": "type",
        "UNITOFMEASID": "unit",
        "SORTNR": "sort_order",
    },
    "ETIMARTCLASSFEATUREVALUEMAP": {"VALUEID": "value", "SORTNR": "sort_order"},
}
_TEXT: Final = {
    "ETIMARTGROUP": "GROUPDESC",
    "ETIMFEATUREGROUP": "FEATUREGROUPDESC",
    "ETIMFEATURE": "FEATUREDESC",
    "ETIMVALUE": "VALUEDESC",
    "ETIMUNIT": "UNITDESC",
    "ETIMARTCLASS": "ARTCLASSDESC",
    "ETIMARTCLASSSYNONYMMAP": "CLASSSYNONYM",
}
_FIXED: Final = {
    "ETIMARTGROUP": {"kind": "classes"},
    "ETIMFEATUREGROUP": {"kind": "features"},
    "ETIMARTCLASS": {"modelling": "false"},
}
_SURROGATE: Final = "ARTCLASSFEATURENR"
"""Numbers a feature of a class within one release; the next may have others, so it is not kept."""


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    cells: Mapping[str, str]
    text: str
    fault: str = ""


def read(reading: Reading) -> Content:
    """Read the tables that there are.

    Raises:
        DataError: there are none, the name does not say which release they are of, or a table is broken.
    """
    release, language = release_of(reading.name)
    if not release.version:
        raise DataError(
            f"{reading.name} does not say which release of ETIM it is.",
            advice="Give it the name that ETIM International gives it, such as "
            "ETIM-10.0-ALL-SECTORS-CSV-METRIC-EI-2024-12-05.zip.",
        )
    members = _members(reading)
    tables = Tables(reading, release, {"classification_system", *(_KINDS[name] for name in members)})
    reader = _Reader(reading, tables, language)
    for name in _KINDS:
        if name in members:
            reader.take(name, members[name])
    missing = [name for name in _KINDS if name not in members]
    warnings = [f"{reading.name} lacks {listed(missing, last='and')}: what is known of it stays."] if missing else []
    return tables.content(warnings)


class _Reader:
    def __init__(self, reading: Reading, tables: Tables, language: str) -> None:
        self._reading, self._tables, self._language = reading, tables, language
        self._features: dict[str, tuple[str, str]] = {}
        """Class and feature by the number that a release gives to both."""
        self._types: dict[str, str] = {}
        self._read = 0

    def take(self, table: str, member: Member) -> None:
        entity, plain, text = _KINDS[table], _PLAIN[table], _TEXT.get(table, "")
        column = self._reading.translated("name", self._language)
        language = column.partition(".")[2] if column else ""
        if table == "ETIMARTCLASSFEATUREVALUEMAP" and not self._features:
            raise DataError(f"{self._reading.name} has {table}, but not ETIMARTCLASSFEATUREMAP on which it builds.")
        seen: set[tuple[str, str]] = set()
        for line in table_lines(member, table, self._reading, self._advance):
            if line.fault:
                self._tables.reject(entity, line.fault, line=line.number, place=table, raw=line.text)
                continue
            cells = line.cells
            values = {field: cells[name] for name, field in plain.items()} | _FIXED.get(table, {})
            if table == "ETIMARTCLASSSYNONYMMAP":
                key = (values["class"], cells[text])
                if not language or not cells[text] or key in seen:
                    continue
                seen.add(key)
                values |= {"language": language, "synonym": cells[text]}
            elif text and column:
                values[column] = cells[text]
            if table == "ETIMARTCLASSFEATUREMAP":
                self._features[cells[_SURROGATE]] = (values["class"], values["feature"])
            elif table == "ETIMARTCLASSFEATUREVALUEMAP":
                owner = self._features.get(cells[_SURROGATE])
                if owner is None:
                    reason = "refers to a feature of a class that the release does not have"
                    self._tables.reject(entity, reason, line=line.number, place=table, raw=line.text, column=_SURROGATE)
                    continue
                values["class"], values["feature"] = owner
            self._tables.add(entity, values, line=line.number, place=table, raw=line.text)

    def _advance(self, read: int) -> None:
        self._read += read
        # A zip file shrinks to about a seventh; what is told is no more than a measure of progress.
        self._reading.advance(self._read // 7)


def release_of(name: str) -> tuple[Release, str]:
    """Return the release that a file is of, and the language of its texts, by the name of the file."""
    release = Release("etim-csv", "ETIM release")
    if found := _RELEASE.search(name):
        release.version, release.name = found[1], f"ETIM {found[1]}"
    if found := _DATE.search(name):
        release.released_on = found[1]
    language = "en-GB"
    if found := _LANGUAGE.search(name):
        code = found[1]
        try:
            language = _INTERNATIONAL.get(code.upper()) or language_tag(code)
        except Unfit:
            language = "en-GB"
    release.languages = [language]
    return release, language


def _members(reading: Reading) -> dict[str, Member]:
    if is_zip(reading.path):
        found = unpack(reading.path, reading.work_dir / "tables", name=reading.name, stop=reading.stop)
        members = {name: each for each in found if (name := each.name.rpartition(".")[0].upper()) in ETIM_TABLES}
    else:
        first = _first_line(reading.path, reading.name)
        members = {
            name: Member(reading.name, reading.path) for name, header in ETIM_TABLES.items() if header == first.strip()
        }
    if not members:
        raise DataError(
            f"{reading.name} has none of the tables of an ETIM release.",
            advice="Look at what it is with pendel inspect.",
        )
    return members


def table_lines(member: Member, table: str, reading: Reading, advance: Callable[[int], None]) -> Iterator[_Line]:
    """Yield the lines of a table behind its header.

    Raises:
        DataError: its header is another, it is no text, or a line has no end.
        EngineError: it cannot be read.
        StopRequested: a stop was asked for.
    """
    names = ETIM_TABLES[table].split(";")
    text = names.index(_TEXT[table]) if table in _TEXT else len(names) - 1
    for number, line in enumerate(_lines(member, reading, advance), start=1):
        if number == 1:
            if line.strip() != ETIM_TABLES[table]:
                raise DataError(
                    f"{member.name} in {reading.name} begins with other columns than {table} has: "
                    f"{clean(line, limit=120)}.",
                    advice="Ask the sender for the tables of ETIM International.",
                )
            continue
        if not line:
            continue
        cells = line.split(";")
        if (surplus := len(cells) - len(names)) > 0:
            # Nothing is quoted: a semicolon too many is one of the text.
            cells[text : text + surplus + 1] = [";".join(cells[text : text + surplus + 1])]
        if len(cells) < len(names):
            yield _Line(number, {}, line, f"has {len(cells)} of {len(names)} fields")
        else:
            yield _Line(number, dict(zip(names, map(str.strip, cells), strict=True)), line)


def _lines(member: Member, reading: Reading, advance: Callable[[int], None]) -> Iterator[str]:
    encoding, mark = _encoding(member.path, reading.name)
    decoder = codecs.getincrementaldecoder(encoding)()
    rest, count = "", 0
    with disk_errors(f"{member.name} cannot be read"), member.path.open("rb") as file:
        file.seek(mark)
        while True:
            reading.stop.check()
            data = file.read(_STEP)
            advance(len(data))
            try:
                lines = (rest + decoder.decode(data, final=not data)).split("\n")
            except UnicodeDecodeError as error:
                raise DataError(
                    f"{member.name} in {reading.name} has bytes that are no {encoding.upper()}, behind line {count:,}.",
                    advice="Ask the sender for the complete file.",
                ) from error
            rest = lines.pop()
            if len(rest) > _LONGEST:
                raise DataError(f"{member.name} in {reading.name} has a line without end, behind line {count:,}.")
            count += len(lines)
            yield from (line.removesuffix("\r") for line in lines)
            if not data:
                if rest:
                    yield rest.removesuffix("\r")
                return


def _encoding(path: Path, name: str) -> tuple[str, int]:
    """Return the encoding of a table, and how many bytes its byte order mark has."""
    with disk_errors(f"{name} cannot be read"), path.open("rb") as file:
        head = file.read(4)
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if head.startswith(mark):
            return encoding, len(mark)
    if head[1:2] == b"\0":
        return "utf-16-le", 0
    return ("utf-16-be", 0) if head[:1] == b"\0" else ("utf-8", 0)


def _first_line(path: Path, name: str) -> str:
    encoding, mark = _encoding(path, name)
    with disk_errors(f"{name} cannot be read"), path.open("rb") as file:
        file.seek(mark)
        return file.read(1000).decode(encoding, "replace").split("\n")[0]


def source_records(reading: Reading, most: int) -> Iterator[SourceRecord]:
    """Yield the lines of all tables as they stand."""
    for table, member in _members(reading).items():
        for line in islice(table_lines(member, table, reading, reading.advance), most or None):
            yield SourceRecord(f"line {line.number:,} of {member.name}", table, line.cells)


def inspect(reading: Reading) -> Inspection:
    """Count the lines of each table, of a long one by its beginning."""
    release, language = release_of(reading.name)
    counts = {name: _line_count(member, reading) for name, member in _members(reading).items()}
    problems = [] if release.version else [f"{reading.name} does not say which release of ETIM it is."]
    release.languages = [language]
    return Inspection(release.facts(), counts, problems)


def _line_count(member: Member, reading: Reading) -> str:
    read = lines = 0

    def advance(bytes_read: int) -> None:
        nonlocal read
        read += bytes_read

    for _ in _lines(member, reading, advance):
        if read > _LOOKED_AT:
            return f"about {round(lines * member.path.stat().st_size / _LOOKED_AT):,}"
        lines += 1
    return f"{max(0, lines - 1):,}"


FORMAT = IndustryFormat(
    "etim-csv",
    "ETIM release",
    inspect=inspect,
    read=read,
    rewrite_rejects=rewrite_rejects,
    unpacks=False,
    source_records=source_records,
)
