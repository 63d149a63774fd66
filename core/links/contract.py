"""What a connector and a link are to whoever uses them, declared in TOML or written in Python."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from core.config.flow_kinds import KindName
    from core.config.model import Config
    from core.config.secrets import SecretReader
    from core.links.clock import Clock
    from core.links.connection import Call, Reply
    from core.links.faults import CallFailed
    from core.links.fields import LinkValue
    from core.links.model.connector import LinkField
    from core.links.model.kinds import KindMapping
    from core.links.model.requests import Request
    from core.links.model.writes import LookUp
    from core.links.paging import Rows
    from core.links.tokens import Tokens, TokenStore
    from core.links.writing import Written
    from core.redaction import Redactor
    from core.stop import StopToken

    Witness = Callable[[Call, Reply | CallFailed], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a link needs besides its settings."""

    config: Config
    secrets: SecretReader
    clock: Clock
    redactor: Redactor
    stop: StopToken


@dataclass(frozen=True, slots=True)
class Check:
    """One step of a test."""

    step: str
    run: Callable[[], str]
    """Says in a sentence what went well.

    Raises:
        LinkError, ConnectionFailed, StopRequested: it did not.
    """


class RecordReading(Protocol):
    """One walk through the records of a resource (:class:`core.links.reading.Reading`)."""

    def pages(self) -> Iterator[Rows]:
        """Yield the rows of each page."""

    @property
    def cursor(self) -> str:
        """Where the next reading begins; only after the last page."""


class RecordWriter(Protocol):
    """Writes records of a resource (:class:`core.links.writing.Writer`)."""

    @property
    def looks(self) -> bool:
        """Whether a record can be looked for."""

    @property
    def creates(self) -> bool:
        """Whether a record can be created."""

    @property
    def updates(self) -> bool:
        """Whether a record that is there can be updated."""

    @property
    def looks_back(self) -> bool:
        """Whether the system may take a record and drop some of it in silence, and can be asked what it kept."""

    def can_be_found(self, record: Mapping[str, Any]) -> bool:
        """Whether a record has what it would be looked for by."""

    def shows_at_once(self, record: Mapping[str, Any]) -> bool:
        """Whether a look-up finds a record that was created a moment ago, which has what it is looked for by."""

    def was_not_sent(self, record: Mapping[str, Any]) -> bool:
        """Whether it is known that an attempt to create a record ended before the record itself was sent."""

    def find(self, record: Mapping[str, Any]) -> str | None:
        """Return the id of a record that is there already; None where there is none."""

    def joined(self, record: Mapping[str, Any]) -> Sequence[str]:
        """Return what may be left of an attempt before this, which may have created a record that was found now."""

    def create(
        self,
        record: Mapping[str, Any],
        *,
        update: bool = False,
        looked_for: bool = False,
        made: Callable[[str | None], None] = ...,
    ) -> Written:
        """Create a record, or return the one that is there already, updated where ``update`` says so.

        ``looked_for``: who calls has just done that, and found none. ``made`` is told an empty id before the record is
        sent: from then on it may be there; and then its id as soon as that is known, or None where it is not there.
        """

    def update(self, key: str, record: Mapping[str, Any]) -> Written:
        """Update a record by its id."""

    def look_back(self, key: str, record: Mapping[str, Any]) -> None:
        """See that a record was kept as it was sent; of one that nobody can ask, nothing."""

    def requests_for(self, record: Mapping[str, Any]) -> Sequence[Call]:
        """Return the requests that would create a record, as a dry run shows them; the last is for itself."""

    def request_for(self, record: Mapping[str, Any]) -> Call:
        """Return the last of these."""

    def request_to_update(self, key: str, record: Mapping[str, Any]) -> Call:
        """Return the request that would update a record, as a dry run shows it."""


class Link(Protocol):
    """A link that is open. Close it when it is not needed any more, or use it in :func:`contextlib.closing`."""

    def reading(self, resource: str, *, since: str = "") -> RecordReading:
        """Begin to read a resource: all of it, or what changed since the cursor of a reading before.

        Raises:
            Refused: there is no such resource, or the system does not give all of it.
        """

    def writer(self, resource: str, *, look_up: LookUp | None = None) -> RecordWriter:
        """Return what writes a resource; ``look_up`` is how records are looked for, where it is not the usual way.

        Raises:
            Refused: there is no such resource, or nothing can be written to it.
        """

    def kinds(self) -> Mapping[KindName, KindMapping]:
        """Return how its records become those of flows, and back.

        Raises:
            LinkError, ConnectionFailed, StopRequested: the system is asked for that, and does not say it.
        """

    def witness(self, told: Witness | None) -> None:
        """Let somebody be told of every request and what became of it, until it is None again."""

    def checks(self) -> Sequence[Check]:
        """Return what shows that the link works, in order; none of it changes anything."""

    def offers(self) -> Mapping[str, Sequence[tuple[str, str]]]:
        """Return for fields of the link the values that the system itself lists, each with its title.

        Raises:
            LinkError, ConnectionFailed, StopRequested: the system does not say it.
        """

    def members(self, resource: str) -> Mapping[str, Sequence[tuple[str, str]]]:
        """Return the fields of a resource that the system itself tells, each with the values that it lists for it.

        Raises:
            LinkError, ConnectionFailed, StopRequested: the system does not say it.
            Refused: there is no such resource.
        """

    def row(self, resource: str, key: str, request: Request | None) -> dict[str, Any] | None:
        """Return one row of a resource by its key; None where it is gone.

        ``request`` is how a definition reads one; a system that needs none has a way of its own.

        Raises:
            CannotTell: rows are not read one by one here.
            LinkError, ConnectionFailed, StopRequested: it cannot be read.
        """

    def close(self) -> None:
        """Close all connections."""


class LinkConnector(Protocol):
    """One kind of system."""

    @property
    def title(self) -> str:
        """What messages call it."""

    @property
    def description(self) -> str:
        """What it is for."""

    @property
    def address(self) -> str:
        """Where the system is asked; fields of a link may stand in it."""

    @property
    def inferred(self) -> Sequence[str]:
        """What no source states of the system."""

    @property
    def signs_in(self) -> bool:
        """Whether a person must sign in with a browser once."""

    @property
    def digest(self) -> str:
        """Of all in its definition that a test of a link proves: another digest asks for another test."""

    @property
    def known_fields(self) -> Sequence[LinkField] | None:
        """What a link must tell, as far as it is known without asking the system; None where it is not."""

    @property
    def resources(self) -> Mapping[str, Sequence[str]]:
        """The kinds of record by name, each with those of its fields that are known without asking the system."""

    @property
    def listed_field(self) -> str:
        """The field whose values a link lists itself once it knows the others, such as the company; or empty."""

    def fields(self, surroundings: Surroundings) -> Sequence[LinkField]:
        """Return what a link must tell; some systems are asked for that.

        Raises:
            LinkError, ConnectionFailed, StopRequested: the system does not say it.
        """

    def open(
        self, values: Mapping[str, LinkValue], surroundings: Surroundings, *, name: str, tokens: TokenStore
    ) -> Link:
        """Open a link with the values of its fields; ``name`` is that of the link.

        Raises:
            Refused: it cannot be opened with these.
        """

    def let_go(self, surroundings: Surroundings, *, tokens: Tokens) -> None:
        """Let the system forget a link that is deleted, where it keeps something of it; ``tokens`` were those of it.

        Raises:
            LinkError, ConnectionFailed, StopRequested: it does not.
        """
