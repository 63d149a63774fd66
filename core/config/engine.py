"""The settings of the engine, and how long it keeps what."""

from __future__ import annotations

import re
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import StrictInt, StrictStr, field_validator, model_validator

from core.config.base import Settings, TimeOfDay, setting
from core.config.entities import Publication
from core.config.model import DATA_DIR
from core.text import nearest


class Window(Settings):
    """The hours of the day in which user tasks are planned, in local time (T4)."""

    opens: TimeOfDay = setting(
        title="Opens", help="Tasks are planned from here on.", default="06:00", validate_default=True
    )
    closes: TimeOfDay = setting(
        title="Closes", help="What is outside belongs to the system tasks.", default="23:00", validate_default=True
    )

    @model_validator(mode="after")
    def _opens_first(self) -> Window:
        if self.opens >= self.closes:
            raise ValueError("the window must open before it closes, on the same day")
        return self

    def __str__(self) -> str:
        return f"{self.opens:%H:%M}-{self.closes:%H:%M}"


class EngineSettings(Settings):
    """Where the engine keeps its data, and how it plans and runs."""

    data_dir: StrictStr = setting(
        DATA_DIR,
        title="Data directory",
        help="Journal, catalogue, spool, vault and backups; relative to the config file.",
        at_start=True,
    )
    uploads_dir: StrictStr = setting(
        "uploads", title="Upload directory", help="Where import tasks look for a file named by `file`."
    )
    exports_dir: StrictStr = setting(
        "exports", title="Export directory", help="Where export tasks write a file named by `file`."
    )
    time_zone: StrictStr = setting("UTC", title="Time zone", help="Of the window and of every time in this file.")
    window: Window = setting(Window, title="Operating window", help="User tasks are planned inside it.")
    holidays: StrictStr | None = setting(
        None, title="Holidays of", help='A country, or a country and a region: "NL", "DE-BY".'
    )
    languages: list[StrictStr] = setting(lambda: ["en"], title="Languages", help="Of translated fields.", min_length=1)
    max_parallel_runs: StrictInt = setting(
        4, title="Runs side by side", help="At most; others wait for their turn.", ge=1, le=64
    )
    publications: list[Publication] = setting(
        list,
        title="Publications",
        help="Where records are published, beside datapool: each gives a yes or no to products and articles.",
    )
    missed: Literal["run_once", "skip"] = setting(
        "run_once",
        title="Missed occurrences",
        help="What a task does that was due while Pendel was not running.",
    )
    on_hangup: Literal["finish", "stop", "keep"] = setting(
        "finish",
        title="When the terminal is lost",
        help="Finish running runs, stop them, or keep on planning.",
        at_start=True,
    )
    block_rows: StrictInt = setting(
        122_880,  # DuckDB's row group: smaller blocks make it fill one up again and again.
        title="Rows a block",
        help="A run commits and can be stopped after each block.",
        ge=100,
        le=10_000_000,
    )
    memory_limit: StrictInt = setting(
        1024,  # DuckDB lends a file that keeps its order a quarter of it: with less, writing one waits for memory.
        title="Memory of the catalogue",
        help="Beyond it, work is spilled to disk. Each process that reads a part of a large XML file may take as much.",
        unit="MB",
        at_start=True,
        ge=128,
    )
    min_free: StrictInt = setting(
        500,
        title="Disk space kept free",
        help="With less, runs stop and wait; never more than a tenth of the disk. 0: no watch.",
        unit="MB",
        ge=0,
    )
    attempts: StrictInt = setting(
        4,
        title="Attempts",
        help="Of a connection or transfer that may succeed when tried again.",
        ge=1,
        le=20,
    )

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            near = nearest(zone, available_timezones())
            raise ValueError("this time zone is not known" + (f"; did you mean {near!r}?" if near else "")) from None
        return zone

    @field_validator("holidays")
    @classmethod
    def _known_country(cls, country: str | None) -> str | None:
        if country is None:
            return None
        # Loads the calendar of this one country; a list of all would load two hundred.
        from holidays import country_holidays

        code, _, region = country.partition("-")
        if not re.fullmatch(r"[A-Z]{2}", code):
            raise ValueError("two capital letters name a country, such as NL or DE")
        try:
            country_holidays(code)
        except NotImplementedError:
            raise ValueError(f"no holidays are known for the country {code}") from None
        try:
            country_holidays(code, subdiv=region or None)
        except NotImplementedError:
            raise ValueError(f"no region {region!r} is known in {code}") from None
        return country

    @field_validator("languages")
    @classmethod
    def _language_codes(cls, languages: list[str]) -> list[str]:
        for language in languages:
            if not re.fullmatch(r"[a-z]{2}(-[A-Za-z]{2})?", language):
                raise ValueError(f"{language!r} is not a language code such as nl or nl-BE")
        if len(set(languages)) != len(languages):
            raise ValueError("a language stands here twice")
        return languages

    @field_validator("publications")
    @classmethod
    def _each_once(cls, publications: list[str]) -> list[str]:
        if len(set(publications)) != len(publications):
            raise ValueError("a publication stands here twice")
        return publications

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the window and of every time in the configuration."""
        return ZoneInfo(self.time_zone)


class RetentionSettings(Settings):
    """How long is kept what Pendel has done (T13)."""

    runs_days: StrictInt = setting(
        90,
        title="Runs, logs and undo",
        help="What is older is deleted, and cannot be reverted.",
        unit="days",
        ge=1,
        le=36_500,
    )
    spool_days: StrictInt = setting(
        14, title="Files that passed through", help="Pendel's own copies of them.", unit="days", ge=1, le=36_500
    )
    activity_days: StrictInt = setting(
        30, title="What flows sent and received", help="Per record.", unit="days", ge=1, le=36_500
    )
    attachments_days: StrictInt = setting(
        14,
        title="Attachments that nothing refers to",
        help="Neither a record nor what is kept for undo.",
        unit="days",
        ge=1,
        le=36_500,
    )
    backups: StrictInt = setting(
        14, title="Backups kept", help="Of those that Pendel makes every night.", ge=1, le=1000
    )
    at: TimeOfDay = setting(
        "03:00",
        title="Time",
        help="Of clean-up and backup, every night, and of the integrity check, on Sundays.",
        validate_default=True,
    )
