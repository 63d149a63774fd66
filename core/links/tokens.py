"""Where the tokens of a link are kept: in the vault, written through to the disk before one of them is used."""

from __future__ import annotations

import fcntl
import json
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from core.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from core.config.vault import Vault

_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a system gave. Times are seconds since 1970."""

    access: str = field(default="", repr=False)
    refresh: str = field(default="", repr=False)
    obtained_at: float = 0.0
    expires_at: float = 0.0
    calls: tuple[float, ...] = ()
    """Token calls of the last day."""
    of: str = field(default="", repr=False)
    """What tells the values that they were got with from others; empty where it is not known."""
    asking: bool = False
    """A refresh was begun, and its answer is not here: after a crash, the refresh token may have been used up."""

    def begun(self, now: float) -> Tokens:
        """Return them with one more call on the way."""
        return replace(self, asking=True, calls=(*(call for call in self.calls if call > now - _DAY), now))


def token_name(link: str) -> str:
    """Return the name under which the vault has the tokens of a link."""
    return f"link.{link}"


class TokenStore(Protocol):
    """Keeps the tokens of one link."""

    def read(self) -> Tokens:
        """Return what was written last; empty where nothing was."""

    def write(self, tokens: Tokens) -> None:
        """Keep these; when this returns, they survive a crash of the machine."""

    def locked(self) -> AbstractContextManager[None]:
        """Keep every other process from asking for tokens of this link inside the ``with`` block."""


class VaultTokens:
    """Tokens in the vault, under ``link.NAME``; a lock file keeps two processes from refreshing at once."""

    def __init__(self, vault: Vault, name: str, *, lock_dir: Path) -> None:
        self._vault = vault
        self._name = token_name(name)
        self._lock_file = lock_dir / f"link-{name}.lock"

    def read(self) -> Tokens:
        """Return what was written last.

        Raises:
            ConfigError: the vault cannot be opened.
        """
        if self._name not in self._vault.names():
            return Tokens()
        kept = json.loads(self._vault.get(self._name))
        return Tokens(**{**kept, "calls": tuple(kept["calls"])})

    def write(self, tokens: Tokens) -> None:
        """Keep these.

        Raises:
            ConfigError: the vault cannot be opened or written.
        """
        self._vault.set(self._name, json.dumps(asdict(tokens)))

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep others out.

        Raises:
            StoreError: the lock file cannot be made.
        """
        try:
            self._lock_file.parent.mkdir(parents=True, exist_ok=True)
            lock = self._lock_file.open("a")
        except OSError as error:
            raise StoreError(
                f"{self._lock_file} cannot be written: {(error.strerror or str(error)).lower()}."
            ) from None
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
