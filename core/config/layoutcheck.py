"""Whether a layout goes with the entities that its columns and elements are of."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from core.config.attachments import ATTACHMENT, FILLED
from core.config.checking import check_field, find_entity
from core.config.feedcheck import check_feed
from core.text import listed

if TYPE_CHECKING:
    from core.config.checking import Checking
    from core.config.layouts import ImportPass, LayoutSettings
    from core.config.outline import KeyPath


def check_layout(check: Checking, path: KeyPath, layout: LayoutSettings) -> None:
    """Note the fields and entities of a layout that are not there, or that it may not use."""
    if layout.direction == "report":
        if layout.entity:
            find_entity(check, path, layout.entity)
        return
    if layout.direction == "export":
        entity = find_entity(check, path, layout.entity)
        for position, column in enumerate(layout.columns if entity else ()):
            if entity and column.field is not None:
                place: KeyPath = (*path, "columns", position, "field")
                check_field(check, place, column.field, entity, imports=False, without_language=True)
        return
    if layout.direction == "feed":
        if find_entity(check, path, layout.entity) is not None:
            check_feed(
                layout,
                path,
                entities=check.entities,
                note=check.note,
                check_field=partial(check_field, check, imports=False, without_language=True),
                find_entity=partial(find_entity, check),
            )
        return
    seen: dict[str, int] = {}
    for number, walk in enumerate(layout.walks):
        place = (*path, "passes", number) if layout.passes else path
        if seen.setdefault(walk.entity, number) != number:
            message = f"pass number {seen[walk.entity] + 1} is of this entity already"
            check.note((*place, "entity"), message, walk.entity)
        else:
            _check_pass(check, place, walk)


def _check_pass(check: Checking, path: KeyPath, walk: ImportPass) -> None:
    entity = find_entity(check, path, walk.entity)
    if entity is None:
        return
    seen: dict[str, int] = {}
    for position, column in enumerate(walk.columns):
        place: KeyPath = (*path, "columns", position, "field")
        name = column.field
        check_field(check, place, name, entity, imports=True, without_language=False)
        if walk.entity == ATTACHMENT and name in FILLED:
            check.note(place, "an import fills this field by the file itself; leave it out", name)
        if seen.setdefault(name, position) != position:
            check.note(place, f"this field has a value from column number {seen[name] + 1} already", name)
        field = entity.fields.get(name)
        if column.references != "reject" and field is not None and not field.refers_to:
            message = f"{name!r} refers to no other record"
            check.note((*path, "columns", position, "references"), message, column.references)
    missing = [name for name in entity.key if name not in seen]
    if missing:
        names = listed([repr(name) for name in missing], last="and")
        check.note((*path, "columns"), f"no column for the key of {entity.name!r}: {names}")
