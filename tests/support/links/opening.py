"""Links to the contract servers, opened with the definitions that Pendel brings along."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any

from support.links import exact_globe
from support.links.accountview import COMPANY
from support.links.buchhaltungsbutler import API_KEY, CLIENT, SECRET
from support.links.exact_online import CLIENT_ID, CLIENT_SECRET, DIVISION
from support.links.superoffice import CUSTOMER

from core.config.vault import Vault
from core.links.connection import Connection
from core.links.connectors import SUPEROFFICE
from core.links.loading import checked, ready
from core.links.superoffice.server import PATH
from core.links.tokens import Tokens, VaultTokens
from core.redaction import Redactor
from core.stop import StopToken

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from support.links.accountview import AccountView
    from support.links.buchhaltungsbutler import BuchhaltungsButler
    from support.links.exact_globe import ExactGlobe
    from support.links.exact_online import ExactOnline
    from support.links.rest_server import FakeClock
    from support.links.superoffice import SuperOffice

    from core.links.fields import LinkValue
    from core.links.model.connector import Connector

REDIRECT = "https://127.0.0.1:9/back"


def kept_in(directory: Path) -> VaultTokens:
    return VaultTokens(Vault(directory), "exact", lock_dir=directory)


ADDRESSES = {
    "exact-online": ("https://{site}", ("/api/v1", "/api/oauth2/token")),
    "accountview": ("https://www.accountview.net", ("/api/v3",)),
    "superoffice": ("https://{environment}.superoffice.com", ("",)),
    SUPEROFFICE: ("", (PATH,)),
}
"""Where definitions say that their systems are, as far as a link cannot say it; and the paths that are asked for."""


def toml_of(name: str, url: str) -> str:
    """The text of a definition that Pendel brings along, with a server on loopback in place of the vendor's."""
    text = (files("core.links.ready") / f"{name}.toml").read_text(encoding="utf-8")
    host, paths = ADDRESSES[name]
    for path in paths:
        text = text.replace(f'"{host}{path}', f'"{url}{path}')
    return text


def definition_of(name: str, url: str) -> Connector:
    """That definition."""
    return checked(toml_of(name, url), f"{name}.toml")


def exact_values() -> dict[str, str]:
    return {
        "site": "start.exactonline.nl",
        "division": DIVISION,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "redirect_uri": REDIRECT,
    }


def open_exact(
    site: ExactOnline, directory: Path, *, signed_in: bool = True, values: dict[str, str] | None = None, **more: Any
) -> Connection:
    """Open a link to Exact Online, with tokens as after signing in; ``values`` in place of those that are right."""
    tokens = kept_in(directory)
    if signed_in:
        access, refresh = site.grant()
        now = site.clock.now()
        tokens.write(Tokens(access, refresh, obtained_at=now, expires_at=now + 600))
    return opened(definition_of("exact-online", site.url), exact_values() | (values or {}), tokens, site.clock, **more)


def open_bb(site: BuchhaltungsButler, directory: Path, *, values: dict[str, str] | None = None) -> Connection:
    """Open a link to BuchhaltungsButler; ``values`` in place of those that are right."""
    right = {"address": f"{site.url}/api/v1", "client": CLIENT, "secret": SECRET, "api_key": API_KEY}
    return opened(ready("buchhaltungsbutler"), right | (values or {}), kept_in(directory), site.clock)


def open_accountview(site: AccountView, directory: Path, *, values: dict[str, str] | None = None) -> Connection:
    """Open a link to AccountView, signed in; ``values`` in place of those that are right."""
    tokens, (access, refresh), now = kept_in(directory), site.desk.grant(), site.clock.now()
    tokens.write(Tokens(access, refresh, obtained_at=now, expires_at=now + 3600))
    right = {"company": COMPANY, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "redirect_uri": REDIRECT}
    right |= {"zone": "Europe/Amsterdam"}
    return opened(definition_of("accountview", site.url), right | (values or {}), tokens, site.clock)


def open_superoffice(site: SuperOffice, directory: Path, *, values: dict[str, str] | None = None) -> Connection:
    """Open a link to SuperOffice CRM, signed in; ``values`` in place of those that are right."""
    tokens, (access, refresh), now = kept_in(directory), site.desk.grant(), site.clock.now()
    tokens.write(Tokens(access, refresh, obtained_at=now, expires_at=now + 3600))
    right = {
        "environment": "online",
        "sign_in": "browser",
        "customer": CUSTOMER,
        "application": "Pendel",
        "device": "ERP",
    }
    right |= {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "redirect_uri": REDIRECT}
    return opened(definition_of("superoffice", site.url), right | (values or {}), tokens, site.clock)


def open_globe(
    site: ExactGlobe, directory: Path, *, sign_in: str = "ntlm", values: dict[str, str] | None = None, **more: Any
) -> Connection:
    """Open a link to Exact Globe; ``values`` in place of those that are right."""
    right = {
        "address": f"{site.url}{exact_globe.ROOT}",
        "server": exact_globe.SERVER,
        "database": exact_globe.DATABASE,
        "sign_in": sign_in,
        "username": f"{exact_globe.DOMAIN}\\{exact_globe.USER}",
        "password": exact_globe.PASSWORD,
        "zone": "Europe/Amsterdam",
    }
    return opened(ready("exact-globe"), right | (values or {}), kept_in(directory), site.clock, **more)


def opened(
    connector: Connector,
    values: Mapping[str, LinkValue],
    tokens: VaultTokens,
    clock: FakeClock,
    *,
    redactor: Redactor | None = None,
    timeout: int | None = None,
    stop: StopToken | None = None,
) -> Connection:
    if timeout is not None:
        connector = connector.model_copy(update={"timeout": timeout})
    return Connection(
        connector, values, tokens=tokens, clock=clock, redactor=redactor or Redactor(), stop=stop or StopToken()
    )
