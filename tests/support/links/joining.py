"""How a configuration joins the systems that Pendel brings definitions of: a row each."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from support.links import accountview, buchhaltungsbutler, exact_globe, exact_online, superoffice, tokens
from support.links.accountview import AccountView
from support.links.buchhaltungsbutler import BuchhaltungsButler
from support.links.exact_globe import ExactGlobe
from support.links.exact_online import ExactOnline
from support.links.opening import ADDRESSES, REDIRECT
from support.links.superoffice import SuperOffice
from support.links.sync_erp import PASSWORD, SyncErp

from core.links.connectors import SUPEROFFICE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from support.links.rest_server import RestServer


@dataclass(frozen=True)
class Joining:
    """How a configuration joins a system."""

    connector: str
    """The definition that Pendel brings along."""
    name: str
    """What tests call the link."""
    fields: Mapping[str, str]
    """Of the link; ``{url}`` is where the server is."""
    secrets: Mapping[str, str] = field(default_factory=dict)
    """Fields that lie in the vault."""
    lifetime: float = 0
    """Of an access token, where it gives some."""

    def tables(self, url: str, name: str, more: str, *, own: bool) -> str:
        """Return a link of this name as TOML; ``more`` is added to its table.

        ``own``: its connector is a file, with the address in it. Otherwise it is what Pendel brings along, but for
        where paths begin.
        """
        moved = self.connector in ADDRESSES
        paths = ADDRESSES.get(self.connector, ("", ("",)))[1]
        connector = f'file = "{name}.toml"' if own else f'definition = "{self.connector}"\nbase_url = "{url}{paths[0]}"'
        told = {key: json.dumps(value.replace("{url}", url)) for key, value in self.fields.items()}
        told |= {key: f'{{ secret = "{self.secret(name, key)}" }}' for key in self.secrets}
        return "\n".join(
            [
                *([f"[connectors.{name}]\n{connector}"] if moved else []),
                f"[links.{name}]",
                f'connector = "{name if moved else self.connector}"',
                f"active = true\n{more}\n[links.{name}.fields]",
                *(f"{key} = {value}" for key, value in told.items()),
            ]
        )

    @staticmethod
    def secret(name: str, key: str) -> str:
        """Return what the vault calls a secret of a link."""
        return f"{name}-{key.replace('_', '-').lower()}"


_CLIENT = {"client_id": tokens.CLIENT_ID, "redirect_uri": REDIRECT}
_SECRET = {"client_secret": tokens.CLIENT_SECRET}

JOININGS: Mapping[type[RestServer], Joining] = {
    ExactOnline: Joining(
        "exact-online",
        "exact",
        {"site": "start.exactonline.nl", "division": exact_online.DIVISION, **_CLIENT},
        _SECRET,
        exact_online.TOKEN_SECONDS,
    ),
    ExactGlobe: Joining(
        "exact-globe",
        "globe",
        {
            "address": f"{{url}}{exact_globe.ROOT}",
            "server": exact_globe.SERVER,
            "database": exact_globe.DATABASE,
            "sign_in": "basic",
            "username": f"{exact_globe.DOMAIN}\\{exact_globe.USER}",
        },
        {"password": exact_globe.PASSWORD},
    ),
    BuchhaltungsButler: Joining(
        "buchhaltungsbutler",
        "butler",
        {"address": "{url}/api/v1", "client": buchhaltungsbutler.CLIENT},
        {"secret": buchhaltungsbutler.SECRET, "api_key": buchhaltungsbutler.API_KEY},
    ),
    AccountView: Joining("accountview", "accountview", {"company": accountview.COMPANY, **_CLIENT}, _SECRET, 3600),
    SuperOffice: Joining("superoffice", "superoffice", {"customer": superoffice.CUSTOMER, **_CLIENT}, _SECRET, 3600),
    SyncErp: Joining(SUPEROFFICE, "erp", {"style": "wrapped"}, {"Password": PASSWORD}),
}
