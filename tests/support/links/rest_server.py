"""A small HTTP server on loopback: what a contract server for a system is made on, and the ways it can misbehave."""

from __future__ import annotations

import json
import ssl
import threading
from collections import Counter
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from http.client import responses
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import TYPE_CHECKING, Any, Literal, TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

Misbehaviour = Literal[
    "400", "403", "421", "500", "502", "401", "429", "503", "html", "cut", "unheard", "lost", "stall", "broken json"
]
"""``unheard``: not carried out, and the connection closed; ``lost``: carried out, and closed without an answer;
``stall``: carried out, and silent for ever."""

S = TypeVar("S", bound="RestServer")
_PLAIN = (dict, list, tuple, set, Counter, str, int, float, bool)

_LARGE = 100_000
PAGE = "<!DOCTYPE html><html><body>Not the API.</body></html>"


class FakeClock:
    """Stands still, but for who waits or sets it. Several threads may use it."""

    def __init__(self, now: float = 1_795_000_000.0) -> None:
        self._now = now
        self._lock = threading.Lock()
        self.waits: list[float] = []

    def now(self) -> float:
        with self._lock:
            return self._now

    def wait(self, seconds: float) -> None:
        with self._lock:
            self._now += seconds
            self.waits.append(seconds)

    def forward(self, seconds: float) -> None:
        with self._lock:
            self._now += seconds


@dataclass(frozen=True)
class Asked:
    """A request as it came."""

    method: str
    path: str
    query: dict[str, str]
    headers: Mapping[str, str]
    """By lower-case name."""
    content: bytes
    peer: int = 0
    """The port of who asks: requests over one connection have the same."""

    @property
    def json(self) -> Any:
        return json.loads(self.content or b"null")

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.content.decode()))


@dataclass(frozen=True)
class Answer:
    status: int
    document: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    page: str | None = None
    """HTML in place of the document."""
    content: bytes | None = None
    """What stands in place of the document, of the type that the headers say."""


@dataclass
class _Fault:
    kind: Misbehaviour
    path: str
    method: str
    after: int
    times: int


