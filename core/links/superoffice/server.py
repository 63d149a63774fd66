"""The HTTP server of a connector: one address that takes SOAP requests, and says how it wants them (``?wsdl``).

Everything that comes is bounded: how many talk at once, how long a request may take to come, and how large it may be.
What cannot be answered is a fault of SOAP, for who asks shows nothing else to people.
There is no log of requests: an address has no secret in it here, but what is asked for is nobody's business.
"""

from __future__ import annotations

import io
import logging
import socket
import ssl
import threading
import time
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final, Literal
from urllib.parse import parse_qsl, urlsplit

from core.errors import EngineError
from core.links.superoffice.describing import description
from core.links.superoffice.messages import written_fault
from core.text import clean

if TYPE_CHECKING:
    from pathlib import Path

    from core.links.superoffice.answering import Answering

LOGGER = logging.getLogger(__name__)
PATH: Final = "/Services/ErpConnectorWS.svc"
LARGEST_REQUEST = 4_000_000
_LONGEST_LINE = 1024
_NOTHING: Final = b"There is nothing here.\n"
_XML, _TEXT = "text/xml; charset=utf-8", "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is taken from who asks."""

    connections: int = 64
    """More than answers: those of .NET stay open when they were answered."""
    answers: int = 16
    """At once; others wait."""
    patience: float = 30.0
    """Seconds for which they wait. Who asks gives up after a minute (WCF, sendTimeout)."""
    silence: float = 30.0
    """Seconds without a byte, after which a connection ends."""
    request: float = 120.0
    """Seconds in which a request must have come, however it comes."""
    answer: float = 120.0
    """Seconds in which an answer must have been taken."""


_LIMITS = Limits()


