"""Servers that know less than RFC 3659, speak Latin-1, rename over nothing, or tell checksums."""

# pyftpdlib finds the methods of a handler by the names of the commands.
# ruff: noqa: N802, ARG002

from __future__ import annotations

import datetime as dt
import os
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import pyftpdlib.ioloop  # noqa: F401 - it quietens the deprecation of asyncore, which the handlers import too
import pytest
from pyftpdlib.handlers import FTPHandler
from support.transfer_sites import ftp_site

from core.demo.servers import FtpServer
from core.errors import TransferError, VerifyFailed

if TYPE_CHECKING:
    from core.stop import StopToken

WITHOUT = ("MLSD", "MLST", "SIZE", "MDTM")


class OldHandler(FTPHandler):  # type: ignore[misc]
    """Lists as ls does, and cannot tell size or time of a single file."""

    proto_cmds = {name: entry for name, entry in FTPHandler.proto_cmds.items() if name not in WITHOUT}  # noqa: RUF012

    def ftp_FEAT(self, line: str) -> None:
        self.respond("500 What?")


class NoOverwriteHandler(FTPHandler):  # type: ignore[misc]
    def ftp_RNTO(self, path: str) -> None:
        if os.path.lexists(path):
            self._rnfr = None
            self.respond("550 File exists already.")
        else:
            super().ftp_RNTO(path)


class ChecksumHandler(FTPHandler):  # type: ignore[misc]
    """Tells the CRC of a file; a wrong one for names that hold ``wrong``."""

    asked: list[str] = []  # noqa: RUF012 - shared with the test
    proto_cmds = {  # noqa: RUF012
        **FTPHandler.proto_cmds,
        "XCRC": {"perm": "r", "auth": True, "arg": True, "help": "Syntax: XCRC <SP> file-name."},
    }

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self._extra_feats.append("XCRC")

    def ftp_XCRC(self, path: str) -> None:
        self.asked.append(Path(path).name)
        value = zlib.crc32(Path(path).read_bytes()) ^ ("wrong" in path)
        self.respond(f"250 {value:08x}")


class FullDiskHandler(FTPHandler):  # type: ignore[misc]
    def ftp_STOR(self, file: str, mode: str = "w") -> None:
        self.respond("552 Exceeded storage allocation.")


def server_with(handler: type) -> type[FtpServer]:
    return type("Server", (FtpServer,), {"_handler": lambda *_: handler})


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source"
    path.write_bytes(os.urandom(300_000))
    return path


def test_a_server_that_only_knows_list(tmp_path: Path, source: Path, stop: StopToken) -> None:
    with ftp_site(tmp_path, "ftp", server_with(OldHandler)) as site, site.open() as location:
        (site.root / "in").mkdir()
        for name, age in (("b c.csv", 200), ("a.csv", 100)):
            (site.root / "in" / name).write_bytes(b"12345")
            moment = dt.datetime.now(dt.UTC).timestamp() - age * 86_400
            os.utime(site.root / "in" / name, (moment, moment))
        assert [(file.path, file.size) for file in location.list("in/*.csv")] == [("in/b c.csv", 5), ("in/a.csv", 5)]
        assert location.stat("in/gone.csv") is None
        location.deliver(source, "in/out.bin", overwrite=False, token="t", stop=stop)
        (file,) = location.list("in/out.bin")
        location.fetch(file, tmp_path / "got", stop=stop)
        assert (tmp_path / "got").read_bytes() == source.read_bytes()
        assert location.move("in/out.bin", "done/out.bin") == "done/out.bin"


def test_a_server_that_renames_over_nothing(tmp_path: Path, source: Path, stop: StopToken) -> None:
    with ftp_site(tmp_path, "ftp", server_with(NoOverwriteHandler)) as site, site.open() as location:
        (site.root / "out.bin").write_bytes(b"old")
        location.deliver(source, "out.bin", overwrite=True, token="t", stop=stop)
        assert (site.root / "out.bin").read_bytes() == source.read_bytes()
        assert [path.name for path in site.root.iterdir()] == ["out.bin"]


def test_a_checksum_is_compared_where_the_server_tells_one(tmp_path: Path, source: Path, stop: StopToken) -> None:
    ChecksumHandler.asked.clear()
    with ftp_site(tmp_path, "ftp", server_with(ChecksumHandler)) as site, site.open() as location:
        location.deliver(source, "right.bin", overwrite=False, token="t", stop=stop)
        assert ChecksumHandler.asked == [".right.bin.t.part"]
        with pytest.raises(VerifyFailed, match="checksum"):
            location.deliver(source, "wrong.bin", overwrite=False, token="t", stop=stop)
        assert [path.name for path in site.root.iterdir()] == ["right.bin"]


def test_a_full_disk_is_told_as_such(tmp_path: Path, source: Path, stop: StopToken) -> None:
    with ftp_site(tmp_path, "ftp", server_with(FullDiskHandler)) as site, site.open() as location:
        with pytest.raises(TransferError, match="is full"):
            location.deliver(source, "out.bin", overwrite=False, token="t", stop=stop)
        assert location.list("*") == []
