"""A configuration with links to the contract servers, as a run or a desk opens them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.config_texts import HEAD
from support.links.buchhaltungsbutler import API_KEY, CLIENT, SECRET
from support.links.exact_online import CLIENT_ID, CLIENT_SECRET, DIVISION
from support.links.opening import REDIRECT, toml_of

from core.config.load import load
from core.config.vault import Vault
from core.links.connectors import connector_named
from core.links.opening import settings_of, surroundings_alone
from core.links.tested import GoodTests, fingerprint

if TYPE_CHECKING:
    from pathlib import Path

    from support.links.buchhaltungsbutler import BuchhaltungsButler
    from support.links.exact_online import ExactOnline
    from support.links.rest_server import FakeClock

    from core.links.clock import Clock
    from core.links.contract import Surroundings


def butler_text(butler: BuchhaltungsButler, *, active: bool = True) -> str:
    """A link ``books`` to BuchhaltungsButler, as TOML; its secrets are ``bb`` and ``bb-key``."""
    return f"""
[links.books]
connector = "buchhaltungsbutler"
active = {"true" if active else "false"}
[links.books.fields]
address = "{butler.url}/api/v1"
client = "{CLIENT}"
secret = {{ secret = "bb" }}
api_key = {{ secret = "bb-key" }}
"""


def exact_text(exact: ExactOnline, directory: Path, *, division: str = DIVISION) -> str:
    """A link ``exact`` to Exact Online, as TOML, with the definition that Pendel brings along."""
    path = directory / "connectors" / "exact.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(toml_of("exact-online", exact.url), encoding="utf-8")
    return f"""
[connectors.own-exact]
file = "connectors/exact.toml"
[links.exact]
connector = "own-exact"
[links.exact.fields]
division = "{division}"
client_id = "{CLIENT_ID}"
client_secret = {{ secret = "exact" }}
redirect_uri = "{REDIRECT}"
"""


class LinkSite:
    """A configuration and its data directory."""

    def __init__(self, directory: Path, clock: FakeClock) -> None:
        self.directory = directory
        self.clock = clock
        self.vault = Vault(directory / "data")
        self.vault.set("bb", SECRET)
        self.vault.set("bb-key", API_KEY)
        self.vault.set("exact", CLIENT_SECRET)

    def write(self, text: str) -> Surroundings:
        """Write the configuration, and return what links are opened with."""
        path = self.directory / "config.toml"
        path.write_text(f'{HEAD}data_dir = "data"\n{text}', encoding="utf-8")
        return surroundings_of(path, self.clock)


def surroundings_of(path: Path, clock: Clock | None = None) -> Surroundings:
    """Return what links of a configuration are opened with."""
    return surroundings_alone(load(path), clock)


def mark_tested(name: str, around: Surroundings) -> None:
    """Take a link as tested with what it has now."""
    settings = settings_of(name, around.config)
    connector = connector_named(settings.connector, around.config)
    found = fingerprint(connector, settings.fields, around.secrets)
    GoodTests(Vault(around.config.data_dir)).keep(name, found, around.clock.now())
