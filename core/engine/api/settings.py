"""What is configured, and changing it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from core.engine.api.schemes import SchemesApi

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pydantic import JsonValue


NAME: tuple[str | int, ...] = ("",)
"""The path of the name of a table, which is no setting in it."""


@dataclass(frozen=True, slots=True)
class TableView:
    """One table of the configuration as it stands in the file."""

    kind: str
    """``engine``, ``retention``, ``entities``, ``locations``, ``layouts``, ``tasks``, …"""
    name: str
    """Of a task its id; empty for a table that stands alone, and for one that is not written yet."""
    values: dict[str, JsonValue]
    """What is written there, as plain values; dates are text such as ``2026-11-23``."""
    fingerprint: str
    """Of the content of this table; empty where it is not written yet."""
    file: str = ""
    """The file in which it stands."""


@dataclass(frozen=True, slots=True)
class ItemView:
    """One line of a list of tables."""

    name: str
    values: dict[str, JsonValue]
    used_by: tuple[str, ...] = ()
    """The tables that name it: ``task supplier-prices``."""
    file: str = ""


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One thing that is wrong with settings that were not written yet."""

    path: tuple[str | int, ...]
    """In the table; :data:`NAME` for its name; empty where it is about the table as a whole, or another table."""
    message: str
    """Clean text; with the nearest valid spelling where there is one."""
    place: str = ""
    """The other table, where these settings make that one wrong: ``task webshop-articles``."""
    warning: bool = False
    """It can be written all the same."""


@dataclass(frozen=True, slots=True)
class Template:
    """Settings to begin a new table with."""

    id: str
    title: str
    values: dict[str, JsonValue]


@dataclass(frozen=True, slots=True)
class Choices:
    """What there is to refer to."""

    names: dict[str, tuple[str, ...]]
    """By kind: entities, locations, layouts, schemes, tasks, and secrets of the vault."""
    fields: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """The fields of each entity as layouts name them."""


@dataclass(frozen=True, slots=True)
class Planned:
    """What a frequency comes to."""

    words: str
    """The frequency in words: ``weekly on Monday at 07:30``; or why nothing can be said."""
    moments: tuple[datetime, ...] = ()
    """The next five at most, in UTC."""
    window: str = ""
    """The operating window that they lie in: ``06:00-23:00``."""


@dataclass(frozen=True, slots=True)
class ChangeView:
    """A change of the configuration that can be taken back."""

    saved_at: datetime
    tables: tuple[str, ...]
    """What it was about: ``task supplier-prices, changed``."""


@dataclass(frozen=True, slots=True)
class SecretView:
    """A secret of the vault, by its name; its value never leaves the engine."""

    name: str
    used_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AuditView:
    """Who asked for what, and the answer; clean text."""

    at: datetime
    actor: str
    action: str
    object: str
    old: str
    new: str
    answer: str


class SettingsApi(SchemesApi, Protocol):
    """What is configured, and changing it.

    What changes something needs the right to administer, is checked as a whole before anything is written, goes into
    the audit, and is planned anew at once.
    """

    def table(self, kind: str, name: str = "") -> TableView:
        """Return one table; of one that stands alone and is not written, an empty one.

        Raises:
            Refused: there is no such table.
            ConfigError: a file cannot be read.
        """

    def items(self, kind: str) -> Sequence[ItemView]:
        """Return every table of a kind, in file order."""

    def choices(self) -> Choices:
        """Return what settings can refer to."""

    def templates(self, kind: str) -> Sequence[Template]:
        """Return what a new table of a kind can begin with; an empty one is among them."""

    def check(
        self, kind: str, name: str, values: dict[str, JsonValue], *, new_name: str = ""
    ) -> Sequence[FieldProblem]:
        """Return what would be wrong if a table held these settings; nothing is written."""

    def save(
        self,
        kind: str,
        name: str,
        values: dict[str, JsonValue],
        *,
        fingerprint: str,
        new_name: str = "",
        secrets: dict[str, str] | None = None,
    ) -> str:
        """Write a table, and the secrets that were typed for it into the vault; return its name.

        Args:
            kind: of the table.
            name: under which it stands; empty for a new one, and for one that stands alone.
            values: all its settings.
            fingerprint: of the table as it was read; empty for a new one.
            new_name: the name it is to have; every reference to the old one changes with it. A task has it as its id.
            secrets: values for the vault by their name; they appear nowhere else.

        Raises:
            ChangedOutside: the table is no longer what it was when it was read; nothing was written.
            ConfigError: the configuration could not be used with these settings; nothing was written.
            Refused: a new table has the name of another.
        """

    def dependents(self, kind: str, name: str) -> tuple[str, ...]:
        """Return the tables that name this one: ``task supplier-prices``."""

    def delete(self, kind: str, name: str) -> None:
        """Remove a table.

        Raises:
            Refused: other tables name it; the message says which.
        """

    def last_change(self) -> ChangeView | None:
        """Return what :meth:`undo` would take back."""

    def undo(self) -> None:
        """Take back the last change of the settings; done again, it brings the change back.

        Raises:
            Refused: there is none, or a file was changed by hand since.
        """

    def planned(self, frequency: dict[str, JsonValue]) -> Planned:
        """Return the next moments of a frequency that need not be written yet."""

    def secrets(self) -> Sequence[SecretView]:
        """Return the secrets of the vault by name."""

    def put_secret(self, name: str, value: str) -> None:
        """Store a secret in the vault, in place of the one that has this name."""

    def delete_secret(self, name: str) -> None:
        """Remove a secret from the vault.

        Raises:
            Refused: a table names it.
        """

    def included(self) -> Sequence[str]:
        """Return the files of the configuration, the main one first."""

    def audit(self, limit: int = 200) -> Sequence[AuditView]:
        """Return what was asked for, the latest first."""
