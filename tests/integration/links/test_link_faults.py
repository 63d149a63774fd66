"""What a server does that keeps to nothing, told plainly."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from support.links.opening import kept_in, opened
from support.links.rest_server import Answer, Asked, FakeClock, RestServer, serving

from core.demo.credentials import write_certificate
from core.errors import ConnectionFailed, PendelError, Refused, StopRequested
from core.links.connection import Call, Connection
from core.links.faults import CallFailed
from core.links.loading import checked
from core.links.reading import Reading
from core.links.wire import LARGEST_REPLY
from core.stop import StopToken

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PLAIN = """
version = 1
name = "Plain"
base_url = "{address}"
fields = [{ name = "address", title = "Address" }, { name = "key", title = "Key", type = "password" }]
auth = { kind = "api_key", place = "query", name = "key", value = "{key}" }
test = { path = "thing" }
reply = { message = ["error"] }
resources = { things = { path = "thing" } }
"""
KEY = "the-key-of-all"


class Odd(RestServer):
    given = Answer(200, {"ok": True})

    def answer(self, _: Asked) -> Answer:
        return self.given


@pytest.fixture
def odd() -> Iterator[Odd]:
    with serving(Odd(FakeClock())) as site:
        yield site


@pytest.fixture
def plain(odd: Odd, tmp_path: Path) -> Iterator[Connection]:
    with opened(
        checked(PLAIN, "plain"), {"address": odd.url, "key": KEY}, kept_in(tmp_path), odd.clock, timeout=1
    ) as connection:
        yield connection


@pytest.mark.parametrize("kind", ["500", "502", "503", "429", "cut", "lost", "broken json"])
def test_what_may_pass_is_asked_again(odd: Odd, plain: Connection, kind: Any) -> None:
    odd.misbehave(kind, times=2)
    assert plain.test().document == {"ok": True}
    assert len(odd.log) == 3


@pytest.mark.parametrize(
    ("kind", "error"), [("500", CallFailed), ("cut", ConnectionFailed), ("lost", ConnectionFailed)]
)
def test_what_stays_is_told_after_five_times(odd: Odd, plain: Connection, kind: Any, error: type[PendelError]) -> None:
    odd.misbehave(kind, times=99)
    with pytest.raises(error) as caught:
        plain.test()
    assert caught.value.retriable
    assert len(odd.log) == 5


def test_what_writes_without_a_look_up_is_never_sent_twice(odd: Odd, plain: Connection) -> None:
    odd.misbehave("lost")
    with pytest.raises(CallFailed, match="whether it was carried out is not known") as caught:
        plain.call(Call("POST", "thing", group="thing", repeatable=False))
    assert caught.value.kind == "unclear"
    assert not caught.value.retriable
    assert len(odd.log) == 1


@pytest.mark.parametrize("headers", [{"Content-Encoding": "gzip"}, {}])
def test_an_answer_to_a_write_that_cannot_be_read_is_unclear(
    odd: Odd, plain: Connection, headers: dict[str, str]
) -> None:
    odd.given = Answer(200, {"ok": True}, headers)
    odd.misbehave("broken json")
    with pytest.raises(CallFailed) as caught:
        plain.call(Call("POST", "thing", group="thing", repeatable=False))
    assert caught.value.kind == "unclear"
    assert len(odd.log) == 1


def test_retry_after_is_waited_for_exactly(odd: Odd, plain: Connection) -> None:
    odd.misbehave("503")
    plain.test()
    assert odd.clock.waits[0] == 7


def test_a_wait_of_an_hour_is_told_and_not_waited_for(odd: Odd, plain: Connection) -> None:
    odd.given = Answer(429, {"error": "slow down"}, {"Retry-After": "3600"})
    with pytest.raises(CallFailed, match="429 Too Many Requests to thing: slow down") as caught:
        plain.test()
    assert caught.value.after == 3600
    assert odd.clock.waits == []


def test_a_web_page_with_status_200_is_told(odd: Odd, plain: Connection) -> None:
    odd.misbehave("html")
    with pytest.raises(CallFailed, match=r"answers 200 with a web page \(HTML\) instead of JSON"):
        plain.test()


def test_a_redirect_is_not_followed(odd: Odd, plain: Connection) -> None:
    odd.given = Answer(302, None, {"Location": f"{odd.url}/other"})
    with pytest.raises(CallFailed, match="leads on to another address"):
        plain.test()
    assert len(odd.log) == 1


def test_a_reply_without_end_is_cut_off(odd: Odd, plain: Connection) -> None:
    # A page, and no document: making one of this size would take longer than an answer may.
    odd.given = Answer(200, page="x" * (LARGEST_REPLY + 1))
    with pytest.raises(CallFailed, match=r"sends a reply of more than 64.0 MB"):
        plain.test()


def test_a_message_of_the_system_cannot_act_on_a_terminal_nor_repeat_a_secret(odd: Odd, plain: Connection) -> None:
    odd.given = Answer(400, {"error": f"\x1b[31mbad key {KEY}\nnext line " + "x" * 5000})
    with pytest.raises(CallFailed) as caught:
        plain.test()
    told = f"{caught.value} {caught.value!r}"
    assert KEY not in told
    assert "\\x1b[31mbad key [secret]\\x0anext line" in caught.value.message
    assert len(caught.value.message) < 500


def test_a_secret_of_the_address_stands_in_no_message(odd: Odd, plain: Connection) -> None:
    odd.misbehave("lost", times=99)
    with pytest.raises(ConnectionFailed) as caught:
        plain.test()
    assert KEY not in str(caught.value)
    assert odd.log[0].query == {"key": KEY}


def test_a_certificate_is_always_verified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = write_certificate(tmp_path / "tls")
    with serving(Odd(FakeClock()), certificate=certificate) as site:
        values = {"address": site.url, "key": KEY}
        with (
            opened(checked(PLAIN, "plain"), values, kept_in(tmp_path), site.clock) as link,
            pytest.raises(ConnectionFailed, match=r"The certificate of 127\.0\.0\.1 is self-signed") as caught,
        ):
            link.test()
        assert not caught.value.retriable
        assert site.log == []
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
        with opened(checked(PLAIN, "plain"), values, kept_in(tmp_path), site.clock) as link:
            assert link.test().status == 200


@pytest.mark.parametrize("address", ["http://example.org", "ftp://x", "https://user:pw@example.org", "nothing"])
def test_an_address_that_may_not_be_asked_is_refused(tmp_path: Path, address: str) -> None:
    with pytest.raises(Refused):
        opened(checked(PLAIN, "plain"), {"address": address, "key": KEY}, kept_in(tmp_path), FakeClock())


def test_a_stop_ends_a_call_that_waits_for_its_answer(odd: Odd, tmp_path: Path) -> None:
    stop = StopToken()
    values = {"address": odd.url, "key": KEY}
    odd.misbehave("stall")
    with (
        opened(checked(PLAIN, "plain"), values, kept_in(tmp_path), odd.clock, timeout=60, stop=stop) as link,
        ThreadPoolExecutor(1) as pool,
    ):
        waiting = pool.submit(link.test)
        odd.stalled.wait(30)
        stop.request()
        with pytest.raises(StopRequested):
            waiting.result(30)
        with pytest.raises(StopRequested):
            link.test()
    assert len(odd.log) == 1


def test_a_key_in_the_address_goes_along_with_the_next_page_and_changes_nothing_else(odd: Odd, tmp_path: Path) -> None:
    paged = PLAIN.replace(
        '{ path = "thing" } }', '{ path = "thing", paging = { kind = "next_link", member = "next" } } }'
    )
    odd.given = Answer(200, {"next": f"{odd.url}/thing?skip=a%2Fb&page=2", "id": 1})
    values = {"address": odd.url, "key": KEY}
    with opened(checked(paged, "plain"), values, kept_in(tmp_path), odd.clock) as link:
        pages = Reading(link, "things").pages()
        next(pages)
        next(pages)
        # It leads back to itself: not followed for ever.
        with pytest.raises(CallFailed, match="back to the same page"):
            next(pages)
    assert [each.query for each in odd.log] == [{"key": KEY}, {"skip": "a/b", "page": "2", "key": KEY}]


@pytest.mark.parametrize("key", ["line\r\nX-Other: 1", "schlüssel"])
def test_what_no_header_can_have_is_told(odd: Odd, tmp_path: Path, key: str) -> None:
    text = PLAIN.replace('"query"', '"header"')
    with (
        opened(checked(text, "plain"), {"address": odd.url, "key": key}, kept_in(tmp_path), odd.clock) as link,
        pytest.raises(CallFailed, match="has characters that no header can have") as caught,
    ):
        link.test()
    assert key not in str(caught.value)
    assert odd.log == []
