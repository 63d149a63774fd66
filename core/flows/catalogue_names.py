"""Which column of the catalogue has which field of a record that flows."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from core.config.flow_kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.config.entities import Entity
    from core.config.flow_kinds import FieldType, Kind, KindName

_RELATED: Mapping[str, tuple[str, KindName]] = {
    "contact": ("organisation", "suppliers"),
    "order": ("customer", "customers"),
    "invoice": ("customer", "customers"),
}
"""By entity, the column that refers to the party whose fields flow along, which is named as its entity, and the kind
that has these fields."""
_PARTIES = {party for party, _ in _RELATED.values()}
_OTHER_NAMES = {"name": "description", "category": "article_group", "parent": "product"}
"""Of a product: an article has no name, it has a description."""
_FAMILY = "product"
FAMILY_KEY = "product/"
"""Before the key of a product with variants, which an article may have, too."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a kind, by field."""

    kind: Kind
    entity: Entity
    own: Mapping[str, str]
    line_entity: Entity | None = None
    lines: Mapping[str, str] = field(default_factory=dict)
    party: str = ""
    """The column that refers to a customer or organisation, and the name of its entity, and what stands before its
    fields in a record; empty where there is none."""
    party_entity: Entity | None = None
    party_columns: Mapping[str, str] = field(default_factory=dict)
    family_entity: Entity | None = None
    """Whose records have variants: those of the kind that refer to them."""
    family: Mapping[str, str] = field(default_factory=dict)

    @property
    def owner(self) -> str:
        """The column of a line that has the key of its record."""
        assert self.line_entity is not None  # noqa: S101 - asked only where there are lines
        return self.line_entity.key[0]


def columns_of(name: KindName, entities: Mapping[str, Entity], language: str) -> Columns:
    """Return the columns of a kind; a translated field is taken in one language."""
    kind = KINDS[name]
    entity = entities[kind.entity]
    own = _matching(kind.fields, entity, language)
    if kind.name == "products":
        for mine, theirs in _OTHER_NAMES.items():
            column = theirs if theirs in entity.fields else f"{theirs}.{language}"
            if column in entity.fields:
                own.setdefault(mine, column)
    family_entity = entities[_FAMILY] if kind.name == "products" else None
    taken = set(own.values())
    # What somebody declared besides is there for mappings of his own.
    own |= {f"free.{each}": each for each in entity.fields if each not in taken and "." not in each}
    if family_entity is not None:
        family = _matching(kind.fields, family_entity, language)
        return Columns(kind, entity, own, family_entity=family_entity, family=family)
    columns = Columns(kind, entity, own)
    if kind.lines:
        line_entity = entities[kind.line_entity]
        columns = replace(columns, line_entity=line_entity, lines=_matching(kind.lines, line_entity, language))
    party, of_party = _RELATED.get(entity.name, ("", kind.name))
    if party and any(each.startswith(f"{party}.") for each in kind.fields):
        there = entities[party]
        matching = _matching(KINDS[of_party].fields, there, language)
        columns = replace(columns, party=party, party_entity=there, party_columns=matching)
    return columns


def _matching(fields: Mapping[str, FieldType], entity: Entity, language: str) -> dict[str, str]:
    found = {}
    for name in fields:
        if name.partition(".")[0] in _PARTIES:
            continue
        for column in (name, name.replace(".", "_"), f"{name}.{language}"):
            if column in entity.fields:
                found[name] = column
                break
    return found
