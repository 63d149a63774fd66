"""The names of elements, which BMEcat 2005 changed: everything here goes by its names, whatever a file has.

BMEcat 2005 still allows the old names, and files in the field mix them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping

_T = TypeVar("_T")

NEW_NAMES: Final = {
    "ARTICLE": "PRODUCT",
    "ARTICLE_CATEGORY": "PRODUCT_CATEGORY",
    "ARTICLE_CONTACTS": "PRODUCT_CONTACTS",
    "ARTICLE_DETAILS": "PRODUCT_DETAILS",
    "ARTICLE_DIMENSIONS": "PRODUCT_DIMENSIONS",
    "ARTICLE_FEATURES": "PRODUCT_FEATURES",
    "ARTICLE_LOGISTIC_DETAILS": "PRODUCT_LOGISTIC_DETAILS",
    "ARTICLE_ORDER": "PRODUCT_ORDER",
    "ARTICLE_ORDER_DETAILS": "PRODUCT_ORDER_DETAILS",
    "ARTICLE_PRICE": "PRODUCT_PRICE",
    "ARTICLE_PRICE_DETAILS": "PRODUCT_PRICE_DETAILS",
    "ARTICLE_REFERENCE": "PRODUCT_REFERENCE",
    "ARTICLE_STATUS": "PRODUCT_STATUS",
    "ARTICLE_TO_CATALOGGROUP_MAP": "PRODUCT_TO_CATALOGGROUP_MAP",
    "ARTICLE_TO_CATALOGGROUP_MAP_ORDER": "PRODUCT_TO_CATALOGGROUP_MAP_ORDER",
    "ARTICLE_TYPE": "PRODUCT_TYPE",
    "ART_ID": "PROD_ID",
    "ART_ID_TO": "PROD_ID_TO",
    "BUYER_AID": "BUYER_PID",
    "CLASSIFICATION_GROUP_ARTICLEORDER": "GROUP_PRODUCT_ORDER",
    "INTERNATIONAL_AID": "INTERNATIONAL_PID",
    "MANUFACTURER_AID": "MANUFACTURER_PID",
    "SUPPLIER_AID": "SUPPLIER_PID",
    "SUPPLIER_ALT_AID": "SUPPLIER_ALT_PID",
}
"""The names of BMEcat 2005 by those of 1.2, and by those that its schema has for files that go on with these."""
OLD_NAMES: Final = {new: old for old, new in NEW_NAMES.items()}

NEW_STATUSES: Final = {"new_article": "new_product", "old_article": "old_product", "core_article": "core_product"}
OLD_STATUSES: Final = {new: old for old, new in NEW_STATUSES.items()}

TRANSACTIONS: Final = ("T_NEW_CATALOG", "T_UPDATE_PRODUCTS", "T_UPDATE_PRICES", "T_NEW_PRODUCTDATA")

RECORDS: Final = {
    "ARTICLE": "SUPPLIER_AID",
    "PRODUCT": "SUPPLIER_PID",
    "CATALOG_STRUCTURE": "GROUP_ID",
    "CLASSIFICATION_GROUP": "CLASSIFICATION_GROUP_ID",
}
"""The elements of which a fault is told by a number."""
OWN_SYSTEM: Final = "own"
"""Stands for the system of features that name none: the supplier's own. The key of a feature needs one."""


_MOST_TAGS: Final = 1000
"""Of files, in one table: no file that means well has as many."""


class ByTag(dict[Any, _T | None]):
    """What a table says of an element, by its tag in a file: whatever its namespace is, and the version of its name.

    A file has millions of elements, and few tags: each is looked up in the table once. None is what it does not have.
    """

    def __init__(self, table: Mapping[str, _T], *, prefix: str = "") -> None:
        """``table`` goes by the names of BMEcat 2005, without the ``prefix`` that some have."""
        super().__init__()
        self._table = table
        self._prefix = prefix

    def __missing__(self, tag: str) -> _T | None:
        if len(self) >= _MOST_TAGS:
            self.clear()
        local = tag.rpartition("}")[2]
        found = self[tag] = self._table.get(NEW_NAMES.get(local, local).removeprefix(self._prefix))
        return found


class Names(dict[Any, str]):
    """The names of BMEcat 2005 by the tags of a file, with their namespace; looked up once for each tag."""

    def __missing__(self, tag: str) -> str:
        local = tag.rpartition("}")[2]
        name = self[tag] = NEW_NAMES.get(local, local)
        return name
