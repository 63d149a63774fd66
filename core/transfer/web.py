"""Files behind URLs: fetched over HTTP and HTTPS, whose addresses come from outside text.

A connection is looked at when it stands and before anything is asked over it: an address of a private network, or of
this machine, is left alone unless the operator has named it. So neither a name that leads there nor a redirect makes
Pendel ask for what only machines inside may ask for. Names that a server proposes for its files are not looked at.
"""

from __future__ import annotations

import ipaddress
import json
import ssl
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from core.closing import Closing
from core.errors import AccessDenied, ConnectionFailed, FileMissing, PendelError, TransferError
from core.text import clean, time_span
from core.transfer.faults import disk_fault, http_fault
from core.transfer.meter import Meter
from core.transfer.sockets import Lifeline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    import httpx

    from core.stop import StopToken
    from core.transfer.location import Progress

_LONGEST_URL = 4096
_REDIRECTS = 5
_CONNECT_SECONDS = 10
_SLOWEST = 1000
"""Bytes a second, over all of a file and after the first ``timeout`` seconds; a server that sends less is given up."""
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_TRY_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Answers after which the same question may be answered differently (RFC 9110, RFC 6585, RFC 8470)."""


@dataclass(frozen=True, slots=True)
class WebFile:
    """What a server says of a file."""

    size: int | None
    """None where it does not tell."""
    stamp: str
    """What it calls this version of the file, as :meth:`Web.fetch` takes it; empty where it calls it nothing."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that came whole."""

    size: int
    sha256: str
    stamp: str


def is_url(text: str) -> bool:
    """Whether text is an address with a scheme, of whatever kind."""
    scheme, mark, _ = text.partition("://")
    return bool(mark) and scheme.isalnum()


def host_of(url: str) -> str:
    """Return the host and port that a URL leads to, for messages."""
    import httpx

    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        return ""
    return clean(parsed.netloc.decode("ascii", "replace").rpartition("@")[2], limit=120)


class Web(Closing):
    """Fetches files; keeps connections open between them. One thread at a time uses it.

    Every method raises AccessDenied (also for a URL that may not be used), FileMissing, ConnectionFailed and
    TransferError, and StopRequested as soon as a stop is asked for.
    """

    def __init__(self, *, timeout: float, private_hosts: Sequence[str] = ()) -> None:
        import httpx  # 70 ms

        self._timeout = timeout
        self._private_hosts = private_hosts
        self._lifeline = Lifeline()
        self._host_asked = ""
        # The system's certificates: who runs servers of his own adds his authority there. Proxies of the environment
        # are not used: behind one, nobody could tell where a connection leads.
        self._client = httpx.Client(
            verify=ssl.create_default_context(),
            timeout=httpx.Timeout(timeout, connect=min(timeout, _CONNECT_SECONDS)),
            headers={"User-Agent": "Pendel", "Accept": "*/*", "Accept-Encoding": "identity"},
            trust_env=False,
        )

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def look(self, url: str, *, known: str, stop: StopToken) -> WebFile | None:
        """Return what a server says of a file without fetching it; None where it still is the version ``known``."""
        try:
            with self._asking("HEAD", url, known, stop) as response:
                return _web_file(response) if response.status_code != 304 else None
        except _NotAllowed:
            with self._asking("GET", url, known, stop) as response:
                return _web_file(response) if response.status_code != 304 else None

    def fetch(
        self,
        url: str,
        into: Path,
        *,
        known: str,
        limit: Callable[[int], None],
        stop: StopToken,
        progress: Progress | None = None,
    ) -> Fetched | None:
        """Fetch a file to ``into``; return None, and write nothing, where it still is the version ``known``.

        ``limit`` is called with the size that is announced, and with the bytes so far whenever some came; what it
        raises ends the transfer. ``into`` is whole only when this returns.
        """
        with self._asking("GET", url, known, stop) as response:
            if response.status_code == 304:
                return None
            told = _web_file(response)
            if told.size is not None:
                limit(told.size)
            meter = Meter(told.size or 0, stop, progress)
            begun = time.monotonic()
            try:
                with into.open("wb") as file:
                    for chunk in response.iter_bytes():
                        meter.add(chunk)
                        limit(meter.done)
                        file.write(chunk)
                        self._refuse_slow(url, meter.done, time.monotonic() - begun)
                # Of an answer without a length, the cut that a stop makes looks like its end.
                stop.check()
            except OSError as error:
                raise disk_fault(error, into) from error
        return Fetched(meter.done, meter.sha256, told.stamp)

    def _refuse_slow(self, url: str, done: int, seconds: float) -> None:
        if seconds > self._timeout and done < _SLOWEST * seconds:
            raise ConnectionFailed(
                f"{host_of(url)} sends too slowly: {done:,} bytes in {time_span(seconds)}.",
                advice="Retrying may help when the server has less to do.",
            )

    @contextmanager
    def _asking(self, method: str, url: str, known: str, stop: StopToken) -> Iterator[httpx.Response]:
        """Give the answer with status 200, or 304 where the version is known; its body is still to be read."""
        import httpx

        server = host_of(url)
        try:
            with stop.interrupting(self._lifeline.cut):
                response = self._answer(method, _checked(url), known)
                try:
                    _refuse_status(response, method, url, known)
                    yield response
                finally:
                    response.close()
        except httpx.TransportError as error:
            stop.check()
            raise http_fault(error, server, self._timeout) from error
        except httpx.InvalidURL as error:
            raise AccessDenied(f"{clean(url, limit=200)} is no URL that can be used: {clean(str(error))}.") from error
        except httpx.DecodingError as error:
            raise TransferError(f"{server} sends a file that is packed wrongly.") from error
        except PendelError:
            # A connection that a stop has cut may look like one that was lost.
            stop.check()
            raise

    def _answer(self, method: str, url: httpx.URL, known: str) -> httpx.Response:
        """Ask, and follow redirects, each of which must lead to where a URL may lead."""
        extensions = {"trace": self._look_at_connection}
        for _ in range(_REDIRECTS + 1):
            self._host_asked = url.host
            request = self._client.build_request(method, url, headers=_conditions(known), extensions=extensions)
            response = self._client.send(request, stream=True, follow_redirects=False)
            if response.next_request is None:
                return response
            response.close()
            target = response.next_request.url
            if url.scheme == "https" and target.scheme != "https":
                raise AccessDenied(f"{url.host} leads on to {target.host} without encryption; that is not followed.")
            url = _checked(str(target))
        raise TransferError(f"{url.host} leads on more than {_REDIRECTS} times.", advice="Check the URL in a browser.")

    def _look_at_connection(self, event: str, info: dict[str, Any]) -> None:
        """Be told of each step of a connection; take hold of its socket, and refuse one that leads inside."""
        if event not in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            return
        stream = info["return_value"]
        self._lifeline.hold(stream.get_extra_info("socket"))
        address = str(stream.get_extra_info("server_addr")[0]).partition("%")[0]
        if not self._may_lead_to(self._host_asked, address):
            stream.close()
            host = address if address == self._host_asked else f"{self._host_asked} is {address}, which"
            raise AccessDenied(
                f"{host} is an address of a private network or of this machine.",
                advice="If the URL may lead there, name the host or the network in private_hosts.",
            )

    def _may_lead_to(self, host: str, address: str) -> bool:
        parsed = _meant(ipaddress.ip_address(address))
        if parsed.is_global and not parsed.is_multicast:
            return True
        for allowed in self._private_hosts:
            try:
                if parsed in ipaddress.ip_network(allowed):
                    return True
            except ValueError:
                if fnmatchcase(host.lower(), allowed.lower()):
                    return True
        return False


