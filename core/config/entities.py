"""Entities and their fields: the kinds of records that the catalogue keeps."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import StrictBool, StrictInt, StrictStr, StringConstraints, field_validator, model_validator

from core.config.base import EntityName, Settings, setting

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FieldType = Literal["text", "integer", "decimal", "boolean", "date", "datetime"]

RECORD_FIELDS: Mapping[str, FieldType] = {
    "assortment": "text",
    "created_at": "datetime",
    "created_by_run": "integer",
    "changed_at": "datetime",
    "changed_by_run": "integer",
    "archived_at": "datetime",
    "archived_by_run": "integer",
    "mutation": "text",
}
"""What every record knows of itself; exports may read these, imports never write them, and no field may be named so.
Times are UTC. ``mutation`` exists in exports only: ``new``, ``changed`` or ``deleted`` since the cursor."""


Publication = Annotated[StrictStr, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=32)]
"""The name of a publication: a place where records are shown or offered, such as a webshop."""
STANDARD_PUBLICATIONS = ("datapool",)
"""Those that need not be declared: what is shared with a data pool (DP3)."""


def publication_field(publication: str) -> str:
    """Return the name of the field that says whether a record is published there."""
    return f"published_{publication}"


class FieldSettings(Settings):
    """One field that is added to an entity."""

    type: FieldType = setting(title="Type")
    title: StrictStr = setting("", title="Title")
    unit: StrictStr = setting("", title="Unit")
    translated: StrictBool = setting(False, title="Translated", help="One value per language of the engine.")
    refers_to: EntityName | None = setting(
        None,
        title="Refers to",
        help="An entity with one key field, in which the value must be a key.",
        refers="entities",
    )
    decimals: StrictInt = setting(6, title="Decimals kept", help="Of a decimal number.", ge=0, le=12)

    @model_validator(mode="after")
    def _plain_reference(self) -> FieldSettings:
        if self.refers_to and (self.translated or self.type not in ("text", "integer")):
            raise ValueError("a field that refers to another entity is an untranslated text or integer")
        return self


class EntitySettings(Settings):
    """Fields that are added to a standard entity, or an entity of one's own."""

    title: StrictStr = setting("", title="Title")
    key: list[EntityName] = setting(
        list, title="Key", help="Of an entity of one's own: the fields that identify a record."
    )
    fields: dict[EntityName, FieldSettings] = setting(dict, title="Fields")
    published: StrictBool = setting(
        False, title="Published", help="Its records have a yes or no for each publication, as those of article have."
    )

    @field_validator("fields")
    @classmethod
    def _not_reserved(cls, fields: dict[str, FieldSettings]) -> dict[str, FieldSettings]:
        taken = [name for name in fields if name in RECORD_FIELDS]
        if taken:
            raise ValueError(f"{taken[0]!r} is known of every record and cannot be declared")
        return fields


@dataclass(frozen=True, slots=True)
class Field:
    """One field as it is used: a translated one appears once per language."""

    name: str
    """With its language behind a dot where it is translated: ``description.nl``."""
    type: FieldType
    title: str
    unit: str = ""
    refers_to: str | None = None
    decimals: int = 6

    @property
    def language(self) -> str | None:
        """The language of a translated field's value."""
        return self.name.partition(".")[2] or None


@dataclass(frozen=True, slots=True)
class Entity:
    """A kind of record: its key and all its fields, standard and added."""

    name: str
    title: str
    key: tuple[str, ...]
    fields: Mapping[str, Field] = dataclass_field(hash=False)
    standard: bool = False

    @property
    def references(self) -> tuple[Field, ...]:
        """The fields whose value must be a key of another entity."""
        return tuple(field for field in self.fields.values() if field.refers_to)


def expanded(fields: Mapping[str, FieldSettings], languages: list[str]) -> dict[str, Field]:
    """Return the fields as they are used, a translated one once per language."""
    result: dict[str, Field] = {}
    for name, declared in fields.items():
        title = declared.title or name.replace("_", " ").capitalize()
        for language in languages if declared.translated else [""]:
            full_name = f"{name}.{language}" if language else name
            result[full_name] = Field(
                name=full_name,
                type=declared.type,
                title=f"{title} ({language})" if language else title,
                unit=declared.unit,
                refers_to=declared.refers_to,
                decimals=declared.decimals,
            )
    return result


class UnfitEntity(ValueError):
    """A declaration of an entity does not fit; ``field`` names the field where it is one that is wrong."""

    def __init__(self, entity: str, message: str, *, field: str = "", refers_to: str = "") -> None:
        super().__init__(message)
        self.entity = entity
        self.field = field
        self.refers_to = refers_to
        """The entity that is referred to and is not there."""


def publication_fields(publications: Iterable[str]) -> dict[str, FieldSettings]:
    """Return the fields by which records say where they are published."""
    return {
        publication_field(name): FieldSettings(type="boolean", title=f"Published: {name.replace('_', ' ')}")
        for name in dict.fromkeys((*STANDARD_PUBLICATIONS, *publications))
    }


def _flags(entity: str, fields: Mapping[str, FieldSettings], publications: Iterable[str]) -> dict[str, FieldSettings]:
    flags = publication_fields(publications)
    if twice := sorted(flags.keys() & fields):
        message = f"the field {twice[0]!r} of {entity!r} is that of a publication already"
        raise UnfitEntity(entity, message, field=twice[0])
    return flags


def build_entities(
    standard: Mapping[str, EntitySettings],
    declared: Mapping[str, EntitySettings],
    languages: list[str],
    publications: Iterable[str] = (),
) -> dict[str, Entity]:
    """Return every entity by name: the standard ones with what was added to them, and the operator's own.

    Raises:
        UnfitEntity: a declaration does not fit; the message names the entity.
    """
    result: dict[str, Entity] = {}
    for name in {**standard, **declared}:
        base = standard.get(name)
        added = declared.get(name)
        fields = {**(base.fields if base else {}), **(added.fields if added else {})}
        key = list(base.key) if base else list(added.key if added else [])
        if base and added and added.key and added.key != base.key:
            raise UnfitEntity(name, f"the key of the standard entity {name!r} is {base.key} and cannot be changed")
        if base and added and (twice := sorted(base.fields.keys() & added.fields)):
            raise UnfitEntity(
                name, f"the field {twice[0]!r} of the standard entity {name!r} cannot be declared again", field=twice[0]
            )
        if not key:
            raise UnfitEntity(name, f"the entity {name!r} needs a key")
        for part in key:
            if part not in fields or fields[part].translated:
                raise UnfitEntity(
                    name, f"the key field {part!r} of the entity {name!r} must be one of its untranslated fields"
                )
        if (base and base.published) or (added and added.published):
            fields |= _flags(name, fields, publications)
        title = (added.title if added else "") or (base.title if base else "") or name.replace("_", " ").capitalize()
        result[name] = Entity(name, title, tuple(key), expanded(fields, languages), standard=base is not None)
    for entity in result.values():
        for reference in entity.references:
            _check_reference(entity, reference, result)
    return result


def _check_reference(entity: Entity, reference: Field, entities: Mapping[str, Entity]) -> None:
    name = f"{entity.name}.{reference.name}"
    target = entities.get(reference.refers_to or "")
    if target is None:
        missing = str(reference.refers_to)
        message = f"{name} refers to {missing!r}, which is no entity"
        raise UnfitEntity(entity.name, message, field=reference.name, refers_to=missing)
    if len(target.key) != 1:
        message = f"{name} refers to {target.name!r}, which has a key of several fields"
        raise UnfitEntity(entity.name, message, field=reference.name)
