"""What an import did, by entity: for files that have records of several."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from core.runs import NO_COUNTS, Counts
from core.text import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(slots=True)
class Tally:
    """What was done to the records of one entity and assortment, by all files of a run so far."""

    entity: str
    assortment: str
    counts: Counts = field(default_factory=Counts)
    skipped: int = 0
    """Lines that have no record of this entity."""
    repeated: int = 0
    """Records that are on an earlier line too, and are no rejects."""
    stubs: int = 0
    """Records that were made with only their key, because others refer to them."""

    def in_words(self) -> str:
        """Return it as a phrase: ``20 read, 12 changed; 3 lines repeat an earlier one``."""
        words = [self.counts.in_words() or ("no records" if not self.stubs else "")]
        if self.stubs:
            words = [*filter(None, words), counted(self.stubs, "stub")]
        if self.repeated:
            words.append(
                f"{counted(self.repeated, 'line')} {'repeats' if self.repeated == 1 else 'repeat'} an earlier one"
            )
        if self.skipped:
            words.append(f"{counted(self.skipped, 'line')} without one")
        return "; ".join(words)


class Tallies:
    """The tallies of a run, in the order in which their entities came."""

    def __init__(self, known: Iterable[Mapping[str, Any]] = ()) -> None:
        """``known`` is what :meth:`as_list` gave."""
        self._by_key: dict[tuple[str, str], Tally] = {}
        for each in known:
            tally = Tally(**{**each, "counts": Counts(**each["counts"])})
            self._by_key[tally.entity, tally.assortment] = tally

    def of(self, entity: str, assortment: str) -> Tally:
        """Return the tally of an entity, empty where nothing was counted yet."""
        return self._by_key.setdefault((entity, assortment), Tally(entity, assortment))

    def as_list(self) -> list[dict[str, Any]]:
        """Return all that was counted, for JSON."""
        return [asdict(tally) for tally in self._by_key.values()]

    @property
    def entries(self) -> list[Tally]:
        """All of them."""
        return list(self._by_key.values())

    @property
    def total(self) -> Counts:
        """The counts of all."""
        return sum((tally.counts for tally in self._by_key.values()), start=NO_COUNTS)

    @property
    def stubs(self) -> list[Tally]:
        """Those with stubs."""
        return [tally for tally in self._by_key.values() if tally.stubs]
