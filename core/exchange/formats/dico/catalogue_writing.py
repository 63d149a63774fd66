"""Articles as a price catalogue of DICO/SALES005: the paths that are known of it, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from core.errors import DataError
from core.exchange.codes.dates import ALWAYS, iso_date
from core.exchange.codes.identifiers import gln, gtin
from core.exchange.codes.numbers import decimal_text
from core.exchange.codes.unfit import Unfit
from core.exchange.codes.units import DICO_UNITS, written_unit
from core.exchange.formats.contract import Related, Written
from core.exchange.formats.dico.catalogue import DISCONTINUED, LINE, ROOT
from core.exchange.formats.dico.trees import FORBIDDEN
from core.exchange.formats.dutch import text_in
from core.exchange.sql_errors import disk_errors
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lxml.etree import _Element as Element

    from core.config.industry import SalesHeader
    from core.exchange.formats.contract import Item, Row, Writing

NAMESPACE: Final = "http://www.ketenstandaard.nl/artikelbericht/SALES/005"
_OURS: Final = "ketenstandaard.nl/"
_ARTICLE: Final = """
    number TradeItemIdentification/SuppliersTradeItemId 35
    gtin TradeItemIdentification/GTIN gtin
    description MultiLanguageTradeItemDescription/TradeItemDescription/Description text
    buying_group TradeItemGrouping/BuyingGroup text
    use_unit UseUnitInformation/UseUnitUoM unit
    order_unit OrderConditions/OrderUoM unit
    order_quantity_min OrderConditions/MinimumOrderQuantity number
    price_unit_factor OrderConditions/PriceToOrderUnitFactor number
"""
_PRICE: Final = """
    gross_price GrossPrice number
    net_price NetPrice number
    quantity_from MinimumQuantity number
    valid_from StartDatePriceInformation date
    valid_until EndDatePriceInformation date
    price_unit_quantity PriceBase/NumberOfUnitsInPriceBasis number
    price_unit PriceBase/PriceBasisUoM unit
