"""An FTP, FTPS and SFTP server on loopback, each for one user and one directory.

They are real servers, good enough to test against and to demonstrate with, and started as context managers.
"""

from __future__ import annotations

import secrets
import socket
import threading
from abc import ABC, abstractmethod
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Self

from core.demo.credentials import LOOPBACK, write_certificate, write_host_key
from core.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import paramiko

_POLL = 0.1
"""Seconds in which a server notices that it is to end."""


@dataclass(frozen=True, slots=True)
class Account:
    """The one user of a server."""

    username: str = "pendel"
    password: str = field(default_factory=lambda: secrets.token_urlsafe(12), repr=False)


class _Server(ABC):
    """A server in a thread of its own, from ``start`` to ``stop`` or inside a ``with`` block."""

    _socket: socket.socket
    _thread: threading.Thread

    def __init__(self, root: Path, account: Account, *, host: str, port: int) -> None:
        self.root = root
        self.account = account
        self.host = host
        self.port = port
        """Where it listens; if a free port was asked for, from ``start`` on."""
        self._ending = threading.Event()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Begin to serve; a client can connect when this returns.

        Raises:
            OSError: the port is taken.
        """
        with ExitStack() as opened:
            self._socket = opened.enter_context(socket.create_server((self.host, self.port)))
            self.port = self._socket.getsockname()[1]
            self._prepare()
            self._thread = threading.Thread(target=self._serve, name=f"{type(self).__name__}:{self.port}", daemon=True)
            self._thread.start()
            opened.pop_all()

    def stop(self) -> None:
        """End all connections and the server."""
        self._ending.set()
        self._thread.join()
        self._socket.close()

    @abstractmethod
    def _prepare(self) -> None:
        """Make ready what serves the socket."""

    @abstractmethod
    def _serve(self) -> None:
        """Serve until the end is asked for."""


class FtpServer(_Server):
    """FTP, or FTPS with a certificate that is made in ``keys``.

    With TLS it wants it on both channels, and the data channel to carry the TLS session on, as the strictest do.

    Args:
        root: the directory of the user.
        keys: where the certificate is written; its path then is :attr:`certificate`.
        security: no TLS, explicit or implicit.
        account: who may log in.
        host: the address to listen on.
        port: the port of the control channel; 0 takes a free one.
        passive_ports: the ports of data channels; empty: any.
        certificate_hosts: the names and addresses in the certificate.

    Raises:
        Refused: the extra ``demo`` is not installed.
    """

    def __init__(
        self,
        root: Path,
        keys: Path,
        *,
        security: Literal["none", "explicit", "implicit"],
        account: Account,
        host: str = "127.0.0.1",
        port: int = 0,
        passive_ports: Sequence[int] = (),
        certificate_hosts: Sequence[str] = LOOPBACK,
    ) -> None:
        try:
            # Before its other parts: this one hushes the warnings about modules that Python is to lose.
            import pyftpdlib.ioloop  # noqa: F401
        except ImportError as error:
            raise Refused(
                "The servers of the demo need pyftpdlib, which is not installed.",
                advice="Install Pendel with its demo: pip install 'pendel[demo]'.",
            ) from error
        self.certificate: Path | None = None
        attributes = self._attributes(root, account, list(passive_ports))
        if security != "none":
            from core.demo.ftp_handlers import tls_context

            self.certificate, key = write_certificate(keys, hosts=certificate_hosts)
            attributes["ssl_context"] = tls_context(str(self.certificate), str(key))
        self._handler_class = type("Handler", (self._handler(security),), attributes)
        super().__init__(root, account, host=host, port=port)

    def _prepare(self) -> None:
        from pyftpdlib.ioloop import IOLoop
        from pyftpdlib.servers import FTPServer

        self._loop = IOLoop()
        self._accepted: list[socket.socket] = []
        self._server = FTPServer(self._socket, self._handler_class, ioloop=self._loop)
        self._server.handle_accepted = self._accept

    def _accept(self, connection: socket.socket, address: tuple[str, int]) -> object:
        """Remember a connection: pyftpdlib leaves it open where its client is gone before it was greeted."""
        self._accepted = [*(one for one in self._accepted if one.fileno() != -1), connection]
        return type(self._server).handle_accepted(self._server, connection, address)

    def _handler(self, security: str) -> type:
        """Return pyftpdlib's handler of a connection; a subclass may return another one."""
        if security == "none":
            from pyftpdlib.handlers import FTPHandler

            return FTPHandler  # type: ignore[no-any-return]
        from core.demo.ftp_handlers import ExplicitTls, ImplicitTls

        return ImplicitTls if security == "implicit" else ExplicitTls

    def _attributes(self, root: Path, account: Account, passive_ports: list[int]) -> dict[str, Any]:
        from pyftpdlib.authorizers import DummyAuthorizer

        authorizer = DummyAuthorizer()
        authorizer.add_user(account.username, account.password, str(root), perm="elradfmwMT")
        return {
            "authorizer": authorizer,
            "banner": "Pendel demo",
            "passive_ports": passive_ports or None,
            # A wrong password is answered at once: nobody else can reach this server.
            "auth_failed_timeout": 0,
        }

    def _serve(self) -> None:
        while not self._ending.is_set():
            self._loop.poll(_POLL)
            self._loop.sched.poll()
        self._server.close_all()
        for connection in self._accepted:
            connection.close()


class SftpServer(_Server):
    """SFTP with a password, for one directory. Its host key is kept in ``keys``."""

    def __init__(self, root: Path, keys: Path, *, account: Account, host: str = "127.0.0.1", port: int = 0) -> None:
        self._key_path = write_host_key(keys)
        super().__init__(root, account, host=host, port=port)

    def _prepare(self) -> None:
        # Importing paramiko costs about 150 ms.
        import paramiko

        self._key = paramiko.Ed25519Key(filename=str(self._key_path))
        self._transports: list[paramiko.Transport] = []

    def _serve(self) -> None:
        import paramiko

        from core.demo.jail import Jail

        self._socket.settimeout(_POLL)
        while not self._ending.is_set():
            try:
                connection, _ = self._socket.accept()
            except TimeoutError:
                continue
            except OSError:
                break
            transport = paramiko.Transport(connection)
            transport.add_server_key(self._key)
            transport.set_subsystem_handler("sftp", paramiko.SFTPServer, Jail, self.root)
            with suppress(paramiko.SSHException, EOFError, OSError):
                # With an event it does not wait for the client, so that a slow one holds up nobody.
                transport.start_server(event=threading.Event(), server=self._gate())
                self._transports.append(transport)
            self._transports = [one for one in self._transports if one.is_active()]
        for transport in self._transports:
            transport.close()

    def _gate(self) -> paramiko.ServerInterface:
        from core.demo.jail import PasswordGate

        return PasswordGate(self.account.username, self.account.password)
