"""The records that are kept."""

from __future__ import annotations

from typing import Protocol


class CatalogueApi(Protocol):
    """The records that are kept."""
