"""Files, packing units, measures and surcharges as elements: of BMEcat itself, and of the ETIM guideline."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from core.exchange.codes.languages import fitting_or_none
from core.exchange.codes.measures import metres
from core.exchange.codes.numbers import fraction_of_percent, integer_text
from core.exchange.codes.units import written_unit
from core.exchange.formats.bmecat.media import UDX
from core.exchange.formats.bmecat.nodes import Node

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from core.exchange.formats.bmecat.nodes import Maker
    from core.exchange.formats.bmecat.wording import Wording
    from core.exchange.formats.contract import Row

_PURPOSES: Final = {"MD47": "thumbnail", "MD18": "logo", "MD22": "data_sheet", "MD01": "normal", "MD20": "detail"}
_CODES: Final = {purpose: code for code, purpose in _PURPOSES.items()}
_CODE: Final = re.compile(r"MD(?:0[1-9]|[1-5][0-9]|6[0-5]|99)")
_NO_CODE: Final = "MD36"
_OTHER: Final = "MD99"
_MEDIA_TYPES: Final = {"image/jpg": "image/jpeg"}
_PACKING_NAMES: Final = frozenset(("f-pak", "m-pak", "d-pak", "t-pak", "Bas", "Mellan", "Topp"))


def media_node(maker: Maker, wording: Wording, files: Sequence[Row]) -> Node:
    """Return the files of an article as MIME_INFO."""
    dialect = maker.dialect
    info = Node("MIME_INFO")
    for row in _of_articles(files):
        node, kind = Node("MIME"), row.get("media_type", "")
        if not dialect.media_types.fullmatch(kind):
            kind = _MEDIA_TYPES.get(kind, "")
        if kind:
            node.add(Node("MIME_TYPE", kind))
        node.add(maker.leaf("MIME_SOURCE", row["file"], **_language(maker, row)))
        node.add(*wording.nodes("MIME_DESCR", row, "description"))
        node.add(*wording.nodes("MIME_ALT", row, "alternative_text"))
        purpose = row.get("purpose") or _PURPOSES.get(row.get("type", ""), "")
        if purpose in dialect.purposes:
            node.add(Node("MIME_PURPOSE", purpose))
        node.add(maker.leaf("MIME_ORDER", row.get("sort_order")))
        maker.merge(node, row.get("extension"))
        info.add(node)
    return info


def _of_articles(files: Sequence[Row]) -> list[Row]:
    """Return the files that belong to an article: records of other entities may have the same key."""
    return [row for row in files if row.get("entity") == "article"]


def packing_node(wording: Wording, rows: Sequence[Row]) -> Node:
    """Return packing units as BMEcat 2005 has them, which needs a least and a most."""
    units = Node("PACKING_UNITS")
    for row in rows:
        if not row.get("type") or not row.get("quantity"):
            continue
        node = Node("PACKING_UNIT").add(Node("QUANTITY_MIN", row["quantity"]))
        node.add(Node("QUANTITY_MAX", row.get("quantity_max") or row["quantity"]))
        node.add(Node("PACKING_UNIT_CODE", written_unit(row["type"], "bmecat")))
        node.add(*wording.nodes("PACKING_UNIT_DESCR", row, "name"))
        wording.maker.merge(node, row.get("extension"))
        units.add(node)
    return units


def _language(maker: Maker, row: Row) -> dict[str, str]:
    said = row.get("language", "")
    found = said if said in maker.languages else fitting_or_none(said, maker.languages)
    return maker.languages[found] if found else {}


def extension_nodes(maker: Maker, wording: Wording, row: Row, related: Mapping[str, Sequence[Row]]) -> list[Node]:
    """Return what the guideline has in USER_DEFINED_EXTENSIONS of an article."""
    groups = _udx("DISCOUNT_GROUP").add(
        maker.leaf(f"{UDX}DISCOUNT_GROUP_MANUFACTURER", row.get("manufacturer_discount_group")),
        maker.leaf(f"{UDX}DISCOUNT_GROUP_SUPPLIER", row.get("discount_group")),
    )
    found: list[Node | None] = [
        _etim_media(maker, wording, related.get("attachment", ())),
        *wording.nodes(f"{UDX}DESCRIPTION_VERY_SHORT", row, "short_name"),
        maker.leaf(f"{UDX}BRAND_NAME", row.get("brand")),
        *wording.nodes(f"{UDX}TENDER_TEXT", row, "tender_text"),
        _udx("VALID_FROM", row.get("valid_from", "")),
        _udx("EXPIRATION_DATE", row.get("valid_until", "")),
        groups,
        maker.leaf(f"{UDX}BONUS_GROUP_SUPPLIER", row.get("bonus_group")),
        _udx("PRODUCT_TO_STOCK", row.get("stocked", "")),
        *wording.nodes(f"{UDX}PRODUCT_SERIES", row, "series"),
        *wording.nodes(f"{UDX}PRODUCT_VARIATION", row, "variation"),
        *maker.leaves(f"{UDX}PREDECESSOR_PID", row.get("predecessor_number")),
        _etim_packing(maker, wording, related.get("packaging", ())),
        _net_measures(maker, row),
        _udx("SHELF_LIFE_PERIOD", row.get("shelf_life", "")),
        _surcharges(maker, related.get("surcharge", ())),
    ]
    return [node for node in found if node]


def _udx(name: str, text: str = "") -> Node:
    return Node(f"{UDX}{name}", text)


def _etim_media(maker: Maker, wording: Wording, files: Sequence[Row]) -> Node:
    info = _udx("MIME_INFO")
    for row in _of_articles(files):
        code = row.get("type", "")
        if not _CODE.fullmatch(code) or code == _NO_CODE:
            code = _CODES.get(row.get("purpose", ""), _OTHER)
        node = _udx("MIME").add(maker.leaf(f"{UDX}MIME_SOURCE", row["file"], **_language(maker, row)))
        node.add(_udx("MIME_CODE", code), maker.leaf(f"{UDX}MIME_FILENAME", row.get("file_name")))
        node.add(*wording.nodes(f"{UDX}MIME_DESIGNATION", row, "description"))
        node.add(*wording.nodes(f"{UDX}MIME_ALT", row, "alternative_text"))
        node.add(_udx("MIME_ISSUE_DATE", row.get("issued_on", "")), _udx("MIME_EXPIRY_DATE", row.get("expires_on", "")))
        node.add(_udx("MIME_ORDER", row.get("sort_order", "")))
        maker.merge(node, row.get("extension"))
        info.add(node)
    return info


def _etim_packing(maker: Maker, wording: Wording, rows: Sequence[Row]) -> Node:
    units = _udx("PACKING_UNITS")
    for row in rows:
        code = written_unit(row.get("type", ""), "etim")
        if code not in maker.dialect.packages or not row.get("quantity"):
            maker.writing.warn("packing units without a quantity, or of a type that the guideline lacks, were left out")
            continue
        node = _udx("PACKING_UNIT").add(
            _udx("QUANTITY_MIN", row["quantity"]),
            _udx("QUANTITY_MAX", row.get("quantity_max", "")),
            _udx("PACKING_UNIT_CODE", code),
        )
        node.add(
            *(name for name in wording.nodes(f"{UDX}PACKING_UNIT_NAME", row, "name") if name.text in _PACKING_NAMES)
        )
        node.add(_udx("PACKAGE_BREAK", row.get("breakable", "")), _udx("PACKING_PARTS", row.get("parts", "")))
        node.add(_udx("VOLUME", row.get("volume", "")), _udx("WEIGHT", row.get("weight", "")))
        for name in ("length", "width", "depth", "diameter"):
            if row.get(name):
                node.add(_udx(name.upper(), metres(row[name])))
        node.add(maker.leaf(f"{UDX}GTIN", row.get("gtin")), maker.leaf(f"{UDX}GS1_128", row.get("gs1_128")))
        maker.merge(node, row.get("extension"))
        units.add(node)
    return units


def _net_measures(maker: Maker, row: Row) -> Node:
    node = _udx("PRODUCT_LOGISTIC_DETAILS")
    node.add(_udx("NETVOLUME", row.get("volume", "")), _udx("NETWEIGHT", row.get("net_weight", "")))
    for name in ("length", "width", "depth", "diameter"):
        if row.get(name):
            node.add(_udx(f"NET{name.upper()}", metres(row[name])))
    return node.add(maker.leaf(f"{UDX}REGION_OF_ORIGIN", row.get("region_of_origin")))


def _surcharges(maker: Maker, rows: Sequence[Row]) -> Node:
    surcharges = _udx("SURCHARGE_LIST")
    for row in rows:
        node = _udx("SURCHARGE").add(maker.leaf(f"{UDX}SURCHARGE_TYPE", row["type"]))
        node.add(maker.leaf(f"{UDX}SURCHARGE_CLASS", row.get("class")))
        if row.get("manner") in ("base", "cumulated"):
            node.add(_udx("SURCHARGE_MANNER", row["manner"]))
        if row.get("percentage"):
            node.add(_udx("SURCHARGE_PERCENTAGE", fraction_of_percent(row["percentage"])))
        else:
            node.add(_udx("SURCHARGE_PRICE_AMOUNT", row.get("amount", "")))
        if row.get("calculation") in ("1", "2"):
            node.add(_udx("SURCHARGE_CALCULATION", integer_text(row["calculation"])))
        node.add(_udx("MATERIAL_BASIS", row.get("material_basis", "")))
        node.add(_udx("MATERIAL_BASIS_WEIGHT", row.get("material_weight", "")))
        maker.merge(node, row.get("extension"))
        surcharges.add(node)
    return surcharges
