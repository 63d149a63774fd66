"""What stays to be known of what was written over a link when the process that wrote it is gone.

That is kept in a small file beside the link, and is written before the request is sent that it tells of. It has ids
that the other system gave, and names of fields; of a line whose answer never came, what it is to be looked for by.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Protocol

from core.links.shared import SharedFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path


@dataclass(slots=True)
class Loose:
    """The lines of one record that were sent, and belong to nothing unless the record came after them."""

    lines: list[str] = field(default_factory=list)
    """The ids of those that were answered."""
    unanswered: list[str] = field(default_factory=list)
    """In words, those of which nobody knows whether they are there."""
    whole: bool = False
    """The record itself was sent, too: they may be part of it."""


@dataclass(slots=True)
class Traces:
    """All of it."""

    loose: dict[str, Loose] = field(default_factory=dict)
    """By the fingerprint of the record."""
    found: dict[str, bool] = field(default_factory=dict)
    """Of each way of looking for records: whether one was found by it that had just been created."""


class TraceStore(Protocol):
    """Keeps the traces of one link."""

    def shared(self, *, durable: bool = False) -> AbstractContextManager[Traces]:
        """Give the traces as they are now, to nobody else inside the ``with`` block; what is changed there is kept.

        ``durable``: what is changed outlives a loss of power, too.
        """

    def close(self) -> None:
        """Let go of what was opened."""


class OwnTraces:
    """Traces that are of one connection alone, and end with it."""

    def __init__(self) -> None:
        self._traces = Traces()

    @contextmanager
    def shared(self, *, durable: bool = False) -> Iterator[Traces]:  # noqa: ARG002 - nothing outlives it
        """Give the traces (:class:`TraceStore`)."""
        yield self._traces

    def close(self) -> None:
        """There is nothing open (:class:`TraceStore`)."""


def trace_file(directory: Path, link: str) -> SharedFile[Traces]:
    """Return the traces of a link in a file ``link-NAME.traces``, for all threads and processes that use it."""
    return SharedFile(
        directory / f"link-{link}.traces",
        read=_read,
        told=_told,
        about="It has what is to be known of what was written over a link. See that the disk is well.",
    )


def _told(traces: Traces) -> bytes:
    return json.dumps(asdict(traces)).encode()


def _read(content: bytes) -> Traces:
    """Return the traces of a file; none where it has something else, so that nothing is taken for known."""
    try:
        told = json.loads(content)
        return Traces(
            {
                str(key): Loose(
                    [str(each) for each in of["lines"]], [str(each) for each in of["unanswered"]], bool(of["whole"])
                )
                for key, of in told["loose"].items()
            },
            {str(key): bool(each) for key, each in told["found"].items()},
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        return Traces()
