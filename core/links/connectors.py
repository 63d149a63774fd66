"""Connectors as links use them: the ones of the configuration, and those that Pendel brings along.

Most are declared in TOML. One that is written in Python, because no declaration can say it, has the same two sides: it
says what a link must tell, and opens a link.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from core.config.model import placed
from core.errors import Refused
from core.links.connection import Connection
from core.links.counts import CountFile
from core.links.decoding import decode
from core.links.faults import CallFailed, CannotTell
from core.links.judging import rows_in
from core.links.lines import LineReader
from core.links.loading import load_connector, ready
from core.links.model.auth import ChosenAuth, CodeOAuth2
from core.links.reading import Reading
from core.links.ready import ready_names
from core.links.tenants import tenants_of
from core.links.writing import Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from core.config.flow_kinds import KindName
    from core.config.links import ConnectorSettings
    from core.config.model import Config
    from core.config.secrets import SecretReader
    from core.links.clock import Clock
    from core.links.connection import Call, Reply
    from core.links.fields import LinkValue
    from core.links.model.connector import Connector, LinkField
    from core.links.model.kinds import KindMapping
    from core.links.model.requests import Request
    from core.links.model.resources import Resource
    from core.links.model.writes import LookUp
    from core.links.paging import Rows
    from core.links.tokens import Tokens, TokenStore
    from core.links.writing import Written
    from core.redaction import Redactor
    from core.stop import StopToken

    Witness = Callable[[Call, Reply | CallFailed], None]

SUPEROFFICE = "superoffice-sync"
"""The one that is written in Python: an ERP Sync Connector of SuperOffice, at the address that a table says."""


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
    def updates(self) -> bool:
        """Whether a record that is there can be updated."""

    def shows_at_once(self, record: Mapping[str, Any]) -> bool:
        """Whether a look-up finds a record that was created a moment ago, which has what it is looked for by."""

    def can_be_found(self, record: Mapping[str, Any]) -> bool:
        """Whether a record has what it would be looked for by."""

    def find(self, record: Mapping[str, Any]) -> str | None:
        """Return the id of a record that is there already; None where there is none."""

    def create(self, record: Mapping[str, Any], *, update: bool = False, looked_for: bool = False) -> Written:
        """Create a record, or return the one that is there already, updated where ``update`` says so.

        ``looked_for``: who calls has just done that, and found none.
        """

    def update(self, key: str, record: Mapping[str, Any]) -> Written:
        """Update a record by its id."""

    def request_for(self, record: Mapping[str, Any]) -> Call:
        """Return the request that would create a record, as a dry run shows it."""

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


class DeclaredLink:
    """A link of a connector that is declared in TOML."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        """For who sends requests of his own."""

    def reading(self, resource: str, *, since: str = "") -> Reading:
        """Begin to read a resource (:class:`Link`)."""
        return Reading(self.connection, resource, since=since)

    def writer(self, resource: str, *, look_up: LookUp | None = None) -> Writer:
        """Return what writes a resource (:class:`Link`)."""
        return Writer(self.connection, resource, look_up=look_up)

    def kinds(self) -> Mapping[KindName, KindMapping]:
        """Return the kinds of the definition (:class:`Link`)."""
        return self.connection.connector.kinds

    def witness(self, told: Witness | None) -> None:
        """Let somebody be told of every request (:class:`Link`)."""
        self.connection.witness = told

    def checks(self) -> Sequence[Check]:
        """Return the getting of a token, where there are some, and the test request of the definition."""
        token = [Check("token", self._token)] if self.connection.signs_in else []
        return [*token, Check("test request", self._test_request)]

    def _token(self) -> str:
        self.connection.keeper.access()
        return f"{self.connection.connector.name} gave one."

    def _test_request(self) -> str:
        self.connection.test()
        return f"{self.connection.host} answered it."

    def offers(self) -> Mapping[str, Sequence[tuple[str, str]]]:
        """Return the companies behind the login, where the definition says how to list them (:class:`Link`)."""
        tenants = self.connection.connector.tenants
        return {} if tenants is None else {tenants.field: tenants_of(self.connection, tenants)}

    def members(self, resource: str) -> Mapping[str, Sequence[tuple[str, str]]]:  # noqa: ARG002 - nobody is asked
        """Return nothing: what is known of its fields, the definition says (:class:`Link`)."""
        return {}

    def row(self, resource: str, key: str, request: Request | None) -> dict[str, Any] | None:
        """Return one row of a resource, by the request of the definition (:class:`Link`)."""
        if request is None:
            raise CannotTell
        connection = self.connection
        declared = connection.connector.resources[resource]
        call = connection.prepared(request, more={"key": key, "id": key}, repeatable=True)
        if not call.path or call.path.startswith("("):
            own = connection.prepared(declared, repeatable=True)
            call = replace(call, path=own.path + call.path, group=declared.path, query={**own.query, **call.query})
        try:
            document = connection.call(call).document
        except CallFailed as error:
            if error.kind == "gone":
                return None
            raise
        page = rows_in(document, declared.rows or connection.connector.reply.rows, host=connection.host)[:1]
        decode(page, declared.fields, resource)
        if declared.lines is not None and declared.lines.read is not None:
            lines = LineReader(connection, declared, declared.lines, resource)
            lines.beside(document, page)
            lines.add(page)
        return page[0] if page else None

    def close(self) -> None:
        """Close all connections."""
        self.connection.close()


class DeclaredConnector:
    """A connector that is declared in TOML."""

    def __init__(self, definition: Connector) -> None:
        self.definition = definition

    @property
    def title(self) -> str:
        """What messages call it."""
        return self.definition.name

    @property
    def description(self) -> str:
        """What it is for."""
        return self.definition.description

    @property
    def address(self) -> str:
        """Where all paths begin."""
        return self.definition.base_url

    @property
    def inferred(self) -> Sequence[str]:
        """What no source states of the system."""
        return self.definition.inferred

    @property
    def signs_in(self) -> bool:
        """Whether a person must sign in with a browser once."""
        auth = self.definition.auth
        ways = auth.ways.values() if isinstance(auth, ChosenAuth) else [auth]
        return any(isinstance(way, CodeOAuth2) for way in ways)

    @property
    def digest(self) -> str:
        """Of how it is asked and who asks; not of its resources, which a test does not look at."""
        parts = self.definition.model_dump(mode="json", include={"base_url", "host", "fields", "auth", "every", "test"})
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    @property
    def known_fields(self) -> Sequence[LinkField]:
        """What a link must tell."""
        return self.definition.fields

    @property
    def resources(self) -> Mapping[str, Sequence[str]]:
        """The resources of the definition, with the fields that it says something of."""
        return {name: _fields_of(resource) for name, resource in self.definition.resources.items()}

    @property
    def listed_field(self) -> str:
        """The field that the choice of a tenant goes into."""
        return self.definition.tenants.field if self.definition.tenants else ""

    def fields(self, surroundings: Surroundings) -> Sequence[LinkField]:  # noqa: ARG002 - a definition says it itself
        """Return what a link must tell."""
        return self.definition.fields

    def open(
        self,
        values: Mapping[str, LinkValue],
        surroundings: Surroundings,
        *,
        name: str,
        tokens: TokenStore,
    ) -> DeclaredLink:
        """Open a link (:class:`LinkConnector`)."""
        # Where the process was started says nothing: files are beside the configuration, as everywhere in it.
        base = surroundings.config.base_dir
        paths = {each.name for each in self.definition.fields if each.type == "path" and values.get(each.name)}
        connection = Connection(
            self.definition,
            {**values, **{name: str(placed(base, str(values[name]))) for name in paths}},
            tokens=tokens,
            clock=surroundings.clock,
            redactor=surroundings.redactor,
            stop=surroundings.stop,
            counts=CountFile(surroundings.config.data_dir, name),
        )
        return DeclaredLink(connection)

    def let_go(self, surroundings: Surroundings, *, tokens: Tokens) -> None:
        """Nothing is kept of a link beyond its tokens, which end by themselves (:class:`LinkConnector`)."""


def connector_named(name: str, config: Config) -> LinkConnector:
    """Return the connector that a link means by a name: of the configuration, or one that Pendel brings along.

    Raises:
        Refused: there is none of this name, or it needs an address.
        ConfigError: its definition cannot be used.
    """
    settings = config.connectors.get(name)
    return _ready(name) if settings is None else connector_of(settings, config)


def connector_of(settings: ConnectorSettings, config: Config) -> LinkConnector:
    """Return the connector that settings declare, which need not be those of the configuration.

    Raises:
        Refused, ConfigError: as :func:`connector_named`.
    """
    if settings.file is not None:
        return DeclaredConnector(_at(load_connector(placed(config.base_dir, settings.file)), settings.base_url))
    return _ready(settings.definition or "", settings.base_url)


def definition_names() -> list[str]:
    """Return the names of all that Pendel brings along, those that need an address before a link can use them too."""
    return sorted([*ready_names(), SUPEROFFICE])


def described(name: str) -> tuple[LinkConnector, bool]:
    """Return one that Pendel brings along, to be told of, and whether it can only be used once it has an address.

    Raises:
        Refused: there is none of this name.
    """
    return _brought_along(name), name == SUPEROFFICE


def _fields_of(resource: Resource) -> list[str]:
    create = resource.write.create if resource.write else None
    return list(dict.fromkeys([*resource.fields, *(create.required if create else ())]))


def _ready(name: str, base_url: str | None = None) -> LinkConnector:
    if name == SUPEROFFICE and not base_url:
        raise Refused(
            f"{SUPEROFFICE} needs the address of the connector.",
            advice=f'Write a table under [connectors] with definition = "{SUPEROFFICE}" and base_url.',
        )
    return _brought_along(name, base_url)


def _brought_along(name: str, base_url: str | None = None) -> LinkConnector:
    if name == SUPEROFFICE:
        from core.links.superoffice.connector import SyncConnector

        return SyncConnector(base_url or "")
    return DeclaredConnector(_at(ready(name), base_url))


def _at(definition: Connector, base_url: str | None) -> Connector:
    return definition.model_copy(update={"base_url": base_url}) if base_url else definition
