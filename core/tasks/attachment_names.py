"""The names that an export gives to the files of attachments: they lead nowhere else, and no two are the same."""

from __future__ import annotations

import re
import string
import unicodedata
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from core.config.placeholders import one_name
from core.exchange.media_types import ending_of
from core.transfer.names import fault_of_name, numbered_path
from core.transfer.web import is_url

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_LONGEST = 200
"""Bytes of UTF-8 of a name, so that a number and what a transfer adds to it still fit."""
_DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)", re.IGNORECASE)
"""What Windows takes for a device, whatever stands behind it."""


def base_name(address: str) -> str:
    """Return the last part of a path or a URL, as it is written there."""
    if is_url(address):
        try:
            address = unquote(urlsplit(address).path)
        except ValueError:
            return ""
    return address.replace("\\", "/").rstrip("/").rpartition("/")[2]


class FileNames:
    """Makes the names of one export, by its template; where two would be the same, the later one gets a number.

    Names that differ in case or in how an accent is written count as the same: a receiver's disk may think so.
    """

    def __init__(self, template: str, *, taken: Iterable[str] = ()) -> None:
        self._parts = list(string.Formatter().parse(template))
        self._taken = dict.fromkeys(map(_folded, taken), 1)
        """How many names were made of each, folded."""

    def name(self, values: Mapping[str, str], media_type: str) -> str:
        """Return the name of an attachment with these values of its fields, a path with slashes.

        The ending comes from the content and not from the name that it came under.
        """
        own = base_name(values["file"])
        ending = ending_of(media_type, own)
        stem = own.rpartition(".")[0] or own
        known = {**values, "stem": stem, "ending": ending, "file": f"{stem}{ending}"}
        path = "".join(
            text + (one_name(known[field]) if field and known[field] else "") for text, field, *_ in self._parts
        )
        return self._one_of_a_kind("/".join(_usable(part) for part in path.split("/")))

    def _one_of_a_kind(self, path: str) -> str:
        folded = _folded(path)
        number = self._taken.get(folded, 0)
        candidate = path
        while number and _folded(candidate := numbered_path(path, number + 1)) in self._taken:
            number += 1
        self._taken[folded] = number + 1
        self._taken.setdefault(_folded(candidate), 1)
        return candidate


def _usable(part: str) -> str:
    """Return a part of a path that every filesystem takes as one name."""
    kept = "".join("_" if char != "." and (fault_of_name(char) or _hides(char)) else char for char in part)
    # A dot in front hides a file, and behind it Windows drops dots and blanks.
    kept = kept.strip(". ") or "_"
    if _DEVICES.match(kept):
        kept = f"_{kept}"
    if len(kept.encode()) > _LONGEST:
        stem, dot, ending = kept.rpartition(".")
        if not dot or len(ending) > 10:
            stem, ending = kept, ""
        room = _LONGEST - len(f".{ending}".encode())
        kept = stem.encode()[:room].decode(errors="ignore").rstrip(". ") + (f".{ending}" if ending else "")
    return kept


def _hides(char: str) -> bool:
    """Whether a character shows nothing, or turns the direction of others."""
    return unicodedata.category(char) == "Cf"


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKC", name).casefold())
