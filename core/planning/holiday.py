"""The public holidays of a country."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt


class HolidayCalendar:
    """The public holidays of a country, or of a region of it; ``day in calendar`` asks whether a date is one.

    ``country`` is written as in the settings of the engine, which check it: ``NL``, ``DE-BY``.
    """

    def __init__(self, country: str) -> None:
        self.country = country

    def __contains__(self, day: dt.date) -> bool:
        return day in _holidays(self.country, day.year)


@cache
def _holidays(country: str, year: int) -> frozenset[dt.date]:
    from holidays import country_holidays  # 20 ms, and as much again for a country: only where a task asks for it

    code, _, region = country.partition("-")
    return frozenset(country_holidays(code, subdiv=region or None, years=year))
