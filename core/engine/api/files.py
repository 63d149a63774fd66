"""Files and locations: looking into them, testing them, and trying a layout on a file."""

from __future__ import annotations

from typing import Protocol


class FilesApi(Protocol):
    """Files and locations: looking into them, testing them, and trying a layout on a file."""
