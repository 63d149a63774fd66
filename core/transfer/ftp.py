"""FTP as a location; FTPS stands on top of it."""

from __future__ import annotations

import datetime as dt
import ftplib
import re
from contextlib import suppress
from typing import TYPE_CHECKING

from core.errors import (
    AccessDenied,
    ConnectionFailed,
    FileMissing,
    PendelError,
    TransferError,
    VerifyFailed,
)
from core.text import clean
from core.transfer import names
from core.transfer.faults import disk_fault
from core.transfer.ftp_checksum import Checksum
from core.transfer.ftp_client import FtpClient
from core.transfer.ftp_listing import parse_facts, parse_listing, parse_time
from core.transfer.location import Entry, RemoteFile
from core.transfer.remote import RemoteLocation, Step

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from pathlib import Path

    from core.transfer.meter import Meter

_BLOCK = 128 * 1024
_NOT_KNOWN = ("500", "501", "502", "504")


class FtpLocation(RemoteLocation):
    """Reads and writes on a server by FTP, always in binary."""

    def __init__(
        self,
        name: str,
        *,
        host: str,
        port: int,
        timeout: float,
        directory: str,
        username: str,
        password: str,
        passive: bool,
    ) -> None:
        super().__init__(name, host=host, port=port, timeout=timeout, directory=directory)
        self._username = username
        self._password = password
        self._passive = passive
        self._client: FtpClient | None = None

    def connect_steps(self) -> Sequence[Step]:
        """Return the steps of connecting: name, port, login, directory."""
        return (
            Step("name", self.look_up),
            Step("port", self._dial),
            Step("login", self._log_in),
            Step("directory", self._enter),
        )

    def stat(self, path: str) -> RemoteFile | None:
        """Return the file at ``path``, or None where there is none (or a directory)."""
        path = names.checked_path(path)
        with self._talking(path):
            found = self._found(path)
        if found is None or found.kind in ("directory", "other"):
            return None
        return RemoteFile(path, names.split_path(path)[1], found.size, found.modified)

    def delete(self, path: str) -> None:
        """Delete a file."""
        path = names.checked_path(path)
        with self._talking(path):
            self._ftp().voidcmd(f"DELE {self._text(path)}")

    def read_from(self, path: str, offset: int, size: int) -> Generator[bytes | memoryview, None, None]:
        """Yield the bytes of a file from ``offset`` on."""
        del size
        whole = False
        try:
            with self._talking(path):
                self._ftp().voidcmd("TYPE I")
                yield from self._ftp().download(f"RETR {self._text(path)}", offset)
            whole = True
        finally:
            if not whole:
                # What is still under way on the data channel leaves the control channel in no known state.
                self.close()

    def close(self) -> None:
        """Say goodbye without waiting for the answer, and close the connection."""
        if self._open and self._client is not None:
            with suppress(OSError):
                self._client.putcmd("QUIT")
        super().close()

    def _new_client(self) -> FtpClient:
        return FtpClient(timeout=self.timeout, lifeline=self._lifeline)

    def _dial(self) -> str:
        with self.reporting():
            self._client = self._new_client()
            self._client.set_pasv(self._passive)
            self._client.dial(self.host, self.port)
            self._client.greet()
        return f"Port {self.port} of {self.host} answers."

    def _log_in(self) -> str:
        client = self._ftp()
        with self.reporting():
            try:
                ftplib.FTP.login(  # noqa: S321 - the protocol is the operator's choice
                    client, self._username.encode().decode("latin-1"), self._password.encode().decode("latin-1")
                )
            except ftplib.error_perm as error:
                raise AccessDenied(
                    f"{self.server} refuses the login of {clean(self._username)}: {self._said(error)}.",
                    advice="Check user name and password; a server may also ask for FTPS (protocol ftps).",
                ) from error
            client.learn_features()
            self._wire.utf8 = "UTF8" in client.features
            if self._wire.utf8:
                # Most servers speak UTF-8 at once, some want to be asked, and an error in answer is no matter.
                with suppress(ftplib.Error):
                    client.voidcmd("OPTS UTF8 ON")
            self._protect()
            client.voidcmd("TYPE I")
        return f"{self._username} is logged in."

    def _protect(self) -> None:
        """Prepare the data channels; nothing to do without TLS."""

    def _enter(self) -> str:
        if self.directory:
            with self.reporting(self.directory):
                try:
                    self._ftp().cwd(self._text(self.directory))
                except ftplib.error_perm as error:
                    if isinstance(self._reply_fault(error, self.directory), AccessDenied):
                        raise
                    raise self._no_directory() from error
        return f"The directory {self.directory or 'of the login'} is there."

    def _disconnect(self) -> None:
        if self._client is not None:
            self._client.give_up()
        self._client = None

    def _alive(self) -> bool:
        try:
            self._ftp().voidcmd("NOOP")
        except (OSError, EOFError, ftplib.Error):
            return False
        return True

    def _found(self, path: str) -> Entry | None:
        client = self._ftp()
        directory, name = names.split_path(path)
        if "MLST" in client.features:
            try:
                reply = client.sendcmd(f"MLST {self._text(path)}")
            except ftplib.error_perm as error:
                if self._is_missing(error):
                    return None
                raise
            for line in reply.splitlines()[1:-1]:
                if entry := parse_facts(line.lstrip().encode("latin-1"), self._wire.decode):
                    return entry
            # The directory itself, or an answer without facts.
            return None
        with suppress(ftplib.error_perm):
            size = client.size(self._text(path))
            if size is not None:
                return Entry(name, size, self._time_of(path), "file")
        with suppress(FileMissing):
            return next((entry for entry in self._entries(directory) if entry.name == name), None)
        return None

    def _time_of(self, path: str) -> dt.datetime | None:
        try:
            return parse_time(self._ftp().sendcmd(f"MDTM {self._text(path)}")[4:])
        except ftplib.error_perm:
            return None

    def _entries(self, directory: str) -> Sequence[Entry]:
        with self._talking(directory):
            client = self._ftp()
            if "MLST" in client.features:
                lines = client.listing(f"MLSD {self._text(directory)}".rstrip())
                return [entry for line in lines if (entry := parse_facts(line, self._wire.decode))]
            # Servers without MLSD take LIST's argument for options or a wildcard; so it goes without one.
            here = client.pwd() if directory else ""
            try:
                if directory:
                    client.cwd(self._text(directory))
                lines = client.listing("LIST")
            except ftplib.error_perm as error:
                if error.args and str(error)[:3] == "550" and not directory and "no files" in str(error).lower():
                    return []
                raise
            finally:
                if directory:
                    client.cwd(here)
            return parse_listing(lines, self._wire.decode, dt.datetime.now(dt.UTC))

    def _exists(self, path: str) -> bool:
        with self._talking(path):
            if self._found(path) is not None:
                return True
            if "MLST" in self._ftp().features:
                # A directory: MLST tells of it as the directory itself.
                with suppress(ftplib.error_perm):
                    self._ftp().sendcmd(f"MLST {self._text(path)}")
                    return True
        return False

    def _store(self, source: Path, temporary: str, meter: Meter) -> None:
        checksum = Checksum.offered(self._ftp_features(temporary))
        try:
            reader = source.open("rb")
        except OSError as error:
            raise disk_fault(error, source) from error
        with reader, self._talking(temporary):
            client = self._ftp()
            client.voidcmd("TYPE I")
            conn, _ = client.ntransfercmd(f"STOR {self._text(temporary)}")
            try:
                with conn:
                    while chunk := reader.read(_BLOCK):
                        conn.sendall(chunk)
                        if checksum is not None:
                            checksum.add(chunk)
                        meter.add(chunk)
                    client.end(conn)
            except TimeoutError:
                raise
            except OSError:
                # What the server answers to the end of the channel tells more: a full disk, a quota.
                client.voidresp()
                raise
            except PendelError:
                with suppress(ftplib.Error):
                    client.voidresp()
                raise
            client.voidresp()
            self._verify(temporary, meter, checksum)

    def _ftp_features(self, path: str) -> dict[str, str]:
        with self._talking(path):
            return self._ftp().features

    def _verify(self, temporary: str, meter: Meter, checksum: Checksum | None) -> None:
        found = self._found(temporary)
        if found is None or found.size != meter.done:
            raise VerifyFailed(
                f"{meter.done:,} bytes were sent to {self.server}, which has {found.size if found else 0:,} of them.",
                advice="Its disk may be full, or a quota reached; retrying may help.",
            )
        if checksum is None:
            return
        try:
            answer = checksum.ask(self._ftp(), self._text(temporary))
        except ftplib.error_perm:
            # Announced, but not for this user or kind of file; the size has been compared.
            return
        if answer not in ("", checksum.value(meter)):
            raise VerifyFailed(
                f"The checksum of {self.server} for {clean(temporary)} is not that of what was sent.",
                advice="Retrying may help.",
            )

    def _rename(self, path: str, to: str) -> None:
        self._ftp().rename(self._text(path), self._text(to))

    def _rename_over(self, temporary: str, target: str, token: str) -> None:
        with self._talking(target):
            try:
                self._rename(temporary, target)
            except ftplib.error_perm:
                if not self._exists(target):
                    raise
                # This server renames over nothing: the old file steps aside, and comes back if the new one fails.
                aside = names.temporary_path(target, token, "old")
                self._rename(target, aside)
                try:
                    self._rename(temporary, target)
                except ftplib.Error:
                    self._rename(aside, target)
                    raise
                self._ftp().delete(self._text(aside))

    def _rename_new(self, path: str, target: str) -> None:
        # Most servers rename over a file without a word, and the protocol knows no other way than to look first.
        if self._exists(target):
            raise self._target_exists(target)
        with self._talking(target):
            self._rename(path, target)

    def _make_directory(self, directory: str) -> None:
        parent = names.split_path(directory)[0]
        if parent and not self._exists(parent):
            self._make_directory(parent)
        with self._talking(directory):
            self._ftp().voidcmd(f"MKD {self._text(directory)}")

    def _discard(self, temporary: str) -> None:
        if self._open:
            with self._talking(temporary), suppress(ftplib.error_perm):
                self._ftp().delete(self._text(temporary))

    def _protocol_fault(self, error: Exception, path: str) -> PendelError | None:
        if isinstance(error, (ftplib.error_perm, ftplib.error_temp)):
            return self._reply_fault(error, path)
        if isinstance(error, (ftplib.error_reply, ftplib.error_proto)):
            return ConnectionFailed(
                f"{self.server} does not answer as an FTP server should: {self._said(error)}.",
                advice="Check the port and the protocol.",
                retriable=False,
            )
        return None

    def _reply_fault(self, error: Exception, path: str) -> PendelError:
        code, said = str(error)[:3], self._said(error)
        where = f"{self.server}, {clean(path) or 'the directory'}: {said}."
        if self._is_missing(error):
            return self._missing(path)
        if code == "421":
            return ConnectionFailed(f"{self.server} ends the connection: {said}.", advice="Retrying may help.")
        if code in ("425", "426"):
            return ConnectionFailed(
                f"The data connection to {self.server} failed: {said}.",
                advice="A firewall may block the server's passive ports; retrying may help.",
            )
        if code in ("452", "552"):
            return TransferError(f"The disk of {self.server} is full: {said}.", advice="Make room there and try again.")
        if code in ("450", "451"):
            return TransferError(where, advice="The file may be in use; retrying may help.", retriable=True)
        if code in ("521", "522", "533", "534", "536"):
            return AccessDenied(where, advice="The server wants other TLS settings; ask its administrator.")
        if code == "550" and "exist" in said.lower():
            return self._target_exists(path)
        if code in ("530", "532", "550", "553"):
            return AccessDenied(where, advice="Check that this user has the right to do it there.")
        return TransferError(where, advice="The server's log says more.")

    @staticmethod
    def _is_missing(error: Exception) -> bool:
        words = str(error).lower()
        return words[:3] in ("450", "501", "550", "553") and bool(
            re.search(r"no such|not found|n[o']t exist|cannot find|can't find|not a (regular|plain)|no files", words)
        )

    def _said(self, error: Exception) -> str:
        text = str(error).encode("latin-1", "replace").decode("utf-8", "replace")
        return clean(" ".join(text.split()).rstrip("."), limit=200)

    def _text(self, path: str) -> str:
        return self._wire.encode(path).decode("latin-1")

    def _ftp(self) -> FtpClient:
        if self._client is None:
            raise EOFError("the connection is not open")
        return self._client
