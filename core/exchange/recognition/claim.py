"""What a detector says of a file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from core.config.formats import FormatId

_LONGEST_FACT = 120


@dataclass(frozen=True, slots=True)
class Claim:
    """A format that a file is recognised as."""

    format: FormatId
    title: str
    why: str
    """One sentence, fit to be shown."""
    version: str = ""
    variant: str = ""
    """The transaction, message or record file, where the format has several."""
    sure: bool = True
    """Whether nothing else can look like this; what is not sure is named, but never imported by it."""
    facts: Mapping[str, str] = field(default_factory=dict)
    """What stands in the head of the file: supplier, date, currency, language, validity …; cleaned."""
    member: str = ""
    """The member of a zip file that was looked at; cleaned."""

    @property
    def name(self) -> str:
        """The format with version and variant: ``BMEcat 2005.1, T_NEW_CATALOG``."""
        name = f"{self.title} {self.version}".strip()
        return f"{name}, {self.variant}" if self.variant else name


def facts(pairs: Iterable[tuple[str, str | None]]) -> dict[str, str]:
    """Return those facts that have a value, the first of each name, cleaned and short."""
    found: dict[str, str] = {}
    for name, value in pairs:
        text = clean((value or "").strip(), limit=_LONGEST_FACT)
        if text and name not in found:
            found[name] = text
    return found


def date_of(digits: str) -> str:
    """Return a date that is written as ``YYYYMMDD`` in ISO 8601, and anything else as it stands."""
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:]}" if len(digits) == 8 and digits.isdigit() else digits
