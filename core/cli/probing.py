"""Testing a location, and approving the host key of an SFTP server that is met for the first time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.config.locations import SftpLocation
from core.errors import Refused
from core.stop import StopToken
from core.text import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.config.locations import LocationSettings
    from core.config.model import Config
    from core.transfer import HostKey, StepResult


def probe(config: Config, name: str, *, write: bool, trust: bool) -> Iterator[StepResult]:
    """Test a location step by step, up to the first that fails; ``trust`` approves an unknown host key first.

    Raises:
        Refused: there is no such location, or another host key is known already.
    """
    from core.config.resolving import SecretResolver
    from core.config.vault import Vault
    from core.transfer import test_location

    settings = _settings(config, name)
    if trust:
        trust_location(config, name)
    yield from test_location(
        name,
        settings,
        base_dir=config.base_dir,
        secrets=SecretResolver(config, Vault(config.data_dir)),
        known_hosts=config.known_hosts_file,
        write=write,
        stop=StopToken(),
    )


def trust_location(config: Config, name: str) -> HostKey:
    """Approve the host key that an SFTP server shows now, and return it.

    Raises:
        Refused: the location is not one of SFTP, or another key of its host is known already.
        ConnectionFailed: the server cannot be reached.
    """
    from core.transfer import offered_host_key, trust_host_key

    settings = _settings(config, name)
    if not isinstance(settings, SftpLocation):
        raise Refused(f"The location {name} has no SSH host key.", advice="Leave --trust out.")
    own = config.known_hosts_file
    key, others = offered_host_key(name, settings, base_dir=config.base_dir, known_hosts=own)
    trust_host_key(key, own, also_known=others)
    return key


def _settings(config: Config, name: str) -> LocationSettings:
    try:
        return config.locations[name]
    except KeyError:
        near = nearest(name, config.locations)
        raise Refused(f"There is no location {name!r}.", advice=f"Did you mean {near!r}?" if near else "") from None
