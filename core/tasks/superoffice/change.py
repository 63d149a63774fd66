"""What SuperOffice wants written, handed over to the run that does it: a file in the spool, for as long as that runs.

Names and addresses of people stand in it. They belong into the catalogue, and into no journal.
"""

from __future__ import annotations

import json
import os
import re
import uuid
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from core.errors import EngineError, Refused

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_NAME = re.compile(r"superoffice-[0-9a-f]{32}\.json")


@dataclass(frozen=True, slots=True)
class Written:
    """One record as it is to be."""

    key: str
    """Empty for a new one that is to get its key."""
    values: Mapping[str, str | None]
    """By field, as text that the catalogue reads; the others stay as they are."""


@dataclass(frozen=True, slots=True)
class Change:
    """Records of one actor type."""

    actor_type: str
    new: bool
    """They are to be made; otherwise they are there."""
    records: Sequence[Written]


def put(change: Change, spool: Path) -> str:
    """Write a change into the spool and return the name of its file.

    Raises:
        EngineError: it cannot be written.
    """
    name = f"superoffice-{uuid.uuid4().hex}.json"
    path = spool / name
    try:
        spool.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            json.dump(asdict(change), file, ensure_ascii=False)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise EngineError(
            f"What SuperOffice sent cannot be kept in the spool: {error.strerror}.", advice="Check the disk."
        ) from error
    return name


def take(name: str, spool: Path) -> Change:
    """Read a change.

    Raises:
        Refused: there is none of this name.
    """
    try:
        if not _NAME.fullmatch(name):
            raise FileNotFoundError
        told = json.loads((spool / name).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise Refused(
            "There is nothing to take in: SuperOffice itself starts these runs.",
            advice="Let it save again what it wants saved.",
        ) from None
    return Change(told["actor_type"], told["new"], [Written(each["key"], each["values"]) for each in told["records"]])


def drop(name: str, spool: Path) -> None:
    """Remove a change."""
    if _NAME.fullmatch(name):
        (spool / name).unlink(missing_ok=True)
