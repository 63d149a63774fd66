"""A server that dies, freezes or resets in the middle, and the loss of a connection between two calls."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from typing import TYPE_CHECKING

import pytest
from support.transfer_sites import PROXY_HOST

from core.errors import ConnectionFailed, StopRequested

if TYPE_CHECKING:
    from pathlib import Path

    from support.fault_proxy import FaultProxy, Kind
    from support.transfer_sites import Site

    from core.stop import StopToken

BIG = os.urandom(24_000_013)
TIMEOUT = 2
"""Seconds after which a frozen server is given up; a healthy one, too, must answer within them on a busy machine."""
FAR = 4_000_000
"""Bytes after which the fault strikes: far into the data of every protocol."""

faults = pytest.mark.parametrize("kind", ["cut", "freeze", "reset"])


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source"
    path.write_bytes(BIG)
    return path


@faults
def test_an_upload_that_breaks_leaves_the_old_target(
    remote_site: Site, proxy: FaultProxy, source: Path, stop: StopToken, kind: Kind
) -> None:
    target = remote_site.root / "articles.csv"
    target.write_bytes(b"old")
    with remote_site.open(host=PROXY_HOST, timeout=TIMEOUT) as location:
        proxy.fail(kind, "up", FAR)
        began = time.monotonic()
        with pytest.raises(ConnectionFailed) as caught:
            location.deliver(source, "articles.csv", overwrite=True, token="r1", stop=stop)
        # The timeout of one answer, with room for a busy machine; without one this test would never end.
        assert time.monotonic() - began < 10 * TIMEOUT
        assert proxy.struck.is_set()
        assert caught.value.retriable
        assert target.read_bytes() == b"old"
        result = location.deliver(source, "articles.csv", overwrite=True, token="r1", stop=stop)
    assert result.sha256 == hashlib.sha256(BIG).hexdigest()
    assert target.read_bytes() == BIG
    assert [path.name for path in remote_site.root.iterdir()] == ["articles.csv"]


@faults
def test_a_download_that_breaks_is_carried_on_with(
    remote_site: Site, proxy: FaultProxy, tmp_path: Path, stop: StopToken, kind: Kind
) -> None:
    (remote_site.root / "prices.bin").write_bytes(BIG)
    into = tmp_path / "spool"
    with remote_site.open(host=PROXY_HOST, timeout=TIMEOUT) as location:
        (file,) = location.list("prices.bin")
        proxy.fail(kind, "down", FAR)
        began = time.monotonic()
        with pytest.raises(ConnectionFailed) as caught:
            location.fetch(file, into, stop=stop)
        assert time.monotonic() - began < 10 * TIMEOUT
        assert caught.value.retriable
        assert not into.exists()
        result = location.fetch(file, into, stop=stop)
    # What was still under way when it broke is lost, and fetched again.
    assert result.resumed_from > 100_000
    assert result.sha256 == hashlib.sha256(BIG).hexdigest()
    assert into.read_bytes() == BIG


def test_a_download_is_not_read_twice_when_it_is_carried_on_with(
    remote_site: Site, proxy: FaultProxy, tmp_path: Path, stop: StopToken
) -> None:
    (remote_site.root / "prices.bin").write_bytes(BIG)
    with remote_site.open(host=PROXY_HOST, timeout=TIMEOUT) as location:
        (file,) = location.list("prices.bin")
        proxy.fail("reset", "down", len(BIG) // 2)
        with pytest.raises(ConnectionFailed):
            location.fetch(file, tmp_path / "spool", stop=stop)
        before = proxy.bytes["down"]
        result = location.fetch(file, tmp_path / "spool", stop=stop)
    assert proxy.bytes["down"] - before < len(BIG) - result.resumed_from + 1_000_000


def test_a_stop_frees_a_transfer_that_hangs(
    remote_site: Site, proxy: FaultProxy, source: Path, stop: StopToken
) -> None:
    (remote_site.root / "articles.csv").write_bytes(b"old")
    with remote_site.open(host=PROXY_HOST, timeout=120) as location:
        proxy.fail("freeze", "up", FAR)

        def ask() -> None:
            proxy.struck.wait(60)
            stop.request("stopped by hand")

        asker = threading.Thread(target=ask)
        asker.start()
        began = time.monotonic()
        with pytest.raises(StopRequested, match="stopped by hand"):
            location.deliver(source, "articles.csv", overwrite=True, token="r1", stop=stop)
        asker.join()
    assert time.monotonic() - began < 30
    assert (remote_site.root / "articles.csv").read_bytes() == b"old"


@pytest.mark.parametrize("kind", ["cut", "freeze", "reset"])
def test_a_server_that_breaks_while_connecting_is_noticed(remote_site: Site, proxy: FaultProxy, kind: Kind) -> None:
    with remote_site.open(host=PROXY_HOST, timeout=TIMEOUT) as location:
        proxy.fail(kind, "down", 1)
        began = time.monotonic()
        with pytest.raises(ConnectionFailed) as caught:
            location.list("*")
        assert time.monotonic() - began < 10 * TIMEOUT
        assert caught.value.retriable
        assert location.list("*") == []


def test_an_idle_connection_that_the_server_closed_is_opened_again(
    remote_site: Site, proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    (remote_site.root / "a.csv").write_bytes(b"x")
    with remote_site.open(host=PROXY_HOST, timeout=TIMEOUT) as location:
        assert location.stat("a.csv")
        proxy.fail("cut", "up", 1)
        monkeypatch.setattr("core.transfer.remote._IDLE", 0.0)
        location.delete("a.csv")
    assert list(remote_site.root.iterdir()) == []


def test_one_connection_carries_many_files(
    remote_site: Site, proxy: FaultProxy, tmp_path: Path, stop: StopToken
) -> None:
    small = tmp_path / "small"
    small.write_bytes(b"x" * 1000)
    with remote_site.open(host=PROXY_HOST, timeout=TIMEOUT) as location:
        location.list("*")
        connected = proxy.connections
        for number in range(10):
            location.deliver(small, f"file-{number}", overwrite=True, token="t", stop=stop)
        if remote_site.protocol in ("sftp", "openssh"):
            assert proxy.connections == connected
        else:
            # Each file and listing has its data channel; the control channel stays.
            assert proxy.connections <= connected + 10
    assert len(list(remote_site.root.iterdir())) == 10
