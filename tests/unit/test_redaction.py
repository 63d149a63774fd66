from __future__ import annotations

import base64
import json
import threading
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.redaction import MOST_PASSING, REPLACEMENT, Redactor, traceback_without_words

CANARY = 'kä/narie+"7 fK2'


def redactor(*secrets: str) -> Redactor:
    result = Redactor()
    for secret in secrets:
        result.add(secret)
    return result


@pytest.mark.parametrize(
    "form",
    [
        CANARY,
        quote(CANARY),
        quote(CANARY, safe=""),
        quote_plus(CANARY),
        quote(CANARY, safe="").replace("%C3%A4", "%c3%a4").replace("%2F", "%2f").replace("%2B", "%2b"),
        json.dumps(CANARY)[1:-1],
        json.dumps(CANARY, ensure_ascii=False)[1:-1],
        repr(CANARY)[1:-1],
    ],
)
def test_every_form_is_removed(form: str) -> None:
    assert redactor(CANARY).redact(f"before {form} after") == f"before {REPLACEMENT} after"


@given(user=st.text(max_size=7), secret=st.text(st.characters(codec="utf-8"), min_size=9, max_size=30))
def test_basic_authentication_does_not_give_it_away(user: str, secret: str) -> None:
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        header = encode(f"{user}:{secret}".encode("utf-8", "surrogatepass")).decode()
        cleaned = redactor(secret).redact(header)
        assert REPLACEMENT in cleaned
        # At most the characters that share bits with the neighbours are left of it.
        assert len(cleaned.replace(REPLACEMENT, "")) <= len(header) - len(secret.encode()) * 8 // 6 + 4


def test_short_values_are_left_alone() -> None:
    assert redactor("abc", "", "  ").redact("abc  abc") == "abc  abc"


def test_a_secret_that_contains_another_is_removed_whole() -> None:
    assert redactor("geheim", "geheimnis").redact("geheimnis geheim") == f"{REPLACEMENT} {REPLACEMENT}"


def test_each_line_of_a_private_key_is_removed() -> None:
    key = "-----BEGIN-----\nMIIEabcdef\nqrstuvwxyz\n-----END-----\n"
    assert "abcdef" not in redactor(key).redact("a line: MIIEabcdef")


def test_signs_with_a_meaning_in_patterns() -> None:
    assert redactor("a.c*d").redact("abccd a.c*d") == f"abccd {REPLACEMENT}"


def test_threads_may_add_at_once() -> None:
    shared = Redactor()

    def add(start: int) -> None:
        for number in range(start, start + 50):
            shared.add(f"geheim-{number}")

    threads = [threading.Thread(target=add, args=(start,)) for start in (0, 100, 200, 300)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for start in (0, 100, 200, 300):
        assert shared.redact(f"geheim-{start + 49}") == REPLACEMENT


def test_a_traceback_has_places_and_kinds_and_no_words() -> None:
    def work(name: str) -> None:
        try:
            raise FileNotFoundError(2, "No such file", f"/home/{name}")
        except FileNotFoundError as error:
            error.add_note(name)
            raise ValueError(name) from error

    with pytest.raises(ValueError, match="Jane") as caught:
        work("Jane Doe")
    lines = traceback_without_words(caught.value)
    assert "Jane" not in "\n".join(lines).replace('work("Jane Doe")', "")
    assert lines.count("Traceback (most recent call last):") == 2
    assert lines[-1] == "ValueError"
    assert "FileNotFoundError: No such file or directory" in lines
    assert any(line.endswith("in work") for line in lines)


def test_a_traceback_that_leads_back_to_itself_ends() -> None:
    first, second = KeyError("Jane"), ValueError("Jane")
    first.__cause__, second.__cause__ = second, first
    assert traceback_without_words(first)[-1] == "KeyError"


def test_of_tokens_those_that_were_used_last_are_looked_for() -> None:
    known = Redactor()
    known.add("lasting-secret")
    for number in range(MOST_PASSING + 10):
        known.add_passing("in-use-all-the-time")
        known.add_passing(f"token-{number:04}")
    text = f"in-use-all-the-time token-{MOST_PASSING + 9:04} lasting-secret"
    assert known.redact(text) == f"{REPLACEMENT} {REPLACEMENT} {REPLACEMENT}"
    assert known.redact("token-0000") == "token-0000"
