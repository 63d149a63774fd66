"""Which records SuperOffice sees as actors, and how their fields go with its own."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from core.links.superoffice.contract import UNKNOWN_FIELD, Access, Actor, FieldInfo, FieldType
from core.links.superoffice.erp import ErpError
from core.links.superoffice.values import typed, written
from core.store.catalogue.names import EPOCH, aware
from core.text import clean, listed, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from zoneinfo import ZoneInfo

    from core.config.entities import Entity, Field
    from core.config.model import Config
    from core.config.superoffice import SuperOfficeSettings

_TYPES: Mapping[str, FieldType] = {
    "text": FieldType.Text,
    "integer": FieldType.Integer,
    "decimal": FieldType.Double,
    "boolean": FieldType.Checkbox,
    "date": FieldType.Datetime,
    "datetime": FieldType.Datetime,
}
_WORDS = {"integer": "whole number", "decimal": "number", "boolean": "yes or no", "date": "date", "datetime": "moment"}
_MICROSECOND = dt.timedelta(microseconds=1)
_BEYOND_INTEGER = 2**63


@dataclass(frozen=True, slots=True)
class ActorKind:
    """The records of one actor type."""

    type: str
    entity: Entity
    assortment: str
    fields: Mapping[str, Field]
    """By SuperOffice's keys, without the one that says to whom an actor belongs."""
    parent: tuple[str, Field] | None
    """The actor type that these belong to, and the field that says to which one."""
    writable: bool
    zone: ZoneInfo
    """Of the times that SuperOffice shows, which say none."""

    @property
    def key(self) -> Field:
        """The field that an actor is known by."""
        return self.entity.fields[self.entity.key[0]]

    @property
    def infos(self) -> list[FieldInfo]:
        """The fields as SuperOffice is told of them."""
        return [
            FieldInfo(
                key=key,
                name=field.title + (f" ({field.language})" if field.language else ""),
                description=f"In {field.unit}." if field.unit else "",
                type=FieldType.List if field.refers_to else _TYPES[field.type],
                list_name=field.refers_to or "",
                rank=rank,
                access=Access.Normal if self.writable and field is not self.key else Access.ReadOnly,
            )
            for rank, (key, field) in enumerate(self.fields.items(), start=1)
        ]

    def field(self, key: str) -> Field:
        """Return a field by its key, in any case.

        Raises:
            ErpError: there is none.
        """
        found = next((field for name, field in self.fields.items() if name.casefold() == key.casefold()), None)
        if found is None:
            near = nearest(key, self.fields)
            raise ErpError(
                f"Actors of type {self.type} have no field {clean(key, limit=70)!r}.",
                advice=f"Did you mean {near!r}?" if near else "",
                code=UNKNOWN_FIELD,
            )
        return found

    def chosen(self, keys: Sequence[str]) -> dict[str, Field]:
        """Return fields by the keys that were asked for; all where none were.

        Raises:
            ErpError: there is none of such a key.
        """
        return {key: self.field(key) for key in keys} if keys else dict(self.fields)

    def columns(self, chosen: Mapping[str, Field]) -> list[str]:
        """Return the fields to read for :meth:`actor`."""
        own = [self.key.name, *([self.parent[1].name] if self.parent else [])]
        return [*own, *(field.name for field in chosen.values())]

    def actor(self, row: tuple[Any, ...], chosen: Mapping[str, Field]) -> Actor:
        """Return the actor that a row of :meth:`columns` is, behind the moment at which it was changed."""
        changed, key, *rest = row
        parent = rest.pop(0) if self.parent else None
        return Actor(
            self.type,
            key=str(key),
            modified=mark_of(changed),
            parent_type=self.parent[0] if self.parent and parent is not None else "",
            parent_key="" if parent is None else str(parent),
            values={
                name: self.text_of(value, field) for (name, field), value in zip(chosen.items(), rest, strict=True)
            },
        )

    def text_of(self, value: Any, field: Field) -> str:
        """Return a value of the catalogue as SuperOffice takes it."""
        if isinstance(value, dt.datetime):
            return written(aware(value).astimezone(self.zone))
        return str(value) if value is not None and field.refers_to else written(value)

    def value_of(self, text: str, field: Field) -> Any:
        """Return what SuperOffice sent as the catalogue keeps it; None for an empty one.

        Raises:
            ErpError: it is none that the field can have.
        """
        value: Any = typed(text, FieldType.Text if field.type == "text" else _TYPES[field.type])
        if value is None:
            return None
        if field.type == "date" and isinstance(value, dt.datetime):
            value = value.date()
        elif field.type == "datetime" and isinstance(value, dt.datetime):
            zoned = value if value.tzinfo else value.replace(tzinfo=self.zone)
            value = zoned.astimezone(dt.UTC).replace(tzinfo=None)
        fits = {
            "text": isinstance(value, str),
            "integer": type(value) is int and abs(value) < _BEYOND_INTEGER,
            "decimal": isinstance(value, Decimal) and abs(value) < Decimal(10) ** (18 - field.decimals),
            "boolean": isinstance(value, bool),
            "date": isinstance(value, dt.date) and not isinstance(value, dt.datetime),
            "datetime": isinstance(value, dt.datetime),
        }
        if not fits[field.type]:
            raise ErpError(
                f"{field.title} cannot be {clean(text, limit=60)!r}: it is no {_WORDS.get(field.type, 'text')} "
                "that the catalogue can keep."
            )
        return value


def kinds_of(config: Config, settings: SuperOfficeSettings) -> dict[str, ActorKind]:
    """Return the actor types of a configuration."""
    types = {each.entity: name for name, each in reversed(settings.actors.items())}
    found: dict[str, ActorKind] = {}
    for name, actors in settings.actors.items():
        entity = config.entities[actors.entity]
        parent = next(
            (
                (types[field.refers_to], field)
                for field in entity.references
                if field.refers_to in types and field.refers_to != entity.name
            ),
            None,
        )
        keys = actors.keys(name, entity).items()
        found[name] = ActorKind(
            name,
            entity,
            actors.assortment,
            {key: entity.fields[each] for key, each in keys if parent is None or entity.fields[each] is not parent[1]},
            parent,
            actors.write,
            config.engine.zone,
        )
    return found


def kind_named(kinds: Mapping[str, ActorKind], name: str) -> ActorKind:
    """Return an actor type by its name.

    Raises:
        ErpError: there is none.
    """
    found = next((kind for each, kind in kinds.items() if each.casefold() == name.casefold()), None)
    if found is None:
        raise ErpError(
            f"There are no actors of type {clean(name, limit=60)!r}.",
            advice=f"There are {listed(kinds, last='and')}.",
        )
    return found


def mark_of(changed: dt.datetime) -> str:
    """Return a moment of the catalogue as a ``LastModified``: microseconds, so wide that texts compare as they do."""
    return f"{(aware(changed) - EPOCH) // _MICROSECOND:017d}"


def moment_of(mark: str) -> dt.datetime | None:
    """Return the moment of a ``LastModified``; None for an empty one.

    Raises:
        ErpError: it is none of ours.
    """
    if not mark.strip():
        return None
    try:
        return EPOCH + int(mark) * _MICROSECOND
    except (ValueError, OverflowError):
        raise ErpError(
            f"{clean(mark, limit=40)!r} is no moment of this connector.",
            advice="Synchronise everything once, without a moment.",
        ) from None
