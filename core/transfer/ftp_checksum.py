"""The checksums that FTP servers can tell of a file that was sent."""

from __future__ import annotations

import hashlib
import re
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.transfer.ftp_client import FtpClient
    from core.transfer.meter import Meter


class Checksum:
    """A checksum that the server can tell of a file: its command, and the value of what was sent.

    HASH is draft-bryan-ftpext-hash; the commands with X are older, and answer with the value as their last word.
    """

    def __init__(self, command: str) -> None:
        self._command = command
        self._crc = 0

    @classmethod
    def offered(cls, features: dict[str, str]) -> Checksum | None:
        """Return the best one of those that a server announces, or None."""
        if "SHA-256" in features.get("HASH", "").upper():
            return cls("HASH")
        return next((cls(command) for command in ("XSHA256", "XCRC") if command in features), None)

    def add(self, chunk: bytes) -> None:
        """Count a piece of the file."""
        if self._command == "XCRC":
            self._crc = zlib.crc32(chunk, self._crc)

    def value(self, meter: Meter) -> str:
        """Return the value of all that was sent."""
        return f"{self._crc:08X}" if self._command == "XCRC" else meter.sha256.upper()

    def ask(self, client: FtpClient, path: str) -> str:
        """Return the server's value, or an empty string where its answer cannot be understood."""
        if self._command == "HASH":
            client.voidcmd("OPTS HASH SHA-256")
        reply = client.sendcmd(f"{self._command} {path}")
        width = 8 if self._command == "XCRC" else hashlib.sha256().digest_size * 2
        found = re.search(rf"\b[0-9A-Fa-f]{{{width}}}\b", reply[3:])
        return found.group().upper() if found else ""
