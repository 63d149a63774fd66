"""The address of a system that tells itself where it is now."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from core.links.address import host_of, is_loopback, origin
from core.links.faults import CallFailed
from core.links.judging import MISSING, member
from core.links.model.templates import filled
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from core.links.fields import LinkValue
    from core.links.model.connector import Connector

_WAIT_SECONDS = 60.0


class Home:
    """Where the paths of one link begin: fixed, or asked for when needed and again when the system has moved."""

    def __init__(self, connector: Connector, values: Mapping[str, LinkValue], ask: Callable[[str], Any]) -> None:
        """``ask`` reads the document at an address, without credentials.

        Raises:
            Refused: the address cannot be used.
        """
        self._template, self._values, self._ask = connector.base_url, values, ask
        self._look_up = connector.host
        self._lock = threading.Lock()
        self._base = ""
        if self._look_up is None:
            self._base = filled(self._template, values).rstrip("/")
            origin(self._base)
        self.name = host_of(self._base or filled(self._look_up.url if self._look_up else "", values))
        """The host, for messages."""

    def base(self, *, instead_of: str = "") -> str:
        """Return the address; not ``instead_of``, from where the system has moved.

        Raises:
            CallFailed: the system does not tell, leads to somebody else, or is not running.
            Refused: the address cannot be used.
        """
        look_up = self._look_up
        with self._lock:
            if look_up is None or (self._base and self._base != instead_of):
                return self._base
            url = filled(look_up.url, self._values, in_path=False)
            told = self._ask(url)
            if look_up.running is not None and member(told, look_up.running.member) != look_up.running.equals:
                raise CallFailed(
                    f"{host_of(url)} says that the system is not running now.",
                    kind="wait",
                    after=_WAIT_SECONDS,
                    advice="The next run goes on from here.",
                )
            found = member(told, look_up.member)
            if found is MISSING or not isinstance(found, str) or not found:
                raise CallFailed(
                    f"{host_of(url)} does not say at {look_up.member} where the system is.",
                    kind="settings",
                    advice="Check the fields of the link that stand in the address to ask.",
                )
            base = filled(self._template, {**self._values, "host": found.rstrip("/")}).rstrip("/")
            if not _same_owner(origin(base)[1], origin(url)[1]):
                raise CallFailed(
                    f"{host_of(url)} leads to {clean(host_of(base))}, where credentials do not belong.",
                    kind="settings",
                    advice="That is not followed. Ask who runs the system.",
                )
            self._base = base
            return base

    def moved(self, status: int | None) -> bool:
        """Whether a status says that the system is elsewhere now, and has not taken the request."""
        return self._look_up is not None and status in self._look_up.moved


def _same_owner(host: str, asked: str) -> bool:
    """Whether two hosts belong to the same domain: the last two labels of their names."""
    return host == asked or (
        host.split(".")[-2:] == asked.split(".")[-2:] and not is_loopback(host) and not host[-1:].isdecimal()
    )
