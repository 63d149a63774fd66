"""An open link, however its system is spoken to: what a flow reads and writes by.

:class:`core.links.connection.Connection` is one for systems that a definition declares. Systems that need code of their
own have a class of their own that does the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, Self

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import TracebackType

    from core.links.connection import Call
    from core.links.paging import Rows
    from core.links.writing import Written


class ReadsRecords(Protocol):
    """One walk through a kind of record: all of it, or what changed. See :class:`core.links.reading.Reading`."""

    def pages(self) -> Iterator[Rows]:
        """Yield the records, as many at a time as come together."""
        ...

    @property
    def cursor(self) -> str:
        """Where the next walk begins, once all pages were read; empty where the system cannot tell what changed."""
        ...


class WritesRecords(Protocol):
    """Writes records of one kind. See :class:`core.links.writing.Writer`."""

    def find(self, record: Mapping[str, Any]) -> str | None:
        """Return the id of a record that is there already; None where there is none."""
        ...

    def create(self, record: Mapping[str, Any], *, update: bool = False) -> Written:
        """Create a record, or return the one that is there already, updated where ``update`` says so."""
        ...

    def update(self, key: str, record: Mapping[str, Any]) -> Written:
        """Update a record by its id."""
        ...

    def request_for(self, record: Mapping[str, Any]) -> Call:
        """Return the request that would create a record, as it would be sent but for credentials."""
        ...


class OpenLink(Protocol):
    """A link that was opened. Any number of threads may use it; close it, or use it in a ``with`` block.

    All methods raise CallFailed, ConnectionFailed, Refused and StopRequested.
    """

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def close(self) -> None:
        """Close all connections."""
        ...

    def test(self) -> object:
        """Ask for what shows whether the link works; it raises where it does not."""
        ...

    def reading(self, name: str, *, since: str = "") -> ReadsRecords:
        """Return a walk through a kind of record; ``since`` is the cursor of the one before, empty for the first."""
        ...

    def writing(self, name: str) -> WritesRecords:
        """Return what writes a kind of record."""
        ...
