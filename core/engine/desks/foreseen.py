"""The next moments of a frequency that need not be written yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from core.config.frequency import After, Arrival, Frequency, Manual, window_problem
from core.engine.api.settings import Planned
from core.engine.desks import tables
from core.planning.due import occurrences
from core.planning.holiday import HolidayCalendar
from core.planning.words import in_words

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from core.config.engine import EngineSettings

_SHOWN = 5
"""Moments of a frequency that are shown."""
_frequency: TypeAdapter[Any] = TypeAdapter(Frequency)


def foreseen(frequency: Mapping[str, Any], engine: EngineSettings, now: datetime) -> Planned:
    """Return what a frequency comes to."""
    try:
        data: dict[str, Any] = {"tasks": [{"frequency": dict(frequency) or {"kind": "manual"}}]}
        tables.dated(data, ("tasks", 0))
        found = _frequency.validate_python(data["tasks"][0]["frequency"])
    except ValidationError:
        return Planned("This frequency is not complete.")
    if problem := window_problem(found, engine.window):
        return Planned(f"Never: {problem}.")
    if isinstance(found, After | Arrival | Manual):
        return Planned(in_words(found))
    holidays = HolidayCalendar(engine.holidays) if engine.holidays else None
    moments = occurrences(found, now, engine.zone, engine.window, count=_SHOWN, holidays=holidays)
    return Planned(in_words(found), tuple(moments), str(engine.window))
