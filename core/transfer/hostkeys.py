"""The keys by which SSH servers are known: checking the one that is offered, and approving a new one."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import ConnectionFailed, Refused
from core.text import clean
from core.transfer.faults import disk_fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class HostKey:
    """A key that a server offers, under the name that known_hosts files use for it."""

    host: str
    """``example.com``, or ``[example.com]:2222`` where the port is not 22."""
    algorithm: str
    blob: bytes

    @property
    def fingerprint(self) -> str:
        """As ``ssh-keygen -l`` shows it: ``SHA256:…``."""
        return "SHA256:" + base64.b64encode(hashlib.sha256(self.blob).digest()).decode().rstrip("=")

    @property
    def line(self) -> str:
        """The line for a known_hosts file."""
        return f"{self.host} {self.algorithm} {base64.b64encode(self.blob).decode()}"


def known_name(host: str, port: int) -> str:
    """Return the name of a server in known_hosts files."""
    return host if port == 22 else f"[{host}]:{port}"


def known_algorithms(host: str, files: Sequence[Path]) -> list[str]:
    """Return the algorithms of the keys that are known of a host, so that it can be asked for one of those."""
    return list(dict.fromkeys(key.algorithm for key in _known(host, files)))


def check_host_key(key: HostKey, files: Sequence[Path], *, location: str) -> str:
    """Say that a key is the known one of its host.

    Raises:
        ConnectionFailed: it is not known, is another one than before, or was revoked. Trying again does not help.
    """
    if _is_revoked(key, files):
        raise ConnectionFailed(
            f"The host key {key.fingerprint} of {key.host} is marked as revoked.",
            advice="Do not connect; ask the server's administrator.",
            retriable=False,
        )
    known = _known(key.host, files)
    if any(other.blob == key.blob for other in known):
        return f"The host key {key.fingerprint} is the known one."
    if known:
        raise ConnectionFailed(
            f"THE HOST KEY OF {key.host} HAS CHANGED: it offers {key.fingerprint}, known is "
            f"{' and '.join(other.fingerprint for other in known)}. Somebody may be reading along.",
            advice=f"Nothing was sent. Ask the server's administrator; only if the change is confirmed, remove the "
            f"old line from {' or '.join(clean(str(file)) for file in files)}.",
            retriable=False,
        )
    raise ConnectionFailed(
        f"The host key of {key.host} is not known: {key.algorithm} {key.fingerprint}.",
        advice=f"Compare it with what the server's administrator says, then approve it with "
        f'"pendel test {location} --trust".',
        retriable=False,
    )


def trust_host_key(key: HostKey, file: Path, *, also_known: Sequence[Path] = ()) -> None:
    """Append a key to the known_hosts file ``file``, which is created where it is not there.

    ``also_known`` are other files that the location looks into.

    Raises:
        Refused: another key of this host is known already. That is never replaced here.
    """
    files = (file, *also_known)
    known = _known(key.host, files)
    if any(other.blob == key.blob for other in known):
        return
    if known or _is_revoked(key, files):
        raise Refused(
            f"Another host key of {key.host} is known already, so {key.fingerprint} is not approved.",
            advice=f"If the change is confirmed by the server's administrator, remove the old line from "
            f"{' or '.join(clean(str(path)) for path in files)} by hand, and try again.",
        )
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        present = file.read_bytes() if file.exists() else b""
        with file.open("ab") as writer:
            writer.write((b"" if not present or present.endswith(b"\n") else b"\n") + key.line.encode() + b"\n")
            writer.flush()
            os.fsync(writer.fileno())
    except OSError as error:
        raise disk_fault(error, file) from error


def _known(host: str, files: Sequence[Path]) -> list[HostKey]:
    found = []
    for line in _lines(files):
        fields = line.split()
        if len(fields) < 3 or line.startswith(("#", "@")):
            continue
        names, algorithm, encoded = fields[:3]
        if any(_is_name_of(host, name) for name in names.split(",")):
            with suppress(ValueError):
                found.append(HostKey(host, algorithm, base64.b64decode(encoded, validate=True)))
    return found


def _is_name_of(host: str, name: str) -> bool:
    if not name.startswith("|1|"):
        return name.casefold() == host.casefold()
    # HashKnownHosts of ssh_config: |1|salt|HMAC-SHA1 of the name.
    _, _, salt, digest = ([*name.split("|"), "", ""])[:4]
    try:
        expected = hmac.digest(base64.b64decode(salt), host.encode(), "sha1")
    except ValueError:
        return False
    return base64.b64encode(expected).decode() == digest


def _is_revoked(key: HostKey, files: Sequence[Path]) -> bool:
    encoded = base64.b64encode(key.blob).decode()
    return any(line.startswith("@revoked") and encoded in line.split() for line in _lines(files))


def _lines(files: Sequence[Path]) -> Iterator[str]:
    for file in files:
        try:
            text = file.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            continue
        except OSError as error:
            raise disk_fault(error, file) from error
        yield from (line.strip() for line in text.splitlines())
