"""Files behind URLs, from a real server that keeps to HTTP or does not."""

from __future__ import annotations

import hashlib
import threading
from typing import TYPE_CHECKING

import pytest
from support.web_site import WebSite, web_site

from core.errors import (
    AccessDenied,
    ConnectionFailed,
    DataError,
    FileMissing,
    PendelError,
    StopRequested,
    TransferError,
)
from core.stop import StopToken
from core.transfer.web import Web, host_of, is_url

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def site() -> Iterator[WebSite]:
    with web_site() as running:
        yield running


@pytest.fixture
def web() -> Iterator[Web]:
    with Web(timeout=2, private_hosts=["127.0.0.0/8"]) as opened:
        yield opened


def fetch(web: Web, url: str, into: Path, known: str = "", most: int = 1_000_000) -> tuple[int, str, str] | None:
    def limit(size: int) -> None:
        if size > most:
            raise DataError("too large")

    fetched = web.fetch(url, into, known=known, limit=limit, stop=StopToken())
    return (fetched.size, fetched.sha256, fetched.stamp) if fetched else None


def test_a_file_comes_whole_and_hashed(web: Web, site: WebSite, tmp_path: Path) -> None:
    content = bytes(range(256)) * 2000
    site.files["/a.bin"] = content

    fetched = fetch(web, site.url("/a.bin"), tmp_path / "a")

    assert fetched
    assert fetched[:2] == (len(content), hashlib.sha256(content).hexdigest())
    assert (tmp_path / "a").read_bytes() == content
    assert fetch(web, site.url("/a.bin"), tmp_path / "b", known=fetched[2]) is None
    assert not (tmp_path / "b").exists()


def test_a_server_that_knows_no_versions_always_sends(web: Web, site: WebSite, tmp_path: Path) -> None:
    site.files["/a"] = b"abc"
    site.versions = False

    fetched = fetch(web, site.url("/a"), tmp_path / "a")

    assert fetched
    assert fetched[2] == ""


@pytest.mark.parametrize(
    ("fault", "error", "retriable", "words"),
    [
        ("status 404", FileMissing, False, "404"),
        ("status 410", FileMissing, False, "410"),
        ("status 403", AccessDenied, False, "403"),
        ("status 418", TransferError, False, "418"),
        ("status 304", TransferError, False, "304"),
        ("status 429", ConnectionFailed, True, "429"),
        ("status 503", ConnectionFailed, True, "503"),
        ("cut", ConnectionFailed, True, "before all of it"),
        ("silent", ConnectionFailed, True, "did not answer within"),
        ("trickle", ConnectionFailed, True, "too slowly"),
        ("endless", DataError, False, "too large"),
        ("gzip", DataError, False, "too large"),
        ("to /a", TransferError, False, "more than 5 times"),
        ("to ftp://127.0.0.1/a", AccessDenied, False, "no URL of the kind http"),
        ("to file:///etc/passwd", AccessDenied, False, "no URL of the kind http"),
        ("to http://user:hunter2@127.0.0.1/a", AccessDenied, False, "password in it"),
    ],
)
def test_what_goes_wrong_is_said(
    fault: str, error: type[PendelError], retriable: bool, words: str, web: Web, site: WebSite, tmp_path: Path
) -> None:
    site.faults["/a"] = fault

    with pytest.raises(error) as raised:
        fetch(web, site.url("/a"), tmp_path / "a")

    assert type(raised.value) is error
    assert words in raised.value.message
    assert raised.value.retriable is retriable
    assert "hunter2" not in str(raised.value)


def test_more_than_was_announced_is_not_taken(web: Web, site: WebSite, tmp_path: Path) -> None:
    site.faults["/a"] = "long"

    fetched = fetch(web, site.url("/a"), tmp_path / "a")

    assert fetched
    assert (tmp_path / "a").read_bytes() == b"hello"


def test_a_size_that_is_announced_is_refused_before_it_comes(web: Web, site: WebSite, tmp_path: Path) -> None:
    site.files["/a"] = bytes(2000)

    with pytest.raises(DataError):
        fetch(web, site.url("/a"), tmp_path / "a", most=1000)

    assert not (tmp_path / "a").exists()


def test_redirects_are_followed(web: Web, site: WebSite, tmp_path: Path) -> None:
    site.faults |= {"/a": "to /b", "/b": f"to {site.url('/c')}"}
    site.files["/c"] = b"here"

    fetch(web, site.url("/a"), tmp_path / "a")

    assert (tmp_path / "a").read_bytes() == b"here"


