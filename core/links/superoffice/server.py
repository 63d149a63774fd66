"""The HTTP server of a connector: one address that takes SOAP requests, and says how it wants them (``?wsdl``).

Everything that comes is bounded: how many talk at once, how long a request may take to come, and how large it may be.
There is no log of requests: an address has no secret in it here, but what is asked for is nobody's business.
"""

from __future__ import annotations

import logging
import socket
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlsplit

from core.errors import EngineError
from core.links.superoffice.describing import description
from core.text import clean

if TYPE_CHECKING:
    from pathlib import Path

    from core.links.superoffice.answering import Answering

LOGGER = logging.getLogger(__name__)
PATH: Final = "/Services/ErpConnectorWS.svc"
LARGEST_REQUEST = 4_000_000
_AT_ONCE = 16
_SILENCE_SECONDS = 30.0
_LONGEST_REQUEST_SECONDS = 120.0
_LONGEST_LINE = 1024


class ConnectorServer:
    """Listens from :meth:`start` to :meth:`stop`."""

    def __init__(
        self, answering: Answering, address: tuple[str, int], *, certificate: tuple[Path, Path] | None = None
    ) -> None:
        """Take an address, to which nobody else listens; ``certificate`` is a file of it and one of its key, for TLS.

        Raises:
            EngineError: it cannot be listened to.
        """
        handler = type("Handler", (_Handler,), {"answering": answering, "secure": certificate is not None})
        host, port = address
        where = f"{clean(host, limit=100)}:{port}"
        try:
            self._server = _Server(address, handler, socket.AF_INET6 if ":" in host else socket.AF_INET)
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise EngineError(
                f"The connector for SuperOffice cannot listen at {where}: {clean(reason).lower()}.",
                advice="Check listen in [superoffice_server], and who listens there already.",
            ) from None
        if certificate is not None:
            try:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(*certificate)
                # The handshake waits for who asks: it is done in his thread, not in the one that lets everybody in.
                self._server.socket = context.wrap_socket(
                    self._server.socket, server_side=True, do_handshake_on_connect=False
                )
            except (OSError, ValueError) as error:
                self._server.server_close()
                raise EngineError(
                    f"The certificate of the connector for SuperOffice cannot be used: {clean(str(error), limit=160)}.",
                    advice="Check certificate and key in [superoffice_server]: PEM, the key without a password.",
                ) from None
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, name="pendel-superoffice", daemon=True
        )

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Take nothing more; what is being answered is left to come to its end."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # Whoever is being answered does not hold up the end.
    block_on_close = False

    def __init__(self, address: tuple[str, int], handler: Any, family: socket.AddressFamily) -> None:
        self.address_family = family
        self._slots = threading.BoundedSemaphore(_AT_ONCE)
        super().__init__(address, handler)

    def server_bind(self) -> None:
        # Not HTTPServer's, which asks a name server who this machine is.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        if not self._slots.acquire(blocking=False):
            self.shutdown_request(request)
            return
        try:
            super().process_request(request, client_address)
        except BaseException:
            self._slots.release()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._slots.release()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002
        """Say little: who asked went away, or speaks something else."""
        LOGGER.debug("A request of %s came to no end.", client_address[0])


class _TooLarge(Exception):
    pass


