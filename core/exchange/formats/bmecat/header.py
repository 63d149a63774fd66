"""The header of a catalogue: whose it is, which version, and in which languages."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from core.exchange.codes import Unfit
from core.exchange.codes.identifiers import gln
from core.exchange.formats.bmecat.extension import LONGEST, Rest
from core.exchange.formats.bmecat.texts import date, language_of, tag_of, text
from core.exchange.formats.contract import Facts
from core.exchange.formats.xml_items import children, local_name, text_at

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.etree import _Element as Element

    from core.config.formats import FormatId

_KNOWN_IN_CATALOG = frozenset((
    "LANGUAGE", "LOCALE", "CATALOG_ID", "CATALOG_VERSION", "CATALOG_NAME", "DATETIME", "GENERATION_DATE", "TERRITORY",
    "CURRENCY", "MIME_ROOT",
))  # fmt: skip
_GLN_TYPES = ("gln", "iln")
_KINDS = {
    "T_NEW_CATALOG": "a new catalogue",
    "T_NEW_PRODUCTDATA": "new product data, without prices",
    "T_UPDATE_PRODUCTS": "changed articles",
    "T_UPDATE_PRICES": "changed prices",
}


@dataclass(frozen=True, slots=True)
class Party:
    """The supplier or the buyer."""

    name: str = ""
    gln: str = ""
    duns: str = ""
    number: str = ""
    """Any other id."""

    @property
    def key(self) -> str:
        """By which the party is told from others."""
        return self.gln or self.number or self.duns or self.name


@dataclass(slots=True)
class Header:
    """What a catalogue says of itself before its articles."""

    version: str = ""
    etim: str = ""
    """The version of the ETIM guideline that it follows; empty for plain BMEcat."""
    transaction: str = ""
    prev_version: int | None = None
    catalogue: str = ""
    catalogue_version: str = ""
    names: list[tuple[str | None, str]] = field(default_factory=list)
    """By language as it is written, where one is."""
    languages: list[str] = field(default_factory=list)
    """As the file writes them, the default before all."""
    currency: str = ""
    territories: list[str] = field(default_factory=list)
    generated_on: str = ""
    valid_from: str = ""
    valid_until: str = ""
    media_root: str = ""
    media_roots: dict[str, str] = field(default_factory=dict)
    """By the tag of the language of the files, where that is said (BMEcat 2005)."""
    supplier: Party = field(default_factory=Party)
    buyer: Party = field(default_factory=Party)
    agreement: str = ""
    parties: dict[str, Party] = field(default_factory=dict)
    """Those that articles refer to, by their id (BMEcat 2005)."""
    extension: str = ""

    @property
    def language(self) -> str:
        """The language of texts that name none."""
        return self.languages[0] if self.languages else ""

    @property
    def tags(self) -> list[str]:
        """The languages as tags of BCP 47."""
        return [tag_of(code) for code in self.languages]

    @property
    def complete(self) -> bool:
        """Whether the catalogue is the whole truth of its articles."""
        return self.transaction in ("T_NEW_CATALOG", "T_NEW_PRODUCTDATA")

    def facts(self, format_id: FormatId) -> Facts:
        """Return what is shown of the file."""
        title = f"ETIM BMEcat {self.etim}" if format_id == "etim-bmecat" else f"BMEcat {self.version}"
        kind = _KINDS.get(self.transaction, self.transaction)
        if self.prev_version is not None and not self.complete:
            kind += f", after {self.prev_version} others"
        return Facts(
            format=format_id,
            title=title.strip(),
            version=self.etim if format_id == "etim-bmecat" else self.version,
            kind=kind,
            complete=self.complete,
            supplier=self.supplier.name or self.supplier.key,
            supplier_gln=self.supplier.gln,
            buyer=self.buyer.name or self.buyer.key,
            buyer_gln=self.buyer.gln,
            catalogue=self.catalogue,
            catalogue_version=self.catalogue_version,
            currency=self.currency,
            languages=tuple(self.tags),
            valid_from=self.valid_from,
            valid_until=self.valid_until,
            made_at=self.generated_on,
        )


def read_header(element: Element, header: Header) -> None:
    """Fill a header from the element HEADER."""
    rest = Rest()
    refers: dict[str, str] = {}
    for child in element:
        name = local_name(child)
        if name in ("BUYER_IDREF", "SUPPLIER_IDREF"):
            refers[name] = text(child)
            rest.add(child)
        elif take := _HEADER.get(name):
            take(child, header, rest)
        elif name != "GENERATOR_INFO":
            rest.add(child)
    if found := refers.get("SUPPLIER_IDREF"):
        header.supplier = header.parties.get(found, Party(number=found))
    if found := refers.get("BUYER_IDREF"):
        header.buyer = header.parties.get(found, Party(number=found))
    extension = rest.text()
    header.extension = extension if len(extension) <= LONGEST else ""


def _supplier(element: Element, header: Header, rest: Rest) -> None:
    header.supplier = _party(element, "SUPPLIER", rest)


def _buyer(element: Element, header: Header, rest: Rest) -> None:
    header.buyer = _party(element, "BUYER", rest)


def _parties(element: Element, header: Header, rest: Rest) -> None:
    for each in children(element, "PARTY"):
        header.parties |= _declared_party(each)
    rest.add(element)


def _agreement(element: Element, header: Header, rest: Rest) -> None:
    header.agreement = header.agreement or text_at(element, "AGREEMENT_ID")
    for child in children(element, "DATETIME"):
        if child.get("type") == "agreement_start_date":
            header.valid_from = header.valid_from or date(text_at(child, "DATE"))
        elif child.get("type") == "agreement_end_date":
            header.valid_until = header.valid_until or date(text_at(child, "DATE"))
    header.valid_from = header.valid_from or date(text_at(element, "AGREEMENT_START_DATE"))
    header.valid_until = header.valid_until or date(text_at(element, "AGREEMENT_END_DATE"))
    rest.add(element)


def _extensions(element: Element, header: Header, rest: Rest) -> None:
    for udx in element:
        if local_name(udx) == "UDX.EDXF.VERSION":
            header.etim = text(udx)
        else:
            rest.add(udx, "USER_DEFINED_EXTENSIONS")


def _catalog(element: Element, header: Header, rest: Rest) -> None:
    # BMEcat 2005.1 has locales in their place, where somebody wants that.
    languages = list(children(element, "LANGUAGE")) or list(children(element, "LOCALE"))
    languages.sort(key=lambda each: (each.get("default") or "").lower() != "true")
    header.languages = [found for each in languages if (found := text(each))]
    header.catalogue = text_at(element, "CATALOG_ID")
    header.catalogue_version = text_at(element, "CATALOG_VERSION")
    header.names = [(language_of(each), text(each)) for each in children(element, "CATALOG_NAME") if text(each)]
    header.currency = text_at(element, "CURRENCY")
    header.territories = [text(each) for each in children(element, "TERRITORY") if text(each)]
    roots = [each for each in children(element, "MIME_ROOT") if text(each)]
    header.media_root = text(roots[0]) if roots else ""
    header.media_roots = {tag_of(said): text(each) for each in reversed(roots) if (said := language_of(each))}
    header.generated_on = date(text_at(element, "GENERATION_DATE") or text_at(element, "DATETIME", "DATE"))
    header.valid_from = date(text_at(element, "VALID_START_DATE"))
    header.valid_until = date(text_at(element, "VALID_END_DATE"))
    for child in element:
        name = local_name(child)
        if name == "LOCALE" or (name == "MIME_ROOT" and child not in roots[:1]) or name not in _KNOWN_IN_CATALOG:
            rest.add(child, "CATALOG")
        elif (name == "CATALOG_NAME" and child.get("locale")) or name == "MIME_ROOT":
            rest.add_attributes(child, "CATALOG")


def _party(element: Element, name: str, rest: Rest) -> Party:
    for child in element:
        if local_name(child) not in (f"{name}_ID", f"{name}_NAME"):
            rest.add(child, name)
    ids = [((each.get("type") or "").lower(), text(each)) for each in children(element, f"{name}_ID")]
    found = _with_ids(text_at(element, f"{name}_NAME"), ids)
    usual = ("", f"{name.lower()}_specific")
    written = {("gln", found.gln), *((kind, found.number) for kind in usual)}
    if name == "SUPPLIER":
        # That of the buyer has no field.
        written.add(("duns", found.duns))
    for (kind, value), each in zip(ids, children(element, f"{name}_ID"), strict=True):
        if (kind, value) not in written:
            rest.add(each, name)
    return found


def _declared_party(element: Element) -> dict[str, Party]:
    ids = [((each.get("type") or "").lower(), text(each)) for each in children(element, "PARTY_ID")]
    party = _with_ids(text_at(element, "ADDRESS", "NAME"), ids)
    return {each: party for _, each in ids if each}


def _with_ids(name: str, ids: list[tuple[str, str]]) -> Party:
    found = {"gln": "", "duns": "", "number": ""}
    for kind, value in ids:
        place = "gln" if kind in _GLN_TYPES else "duns" if kind == "duns" else "number"
        if place == "gln":
            try:
                value = gln(value)  # noqa: PLW2901 - a placeholder of zeros is none
            except Unfit:
                place = "number"
        if value and not found[place]:
            found[place] = value
    return Party(name, found["gln"], found["duns"], found["number"])


_HEADER: Final[dict[str, Callable[[Element, Header, Rest], None]]] = {
    "CATALOG": _catalog,
    "SUPPLIER": _supplier,
    "BUYER": _buyer,
    "PARTIES": _parties,
    "AGREEMENT": _agreement,
    "USER_DEFINED_EXTENSIONS": _extensions,
}
