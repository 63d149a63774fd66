"""Dates as the formats write them; with us they are ISO 8601 text (``2024-02-29``)."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

from core.exchange.codes.unfit import Unfit

ALWAYS: Final = "1900-01-01"
"""The date from which a price is valid that says no date: a key needs one. Writers leave it out again."""

_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ].*|Z|[+-][0-9]{2}:[0-9]{2})?", re.ASCII)
_COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})", re.ASCII)
_DAY_FIRST = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})", re.ASCII)


def iso_date(text: str) -> str:
    """Return the date of ``YYYY-MM-DD``, behind which a time or a zone may stand that is left out.

    Raises:
        Unfit: it is no such date.
    """
    return _date(_ISO.fullmatch(text.strip()), "is no date as 2024-12-31")


def compact_date(text: str) -> str:
    """Return the date of ``EEJJMMDD`` (PAB, ICC): ``20241231``.

    Raises:
        Unfit: it is no such date.
    """
    return _date(_COMPACT.fullmatch(text.strip()), "is no date as 20241231")


def day_first_date(text: str) -> str:
    """Return the date of ``DD/MM/YYYY`` (FAB-DIS).

    Raises:
        Unfit: it is no such date.
    """
    match = _DAY_FIRST.fullmatch(text.strip())
    return _date(match and (match[3], match[2], match[1]), "is no date as 31/12/2024")


def as_compact(date: str) -> str:
    """Return an ISO date as ``EEJJMMDD``.

    Raises:
        Unfit: it is no ISO date.
    """
    return iso_date(date).replace("-", "")


def _date(parts: re.Match[str] | tuple[str, str, str] | None, what: str) -> str:
    if parts is None:
        raise Unfit(what)
    year, month, day = parts.groups() if isinstance(parts, re.Match) else parts
    try:
        return dt.date(int(year), int(month), int(day)).isoformat()
    except ValueError as error:
        raise Unfit("is no day of the calendar") from error
