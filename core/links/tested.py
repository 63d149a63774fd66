"""Which links were tested, with which values: a link is used only as it was when its test succeeded (LK3).

The marks are kept in the vault. A fingerprint is made of secrets too, and must not be where somebody could try out
passwords against it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from core.config.secrets import SecretRef

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.config.links import FieldValue
    from core.config.secrets import SecretReader
    from core.config.vault import Vault
    from core.links.connectors import LinkConnector


@dataclass(frozen=True, slots=True)
class GoodTest:
    """The last test of a link that succeeded."""

    fingerprint: str
    at: datetime


def fingerprint(connector: LinkConnector, given: Mapping[str, FieldValue], secrets: SecretReader) -> str:
    """Return what tells one set of values of a link from another; of its secrets too, so that a new one counts.

    Raises:
        ConfigError: a secret is not where the configuration says.
    """
    values = {name: secrets.line(value) if isinstance(value, SecretRef) else value for name, value in given.items()}
    told = json.dumps([connector.digest, values], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()


class GoodTests:
    """The good tests of all links."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def last(self, link: str) -> GoodTest | None:
        """Return the last good test of a link; None where there was none.

        Raises:
            ConfigError: the vault cannot be opened.
        """
        if _name(link) not in self._vault.names():
            return None
        kept = json.loads(self._vault.get(_name(link)))
        return GoodTest(kept["fingerprint"], datetime.fromisoformat(kept["at"]))

    def forget(self, link: str) -> None:
        """Forget the test of a link that is no more.

        Raises:
            ConfigError: the vault cannot be opened or written.
        """
        if _name(link) in self._vault.names():
            self._vault.delete(_name(link))

    def keep(self, link: str, found: str, now: float) -> None:
        """Remember that a link was tested well, with values of this fingerprint.

        Raises:
            ConfigError: the vault cannot be opened or written.
        """
        at = datetime.fromtimestamp(now, UTC)
        self._vault.set(_name(link), json.dumps({"fingerprint": found, "at": at.isoformat()}))


def _name(link: str) -> str:
    return f"link-test.{link}"
