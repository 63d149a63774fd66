"""A file held against the official schemas, lists of codes and templates that an operator has of its format.

They lie in a directory of the format (``Config.schemas_dir``); where that is not there, nothing is done. Nothing is
fetched from the network. Files are walked through as streams, whatever their size.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from core.exchange.formats.official.codes import CodeLists, read_code_lists
from core.exchange.formats.official.dropped import CODES, dropped_into
from core.exchange.formats.official.verdict import Verdict
from core.exchange.sql_errors import disk_errors
from core.text import clean, file_size

if TYPE_CHECKING:
    from pathlib import Path

    from core.exchange.formats.contract import IndustryFormat, Reading
    from core.exchange.formats.official.dropped import Dropped

SAMPLE = 2_000_000
"""Bytes of a file that are held against the rules, for a look."""
_SAMPLE_RECORDS = 5_000
_OFTEN = 2_000
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def check_official(
    reading: Reading, form: IndustryFormat, directory: Path, *, exact: bool = False, look: bool = False
) -> Verdict | None:
    """Hold a file against what lies in the directory of its format; None where nothing does.

    ``exact`` wants schemas of the file's own namespace: that is how a file of our own is looked at. With ``look``, no
    more than the beginning of the file is.

    Raises:
        DataError: the file is none of this format, or broken.
        EngineError: a file cannot be read.
        StopRequested: a stop was asked for.
    """
    dropped = dropped_into(directory)
    if not dropped:
        return None
    return _Check(reading, form, dropped, exact, look).verdict()


@dataclass(slots=True)
class _Check:
    reading: Reading
    form: IndustryFormat
    dropped: Dropped
    exact: bool
    look: bool

    def verdict(self) -> Verdict:
        reading, verdict = self.reading, Verdict()
        work = reading.work_dir / "official"
        codes = CodeLists()
        if self.dropped.codes is not None:
            codes = read_code_lists(self.dropped.codes, work, verdict, stop=reading.stop)
            if codes:
                verdict.used(CODES)
        if self.form.source_records is not None:
            self._check_records(codes, work, verdict)
        else:
            self._check_stream(codes, work, verdict)
        if not verdict.full and not verdict.sample:
            verdict.unmet = codes.unmet()
        return verdict

    def _check_stream(self, codes: CodeLists, work: Path, verdict: Verdict) -> None:
        reading = self.reading
        most = SAMPLE if self.look and reading.path.stat().st_size > SAMPLE else None
        if most is not None:
            verdict.sample = f"the first {file_size(most)}"
        if _begins(reading.path, b"{", b"["):
            from core.exchange.formats.official.json_check import JsonCheck

            JsonCheck(reading.name, self.dropped.json, codes, reading.stop, most, reading.advance).check(
                reading.path, verdict
            )
        else:
            self._check_documents(codes, most, work, verdict)

    def _check_documents(self, codes: CodeLists, most: int | None, work: Path, verdict: Verdict) -> None:
        from core.exchange.formats.official.xml_check import XmlCheck
        from core.exchange.formats.unpacking import is_zip, unpack

        reading = self.reading
        check = XmlCheck(
            reading.name, self.dropped.xsd, codes, self.exact, reading.stop, self.form.records, most, reading.advance
        )
        if not is_zip(reading.path):
            if _begins(reading.path, b"<"):
                check.check(reading.path, verdict)
            return
        members = unpack(reading.path, work / "unpacked", name=reading.name, stop=reading.stop, most=SAMPLE * self.look)
        for member in members:
            if _begins(member.path, b"<") and not verdict.full:
                check.check(member.path, verdict, member.name)
            with disk_errors(f"{reading.name} cannot be unpacked"):
                member.path.unlink()

    def _check_records(self, codes: CodeLists, work: Path, verdict: Verdict) -> None:
        reading = self.reading
        if self.form.workbook and self.dropped.templates:
            from core.exchange.formats.official.templates import check_template

            check_template(reading.path, self.dropped.templates, work, verdict, name=reading.name, stop=reading.stop)
        assert self.form.source_records is not None  # noqa: S101 - asked before
        if not codes:
            return
        found = self.form.source_records(replace(reading, work_dir=work), _SAMPLE_RECORDS * self.look)
        bound = codes.names()
        for number, record in enumerate(found):
            for name in bound:
                for above, of in codes.paths(name):
                    if name in record.values and above in ((), (record.kind,)):
                        codes.look(verdict, of, record.place, "/".join((*above, name)), record.values[name])
            if number % _OFTEN == 0:
                reading.stop.check()
            if verdict.full:
                break
            if self.look and number + 1 >= _SAMPLE_RECORDS:
                verdict.sample = f"the first {_SAMPLE_RECORDS:,} records of each kind"


def _begins(path: Path, *signs: bytes) -> bool:
    with disk_errors(f"{clean(path.name)} cannot be read"), path.open("rb") as file:
        start = file.read(1000)
    for bom in _BOMS:
        start = start.removeprefix(bom)
    return start.lstrip(b" \t\r\n\0").startswith(signs)
