"""One exchange over HTTP: a request sent, and its whole reply read, both bounded in time and size.

A connection is encrypted and its certificate verified, or leads to this machine itself: whoever sends checks that by
:func:`core.links.address.origin`. No redirect is followed, for credentials would go along.
"""

from __future__ import annotations

import logging
import ssl
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote, urlencode

from core.links.address import host_of
from core.links.faults import CallFailed
from core.text import clean, file_size
from core.transfer.sockets import Lifeline

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx

    from core.stop import StopToken

LARGEST_REPLY = 64_000_000
_LONGEST_REPLY_SECONDS = 600.0
_CONNECT_SECONDS = 10


class Wire:
    """Sends requests. Any number of threads may use it."""

    def __init__(self, *, timeout: float, accept: str, stop: StopToken, **more: Any) -> None:
        """``accept`` is the media type that is asked for; a ``stop`` ends what waits; ``more`` is for the client."""
        import httpx

        # It logs the whole address of every request, with the e-mail address that is looked for in it.
        logging.getLogger("httpx").setLevel(logging.WARNING)
        self._timeout, self._stop = timeout, stop
        self._http = httpx.Client(
            verify=ssl.create_default_context(),
            timeout=httpx.Timeout(timeout, connect=min(timeout, _CONNECT_SECONDS)),
            headers={"User-Agent": "Pendel", "Accept": accept},
            follow_redirects=False,
            trust_env=False,
            **more,
        )
        self._lifeline = Lifeline()

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    def exchange(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        repeatable: bool,
        query: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Send a request and return status, headers and body of its reply.

        Raises:
            CallFailed: the reply cannot be taken; ``unclear`` where one that is not ``repeatable`` got none.
            ConnectionFailed: the system cannot be reached.
            StopRequested: a stop was asked for.
        """
        import httpx

        self._stop.check()
        host = host_of(url)
        try:
            # httpx would put parameters in place of those that stand in an address.
            address = f"{url}{'&' if '?' in url else '?'}{urlencode(query, quote_via=quote)}" if query else url
            request = self._http.build_request(
                method, address, headers=headers, content=content, extensions={"trace": self._hold}
            )
            with self._stop.interrupting(self._lifeline.cut):
                response = self._http.send(request, stream=True)
                try:
                    return response.status_code, response.headers, self._body(response, host)
                finally:
                    with suppress(httpx.TransportError):
                        response.close()
        except httpx.InvalidURL as error:
            raise CallFailed(f"The address on {host} cannot be used: {clean(str(error))}.", kind="settings") from None
        except httpx.DecodingError:
            kind: Literal["retry", "unclear"] = "retry" if repeatable else "unclear"
            raise CallFailed(f"{host} sends a reply that is packed wrongly.", kind=kind) from None
        except httpx.TransportError as error:
            self._stop.check()
            raise _fault(error, host, self._timeout, repeatable=repeatable) from error

    def _hold(self, event: str, info: dict[str, Any]) -> None:
        """Be told of each step of a connection, and take hold of its socket, so that a stop can end it."""
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            self._lifeline.hold(info["return_value"].get_extra_info("socket"))

    def _body(self, response: httpx.Response, host: str) -> bytes:
        import httpx

        pieces, size, begun = [], 0, time.monotonic()
        for piece in response.iter_bytes():
            pieces.append(piece)
            size += len(piece)
            if size > LARGEST_REPLY:
                raise CallFailed(
                    f"{host} sends a reply of more than {file_size(LARGEST_REPLY)}.",
                    kind="settings",
                    advice="Ask for smaller pages.",
                )
            if time.monotonic() - begun > _LONGEST_REPLY_SECONDS:
                raise httpx.ReadTimeout("the whole reply takes too long")
            self._stop.check()
        return b"".join(pieces)


def _fault(error: httpx.TransportError, host: str, timeout: float, *, repeatable: bool) -> Exception:
    import httpx

    from core.transfer.faults import http_fault

    # A certificate that does not pass is a ConnectError, too.
    never_sent = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
    if repeatable or never_sent:
        return http_fault(error, host, timeout)
    return CallFailed(
        f"{host} gave no answer to a request that writes; whether it was carried out is not known.",
        kind="unclear",
        advice="It is looked for before it is sent again.",
    )
