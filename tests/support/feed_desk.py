"""Feeds rendered from records that a test writes down, with a connection that is shut in, as the store hands it out."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import duckdb
from pydantic import TypeAdapter
from support.exchange_desk import AS_THE_STORE, shut_in

from core.config.entities import RECORD_FIELDS, build_entities
from core.config.layout_types import LayoutSettings
from core.config.standard import STANDARD_ENTITIES
from core.exchange.conversions import SQL_TYPES, sql_type
from core.exchange.feeds.writing import FeedTexts, FeedWriter
from core.sql import quoted_name
from core.stop import StopToken

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from core.config.feeds import FeedLayout

LANGUAGES = ["nl", "en"]
ENTITIES = build_entities(STANDARD_ENTITIES, {}, LANGUAGES, ["webshop"])
MOMENT = datetime(2026, 11, 28, 20, 30, 5, tzinfo=UTC)

_layouts: TypeAdapter[Any] = TypeAdapter(LayoutSettings)


def feed_layout(form: str, root: dict[str, Any], **more: Any) -> FeedLayout:
    """Return a layout of articles, unless it says of what."""
    found: FeedLayout = _layouts.validate_python(
        {"direction": "feed", "format": form, "entity": "article", "root": root, **more}
    )
    return found


def xml_record(*elements: dict[str, Any], **record: Any) -> dict[str, Any]:
    """Return a tree ``<feed><item>…</item></feed>`` with an item for each record."""
    return {"name": "feed", "elements": [{"name": "item", "records": True, "elements": list(elements), **record}]}


def json_record(*members: dict[str, Any], **record: Any) -> dict[str, Any]:
    """Return a list with an object for each record."""
    return {"records": True, "members": list(members), **record}


@dataclass
class FeedDesk:
    """Holds records, and renders them."""

    directory: Path
    connection: duckdb.DuckDBPyConnection
    stop: StopToken = field(default_factory=StopToken)

    @property
    def target(self) -> Path:
        return self.directory / "feed.out"

    def put(self, entity: str, *records: dict[str, Any]) -> None:
        """Keep these records of an entity, and no others."""
        table = quoted_name(entity)
        columns = {name: SQL_TYPES[kind] for name, kind in RECORD_FIELDS.items()}
        columns |= {name: sql_type(each) for name, each in ENTITIES[entity].fields.items()}
        declared = ", ".join(f"{quoted_name(name)} {kind}" for name, kind in columns.items())
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} ({declared})")
        for record in records:
            given = {"assortment": "", "mutation": "new", **record}
            names = ", ".join(map(quoted_name, given))
            marks = ", ".join("?" for _ in given)
            self.connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(given.values()))

    def writer(self, layout: FeedLayout, *, language: str | None = None) -> FeedWriter:
        return FeedWriter(
            layout,
            ENTITIES,
            connection=self.connection,
            selection=layout.entity,
            relation=lambda entity: entity,
            language=language,
            languages=LANGUAGES,
            texts=FeedTexts(MOMENT, "shop", layout.entity, "supplier", "webshop"),
            stop=self.stop,
        )

    def write(self, layout: FeedLayout, *, language: str | None = None) -> str:
        """Return the document; as a run does, in one transaction."""
        self.connection.begin()
        try:
            result = self.writer(layout, language=language).write(self.target)
        finally:
            self.connection.rollback()
        content = self.target.read_bytes()
        assert result.size == len(content)
        return content.decode()


@contextmanager
def feed_desk(directory: Path) -> Iterator[FeedDesk]:
    """Give a desk whose entities have no records."""
    with duckdb.connect(config=AS_THE_STORE) as connection:
        shut_in(connection, directory)
        desk = FeedDesk(directory, connection)
        for entity in ("product", "article", "price", "attachment"):
            desk.put(entity)
        yield desk
