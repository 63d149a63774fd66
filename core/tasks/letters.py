"""What a task has to tell people: handed to the engine, which knows how targets are reached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Letter:
    """A message with files."""

    title: str
    text: str
    """For targets that take plain text."""
    html: str
    """The same for mail."""
    files: tuple[tuple[str, Path], ...]
    """Name and place of each."""