class RestServer:
    """Answers as :meth:`answer` says, which a system overrides; one request at a time."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.port = 0
        self.scheme = "http"
        self.log: list[Asked] = []
        self.closing = threading.Event()
        self.stalled = threading.Event()
        """Set when an answer is waited for that does not come."""
        self.upset: Callable[[Asked], Misbehaviour | None] = lambda _asked: None
        """Is asked at every request how it goes wrong."""
        self._faults: list[_Fault] = []
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def misbehave(
        self, kind: Misbehaviour, path: str = "*", *, method: str = "*", after: int = 0, times: int = 1
    ) -> None:
        """Do this at the next ``times`` requests for ``path``, once ``after`` of them went well."""
        self._faults.append(_Fault(kind, path, method, after, times))

    def asked(self, path: str = "*", method: str = "*") -> list[Asked]:
        return [each for each in self.log if fnmatchcase(each.path, path) and fnmatchcase(each.method, method)]

    def answer(self, asked: Asked) -> Answer:
        raise NotImplementedError

    def writes(self, asked: Asked) -> bool:
        """Whether a request changes something."""
        return asked.method != "GET"

    @property
    def written(self) -> int:
        """How many requests changed something, or were to."""
        return sum(map(self.writes, self.log))

    def process(self) -> None:
        """Do what a person does there until records show."""

    def remembered(self) -> dict[str, Any]:
        """Return all that it has, to be given back to it later."""
        return {name: deepcopy(each) for name, each in vars(self).items() if type(each) in _PLAIN}

    def restore(self, remembered: Mapping[str, Any]) -> None:
        """Be what it was."""
        vars(self).update(deepcopy(dict(remembered)))

    def grant(self) -> tuple[str, str] | None:
        """Give an access and a refresh token, as if somebody had signed in now; None where it knows none."""
        return None

    def gone(self, peer: int) -> None:
        """A connection ended."""

    def take(self, asked: Asked) -> tuple[Misbehaviour | None, Answer]:
        with self._lock:
            self.log.append(asked)
            fault = self.upset(asked) or self._fault(asked)
            if fault is not None and fault.isdecimal():
                return None, self.refuse(int(fault))
            return fault, Answer(503) if fault == "unheard" else self.answer(asked)

    def refuse(self, status: int) -> Answer:
        """How the system says that it does not answer."""
        return Answer(status, headers={"Retry-After": "7"} if status in (429, 503) else {}, page=PAGE)

    def _fault(self, asked: Asked) -> Misbehaviour | None:
        for fault in self._faults:
            if not (fnmatchcase(asked.path, fault.path) and fnmatchcase(asked.method, fault.method)) or not fault.times:
                continue
            if fault.after:
                fault.after -= 1
                return None
            fault.times -= 1
            return fault.kind
        return None


class _Handler(StreamRequestHandler):
    """One connection. No more of HTTP/1.1 than its clients speak: the handler of the library costs twice the time."""

    site: RestServer
    disable_nagle_algorithm = True

    def finish(self) -> None:
        super().finish()
        self.site.gone(self.client_address[1])

    def handle(self) -> None:
        while (line := self.rfile.readline(65_537)) and self._answered(line.decode("latin-1")):
            pass

    def _answered(self, line: str) -> bool:
        """Answer one request; return whether the connection stays."""
        method, address, _ = line.split(" ", 2)
        headers: dict[str, str] = {}
        while (header := self.rfile.readline(65_537)) not in (b"\r\n", b""):
            name, _, value = header.decode("latin-1").partition(":")
            headers[name.lower()] = value.strip()
        content = self.rfile.read(int(headers.get("content-length") or 0))
        parts = urlsplit(address)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        asked = Asked(method, unquote(parts.path), query, headers, content, self.client_address[1])
        fault, answer = self.site.take(asked)
        if fault == "stall":
            self.site.stalled.set()
            self.site.closing.wait(60)
        if fault in ("unheard", "lost", "stall"):
            return False
        if fault == "html":
            answer = Answer(200, page=PAGE)
        self._send(answer, fault)
        return fault != "cut" and headers.get("connection", "").lower() != "close"

    def _send(self, answer: Answer, fault: Misbehaviour | None) -> None:
        kind, body = "application/json; charset=utf-8", b""
        if answer.page is not None:
            kind, body = "text/html", answer.page.encode()
        elif answer.content is not None:
            body = answer.content
        elif answer.document is not None:
            body = json.dumps(answer.document).encode()
        if fault == "broken json":
            body = body[: len(body) // 2]
        told = {"Content-Type": kind, **answer.headers}
        if answer.status == 204:
            body = b""
        else:
            told["Content-Length"] = str(len(body))
        if fault == "cut":
            body = body[: len(body) // 2]
        phrase = responses.get(answer.status, "")
        lines = [f"HTTP/1.1 {answer.status} {phrase}", *(f"{name}: {value}" for name, value in told.items())]
        head = "\r\n".join([*lines, "", ""]).encode("latin-1")
        if len(body) > _LARGE:
            self.wfile.write(head)
            head = b""
        self.wfile.write(head + body)


class _Server(ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 16

    def handle_error(self, *_: Any) -> None:
        """Say nothing: who asked went away."""


@contextmanager
def serving(site: S, *, certificate: tuple[Path, Path] | None = None) -> Iterator[S]:
    """Let a server answer inside the ``with`` block; over TLS, with a certificate and its key."""
    handler = type("Handler", (_Handler,), {"site": site})
    with _Server(("127.0.0.1", 0), handler) as server:
        site.port = server.server_address[1]
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
            site.scheme = "https"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield site
        finally:
            site.closing.set()
            server.shutdown()
            thread.join()
