from __future__ import annotations

import string
from datetime import datetime
from pathlib import PurePosixPath
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from core.config.placeholders import FileNameValues, expand_placeholders, placeholder_problem, uses_sequence

VALUES = FileNameValues(
    datetime(2026, 11, 2, 7, 5, 9, tzinfo=ZoneInfo("Europe/Amsterdam")), "webshop-articles", "article", "supplier", 7
)


@pytest.mark.parametrize(
    ("template", "name"),
    [
        ("articles.csv", "articles.csv"),
        ("a-{date}.csv", "a-2026-11-02.csv"),
        ("{time}", "070509"),
        ("{datetime}", "20261102-070509"),
        ("{datetime:%Y%m%d-%H%M}.csv", "20261102-0705.csv"),
        ("{date:%d.%m.%y}", "02.11.26"),
        ("{task}-{entity}-{assortment}", "webshop-articles-article-supplier"),
        ("{sequence}-{sequence:04}-{sequence:3d}", "7-0007-  7"),
        ("{{kept}}", "{kept}"),
        ("out/{entity}/{date:%Y}.csv", "out/article/2026.csv"),
        ("", ""),
    ],
)
def test_placeholders_are_replaced(template: str, name: str) -> None:
    assert placeholder_problem(template) is None
    assert expand_placeholders(template, VALUES) == name


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{dat}", "the placeholder {dat} is not known. Did you mean {date}?"),
        ("{customer_number}", "There are date, time, datetime, task, entity, assortment and sequence."),
        ("{}", "{} is not known"),
        ("{0}", "{0} is not known"),
        ("{date.year}", "is not known"),
        ("{task[0]}", "is not known"),
        ("{task:>20}", "takes no format"),
        ("{date!r}", "takes no format"),
        ("{date", "cannot be read"),
        ("date}", "cannot be read"),
        ("{sequence:x}", "takes a number of digits"),
        ("{sequence:/>9}", "takes a number of digits"),
        ("{sequence:c}", "takes a number of digits"),
        ("{sequence:99999999999}", "takes a number of digits"),
        ("{sequence:.3f}", "takes a number of digits"),
    ],
)
def test_what_cannot_be_read_is_named(template: str, words: str) -> None:
    problem = placeholder_problem(template)
    assert problem is not None
    assert words in problem


@pytest.mark.parametrize(
    ("template", "uses"), [("{sequence}", True), ("a{sequence:04}b", True), ("{date}{{sequence}}", False)]
)
def test_only_a_file_name_with_a_sequence_uses_up_a_number(template: str, uses: bool) -> None:
    assert uses_sequence(template) is uses


_outside = st.text(st.characters(codec="utf-8"), max_size=12) | st.sampled_from(
    [".", "..", "...", "/", "../..", "\\", "a/b", "/etc/passwd", "C:\\x", "\0", "\n", "~", ""]
)
_pieces = st.sampled_from(
    [
        "{task}",
        "{entity}",
        "{assortment}",
        "{date}",
        "{date:%Y/%m}",
        "{date:..}",
        "{time:/}",
        "{sequence}",
        "a",
        ".",
        "-",
        "/",
    ]
)


@given(task=_outside, entity=_outside, assortment=_outside, template=st.lists(_pieces, max_size=8).map("".join))
@example(task="..", entity="", assortment="", template="{task}/{task}")
@example(task=".", entity=".", assortment="", template="{task}{entity}")
@example(task=".", entity="", assortment="", template=".{task}")
def test_a_value_can_never_add_a_directory(task: str, entity: str, assortment: str, template: str) -> None:
    # What the operator writes between the placeholders is meant; a "." or ".." of that is not what this is about.
    literal = "".join(text for text, *_ in string.Formatter().parse(template))
    assume(".." not in literal)
    name = expand_placeholders(template, FileNameValues(VALUES.moment, task, entity, assortment, 47))
    assert name.count("/") == literal.count("/")
    for value in (task, entity, assortment):
        one = expand_placeholders("{task}", FileNameValues(VALUES.moment, value, "", "", 1))
        assert one not in (".", "..")
        assert not set(one) & set("/\\\0\n\r:")
    assert ".." not in PurePosixPath(name).parts
