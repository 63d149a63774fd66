"""The companies behind a login: which there are, so that one can be chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.links.judging import MISSING, member, rows_in
from core.links.values import plain
from core.text import clean

if TYPE_CHECKING:
    from core.links.connection import Connection
    from core.links.model.connector import Tenants


def tenants_of(connection: Connection, tenants: Tenants) -> list[tuple[str, str]]:
    """Return the id and the name of each company that the login of a link may use.

    Raises:
        CallFailed, ConnectionFailed, StopRequested: as :meth:`core.links.connection.Connection.call`.
    """
    reply = connection.call(connection.prepared(tenants, repeatable=True))
    rows = rows_in(reply.document, tenants.rows or connection.connector.reply.rows, host=connection.host)
    found = []
    for row in rows:
        key = member(row, tenants.id)
        if key is MISSING or key is None:
            continue
        name = member(row, tenants.name) if tenants.name else MISSING
        found.append((plain(key), clean(plain(name), limit=100) if name not in (MISSING, None) else plain(key)))
    return found
