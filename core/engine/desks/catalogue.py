"""The records that are kept (:mod:`core.engine.api.catalogue`)."""

from __future__ import annotations

from base64 import b64encode
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from core.config.attachments import ATTACHMENT
from core.config.entities import RECORD_FIELDS
from core.engine.api.catalogue import (
    Archived,
    AssortmentView,
    AttachmentView,
    ContentPiece,
    EntityView,
    FieldChangeView,
    FieldView,
    RecordPage,
    RecordQuery,
    RecordRow,
    RecordView,
    VersionView,
)
from core.errors import Refused
from core.text import clean, nearest, plain_number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from zoneinfo import ZoneInfo

    from core.config.entities import Entity, FieldType
    from core.engine.door import Door
    from core.store.catalogue import RecordVersion, Selection, Value

_NOT_SHOWN = frozenset({"mutation"})
"""What only exports know of a record."""
_ATTACHMENTS_SHOWN = 50


class CatalogueDesk:
    """The records that are kept, as one actor may look at them."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def entities(self) -> tuple[EntityView, ...]:
        """Return every entity with its assortments and the number of their records."""
        from core.store.catalogue import assortments

        workspace = self._door.engine.workspace
        views = []
        with workspace.catalogue.session() as session:
            for entity in workspace.config.entities.values():
                counts = tuple(
                    AssortmentView(clean(found.assortment), found.active, found.archived, found.last_changed)
                    for found in assortments(session, entity)
                )
                fields = (*_fields(entity), *_own_fields())
                views.append(EntityView(entity.name, clean(entity.title), entity.key, fields, entity.standard, counts))
        return tuple(views)

    def page(self, query: RecordQuery, *, start: str = "", backwards: bool = False, limit: int = 100) -> RecordPage:
        """Return the records after a place, or those before it.

        Raises:
            Refused: an entity or a field is not known.
        """
        from core.store.catalogue import Order, read_page

        entity = self._entity(query.entity)
        workspace = self._door.engine.workspace
        with workspace.catalogue.session() as session:
            page = read_page(
                session,
                entity,
                _selection(query),
                columns=query.columns,
                order=Order(query.sorted_by, query.descending),
                start=start,
                backwards=backwards,
                limit=max(1, min(limit, 1000)),
            )
        zone = workspace.config.engine.zone
        return RecordPage(
            tuple(
                RecordRow(found.id, found.place, found.archived, tuple(in_words(value, zone) for value in found.values))
                for found in page.records
            ),
            page.more,
        )

    def count(self, query: RecordQuery) -> int:
        """Return how many records there are to look through."""
        from core.store.catalogue import count_selected

        entity = self._entity(query.entity)
        with self._door.engine.workspace.catalogue.session() as session:
            return count_selected(session, entity, _selection(query))

    def record(self, entity: str, record_id: str) -> RecordView:
        """Return one record with its history.

        Raises:
            Refused: there is no such record, and none is remembered.
        """
        from core.store.catalogue import identity_of, record_history
        from core.store.catalogue.attached import AttachmentRow, attachments_of

        known = self._entity(entity)
        workspace = self._door.engine.workspace
        assortment, key = identity_of(known, record_id)
        with workspace.catalogue.session() as session:
            versions = record_history(session, known, assortment, key)
            files, count = attachments_of(session, known.name, key, limit=_ATTACHMENTS_SHOWN)
        if not versions:
            raise Refused("This record is no longer kept.", advice="Go back to the list, and look again.")
        zone = workspace.config.engine.zone
        last = versions[-1].values
        if known.name == ATTACHMENT and last["content_hash"]:
            file, kind, language, media_type, digest = (
                str(last[name] or "") for name in ("file", "type", "language", "media_type", "content_hash")
            )
            files, count = [AttachmentRow(file, kind, language, media_type, int(str(last["size"] or 0)), digest)], 1
        archived_at = last["archived_at"]
        return RecordView(
            entity=known.name,
            name=clean(" ".join(str(part) for part in (assortment, *key) if part != "")),
            archived_at=archived_at if isinstance(archived_at, datetime) else None,
            values=tuple((name, in_words(last[name], zone)) for name in (*known.fields, *_own_names())),
            versions=_versions(known, versions, zone),
            attachments=tuple(
                AttachmentView(
                    clean(row.file), clean(row.type), clean(row.language), row.media_type, row.size, row.sha256
                )
                for row in files
            ),
            attachment_count=count,
        )

    def content(self, sha256: str, start: int = 0) -> ContentPiece:
        """Return a piece of what an attachment holds, from a byte on.

        Raises:
            StoreError: it is not kept.
        """
        from core.store.attachments import AttachmentStore

        store = AttachmentStore(self._door.engine.workspace.config.attachments_dir)
        return ContentPiece(b64encode(store.piece(sha256, max(0, start))).decode())

    def _entity(self, name: str) -> Entity:
        entities = self._door.engine.workspace.config.entities
        if name in entities:
            return entities[name]
        near = nearest(name, entities)
        raise Refused(
            f"There is no entity {clean(name, limit=70)!r}.", advice=f"Did you mean {near!r}?" if near else ""
        )


def in_words(value: Value, zone: ZoneInfo) -> str:
    """Return a value as a person reads it; nothing for one that is not there."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case datetime():
            return f"{value.astimezone(zone):%Y-%m-%d %H:%M:%S}"
        case date():
            return value.isoformat()
        case Decimal():
            return plain_number(value)
        case _:
            return clean(str(value))


def _selection(query: RecordQuery) -> Selection:
    from core.store.catalogue import Selection, Which

    which = {Archived.WITHOUT: Which.ACTIVE, Archived.ONLY: Which.ARCHIVED, Archived.WITH: Which.ALL}
    return Selection(query.assortment, query.words, which[query.archived])


def _fields(entity: Entity) -> tuple[FieldView, ...]:
    return tuple(
        FieldView(field.name, clean(field.title), field.type, clean(field.unit), field.refers_to or "")
        for field in entity.fields.values()
    )


def _own_names() -> tuple[str, ...]:
    return tuple(name for name in RECORD_FIELDS if name not in _NOT_SHOWN)


def _own_fields() -> tuple[FieldView, ...]:
    types: Mapping[str, FieldType] = RECORD_FIELDS
    return tuple(FieldView(name, name.replace("_", " ").capitalize(), types[name], own=True) for name in _own_names())


def _versions(entity: Entity, versions: Sequence[RecordVersion], zone: ZoneInfo) -> tuple[VersionView, ...]:
    views = []
    before: Mapping[str, Value] = {}
    for version in versions:
        changes = tuple(
            FieldChangeView(name, in_words(before.get(name), zone), in_words(version.values[name], zone))
            for name in entity.fields
            if before.get(name) != version.values[name]
        )
        views.append(VersionView(version.run, version.moment, version.action, changes))
        before = version.values
    return tuple(reversed(views))
