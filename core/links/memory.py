"""What was asked for and need not be asked again, up to so many."""

from __future__ import annotations

from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Memory(dict[K, V]):
    """Answers by their keys. Where it is full, all are forgotten before the next: what is forgotten is asked again."""

    def __init__(self, most: int) -> None:
        """``most`` is how many there may be."""
        super().__init__()
        self._most = most

    def __setitem__(self, key: K, value: V) -> None:
        if len(self) >= self._most and key not in self:
            self.clear()
        super().__setitem__(key, value)
