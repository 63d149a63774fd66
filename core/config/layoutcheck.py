"""Whether layouts go with the entities that they are of; and what all checks across tables begin with."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from core.config.attachments import ATTACHMENT, FILLED
from core.config.entities import RECORD_FIELDS, Entity
from core.config.finding import Finding, shown
from core.config.formats import of_industry
from core.text import listed, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from core.config.entities import EntitySettings, FieldSettings
    from core.config.industry_layouts import IndustryLayout
    from core.config.layout_types import LayoutSettings
    from core.config.layouts import ImportLayout, ImportPass
    from core.config.outline import KeyPath
    from core.config.tables import ConfigTables


@dataclass(frozen=True, slots=True)
class Validated:
    """The tables that are good by themselves, and what was left out because it is not."""

    settings: ConfigTables
    task_positions: list[int]
    """Where each task of ``settings`` stands among all tasks, from 0."""
    left_out: frozenset[KeyPath] = frozenset()
    task_ids_left_out: frozenset[str] = frozenset()

    def names(self, table: str) -> set[str]:
        """Return the names of all tables of a kind that are written, be they good or wrong."""
        wrong = {str(path[1]) for path in self.left_out if path[0] == table and len(path) == 2}
        return wrong.union(getattr(self.settings, table))


@dataclass(slots=True)
class Check:
    """Tables that are held against each other, and what was found."""

    validated: Validated
    standard: Mapping[str, EntitySettings]
    findings: list[Finding] = field(default_factory=list)
    entities: dict[str, Entity] = field(default_factory=dict)

    def note(self, path: KeyPath, message: str, value: str = "", choices: Iterable[str] = ()) -> None:
        """Add a finding; ``choices`` are the words of which the nearest to ``value`` is proposed."""
        self.findings.append(Finding(path, message, shown(value) if value else "", nearest(value, choices)))

    def knows(self, key: str) -> bool:
        """Whether a setting of the engine was good, so that others can be held against it."""
        return not {("engine",), ("engine", key)} & self.validated.left_out


def entity_named(check: Check, path: KeyPath, name: str) -> Entity | None:
    """Return the entity that a setting names; note where there is none."""
    entity = check.entities.get(name)
    declared = check.validated.names("entities")
    if entity is None and name not in declared:
        check.note((*path, "entity"), "there is no such entity", name, check.entities.keys() | declared)
    return entity


def _declared_fields(check: Check, entity: Entity) -> dict[str, FieldSettings]:
    result: dict[str, FieldSettings] = {}
    for tables in (check.standard, check.validated.settings.entities):
        if entity.name in tables:
            result |= tables[entity.name].fields
    return result


def check_field(
    check: Check, path: KeyPath, name: str, entity: Entity, *, imports: bool, without_language: bool
) -> None:
    """Note where a setting names a field that an entity does not have, or names it in the wrong way."""
    if name in entity.fields or not (check.knows("languages") and check.knows("publications")):
        return
    if name in RECORD_FIELDS:
        if imports:
            check.note(path, "this field is kept by Pendel itself and cannot be imported", name)
        return
    base, _, language = name.partition(".")
    declared = _declared_fields(check, entity).get(base)
    languages = check.validated.settings.engine.languages
    if declared is None:
        choices = [*entity.fields, *(() if imports else RECORD_FIELDS)]
        check.note(path, f"the entity {entity.name!r} has no such field", name, choices)
    elif not declared.translated:
        check.note(path, "this field has one value for all languages", name, [base])
    elif language:
        choices = [f"{base}.{each}" for each in languages]
        check.note(
            path, f"{language!r} is none of the languages of the engine, {listed(languages, last='and')}", name, choices
        )
    elif not without_language:
        example = f"{base}.{languages[0]}"
        check.note(path, f"this field has a value per language: name one of them, such as {example}", name)


def check_layout(check: Check, path: KeyPath, layout: LayoutSettings) -> None:
    """Note what does not go between a layout and the entities that it is of."""
    if of_industry(layout):
        _check_industry(check, path, layout)
    elif layout.direction == "import":
        _check_passes(check, path, layout)
    elif layout.direction == "report":
        if layout.entity:
            entity_named(check, path, layout.entity)
    elif layout.direction == "export":
        entity = entity_named(check, path, layout.entity)
        for position, column in enumerate(layout.columns if entity else ()):
            if entity and column.field is not None:
                place: KeyPath = (*path, "columns", position, "field")
                check_field(check, place, column.field, entity, imports=False, without_language=True)
    elif entity_named(check, path, layout.entity) is not None:
        from core.config.feedcheck import check_feed

        check_feed(
            layout,
            path,
            entities=check.entities,
            note=check.note,
            check_field=partial(check_field, check, imports=False, without_language=True),
            find_entity=partial(entity_named, check),
        )


def _check_industry(check: Check, path: KeyPath, layout: IndustryLayout) -> None:
    from core.config.industrycheck import check_parts

    imports = layout.direction == "import"
    looked = partial(check_field, check, imports=imports, without_language=not imports)
    for place, message, value in check_parts(layout, path, check.entities, looked):
        check.note(place, message, value)


def _check_passes(check: Check, path: KeyPath, layout: ImportLayout) -> None:
    seen: dict[str, int] = {}
    for number, walk in enumerate(layout.walks):
        place = (*path, "passes", number) if layout.passes else path
        if seen.setdefault(walk.entity, number) != number:
            message = f"pass number {seen[walk.entity] + 1} is of this entity already"
            check.note((*place, "entity"), message, walk.entity)
        else:
            _check_pass(check, place, walk)


def _check_pass(check: Check, path: KeyPath, walk: ImportPass) -> None:
    entity = entity_named(check, path, walk.entity)
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
