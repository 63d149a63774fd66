"""One thing that is wrong in the settings, before its file and line are known."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.text import clean

if TYPE_CHECKING:
    from core.config.outline import KeyPath

_CREDENTIALS = re.compile(r"://[^/\s@]*@")
_VALUE_LENGTH = 60


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, at a place in the settings as a whole."""

    path: KeyPath
    """The first part is the top-level table; a number is the position of a task or of an item of a list, from 0."""
    message: str
    value: str = ""
    suggestion: str = ""
    unknown_key: bool = False
    """Whether the last part of the path is a key that nobody declared."""
    of_key: bool = False
    """Whether it is the name of what stands at the path that is wrong, and not what stands there."""


def shown(value: Any) -> str:
    """Return a value that is no secret as it may stand in a message: cleaned and cut; of a table nothing."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{clean(_CREDENTIALS.sub("://…@", value), limit=_VALUE_LENGTH)}"'
    if isinstance(value, int | float | dt.date | dt.time):
        return clean(str(value), limit=_VALUE_LENGTH)
    if isinstance(value, list) and not any(isinstance(item, list | dict) for item in value):
        return clean(f"[{', '.join(shown(item) for item in value)}]", limit=_VALUE_LENGTH)
    return ""