def test_private_addresses_are_left_alone_unless_named(site: WebSite, tmp_path: Path) -> None:
    site.files["/a"] = b"inside"
    with Web(timeout=2) as web:
        for host in ("127.0.0.1", "localhost", "[::ffff:127.0.0.1]"):
            with pytest.raises(AccessDenied, match="private network") as raised:
                fetch(web, site.url("/a", host=host), tmp_path / "a")
            assert "private_hosts" in raised.value.advice
    with Web(timeout=2, private_hosts=["10.0.0.0/8", "localhost"]) as web:
        assert fetch(web, site.url("/a", host="localhost"), tmp_path / "a")
        with pytest.raises(AccessDenied):
            fetch(web, site.url("/a"), tmp_path / "a")

    # Only what was allowed was asked for.
    assert site.asked == {"GET /a": 1}


def test_a_redirect_does_not_lead_inside(site: WebSite, tmp_path: Path) -> None:
    site.faults["/a"] = f"to {site.url('/secret')}"
    site.files["/secret"] = b"inside"

    with Web(timeout=2, private_hosts=["localhost"]) as web, pytest.raises(AccessDenied, match="private network"):
        fetch(web, site.url("/a", host="localhost"), tmp_path / "a")

    assert "GET /secret" not in site.asked


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/a",
        "file:///etc/passwd",
        "http:///a",
        "http://user:hunter2@example.com/a",
        "http://[::1/a",
        "http://example.com:port/a",
        "http://example.com/" + "a" * 5000,
        "http://exa\x00mple.com/",
        "gopher://example.com",
    ],
)
def test_urls_that_may_not_be_used(url: str, web: Web, tmp_path: Path) -> None:
    with pytest.raises(AccessDenied) as raised:
        fetch(web, url, tmp_path / "a")

    assert "hunter2" not in str(raised.value)
    assert "\x00" not in str(raised.value)


def test_nobody_listens(web: Web, tmp_path: Path) -> None:
    with pytest.raises(ConnectionFailed, match="refuses the connection") as raised:
        fetch(web, "http://127.0.0.1:1/a", tmp_path / "a")

    assert raised.value.retriable


@pytest.mark.parametrize("fault", ["silent", "endless", "trickle"])
def test_a_stop_ends_a_transfer_at_once(fault: str, site: WebSite, tmp_path: Path) -> None:
    site.faults["/a"] = fault
    stop = StopToken()

    def ask() -> None:
        site.going.wait(10)
        stop.request("Enough.")

    asking = threading.Thread(target=ask)
    asking.start()
    with Web(timeout=60, private_hosts=["127.0.0.1"]) as web, pytest.raises(StopRequested, match="Enough"):
        web.fetch(site.url("/a"), tmp_path / "a", known="", limit=lambda _: None, stop=stop)
    asking.join()


def test_looking_fetches_nothing(web: Web, site: WebSite) -> None:
    site.files["/a"] = bytes(1000)
    site.faults["/b"] = "headless"

    seen = web.look(site.url("/a"), known="", stop=StopToken())

    assert seen
    assert seen.size == 1000
    assert web.look(site.url("/a"), known=seen.stamp, stop=StopToken()) is None
    other = web.look(site.url("/b"), known="", stop=StopToken())
    assert other
    assert other.size == 3
    assert site.asked["GET /a"] == 0


def test_what_is_a_url() -> None:
    assert is_url("https://example.com/a.jpg")
    assert is_url("ftp://example.com/a.jpg")
    assert not is_url("images/a.jpg")
    assert not is_url("://a")
    assert host_of("https://user:hunter2@example.com:8443/a") == "example.com:8443"
    assert host_of("http://a:b") == ""


@pytest.mark.parametrize(
    ("address", "leads_inside"),
    [
        ("10.1.2.3", True),
        ("127.0.0.1", True),
        ("169.254.169.254", True),
        ("100.64.0.1", True),
        ("0.0.0.0", True),
        ("224.0.0.1", True),
        ("::1", True),
        ("fe80::1", True),
        ("fd00::1", True),
        ("::ffff:10.1.2.3", True),
        ("64:ff9b::a01:203", True),
        ("2002:a01:203::1", True),
        ("93.184.216.34", False),
        ("2606:2800:220:1::1", False),
        ("64:ff9b::5db8:d822", False),
    ],
)
def test_which_addresses_are_inside(address: str, leads_inside: bool, web: Web) -> None:
    with Web(timeout=1) as strict:
        assert strict._may_lead_to("example.com", address) is not leads_inside
    with Web(timeout=1, private_hosts=["*.example.com", "10.0.0.0/8"]) as open_to_some:
        assert open_to_some._may_lead_to("Files.Example.com", address)
        assert open_to_some._may_lead_to("other.org", "10.9.9.9")
        assert not open_to_some._may_lead_to("other.org", "192.168.0.1")
