from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text import clean, counted, file_size, listed, nearest, shorten, time_span


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("prijzen €.csv", "prijzen €.csv"),
        ("Größe 5 mm²", "Größe 5 mm²"),
        ("Ελληνικά 日本語 😀", "Ελληνικά 日本語 😀"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("a\tb", "a b"),
        ("a\r\nb", "a\\x0d\\x0ab"),
        ("\x9b31m", "\\x9b31m"),
        ("exe.\u202efdp", "exe.\\u202efdp"),
        ("zero\u200bwidth\ufeff", "zero\\u200bwidth\\ufeff"),
        ("line\u2028end", "line\\u2028end"),
        ("\udcff", "\\udcff"),
        ("", ""),
    ],
)
def test_what_could_act_on_a_terminal_is_made_visible(raw: str, cleaned: str) -> None:
    assert clean(raw) == cleaned


@given(st.text())
def test_cleaned_text_is_safe_and_stays_as_it_is(text: str) -> None:
    cleaned = clean(text)
    assert not {unicodedata.category(char) for char in cleaned} & {"Cc", "Cs", "Zl", "Zp"}
    assert clean(cleaned) == cleaned
    assert len(cleaned.splitlines()) <= 1
    assert len(clean(text, limit=10)) <= 10


def test_long_text_is_cut_with_a_sign() -> None:
    assert shorten("abcdef", 6) == "abcdef"
    assert shorten("abcdefg", 6) == "abcde…"
    assert clean("\x00" * 10, limit=5) == "\\x00…"


def test_the_nearest_word_is_found_whatever_its_case() -> None:
    choices = ["supplier-prices", "Webshop-Articles", "erp-files"]
    assert nearest("supplier-price", choices) == "supplier-prices"
    assert nearest("webshop-article", choices) == "Webshop-Articles"
    assert nearest("something else", choices) == ""
    assert nearest("x", []) == ""


def test_words_are_listed() -> None:
    assert listed([]) == ""
    assert listed(["a"]) == "a"
    assert listed(["a", "b"]) == "a or b"
    assert listed(iter("abc"), last="and") == "a, b and c"


def test_numbers_have_their_noun() -> None:
    assert counted(1, "record") == "1 record"
    assert counted(0, "record") == "0 records"
    assert counted(12_345, "entry", "entries") == "12,345 entries"


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (1500, "1.5 kB"),
        (999_949, "999.9 kB"),
        (999_950, "1.0 MB"),
        (999_999_999, "1.0 GB"),
        (2.5e12, "2.5 TB"),
        (2.5e15, "2500.0 TB"),
    ],
)
def test_sizes_are_told_in_the_unit_that_fits(size: float, words: str) -> None:
    assert file_size(size) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.04, "0.0 s"),
        (0.44, "0.4 s"),
        (12.4, "12 s"),
        (59.6, "1 min"),
        (185, "3 min 5 s"),
        (3600, "1 h"),
        (7440, "2 h 4 min"),
        (86_400, "1 d"),
        (266_400, "3 d 2 h"),
    ],
)
def test_lengths_of_time_are_told_in_words(seconds: float, words: str) -> None:
    assert time_span(seconds) == words
