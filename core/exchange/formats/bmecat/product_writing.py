"""An article as an element PRODUCT (in BMEcat 1.2 ARTICLE), of its record and those that belong to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from core.exchange.codes import Unfit
from core.exchange.codes.measures import metres
from core.exchange.codes.numbers import integer_text
from core.exchange.codes.units import PIECE, written_unit
from core.exchange.formats.bmecat.feature_writing import feature_nodes
from core.exchange.formats.bmecat.names import OLD_STATUSES
from core.exchange.formats.bmecat.nodes import Maker, Node
from core.exchange.formats.bmecat.price_writing import price_nodes
from core.exchange.formats.bmecat.udx_writing import extension_nodes, media_node, packing_node
from core.exchange.formats.bmecat.wording import Missing, Wording
from core.exchange.formats.contract import Related

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from core.exchange.formats.contract import Item, Row

RELATED: Final = (
    Related("price", "article", ("valid_from", "price_list", "quantity_from")),
    Related("article_class", "article"),
    Related("article_feature", "article", ("system", "sort_order", "feature", "occurrence")),
    Related("packaging", "article", ("sequence",)),
    Related("surcharge", "article", ("sequence",)),
    Related("relation", "article", ("sort_order",)),
    Related("attachment", "record", ("sort_order",)),
    Related("group_member", "article"),
)
"""What belongs to an article in a catalogue."""
_TYPES: Final = frozenset((
    "bundle", "component", "configurable", "contract", "license", "major", "minor", "must_be_configured", "physical",
    "professional_services", "service",
))  # fmt: skip
_ETIM_TYPES: Final = frozenset(("contract", "license", "physical", "service"))
_STATUSES: Final = frozenset((
    "bargain", "new_product", "old_product", "new", "used", "refurbished", "core_product", "others",
))  # fmt: skip
_REFERENCES: Final = frozenset((
    "sparepart", "similar", "followup", "mandatory", "select", "others", "accessories", "diff_orderunit",
    "consists_of",
))  # fmt: skip


@dataclass(slots=True)
class ProductWriter:
    """Writes articles in one version of BMEcat."""

    maker: Maker
    wording: Wording
    prices_only: bool = False
    without_prices: bool = False
    date: str = ""
    """On which a price is valid that says nothing, where a date must be said."""
    currency: str = ""

    def node(self, item: Item, mode: str) -> Node:
        """Return the element of an article.

        Raises:
            Unfit: it lacks what the version demands, or has a text without room; with the field where it is one.
        """
        row, dialect, maker = item.row, self.maker.dialect, self.maker
        product = Node("PRODUCT", attributes={"mode": mode} if mode else {})
        number = maker.leaf("SUPPLIER_PID", row["number"])
        if number is None:
            raise Missing("number", "has only characters that no XML document can have")
        product.add(number)
        related = item.related
        prices = price_nodes(maker, row, related.get("price", ()), self.date, self.currency)
        if not self.without_prices:
            if not prices and mode == "delete":
                prices = price_nodes(maker, {"gross_price": "0"}, (), self.date, self.currency)
            if not prices:
                raise Missing("gross_price", f"has no price, and BMEcat {dialect.version} demands one")
            product.add(*prices)
        if self.prices_only:
            return product
        product.add(self._details(row, mode), *feature_nodes(maker, self.wording, row, related))
        if dialect.etim and not mode and product.child("PRODUCT_FEATURES") is None:
            raise Missing("etim_class", "has no class of ETIM, which ETIM BMEcat demands")
        if not self.without_prices:
            product.add(self._order(row, related, mode))
        if not dialect.etim:
            product.add(media_node(maker, self.wording, related.get("attachment", ())))
        extensions = Node("USER_DEFINED_EXTENSIONS")
        if dialect.etim:
            extensions.children += extension_nodes(maker, self.wording, row, related)
        product.children.append(extensions)
        product.add(*self._references(related.get("relation", ())), self._logistics(row))
        maker.merge(product, row.get("extension"))
        _refer_to_manufacturer(product)
        extensions.demanded = dialect.etim and not mode and not self.without_prices
        return product

    def _details(self, row: Row, mode: str) -> Node:
        dialect, maker, wording = self.maker.dialect, self.maker, self.wording
        details = Node("PRODUCT_DETAILS")
        short = wording.at_least_one("DESCRIPTION_SHORT", row, "description")
        if not short and mode == "delete":
            short = [Node("DESCRIPTION_SHORT", row["number"])]
        if not short:
            raise Missing("description", "has no description in any language, which BMEcat demands")
        details.add(*short, *wording.nodes("DESCRIPTION_LONG", row, "long_description"), self._gtin(row))
        details.add(maker.leaf("SUPPLIER_ALT_PID", row.get("alternative_number")))
        details.add(maker.leaf("BUYER_PID", row.get("buyer_number"), type="buyer_specific"))
        details.add(maker.leaf("MANUFACTURER_PID", row.get("manufacturer_number")))
        details.add(maker.leaf("MANUFACTURER_NAME", row.get("manufacturer")))
        details.add(*wording.nodes("MANUFACTURER_TYPE_DESCR", row, "type_description"))
        if not dialect.etim:
            details.add(maker.leaf("ERP_GROUP_BUYER", row.get("buyer_group")))
            details.add(maker.leaf("ERP_GROUP_SUPPLIER", row.get("discount_group")))
            details.add(*wording.nodes("SEGMENT", row, "segment")[: None if dialect.several_languages else 1])
            details.add(maker.leaf("PRODUCT_ORDER", row.get("sort_order")))
        days = row.get("delivery_days") or (row.get("delivery_time_unit") == "DAY" and row.get("delivery_time")) or ""
        details.add(maker.leaf("DELIVERY_TIME", days))
        details.add(*wording.nodes("KEYWORD", row, "keywords", lines=True))
        details.add(*wording.nodes("REMARKS", row, "remarks"), *self._statuses(row))
        if dialect.has("PRODUCT_TYPE", "PRODUCT_DETAILS"):
            allowed = _ETIM_TYPES if dialect.etim else _TYPES
            kinds = [each for each in row.get("kind", "").split("\n") if each in allowed]
            details.add(*(Node("PRODUCT_TYPE", each) for each in kinds[: 1 if dialect.etim else None]))
        return details

    def _gtin(self, row: Row) -> Node | None:
        if not self.maker.dialect.has("INTERNATIONAL_PID", "PRODUCT_DETAILS"):
            return self.maker.leaf("EAN", row.get("gtin"))
        return self.maker.leaf("INTERNATIONAL_PID", row.get("gtin"), type="gtin")

    def _statuses(self, row: Row) -> list[Node]:
        dialect = self.maker.dialect
        found: list[Node] = []
        for number, status in enumerate(row.get("status", "").split()):
            known = status if status in _STATUSES else "others"
            kind = OLD_STATUSES.get(known, known) if dialect.old else known
            texts = self._status_texts(row, number, kind) or [Node("PRODUCT_STATUS", status, {"type": kind})]
            # The schema of 1.2 wants each type once.
            if not dialect.old or all(each.attributes["type"] != kind for each in found):
                found += texts[: None if dialect.several_languages else 1]
        return found

    def _status_texts(self, row: Row, number: int, kind: str) -> list[Node]:
        """Return what is said of a status, which has a line of its own where there are several."""
        found: list[Node] = []
        for ours, attributes in self.maker.languages.items():
            lines = row.get(f"status_text.{ours}", "").split("\n")[number:]
            node = self.maker.leaf("PRODUCT_STATUS", lines[0] if lines else "", type=kind, **attributes)
            if node is not None:
                found.append(node)
        return found

    def _order(self, row: Row, related: Mapping[str, Sequence[Row]], mode: str) -> Node:
        maker, dialect = self.maker, self.maker.dialect
        unit = written_unit(row.get("order_unit") or row.get("unit") or "", "etim" if dialect.etim else "bmecat")
        content = written_unit(row.get("use_unit", ""), "etim" if dialect.etim else "bmecat")
        if not unit and mode == "delete":
            unit = PIECE
        if not unit:
            raise Missing("order_unit", "has no order unit, which BMEcat demands")
        if dialect.etim:
            content = content or unit
        for field, code in (("order_unit", unit), ("use_unit", content)):
            if dialect.units and code and code not in dialect.units:
                raise Missing(field, f"has the unit {code}, which ETIM BMEcat does not know")
        details = Node("PRODUCT_ORDER_DETAILS").add(Node("ORDER_UNIT", unit), Node("CONTENT_UNIT", content))
        if content:
            details.add(maker.leaf("NO_CU_PER_OU", row.get("use_unit_quantity")))
        details.add(maker.leaf("PRICE_QUANTITY", row.get("price_unit_quantity")))
        for name, field in (("QUANTITY_MIN", "order_quantity_min"), ("QUANTITY_INTERVAL", "order_quantity_step")):
            if quantity := row.get(field, ""):
                details.add(Node(name, self._quantity(quantity, field)))
        if dialect.has("PACKING_UNITS", "PRODUCT_ORDER_DETAILS"):
            details.add(packing_node(self.wording, related.get("packaging", ())))
        return details

    def _quantity(self, quantity: str, field: str) -> str:
        if not self.maker.dialect.old:
            return quantity
        try:
            return integer_text(quantity)
        except Unfit as unfit:
            raise Missing(field, "is no whole number, and BMEcat 1.2 has no others here") from unfit

    def _references(self, rows: Sequence[Row]) -> list[Node]:
        found: list[Node] = []
        dialect, maker = self.maker.dialect, self.maker
        for row in rows:
            kind = row["type"]
            allowed = {"base_product", *_REFERENCES} if not dialect.old else _REFERENCES
            if dialect.etim:
                allowed = allowed - {"diff_orderunit"}
            if kind not in allowed:
                kind = "others"
            node = Node("PRODUCT_REFERENCE", attributes={"type": kind})
            if quantity := row.get("quantity"):
                node.attributes["quantity"] = integer_text(quantity)
            node.add(maker.leaf("PROD_ID_TO", row["target"]), maker.leaf("CATALOG_ID", row.get("target_catalogue")))
            node.add(maker.leaf("CATALOG_VERSION", row.get("target_catalogue_version")))
            if dialect.has("REFERENCE_DESCR", "PRODUCT_REFERENCE"):
                node.add(*self.wording.nodes("REFERENCE_DESCR", row, "description"))
            maker.merge(node, row.get("extension"))
            found.append(node)
        return found

    def _logistics(self, row: Row) -> Node | None:
        dialect, maker = self.maker.dialect, self.maker
        if not dialect.has("PRODUCT_LOGISTIC_DETAILS", "PRODUCT"):
            return None
        details = Node("PRODUCT_LOGISTIC_DETAILS")
        if code := row.get("customs_code"):
            details.add(Node("CUSTOMS_TARIFF_NUMBER").add(maker.leaf("CUSTOMS_NUMBER", code)))
        details.add(maker.leaf("STATISTICS_FACTOR", row.get("statistics_factor")))
        details.add(maker.leaf("COUNTRY_OF_ORIGIN", row.get("country_of_origin")))
        if dialect.has("PRODUCT_DIMENSIONS", "PRODUCT_LOGISTIC_DETAILS"):
            details.add(_dimensions(row))
        return details


def _refer_to_manufacturer(product: Node) -> None:
    """Leave the name of the manufacturer out where he is one of the parties: the schema has one of both."""
    details = product.child("PRODUCT_DETAILS")
    if details is not None and details.child("MANUFACTURER_IDREF") is not None:
        details.children = [each for each in details.children if each.name != "MANUFACTURER_NAME"]


def _dimensions(row: Row) -> Node:
    node = Node("PRODUCT_DIMENSIONS")
    for name, field in (("VOLUME", "volume"), ("WEIGHT", "weight")):
        node.add(Node(name, row.get(field, "")))
    for name, field in (("LENGTH", "length"), ("WIDTH", "width"), ("DEPTH", "depth")):
        if row.get(field):
            node.add(Node(name, metres(row[field])))
    return node
