"""Which record files a source has: a set in a zip file, or one of them by itself.

In a set, a file is told by its name, in any case; by itself, by the name too, and else by where its fields stand. PAB
1 and 2.03 are told apart by the width of the lines.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

from core.errors import DataError
from core.exchange.formats.fixed import fixed_lines
from core.exchange.formats.pab.records import (
    ARTLEV,
    ARTLEV_1,
    ARTPR2,
    ARTTOKO,
    ATTACHMENTS,
    HARTLEV,
    PRODUCT,
    RECORDS,
    UNKNOWN,
    PabRecord,
)
from core.exchange.formats.unpacking import Member, is_zip, unpack
from core.text import listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.exchange.formats.contract import Reading

MEMBER_STEP: Final = 1 << 40
"""The items of a file are its lines; those of the second member of a zip file begin here, and so on."""
_LOOKED_AT = 100
_GLN = r"[0-9]{13}"
_DATE = r"(?:(?:19|20)[0-9]{2}[01][0-9][0-3][0-9]| {8}|0{8})"
_TELLING: Final = {
    record: re.compile(pattern, re.ASCII)
    for record, pattern in (
        (HARTLEV, rf"[0-9]{{3}}ART.{{17}}{_DATE}[0-9]"),
        (ARTPR2, rf"[1-3].{{20}}{_GLN}{_DATE}[ 0-9.]{{32}}"),
        (ARTTOKO, rf".{{20}}{_GLN}[A-Z0-9]{{2}}[A-Z0-9 ]{_DATE}[ 0-9]{{2}}"),
        (ARTLEV_1, rf"[1-3].{{20}}{_GLN}.{{115}}(?:SU|NS|  )(?:TU|NO|  )"),
        (ARTLEV, rf"[1-3].{{20}}{_GLN}[ 0-9]{{14}}{_DATE}.{{77}}[ 0-9.]{{16}}"),
        (PRODUCT, rf"[1-3].{{20}}{_GLN}[ 0-9]{{14}}{_DATE}.{{141}}[ 0-9.]{{19}}"),
    )
}
"""What stands in the telling fields of each record."""


@dataclass(frozen=True, slots=True)
class PabFile:
    """A record file that is read."""

    record: PabRecord | None
    """None: it is an AttachmentIndex2, with tabs."""
    member: Member
    number: int
    """From 0: where its items begin, in steps."""


@dataclass(frozen=True, slots=True)
class PabSet:
    """What a source has."""

    files: Sequence[PabFile]
    unread: Sequence[str] = ()
    """Files of PAB whose fields are not known."""
    strange: Sequence[str] = ()
    """Files that are none of PAB."""
    packed: bool = False

    def of(self, *records: PabRecord) -> list[PabFile]:
        """Return the files of these records, in the order in which they stand in the source."""
        return [file for file in self.files if file.record in records]

    @property
    def attachments(self) -> list[PabFile]:
        """The files that name attachments."""
        return [file for file in self.files if file.record is None]

    @property
    def version(self) -> str:
        """Of its articles: ``1`` or ``2.03``."""
        return "1" if self.of(ARTLEV_1) else "2.03"

    def warnings(self) -> list[str]:
        """Return what to say of files that are not read."""
        said = []
        if self.unread:
            many = len(self.unread) > 1
            said.append(
                f"{listed(list(self.unread), last='and')} {'are' if many else 'is'} present, not read: "
                f"where {'their' if many else 'its'} fields stand is not published."
            )
        if self.strange:
            many = len(self.strange) > 1
            what = "are no files of PAB" if many else "is no file of PAB"
            said.append(f"{listed(list(self.strange[:5]), last='and')} {what}: not read.")
        return said


def find_files(reading: Reading, *, most_bytes: int = 0) -> PabSet:
    """Return the record files of a source; those of a zip file are unpacked, of each no more than ``most_bytes``.

    Raises:
        DataError: there is no record file that is known.
        EngineError: the source cannot be read, or the disk is full.
        StopRequested: a stop was asked for.
    """
    if not is_zip(reading.path):
        size = reading.path.stat().st_size
        member = Member(reading.name.replace("\\", "/").rpartition("/")[2], reading.path, size)
        return PabSet([PabFile(_told(member, reading), member, 0)])
    members = unpack(reading.path, reading.work_dir / "unpacked", name=reading.name, stop=reading.stop, most=most_bytes)
    known = [member for member in members if member.stem in RECORDS or member.stem == ATTACHMENTS]
    files = [PabFile(_by_name(member, reading), member, number) for number, member in enumerate(known)]
    unread = [member.name for member in members if member.stem in UNKNOWN]
    if not files:
        raise DataError(
            f"{reading.name} has none of the record files of PAB that are read.",
            advice=f"These are {listed([record.name for record in RECORDS.values()], last='and')}.",
        )
    strange = [member.name for member in members if member not in known and member.name not in unread]
    return PabSet(files, unread, strange, packed=True)


def _by_name(member: Member, reading: Reading) -> PabRecord | None:
    record = RECORDS.get(member.stem)
    if record is ARTLEV:
        lines, width = _first_lines(member, reading)
        return ARTLEV_1 if width <= ARTLEV_1.width and _fits(ARTLEV_1, lines) else ARTLEV
    return record


def _told(member: Member, reading: Reading) -> PabRecord | None:
    """Tell which record file a file by itself is. Raises DataError where that cannot be told."""
    lines, width = _first_lines(member, reading)
    if member.stem == ATTACHMENTS:
        return None
    exact = [record for record in _TELLING if record.width == width and _fits(record, lines)]
    if exact:
        return exact[0]
    if member.stem in RECORDS and lines:
        return _by_name(member, reading)
    trimmed = [record for record in _TELLING if width < record.width and _fits(record, lines)]
    if len(trimmed) == 1 and lines:
        return trimmed[0]
    raise DataError(
        f"{reading.name} is no record file of PAB: its lines are none of HArtLev, ArtLev, ArtPr2, ArtToKo or Product.",
        advice="Look at what it is with pendel inspect.",
    )


def _first_lines(member: Member, reading: Reading) -> tuple[list[str], int]:
    """Return the first lines, and how wide the widest of them is, blanks counted."""
    lines = list(islice(fixed_lines(member.path, name=reading.name, stop=reading.stop), _LOOKED_AT))
    return [line.text for line in lines], max((len(line.data.strip(b"\r\x1a")) for line in lines), default=0)


def _fits(record: PabRecord, lines: Sequence[str]) -> bool:
    return all(_TELLING[record].match(line.ljust(record.width)) for line in lines)