class _Handler(BaseHTTPRequestHandler):
    answering: Answering
    secure: bool
    protocol_version = "HTTP/1.1"
    server_version = "Pendel"
    sys_version = ""
    timeout = _SILENCE_SECONDS
    disable_nagle_algorithm = True

    def log_message(self, *_: Any) -> None:
        """Log nothing: see above."""

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        if parts.path.casefold() != PATH.casefold():
            self._send(404, b"There is nothing here.\n", "text/plain; charset=utf-8")
        elif any(name.lower() in ("wsdl", "singlewsdl") for name in query):
            self._send(200, description(self._own_address(query)), "text/xml; charset=utf-8")
        else:
            self._send(200, b"A connector for SuperOffice. Its description: ?wsdl\n", "text/plain; charset=utf-8")

    def do_POST(self) -> None:
        parts = urlsplit(self.path)
        if parts.path.casefold() != PATH.casefold():
            self._refuse(404, b"There is nothing here.\n")
            return
        if "Origin" in self.headers:
            # A web page asks in a browser that runs here. No SOAP client says where it comes from.
            self._refuse(403, b"Web pages get no answer here.\n")
            return
        if self.headers.get("Content-Type", "").partition(";")[0].strip().lower() != "text/xml":
            self._refuse(415, b"SOAP 1.1 is spoken here: text/xml.\n")
            return
        try:
            content = self._body()
        except _TooLarge:
            self._refuse(413, b"The request is too large.\n")
            return
        except (ValueError, TimeoutError):
            self._refuse(400, b"The request is not whole.\n")
            return
        query = {name.lower(): value for name, value in parse_qsl(parts.query)}
        answer = self.answering.answer(
            content,
            action=self.headers.get("SOAPAction", ""),
            asked_by=str(self.client_address[0]),
            connector=query.get("connectorname", ""),
        )
        self._send(answer.status, answer.content, "text/xml; charset=utf-8")

    def _body(self) -> bytes:
        """Return the body of a request.

        Raises:
            _TooLarge, ValueError, TimeoutError: it is too large, not whole, or takes too long.
        """
        end = time.monotonic() + _LONGEST_REQUEST_SECONDS
        if self.headers.get("Transfer-Encoding", "").strip().lower() == "chunked":
            return self._chunks(end)
        length = self.headers.get("Content-Length", "").strip()
        if not length.isdecimal() or len(length) > 12:
            raise ValueError("no length")
        if int(length) > LARGEST_REQUEST:
            raise _TooLarge
        return self._read(int(length), end)

    def _chunks(self, end: float) -> bytes:
        """Return a body in chunks (RFC 9112, section 7.1), as .NET sends it."""
        pieces, size = [], 0
        while True:
            line = self.rfile.readline(_LONGEST_LINE).partition(b";")[0].strip()
            length = int(line, 16) if line and all(each in b"0123456789abcdefABCDEF" for each in line) else -1
            if length < 0:
                raise ValueError("no length of a chunk")
            size += length
            if size > LARGEST_REQUEST:
                raise _TooLarge
            if length == 0:
                break
            pieces.append(self._read(length, end))
            if self.rfile.readline(_LONGEST_LINE).strip():
                raise ValueError("a chunk does not end")
        # What may follow the last chunk says nothing to us.
        while self.rfile.readline(_LONGEST_LINE).strip():
            if time.monotonic() > end:
                raise TimeoutError
        return b"".join(pieces)

    def _read(self, length: int, end: float) -> bytes:
        pieces = []
        while length:
            if time.monotonic() > end:
                raise TimeoutError
            piece = self.rfile.read1(min(length, 65536))
            if not piece:
                raise ValueError("cut off")
            pieces.append(piece)
            length -= len(piece)
        return b"".join(pieces)

    def _own_address(self, query: dict[str, str]) -> str:
        """Return the address that was asked, as who asked wrote it; behind a proxy, nobody else knows it."""
        # HTTP/1.1 has it always; who speaks an older one gets no address that could be used.
        host = self.headers.get("Host", "") or "localhost"
        name = next((value for key, value in query.items() if key.lower() == "connectorname"), "")
        selected = f"?ConnectorName={name}" if name else ""
        return clean(f"{'https' if self.secure else 'http'}://{host}{PATH}{selected}", limit=1000)

    def _refuse(self, status: int, words: bytes) -> None:
        # The rest of the request was not read: nothing else can come over this connection.
        self.close_connection = True
        self._send(status, words, "text/plain; charset=utf-8")

    def _send(self, status: int, content: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("X-Content-Type-Options", "nosniff")
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content)
