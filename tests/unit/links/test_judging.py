"""Replies of any kind: a document, or an error that says what it asks for."""

from __future__ import annotations

import email.utils
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.links.faults import CallFailed
from core.links.judging import Judge
from core.links.loading import checked

DEFINITION = """
version = 1
name = "X"
base_url = "https://example.org"
auth = { kind = "none" }
test = { path = "x" }
resources = { a = { path = "a" } }

[reply]
succeeded = [{ member = "IsError", equals = false }, { member = "ErrorType" }]
message = ["error.message.value", "error.message", "ErrorMessage"]
code = ["error.code", "code"]
reason_header = "Reason"

[[errors]]
status = [403]
code = ["15"]
paths = ["batch/*"]
means = "wait"
wait_seconds = 5
"""
JUDGE = Judge(checked(DEFINITION, "x"))
NOW = 1_795_000_000.0


def judged(status: int, content: Any, headers: dict[str, str] | None = None, group: str = "a") -> Any:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    told = {"content-type": "application/json", **(headers or {})}
    return JUDGE.judge(host="h", group=group, status=status, headers=told, content=body, now=NOW)


def failure(status: int, content: Any, headers: dict[str, str] | None = None, group: str = "a") -> CallFailed:
    with pytest.raises(CallFailed) as caught:
        judged(status, content, headers, group)
    return caught.value


def test_success() -> None:
    assert judged(200, b'{"IsError": false, "x": 0.10}') == {"IsError": False, "x": Decimal("0.10")}
    assert judged(204, b"") is None


@pytest.mark.parametrize("content", [{"IsError": True}, {"IsError": False, "ErrorType": "E"}, {}, [], 5])
def test_trap_08_status_200_alone_is_no_success(content: Any) -> None:
    assert failure(200, content).kind == "record"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        *((400, "record"), (401, "sign_in"), (403, "settings"), (404, "gone"), (409, "conflict"), (412, "conflict")),
        *((421, "settings"), (422, "record"), (429, "wait"), (500, "retry"), (503, "retry"), (599, "retry")),
    ],
)
def test_each_status_asks_for_something(status: int, kind: str) -> None:
    assert failure(status, {}).kind == kind


def test_a_rule_is_for_its_status_code_and_path() -> None:
    told = {"error": {"code": 15, "message": "too fast"}}
    fast = failure(403, told, group="batch/add")
    assert (fast.kind, fast.after, fast.code) == ("wait", 5, "15")
    assert fast.message == "h answers 403 Forbidden (15) to batch/add: too fast."
    assert failure(403, told, group="other").kind == "settings"
    assert failure(403, {"error": {"code": 16}}, group="batch/add").kind == "settings"


def test_a_reason_in_a_header_is_told() -> None:
    error = failure(400, {"error": {"message": {"value": "No"}}}, {"reason": "MandatoryFilter"})
    assert error.message == "h answers 400 Bad Request to a: No; MandatoryFilter."


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7),
        (email.utils.formatdate(NOW + 30, usegmt=True), 30),
        (email.utils.formatdate(NOW - 30, usegmt=True), 0),
        *(("soon", None), ("-1", None), ("", None)),
    ],
)
def test_retry_after_has_seconds_or_a_date(value: str, seconds: float | None) -> None:
    assert failure(503, {}, {"retry-after": value}).after == seconds


@pytest.mark.parametrize("kind", ["text/html", "application/json", "application/atom+xml"])
def test_trap_09_a_page_is_told_as_what_it_is(kind: str) -> None:
    what = "XML" if "xml" in kind else "a web page"
    assert what in failure(404, b"<html>", {"content-type": kind}).message
    assert what in failure(200, b"\xef\xbb\xbf <html>", {"content-type": kind}).message
    # Of a gateway, the status says more than its page.
    assert failure(502, b"<html>", {"content-type": kind}).kind == "retry"


@given(
    st.integers(200, 599),
    st.binary(max_size=40)
    | st.recursive(
        st.none() | st.text(max_size=5),
        lambda x: st.dictionaries(st.sampled_from(["error", "code", "message", "IsError"]), x, max_size=3),
    ).map(lambda x: json.dumps(x).encode()),
    st.dictionaries(st.sampled_from(["content-type", "retry-after", "reason"]), st.text(max_size=12)),
)
def test_whatever_comes_is_a_document_or_a_call_that_failed(
    status: int, content: bytes, headers: dict[str, str]
) -> None:
    told = ""
    try:
        judged(status, content, headers)
    except CallFailed as error:
        told = str(error)
    assert "\n" not in told
    assert "\x1b" not in told


def test_a_document_that_is_nested_without_end_is_refused() -> None:
    assert "not JSON" in failure(200, b"[" * 100_000).message


def test_half_a_character_is_replaced_for_nothing_could_keep_it() -> None:
    content = rb'{"IsError": false, "\ud83d\ude00": ["a\ud800b", {"x": "\uDC00"}], "whole": "\ud83d\ude00"}'
    document = judged(200, content)
    assert document == {"IsError": False, "😀": ["a�b", {"x": "�"}], "whole": "😀"}
    json.dumps(document, ensure_ascii=False).encode()
