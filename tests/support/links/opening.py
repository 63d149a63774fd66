"""Links to the contract servers, opened with the definitions that Pendel brings along."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any

from support.links.buchhaltungsbutler import API_KEY, CLIENT, SECRET
from support.links.exact_online import CLIENT_ID, CLIENT_SECRET, DIVISION

from core.config.vault import Vault
from core.links.connection import Connection
from core.links.loading import checked, ready
from core.links.tokens import Tokens, VaultTokens
from core.redaction import Redactor
from core.stop import StopToken

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from support.links.buchhaltungsbutler import BuchhaltungsButler
    from support.links.exact_online import ExactOnline
    from support.links.rest_server import FakeClock

    from core.links.fields import LinkValue
    from core.links.model.connector import Connector

REDIRECT = "https://127.0.0.1:9/back"


def kept_in(directory: Path) -> VaultTokens:
    return VaultTokens(Vault(directory), "exact", lock_dir=directory)


def exact_definition(url: str) -> Connector:
    """The definition that Pendel brings along, with the address of a server on loopback in place of the vendor's."""
    text = (files("core.links.ready") / "exact-online.toml").read_text(encoding="utf-8")
    text = text.replace('"https://{site}/api/v1"', f'"{url}/api/v1"')
    return checked(text.replace('"https://{site}/api/oauth2/token"', f'"{url}/api/oauth2/token"'), "exact-online.toml")


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
    return opened(exact_definition(site.url), exact_values() | (values or {}), tokens, site.clock, **more)


def open_bb(site: BuchhaltungsButler, directory: Path, *, values: dict[str, str] | None = None) -> Connection:
    """Open a link to BuchhaltungsButler; ``values`` in place of those that are right."""
    right = {"address": f"{site.url}/api/v1", "client": CLIENT, "secret": SECRET, "api_key": API_KEY}
    return opened(ready("buchhaltungsbutler"), right | (values or {}), kept_in(directory), site.clock)


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
