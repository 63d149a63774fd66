"""A file that is written where it is delivered from, in a directory of this machine."""

from __future__ import annotations

import hashlib
import os
import threading
from typing import TYPE_CHECKING

import pytest
from support.small_disk import small_disk

from core.errors import TransferError
from core.transfer.local import LocalLocation

if TYPE_CHECKING:
    from pathlib import Path

    from core.stop import StopToken

CONTENT = os.urandom(40_000_003)


class Shop:
    """A spool and a target directory on one filesystem."""

    def __init__(self, root: Path) -> None:
        self.target = root / "shop"
        self.target.mkdir()
        self.spool = root / "spool"
        self.spool.mkdir(mode=0o700)
        self.source = self.spool / "export"
        self.location = LocalLocation("shop", self.target)

    def names(self) -> list[str]:
        return sorted(path.name for path in self.target.iterdir())


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def write_in_pieces(path: Path, content: bytes) -> None:
    with path.open("r+b") as writer:
        for begin in range(0, len(content), 700_001):
            writer.write(content[begin : begin + 700_001])


def test_the_file_itself_becomes_the_target_and_its_hash_is_that_of_its_bytes(shop: Shop, stop: StopToken) -> None:
    with shop.location.laid_out(shop.source, "list.csv", token="7-1") as in_place:
        assert in_place
        assert shop.names() == [".list.csv.7-1.part"]
        write_in_pieces(shop.source, CONTENT)
        made = shop.source.stat().st_ino
        sent = shop.location.deliver(shop.source, "list.csv", overwrite=False, token="7-1", stop=stop)
    assert (sent.size, sent.sha256) == (len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
    assert shop.names() == ["list.csv"]
    assert (shop.target / "list.csv").stat().st_ino == made
    assert (shop.target / "list.csv").read_bytes() == CONTENT


def test_a_target_is_replaced_only_by_the_delivery(shop: Shop, stop: StopToken) -> None:
    target = shop.target / "list.csv"
    target.write_bytes(b"old")
    with shop.location.laid_out(shop.source, "list.csv", token="7-1"):
        shop.source.write_bytes(b"new")
        assert target.read_bytes() == b"old"
        shop.location.deliver(shop.source, "list.csv", overwrite=True, token="7-1", stop=stop)
    assert target.read_bytes() == b"new"
    assert shop.names() == ["list.csv"]


def test_it_has_the_group_and_the_rights_of_a_new_file_there(shop: Shop, stop: StopToken) -> None:
    if os.geteuid() == 0:
        os.chown(shop.target, -1, 12345)
    shop.target.chmod(0o2775)
    before = os.umask(0o027)
    try:
        (shop.target / "theirs").touch()
        with shop.location.laid_out(shop.source, "list.csv", token="7-1"):
            shop.source.write_bytes(b"new")
            shop.location.deliver(shop.source, "list.csv", overwrite=False, token="7-1", stop=stop)
    finally:
        os.umask(before)
    ours, theirs = (shop.target / "list.csv").stat(), (shop.target / "theirs").stat()
    assert (ours.st_mode, ours.st_gid) == (theirs.st_mode, theirs.st_gid)


def test_what_is_not_delivered_is_gone_from_the_target_and_stays_in_the_spool(shop: Shop) -> None:
    with shop.location.laid_out(shop.source, "list.csv", token="7-1"):
        shop.source.write_bytes(b"half")
    assert shop.names() == []
    assert shop.source.read_bytes() == b"half"


def test_a_file_that_somebody_put_in_its_place_is_not_delivered(shop: Shop, stop: StopToken) -> None:
    with shop.location.laid_out(shop.source, "list.csv", token="7-1"):
        shop.source.write_bytes(b"ours")
        (shop.target / "theirs").write_bytes(b"theirs")
        (shop.target / "theirs").rename(shop.target / ".list.csv.7-1.part")
        sent = shop.location.deliver(shop.source, "list.csv", overwrite=False, token="7-1", stop=stop)
    assert (shop.target / "list.csv").read_bytes() == b"ours"
    assert sent.sha256 == hashlib.sha256(b"ours").hexdigest()


def test_another_connection_copies_and_does_not_empty_what_it_copies(shop: Shop, stop: StopToken) -> None:
    with shop.location.laid_out(shop.source, "list.csv", token="7-1"):
        shop.source.write_bytes(b"ours")
        again = LocalLocation("shop", shop.target)
        again.deliver(shop.source, "list.csv", overwrite=False, token="7-1", stop=stop)
    assert (shop.target / "list.csv").read_bytes() == shop.source.read_bytes() == b"ours"
    assert not (shop.target / "list.csv").samefile(shop.source)
    assert shop.names() == ["list.csv"]


def test_another_filesystem_gets_a_copy(tmp_path: Path, stop: StopToken) -> None:
    with small_disk(tmp_path / "disk", megabytes=1) as disk:
        location = LocalLocation("shop", disk.path)
        source = tmp_path / "export"
        with location.laid_out(source, "list.csv", token="7-1") as in_place:
            assert not in_place
            assert list(disk.path.iterdir()) == []
            source.write_bytes(b"new")
            location.deliver(source, "list.csv", overwrite=False, token="7-1", stop=stop)
        assert (disk.path / "list.csv").read_bytes() == b"new"


def test_where_there_are_no_hard_links_it_is_copied(
    shop: Shop, stop: StopToken, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    with monkeypatch.context() as without:
        without.setattr(os, "link", refused)
        with shop.location.laid_out(shop.source, "list.csv", token="7-1") as in_place:
            assert not in_place
            assert shop.names() == []
            shop.source.write_bytes(b"new")
            shop.location.deliver(shop.source, "list.csv", overwrite=False, token="7-1", stop=stop)
    assert (shop.target / "list.csv").read_bytes() == b"new"


def test_a_directory_that_is_not_there_is_left_to_the_delivery(shop: Shop) -> None:
    with shop.location.laid_out(shop.source, "nowhere/list.csv", token="7-1") as in_place:
        assert not in_place


def test_a_fault_in_writing_back_while_it_grew_fails_the_delivery(
    shop: Shop, stop: StopToken, monkeypatch: pytest.MonkeyPatch
) -> None:
    met = threading.Event()

    def broken(_: int) -> None:
        met.set()
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fdatasync", broken)
    with shop.location.laid_out(shop.source, "list.csv", token="7-1"):
        write_in_pieces(shop.source, CONTENT)
        assert met.wait(20)
        with pytest.raises(TransferError, match=r"(?i)input/output error"):
            shop.location.deliver(shop.source, "list.csv", overwrite=False, token="7-1", stop=stop)
    assert shop.names() == []