class ConnectorServer:
    """Listens from :meth:`start` to :meth:`stop`."""

    def __init__(
        self,
        answering: Answering,
        address: tuple[str, int],
        *,
        certificate: tuple[Path, Path] | None = None,
        limits: Limits = _LIMITS,
    ) -> None:
        """Take an address, to which nobody else listens; ``certificate`` is a file of it and one of its key, for TLS.

        Raises:
            EngineError: it cannot be listened to.
        """
        told = {"answering": answering, "secure": certificate is not None, "limits": limits, "timeout": limits.silence}
        handler = type("Handler", (_Handler,), told | {"turns": threading.BoundedSemaphore(limits.answers)})
        host, port = address
        where = f"{clean(host, limit=100)}:{port}"
        try:
            self._server = _Server(address, handler, socket.AF_INET6 if ":" in host else socket.AF_INET, limits)
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise EngineError(
                f"The connector for SuperOffice cannot listen at {where}: {clean(reason).lower()}.",
                advice="Check listen in [superoffice], and who listens there already.",
            ) from None
        if certificate is not None:
            try:
                self._server.encrypt(certificate)
            except (OSError, ValueError) as error:
                self._server.server_close()
                raise EngineError(
                    f"The certificate of the connector for SuperOffice cannot be used: {_why(error)}.",
                    advice="Check certificate and certificate_key in [superoffice]: PEM, the key without a password.",
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

    request_queue_size = 64

    def __init__(self, address: tuple[str, int], handler: Any, family: socket.AddressFamily, limits: Limits) -> None:
        self.address_family = family
        self._slots = threading.BoundedSemaphore(limits.connections)
        self._certificate: tuple[Path, Path] | None = None
        self._loaded: object = None
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        super().__init__(address, handler)

    def encrypt(self, certificate: tuple[Path, Path]) -> None:
        """Speak TLS with a certificate and its key.

        Raises:
            OSError, ValueError: they cannot be used.
        """
        self._certificate, self._loaded = certificate, _stamps(certificate)
        for path in certificate:
            # TLS says that a file is not there, and not which.
            path.open("rb").close()
        self._context.load_cert_chain(*certificate)
        # The handshake waits for who asks: it is done in his thread, not in the one that lets everybody in.
        self.socket = self._context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def get_request(self) -> Any:
        """Let somebody in, by the certificate that lies there now: it is renewed every few weeks."""
        if self._certificate is not None and (stamps := _stamps(self._certificate)) not in (self._loaded, None):
            self._loaded = stamps
            try:
                # Looked at by itself first: one that does not fit its key would take the place of the one that did.
                ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(*self._certificate)
                self._context.load_cert_chain(*self._certificate)
                LOGGER.info("The connector for SuperOffice has taken its renewed certificate.")
            except (OSError, ValueError) as error:
                LOGGER.warning(
                    "The renewed certificate of the connector for SuperOffice cannot be used, so that it keeps the one "
                    "before: %s.",
                    _why(error),
                )
        return super().get_request()

    def server_bind(self) -> None:
        # Not HTTPServer's, which asks a name server who this machine is.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        if not self._slots.acquire(blocking=False):
            LOGGER.debug("There are too many connections for one of %s.", client_address[0])
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


def _why(error: OSError | ValueError) -> str:
    """Return why a certificate cannot be used, and the file if that is in the way."""
    if isinstance(error, OSError) and error.filename is not None and error.strerror:
        return f"{error.strerror.lower()} ({clean(str(error.filename), limit=160)})"
    return clean(str(error), limit=160)


def _stamps(certificate: tuple[Path, Path]) -> object:
    """Return what tells whether files have become others; None where one of them is away."""
    try:
        return [(found.st_ino, found.st_mtime_ns, found.st_size) for found in (path.stat() for path in certificate)]
    except OSError:
        return None


class _TooLarge(Exception):
    pass


class _Coming(io.RawIOBase):
    """What comes over a connection: never silent for long, and each request within its time, however it trickles."""

    def __init__(self, connection: socket.socket, limits: Limits) -> None:
        self._connection, self._limits = connection, limits
        self.begin()

    def begin(self) -> None:
        """Wait for another request."""
        self._end = time.monotonic() + self._limits.silence + self._limits.request

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._connection.settimeout(min(left, self._limits.silence))
        return self._connection.recv_into(buffer)


class _Handler(BaseHTTPRequestHandler):
    answering: Answering
    secure: bool
    limits: Limits
    turns: threading.BoundedSemaphore
    protocol_version = "HTTP/1.1"
    server_version = "Pendel"
    sys_version = ""
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        self.rfile.close()
        self._coming = _Coming(self.connection, self.limits)
        self.rfile = io.BufferedReader(self._coming)

    def handle_one_request(self) -> None:
        self._coming.begin()
        super().handle_one_request()

    def log_message(self, *_: Any) -> None:
        """Log nothing: see above."""

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        if parts.path.casefold() != PATH.casefold():
            self._send(404, _NOTHING, _TEXT)
        elif any(name.lower() in ("wsdl", "singlewsdl") for name in query):
            self._send(200, description(self._own_address(query)), _XML)
        else:
            self._send(200, b"A connector for SuperOffice. Its description: ?wsdl\n", _TEXT)

    def do_POST(self) -> None:
        parts = urlsplit(self.path)
        if parts.path.casefold() != PATH.casefold():
            self.close_connection = True
            self._send(404, _NOTHING, _TEXT)
            return
        if "Origin" in self.headers:
            # A web page asks in a browser that runs here. No SOAP client says where it comes from.
            self._refuse(HTTPStatus.FORBIDDEN, "Web pages get no answer here.")
            return
        if self.headers.get("Content-Type", "").partition(";")[0].strip().lower() != "text/xml":
            self._refuse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "SOAP 1.1 is spoken here: text/xml.")
            return
        try:
            content = self._body()
        except _TooLarge:
            most = f"{LARGEST_REQUEST // 1_000_000} MB"
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The request is larger than {most}.")
            return
        except (ValueError, TimeoutError):
            self._refuse(HTTPStatus.BAD_REQUEST, "The request is not whole.")
            return
        query = {name.lower(): value for name, value in parse_qsl(parts.query)}
        if not self.turns.acquire(timeout=self.limits.patience):
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, "Pendel has much to do. Ask again later.", code="Server")
            return
        try:
            answer = self.answering.answer(
                content,
                action=self.headers.get("SOAPAction", ""),
                asked_by=str(self.client_address[0]),
                connector=query.get("connectorname", ""),
            )
        finally:
            self.turns.release()
        self._send(answer.status, answer.content, _XML)

    def _body(self) -> bytes:
        """Return the body of a request.

        Raises:
            _TooLarge, ValueError, TimeoutError: it is too large, not whole, or takes too long.
        """
        if self.headers.get("Transfer-Encoding", "").strip().lower() == "chunked":
            return self._chunks()
        length = self.headers.get("Content-Length", "").strip()
        if not length.isdecimal() or len(length) > 12:
            raise ValueError("no length")
        if int(length) > LARGEST_REQUEST:
            raise _TooLarge
        return self._read(int(length))

    def _chunks(self) -> bytes:
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
            pieces.append(self._read(length))
            if self.rfile.readline(_LONGEST_LINE).strip():
                raise ValueError("a chunk does not end")
        # What may follow the last chunk says nothing to us.
        while self.rfile.readline(_LONGEST_LINE).strip():
            pass
        return b"".join(pieces)

    def _read(self, length: int) -> bytes:
        content = self.rfile.read(length)
        if len(content) < length:
            raise ValueError("cut off")
        return content

    def _own_address(self, query: dict[str, str]) -> str:
        """Return the address that was asked, as who asked wrote it; behind a proxy, nobody else knows it."""
        # HTTP/1.1 has it always; who speaks an older one gets no address that could be used.
        host = self.headers.get("Host", "") or "localhost"
        name = next((value for key, value in query.items() if key.lower() == "connectorname"), "")
        selected = f"?ConnectorName={name}" if name else ""
        secure = self.secure or self.headers.get("X-Forwarded-Proto", "").strip().lower() == "https"
        return clean(f"{'https' if secure else 'http'}://{host}{PATH}{selected}", limit=1000)

    def _refuse(self, status: HTTPStatus, words: str, *, code: Literal["Client", "Server"] = "Client") -> None:
        # The rest of the request was not read: nothing else can come over this connection.
        self.close_connection = True
        self._send(status, written_fault(code, words), _XML)

    def _send(self, status: int, content: bytes, kind: str) -> None:
        self.connection.settimeout(self.limits.answer)
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("X-Content-Type-Options", "nosniff")
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content)
