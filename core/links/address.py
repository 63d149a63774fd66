"""Addresses: which may be asked, and whether one leads to the same server as another."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from core.errors import Refused
from core.text import clean

_PORTS = {"http": 80, "https": 443}


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, so that nothing goes over a network."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def origin(url: str) -> tuple[str, str, int]:
    """Return scheme, host and port of an address.

    Raises:
        Refused: it is no address that may be asked: nothing but https, or http on this machine itself.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Refused(f"{clean(url, limit=120)} is no address.") from None
    host = (parts.hostname or "").lower()
    if not host or parts.scheme not in _PORTS or parts.username is not None or parts.password is not None:
        raise Refused(f"{clean(url, limit=120)} is no address of the kind https://host/path.")
    if parts.scheme == "http" and not is_loopback(host):
        raise Refused(
            f"{clean(host)} would be asked over http, where passwords can be read on the way.",
            advice="Write https:// in the address.",
        )
    return parts.scheme, host, port or _PORTS[parts.scheme]


def host_of(url: str) -> str:
    """Return the host of an address for messages; nothing of its path or parameters, which may hold secrets."""
    try:
        return clean(urlsplit(url).hostname or "", limit=120) or "the server"
    except ValueError:
        return "the server"
