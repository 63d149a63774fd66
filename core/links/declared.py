"""Connectors that are declared in TOML, and their links."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from core.config.model import placed
from core.links.connection import Connection
from core.links.contract import Check
from core.links.counts import CountFile
from core.links.decoding import decode
from core.links.faults import CallFailed, CannotTell
from core.links.judging import rows_in
from core.links.lines import LineReader
from core.links.model.auth import ChosenAuth, CodeOAuth2
from core.links.reading import Reading
from core.links.tenants import tenants_of
from core.links.traces import trace_file
from core.links.writing import Writer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from core.config.flow_kinds import KindName
    from core.links.contract import Surroundings, Witness
    from core.links.fields import LinkValue
    from core.links.model.connector import Connector, LinkField
    from core.links.model.kinds import KindMapping
    from core.links.model.requests import Request
    from core.links.model.resources import Resource
    from core.links.model.writes import LookUp
    from core.links.tokens import Tokens, TokenStore


class DeclaredLink:
    """A link of a connector that is declared in TOML."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        """For who sends requests of his own."""

    def reading(self, resource: str, *, since: str = "") -> Reading:
        """Begin to read a resource (:class:`core.links.contract.Link`)."""
        return Reading(self.connection, resource, since=since)

    def writer(self, resource: str, *, look_up: LookUp | None = None) -> Writer:
        """Return what writes a resource (:class:`core.links.contract.Link`)."""
        return Writer(self.connection, resource, look_up=look_up)

    def kinds(self) -> Mapping[KindName, KindMapping]:
        """Return the kinds of the definition (:class:`core.links.contract.Link`)."""
        return self.connection.connector.kinds

    def witness(self, told: Witness | None) -> None:
        """Let somebody be told of every request (:class:`core.links.contract.Link`)."""
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
        """Return the companies behind the login, where the definition says how to list them."""
        tenants = self.connection.connector.tenants
        return {} if tenants is None else {tenants.field: tenants_of(self.connection, tenants)}

    def members(self, resource: str) -> Mapping[str, Sequence[tuple[str, str]]]:  # noqa: ARG002 - nobody is asked
        """Return nothing: what is known of its fields, the definition says (:class:`core.links.contract.Link`)."""
        return {}

    def row(self, resource: str, key: str, request: Request | None) -> dict[str, Any] | None:
        """Return one row of a resource, by the request of the definition (:class:`core.links.contract.Link`)."""
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
        """Open a link (:class:`core.links.contract.LinkConnector`)."""
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
            traces=trace_file(surroundings.config.data_dir, name),
        )
        return DeclaredLink(connection)

    def let_go(self, surroundings: Surroundings, *, tokens: Tokens) -> None:
        """Nothing is kept of a link beyond its tokens, which end by themselves."""


def _fields_of(resource: Resource) -> list[str]:
    create = resource.write.create if resource.write else None
    return list(dict.fromkeys([*resource.fields, *(create.required if create else ())]))
