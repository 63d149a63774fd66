"""Attachments in the catalogue: whose they are, whichever key their record has, and what they bring."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from support.catalogue_tools import opened

from core.config.entities import EntitySettings, FieldSettings, build_entities
from core.config.standard import STANDARD_ENTITIES
from core.stop import StopToken
from core.store.catalogue import StagedPart, identity_of, read_page
from core.store.catalogue.attached import (
    ContentAnswer,
    addresses,
    attachments_of,
    contents_referred_to,
    fill_contents,
    list_addresses,
    note_answers,
    refuse_unattached,
)
from core.store.catalogue.paging import Order, Selection, Which

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from duckdb import DuckDBPyConnection

KINDS = {
    "a": FieldSettings(type="text"),
    "b": FieldSettings(type="decimal", decimals=3),
    "c": FieldSettings(type="date"),
    "d": FieldSettings(type="boolean"),
    "e": FieldSettings(type="integer"),
    "f": FieldSettings(type="datetime"),
}
ENTITIES = build_entities(STANDARD_ENTITIES, {"odd": EntitySettings(key=list(KINDS), fields=KINDS)}, ["nl"])
ODD = "x/y/1.500/2026-01-31/true/-7/2026-01-31 12:30:00"
STOP = StopToken()


@pytest.fixture
def session(tmp_path: Path) -> Iterator[DuckDBPyConnection]:
    with opened(tmp_path, ENTITIES) as catalogue, catalogue.session() as session:
        session.execute("INSERT INTO entity.article BY NAME SELECT 's' AS assortment, 'A1' AS number")
        session.execute(
            "INSERT INTO entity.article (assortment, number, archived_at) VALUES ('s', 'A2', TIMESTAMP '2026-01-01')"
        )
        values = ["x/y", Decimal("1.5"), date(2026, 1, 31), True, -7, datetime(2026, 1, 31, 12, 30)]  # noqa: DTZ001
        session.execute("INSERT INTO entity.odd (assortment, a, b, c, d, e, f) VALUES ('s', ?, ?, ?, ?, ?, ?)", values)
        yield session


def staged(
    session: DuckDBPyConnection, name: str, entity: str, columns: str, rows: list[tuple[Any, ...]]
) -> StagedPart:
    part = StagedPart(ENTITIES[entity], name, f"{name} rejects")
    marks = ", ".join("?" for _ in columns.split(","))
    session.execute(f"CREATE TEMP TABLE {name} (_record BIGINT, {columns.replace(',', ' VARCHAR,')} VARCHAR)")
    session.execute(f'CREATE TEMP TABLE "{name} rejects" (record BIGINT, field VARCHAR, value VARCHAR, reason VARCHAR)')
    for number, row in enumerate(rows, start=1):
        session.execute(f"INSERT INTO {name} VALUES (?, {marks})", [number, *row])
    return part


def rejects(session: DuckDBPyConnection, part: StagedPart) -> list[tuple[int, str]]:
    return session.execute(f'SELECT record, reason FROM "{part.rejects}" ORDER BY record').fetchall()


def test_the_record_must_be_there_or_in_the_same_file(session: DuckDBPyConnection) -> None:
    articles = staged(session, "articles", "article", "number", [("A3",)])
    part = staged(
        session,
        "pictures",
        "attachment",
        "entity, record, file",
        [
            ("article", "A1", "1"),
            ("article", "A2", "2"),
            ("article", "A3", "3"),
            ("odd", ODD, "4"),
            ("odd", ODD.replace("true", "false"), "5"),
            ("artikel", "A1", "6"),
        ],
    )

    refuse_unattached(session, part, [articles, part], ENTITIES, stop=STOP)

    assert rejects(session, part) == [
        (2, "There is no article with this key in the catalogue."),
        (5, "There is no odd with this key in the catalogue."),
        (6, "There is no such entity; did you mean 'article'?"),
    ]
    assert part.rejected == 3


def test_a_record_finds_its_attachments_by_a_key_of_any_types(session: DuckDBPyConnection) -> None:
    columns = "assortment, entity, record, file, sort_order, size, media_type"
    for number in range(5):
        session.execute(
            f"INSERT INTO entity.attachment ({columns}) VALUES ('s', 'odd', ?, ?, ?, 3, 'image/png')",
            [ODD, f"{number}.png", 9 - number],
        )
    wanted = Selection("s", which=Which.ALL)
    page = read_page(session, ENTITIES["odd"], wanted, columns=(), order=Order(), start="", backwards=False, limit=5)
    _, key = identity_of(ENTITIES["odd"], page.records[0].id)

    found, count = attachments_of(session, "odd", key, limit=2)

    assert ([row.file for row in found], count) == (["4.png", "3.png"], 5)
    assert attachments_of(session, "article", ["A1"], limit=2) == ([], 0)


def test_answers_are_filled_in_and_reasons_reject(session: DuckDBPyConnection) -> None:
    part = staged(
        session,
        "pictures",
        "attachment",
        "entity, record, file, source",
        [
            ("article", "A1", "a.png", None),
            ("article", "A1", "b", " https://example.com/b "),
            ("article", "A1", "again", "a.png"),
            ("article", "A1", "c.png", ""),
        ],
    )

    assert list_addresses(session, "pictures", stop=STOP) == 3
    assert list(addresses(session)) == ["a.png", "https://example.com/b", "c.png"]
    note_answers(session, [])
    note_answers(
        session,
        [
            ContentAnswer("a.png", "hash-a", 3, "image/png", "in:a.png"),
            ContentAnswer("https://example.com/b", "hash-b", None, "", "https://example.com/b"),
            ContentAnswer("c.png", reason="It is not there."),
        ],
    )
    fill_contents(session, part, stop=STOP)

    assert rejects(session, part) == [(4, "It is not there.")]
    filled = "SELECT file, content_hash, size, media_type, source FROM pictures ORDER BY _record"
    assert session.execute(filled).fetchall() == [
        ("a.png", "hash-a", 3, "image/png", "in:a.png"),
        ("b", "hash-b", None, None, "https://example.com/b"),
        ("again", "hash-a", 3, "image/png", "in:a.png"),
    ]


def test_what_history_refers_to_is_referred_to(session: DuckDBPyConnection) -> None:
    session.execute("INSERT INTO entity.attachment (content_hash, size) VALUES ('now', 1), (NULL, NULL)")
    session.execute("INSERT INTO entity.attachment (content_hash, size, archived_at) VALUES ('old', 2, '2026-01-01')")
    session.execute("INSERT INTO history.attachment (content_hash, size) VALUES ('before', 3), ('now', 1)")

    assert contents_referred_to(session) == {"now": 1, "old": 2, "before": 3}
