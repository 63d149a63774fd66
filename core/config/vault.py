"""The vault: secrets by name, encrypted on disk.

One file, ``<data_dir>/vault``, holds all of them as one Fernet token (AES-128-CBC with HMAC-SHA-256) around a JSON
object, so that not even their names can be read without the key. The key stands in ``<data_dir>/vault.key``, which is
created with the first secret, or in the environment variable ``PENDEL_VAULT_KEY``. Either may hold several keys,
separated by white space: all of them open the vault, and whatever is stored is encrypted anew with the first.
"""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from core.config.files import replace_file
from core.errors import ConfigError, Problem, Refused
from core.text import clean, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cryptography.fernet import MultiFernet

KEY_VARIABLE = "PENDEL_VAULT_KEY"
"""The environment variable that holds the key in place of the key file."""


class Vault:
    """Secrets by name; every call reads the file anew, so several processes may use one vault."""

    def __init__(self, data_dir: Path) -> None:
        self._directory = data_dir
        self._file = data_dir / "vault"
        self._key_file = data_dir / "vault.key"

    def names(self) -> list[str]:
        """Return the names of all secrets, sorted.

        Raises:
            ConfigError: the vault cannot be opened.
        """
        return sorted(self._read())

    def get(self, name: str) -> str:
        """Return a secret.

        Raises:
            ConfigError: there is none of this name, or the vault cannot be opened.
        """
        secrets = self._read()
        if name not in secrets:
            near = nearest(name, secrets)
            raise _problem(self._file, f"the vault has no secret {clean(name, limit=70)!r}", suggestion=near)
        return secrets[name]

    def set(self, name: str, value: str) -> None:
        """Store a secret, in place of the one that has this name.

        Raises:
            Refused: the value is empty.
            ConfigError: the vault cannot be opened or written.
        """
        if not value:
            raise Refused(f"The secret {clean(name, limit=70)!r} is empty and was not stored.")
        with self._changing() as secrets:
            secrets[name] = value

    def delete(self, name: str) -> None:
        """Remove a secret.

        Raises:
            ConfigError: there is none of this name, or the vault cannot be opened or written.
        """
        self.get(name)
        with self._changing() as secrets:
            secrets.pop(name, None)

    @contextmanager
    def _changing(self) -> Iterator[dict[str, str]]:
        """Hand out all secrets to be changed, and store them; one process at a time."""
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            with (self._directory / "vault.lock").open("a") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                secrets = self._read()
                yield secrets
                token = self._cipher(create=True).encrypt(json.dumps(secrets).encode())
                replace_file(self._file, token, mode=0o600)
        except OSError as error:
            raise _problem(self._file, f"the vault cannot be written: {_reason(error)}") from None

    def _read(self) -> dict[str, str]:
        try:
            token = self._file.read_bytes()
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise _problem(self._file, f"the vault cannot be read: {_reason(error)}") from None
        # Costs about 50 ms, which a configuration without a vault need not pay.
        from cryptography.fernet import InvalidToken

        try:
            secrets: dict[str, str] = json.loads(self._cipher().decrypt(token))
        except InvalidToken:
            place = KEY_VARIABLE if KEY_VARIABLE in os.environ else str(self._key_file)
            raise _problem(
                self._file,
                f"the vault cannot be opened with the key in {place}; it is another one, or the file is damaged",
            ) from None
        return secrets

    def _cipher(self, *, create: bool = False) -> MultiFernet:
        from cryptography.fernet import Fernet, MultiFernet

        text = os.environ.get(KEY_VARIABLE)
        place = KEY_VARIABLE
        if text is None:
            place = str(self._key_file)
            if create and not self._key_file.exists():
                self._create_key(Fernet.generate_key())
            text = self._read_key()
        try:
            return MultiFernet([Fernet(key) for key in text.split()])
        except ValueError:
            raise _problem(
                self._file, f"what stands in {place} is no key: 32 bytes in URL-safe base64 are needed"
            ) from None

    def _create_key(self, key: bytes) -> None:
        handle = os.open(self._key_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(key + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def _read_key(self) -> str:
        try:
            with self._key_file.open(encoding="ascii", errors="replace") as file:
                if os.fstat(file.fileno()).st_mode & 0o077:
                    raise _problem(
                        self._key_file,
                        "others than its owner may read or write the key of the vault; "
                        f"run: chmod 600 {self._key_file}",
                    )
                return file.read()
        except FileNotFoundError:
            raise _problem(
                self._key_file,
                f"the key of the vault is missing; put it back, or set {KEY_VARIABLE}",
            ) from None
        except OSError as error:
            raise _problem(self._key_file, f"the key of the vault cannot be read: {_reason(error)}") from None


def _problem(file: Path, message: str, *, suggestion: str = "") -> ConfigError:
    return ConfigError([Problem(clean(str(file)), "", "", message, suggestion=suggestion)])


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()
