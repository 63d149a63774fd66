"""The records that are kept, as a screen looks through them. Values are clean text as a person reads them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class FieldView:
    """One field of an entity, or one thing that every record knows of itself."""

    name: str
    title: str
    type: str
    unit: str = ""
    refers_to: str = ""
    own: bool = False
    """Whether every record has it: assortment, when it was changed, …"""


@dataclass(frozen=True, slots=True)
class AssortmentView:
    """How many records an assortment has; the one without a name holds the records that belong to none."""

    name: str
    active: int
    archived: int
    last_changed: datetime


@dataclass(frozen=True, slots=True)
class EntityView:
    """A kind of record, and how much of it is kept."""

    name: str
    title: str
    key: tuple[str, ...]
    fields: tuple[FieldView, ...]
    """Those of the entity, then those that every record has."""
    standard: bool
    assortments: tuple[AssortmentView, ...]

    @property
    def active(self) -> int:
        """How many records are not archived."""
        return sum(assortment.active for assortment in self.assortments)

    @property
    def archived(self) -> int:
        """How many records are archived."""
        return sum(assortment.archived for assortment in self.assortments)

    @property
    def last_changed(self) -> datetime | None:
        """When a record was changed last; None where there is none."""
        return max((assortment.last_changed for assortment in self.assortments), default=None)


class Archived(StrEnum):
    """Which records are looked through; the key goes round in this order."""

    WITHOUT = "not archived"
    ONLY = "archived"
    WITH = "all"


@dataclass(frozen=True, slots=True)
class RecordQuery:
    """What is looked through, in what order, and what is shown of it."""

    entity: str
    assortment: str | None = None
    """None for all of them, ``""`` for the records that belong to none."""
    words: str = ""
    """Each must occur in a text field; ``field:part`` looks into one field, ``field=value`` for its value."""
    archived: Archived = Archived.WITHOUT
    columns: tuple[str, ...] = ()
    """Names of fields; the assortment and all fields where there are none."""
    sorted_by: str = ""
    """A field; by assortment and key where it is empty."""
    descending: bool = False


@dataclass(frozen=True, slots=True)
class RecordRow:
    """One record of a page."""

    id: str
    """What identifies it for :meth:`CatalogueApi.record`; not for the eye."""
    place: str
    """What gives the page after or before it."""
    archived: bool
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RecordPage:
    """Some records, in order."""

    rows: tuple[RecordRow, ...]
    more: bool
    """Whether there are further ones in the direction that was asked for."""


@dataclass(frozen=True, slots=True)
class FieldChangeView:
    """What a run changed in one field."""

    field: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class VersionView:
    """What a run did to a record."""

    run: int
    at: datetime
    action: str
    """new, changed, restored, archived or removed."""
    changes: tuple[FieldChangeView, ...]


@dataclass(frozen=True, slots=True)
class AttachmentView:
    """A file that belongs to a record."""

    file: str
    """Its name or address, as it was imported."""
    type: str
    language: str
    media_type: str
    size: int
    sha256: str = ""
    """What its content is asked for by; empty where it has none."""


@dataclass(frozen=True, slots=True)
class ContentPiece:
    """A piece of what an attachment holds."""

    base64: str
    """Its bytes; none behind the end."""


@dataclass(frozen=True, slots=True)
class RecordView:
    """One record with all its fields and what is kept of its history, the latest version first."""

    entity: str
    name: str
    """Assortment and key as a person reads them."""
    archived_at: datetime | None
    values: tuple[tuple[str, str], ...]
    """Each field by name with its value; the order is that of the entity's fields."""
    versions: tuple[VersionView, ...]
    attachments: tuple[AttachmentView, ...] = ()
    """The first files that belong to it, in their order."""
    attachment_count: int = 0


class CatalogueApi(Protocol):
    """The records that are kept."""

    def entities(self) -> tuple[EntityView, ...]:
        """Return every entity with its assortments and the number of their records."""

    def page(self, query: RecordQuery, *, start: str = "", backwards: bool = False, limit: int = 100) -> RecordPage:
        """Return the records after the place ``start``, or those before it; without it, the first or the last.

        Raises:
            Refused: an entity or a field is not known.
        """

    def count(self, query: RecordQuery) -> int:
        """Return how many records there are to look through."""

    def record(self, entity: str, record_id: str) -> RecordView:
        """Return one record.

        Raises:
            Refused: there is no such record, and none is remembered.
        """

    def content(self, sha256: str, start: int = 0) -> ContentPiece:
        """Return a piece of what an attachment holds, from a byte on.

        Raises:
            StoreError: it is not kept.
        """
