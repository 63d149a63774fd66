"""The ticket of a system user: asked for when it is needed, and used as long as it is good."""

from __future__ import annotations

import datetime as dt
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import Refused
from core.links.model.templates import filled
from core.links.superoffice.signing import private_key, public_key
from core.links.superoffice.system_user import TICKET_SECONDS, authentication_request, ticket_of
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from core.links.clock import Clock
    from core.links.model.auth import SystemUserAuth

_MARGIN_SECONDS = 60


class TicketKeeper:
    """Has a ticket whenever one is needed. Any number of threads may ask; one of them gets it."""

    def __init__(
        self,
        auth: SystemUserAuth,
        values: Mapping[str, Any],
        *,
        clock: Clock,
        post: Callable[[str, Mapping[str, str]], Any],
        learn: Callable[[str], None],
    ) -> None:
        """``post`` sends a JSON body to an address and returns the document that comes back."""
        self._auth, self._values = auth, values
        self._clock, self._post, self._learn = clock, post, learn
        self._lock = threading.Lock()
        self._ticket = ""
        self._used = 0.0

    def access(self, *, instead_of: str = "") -> str:
        """Return a ticket that is good now; not ``instead_of``, which the system has refused.

        Raises:
            CallFailed: SuperOffice gives none, or one that cannot be trusted.
            ConnectionFailed, StopRequested: as :meth:`core.links.connection.Connection.call`.
            Refused: the key or the certificate in the settings of the link cannot be used.
        """
        with self._lock:
            now = self._clock.now()
            # It is good for six hours after its last use.
            if (
                self._ticket in ("", instead_of)
                or not self._used <= now < self._used + TICKET_SECONDS - _MARGIN_SECONDS
            ):
                self._ticket = self._asked(dt.datetime.fromtimestamp(now, dt.UTC))
            self._used = now
            return self._ticket

    def _asked(self, at: dt.datetime) -> str:
        auth = self._auth
        body = authentication_request(
            system_token=self._of(auth.system_token),
            application_token=self._of(auth.application_token),
            context=self._of(auth.context),
            key=private_key(self._of(auth.private_key)),
            at=at,
        )
        trusted = public_key(_content(Path(self._of(auth.certificate))))
        ticket = ticket_of(self._post(self._of(auth.url), body), trusted).ticket
        self._learn(ticket)
        return ticket

    def _of(self, template: str) -> str:
        return filled(template, self._values)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Refused(
            f"The certificate of SuperOffice in {clean(str(path), limit=200)} cannot be read: "
            f"{(error.strerror or str(error)).lower()}.",
            advice="Store the one that SuperOffice publishes for your environment there.",
        ) from None
