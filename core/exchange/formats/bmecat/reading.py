"""The walk through a catalogue: header, groups, articles, and which article is in which group, as they come."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final

from core.errors import DataError
from core.exchange.formats.bmecat.chain import Taking, catalogue_record, key_of, taking
from core.exchange.formats.bmecat.classification import (
    CLASSIFICATION_ITEMS,
    KINDS,
    SYSTEM_FIELDS,
    SYSTEM_NAME,
    Classifications,
)
from core.exchange.formats.bmecat.extension import LONGEST, TRANSACTION, Rest, of_transaction
from core.exchange.formats.bmecat.features import CLASS_FIELDS, FEATURE_FIELDS, number_others
from core.exchange.formats.bmecat.gathered import Catalogue
from core.exchange.formats.bmecat.header import Header, read_header
from core.exchange.formats.bmecat.logistics import PACKAGING_FIELDS, SURCHARGE_FIELDS
from core.exchange.formats.bmecat.media import MEDIA_FIELDS
from core.exchange.formats.bmecat.names import TRANSACTIONS
from core.exchange.formats.bmecat.prices import PRICE_FIELDS, SUMMARY_FIELDS
from core.exchange.formats.bmecat.products import (
    ETIM_FIELDS,
    ETIM_WORDS,
    MORE_PLAIN_FIELDS,
    PLAIN_FIELDS,
    RELATION_FIELDS,
    WORDS,
    read_product,
)
from core.exchange.formats.bmecat.texts import Texts, number, text
from core.exchange.formats.contract import Content, Part
from core.exchange.formats.xml_items import local_name
from core.exchange.formats.xml_sharing import Document, read_document
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from core.config.formats import FormatId
    from core.exchange.formats.bmecat.gathered import Gathered
    from core.exchange.formats.bmecat.texts import Values
    from core.exchange.formats.contract import Reading, Row, Scope
    from core.exchange.formats.rawfile import RawFile
    from core.exchange.formats.xml_items import XmlItem

PRODUCTS: Final = ("ARTICLE", "PRODUCT")
_GROUP, _GROUP_HEAD = "CATALOG_STRUCTURE", ("GROUP_SYSTEM_ID", "GROUP_SYSTEM_NAME", "GROUP_SYSTEM_DESCRIPTION")
_MEMBERS: Final = ("ARTICLE_TO_CATALOGGROUP_MAP", "PRODUCT_TO_CATALOGGROUP_MAP")
_KEPT: Final = {
    "FEATURE_SYSTEM_NAME": "FEATURE_SYSTEM",
    "FEATURE_SYSTEM_DESCR": "FEATURE_SYSTEM",
    "FEATURE_GROUP": "FEATURE_SYSTEM",
    "FORMULA": "FORMULAS",
    "IPP_DEFINITION": "IPP_DEFINITIONS",
}
"""What of the transaction is kept with the catalogue as it is, and the element around it; one by one."""
_UNREAD: Final = ("CLASSIFICATION_GROUP_FEATURE_TEMPLATE_MAP", "CATALOG_GROUP_FEATURE_MAP")
"""What is passed over one by one, so that it is not all in memory at a time."""
ITEMS: Final = frozenset(
    {"HEADER", _GROUP, *_GROUP_HEAD, *PRODUCTS, *_MEMBERS, *CLASSIFICATION_ITEMS, *_KEPT, *_UNREAD}
)
"""The elements that are read one by one. The numbers of items in rejects count all of them."""

_GROUP_FIELDS: Final = ["catalogue", "code", "parent", "kind", "sort_order", "extension"]
_GROUP_WORDS: Final = {"GROUP_NAME": "name", "GROUP_DESCRIPTION": "description", "KEYWORD": "keywords"}
_MEMBER_FIELDS: Final = ["catalogue", "code", "article", "sort_order", "extension"]
_CATALOGUE_FIELDS: Final = (
    "supplier", "catalogue", "format", "version", "prev_version", "languages", "default_language", "currency",
    "territories", "generated_on", "valid_from", "valid_until", "supplier_name", "supplier_gln",
    "supplier_duns", "supplier_number", "buyer_name", "buyer_gln", "buyer_number", "agreement", "media_root",
    "extension",
)  # fmt: skip
_RELATED_WORDS: Final = {
    "price": (),
    "packaging": ("name",),
    "surcharge": (),
    "article_class": ("class_name",),
    "article_feature": ("name", "value_text", "details", "description"),
    "relation": ("description",),
    "attachment": ("description", "alternative_text"),
}
_RELATED_FIELDS: Final = {
    "price": PRICE_FIELDS,
    "packaging": PACKAGING_FIELDS,
    "surcharge": SURCHARGE_FIELDS,
    "article_class": CLASS_FIELDS,
    "article_feature": FEATURE_FIELDS,
    "relation": RELATION_FIELDS,
    "attachment": MEDIA_FIELDS,
}


def read_catalogue(reading: Reading, format_id: FormatId) -> Content:
    """Read a catalogue into its parts.

    Raises:
        DataError: it is not well-formed, has no transaction, or must not be imported (:mod:`chain`).
    """
    return read_document(reading, catalogue_document(format_id))


def catalogue_document(format_id: FormatId) -> Document:
    """Return how a catalogue is read, item by item."""
    walk = partial(_Walk, format_id=format_id)
    return Document(walk, ITEMS, openings=("BMECAT", *TRANSACTIONS), repeated=PRODUCTS)


def look_at_header(items: Iterable[XmlItem]) -> tuple[Header, bool]:
    """Return the header of a catalogue, up to its transaction; and whether that was met."""
    header = Header()
    for item in items:
        if item.name == "HEADER":
            read_header(item.element, header)
        elif item.opening:
            _open(item, header)
            if header.transaction:
                return header, True
    return header, False


def _open(item: XmlItem, header: Header) -> None:
    if item.name == "BMECAT":
        header.version = (item.element.get("version") or "").strip()
        return
    header.transaction = item.name
    before = (item.element.get("prev_version") or "").strip()
    header.prev_version = int(before) if before.isascii() and before.isdigit() and not header.complete else None


@dataclass(slots=True)
class _Parts:
    """The raw files that are filled."""

    catalogue: RawFile
    groups: RawFile | None
    articles: RawFile
    related: dict[str, RawFile]
    members: RawFile | None
    classifications: Classifications | None = None

    def all(self) -> list[RawFile]:
        own = self.classifications
        systems = [own.systems, *own.parts.values()] if own else []
        found = [*systems, self.groups, self.articles, *self.related.values(), self.members, self.catalogue]
        return [each for each in found if each is not None]


@dataclass(slots=True)
class _Walk:
    reading: Reading
    format_id: FormatId
    header: Header = field(default_factory=Header)
    taken: Taking = "all"
    line_of_header: int = 0
    rest: Rest = field(default_factory=Rest)
    """Of the transaction, beside what becomes records."""
    _feature_systems: int = 0
    _parts: _Parts | None = None
    _catalogue: Catalogue | None = None

    def take(self, item: XmlItem) -> None:
        """Take in one item of the file."""
        if item.opening:
            _open(item, self.header)
            if self.header.transaction:
                self._begin()
            return
        if item.name == "HEADER":
            self.line_of_header = item.line
            read_header(item.element, self.header)
        elif self._parts is not None and self._catalogue is not None:
            take = _TAKEN_BY.get(item.name)
            if take is not None:
                take(self, item, self._parts, self._catalogue)
            else:
                self._catalogue.doubts[f"Elements {item.name} that were not read"] += 1

    def content(self) -> Content:
        """Return what was read; to be called after the last item."""
        parts, catalogue = self._parts, self._catalogue
        if parts is None or catalogue is None:
            raise DataError(
                f"{self.reading.name} has no transaction such as T_NEW_CATALOG: it says nothing of articles.",
                advice="Ask the sender for the complete file.",
            )
        supplier, identity = key_of(self.header)
        known = self.reading.known("supplier_catalogue", {"supplier": supplier, "catalogue": identity})
        record: Values = catalogue_record(self.header, self.taken, known)
        record["format"] = self.format_id
        record["extension"] += self._extension(known, catalogue)
        for language, name in self.header.names:
            catalogue.texts.put_text(record, "name", language, name)
        if parts.classifications is not None:
            parts.classifications.end()
        parts.catalogue.add(record, line=self.line_of_header, item=1, place="HEADER")
        for raw in parts.all():
            raw.close()
        return Content(self.header.facts(self.format_id), self._in_order(parts), self._warnings(catalogue))

    def _extension(self, known: Row | None, catalogue: Catalogue) -> str:
        """Return what is kept of the transaction; an update leaves that of its catalogue as it is."""
        if self.taken != "all":
            return of_transaction((known or {}).get("extension", ""))
        if self.rest.size <= LONGEST:
            return self.rest.text()
        catalogue.doubts["Characters of formulas, price parameters and feature systems, not kept"] += self.rest.size
        return ""

    def counts(self) -> list[dict[str, int]]:
        """Return what is counted over all articles."""
        catalogue = self._catalogue
        return [self.reading.unheld, *((catalogue.doubts, catalogue.units.seen) if catalogue else ())]

    def _begin(self) -> None:
        """Decide what is taken, now that the header is known."""
        if self._parts is not None:
            raise DataError(
                f"{self.reading.name} has two transactions, {self.header.transaction} the second; a file has one.",
                advice="Ask the sender for two files.",
            )
        self.taken = taking(self.header, self.reading)
        texts = Texts(self.reading, self.header.language)
        self._catalogue = Catalogue(self.header, texts, today=self.reading.today)
        self._parts = self._open_parts()

    def _open_parts(self) -> _Parts:
        reading, transaction = self.reading, self.header.transaction
        part = reading.part
        catalogue = part("supplier_catalogue", _CATALOGUE_FIELDS, optional=reading.every_language("name"))
        if transaction == "T_UPDATE_PRICES":
            articles = part("article", ["number", *SUMMARY_FIELDS])
            return _Parts(catalogue, None, articles, {"price": part("price", PRICE_FIELDS)}, None)
        classifications = Classifications(
            self._part("classification_system", SYSTEM_FIELDS, ("name",)),
            {name: self._part(kind.entity, kind.fields, tuple(kind.words.values())) for name, kind in KINDS.items()},
        )
        groups = self._part("catalogue_group", _GROUP_FIELDS, tuple(_GROUP_WORDS.values()))
        etim, newer = self.format_id == "etim-bmecat", self.header.version not in ("1.2", "1.01")
        fields = [*PLAIN_FIELDS, *(MORE_PLAIN_FIELDS if newer else ()), *(ETIM_FIELDS if etim else ())]
        if transaction == "T_NEW_PRODUCTDATA":
            fields = [name for name in fields if name not in SUMMARY_FIELDS]
        words = [*WORDS, *(ETIM_WORDS if etim else ())]
        articles = self._part("article", fields, words, optional=() if etim else ETIM_FIELDS)
        related = {}
        for entity, names in _RELATED_FIELDS.items():
            if entity == "price" and transaction == "T_NEW_PRODUCTDATA":
                continue
            if self.taken == "language" and not _RELATED_WORDS[entity]:
                continue
            related[entity] = self._part(entity, names, _RELATED_WORDS[entity])
        members = None if self.taken == "language" else part("group_member", _MEMBER_FIELDS)
        return _Parts(catalogue, groups, articles, related, members, classifications)

    def _part(
        self, entity: str, fields: Iterable[str], words: Iterable[str], *, optional: Iterable[str] = ()
    ) -> RawFile:
        """Open a raw file.

        A new version carries nothing over, so that texts it lacks go in all languages; a file in one more language
        brings texts only; an update has its own languages, and leaves the others alone.
        """
        reading = self.reading
        every = reading.every_language(*words)
        if self.taken == "all":
            return reading.part(entity, [*fields, *every], optional=[*optional])
        own = {reading.translated(word, tag) for word in words for tag in self.header.tags}
        reading.unheld.clear()
        held = [name for name in every if name in own]
        if self.taken == "language":
            return reading.part(entity, [*reading.entities[entity].key], optional=every)
        return reading.part(entity, [*fields, *held], optional=[*every, *optional])

    def product(self, item: XmlItem, parts: _Parts, catalogue: Catalogue) -> None:
        gathered = read_product(item.element, catalogue)
        article = gathered.values.get("number", "")
        place = f"{item.name} {clean(article, limit=40)}"
        if gathered.fault:
            parts.articles.reject(
                gathered.fault,
                column=local_name(item.element),
                value=article,
                line=item.line,
                item=item.number,
                place=place,
            )
            return
        if (item.element.get("mode") or "").lower() == "delete" and self.taken == "update":
            parts.articles.add({"number": article}, line=item.line, item=item.number, place=place, deleted=True)
            return
        parts.articles.add(gathered.values, line=item.line, item=item.number, place=place)
        self._related(gathered, article, item, place, parts)

    def _related(self, gathered: Gathered, article: str, item: XmlItem, place: str, parts: _Parts) -> None:
        number_of_item = item.number
        number_others(gathered)
        if (features := parts.related.get("article_feature")) is not None and self.taken != "language":
            features.add_cells(gathered.plain, owner=article, item=number_of_item, place=place)
        for entity, records in gathered.related.items():
            raw = parts.related.get(entity)
            if raw is None:
                continue
            owner = "record" if entity == "attachment" else "article"
            for values, line in records:
                values[owner] = article
                raw.add(values, line=line, item=number_of_item, place=place)
        for entity, reason, column, value, line in gathered.rejected:
            if (raw := parts.related.get(entity)) is not None:
                raw.reject(reason, column=column, value=value, line=line, item=number_of_item, place=place)

    def classified(self, item: XmlItem, parts: _Parts, catalogue: Catalogue) -> None:
        if parts.classifications is not None:
            parts.classifications.take(item, catalogue)

        if item.name == SYSTEM_NAME:
            self._keep(item, TRANSACTION)

    def of_groups(self, item: XmlItem, _: _Parts, __: Catalogue) -> None:
        self._keep(item, "CATALOG_GROUP_SYSTEM")

    def kept(self, item: XmlItem, _: _Parts, __: Catalogue) -> None:
        around = _KEPT[item.name]
        if item.name == "FEATURE_SYSTEM_NAME":
            self._feature_systems += 1
        if around == "FEATURE_SYSTEM":
            # A file may have several; each is kept by itself.
            around = f'FEATURE_SYSTEM place="{self._feature_systems}"'
        self._keep(item, TRANSACTION, around)

    def _keep(self, item: XmlItem, *path: str) -> None:
        if self.rest.size <= LONGEST:
            self.rest.add(item.element, *path)

    def group(self, item: XmlItem, parts: _Parts, catalogue: Catalogue) -> None:
        if parts.groups is None:
            return
        values: Values = {"catalogue": key_of(self.header)[1], "kind": item.element.get("type", "")}
        rest = Rest()
        for child in item.element:
            name = local_name(child)
            if name == "GROUP_ID":
                values["code"] = text(child)
            elif name == "PARENT_ID":
                values["parent"] = text(child)
            elif name == "GROUP_ORDER":
                values["sort_order"] = number(text(child))
            elif word := _GROUP_WORDS.get(name):
                rest.add_xml(catalogue.texts.put(values, word, child))
            else:
                rest.add(child)
        values["extension"] = rest.text()
        place = f"CATALOG_STRUCTURE {clean(values.get('code', ''), limit=40)}"
        parts.groups.add(values, line=item.line, item=item.number, place=place)

    def member(self, item: XmlItem, parts: _Parts, catalogue: Catalogue) -> None:
        if parts.members is None:
            return
        values: Values = {"catalogue": key_of(self.header)[1]}
        rest = Rest()
        for child in item.element:
            name = catalogue.names[child.tag]
            if name == "PROD_ID":
                values["article"] = text(child)
            elif name == "CATALOG_GROUP_ID":
                values["code"] = text(child)
            elif name == "PRODUCT_TO_CATALOGGROUP_MAP_ORDER":
                values["sort_order"] = number(text(child))
            else:
                rest.add(child)
        values["extension"] = rest.text()
        gone = self.taken == "update" and (item.element.get("mode") or "").lower() == "delete"
        parts.members.add(values, line=item.line, item=item.number, place=item.name, deleted=gone)

    def _in_order(self, parts: _Parts) -> list[Part]:
        whole: Scope = "all" if self.taken == "all" else "listed"
        owned: Scope = {"all": "all", "language": "listed", "update": "owners"}[self.taken]  # type: ignore[assignment]
        found: list[Part] = []
        if (own := parts.classifications) is not None:
            # Other classifications may lie in the same assortment: only that of the file is replaced.
            replaced: Scope = "owners" if self.taken == "all" else "listed"
            found += [Part(own.systems, "listed"), *(Part(each, replaced, ("system",)) for each in own.parts.values())]
        if parts.groups is not None:
            found.append(Part(parts.groups, whole))
        only_known = self.header.transaction == "T_UPDATE_PRICES" or self.taken == "language"
        found.append(Part(parts.articles, whole, only_known=only_known))
        for entity, raw in parts.related.items():
            owners = ("entity", "record") if entity == "attachment" else ("article",)
            found.append(Part(raw, owned, owners, only_known=self.taken == "language"))
        if parts.members is not None:
            found.append(Part(parts.members, whole))
        # The last that is applied: what the next file is held against is known once all of this one is there.
        return [*found, Part(parts.catalogue, "listed")]

    def _warnings(self, catalogue: Catalogue) -> list[str]:
        warnings = catalogue.units.warnings()
        if not self.header.complete and self.header.prev_version is None:
            warnings.append(
                "The file does not say after which update it comes (prev_version): its order is not checked."
            )
        if self.taken == "language":
            warnings.append(
                f"The catalogue is known in this version: only its texts in {', '.join(self.header.tags)} were taken."
            )
        return [*warnings, *(f"{what}: {count:,}." for what, count in sorted(catalogue.doubts.items()))]


_TAKEN_BY: Final[dict[str, Callable[[_Walk, XmlItem, _Parts, Catalogue], None]]] = {
    **dict.fromkeys(PRODUCTS, _Walk.product),
    **dict.fromkeys(_MEMBERS, _Walk.member),
    **dict.fromkeys(CLASSIFICATION_ITEMS, _Walk.classified),
    **dict.fromkeys(_GROUP_HEAD, _Walk.of_groups),
    **dict.fromkeys(_KEPT, _Walk.kept),
    _GROUP: _Walk.group,
}
