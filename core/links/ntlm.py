"""NTLM over HTTP (MS-NTHT): not a request is signed in, but the connection that it goes over.

The messages are made and read by pyspnego.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import struct
from typing import TYPE_CHECKING, Any

import httpx

from core.links.faults import CallFailed
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Generator

_SCHEMES = ("NTLM", "Negotiate")


class NtlmSignIn(httpx.Auth):
    """Signs in to a connection when the server asks for it.

    Who uses it keeps to one connection, and to one request at a time: between the messages of a sign-in, nothing else
    may go over it.
    """

    requires_response_body = True

    def __init__(self, username: str, password: str) -> None:
        self._username, self._password = username, password
        # It logs all messages, by which a weak password can be guessed.
        logging.getLogger("spnego").setLevel(logging.WARNING)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Send a request, with a sign-in before it where the connection is new.

        Raises:
            CallFailed: what the server says in a sign-in cannot be read.
        """
        response = yield request
        if response.status_code != 401 or (scheme := _scheme(response)) is None:
            return
        client = self._client(request.url.host, response)
        # The body goes along with the last message only.
        first = httpx.Request(
            request.method,
            request.url,
            headers={**_without_length(request.headers), "Content-Length": "0"},
            extensions=request.extensions,
        )
        first.headers["Authorization"] = _header(scheme, client.step())
        response = yield first
        challenge = _challenge(response, scheme)
        if response.status_code != 401 or challenge is None:
            return
        request.headers["Authorization"] = _header(scheme, _answer(client, challenge, request.url.host))
        yield request

    def _client(self, host: str, response: httpx.Response) -> Any:
        import spnego

        return spnego.client(
            self._username,
            self._password,
            hostname=host,
            service="HTTP",
            protocol="ntlm",
            options=spnego.NegotiateOptions.use_ntlm,
            channel_bindings=_bindings(response),
        )


def _answer(client: Any, challenge: bytes, host: str) -> bytes | None:
    from spnego.exceptions import SpnegoError

    try:
        answer: bytes | None = client.step(challenge)
    except (SpnegoError, ValueError, struct.error, LookupError):
        raise CallFailed(
            f"{clean(host, limit=120)} asks for NTLM, and sends a message in it that cannot be read.",
            kind="settings",
            advice="Something between may change it, such as a proxy. Basic is the other way to sign in.",
        ) from None
    return answer


def _bindings(response: httpx.Response) -> Any:
    """Return what ties the sign-in to this TLS connection (RFC 5929, section 4), as many Windows servers demand."""
    from spnego.channel_bindings import GssChannelBindings

    stream = response.extensions.get("network_stream")
    tls = stream.get_extra_info("ssl_object") if stream is not None else None
    if tls is None or (der := tls.getpeercert(True)) is None:
        return None
    from cryptography.x509 import load_der_x509_certificate

    used = load_der_x509_certificate(der).signature_hash_algorithm
    # What is weaker than SHA-256, or has no hash of its own, is hashed with SHA-256.
    name = used.name if used is not None and used.name in ("sha384", "sha512") else "sha256"
    return GssChannelBindings(application_data=b"tls-server-end-point:" + hashlib.new(name, der).digest())


def _without_length(headers: httpx.Headers) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name not in ("content-length", "transfer-encoding")}


def _scheme(response: httpx.Response) -> str | None:
    offered = [value.strip().partition(" ")[0].lower() for value in response.headers.get_list("www-authenticate", True)]
    return next((scheme for scheme in _SCHEMES if scheme.lower() in offered), None)


def _challenge(response: httpx.Response, scheme: str) -> bytes | None:
    for value in response.headers.get_list("www-authenticate", True):
        name, _, message = value.strip().partition(" ")
        if name.lower() == scheme.lower() and message:
            try:
                return base64.b64decode(message, validate=True)
            except ValueError:
                return None
    return None


def _header(scheme: str, message: bytes | None) -> str:
    return f"{scheme} {base64.b64encode(message or b'').decode()}"
