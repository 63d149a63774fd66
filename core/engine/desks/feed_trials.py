"""A feed layout tried on the first record of the catalogue, by the code that writes a feed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from core.config.config_file import ConfigFile
from core.config.feedcheck import check_feed
from core.config.feeds import XmlFeedLayout
from core.engine.api.files import FeedTrial
from core.errors import PendelError
from core.stop import StopToken
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.config.entities import Entity
    from core.config.feeds import FeedLayout
    from core.engine.workspace import Workspace

_LINES = 500
_LINE = 500


def try_feed(workspace: Workspace, table: Mapping[str, Any]) -> FeedTrial:
    """Return the document that a layout makes of the first record."""
    try:
        layout = ConfigFile.model_validate({"version": 1, "engine": {}, "layouts": {"tried": dict(table)}}).layouts[
            "tried"
        ]
    except ValidationError:
        return FeedTrial(failure="The layout is not complete yet: look at what is marked with !.")
    if layout.direction != "feed":
        return FeedTrial(failure="This is no layout for feeds.")
    if wrong := _misfits(layout, workspace):
        return FeedTrial(failure=f"The layout does not fit together yet: {clean(wrong[0])}.")
    try:
        return _written(workspace, layout)
    except PendelError as error:
        return FeedTrial(failure=clean(str(error)))


def _misfits(layout: FeedLayout, workspace: Workspace) -> list[str]:
    entities = workspace.config.entities
    found: list[str] = []
    if layout.entity not in entities:
        return [f"there is no entity {layout.entity!r}"]

    def find(_: object, name: str) -> Entity | None:
        if name not in entities:
            found.append(f"there is no entity {name!r}")
        return entities.get(name)

    check_feed(
        layout,
        (),
        entities=entities,
        note=lambda _, message: found.append(message),
        # Which fields there are, the code that writes will say.
        check_field=lambda _path, _name, _entity: None,
        find_entity=find,
    )
    return found


def _written(workspace: Workspace, layout: FeedLayout) -> FeedTrial:
    from core.exchange.feeds.writing import FeedTexts, FeedWriter
    from core.store.catalogue import count_records, select_records, snapshot
    from core.tasks.feeding import joined_records

    config = workspace.config
    entity = config.entities[layout.entity]
    with workspace.catalogue.session() as session, snapshot(session) as watermark:
        chosen: dict[str, Any] = {"assortment": None, "since": None, "upto": watermark, "with_archived": False}
        writer = FeedWriter(
            layout,
            config.entities,
            connection=session,
            selection=select_records(session, entity, **chosen),
            relation=joined_records(config.entities, session, watermark),
            language=None,
            languages=config.engine.languages,
            texts=FeedTexts(workspace.now().astimezone(config.engine.zone), "task", layout.entity, "assortment"),
            stop=StopToken(),
        )
        first = writer.records(1)
        records = count_records(session, entity, **chosen)
    return FeedTrial(lines=_in_lines(layout, writer.head + "".join(first) + writer.tail), records=records)


def _in_lines(layout: FeedLayout, document: str) -> tuple[str, ...]:
    """A document as it is read best: an element or a member a line."""
    if isinstance(layout, XmlFeedLayout):
        from lxml import etree

        parser = etree.XMLParser(remove_blank_text=True, strip_cdata=False, resolve_entities=False, no_network=True)
        tree = etree.fromstring(document.encode(), parser)
        etree.indent(tree, "  ")
        document = etree.tostring(tree, encoding="unicode")
    else:
        document = json.dumps(json.loads(document), indent=2, ensure_ascii=False)
    return tuple(clean(line, limit=_LINE) for line in document.split("\n")[:_LINES])
