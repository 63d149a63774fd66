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


_ORDER = ("product", "article", "catalogue_group", "group_member", "article_feature")
"""The entities, so that each refers to those before it."""
Belongings = dict[str, Belonging]
"""By entity."""


class ProductRows:
    """The rows of the products that were taken and not applied yet."""

    def __init__(self, columns: Columns, language: str, catalogue: str, filled: Collection[str]) -> None:
        """``catalogue`` is the name of the source, under which its categories are kept.

        ``filled`` are the fields that it can fill: parts of which it tells nothing are left alone.
        """
        self._columns, self._language, self._catalogue = columns, language, catalogue
        told = {name.removeprefix("variants.").partition(".")[0] for name in filled if "." in name}
        self._systems = tuple(name for name in NAMED if name in told)
        self._categories = "categories" in told
        self._taken: dict[str, Belongings] = {}
        self.whole: dict[str, str] = {}
        """The products of which all variants were told: number, and key."""

    def take(self, key: str, record: Mapping[str, Any]) -> dict[str, list[Row]]:
        """Take a product, and return its rows by entity; one of the same key takes its place."""
        self._taken.pop(key, None)
        self._taken[key] = self._of(key, dict(record))
        return {entity: each.rows for entity, each in self._taken[key].items() if each.rows}

    def belongings(self, there: Iterable[tuple[str, str]] = ()) -> Belongings:
        """Return the rows of all of them by entity, in an order in which each refers to those before it.

        ``there`` has the variants that the catalogue has of these products: number of the product, and its own.
        """
        found: Belongings = {name: Belonging() for name in _ORDER}
        # What two products say of one article, the later says.
        brought = {str(row.get("number")): key for key, own in self._taken.items() for row in own["article"].rows}
        groups: set[str] = set()
        for key, own in self._taken.items():
            for name, each in own.items():
                for row in each.rows:
                    article = row.get("article", row.get("number") if name == "article" else None)
                    if article is not None and brought.get(str(article)) != key:
                        continue
                    if name == "catalogue_group":
                        if row["code"] in groups:
                            continue
                        groups.add(row["code"])
                    found[name].add(key, row)
                found[name].owned += each.owned
        for product, number in there:
            if number not in brought:
                # A variant that is archived leaves nothing behind.
                self._own(found, self.whole[product], number)
        return found

    def _of(self, key: str, record: Record) -> Belongings:
        found: Belongings = {name: Belonging() for name in _ORDER}
        if not is_family(record):
            self._add_article(found, key, record)
            return found
        found["product"].add(key, _row(self._columns.family, record))
        if "variants" in record:
            self.whole[str(record.get("number", ""))] = key
            found["article"].owned.append((key, (str(record.get("number", "")),)))
        for variant in variants_of(record):
            self._add_article(found, key, variant)
        return found

    def _add_article(self, found: Belongings, key: str, record: Record) -> None:
        number = str(record.get("number", ""))
        found["article"].add(key, _row(self._columns.own, record))
        self._own(found, key, number)
        if self._systems:
            self._add_features(found["article_feature"], key, number, record)
        if self._categories:
            self._add_categories(found, key, number, record.get("categories", ()))

    def _own(self, found: Belongings, key: str, number: str) -> None:
        """Say that what an article has of this source is all that is told now."""
        found["article_feature"].owned += [(key, (number, system)) for system in self._systems]
        if self._categories:
            found["group_member"].owned.append((key, (number, self._catalogue)))

    def _add_features(self, into: Belonging, key: str, number: str, record: Record) -> None:
        units = under(record, "unit")
        for system in self._systems:
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

    def _add_categories(self, found: Belongings, key: str, number: str, categories: Iterable[Record]) -> None:
        members: dict[str, None] = {}
        for each in categories:
            code = str(each.get("code") or each.get("name") or "")
            if not code:
                continue
            told = {f"name.{self._language}": each.get("name"), "parent": each.get("parent")}
            row = {name: value for name, value in told.items() if value is not None}
            found["catalogue_group"].add(key, {"catalogue": self._catalogue, "code": code, **row})
            if each.get("direct") is not False:
                members[code] = None
        for place, code in enumerate(members, start=1):
            row = {"catalogue": self._catalogue, "code": code, "article": number, "sort_order": place}
            found["group_member"].add(key, row)


def _row(columns: Mapping[str, str], record: Mapping[str, Any]) -> Row:
    return {column: record[name] for name, column in columns.items() if name in record}
