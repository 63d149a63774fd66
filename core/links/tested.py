"""Which links were tested, with which values: a link is used only as it was when its test succeeded (LK3).

The marks are kept in the vault. A fingerprint is made of secrets too, and must not be where somebody could try out
passwords against it.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from core.config.secrets import SecretRef
from core.links.tokens import token_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.config.links import FieldValue
    from core.config.secrets import SecretReader
    from core.config.vault import Vault
    from core.links.contract import LinkConnector

_KEPT = 8
"""Of one link: values that are tried in a form and not saved take nothing from those that are in use."""


def fingerprint(connector: LinkConnector, given: Mapping[str, FieldValue], secrets: SecretReader) -> str:
    """Return what tells one set of values of a link from another; of its secrets too, so that a new one counts.

    Raises:
        ConfigError: a secret is not where the configuration says.
    """
    values = {name: secrets.line(value) if isinstance(value, SecretRef) else value for name, value in given.items()}
    told = json.dumps([connector.digest, values], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()


class GoodTests:
    """The latest tests of all links that succeeded, by the fingerprint of the values."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def of(self, link: str) -> Mapping[str, datetime]:
        """Return when a link was tested well, by fingerprint.

        Raises:
            ConfigError: the vault cannot be opened.
        """
        if _name(link) not in self._vault.names():
            return {}
        kept: dict[str, str] = json.loads(self._vault.get(_name(link)))
        return {found: datetime.fromisoformat(at) for found, at in kept.items()}

    def keep(self, link: str, found: str, now: float) -> None:
        """Remember that a link was tested well, with values of this fingerprint.

        Raises:
            ConfigError: the vault cannot be opened or written.
        """
        tests = {**self.of(link), found: datetime.fromtimestamp(now, UTC)}
        latest = sorted(tests.items(), key=lambda test: test[1])[-_KEPT:]
        self._vault.set(_name(link), json.dumps({each: at.isoformat() for each, at in latest}))

    def rename(self, link: str, new: str) -> None:
        """Let the tests of a link go with its new name; with an empty one, forget them.

        Raises:
            ConfigError: the vault cannot be opened or written.
        """
        move(self._vault, _name(link), _name(new) if new else "")


def move(vault: Vault, name: str, new: str) -> None:
    """Give what Pendel itself keeps in the vault another name, or take it out where the new one is empty.

    Raises:
        ConfigError: the vault cannot be opened or written.
    """
    if name in vault.names():
        if new:
            vault.set(new, vault.get(name))
        vault.delete(name)


def is_own(name: str) -> bool:
    """Whether a name of the vault is one of what Pendel itself keeps there, and no secret of the operator's."""
    return name.startswith((_name(""), token_name("")))


def _name(link: str) -> str:
    return f"link-test.{link}"
