"""An ERP Sync Connector as a connector of links: nothing is known of it but its address, all else it says itself.

In the configuration it is ``definition = "superoffice-sync"`` with the address of the connector as ``base_url``.
"""

from __future__ import annotations

import hashlib
import uuid
from typing import TYPE_CHECKING, Final, cast

from core.links.connectors import SUPEROFFICE
from core.links.model.connector import LinkField
from core.links.superoffice.client import Client
from core.links.superoffice.configuration import connection_info, link_fields
from core.links.superoffice.contract import ACTOR_TYPES, EMPTY_GUID
from core.links.superoffice.link import Link
from core.links.tokens import Tokens

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from core.links.contract import Surroundings
    from core.links.fields import LinkValue
    from core.links.superoffice.messages import Style
    from core.links.tokens import TokenStore

STYLE: Final = "style"
"""The one field of a link that is ours and not the connector's."""

_STYLE = LinkField.model_construct(
    name=STYLE,
    title="How messages are wrapped",
    help="auto: as the connector's own description (?wsdl) says, or wrapped where it has none.",
    type="choice",
    choices=["auto", "wrapped", "bare"],
    default="auto",
    optional=True,
)


class SyncConnector:
    """The connector at one address (:class:`core.links.contract.LinkConnector`)."""

    title = "SuperOffice ERP Sync Connector"
    description = "An ERP through the connector that it has for SuperOffice: customers, suppliers, persons, projects."
    inferred = (
        "How the bodies of messages are wrapped is not public: the description of the connector is followed, if any.",
        "The SOAPAction headers, where the connector does not describe them.",
    )
    signs_in = False
    known_fields = None
    listed_field = ""

    def __init__(self, address: str) -> None:
        """Take a connector at an address; nothing is asked."""
        self.address = address

    @property
    def digest(self) -> str:
        """Of the address: it is all that a definition has."""
        return hashlib.sha256(f"{SUPEROFFICE} {self.address}".encode()).hexdigest()

    @property
    def resources(self) -> Mapping[str, Sequence[str]]:
        """The actor types; which of them the connector has, and their fields, it says when it is asked."""
        return dict.fromkeys(ACTOR_TYPES, ())

    def fields(self, surroundings: Surroundings) -> Sequence[LinkField]:
        """Ask the connector what a link must tell."""
        with self._client({}, surroundings, connection=EMPTY_GUID, style="auto") as client:
            return [*link_fields(client), _STYLE]

    def open(
        self,
        values: Mapping[str, LinkValue],
        surroundings: Surroundings,
        *,
        name: str,  # noqa: ARG002 - what is kept for it is in its tokens
        tokens: TokenStore,
    ) -> Link:
        """Open a link; the connector knows it by a GUID that it gets once, and keeps."""
        with tokens.locked():
            kept = tokens.read()
            if not kept.access:
                # Whoever knows it may ask the connector: it is kept where secrets are.
                kept = Tokens(access=str(uuid.uuid4()), obtained_at=surroundings.clock.now())
                tokens.write(kept)
        surroundings.redactor.add(kept.access)
        told = dict(values)
        style = str(told.pop(STYLE, "") or "auto")
        return Link(self._client(told, surroundings, connection=kept.access, style=style))

    def let_go(self, surroundings: Surroundings, *, tokens: Tokens) -> None:
        """Let the connector forget the connection, and what it was told of it; nothing of the ERP is deleted."""
        if tokens.access:
            surroundings.redactor.add(tokens.access)
            with self._client({}, surroundings, connection=tokens.access, style="auto") as client:
                client.ask("WSDeleteConnection")

    def _client(
        self, values: Mapping[str, LinkValue], surroundings: Surroundings, *, connection: str, style: str
    ) -> Client:
        return Client(
            self.address,
            connection=connection,
            info=connection_info(values),
            clock=surroundings.clock,
            redactor=surroundings.redactor,
            stop=surroundings.stop,
            style=cast("Style", style),
        )
