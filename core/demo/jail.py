"""One directory as an SFTP server shows it; nothing outside it can be reached."""

from __future__ import annotations

import hmac
import os
from typing import IO, TYPE_CHECKING, TypeVar

import paramiko
from paramiko import SFTPAttributes, SFTPServer
from paramiko.common import AUTH_FAILED, AUTH_SUCCESSFUL, OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED, OPEN_SUCCEEDED
from paramiko.sftp import SFTP_FAILURE, SFTP_OK, SFTP_PERMISSION_DENIED

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Result = TypeVar("Result")


class PasswordGate(paramiko.ServerInterface):
    """Lets one user in, with a password, to sessions only."""

    def __init__(self, username: str, password: str) -> None:
        super().__init__()
        self._username = username
        self._password = password

    def get_allowed_auths(self, _username: str) -> str:
        """Name the one way to log in."""
        return "password"

    def check_auth_password(self, username: str, password: str) -> int:
        """Compare user name and password in constant time."""
        same = hmac.compare_digest(username.encode(), self._username.encode())
        same &= hmac.compare_digest(password.encode(), self._password.encode())
        return AUTH_SUCCESSFUL if same else AUTH_FAILED

    def check_channel_request(self, kind: str, _chanid: int) -> int:
        """Open sessions and nothing else."""
        return OPEN_SUCCEEDED if kind == "session" else OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED


class Jail(paramiko.SFTPServerInterface):
    """The files of one directory. Links that lead out of it are refused."""

    def __init__(self, server: paramiko.ServerInterface, root: Path) -> None:
        super().__init__(server)
        self._root = root.resolve()
        self._opened: set[IO[bytes]] = set()

    def list_folder(self, path: str) -> list[SFTPAttributes] | int:
        """Return what is in a directory."""

        def entries() -> list[SFTPAttributes]:
            with os.scandir(self._real(path)) as found:
                return [SFTPAttributes.from_stat(item.stat(follow_symlinks=False), item.name) for item in found]

        return _answer(entries)

    def stat(self, path: str) -> SFTPAttributes | int:
        """Return the attributes of a file, links followed."""
        return _answer(lambda: SFTPAttributes.from_stat(self._real(path).stat()))

    def lstat(self, path: str) -> SFTPAttributes | int:
        """Return the attributes of a file or link."""
        return _answer(lambda: SFTPAttributes.from_stat(self._real(path, follow=False).lstat()))

    def open(self, path: str, flags: int, _attr: SFTPAttributes) -> paramiko.SFTPHandle | int:
        """Open a file for reading or writing."""

        def opened() -> paramiko.SFTPHandle:
            descriptor = os.open(self._real(path), flags | os.O_CLOEXEC, 0o644)
            writing = flags & (os.O_WRONLY | os.O_RDWR)
            mode = "r+b" if flags & os.O_RDWR else "wb" if writing else "rb"
            file = os.fdopen(descriptor, mode, buffering=0)
            self._opened.add(file)
            return _OpenFile(file, flags)

        return _answer(opened)

    def session_ended(self) -> None:
        """Close what the client left open; where its connection was reset, paramiko does not come so far."""
        for file in tuple(self._opened):
            file.close()

    def remove(self, path: str) -> int:
        """Delete a file."""
        return _done(lambda: self._real(path, follow=False).unlink())

    def rename(self, oldpath: str, newpath: str) -> int:
        """Rename a file, not over another one."""

        def renamed() -> int:
            source, target = self._real(oldpath, follow=False), self._real(newpath, follow=False)
            if os.path.lexists(target):
                return SFTP_FAILURE
            source.rename(target)
            return SFTP_OK

        return _answer(renamed)

    def posix_rename(self, oldpath: str, newpath: str) -> int:
        """Rename a file, over another one too."""
        return _done(lambda: self._real(oldpath, follow=False).replace(self._real(newpath, follow=False)))

    def mkdir(self, path: str, _attr: SFTPAttributes) -> int:
        """Create a directory."""
        return _done(lambda: self._real(path, follow=False).mkdir())

    def rmdir(self, path: str) -> int:
        """Remove an empty directory."""
        return _done(lambda: self._real(path, follow=False).rmdir())

    def chattr(self, path: str, attr: SFTPAttributes) -> int:
        """Accept new attributes."""
        return _done(lambda: SFTPServer.set_file_attr(str(self._real(path)), attr))

    def _real(self, path: str, *, follow: bool = True) -> Path:
        place = self._root / self.canonicalize(path).lstrip("/")
        real = place.resolve() if follow else place.parent.resolve() / place.name
        if not real.is_relative_to(self._root):
            raise PermissionError(1, "outside the directory", path)
        return real


class _OpenFile(paramiko.SFTPHandle):
    def __init__(self, file: IO[bytes], flags: int) -> None:
        super().__init__(flags)
        # Where paramiko looks for them, to read and write.
        self.readfile = self.writefile = file

    def stat(self) -> SFTPAttributes | int:
        return _answer(lambda: SFTPAttributes.from_stat(os.fstat(self.readfile.fileno())))

    def chattr(self, _attr: SFTPAttributes) -> int:
        return SFTP_OK


def _answer(work: Callable[[], Result]) -> Result | int:
    try:
        return work()
    except PermissionError:
        return SFTP_PERMISSION_DENIED
    except OSError as error:
        return SFTPServer.convert_errno(error.errno or 0)


def _done(work: Callable[[], object]) -> int:
    def carried_out() -> int:
        work()
        return SFTP_OK

    return _answer(carried_out)
