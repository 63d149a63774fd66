"""What a file says of itself and of its suppliers: as the layout has it, or else as the records were read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from core.errors import DataError
from core.exchange.codes import Unfit
from core.exchange.codes.languages import fitting, with_region
from core.exchange.formats.xchange.names import CATALOGUE
from core.exchange.formats.xchange.shapes import Misfit, Shape, document, shape_at
from core.exchange.formats.xchange.values import Json, loaded
from core.text import clean, listed

if TYPE_CHECKING:
    from core.config.industry import XchangeHeader
    from core.exchange.formats.contract import Row, Writing
    from core.exchange.formats.xchange.making import Maker

VERSION: Final = "2.0"


@dataclass(slots=True)
class Suppliers:
    """The suppliers of a file, by the number in which they stand in it, from 0."""

    known: dict[str, Row]
    """What the catalogue knows of them, by their key."""
    settings: XchangeHeader
    found: list[tuple[str, str]] = field(default_factory=list)
    """Name and GLN."""

    def number(self, name: str, gln: str) -> int:
        """Return the number of a supplier; what the layout says is that of all records.

        Raises:
            DataError: nobody says who it is.
        """
        if self.settings.supplier:
            name, gln = self.settings.supplier, self.settings.supplier_gln
        elif not name and len(self.known) == 1:
            (row,) = self.known.values()
            name, gln = row.get("supplier_name", ""), row.get("supplier_gln", "")
        if not name:
            raise DataError(
                "A catalogue needs the name of its supplier, and neither the layout nor the records have it.",
                advice="Set supplier in the header of the layout.",
            )
        if (name, gln) not in self.found:
            self.found.append((name, gln))
        return self.found.index((name, gln))

    def of_key(self, key: str) -> int:
        """Return the number of a supplier by its key; of any where it is not known."""
        row = self.known.get(key) or next(iter(self.known.values()), {})
        return self.number(row.get("supplier_name", ""), row.get("supplier_gln", ""))

    def members(self, number: int, maker: Maker) -> Json:
        """Return what is said of a supplier.

        Raises:
            DataError: the standard does not allow it.
        """
        name, gln = self.found[number]
        row = self.known.get(gln) or next(
            (each for each in self.known.values() if each.get("supplier_name") == name), {}
        )
        own = {} if self.settings.supplier else row
        kept = loaded(own.get("extension", "")).get("Supplier") or {}
        value = {
            **kept,
            "SupplierName": name,
            "SupplierIdGln": gln or None,
            "SupplierIdDuns": own.get("supplier_duns"),
        }
        try:
            return maker.fitted(value, _without(shape_at("Supplier"), "Product"), kept)
        except Misfit as misfit:
            raise _unfit("supplier", misfit) from misfit


def known_catalogues(writing: Writing, settings: XchangeHeader) -> dict[str, Row]:
    """Return what the assortment knows of the catalogue that is written, by its suppliers.

    Raises:
        DataError: it has several, and the layout does not say which is meant.
    """
    rows = [item.row for item in writing.items("supplier_catalogue", everything=True) if item.change != "deleted"]
    if settings.catalogue:
        rows = [row for row in rows if row["catalogue"] == settings.catalogue]
    names = list(dict.fromkeys(row["catalogue"] for row in rows))
    if len(names) > 1:
        raise DataError(
            f"The records are of {len(names)} catalogues, and a file has one: "
            f"{listed([clean(name, limit=20) for name in names[:5]], last='and')}.",
            advice="Export an assortment that has one, or set catalogue in the header of the layout.",
        )
    return {row["supplier"]: row for row in rows}


def languages_of(writing: Writing, known: dict[str, Row]) -> list[tuple[str, str]]:
    """Return the languages that are written, as ours and with a region; that with which the catalogue came, if any."""
    came = [code for row in known.values() for code in row.get("languages", "").split("\n") if code]
    found: list[tuple[str, str]] = []
    for language in writing.languages:
        try:
            code = with_region(next((each for each in came if fitting(each, [language])), language))
        except Unfit:
            writing.warn(f"texts in {clean(language, limit=20)} were left out, for it is no language of a country")
            continue
        if code not in (each for _, each in found):
            found.append((language, code))
    return found


def header(maker: Maker, known: dict[str, Row], settings: XchangeHeader) -> Json:
    """Return the members of the document but its suppliers.

    Raises:
        DataError: the standard wants what neither the layout nor the records have, or does not allow what they have.
    """
    writing = maker.writing
    row = next(iter(known.values()), {})
    kept = loaded(row.get("extension", "")).get("Catalogue") or {}
    shape = document()
    value: Json = {**kept, **maker.members(row, CATALOGUE, shape), "SchemaVersion": VERSION}
    value["GenerationDate"] = f"{writing.made_at:%Y-%m-%d}"
    value.setdefault("CatalogueValidityStart", value["GenerationDate"])
    value["CatalogueName"] = maker.words(row, "name", "CatalogueName")
    value["Country"] = [each for each in row.get("territories", "").split("\n") if each]
    value["Language"] = [code for _, code in maker.languages]
    value["CurrencyCode"] = maker.currency or value.get("CurrencyCode")
    if settings.catalogue:
        value["CatalogueId"] = settings.catalogue
    if settings.name and maker.languages:
        value["CatalogueName"] = [{"Language": maker.languages[0][1], "CatalogueName": settings.name}]
    if settings.buyer or settings.buyer_gln:
        value["BuyerIdDuns"] = None
        value["BuyerName"], value["BuyerIdGln"] = settings.buyer or None, settings.buyer_gln or None
    base = settings.catalogue_version or row.get("version") or "1"
    value["CatalogueType"], value["CatalogueVersion"] = "FULL", base
    if writing.changes_only:
        # The first file of changes builds on the complete one, each other on the one before it.
        number = max(writing.sequence - 1, 1)
        value["CatalogueType"], value["CatalogueVersion"] = "CHANGE", f"{base}.{number}"
        value["ChangeReferenceCatalogueVersion"] = f"{base}.{number - 1}" if number > 1 else base
    if not value.get("CatalogueId"):
        raise DataError(
            "A catalogue needs an id, and neither the layout nor the records have one.",
            advice="Set catalogue in the header of the layout.",
        )
    try:
        return maker.fitted(value, _without(shape, "Supplier"), kept)
    except Misfit as misfit:
        raise _unfit("catalogue", misfit) from misfit


def _without(shape: Shape, name: str) -> Shape:
    members = {each: found for each, found in shape.members.items() if each != name}
    return Shape("object", members, shape.mandatory - {name})


def _unfit(what: str, misfit: Misfit) -> DataError:
    place = "/".join(str(step) for step in misfit.path)
    value = f", {clean(misfit.value, limit=60)}," if isinstance(misfit.value, str) and misfit.value else ""
    return DataError(
        f"The {what} cannot be written: {place or 'it'}{value} {misfit.reason}.",
        advice="Look at the header of the layout.",
    )
