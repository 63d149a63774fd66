"""What FTP servers answer when they are asked for files: the facts of RFC 3659, and the two common forms of LIST."""

from __future__ import annotations

import datetime as dt
import re
from contextlib import suppress
from typing import TYPE_CHECKING

from core.transfer.location import Entry, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_UNIX = re.compile(
    rb"(?P<type>[-dlbcps])[-rwxsStTlL]{9}[.+@]?\s+\d+\s+(?P<owners>.*?)\s(?P<size>\d+)\s+"
    rb"(?P<month>[A-Z][a-z]{2})\s+(?P<day>\d{1,2})\s+(?P<when>\d{4}|\d{1,2}:\d{2})\s(?P<name>.+)"
)
_DOS = re.compile(
    rb"(?P<month>\d{2})-(?P<day>\d{2})-(?P<year>\d{2,4})\s+(?P<hour>\d{1,2}):(?P<minute>\d{2})\s*(?P<half>[AaPp][Mm])?\s+"
    rb"(?P<size><DIR>|<JUNCTION>|<SYMLINKD?>|\d+)\s+(?P<name>.+)"
)
_TIME = re.compile(r"(\d{14})(?:\.(\d{1,6})\d*)?")
_MONTHS = (b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec")


def parse_time(text: str) -> dt.datetime | None:
    """Return the moment of a ``modify`` fact or a reply to MDTM, which are in UTC; None where it is none."""
    match = _TIME.match(text.strip())
    if match is None:
        return None
    try:
        moment = dt.datetime.strptime(match[1], "%Y%m%d%H%M%S").replace(tzinfo=dt.UTC)
    except ValueError:
        return None
    return moment.replace(microsecond=int(match[2].ljust(6, "0"))) if match[2] else moment


def parse_facts(line: bytes, decode: Callable[[bytes], str]) -> Entry | None:
    """Return the entry of one line of MLSD or MLST, or None for the directory itself and what is no such line."""
    facts_part, separator, name = line.partition(b" ")
    if not separator or not facts_part.endswith(b";"):
        return None
    facts: dict[str, str] = {}
    for fact in facts_part.decode("latin-1").split(";"):
        key, _, value = fact.partition("=")
        facts[key.casefold()] = value
    of_type = facts.get("type", "file").casefold()
    if of_type in ("cdir", "pdir"):
        return None
    kinds: dict[str, Kind] = {"file": "file", "dir": "directory"}
    kind = kinds.get(of_type, "other")
    if of_type.startswith(("os.unix=slink", "os.unix=symlink")):
        kind = "link"
    size = facts.get("size", "")
    return Entry(decode(name), int(size) if size.isdecimal() else 0, parse_time(facts.get("modify", "")), kind)


def parse_listing(lines: Iterable[bytes], decode: Callable[[bytes], str], now: dt.datetime) -> list[Entry]:
    """Return the entries of a reply to LIST; lines in neither form are left out.

    Its times have no zone, and no year where they are recent: they are taken as UTC, and as the past.
    """
    entries = []
    for line in lines:
        # A date that no calendar has belongs to a line in some other form.
        with suppress(ValueError):
            entry = _unix_entry(line, decode, now) or _dos_entry(line, decode)
            if entry is not None and entry.name not in (".", ".."):
                entries.append(entry)
    return entries


def _unix_entry(line: bytes, decode: Callable[[bytes], str], now: dt.datetime) -> Entry | None:
    match = _UNIX.fullmatch(line)
    if match is None or match["month"] not in _MONTHS:
        return None
    month, day, when = _MONTHS.index(match["month"]) + 1, int(match["day"]), match["when"]
    if b":" in when:
        hour, minute = (int(part) for part in when.split(b":"))
        # A day to spare, because the server's clock may be ahead of UTC. 29 February only fits the year that has one.
        latest = now + dt.timedelta(days=1)
        moment = _latest_before(latest, month, day, hour, minute)
    else:
        moment = dt.datetime(int(when), month, day, tzinfo=dt.UTC)
    kinds: dict[bytes, Kind] = {b"-": "file", b"d": "directory", b"l": "link"}
    name = match["name"]
    kind = kinds.get(match["type"], "other")
    if kind == "link":
        name = name.partition(b" -> ")[0]
    return Entry(decode(name), int(match["size"]), moment, kind)


def _latest_before(latest: dt.datetime, month: int, day: int, hour: int, minute: int) -> dt.datetime | None:
    for year in range(latest.year, latest.year - 5, -1):
        with suppress(ValueError):
            moment = dt.datetime(year, month, day, hour, minute, tzinfo=dt.UTC)
            if moment <= latest:
                return moment
    return None


def _dos_entry(line: bytes, decode: Callable[[bytes], str]) -> Entry | None:
    match = _DOS.fullmatch(line)
    if match is None:
        return None
    year, hour = int(match["year"]), int(match["hour"])
    if year < 100:
        year += 2000 if year < 70 else 1900
    if half := match["half"]:
        hour = hour % 12 + (12 if half.upper() == b"PM" else 0)
    moment = dt.datetime(year, int(match["month"]), int(match["day"]), hour, int(match["minute"]), tzinfo=dt.UTC)
    size = match["size"]
    kinds: dict[bytes, Kind] = {b"<DIR>": "directory", b"<SYMLINK>": "link"}
    kind: Kind = "file" if size.isdigit() else kinds.get(size, "other")
    return Entry(decode(match["name"]), int(size) if size.isdigit() else 0, moment, kind)
