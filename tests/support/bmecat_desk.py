"""A desk at which catalogues of BMEcat are read into rows of text, and written of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from lxml import etree
from support.format_desk import LANGUAGES, SHARED, FormatDesk, Rows

if TYPE_CHECKING:
    from pathlib import Path

    from support.format_desk import Found

SCHEMAS = {
    "1.2": "bmecat-1.2/xsd/bmecat_new_catalog_1_2.xsd",
    "1.2 T_UPDATE_PRODUCTS": "bmecat-1.2/xsd/bmecat_update_products_1_2.xsd",
    "1.2 T_UPDATE_PRICES": "bmecat-1.2/xsd/bmecat_update_prices_1_2.xsd",
    "2005": "bmecat-2005/xsd/bmecat_2005.xsd",
    "2005.1": "bmecat-2005/xsd/bmecat_2005_1.xsd",
    "2005.2": "bmecat-2005/xsd/bmecat_2005_2.xsd",
    "etim": "bmecat-etim/xsd/bmecat_etim_501.xsd",
}


def shared(path: str) -> Path:
    """Return a file of the collection of formats; the test is skipped where that is not there."""
    found = SHARED / path
    if not found.exists():
        pytest.skip(f"The collection of formats is not there: {found}.")
    return found


class BmecatDesk(FormatDesk):
    """Remembers the catalogues that were read, as an assortment does."""

    def take(self, source: Path | bytes | str) -> Found:
        """Read a catalogue, and remember it."""
        found = self.read(source)
        self.remember(found)
        return found


def faults(content: bytes, version: str) -> list[str]:
    """Return what is wrong with a catalogue by the official schema, in whose namespace it is put first.

    The schemas of BMEcat 1.2 and 2005 are for a namespace that no file has, and declare extensions as empty, for
    everybody to write his own: extensions are taken out.
    """
    root = etree.fromstring(content)
    transaction = next((name for name in ("T_UPDATE_PRODUCTS", "T_UPDATE_PRICES") if name.encode() in content), "")
    path = shared(SCHEMAS.get(f"{version} {transaction}", SCHEMAS[version]))
    schema = etree.XMLSchema(etree.parse(path))
    namespace = etree.QName(root).namespace
    target = etree.parse(path).getroot().get("targetNamespace")
    assert namespace is not None
    assert target is not None
    text = etree.tostring(root).replace(namespace.encode(), target.encode())
    document = etree.fromstring(text)
    if version != "etim":
        for element in list(document.iter("{*}USER_DEFINED_EXTENSIONS")):
            parent = element.getparent()
            assert parent is not None
            parent.remove(element)
    schema.validate(document)
    return [f"line {each.line}: {each.message}" for each in schema.error_log]


def catalogue(
    body: str,
    *,
    transaction: str = "T_NEW_CATALOG",
    version: str = "2005",
    before: str = "",
    head: str = "",
    **more: str,
) -> str:
    """Return a catalogue of supplier S with these articles."""
    languages = more.get("languages", "<LANGUAGE>nld</LANGUAGE>")
    number = f' prev_version="{before}"' if before else ""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><BMECAT version="{version}"><HEADER><CATALOG>{languages}'
        f"<CATALOG_ID>C</CATALOG_ID><CATALOG_VERSION>{more.get('catalogue_version', '1.0')}</CATALOG_VERSION>"
        f"<CURRENCY>EUR</CURRENCY>{head}</CATALOG>"
        f"<SUPPLIER><SUPPLIER_NAME>S</SUPPLIER_NAME></SUPPLIER></HEADER>"
        f"<{transaction}{number}>{body}</{transaction}></BMECAT>"
    )


def product(number: str, *, mode: str = "", details: str = "", rest: str = "", price: str = "10") -> str:
    """Return an article with a price."""
    attribute = f' mode="{mode}"' if mode else ""
    return (
        f"<PRODUCT{attribute}><SUPPLIER_PID>{number}</SUPPLIER_PID><PRODUCT_DETAILS>"
        f"<DESCRIPTION_SHORT>Artikel {number}</DESCRIPTION_SHORT>{details}</PRODUCT_DETAILS><PRODUCT_ORDER_DETAILS>"
        "<ORDER_UNIT>C62</ORDER_UNIT></PRODUCT_ORDER_DETAILS>"
        f'<PRODUCT_PRICE_DETAILS><PRODUCT_PRICE price_type="net_list"><PRICE_AMOUNT>{price}</PRICE_AMOUNT>'
        f"</PRODUCT_PRICE></PRODUCT_PRICE_DETAILS>{rest}</PRODUCT>"
    )


def prices(number: str, *amounts: str) -> str:
    """Return an article of T_UPDATE_PRICES, with its amounts as tiers."""
    tiers = "".join(
        f'<PRODUCT_PRICE price_type="net_list"><PRICE_AMOUNT>{amount}</PRICE_AMOUNT>'
        f"<LOWER_BOUND>{10**place}</LOWER_BOUND></PRODUCT_PRICE>"
        for place, amount in enumerate(amounts)
    )
    details = f"<PRODUCT_PRICE_DETAILS>{tiers}</PRODUCT_PRICE_DETAILS>"
    return f"<PRODUCT><SUPPLIER_PID>{number}</SUPPLIER_PID>{details}</PRODUCT>"


__all__ = ["LANGUAGES", "BmecatDesk", "Rows", "catalogue", "faults", "prices", "product", "shared"]