def _meant(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Return the address that one of IPv6 stands for, where it wraps one of IPv4 (RFC 4291, RFC 3056, RFC 6052)."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


class _NotAllowed(TransferError):
    """The server does not answer to this method."""


def _checked(url: str) -> httpx.URL:
    """Return a URL that may be asked for.

    Raises:
        AccessDenied: it is of another kind, or carries a password, which would be kept where everybody reads it.
    """
    import httpx

    if len(url) > _LONGEST_URL:
        raise AccessDenied(f"The URL is longer than {_LONGEST_URL} characters.")
    parsed = httpx.URL(url)
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise AccessDenied(f"{clean(url, limit=200)} is no URL of the kind http or https.")
    if parsed.userinfo:
        raise AccessDenied(
            f"The URL of {host_of(url)} has a user name or password in it.",
            advice="Fetch such files through a location, whose password is kept as a secret.",
        )
    return parsed


def _conditions(known: str) -> dict[str, str]:
    """Return the headers by which a server sends nothing where the version is still the known one (RFC 9110, 13.1)."""
    told: dict[str, str] = {}
    with suppress(ValueError):
        told = json.loads(known) if known else {}
    if etag := told.get("etag"):
        return {"If-None-Match": etag}
    if modified := told.get("modified"):
        return {"If-Modified-Since": modified}
    return {}


def _web_file(response: httpx.Response) -> WebFile:
    headers = response.headers
    length = headers.get("content-length", "")
    size = int(length) if length.isdecimal() and "content-encoding" not in headers else None
    stamp = {"etag": headers.get("etag"), "modified": headers.get("last-modified")}
    told = {name: value for name, value in stamp.items() if value}
    return WebFile(size, json.dumps(told) if told else "")


def _refuse_status(response: httpx.Response, method: str, url: str, known: str) -> None:
    status, server = response.status_code, host_of(url)
    if status == 200 or (status == 304 and known):
        return
    answer = f"{server} answers {status} {clean(response.reason_phrase, limit=60)}".strip()
    if status in (404, 410):
        raise FileMissing(f"{answer}: there is no such file.")
    if status in (401, 403):
        raise AccessDenied(f"{answer}: it does not give the file to Pendel.")
    if status in (405, 501) and method == "HEAD":
        raise _NotAllowed(f"{answer}.")
    if status in _TRY_AGAIN:
        raise ConnectionFailed(f"{answer}.", advice="Retrying may help.")
    raise TransferError(f"{answer}.", advice="Check the URL in a browser.")
