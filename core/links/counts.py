"""What the limits of a link have counted: kept in a small file, for the next run and for all who use the link now.

The file is rewritten with every request, and not synced: what a crash of the machine takes from it, the minutes until
it runs again make up for. It has numbers and the paths of the definition in it, nothing of what was sent.
"""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from core.links.places import Places
from core.links.shared import SharedFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path


@dataclass(slots=True)
class Counts:
    """What was counted, by limit. Times are seconds since 1970."""

    taken: dict[str, list[list[float]]] = field(default_factory=dict)
    """Requests that went out: pairs of the moment of the last one and how many, some close together in one pair."""
    left: dict[str, list[float]] = field(default_factory=dict)
    """What a system told: how many are left, and when it begins anew."""
    errors: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    """The moments of errors, by path."""
    held_until: float = 0.0
    """Nothing goes out before this, as the system has asked."""


class CountStore(Protocol):
    """Keeps the counts of one link."""

    def shared(self) -> AbstractContextManager[Counts]:
        """Give the counts as they are now, to nobody else inside the ``with`` block; what is changed there is kept."""

    def places(self, limit: int, at_once: int) -> Places | None:
        """Return where requests take their places under a limit; None where nobody else uses the link.

        ``limit`` is which of the definition it is.
        """

    def close(self) -> None:
        """Let go of what was opened."""


class OwnCounts:
    """Counts that are of one connection alone, and end with it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts = Counts()

    @contextmanager
    def shared(self) -> Iterator[Counts]:
        """Give the counts (:class:`CountStore`)."""
        with self._lock:
            yield self._counts

    def places(self, limit: int, at_once: int) -> None:
        """Nobody else uses the link (:class:`CountStore`)."""

    def close(self) -> None:
        """There is nothing open (:class:`CountStore`)."""


class CountFile:
    """Counts in a file ``link-NAME.counts``, for all threads and processes that use the link."""

    def __init__(self, directory: Path, link: str) -> None:
        self._file = SharedFile(
            directory / f"link-{link}.counts",
            read=_read,
            told=_told,
            about="It has what was counted for the limits of a link; it may be deleted.",
        )
        self._places = (directory, link)

    def shared(self) -> AbstractContextManager[Counts]:
        """Give the counts (:class:`CountStore`).

        Raises:
            StoreError: the file cannot be read or written.
        """
        return self._file.shared()

    def places(self, limit: int, at_once: int) -> Places:
        """Return the places of a limit (:class:`CountStore`)."""
        directory, link = self._places
        return Places([directory / f"link-{link}.place-{limit}-{number}" for number in range(1, at_once + 1)])

    def close(self) -> None:
        """Close the file (:class:`CountStore`)."""
        self._file.close()


def _told(counts: Counts) -> bytes:
    return json.dumps({name: getattr(counts, name) for name in Counts.__slots__}).encode()


def _read(content: bytes) -> Counts:
    """Return the counts of a file; none where it has something else, which a crash of the machine may leave."""
    try:
        told = json.loads(content)
        return Counts(
            taken={str(key): [[float(at), int(number)] for at, number in each] for key, each in told["taken"].items()},
            left={str(key): [int(left), float(reset)] for key, (left, reset) in told["left"].items()},
            errors={
                str(key): {str(path): [float(at) for at in each] for path, each in of.items()}
                for key, of in told["errors"].items()
            },
            held_until=float(told["held_until"]),
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        return Counts()
