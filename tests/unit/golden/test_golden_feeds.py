"""Documents through feed layouts, to the byte: each option of XML and JSON feeds."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import pytest
from lxml import etree
from pydantic import ValidationError
from support.feed_desk import feed_desk
from support.golden import GOLDEN, NEWLY, Case, cases, layout_of, options_in, without

from core.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.feed_desk import FeedDesk

CASES = cases("feeds")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FeedDesk]:
    records = tomllib.loads((GOLDEN / "feed-records.toml").read_text(encoding="utf-8"))
    with feed_desk(tmp_path_factory.mktemp("feeds")) as made:
        for entity, each in records.items():
            made.put(entity, *each)
        yield made


def written(desk: FeedDesk, table: dict[str, Any]) -> str:
    """Return the document, or why there is none."""
    try:
        return desk.write(layout_of(table))
    except DataError as error:
        return f"{error}\n"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_document_is_what_its_layout_says(desk: FeedDesk, case: Case) -> None:
    table = case.layout_table("feed")
    made, golden = written(desk, table), case.beside(f".{table['format']}")
    if NEWLY:
        golden.write_text(made, encoding="utf-8", newline="")
    assert made == golden.read_bytes().decode()


@pytest.mark.parametrize("case", [each for each in CASES if each.name.startswith("xml")], ids=lambda case: case.name)
def test_a_golden_document_is_xml(case: Case) -> None:
    text = case.beside(".xml").read_bytes()
    if text.startswith(b"<"):
        etree.fromstring(text)


@pytest.mark.parametrize(
    ("case", "path"),
    [
        pytest.param(case, path, id=f"{case.name}-{'.'.join(map(str, path))}")
        for case in CASES
        for path in options_in(case.layout_table("feed"))
    ],
)
def test_without_its_option_a_document_is_another(desk: FeedDesk, case: Case, path: tuple[str | int, ...]) -> None:
    table = case.layout_table("feed")
    try:
        layout_of(without(table, path))
    except ValidationError:
        return
    assert written(desk, without(table, path)) != case.beside(f".{table['format']}").read_bytes().decode()
