"""What is wrong with a feed layout, found without a record: expressions, conditions and formats."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from core.config.entities import RECORD_FIELDS, Field
from core.config.feeds import XmlElement
from core.errors import DataError
from core.exchange.checking import empty_relation, format_problems
from core.exchange.feeds.writing import FeedTexts, FeedWriter
from core.sql import quoted_name
from core.stop import StopToken

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from duckdb import DuckDBPyConnection

    from core.config.entities import Entity
    from core.config.feeds import FeedLayout, FeedNode, XmlAttribute


def check_feed_layout(layout: FeedLayout, entities: Mapping[str, Entity], languages: Sequence[str]) -> list[str]:
    """Return what is wrong with a feed layout: every format, and the first thing that does not compile."""
    import duckdb

    with duckdb.connect(config={"enable_external_access": False}) as connection:
        made: set[str] = set()

        def relation(entity: str) -> str:
            if entity not in made:
                made.add(entity)
                empty = empty_relation(_known(entities[entity]))
                connection.execute(f"CREATE TEMP TABLE {quoted_name(entity)} AS {empty}")
            return entity

        problems = list(_format_problems(layout.root, entities[layout.entity], entities, languages, connection))
        try:
            FeedWriter(
                layout.model_copy(update={"max_records": None}),
                entities,
                connection=connection,
                selection=relation(layout.entity),
                relation=relation,
                language=None,
                languages=languages,
                texts=FeedTexts(datetime.now(UTC), "", layout.entity),
                stop=StopToken(),
            ).records(1)
        except DataError as error:
            problems.append(str(error))
    return list(dict.fromkeys(problems))


def _known(entity: Entity) -> dict[str, Field]:
    return {**{name: Field(name, kind, name) for name, kind in RECORD_FIELDS.items()}, **entity.fields}


def _format_problems(
    node: FeedNode,
    entity: Entity,
    entities: Mapping[str, Entity],
    languages: Sequence[str],
    connection: DuckDBPyConnection,
) -> Iterator[str]:
    inner = entities[node.repeat.entity] if node.repeat else entity
    values: list[FeedNode | XmlAttribute] = [node, *(node.attributes if isinstance(node, XmlElement) else ())]
    for value in values:
        known = _known(inner)
        found = (known[name] for name in (value.field or "", f"{value.field}.{languages[0]}") if name in known)
        if (field := next(found, None)) is not None:
            yield from format_problems(value, field, connection)
    children: Sequence[FeedNode] = node.elements if isinstance(node, XmlElement) else node.members
    for child in children:
        yield from _format_problems(child, inner, entities, languages, connection)
