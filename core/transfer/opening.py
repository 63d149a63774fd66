"""From the settings of a location to the location."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from core.config.locations import FtpLocation as FtpSettings
from core.config.locations import FtpsLocation as FtpsSettings
from core.config.locations import LocalLocation as LocalSettings
from core.config.locations import SftpLocation as SftpSettings
from core.errors import Refused
from core.transfer.local import LocalLocation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.config.locations import LocationSettings
    from core.config.secrets import SecretReader, SecretRef
    from core.transfer.hostkeys import HostKey
    from core.transfer.location import Location
    from core.transfer.sftp import SftpLocation

USUAL_PORTS = {"ftp": 21, "ftps": 21, "ftps-implicit": 990, "sftp": 22}


def open_location(
    name: str,
    settings: LocationSettings,
    *,
    base_dir: Path,
    secrets: SecretReader,
    known_hosts: Path,
) -> Location:
    """Return a location; its connection is opened by the first call.

    Args:
        name: what it is called in the configuration.
        settings: its table there.
        base_dir: where relative paths begin: the directory of the configuration.
        secrets: reads passwords and keys.
        known_hosts: the file of host keys in the data directory; it need not exist.
    """
    if isinstance(settings, LocalSettings):
        return LocalLocation(name, base_dir / Path(settings.directory).expanduser())
    if isinstance(settings, SftpSettings):
        return _sftp(name, settings, base_dir, secrets, known_hosts)
    from core.transfer.ftp import FtpLocation

    port = settings.port or USUAL_PORTS[settings.protocol]
    password = secrets.line(settings.password) if settings.password else ""
    if isinstance(settings, FtpSettings):
        return FtpLocation(
            name,
            host=settings.host,
            port=port,
            timeout=settings.timeout,
            directory=settings.directory,
            username=settings.username,
            password=password,
            passive=settings.passive,
        )
    return _ftps(name, settings, port, password, base_dir)


def offered_host_key(
    name: str, settings: SftpSettings, *, base_dir: Path, known_hosts: Path
) -> tuple[HostKey, Sequence[Path]]:
    """Return the key that the server of a location offers, and the files it is looked up in; the first takes new ones.

    Raises:
        ConnectionFailed: the server cannot be reached.
    """
    files = known_hosts_files(settings, base_dir, known_hosts)
    bare = settings.model_copy(update={"password": None, "private_key": None, "passphrase": None})
    return _sftp(name, bare, base_dir, _NoSecrets(), known_hosts).offered_key(), files


def known_hosts_files(settings: SftpSettings, base_dir: Path, known_hosts: Path) -> tuple[Path, ...]:
    """Return the files in which the host key of a location is looked up; a new one goes into the first."""
    if settings.known_hosts:
        return (base_dir / Path(settings.known_hosts).expanduser(),)
    return (known_hosts, Path("~/.ssh/known_hosts").expanduser())


def _sftp(
    name: str,
    settings: SftpSettings,
    base_dir: Path,
    secrets: SecretReader,
    known_hosts: Path,
) -> SftpLocation:
    from core.transfer.sftp import SftpLocation
    from core.transfer.ssh import Login

    return SftpLocation(
        name,
        host=settings.host,
        port=settings.port or USUAL_PORTS["sftp"],
        timeout=settings.timeout,
        directory=settings.directory,
        login=Login(
            username=settings.username,
            password=secrets.line(settings.password) if settings.password else None,
            private_key=secrets.text(settings.private_key) if settings.private_key else None,
            passphrase=secrets.line(settings.passphrase) if settings.passphrase else None,
            agent=settings.agent,
        ),
        known_hosts=known_hosts_files(settings, base_dir, known_hosts),
    )


def _ftps(name: str, settings: FtpsSettings, port: int, password: str, base_dir: Path) -> Location:
    from core.transfer.ftps import FtpsLocation, tls_context

    ca_file = base_dir / Path(settings.ca_file).expanduser() if settings.ca_file else None
    return FtpsLocation(
        name,
        host=settings.host,
        port=port,
        timeout=settings.timeout,
        directory=settings.directory,
        username=settings.username,
        password=password,
        passive=settings.passive,
        implicit=settings.protocol == "ftps-implicit",
        context=tls_context(ca_file, verify=settings.verify),
    )


class _NoSecrets:
    """For looking at a host key, which needs none."""

    def line(self, reference: SecretRef) -> str:
        raise Refused(f"{reference.place} is not needed to look at a host key.")

    text = line
