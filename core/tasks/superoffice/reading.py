"""Answering SuperOffice from the catalogue."""

from __future__ import annotations

import hmac
import logging
from typing import TYPE_CHECKING

from core.errors import PendelError
from core.links.superoffice.contract import UNKNOWN_ITEM, Access, Actor, FieldInfo, FieldType
from core.links.superoffice.erp import ErpError
from core.store.catalogue import AnyOf, Condition, assortments, changed_records, find_records
from core.tasks.superoffice.kinds import kind_named, moment_of
from core.tasks.superoffice.restrictions import belongs_to, conditions_of
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from core.config.entities import Entity
    from core.links.superoffice.contract import Restriction
    from core.store.catalogue import Catalogue
    from core.tasks.superoffice.kinds import ActorKind

LOGGER = logging.getLogger(__name__)
PASSWORD = "Password"  # noqa: S105 - the key of the field that has one
_MOST_FOUND = 200
_MOST_KEYS = 5_000
_MOST_CHANGED = 5_000
_MOST_ITEMS = 5_000
_TITLES = ("name", "title", "description", "label")
"""Fields that say what a record is, for lists; those with languages by the first of these."""
_PERSONAL = ("first_name", "last_name")
"""What people are called by, who have none of these."""


class CatalogueReading:
    """The catalogue as an ERP that is only read; :class:`core.engine.superoffice.CatalogueErp` writes, too."""

    def __init__(
        self,
        catalogue: Callable[[], Catalogue],
        entities: Mapping[str, Entity],
        kinds: Mapping[str, ActorKind],
        secret: Callable[[], str] | None,
    ) -> None:
        """``secret`` looks up what a connection must give as its password; None where it need not give any."""
        self.kinds = kinds
        self._catalogue, self._entities, self._secret = catalogue, entities, secret

    def config_fields(self) -> Sequence[FieldInfo]:
        """Return the password, where one is needed (:class:`core.links.superoffice.erp.Erp`)."""
        if self._secret is None:
            text = "Nothing needs to be filled in: this Pendel answers whoever reaches it."
            return [FieldInfo("Hint", text, type=FieldType.Label, rank=1)]
        help_text = "The secret of [superoffice] in the configuration of Pendel."
        return [FieldInfo(PASSWORD, PASSWORD, help_text, FieldType.Password, rank=1, access=Access.Mandatory)]

    def check_config(self, info: Mapping[str, str]) -> None:
        """Raise ErpError unless the password is right (:class:`core.links.superoffice.erp.Erp`)."""
        if self._secret is None:
            return
        try:
            secret = self._secret()
        except PendelError as error:
            # Where secrets lie is nobody's business who has not shown that he knows this one.
            LOGGER.warning("SuperOffice cannot connect to this Pendel: %s", error)
            raise ErpError(
                "This Pendel cannot look at the password: its own is missing.", advice="Its log says more."
            ) from None
        if not hmac.compare_digest(info.get(PASSWORD, "").encode(), secret.encode()):
            raise ErpError("The password is not the one of this Pendel.")

    def actor_types(self) -> Sequence[str]:
        """Return the actor types of the configuration."""
        return list(self.kinds)

    def fields(self, actor_type: str) -> Sequence[FieldInfo]:
        """Return the fields of an actor type."""
        return kind_named(self.kinds, actor_type).infos

    def searchable(self, actor_type: str) -> Sequence[str]:
        """Return the fields that can be searched by: all."""
        return [each.key for each in kind_named(self.kinds, actor_type).infos]

    def actors(self, actor_type: str, keys: Sequence[str], fields: Sequence[str]) -> Sequence[Actor]:
        """Return actors by their keys, in the order of these."""
        kind = kind_named(self.kinds, actor_type)
        wanted = list(dict.fromkeys(keys))
        if len(wanted) > _MOST_KEYS:
            raise ErpError(f"At most {_MOST_KEYS:,} actors can be asked for at once, and these are {len(wanted):,}.")
        found: dict[str, Actor] = {}
        if wanted:
            # They are looked for in any case, as all texts are; a key is exact.
            conditions = [Condition(kind.key.name, "one of", wanted)]
            found = {each.key: each for each in self._found(kind, conditions, fields)}
        return [found[key] for key in wanted if key in found]

    def search(
        self, actor_type: str, text: str, fields: Sequence[str], *, parent: tuple[str, str] | None = None
    ) -> Sequence[Actor]:
        """Return the actors in one of whose texts all words occur."""
        kind = kind_named(self.kinds, actor_type)
        texts = [field.name for field in kind.fields.values() if field.type == "text"]
        conditions: list[Condition | AnyOf] = [
            AnyOf([Condition(name, "contains", [word]) for name in texts]) for word in text.split()
        ]
        if parent is not None:
            right_type = kind.parent is not None and kind.parent[0].casefold() == parent[0].casefold()
            conditions.append(belongs_to(kind, [parent[1]]) if right_type else AnyOf(()))
        return self._found(kind, conditions, fields, limit=_MOST_FOUND)

    def search_where(
        self, actor_type: str, restrictions: Sequence[Restriction], fields: Sequence[str]
    ) -> Sequence[Actor]:
        """Return the actors for which all restrictions hold."""
        kind = kind_named(self.kinds, actor_type)
        return self._found(kind, conditions_of(kind, restrictions), fields)

    def changed(self, actor_type: str, since: str, fields: Sequence[str]) -> Sequence[Actor]:
        """Return what was changed at or after a moment; where that is much, the rest when it is asked from there."""
        kind = kind_named(self.kinds, actor_type)
        chosen, moment = kind.chosen(fields), moment_of(since)
        with self._catalogue().session() as session:
            rows = changed_records(
                session, kind.entity, kind.assortment, kind.columns(chosen), since=moment, limit=_MOST_CHANGED
            )
        return [kind.actor(row, chosen) for row in rows]

    def list_items(self, name: str, keys: Sequence[str] | None = None) -> Mapping[str, str]:
        """Return the records of an entity that a field refers to, each by what it is called."""
        lists = {each.list_name for kind in self.kinds.values() for each in kind.infos if each.list_name}
        if name not in lists:
            raise ErpError(f"There is no list {clean(name, limit=70)!r}.", code=UNKNOWN_ITEM)
        entity = self._entities[name]
        key = entity.fields[entity.key[0]]
        titles = _titles_of(entity)
        conditions = [] if keys is None else [Condition(key.name, "one of", _plain_keys(key.type, keys))]
        found: dict[str, str] = {}
        with self._catalogue().session() as session:
            # A reference is to a record of whatever assortment.
            for assortment in (each.assortment for each in assortments(session, entity)):
                rows = find_records(session, entity, assortment, [key.name, *titles], conditions, limit=_MOST_ITEMS)
                for _, each, *texts in rows:
                    found[str(each)] = " ".join(str(text) for text in texts if text is not None) or str(each)
        return {each: found[each] for each in keys if each in found} if keys is not None else found

    def _found(
        self,
        kind: ActorKind,
        conditions: Sequence[Condition | AnyOf],
        fields: Sequence[str],
        *,
        limit: int = _MOST_KEYS,
    ) -> list[Actor]:
        chosen = kind.chosen(fields)
        with self._catalogue().session() as session:
            rows = find_records(session, kind.entity, kind.assortment, kind.columns(chosen), conditions, limit=limit)
        return [kind.actor(row, chosen) for row in rows]


def _plain_keys(key_type: str, keys: Sequence[str]) -> list[object]:
    """Return keys as the catalogue has them; what cannot be one is nobody's."""
    if key_type == "integer":
        return [int(key) for key in keys if key.isascii() and key.isdecimal() and len(key) < 19]
    return list(keys)


def _titles_of(entity: Entity) -> list[str]:
    for name in _TITLES:
        for field in entity.fields.values():
            if field.name.partition(".")[0] == name:
                return [field.name]
    return [each for each in _PERSONAL if each in entity.fields]
