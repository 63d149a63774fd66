"""The system user of SuperOffice CRM Online: a signed token becomes a ticket, with which its REST services are asked.

``POST https://{environment}.superoffice.com/Login/api/PartnerSystemUser/Authenticate`` takes what
:func:`authentication_request` returns, and answers with a JWT that has the ticket in it. Requests then go along with
``Authorization: SOTicket <ticket>`` and ``SO-AppToken: <secret>``. A ticket is good for six hours after its last use.
(SuperOffice, "System user flow".)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from core.links.faults import CallFailed
from core.links.superoffice.signing import claims_of, signed
from core.text import clean

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

PATH: Final = "/Login/api/PartnerSystemUser/Authenticate"
TICKET_SECONDS: Final = 6 * 3600
_CLAIMS = "http://schemes.superoffice.net/identity/"


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a system user may ask the services with."""

    ticket: str
    context: str
    """The tenant, such as ``Cust12345``."""

    def headers(self, application_token: str) -> Mapping[str, str]:
        """Return what goes along with every request."""
        return {"Authorization": f"SOTicket {self.ticket}", "SO-AppToken": application_token}


def authentication_request(
    *, system_token: str, application_token: str, context: str, key: RSAPrivateKey, at: dt.datetime
) -> dict[str, str]:
    """Return the JSON body of the request for a ticket.

    ``system_token`` is that of the tenant for this application, ``application_token`` the secret of the application.
    """
    return {
        "SignedSystemToken": signed(system_token, key, at),
        "ApplicationToken": application_token,
        "ContextIdentifier": context,
        "ReturnTokenType": "Jwt",
    }


def ticket_of(reply: Any, superoffice: RSAPublicKey) -> Ticket:
    """Return the ticket in the reply, once the token that holds it was found to be one of SuperOffice.

    Raises:
        CallFailed: the reply is a refusal, or not what it should be; nothing of a token stands in the message.
    """
    reply = reply if isinstance(reply, dict) else {}
    if reply.get("IsSuccessful") is not True:
        said = clean(str(reply.get("ErrorMessage") or ""), limit=300)
        raise CallFailed(
            f"SuperOffice gives the system user no ticket{': ' + said if said else ''}"
            + ("" if said.endswith((".", "!", "?")) else "."),
            kind="sign_in",
            advice="Check the application's secret and key, the tenant, and its system user token.",
        )
    try:
        claims = claims_of(str(reply.get("Token") or ""), superoffice)
    except ValueError as error:
        raise CallFailed(
            f"The ticket of SuperOffice cannot be used: {error}.",
            kind="sign_in",
            advice="Check the certificate of SuperOffice in the settings of the link, and the clock of this machine.",
        ) from None
    ticket = claims.get(f"{_CLAIMS}ticket")
    if not isinstance(ticket, str) or not ticket:
        raise CallFailed(
            "SuperOffice answers without a ticket.",
            kind="sign_in",
            advice="Check that the application has a system user at this tenant.",
        )
    return Ticket(ticket, str(claims.get(f"{_CLAIMS}ctx") or ""))