"""
_RELATED: Final = (
    Related("price", "article", order=("quantity_from", "valid_from")),
    Related("attachment", "record", order=("sort_order", "file")),
)


def _table(lines: str) -> list[tuple[str, str, str]]:
    entries = [line.split() for line in lines.strip().splitlines()]
    return [(field, path, kind) for field, path, kind in entries]


_ARTICLE_TABLE, _PRICE_TABLE = _table(_ARTICLE), _table(_PRICE)


class _Misfit(Exception):
    """An article cannot be written: its field, the value and why."""


def write_catalogue(writing: Writing) -> Written:
    """Write a price catalogue: changes (mutation 4) or a complete one (9); a deleted article is discontinued (130).

    Raises:
        DataError: the header lacks what it needs.
        EngineError: the disk is full.
        StopRequested: a stop was asked for.
    """
    from lxml import etree

    written = 0
    with (
        disk_errors(f"{clean(writing.target.name)} cannot be written"),
        writing.target.open("wb") as file,
        etree.xmlfile(file, encoding="UTF-8") as xml,
    ):
        xml.write_declaration()
        with xml.element(_name(ROOT), nsmap={None: NAMESPACE}):
            for element in _head(writing):
                xml.write(element)
            with xml.element(_name("Grouping")):
                for item in writing.items("article", _RELATED):
                    try:
                        xml.write(_line(writing, item))
                    except _Misfit as misfit:
                        name, value, reason = misfit.args
                        writing.refuse("article", item.row["number"], reason, field=name, value=value)
                    else:
                        written += 1
    return Written(written)


def _name(local: str) -> str:
    return f"{{{NAMESPACE}}}{local}"


def _head(writing: Writing) -> list[Element]:
    settings: SalesHeader = writing.settings
    number = settings.catalogue or f"{writing.made_at:%Y%m%d}{writing.sequence % 10**9:09d}"
    try:
        supplier = gln(settings.supplier_gln) if settings.supplier_gln else ""
    except Unfit as unfit:
        raise DataError(
            f"The GLN of the supplier, {clean(settings.supplier_gln, limit=40)}, {unfit}.",
            advice="Set supplier_gln in the header of the layout.",
        ) from unfit
    if not supplier:
        raise DataError(
            "A price catalogue needs the GLN of the supplier: articles are known by it and their number.",
            advice="Set supplier_gln in the header of the layout.",
        )
    if len(number) > 17:
        raise DataError(
            f"The number of the catalogue, {clean(number, limit=40)}, is longer than 17 characters.",
            advice="Set catalogue in the header of the layout.",
        )
    root = _element(ROOT)
    _put(root, "PriceCatalogueNumber", number)
    _put(root, "MutationType", "4" if writing.changes_only else "9")
    _put(root, "StartDate", f"{writing.made_at:%Y-%m-%d}")
    for name, text in (("GLN", supplier), ("Name", settings.supplier), ("City", settings.city)):
        if text:
            _put(root, f"Supplier/{name}", text)
    return list(root)


def _element(local: str) -> Element:
    from lxml import etree

    return etree.Element(_name(local), nsmap={None: NAMESPACE})


def _put(parent: Element, path: str, text: str) -> None:
    """Put a text at a path; groups on the way are there once."""
    from lxml import etree

    *groups, last = path.split("/")
    for name in groups:
        found = parent.find(_name(name))
        parent = etree.SubElement(parent, _name(name)) if found is None else found
    etree.SubElement(parent, _name(last)).text = text


def _line(writing: Writing, item: Item) -> Element:
    """Return an article. Raises _Misfit."""
    row, line = item.row, _element(LINE)
    if item.change == "deleted":
        _fill(line, {"number": row["number"]}, _ARTICLE_TABLE)
        _put(line, "SpecialCondition", DISCONTINUED)
        return line
    text = text_in(row, "description", writing.languages)
    _fill(line, {**row, "description": text}, _ARTICLE_TABLE)
    for price in _prices(row, item.related["price"]):
        part = _element("PriceInformation")
        _fill(part, price, _PRICE_TABLE)
        line.append(part)
    _fill(line, row, [("vat_rate", "VATInformation/VATPercentage", "number")])
    for attachment in item.related["attachment"]:
        address = attachment.get("file", "")
        if attachment.get("entity") == "article" and address.startswith(("http://", "https://")):
            part = _element("Attachment")
            _put(part, "URLInformation/URL", address)
            if kind := attachment.get("type"):
                _put(part, "DocumentType", kind)
            line.append(part)
    if row.get("status"):
        _put(line, "SpecialCondition", row["status"])
    _add_kept(line, row.get("extension", ""))
    return line


def _prices(row: Row, prices: Sequence[Row]) -> list[dict[str, str]]:
    """Return the prices of an article; its own where it has no records of them."""
    found: list[dict[str, str]] = [dict(price) for price in prices]
    if not found and (row.get("gross_price") or row.get("net_price")):
        found = [
            {**row, "valid_from": row.get("price_valid_from", ""), "valid_until": row.get("price_valid_until", "")}
        ]
    for price in found:
        if price.get("valid_from") == ALWAYS:
            del price["valid_from"]
        if price.get("quantity_from") == "1":
            del price["quantity_from"]
    return found


def _fill(element: Element, row: Row, table: Sequence[tuple[str, str, str]]) -> None:
    for name, path, kind in table:
        if value := row.get(name, ""):
            try:
                _put(element, path, _written(value, kind))
            except Unfit as unfit:
                raise _Misfit(name, value, str(unfit)) from unfit


def _written(value: str, kind: str) -> str:
    if kind == "unit":
        code = written_unit(value, "dico")
        if code not in DICO_UNITS:
            raise Unfit("is no unit that DICO has")
        return code
    if kind in _FORMS:
        return _FORMS[kind](value)
    if kind.isdigit() and len(value) > int(kind):
        raise Unfit(f"is longer than the {kind} characters that the standard has for it")
    if FORBIDDEN.search(value):
        raise Unfit("holds a character that XML cannot have")
    return value


_FORMS: Final[dict[str, Callable[[str], str]]] = {
    "gtin": lambda text: gtin(text, width=14),
    "number": decimal_text,
    "date": iso_date,
}


def _add_kept(line: Element, extension: str) -> None:
    """Add what a catalogue of this format had beyond what is known, to the groups that are there already."""
    from lxml import etree

    if _OURS not in extension:
        return
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        kept = etree.fromstring(f"<kept>{extension}</kept>", parser)
    except etree.XMLSyntaxError:
        return
    _merge(line, kept)


def _merge(into: Element, kept: Element) -> None:
    for child in list(kept):
        found = into.find(str(child.tag)) if len(child) else None
        if found is None or found.tag in (_name("PriceInformation"), _name("Attachment")):
            into.append(child)
        else:
            _merge(found, child)
