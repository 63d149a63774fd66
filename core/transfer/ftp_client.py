"""The client of FTP and FTPS: ftplib, with sockets that can be cut off, and TLS as servers want it on data channels."""

from __future__ import annotations

import ftplib
import ssl
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from core.transfer.sockets import dial

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

    from core.transfer.sockets import Lifeline

_BLOCK = 128 * 1024
_LONGEST_LISTING = 64 * 1024 * 1024
_CLOSING_PATIENCE = 3.0
"""Seconds for the server to say that the TLS of a data channel ends; by then it has been told so itself."""


class FtpClient(ftplib.FTP):
    """Commands and replies are Latin-1 here, which keeps every byte; what they mean is for the location to say."""

    def __init__(self, *, timeout: float, lifeline: Lifeline, **tls: Any) -> None:
        super().__init__(timeout=timeout, encoding="latin-1", **tls)
        self._lifeline = lifeline
        self.features: dict[str, str] = {}

    def dial(self, host: str, port: int) -> None:
        """Open the TCP connection of the control channel."""
        assert isinstance(self.timeout, (int, float))  # noqa: S101 - given in __init__
        self.host = host
        self.adopt(dial(host, port, timeout=self.timeout, lifeline=self._lifeline))

    def adopt(self, sock: socket.socket) -> None:
        """Take ``sock`` as the control channel."""
        self.sock = sock
        self.af = sock.family
        self.file = sock.makefile("r", encoding=self.encoding)

    def greet(self) -> None:
        """Read what the server says first."""
        self.welcome = self.getresp()

    def learn_features(self) -> None:
        """Ask what the server can do (RFC 2389); one that does not know the question can nothing beyond the basics."""
        try:
            reply = self.sendcmd("FEAT")
        except ftplib.error_perm:
            return
        for line in reply.splitlines()[1:-1]:
            name, _, rest = line.strip().partition(" ")
            self.features[name.upper()] = rest

    def ntransfercmd(self, cmd: str, rest: int | str | None = None) -> tuple[socket.socket, int | None]:
        """Start a transfer, and return its data channel and the size where the server tells it."""
        conn, size = ftplib.FTP.ntransfercmd(self, cmd, rest)  # noqa: S321 - the operator chose the protocol
        self._lifeline.hold(conn)
        return conn, size

    def download(self, command: str, rest: int = 0) -> Iterator[bytes]:
        """Yield what the server sends. It has confirmed the end when the last piece is out."""
        conn, _ = self.ntransfercmd(command, rest or None)
        with conn:
            while chunk := self.received(conn):
                yield chunk
            self.end(conn)
        self.voidresp()

    def listing(self, command: str) -> list[bytes]:
        """Return the lines of a listing.

        Raises:
            EOFError: it broke off in the middle of a line, or has no end.
        """
        data = bytearray()
        for chunk in self.download(command):
            data += chunk
            if len(data) > _LONGEST_LISTING:
                raise EOFError("the listing has no end")
        if data and not data.endswith(b"\n"):
            raise EOFError("the listing breaks off")
        return [line.rstrip(b"\r") for line in bytes(data).split(b"\n") if line.strip()]

    def received(self, conn: socket.socket) -> bytes:
        """Return the next piece from a data channel, or nothing at its end."""
        return conn.recv(_BLOCK)

    def end(self, conn: socket.socket) -> None:
        """Say on a data channel that it ends."""

    def give_up(self) -> None:
        """Close the control channel without a word."""
        if self.file is not None:
            with suppress(OSError):
                self.file.close()
        if self.sock is not None:
            with suppress(OSError):
                self.sock.close()


class FtpsClient(FtpClient, ftplib.FTP_TLS):
    """FTP over TLS, on both channels."""

    def __init__(self, *, timeout: float, lifeline: Lifeline, context: ssl.SSLContext) -> None:
        super().__init__(timeout=timeout, lifeline=lifeline, context=context)

    def secure(self, *, ask: bool) -> str:
        """Begin TLS on the control channel, after asking for it where it is explicit; return its version."""
        if ask:
            self.voidcmd("AUTH TLS")
        assert self.sock is not None  # noqa: S101 - dial() was called
        tls = self._wrapped(self.sock, None)
        self.adopt(tls)
        return tls.version() or "TLS"

    def ntransfercmd(self, cmd: str, rest: int | str | None = None) -> tuple[socket.socket, int | None]:
        """Start a transfer, whose data channel carries on with the TLS session of the control channel.

        Servers ask for that, so that nobody else can take the data channel over; ftplib alone does not do it.
        """
        conn, size = super().ntransfercmd(cmd, rest)
        assert isinstance(self.sock, ssl.SSLSocket)  # noqa: S101 - secure() was called
        try:
            return self._wrapped(conn, self.sock.session), size
        except BaseException:
            conn.close()
            raise

    def received(self, conn: socket.socket) -> bytes:
        """Return the next piece; a channel that ends without saying so ends here too, and its size is checked then."""
        try:
            return super().received(conn)
        except ssl.SSLEOFError:
            return b""

    def end(self, conn: socket.socket) -> None:
        """Say on a data channel that its TLS ends, so that the server can tell the end from a broken connection."""
        assert isinstance(conn, ssl.SSLSocket)  # noqa: S101 - from ntransfercmd()
        conn.settimeout(min(conn.gettimeout() or _CLOSING_PATIENCE, _CLOSING_PATIENCE))
        # Many servers close without an answer; what counts is that they were told.
        with suppress(OSError):
            conn.unwrap()

    def _wrapped(self, sock: socket.socket, session: ssl.SSLSession | None) -> ssl.SSLSocket:
        tls = self.context.wrap_socket(
            sock,
            server_hostname=self.host,
            session=session,
            do_handshake_on_connect=False,
            suppress_ragged_eofs=False,
        )
        self._lifeline.hold(tls)
        try:
            tls.do_handshake()
        except BaseException:
            tls.close()
            raise
        return tls
