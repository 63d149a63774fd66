"""What came of holding a file against the official rules of its format."""

from __future__ import annotations

from dataclasses import dataclass, field

from core.text import clean, counted

MEND = "Put the whole file there, or take it away"
"""What is to be done with a dropped file that cannot be used."""
MOST_FAULTS = 10
"""After so many, a file is not looked at any further: the sender has to mend it anyway."""


@dataclass(slots=True)
class Verdict:
    """The first faults, and what they were found by."""

    against: list[str] = field(default_factory=list)
    """The names of the dropped files that the file was held against."""
    faults: list[str] = field(default_factory=list)
    """Each with its line or path, cleaned."""
    unusable: list[str] = field(default_factory=list)
    """What is wrong with dropped files, each in a sentence."""
    spare: list[str] = field(default_factory=list)
    """What is wrong with dropped files beside those that the file was held against: it has no need of them."""
    unfitting: str = ""
    """Why none of the schemas that are there is for the file; empty where one is, or none is there."""
    unmet: list[str] = field(default_factory=list)
    """Fields that have a list of codes, and that the file has nowhere: they may be misspelled."""
    sample: str = ""
    """What was looked at, where it was not the whole file: ``the first 4 MB``."""

    @property
    def full(self) -> bool:
        """Whether as many faults were found as are told."""
        return len(self.faults) >= MOST_FAULTS

    @property
    def number(self) -> str:
        """How many faults there are, in words."""
        return f"{MOST_FAULTS} faults or more" if self.full else counted(len(self.faults), "fault")

    def add(self, place: str, message: str) -> None:
        """Note a fault, unless there are enough."""
        if not self.full:
            self.faults.append(f"{clean(place, limit=160)}: {clean(message, limit=300)}")

    def used(self, *names: str) -> None:
        """Note the names of dropped files that the file is held against."""
        self.against += [clean(name, limit=80) for name in names if clean(name, limit=80) not in self.against]

    def in_words(self) -> str:
        """Return how many faults there are, and the first, as the rest of a sentence that begins with the file."""
        return f"has {self.number} by {' and '.join(self.against)}; the first: {self.faults[0].rstrip('.')}"
