"""Signing in to a system with a browser, once for a link: the address to open, and the one that it leads back to."""

from __future__ import annotations

from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from core.errors import Refused
from core.links.connectors import connector_named
from core.links.declared import DeclaredLink
from core.links.opening import open_untested

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.config.links import LinkSettings
    from core.links.contract import Surroundings
    from core.links.oauth import SignIn, TokenKeeper


def begin_sign_in(name: str, settings: LinkSettings, surroundings: Surroundings) -> SignIn:
    """Return where a person signs in.

    Raises:
        Refused: the system knows no signing in with a browser, or a value of the link is missing.
        ConfigError: its definition cannot be used, or a secret is not where the configuration says.
    """
    with _keeper(name, settings, surroundings) as keeper:
        return keeper.begin_sign_in()


def finish_sign_in(name: str, settings: LinkSettings, begun: SignIn, address: str, surroundings: Surroundings) -> None:
    """Take the address that the browser was sent to, get tokens for the code in it, and keep them.

    Raises:
        Refused: the address is not that of this sign-in, or says that it was refused.
        CallFailed: the system gives no tokens for it.
    """
    with _keeper(name, settings, surroundings) as keeper:
        keeper.finish_sign_in(begun, address)


@contextmanager
def _keeper(name: str, settings: LinkSettings, surroundings: Surroundings) -> Iterator[TokenKeeper]:
    connector = connector_named(settings.connector, surroundings.config)
    with closing(open_untested(name, settings, connector, surroundings, may_lack=connector.listed_field)) as link:
        if not isinstance(link, DeclaredLink):
            raise Refused(f"{connector.title} is not signed in to with a browser.")
        yield link.connection.keeper
