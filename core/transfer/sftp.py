"""SFTP as a location."""

from __future__ import annotations

import datetime as dt
import posixpath
import stat as modes
from contextlib import suppress
from typing import TYPE_CHECKING

from core.errors import AccessDenied, ConnectionFailed, PendelError, TransferError, VerifyFailed
from core.text import clean
from core.transfer import names
from core.transfer.faults import disk_fault
from core.transfer.hostkeys import HostKey, check_host_key
from core.transfer.location import Entry, Kind, RemoteFile
from core.transfer.remote import RemoteLocation, Step
from core.transfer.sftp_session import Attributes, Code, SftpSession, SftpStatus
from core.transfer.ssh import Login, SshConnection

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from pathlib import Path

    from core.transfer.meter import Meter


class SftpLocation(RemoteLocation):
    """Reads and writes on a server by SFTP."""

    def __init__(
        self,
        name: str,
        *,
        host: str,
        port: int,
        timeout: float,
        directory: str,
        login: Login,
        known_hosts: Sequence[Path],
    ) -> None:
        super().__init__(name, host=host, port=port, timeout=timeout, directory=directory)
        self._login = login
        self._known_hosts = known_hosts
        self._connection: SshConnection | None = None
        self._session: SftpSession | None = None

    def connect_steps(self) -> Sequence[Step]:
        """Return the steps of connecting: name, port, host key, login, directory."""
        return (
            Step("name", self.look_up),
            Step("port", self._dial),
            Step("host key", self._check_key),
            Step("login", self._log_in),
            Step("directory", self._check_directory),
        )

    def offered_key(self) -> HostKey:
        """Connect as far as the host key, and return it without judging it."""
        try:
            self.look_up()
            self._dial()
            with self.reporting():
                return self._ssh().offered_key(self._known_hosts)
        finally:
            self.close()

    def stat(self, path: str) -> RemoteFile | None:
        """Return the file at ``path``, or None where there is none (or a directory)."""
        path = names.checked_path(path)
        with self._talking(path):
            try:
                found = self._sftp().stat(self._place(path))
            except SftpStatus as status:
                if status.code == Code.NO_SUCH_FILE:
                    return None
                raise
        if _kind(found, b"") != "file":
            return None
        return RemoteFile(path, names.split_path(path)[1], found.size or 0, _moment(found.modified))

    def delete(self, path: str) -> None:
        """Delete a file."""
        path = names.checked_path(path)
        with self._talking(path):
            self._sftp().remove(self._place(path))

    def read_from(self, path: str, offset: int, size: int) -> Generator[bytes | memoryview, None, None]:
        """Yield the bytes of a file from ``offset`` to ``size``."""
        with self._talking(path):
            yield from self._sftp().read(self._place(path), offset, size)

    def _dial(self) -> str:
        with self.reporting():
            self._connection = SshConnection(self.host, self.port, timeout=self.timeout, lifeline=self._lifeline)
            self._connection.dial()
        return f"Port {self.port} of {self.host} answers."

    def _check_key(self) -> str:
        with self.reporting():
            key = self._ssh().offered_key(self._known_hosts)
        return check_host_key(key, self._known_hosts, location=self.name)

    def _log_in(self) -> str:
        with self.reporting():
            method = self._ssh().log_in(self._login)
            try:
                self._session = self._ssh().session()
            except EOFError as error:
                raise ConnectionFailed(
                    f"{self.server} accepts the login, but offers no SFTP.",
                    advice="The server's administrator must switch on the sftp subsystem for this user.",
                    retriable=False,
                ) from error
        return f"{self._login.username} is logged in ({method})."

    def _check_directory(self) -> str:
        with self.reporting(self.directory):
            try:
                found = self._sftp().stat(self._place(""))
            except SftpStatus as status:
                if status.code == Code.NO_SUCH_FILE:
                    raise self._no_directory() from status
                raise
        if found.mode is not None and not modes.S_ISDIR(found.mode):
            raise self._no_directory()
        return f"The directory {self.directory or 'of the login'} is there."

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = self._session = None

    def _alive(self) -> bool:
        if self._connection is None or not self._connection.is_active:
            return False
        try:
            with self.reporting():
                self._sftp().stat(self._place(""))
        except ConnectionFailed:
            return False
        except PendelError:
            return True
        return True

    def _entries(self, directory: str) -> Sequence[Entry]:
        with self._talking(directory):
            return [
                Entry(self._wire.decode(name), found.size or 0, _moment(found.modified), _kind(found, line))
                for name, line, found in self._sftp().entries(self._place(directory))
                if name not in (b".", b"..")
            ]

    def _exists(self, path: str) -> bool:
        with self._talking(path):
            try:
                self._sftp().stat(self._place(path), follow=False)
            except SftpStatus as status:
                if status.code == Code.NO_SUCH_FILE:
                    return False
                raise
        return True

    def _store(self, source: Path, temporary: str, meter: Meter) -> None:
        try:
            reader = source.open("rb", buffering=0)
        except OSError as error:
            raise disk_fault(error, source) from error

        def fill(buffer: memoryview) -> int:
            try:
                length = reader.readinto(buffer) or 0
            except OSError as error:
                raise disk_fault(error, source) from error
            meter.add(buffer[:length])
            return length

        with reader, self._talking(temporary):
            try:
                stored = self._sftp().write(self._place(temporary), fill)
            except SftpStatus as status:
                raise self._write_fault(status, temporary) from status
        if stored != meter.done:
            raise VerifyFailed(
                f"{meter.done:,} bytes were sent to {self.server}, which has {stored or 0:,} of them.",
                advice="Its disk may be full, or a quota reached; retrying may help.",
            )

    def _write_fault(self, status: SftpStatus, path: str) -> PendelError:
        """A full disk has no code of its own in this protocol, so the server is asked for its room."""
        if status.code == Code.FAILURE:
            with suppress(SftpStatus):
                if self._sftp().free_bytes(self._place(names.split_path(path)[0])) == 0:
                    return TransferError(f"The disk of {self.server} is full.", advice="Make room there and try again.")
        if status.code == Code.NO_SUCH_FILE:
            return self._missing(names.split_path(path)[0] or self.directory)
        return self._protocol_fault(status, path) or TransferError(clean(str(status)))

    def _rename_over(self, temporary: str, target: str, token: str) -> None:
        with self._talking(target):
            session, source, place = self._sftp(), self._place(temporary), self._place(target)
            if session.renames_over:
                session.rename_over(source, place)
                return
            try:
                session.rename(source, place)
            except SftpStatus as status:
                if status.code == Code.NO_SUCH_FILE or not self._exists(target):
                    raise
                # This server renames over nothing: the old file steps aside, and comes back if the new one fails.
                aside = self._place(names.temporary_path(target, token, "old"))
                session.rename(place, aside)
                try:
                    session.rename(source, place)
                except SftpStatus:
                    session.rename(aside, place)
                    raise
                session.remove(aside)

    def _rename_new(self, path: str, target: str) -> None:
        # OpenSSH refuses to rename over a file in one step; other servers overwrite it, so the name is looked at first.
        if self._exists(target):
            raise self._target_exists(target)
        with self._talking(target):
            try:
                self._sftp().rename(self._place(path), self._place(target))
            except SftpStatus as status:
                if status.code == Code.FAILURE and self._exists(target):
                    raise self._target_exists(target) from status
                raise

    def _make_directory(self, directory: str) -> None:
        parent = names.split_path(directory)[0]
        if parent and not self._exists(parent):
            self._make_directory(parent)
        with self._talking(directory):
            self._sftp().make_directory(self._place(directory))

    def _discard(self, temporary: str) -> None:
        if self._open:
            with self._talking(temporary), suppress(SftpStatus):
                self._sftp().remove(self._place(temporary))

    def _protocol_fault(self, error: Exception, path: str) -> PendelError | None:
        from paramiko import SSHException

        if isinstance(error, SftpStatus):
            return self._status_fault(error, path)
        if isinstance(error, SSHException):
            text = clean(str(error), limit=200)
            if "banner" in text.lower():
                return ConnectionFailed(
                    f"{self.server} does not greet as an SSH server.",
                    advice="Check that SFTP runs on this port; a busy server may refuse connections for a while.",
                )
            if "timed out" in text.lower() or "timeout" in text.lower():
                return ConnectionFailed(f"{self.server} did not answer in time.", advice="Retrying may help.")
            if "Incompatible ssh" in text:
                return ConnectionFailed(
                    f"{self.server} has no secure algorithm in common with Pendel: {text}.",
                    advice="The server's administrator must update it.",
                    retriable=False,
                )
            return ConnectionFailed(f"SSH with {self.server} failed: {text}.", advice="Retrying may help.")
        return None

    def _status_fault(self, status: SftpStatus, path: str) -> PendelError:
        if status.code == Code.NO_SUCH_FILE:
            return self._missing(path)
        if status.code == Code.PERMISSION_DENIED:
            return AccessDenied(
                f"{self.server} does not allow it: {clean(path) or 'the directory'}.",
                advice="The server's administrator must give this user the right.",
            )
        said = clean(status.message, limit=200) or "no reason"
        return TransferError(
            f"{self.server} cannot do it for {clean(path)}: {said}.", advice="The server's log says more."
        )

    def _place(self, path: str) -> bytes:
        return self._wire.encode(posixpath.join(self.directory or ".", path))

    def _ssh(self) -> SshConnection:
        if self._connection is None:
            raise EOFError("the connection is not open")
        return self._connection

    def _sftp(self) -> SftpSession:
        if self._session is None:
            raise EOFError("the session is not open")
        return self._session


def _kind(found: Attributes, line: bytes) -> Kind:
    if found.mode is None:
        return "directory" if line.startswith(b"d") else "file"
    kinds: dict[int, Kind] = {modes.S_IFREG: "file", modes.S_IFDIR: "directory", modes.S_IFLNK: "link"}
    return kinds.get(modes.S_IFMT(found.mode), "other")


def _moment(seconds: int | None) -> dt.datetime | None:
    return None if seconds is None else dt.datetime.fromtimestamp(seconds, dt.UTC)
