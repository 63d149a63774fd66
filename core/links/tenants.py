"""The companies behind one login, for who sets up a link to choose from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import Refused
from core.links.judging import MISSING, member, rows_in
from core.links.values import plain

if TYPE_CHECKING:
    from core.links.connection import Connection


@dataclass(frozen=True, slots=True)
class Tenant:
    """One of them."""

    id: str
    """The value of the field of the link."""
    name: str


def tenants(connection: Connection) -> list[Tenant]:
    """Return those that the login may use; the field that the choice goes into may be empty yet.

    Raises:
        Refused: the connector declares none.
        CallFailed, ConnectionFailed, StopRequested: as :meth:`core.links.connection.Connection.call`.
    """
    declared = connection.connector.tenants
    if declared is None:
        raise Refused(f"{connection.connector.name} has no list of companies.")
    reply = connection.call(connection.prepared(declared, repeatable=True))
    rows = rows_in(reply.document, declared.rows or connection.connector.reply.rows, host=connection.host)
    found = []
    for row in rows:
        key, name = member(row, declared.id), member(row, declared.name) if declared.name else MISSING
        if key not in (MISSING, None):
            found.append(Tenant(plain(key), "" if name in (MISSING, None) else plain(name)))
    return found
