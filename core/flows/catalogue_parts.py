"""What products consist of, as records of the catalogue: variants, attributes, characteristics, categories (FL3).

A product with variants is a record of ``product``, and each variant an ``article`` of it. Attributes and
characteristics are features of an article, of classification systems of these names. Categories are groups of the
catalogue that has the name of the source, and an article is a member of those that it stands in.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from core.flows.record import is_family, under, variants_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from core.flows.catalogue_names import Columns
    from core.flows.record import Record

Row = dict[str, Any]
NAMED = ("attribute", "characteristic")


@dataclass(slots=True)
class Belonging:
    """Rows of an entity that belong to records, and whose they are."""

    rows: list[Row] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    """The key of the record that brings each."""
    owned: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    """By the key of a record: values of :attr:`OWNERS`, of which what is not in ``rows`` is archived."""

    def add(self, key: str, row: Row) -> None:
        """Take a row of a record."""
        self.rows.append(row)
        self.numbers.append(key)


OWNERS: Mapping[str, tuple[str, ...]] = {
    "article": ("product",),
    "article_feature": ("article", "system"),
    "group_member": ("article", "catalogue"),
}
"""By entity: the fields that say whose a record is."""


@dataclass(slots=True)
class ProductRows:
    """The rows of the products that were taken and not applied yet."""

    columns: Columns
    language: str
    catalogue: str
    """The name of the source, under which its categories are kept."""
    filled: Collection[str]
    """The fields that the source can fill."""
    taken: dict[str, Record] = field(default_factory=dict)

    def take(self, key: str, record: Mapping[str, Any]) -> dict[str, list[Row]]:
        """Take a product, and return its rows by entity; one of the same key takes its place."""
        self.taken[key] = {**record, "number": key}
        rows = ProductRows(self.columns, self.language, self.catalogue, self.filled, {key: self.taken[key]})
        return {entity: each.rows for entity, each in rows.belongings().items() if each.rows}

    @property
    def whole(self) -> list[str]:
        """The keys of the products of which all variants were told."""
        return [key for key, record in self.taken.items() if is_family(record) and "variants" in record]

    def belongings(self, there: Iterable[tuple[str, str]] = ()) -> dict[str, Belonging]:
        """Return the rows of all of them by entity, in an order in which each refers to those before it.

        ``there`` has the variants that the catalogue has of these products: key of the product, and number.
        """
        found = {name: Belonging() for name in ("product", "article", "catalogue_group", "group_member")}
        found["article_feature"] = Belonging()
        articles: dict[str, tuple[str, Record]] = {}
        for key, record in self.taken.items():
            if not is_family(record):
                articles[key] = (key, record)
                continue
            row = _row(self.columns.family, record)
            found["product"].add(key, {**row, "number": key})
            articles |= {str(each.get("number", "")): (key, each) for each in variants_of(record)}
        found["article"].owned += [(key, (key,)) for key in self.whole]
        groups: dict[str, str] = {}
        for number, (key, record) in articles.items():
            found["article"].add(key, _row(self.columns.own, record))
            self._add_features(found["article_feature"], key, number, record)
            if self._fills("categories"):
                self._add_categories(found, groups, key, number, record.get("categories", ()))
        for key, number in there:
            if number not in articles:
                # A variant that is archived leaves nothing behind.
                self._add_features(found["article_feature"], key, number, {})
                if self._fills("categories"):
                    found["group_member"].owned.append((key, (number, self.catalogue)))
        return found

    def _fills(self, name: str) -> bool:
        return any(each.startswith((f"{name}.", f"variants.{name}.")) for each in self.filled)

    def _add_features(self, into: Belonging, key: str, number: str, record: Mapping[str, Any]) -> None:
        units = under(record, "unit")
        for system in NAMED:
            if not self._fills(system):
                continue
            into.owned.append((key, (number, system)))
            for place, (name, value) in enumerate(under(record, system).items(), start=1):
                row = {
                    "article": number,
                    "system": system,
                    "feature": name,
                    "occurrence": 1,
                    "value": value,
                    "sort_order": place,
                }
                into.add(key, row | ({"unit": units[name]} if name in units else {}))

    def _add_categories(
        self,
        found: Mapping[str, Belonging],
        groups: dict[str, str],
        key: str,
        number: str,
        categories: Iterable[Mapping[str, Any]],
    ) -> None:
        found["group_member"].owned.append((key, (number, self.catalogue)))
        members: set[str] = set()
        for each in categories:
            code = str(each.get("code") or each.get("name") or "")
            if not code:
                continue
            if code not in groups:
                groups[code] = key
                told = {f"name.{self.language}": each.get("name"), "parent": each.get("parent")}
                row = {name: value for name, value in told.items() if value is not None}
                found["catalogue_group"].add(key, {"catalogue": self.catalogue, "code": code, **row})
            if each.get("direct") is not False and code not in members:
                members.add(code)
                row = {"catalogue": self.catalogue, "code": code, "article": number, "sort_order": len(members)}
                found["group_member"].add(key, row)


def _row(columns: Mapping[str, str], record: Mapping[str, Any]) -> Row:
    return {column: record[name] for name, column in columns.items() if name in record}
