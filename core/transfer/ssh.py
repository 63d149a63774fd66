"""A connection of SSH: from the TCP socket over the host key and the login to a session of SFTP."""

from __future__ import annotations

import logging
from contextlib import closing, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from core.errors import AccessDenied, ConnectionFailed, PendelError
from core.text import clean, listed
from core.transfer.hostkeys import HostKey, known_algorithms, known_name
from core.transfer.sftp_session import SftpSession
from core.transfer.sockets import SshSocket, dial

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence
    from pathlib import Path

    from paramiko import PKey, Transport

    from core.transfer.sockets import Lifeline

_WINDOW = 32 * 1024 * 1024
"""What the server may send before we have taken it: more than is ever asked for ahead."""
_PACKET = 128 * 1024
"""The largest packet that we take; fewer and larger ones cost less Python."""
_SLACK = 0.5
_FAST_CIPHERS = ("aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes128-ctr", "aes256-ctr")


@dataclass(frozen=True, slots=True)
class Login:
    """What a location logs in with; the texts are secrets and stay out of every message."""

    username: str
    password: str | None = field(default=None, repr=False)
    private_key: str | None = field(default=None, repr=False)
    passphrase: str | None = field(default=None, repr=False)
    agent: bool = False


class SshConnection:
    """One connection, opened step by step: :meth:`dial`, :meth:`offered_key`, :meth:`log_in`, :meth:`session`.

    Every step raises OSError, EOFError or an exception of paramiko when the connection fails.
    """

    def __init__(self, host: str, port: int, *, timeout: float, lifeline: Lifeline) -> None:
        self._host = host
        self._port = port
        self._timeout = timeout
        self._lifeline = lifeline
        self._transport: Transport | None = None
        self._socket: SshSocket | None = None

    def dial(self) -> None:
        """Open the TCP connection."""
        plain = dial(self._host, self._port, timeout=self._timeout, lifeline=self._lifeline)
        self._socket = SshSocket(plain.family, plain.type, plain.proto, fileno=plain.detach())
        self._socket.patience = self._timeout
        self._lifeline.hold(self._socket)

    def offered_key(self, known_hosts: Sequence[Path]) -> HostKey:
        """Agree on keys with the server and return its host key, of a kind that is known of it where possible."""
        # Importing paramiko costs about 150 ms.
        import paramiko

        # What goes wrong becomes an error of ours; paramiko would print it with a traceback as well.
        logging.getLogger("paramiko").setLevel(logging.CRITICAL)
        if self._socket is None:
            raise EOFError("the connection is not open")
        transport = paramiko.Transport(self._socket, default_window_size=_WINDOW, default_max_packet_size=_PACKET)
        self._transport = transport
        transport.daemon = True
        transport.banner_timeout = transport.handshake_timeout = self._timeout
        transport.auth_timeout = transport.channel_timeout = self._timeout
        options = transport.get_security_options()
        options.ciphers = _first(_FAST_CIPHERS, options.ciphers)
        name = known_name(self._host, self._port)
        options.key_types = _first(_signatures(known_algorithms(name, known_hosts)), options.key_types)
        # A little more than paramiko gives each step of its own: it then says which one was not answered.
        patience = self._timeout + _SLACK
        with self._lifeline.deadline(patience):
            transport.start_client(timeout=patience)
            if not transport.is_active():
                raise EOFError("the server closed the connection")
            key = transport.get_remote_server_key()
        return HostKey(name, key.get_name(), key.asbytes())

    def log_in(self, login: Login) -> str:
        """Log in with the first of key, agent and password that the server accepts; return which one.

        Raises:
            AccessDenied: it accepts none; trying again does not help.
        """
        transport = self._opened()
        tried: list[str] = []
        allowed: list[str] = []
        with self._lifeline.deadline(self._timeout), closing(_attempts(transport, login)) as attempts:
            for method, attempt in attempts:
                tried.append(method)
                accepted, wanted = _tried(attempt)
                if accepted:
                    return method
                allowed = wanted or allowed
                if not transport.is_active():
                    break
        raise _login_refused(login, f"{self._host}:{self._port}", tried, allowed)

    def session(self) -> SftpSession:
        """Open the session of SFTP."""
        with self._lifeline.deadline(self._timeout):
            channel = self._opened().open_session(timeout=self._timeout)
            channel.settimeout(self._timeout)
            channel.invoke_subsystem("sftp")
            return SftpSession(channel)

    @property
    def is_active(self) -> bool:
        """Whether the connection has not been found to be gone."""
        return self._transport is not None and self._transport.is_active()

    def close(self) -> None:
        """Close the connection without waiting for the server."""
        self._lifeline.cut()
        with suppress(Exception):
            if self._transport is not None:
                self._transport.close()
        if self._socket is not None:
            self._socket.close()

    def _opened(self) -> Transport:
        if self._transport is None:
            raise EOFError("the connection is not open")
        return self._transport


