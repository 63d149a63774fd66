"""When a task is planned (T3): one model a kind of frequency."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, StrictBool, StrictInt, StrictStr, field_validator

from core.config.base import Settings, TimeOfDay, setting

if TYPE_CHECKING:
    from core.config.engine import Window

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
"""In the order of :meth:`datetime.date.weekday`."""

DayOfMonth = Annotated[StrictInt, Field(ge=1, le=31)]


class Daily(Settings):
    """Every day at the opening of the window, after the nightly system tasks."""

    kind: Literal["daily"] = "daily"


class Interval(Settings):
    """Every so many minutes, from the opening of the window until its end."""

    kind: Literal["interval"] = "interval"
    minutes: StrictInt = setting(title="Every", help="From the opening of the window.", unit="minutes", ge=5, le=240)


class Workday(Settings):
    """Monday to Friday."""

    kind: Literal["workday"] = "workday"
    at: TimeOfDay = setting(title="Time")
    skip_holidays: StrictBool = setting(
        False, title="Skip public holidays", help="Those of the country in [engine] holidays."
    )


class Weekly(Settings):
    """One day of the week."""

    kind: Literal["weekly"] = "weekly"
    day: Weekday = setting(title="Day of the week")
    at: TimeOfDay = setting(title="Time")


class Biweekly(Settings):
    """Two days of the month, as the source of this frequency has it."""

    kind: Literal["biweekly"] = "biweekly"
    days: Annotated[list[DayOfMonth], Field(min_length=2, max_length=2)] = setting(
        title="Days of the month", help="Two days; one that a month lacks means its last day."
    )
    at: TimeOfDay = setting(title="Time")

    @field_validator("days")
    @classmethod
    def _two_days(cls, days: list[int]) -> list[int]:
        if days[0] == days[1]:
            raise ValueError("two different days of the month are needed")
        return days


class Fortnightly(Settings):
    """A day of every second week, counted from the week of a start date."""

    kind: Literal["fortnightly"] = "fortnightly"
    day: Weekday = setting(title="Day of the week")
    at: TimeOfDay = setting(title="Time")
    from_date: dt.date = setting(
        title="From", help="The week of this date is the first; none is planned before it.", alias="from"
    )


class Monthly(Settings):
    """One day of the month."""

    kind: Literal["monthly"] = "monthly"
    day: DayOfMonth = setting(title="Day of the month", help="A day the month lacks means its last day.")
    at: TimeOfDay = setting(title="Time")


class TimeOfDayFrequency(Settings):
    """Every day at an exact time."""

    kind: Literal["time_of_day"] = "time_of_day"
    at: TimeOfDay = setting(title="Time")


class Cron(Settings):
    """A cron expression of five fields."""

    kind: Literal["cron"] = "cron"
    expression: StrictStr = setting(title="Expression", help="Minute, hour, day of month, month, day of week.")

    @field_validator("expression")
    @classmethod
    def _valid(cls, expression: str) -> str:
        from cronsim import CronSim, CronSimError

        if len(expression.split()) != 5:
            raise ValueError("a cron expression has five fields: minute, hour, day of month, month, day of week")
        try:
            next(CronSim(expression, dt.datetime(2024, 1, 1)))  # noqa: DTZ001 - only whether it can be read
        except CronSimError as error:
            raise ValueError(f"the cron expression cannot be read: {error}") from None
        except StopIteration:
            raise ValueError("the cron expression names a day that never comes") from None
        return expression


class After(Settings):
    """When the tasks named in the task's ``after`` have ended."""

    kind: Literal["after"] = "after"


class Manual(Settings):
    """Never by itself."""

    kind: Literal["manual"] = "manual"


class Arrival(Settings):
    """As soon as a file arrives in the folder of the task; only for automatic imports."""

    kind: Literal["arrival"] = "arrival"
    poll: StrictInt = setting(
        60,
        title="Look every",
        help="Folders of this machine are also watched, and files noticed at once.",
        unit="seconds",
        ge=5,
        le=86_400,
    )


Frequency = Annotated[
    Daily
    | Interval
    | Workday
    | Weekly
    | Biweekly
    | Fortnightly
    | Monthly
    | TimeOfDayFrequency
    | Cron
    | After
    | Arrival
    | Manual,
    Field(discriminator="kind"),
]


def window_problem(frequency: Frequency, window: Window) -> str:
    """Return why a frequency does not fit the window (T4), or an empty text.

    A time fits when it is at the opening or later, and before the closing. A cron expression fits when at least one of
    its times does.
    """
    if isinstance(frequency, Cron):
        if cron_meets(frequency.expression, window.opens, window.closes):
            return ""
        return f"none of its times lies in the operating window {window}"
    at = getattr(frequency, "at", None)
    if at is None or window.opens <= at < window.closes:
        return ""
    return f"this time is outside the operating window {window}"


@lru_cache(maxsize=1024)
def cron_meets(expression: str, opens: dt.time, closes: dt.time) -> bool:
    """Whether any time of a cron expression lies in the window."""
    from cronsim import CronSim

    fields = CronSim(expression, dt.datetime(2024, 1, 1))  # noqa: DTZ001 - only its hours and minutes are read
    return any(opens <= dt.time(hour, minute) < closes for hour in fields.hours for minute in fields.minutes)
