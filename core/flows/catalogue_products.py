"""Products of the catalogue, with what they consist of: variants, attributes, characteristics, categories (FL3).

An article is a product that is sold. Where it belongs to a record of the entity ``product``, that is the product, and
the article a variant of it, for a target that takes variants; another gets each article by itself, with its ``parent``.
The features of an article are its attributes where their classification system is ``attribute``, else characteristics.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from core.sql import quoted_name, quoted_text
from core.store.catalogue.names import history_table, moment_literal

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from duckdb import DuckDBPyConnection

    from core.config.entities import Entity
    from core.flows.record import Record

ATTRIBUTE = "attribute"
"""The classification system of the features that tell variants from each other."""
CHARACTERISTIC = "characteristic"


@dataclass(slots=True)
class ProductParts:
    """Reads what belongs to articles, in one session of the catalogue."""

    session: DuckDBPyConnection
    entities: Mapping[str, Entity]
    language: str
    wanted: Collection[str]
    """What the target takes; nothing else is read, so that nothing else makes a product another one."""
    view: Callable[[Entity, str, datetime | None, bool], str]
    _groups: dict[tuple[str, str], tuple[str | None, str | None]] = field(default_factory=dict)

    @property
    def families(self) -> bool:
        """Whether articles are read as variants of their products."""
        return "variants" in self.wanted

    @property
    def _named(self) -> bool:
        return not {"attribute", "characteristic"}.isdisjoint(self.wanted)

    def touched(self, since: datetime) -> str:
        """Return a query for the numbers of the articles of which a part changed since a moment."""
        found = []
        if self._named:
            found.append(f"SELECT article FROM {self._changed('article_feature', since)}")
        if "categories" in self.wanted:
            members, groups = self._all("group_member"), self._all("catalogue_group")
            found.append(f"SELECT article FROM {self._changed('group_member', since)}")
            # The name of a group is part of all that stand below it.
            found.append(
                f"WITH RECURSIVE below AS (SELECT catalogue, code FROM {self._changed('catalogue_group', since)} UNION "
                f"SELECT g.catalogue, g.code FROM {groups} g JOIN below b ON g.catalogue = b.catalogue "
                f"AND g.parent = b.code) SELECT m.article FROM {members} m JOIN below b "
                "ON m.catalogue = b.catalogue AND m.code = b.code"
            )
        return (
            " UNION ".join(f"(SELECT article FROM ({each}))" for each in found)
            or "SELECT CAST(NULL AS VARCHAR) AS article WHERE false"
        )

    def touched_products(self, since: datetime) -> str:
        """Return a query for the numbers of the products of which a variant changed, came, or went, since a moment."""
        article = self.entities["article"]
        changed, everything = self._changed("article", since), self._all("article")
        return (
            f"SELECT product FROM {changed} UNION SELECT product FROM {history_table(article.name)} "
            f"WHERE _moment > {moment_literal(since)} "
            f"UNION SELECT product FROM {everything} WHERE number IN ({self.touched(since)})"
        )

    def copy(self, articles: str) -> None:
        """Copy what belongs to the articles whose numbers a query finds."""
        if self._named:
            name, words = self._word("name"), self._word("value_text")
            self.session.execute(
                "CREATE OR REPLACE TEMP TABLE flowing_features AS SELECT article, system, "
                f"coalesce({name}, feature) AS name, coalesce({words}, value || coalesce(' - ' || value_to, '')) "
                f"AS value, unit, sort_order, feature, occurrence FROM {self._all('article_feature')} "
                f"WHERE article IN ({articles})"
            )
        if "categories" in self.wanted:
            group = self.entities["catalogue_group"]
            title = quoted_name(f"name.{self.language}") if f"name.{self.language}" in group.fields else "NULL"
            self.session.execute(
                "CREATE OR REPLACE TEMP TABLE flowing_members AS SELECT article, catalogue, code, sort_order "
                f"FROM {self._all('group_member')} WHERE article IN ({articles})"
            )
            rows = self.session.execute(
                f"SELECT catalogue, code, {title}, parent FROM {self._all('catalogue_group')}"
            ).fetchall()
            self._groups = {(catalogue, code): (name, parent) for catalogue, code, name, parent in rows}

    def of(self, articles: Sequence[str]) -> dict[str, Record]:
        """Return what belongs to articles, by their numbers."""
        found: dict[str, Record] = {number: {} for number in articles}
        if self._named:
            rows = self.session.execute(
                "SELECT article, system, name, value, unit FROM flowing_features "
                "WHERE article IN (SELECT unnest(?::VARCHAR[])) AND value IS NOT NULL "
                "ORDER BY sort_order, feature, occurrence",
                [list(articles)],
            ).fetchall()
            for number, system, name, value, unit in rows:
                prefix = ATTRIBUTE if system == ATTRIBUTE else CHARACTERISTIC
                if prefix in self.wanted:
                    _note(found[number], prefix, name, value, unit)
        if "categories" in self.wanted:
            rows = self.session.execute(
                "SELECT article, catalogue, code FROM flowing_members "
                "WHERE article IN (SELECT unnest(?::VARCHAR[])) ORDER BY sort_order, catalogue, code",
                [list(articles)],
            ).fetchall()
            members: dict[str, list[tuple[str, str]]] = {}
            for number, catalogue, code in rows:
                members.setdefault(number, []).append((catalogue, code))
            for number in articles:
                found[number]["categories"] = list(self._categories(members.get(number, ())))
        return found

    def _categories(self, members: Iterable[tuple[str, str]]) -> Iterator[Record]:
        """Yield the groups that an article stands in, and those above them."""
        direct = dict.fromkeys(members)
        seen: dict[tuple[str, str], None] = {}
        for catalogue, code in direct:
            above: str | None = code
            while above is not None and (catalogue, above) not in seen:
                seen[catalogue, above] = None
                above = self._groups.get((catalogue, above), (None, None))[1]
        for catalogue, code in seen:
            name, parent = self._groups.get((catalogue, code), (None, None))
            told: Record = {"code": code, "name": name, "parent": parent}
            if (catalogue, code) not in direct:
                told["direct"] = False
            yield {key: value for key, value in told.items() if value is not None}

    def _word(self, name: str) -> str:
        column = f"{name}.{self.language}"
        return quoted_name(column) if column in self.entities["article_feature"].fields else "NULL"

    def _all(self, entity: str) -> str:
        return quoted_name(self.view(self.entities[entity], f"flow all {entity}", None, False))

    def _changed(self, entity: str, since: datetime) -> str:
        return quoted_name(self.view(self.entities[entity], f"flow changed {entity}", since, True))


def _note(record: dict[str, Any], prefix: str, name: str, value: str, unit: str | None) -> None:
    """Note a feature; of one that occurs several times, the values stand one a line."""
    key = f"{prefix}.{name}"
    record[key] = f"{record[key]}\n{value}" if key in record else value
    if unit:
        record[f"unit.{name}"] = unit


def restored(entity: Entity, alias: str) -> str:
    """Return the condition that a record was archived once and is there again."""
    own = quoted_name(entity.key[0])
    return (
        f"EXISTS (SELECT 1 FROM {history_table(entity.name)} h WHERE h._action = {quoted_text('restored')} "
        f"AND h.assortment = {alias}.assortment AND h.{own} = {alias}.{own})"
    )
