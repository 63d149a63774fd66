"""The price catalogue of DICO/SALES005, by the paths that readers of real files use; its schema is for members only.

It is read tolerantly: names of INSBOU004 are taken for those of SALES005, numbers may have a comma where that can only
be a decimal sign, and what is not known of an article is kept as it stands.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypedDict

from core.exchange.codes.dates import ALWAYS, iso_date
from core.exchange.codes.identifiers import gln, gtin
from core.exchange.codes.numbers import decimal_text
from core.exchange.codes.unfit import Unfit
from core.exchange.codes.units import Units
from core.exchange.formats.contract import Facts, Part
from core.exchange.formats.dico.reading import NOT_VALIDATED
from core.exchange.formats.dutch import PRICE_LIST, current_price, text_field
from core.exchange.formats.xml_items import children, fragment, local_name, text_of, xml_items

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lxml.etree import _Element as Element

    from core.exchange.formats.contract import Reading, Scope
    from core.exchange.formats.dico.sources import Document
    from core.exchange.formats.xml_items import XmlItem

ROOT: Final = "PriceCatalogue"
LINE: Final = "TradeItemLine"
NAMES: Final = ("PriceCatalogueNumber", "MutationType", "StartDate", "Currency", "Supplier", "Buyer", LINE)
"""What is read: of the head, and each article."""
DISCONTINUED: Final = "130"
_GONE: Final = (DISCONTINUED, "155")
"""Of the special conditions: discontinued, and destroy publication."""
_COMPLETE: Final = {"9": True, "4": False}
_PRICES: Final = ("gross_price", "net_price", "price_unit_quantity", "price_unit")
ARTICLE_FIELDS: Final = (
    "number", "supplier", "supplier_gln", "gtin", "buying_group", "use_unit", "order_unit", "order_quantity_min",
    "price_unit_factor", "vat_rate", "status", *_PRICES, "price_valid_from", "price_valid_until", "currency",
    "extension",
)  # fmt: skip
PRICE_FIELDS: Final = (
    "article", "price_list", "quantity_from", "valid_from", "valid_until", *_PRICES, "currency", "vat_rate"
)  # fmt: skip
_CATALOGUE_FIELDS: Final = (
    "supplier", "catalogue", "format", "version", "currency", "valid_from", "supplier_name", "supplier_gln",
    "buyer_name", "buyer_gln",
)  # fmt: skip
_COMMA = re.compile(r"-?[0-9]+,(?:[0-9]{1,2}|[0-9]{4,})", re.ASCII)
_LANGUAGE = ("language", "languagecode", "lang")


def number(text: str) -> str:
    """Return a number; a comma is a decimal sign where it cannot be one between thousands. Raises Unfit."""
    return decimal_text(text.replace(",", ".") if _COMMA.fullmatch(text) else text)


class _At(TypedDict):
    """Where a record stands."""

    line: int
    item: int


@dataclass(slots=True)
class _Head:
    """What stands before the articles."""

    values: dict[str, str] = field(default_factory=dict)

    @property
    def complete(self) -> bool | None:
        return _COMPLETE.get(self.values.get("MutationType", ""))

    @property
    def starts(self) -> str:
        """From which day its prices are valid; empty where it does not say."""
        try:
            return iso_date(self.values.get("StartDate", ""))
        except Unfit:
            return ""

    def take(self, item: XmlItem) -> None:
        if item.name in ("Supplier", "Buyer"):
            for name in ("GLN", "Name"):
                found = next((text_of(each) for each in children(item.element, name)), "")
                self.values.setdefault(f"{item.name}/{name}", found)
        else:
            self.values.setdefault(item.name, text_of(item.element))

    def facts(self) -> Facts:
        get = self.values.get
        kinds = {True: "a complete price catalogue", False: "changes of a price catalogue", None: "a price catalogue"}
        return Facts(
            "dico-sales",
            "DICO/SALES005",
            "005",
            kinds[self.complete],
            complete=self.complete,
            supplier=get("Supplier/Name", ""),
            supplier_gln=get("Supplier/GLN", ""),
            buyer=get("Buyer/Name", ""),
            buyer_gln=get("Buyer/GLN", ""),
            catalogue=get("PriceCatalogueNumber", ""),
            currency=get("Currency", ""),
            valid_from=get("StartDate", ""),
            more={"checked": NOT_VALIDATED},
        )


class _Taking:
    """Takes values out of an element; what is left of it in the end is what was not known."""

    __slots__ = ("_parts", "column", "element", "value")

    def __init__(self, element: Element) -> None:
        self.element = element
        self.column = ""
        self.value = ""
        self._parts: dict[str, list[_Taking]] | None = None

    def every(self, *names: str) -> list[_Taking]:
        """Return the children with one of these names."""
        parts = self._parts
        if parts is None:
            parts = self._parts = {}
            for child in self.element:
                parts.setdefault(_local(str(child.tag)), []).append(_Taking(child))
        return parts.get(names[0], []) if len(names) == 1 else [each for name in names for each in parts.get(name, ())]

    def text(self, *path: str, convert: Callable[[str], str] = str) -> str:
        """Take the first text at a path, of which each step may have several names. Raises Unfit."""
        found = self
        for names in path:
            several = found.every(*_split(names))
            if not several:
                return ""
            found = several[0]
        text = text_of(found.element)
        if not text:
            return ""
        self.column, self.value = "/".join(step.partition("|")[0] for step in path), text
        value = convert(text)
        found.element.text = None
        return value

    def rest(self) -> str:
        """Return what is left, as XML."""
        _prune(self.element)
        return "".join(fragment(child) for child in self.element)


@lru_cache(maxsize=1000)
def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


@lru_cache(maxsize=1000)
def _split(names: str) -> tuple[str, ...]:
    return tuple(names.split("|"))


def _prune(element: Element) -> None:
    for child in list(element):
        if len(child):
            _prune(child)
        if not len(child) and not child.attrib and not text_of(child):
            element.remove(child)


class CatalogueReader:
    """Takes the articles of price catalogues into raw files."""

    def __init__(self, reading: Reading, *, most: int | None = None) -> None:
        self.head = _Head()
        self.problems: list[str] = []
        self.warnings: list[str] = []
        self._reading = reading
        self._most = most
        self._units = Units()
        self._undated = text_field("description", reading.languages)
        every = reading.every_language("description")
        self._catalogues = reading.part("supplier_catalogue", _CATALOGUE_FIELDS)
        self._articles = reading.part("article", (*ARTICLE_FIELDS, self._undated), optional=every)
        self._prices = reading.part("price", PRICE_FIELDS)
        self._attachments = reading.part("attachment", ("entity", "record", "file", "type"))

    def take(self, document: Document) -> None:
        """Read one price catalogue. Raises DataError where it is broken."""
        reading = self._reading
        self.head = _Head()
        known = False
        items = xml_items(
            document.member.path,
            NAMES,
            name=document.place or reading.name,
            stop=reading.stop,
            advance=reading.advance,
        )
        for item in items:
            if item.name != LINE:
                self.head.take(item)
                continue
            if not known:
                known = True
                self._catalogue()
            self._line(document, item)
            if self._most and self._articles.records >= self._most:
                return
        if not known:
            self._catalogue()

    def parts(self) -> list[Part]:
        """Return what was read."""
        said = self.head.complete
        complete = not self._reading.delta if said is None else said
        whole: Scope = "all" if complete else "listed"
        raws = (self._catalogues, self._articles, self._prices, self._attachments)
        for raw in raws:
            raw.close()
        self.warnings += self._units.warnings()
        return [
            Part(self._catalogues, "listed"),
            Part(self._articles, whole),
            Part(self._prices, "owners", owners=("article",)),
            Part(self._attachments, "owners", owners=("entity", "record")),
        ]

    def _catalogue(self) -> None:
        get, head = self.head.values.get, self.head
        values = {
            "supplier": get("Supplier/GLN") or get("Supplier/Name", ""),
            "catalogue": get("PriceCatalogueNumber", ""),
            "format": "dico-sales",
            "version": "005",
            "currency": get("Currency", ""),
            "valid_from": head.starts,
            "supplier_name": get("Supplier/Name", ""),
            "supplier_gln": get("Supplier/GLN", ""),
            "buyer_name": get("Buyer/Name", ""),
            "buyer_gln": get("Buyer/GLN", ""),
        }
        self._catalogues.add(values, place=ROOT)

    def _line(self, document: Document, item: XmlItem) -> None:
        taking = _Taking(item.element)
        count = self._articles.records + 1
        place = f"{document.place}: {LINE}[{count}]" if document.place else f"{LINE}[{count}]"
        at = _At(line=item.line, item=document.first_item + item.number)
        try:
            values = self._article(taking)
            if values.get("status") in _GONE:
                self._articles.add({"number": values["number"]}, place=place, deleted=True, **at)
                return
            prices = list(self._all_prices(taking, values))
            attachments = list(self._of_attachments(taking, values["number"]))
        except Unfit as unfit:
            place = f"{place}/{taking.column}"
            self.problems.append(f"{place}, line {item.line:,}: {unfit}.")
            self._articles.reject(str(unfit), column=taking.column, value=taking.value, place=place, **at)
            return
        current = current_price(prices, self._reading.today) or (prices[0] if prices else {})
        values |= {name: current[name] for name in _PRICES if current.get(name)}
        if current.get("valid_from", ALWAYS) != ALWAYS:
            values["price_valid_from"] = current["valid_from"]
        values["price_valid_until"] = current.get("valid_until", "")
        values["extension"] = taking.rest()
        self._articles.add(values, place=place, **at)
        for price in prices:
            self._prices.add(price, place=f"{place}/PriceInformation", **at)
        for attachment in attachments:
            self._attachments.add(attachment, place=f"{place}/Attachment", **at)

    def _article(self, taking: _Taking) -> dict[str, str]:
        take, head = taking.text, self.head.values
        unit = self._units.read
        names = "TradeItemIdentification"
        values = {
            "number": take(names, "SuppliersTradeItemId|SuppliersTradeItemIdentification"),
            "gtin": take(names, "GTIN", convert=gtin),
            "supplier": head.get("Supplier/Name", ""),
            "supplier_gln": gln(head["Supplier/GLN"]) if head.get("Supplier/GLN") else "",
            "buying_group": take("TradeItemGrouping", "BuyingGroup"),
            "use_unit": take("UseUnitInformation", "UseUnitUoM|UseUnitMeasureUnitCode", convert=unit),
            "order_unit": take("OrderConditions", "OrderUoM|OrderMeasureUnitCode|OrderUnit", convert=unit),
            "order_quantity_min": take("OrderConditions", "MinimumOrderQuantity", convert=number),
            "price_unit_factor": take("OrderConditions", "PriceToOrderUnitFactor", convert=number),
            "vat_rate": take("VATInformation", "VATPercentage", convert=number),
            "currency": head.get("Currency", ""),
        }
        for condition in taking.element.iter("{*}SpecialCondition"):
            values["status"] = text_of(condition)
            condition.text = None
        for several in taking.every("MultiLanguageTradeItemDescription"):
            for description in several.every("TradeItemDescription"):
                self._description(description, values)
        return values

    def _description(self, taking: _Taking, values: dict[str, str]) -> None:
        """Take a description; where its language is said, and how, is not known of this format for certain."""
        said = {local_name(child).casefold(): child for child in taking.element}
        code = next((value for name, value in taking.element.attrib.items() if _is_language(str(name))), "")
        child = next((said[name] for name in _LANGUAGE if name in said), None)
        code = str(code or text_of(child))
        field_name = self._reading.translated("description", code) if code else self._undated
        found = taking.text("Description")
        if field_name and found:
            values.setdefault(field_name, found)
            for name in list(taking.element.attrib):
                del taking.element.attrib[name]
            if child is not None:
                child.text = None

    def _all_prices(self, taking: _Taking, article: dict[str, str]) -> Iterator[dict[str, str]]:
        for inner in taking.every("PriceInformation"):
            try:
                yield self._price(inner, article)
            except Unfit:
                taking.column, taking.value = f"PriceInformation/{inner.column}", inner.value
                raise

    def _price(self, taking: _Taking, article: dict[str, str]) -> dict[str, str]:
        take = taking.text
        start = take("StartDatePriceInformation", convert=iso_date)
        return {
            "article": article["number"],
            "price_list": PRICE_LIST,
            "quantity_from": take("MinimumQuantity", convert=number) or "1",
            "valid_from": start or self.head.starts or ALWAYS,
            "valid_until": take("EndDatePriceInformation", convert=iso_date),
            "gross_price": take("GrossPrice", convert=number),
            "net_price": take("NetPrice|Price", convert=number),
            "price_unit_quantity": take("PriceBase", "NumberOfUnitsInPriceBasis", convert=number),
            "price_unit": take("PriceBase", "PriceBasisUoM|MeasureUnitPriceBasis", convert=self._units.read),
            "currency": article["currency"],
            "vat_rate": article["vat_rate"],
        }

    def _of_attachments(self, taking: _Taking, article: str) -> Iterator[dict[str, str]]:
        for attachment in taking.every("Attachment"):
            addresses = [attachment.text("URL")]
            for information in attachment.every("URLInformation"):
                for each in information.every("URL"):
                    addresses.append(text_of(each.element))
                    each.element.text = None
            kind = attachment.text("DocumentType|AttachmentType")
            for address in filter(None, addresses):
                yield {"entity": "article", "record": article, "file": address, "type": kind}


def _is_language(name: str) -> bool:
    return name.rpartition("}")[2].casefold() in _LANGUAGE
