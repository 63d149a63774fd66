"""From the name of a link to the link: everyone who uses one comes through here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.config.vault import Vault
from core.errors import Refused
from core.links.connectors import connector_named
from core.links.contract import Surroundings
from core.links.fields import link_values
from core.links.tested import GoodTests, fingerprint
from core.links.tokens import VaultTokens
from core.text import clean, nearest

if TYPE_CHECKING:
    from core.config.links import LinkSettings
    from core.config.model import Config
    from core.links.clock import Clock
    from core.links.contract import Link, LinkConnector


def surroundings_alone(config: Config, clock: Clock | None = None) -> Surroundings:
    """Return what links need besides their settings, where no engine has it; without a clock, that of the system."""
    from core.config.resolving import SecretResolver
    from core.links.clock import SystemClock
    from core.redaction import Redactor
    from core.stop import StopToken

    redactor, stop = Redactor(), StopToken()
    secrets = SecretResolver(config, Vault(config.data_dir), learn=redactor.add)
    return Surroundings(config=config, secrets=secrets, clock=clock or SystemClock(stop), redactor=redactor, stop=stop)


def open_link(name: str, surroundings: Surroundings, *, inactive_too: bool = False) -> Link:
    """Open a link that was tested with exactly the values that it has now, and is active.

    ``inactive_too`` is for a dry run, with which a link is tried before it is activated.

    Raises:
        Refused: there is no such link, it is not active or not tested, or a value of it is missing.
        ConfigError: its definition cannot be used, or a secret is not where the configuration says.
        LinkError, ConnectionFailed, StopRequested: the system does not say what it needs.
    """
    settings = settings_of(name, surroundings.config)
    if not settings.active and not inactive_too:
        raise Refused(f"The link {name} is not active.", advice=f"Activate it: pendel link activate {name}.")
    connector = connector_named(settings.connector, surroundings.config)
    refuse_untested(name, settings, connector, surroundings)
    return open_untested(name, settings, connector, surroundings)


def refuse_untested(name: str, settings: LinkSettings, connector: LinkConnector, surroundings: Surroundings) -> None:
    """See that a link was tested well with exactly these settings.

    Raises:
        Refused: it was not.
        ConfigError: a secret is not where the configuration says.
    """
    tests = GoodTests(Vault(surroundings.config.data_dir)).of(name)
    if not tests:
        raise Refused(f"The link {name} was never tested.", advice=f"Test it: pendel link test {name}.")
    if fingerprint(connector, settings.fields, surroundings.secrets) not in tests:
        raise Refused(
            f"The link {name} is not what it was when it was tested: its values or its connector were changed since.",
            advice=f"Test it again: pendel link test {name}.",
        )


def open_untested(
    name: str,
    settings: LinkSettings,
    connector: LinkConnector,
    surroundings: Surroundings,
    *,
    may_lack: str = "",
) -> Link:
    """Open a link with settings that need not stand in the file; for its test, and for signing in.

    Raises:
        Refused, ConfigError, LinkError, ConnectionFailed, StopRequested: as :func:`open_link`.
    """
    values = link_values(
        connector.title, connector.fields(surroundings), settings.fields, surroundings.secrets, may_lack=may_lack
    )
    return connector.open(values, surroundings, name=name, tokens=tokens_of(name, surroundings.config))


def settings_of(name: str, config: Config) -> LinkSettings:
    """Return the settings of a link.

    Raises:
        Refused: there is no such link.
    """
    if name not in config.links:
        near = nearest(name, config.links)
        raise Refused(f"There is no link {clean(name, limit=70)!r}.", advice=f"Did you mean {near!r}?" if near else "")
    return config.links[name]


def tokens_of(name: str, config: Config) -> VaultTokens:
    """Return where the tokens of a link are kept."""
    return VaultTokens(Vault(config.data_dir), name, lock_dir=config.data_dir)


def needs_sign_in(name: str, connector: LinkConnector, config: Config) -> bool:
    """Whether somebody must sign in with a browser before a link can be used.

    Raises:
        ConfigError: the vault cannot be opened.
    """
    if not connector.signs_in:
        return False
    tokens = tokens_of(name, config).read()
    return not (tokens.access or tokens.refresh)