def _first(preferred: Sequence[str], available: Sequence[str]) -> tuple[str, ...]:
    chosen = [name for name in preferred if name in available]
    return (*chosen, *(name for name in available if name not in chosen))


def _signatures(algorithms: Sequence[str]) -> list[str]:
    """Return the signature algorithms for kinds of host keys; one RSA key is good for three."""
    names: list[str] = []
    for algorithm in algorithms:
        names += ["rsa-sha2-512", "rsa-sha2-256"] if algorithm == "ssh-rsa" else [algorithm]
    return names


def _attempts(transport: Transport, login: Login) -> Generator[tuple[str, Callable[[], list[str]]], None, None]:
    """Yield each way to log in, and what tries it; that returns what the server wants beside it."""
    import paramiko

    name = login.username
    if login.private_key is not None:
        key = private_key(login.private_key, login.passphrase)
        yield "private key", lambda: transport.auth_publickey(name, key)
    if login.agent:
        try:
            agent = paramiko.Agent()
        except (OSError, paramiko.SSHException) as error:
            raise ConnectionFailed(
                "The SSH agent does not answer.",
                advice="Check that ssh-agent runs and that SSH_AUTH_SOCK is set for Pendel.",
                retriable=False,
            ) from error
        with closing(agent):
            for agent_key in agent.get_keys():
                yield "agent", partial(transport.auth_publickey, name, agent_key)
    if (password := login.password) is not None:
        yield "password", lambda: transport.auth_password(name, password)


def _tried(attempt: Callable[[], list[str]]) -> tuple[bool, list[str]]:
    """Return whether the login is complete, and what the server wants where it is not."""
    import paramiko

    try:
        wanted = attempt()
    except paramiko.BadAuthenticationType as error:
        return False, error.allowed_types
    except paramiko.AuthenticationException as error:
        # Paramiko reports a server that does not answer as a failed login as well.
        if "timeout" in str(error).lower():
            raise TimeoutError from error
        return False, []
    return not wanted, wanted


def private_key(text: str, passphrase: str | None) -> PKey:
    """Return a private key from its text, in OpenSSH's or PEM format.

    Raises:
        AccessDenied: it cannot be read, or needs another passphrase.
    """
    import io

    import paramiko
    from cryptography.hazmat.primitives import serialization as formats
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    data = text.strip().encode() + b"\n"
    secret = passphrase.encode() if passphrase else None
    load = formats.load_ssh_private_key if b"OPENSSH PRIVATE KEY" in data else formats.load_pem_private_key
    try:
        try:
            key = load(data, secret)
        except TypeError:
            if secret is None:
                raise
            # A passphrase is set, but the key needs none.
            key = load(data, None)
        opened = key.private_bytes(formats.Encoding.PEM, formats.PrivateFormat.OpenSSH, formats.NoEncryption()).decode()
    except TypeError as error:
        raise AccessDenied("The private key needs a passphrase.", advice="Set passphrase at the location.") from error
    except Exception as error:  # cryptography documents ValueError and its own; a damaged key raises others as well
        raise AccessDenied(
            "The private key cannot be read.",
            advice="Check the passphrase, and that the key is complete and in OpenSSH's or PEM format.",
        ) from error
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return paramiko.Ed25519Key.from_private_key(io.StringIO(opened))
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return paramiko.ECDSAKey.from_private_key(io.StringIO(opened))
    if isinstance(key, rsa.RSAPrivateKey):
        return paramiko.RSAKey.from_private_key(io.StringIO(opened))
    raise AccessDenied("The private key is of a kind that is not used any more.", advice="Use Ed25519, ECDSA or RSA.")


def _login_refused(login: Login, server: str, tried: list[str], allowed: list[str]) -> PendelError:
    methods = listed(dict.fromkeys(tried), last="and") or "nothing to log in with"
    advice = "Check user name and password or key; the server's log says more."
    if allowed:
        advice = f"The server wants {clean(listed(allowed))}. " + advice
    if not tried:
        advice = "Set password, private_key or agent at the location."
    return AccessDenied(f"{server} refuses the login of {clean(login.username)} with {methods}.", advice=advice)
