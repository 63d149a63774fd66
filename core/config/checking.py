"""What is held against what, while the tables of a configuration are looked at together, and what was found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.config.entities import RECORD_FIELDS
from core.config.finding import Finding, shown
from core.text import listed, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from core.config.entities import Entity, EntitySettings, FieldSettings
    from core.config.model import ConfigFile
    from core.config.outline import KeyPath


@dataclass(frozen=True, slots=True)
class Validated:
    """The tables that are good by themselves, and what was left out because it is not."""

    settings: ConfigFile
    task_positions: list[int]
    """Where each task of ``settings`` stands among all tasks, from 0."""
    left_out: frozenset[KeyPath] = frozenset()
    task_ids_left_out: frozenset[str] = frozenset()

    def names(self, table: str) -> set[str]:
        """Return the names of all tables of a kind that are written, be they good or wrong."""
        wrong = {str(path[1]) for path in self.left_out if path[0] == table and len(path) == 2}
        return wrong.union(getattr(self.settings, table))


@dataclass(slots=True)
class Checking:
    """The tables that are looked at, their entities, and what was found so far."""

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


def find_entity(check: Checking, path: KeyPath, name: str) -> Entity | None:
    """Return the entity that a setting names; note where there is none."""
    entity = check.entities.get(name)
    declared = check.validated.names("entities")
    if entity is None and name not in declared:
        check.note((*path, "entity"), "there is no such entity", name, check.entities.keys() | declared)
    return entity


def _declared_fields(check: Checking, entity: Entity) -> dict[str, FieldSettings]:
    result: dict[str, FieldSettings] = {}
    for tables in (check.standard, check.validated.settings.entities):
        if entity.name in tables:
            result |= tables[entity.name].fields
    return result


def check_field(
    check: Checking, path: KeyPath, name: str, entity: Entity, *, imports: bool, without_language: bool
) -> None:
    """Note where an entity has no such field, or where an import may not fill it; a language may have to be named."""
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


def check_targets(check: Checking, path: KeyPath, names: Sequence[str]) -> None:
    """Note the names of targets that nobody is told at."""
    if ("alerts",) in check.validated.left_out:
        return
    targets = check.validated.settings.alerts.targets
    for position, name in enumerate(names):
        if name not in targets:
            check.note((*path, position), "there is no such target in [alerts.targets]", name, sorted(targets))
