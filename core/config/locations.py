"""Where files are read and written."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StrictBool, StrictInt, StrictStr

from core.config.base import Settings, setting
from core.config.secrets import Secret

Host = Annotated[StrictStr, Field(pattern=r"^[A-Za-z0-9._:%-]+$", max_length=253)]
Port = Annotated[StrictInt, Field(ge=1, le=65_535)]


class _Location(Settings):
    description: StrictStr = setting("", title="Description")
    directory: StrictStr = setting(
        "", title="Directory", help="Where paths of tasks begin; empty: where the login begins."
    )


class LocalLocation(_Location):
    """A directory of this machine; relative to the config file."""

    protocol: Literal["local"] = "local"


class _RemoteLocation(_Location):
    host: Host = setting(title="Host", help="Name or address of the server.")
    port: Port | None = setting(None, title="Port", help="Empty: the usual one of the protocol.")
    username: StrictStr = setting(title="User name")
    timeout: StrictInt = setting(
        30, title="Timeout", help="Of every answer of the server.", unit="seconds", ge=1, le=3600
    )


class FtpLocation(_RemoteLocation):
    """Plain FTP: names, passwords and files are readable on the way."""

    protocol: Literal["ftp"] = "ftp"
    password: Secret | None = setting(None, title="Password")
    passive: StrictBool = setting(
        True, title="Passive mode", help="The server opens no connection to this machine; firewalls want it so."
    )


class FtpsLocation(_RemoteLocation):
    """FTP over TLS; ``ftps`` is explicit, ``ftps-implicit`` not."""

    protocol: Literal["ftps", "ftps-implicit"]
    password: Secret | None = setting(None, title="Password")
    passive: StrictBool = setting(
        True, title="Passive mode", help="The server opens no connection to this machine; firewalls want it so."
    )
    ca_file: StrictStr | None = setting(
        None,
        title="Certificates to trust",
        help="A PEM file, in place of the system's; relative to the config file.",
    )
    verify: StrictBool = setting(
        True,
        title="Verify the certificate",
        help="Only switched off for a server that cannot be trusted anyway.",
    )


class SftpLocation(_RemoteLocation):
    """SFTP: file transfer over SSH."""

    protocol: Literal["sftp"] = "sftp"
    password: Secret | None = setting(None, title="Password")
    private_key: Secret | None = setting(None, title="Private key", help="In OpenSSH's or PEM format.", long=True)
    passphrase: Secret | None = setting(None, title="Passphrase of the key")
    agent: StrictBool = setting(False, title="Use the SSH agent", help="Keys of the agent of whoever runs the engine.")
    known_hosts: StrictStr | None = setting(
        None,
        title="Known hosts",
        help="A file, in place of ~/.ssh/known_hosts and the one in the data directory.",
    )


LocationSettings = Annotated[LocalLocation | FtpLocation | FtpsLocation | SftpLocation, Field(discriminator="protocol")]
"""One location, told apart by its ``protocol``."""
