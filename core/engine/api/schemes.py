"""Trying an ETL scheme on the records that are kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pydantic import JsonValue

    from core.engine.api.history import SampleRecord


@dataclass(frozen=True, slots=True)
class TriedStep:
    """What a step did to the copies of the records; clean text."""

    name: str
    did: str
    """``12 rows updated``."""


@dataclass(frozen=True, slots=True)
class TriedEntity:
    """What would become of the records of an entity."""

    name: str
    words: str
    """``12 changed, 3 unchanged``."""


@dataclass(frozen=True, slots=True)
class SchemeTrial:
    """What a scheme would do to an assortment now; nothing was changed."""

    assortment: str
    steps: tuple[TriedStep, ...]
    entities: tuple[TriedEntity, ...]
    samples: tuple[SampleRecord, ...]
    """Some of the records that would change, the key behind the entity."""
    unfit: tuple[str, ...]
    """Records that the scheme would leave and that cannot be kept: a run would fail."""


class SchemesApi(Protocol):
    """Trying an ETL scheme."""

    def try_scheme(self, name: str, values: dict[str, JsonValue], assortment: str) -> SchemeTrial:
        """Carry out a scheme with these settings, which need not be written, on copies of an assortment's records.

        Raises:
            DataError: the scheme cannot be used, or a step failed.
            StopRequested: it takes too long; start a dry run of a task.
        """
