"""The two sides of a flow: where records come from, and where they go."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from core.config.flow_kinds import KindName
    from core.flows.record import Record


class Arrival(NamedTuple):
    """A record that came from a source, or what is wrong with it."""

    key: str
    record: Record
    problem: str = ""
    """Why it cannot be read; then ``record`` has what could be."""
    row_hash: str = ""
    """Of the row that it was made of, where more was asked for besides."""
    unchanged: bool = False
    """It was brought over as it is; then ``record`` has nothing."""
    gone: bool = False
    """It is out of use at the source, which a target is told that has it, and no other."""


Unchanged = Callable[[Mapping[str, str]], Collection[str]]
"""Is given the hashes of rows by key, and returns the keys of those that were brought over as they are."""


class Source(Protocol):
    """Where records come from."""

    @property
    def name(self) -> str:
        """What messages call it."""
        ...

    @property
    def fields(self) -> Collection[str]:
        """The fields that records can have; those of lines have ``lines.`` before them."""
        ...

    @property
    def echoed(self) -> Collection[str]:
        """Of these, the ones that it can also be written by."""
        ...

    def prefer(self, takes: Collection[str]) -> None:
        """Be told what the target takes (:attr:`Records.takes`), before anything is read.

        Where it takes no variants, each is a record of its own.
        """
        ...

    def pages(self, since: str, unchanged: Unchanged) -> Iterator[list[Arrival]]:
        """Yield what changed since a mark, as many at a time as come together; empty: all there is.

        Of rows that ``unchanged`` knows, a system is asked no more: a run that goes on where one before it was ended
        meets them all again.

        Raises:
            LinkError, ConnectionFailed, Refused, StopRequested: it cannot be read.
        """
        ...

    @property
    def mark(self) -> str:
        """Where the next reading begins, once all pages were read."""
        ...

    def one(self, key: str) -> Arrival | None:
        """Return a record as it is now; None where it is gone.

        Raises:
            CannotTell: records are not read one by one here.
            LinkError, ConnectionFailed, StopRequested: it cannot be read.
        """
        ...

    @property
    def reports(self) -> bool:
        """Whether it is told what became of a record."""
        ...

    @property
    def asks_back(self) -> bool:
        """Whether it is to be told what the target says of a record: its number and status there."""
        ...

    def report(self, key: str, told: Mapping[str, str]) -> Sequence[Mapping[str, Any]]:
        """Say what became of a record (``target.key`` and so on), where the source takes that; return the requests.

        Raises:
            LinkError, ConnectionFailed, StopRequested: it is not taken.
        """
        ...


@dataclass(slots=True)
class Sent:
    """What was sent for a record, or would be."""

    requests: list[Mapping[str, Any]] = field(default_factory=list)
    """Each with method, path, body and answer."""
    notes: list[str] = field(default_factory=list)
    """What is at the target otherwise than at the source, in sentences."""
    begun: bool = False
    """Whether the record itself was about to be created."""
    made: str | None = None
    """The id of the record itself, as soon as it may be there; empty where nobody knows that, or its id."""


class Records(Protocol):
    """The records of one kind at a target."""

    @property
    def updates(self) -> bool:
        """Whether a record that is there can be updated."""
        ...

    @property
    def takes(self) -> Collection[str]:
        """What of products it takes besides the plain fields.

        There are ``variants``, ``categories``, ``attribute`` and ``characteristic``; and ``active``, where it can be
        told that one is out of use.
        """
        ...

    def shows_at_once(self, record: Mapping[str, Any]) -> bool:
        """Whether a record would be found that was created a moment ago: then an attempt that was cut off is repeated.

        One that lacks what it is looked for by is never found; one that is known not to have been sent need not be.
        """
        ...

    def find(self, record: Mapping[str, Any]) -> str | None:
        """Return the id of a record that is there; None where there is none.

        Raises:
            CallFailed: several fit.
        """
        ...

    def findable(self, record: Mapping[str, Any]) -> bool:
        """Whether a record has anything that it is looked for by."""
        ...

    def create(self, record: Mapping[str, Any], sent: Sent) -> str:
        """Create a record that was looked for and not found, and return its id; never twice.

        Raises:
            Unfit: it is not what the target takes; nothing was sent.
            LinkError, ConnectionFailed, StopRequested: it was not created, or nobody knows (``unclear``).
        """
        ...

    def update(self, key: str, record: Mapping[str, Any], sent: Sent) -> None:
        """Update a record.

        Raises:
            Unfit, LinkError, ConnectionFailed, StopRequested: it was not updated.
        """
        ...

    def reference(self, key: str) -> str:
        """Return by what documents refer to a record.

        Raises:
            Unfit: the record has nothing of the kind.
            LinkError, ConnectionFailed, StopRequested: it cannot be seen.
        """
        ...

    @property
    def fields(self) -> Collection[str]:
        """The fields that the target shows of a record."""
        ...

    @property
    def echoed(self) -> Collection[str]:
        """Of these, the ones that it is written by."""
        ...

    def echo(self, record: Mapping[str, Any], fields: Collection[str]) -> str:
        """Return a hash of what the target will show of a record that is written; empty where that cannot be told."""
        ...

    def current(self, key: str) -> Record | None:
        """Return a record as the target has it; None where it is gone, or cannot be asked for."""
        ...

    def shown(self, keys: Collection[str], takes: Collection[str]) -> Mapping[str, Record]:
        """Return records as a flow the other way reads them, by their keys; those that cannot be seen are not there.

        ``takes`` is what its target takes of products.

        Raises:
            LinkError, ConnectionFailed, StopRequested: they cannot be read.
        """
        ...

    def complete(self, key: str, record: Mapping[str, Any], sent: Sent) -> None:
        """See that what goes along with a record is there, too, after an attempt that may have ended halfway."""
        ...

    @property
    def looks_back(self) -> bool:
        """Whether the target may take a record and drop some of it in silence, and can be asked what it kept."""
        ...

    def look_back(self, key: str, record: Mapping[str, Any]) -> None:
        """See that a record was kept as it was sent by an attempt before; what it refers to was found.

        Raises:
            Unfit, LinkError, ConnectionFailed, StopRequested: it was not, or nobody knows.
        """
        ...


class Target(Protocol):
    """Where records go."""

    @property
    def name(self) -> str:
        """What messages call it."""
        ...

    chosen: Collection[str]
    """Ids that somebody chose for the record that is being sent: where several fit, those are meant."""

    @property
    def at_once(self) -> bool:
        """Whether a record is kept as soon as it was sent; else when it is settled."""
        ...

    def of(self, kind: KindName) -> Records | None:
        """Return its records of a kind; None where it has none."""
        ...

    def expect(self, kind: KindName, records: Sequence[Record]) -> None:
        """Be told what comes next, to look for all of it at once."""
        ...

    def settle(self) -> Mapping[str, str]:
        """Make what was created and updated since the last time last; return what failed then, by key.

        Raises:
            StoreError: nothing lasts.
        """
        ...
