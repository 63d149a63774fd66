"""The outline of a file: what it says of itself and of its suppliers, and its products one after another.

Members of a JSON object have no order: what is said of a catalogue may stand behind its products. Where something that
matters for them does, the file is walked through a second time (:attr:`Outline.late`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from core.errors import DataError
from core.exchange.formats.contract import Facts
from core.exchange.formats.xchange.values import scalar, texts_of
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.exchange.formats.json_items import JsonStream
    from core.exchange.formats.xchange.values import Json

_MATTERS: Final = frozenset({"Language", "CurrencyCode", "CatalogueType", "CatalogueId"})
_MATTERS_OF_SUPPLIER: Final = frozenset({"SupplierName", "SupplierIdGln", "SupplierIdDuns"})
_KINDS: Final = {"FULL": "a complete catalogue", "CHANGE": "changes of a catalogue"}


@dataclass(slots=True)
class Outline:
    """What a file says beside its products, as far as it was read."""

    root: Json = field(default_factory=dict)
    """The members of the document but its suppliers."""
    suppliers: list[Json] = field(default_factory=list)
    """The members of each supplier but its products."""
    late: bool = False
    """Something that matters for products stood behind them."""

    def text(self, name: str) -> str:
        """Return a member of the document as text."""
        return scalar(self.root.get(name)) or ""

    @property
    def version(self) -> str:
        """The version of ETIM xChange; of 1.0 and 1.1, a file does not say which."""
        return self.text("SchemaVersion") or "1.x"

    @property
    def languages(self) -> list[str]:
        """In the order of the file."""
        return texts_of(self.root.get("Language"))

    @property
    def complete(self) -> bool | None:
        """Whether the file is the whole catalogue; None where it does not say."""
        return {"FULL": True, "CHANGE": False}.get(self.text("CatalogueType"))

    def supplier_key(self, number: int) -> str:
        """Return by what a supplier is told from others; suppliers are numbered from 1."""
        supplier = self.suppliers[number - 1]
        names = ("SupplierIdGln", "SupplierIdDuns", "SupplierName")
        return next((text for name in names if (text := scalar(supplier.get(name)))), "")

    def facts(self) -> Facts:
        """Return what is shown of the file."""
        first = self.suppliers[0] if self.suppliers else {}
        kind = _KINDS.get(self.text("CatalogueType"), self.text("CatalogueType"))
        more = {}
        if since := self.text("ChangeReferenceCatalogueVersion"):
            kind += f" since version {since}"
        if len(self.suppliers) > 1:
            more["suppliers"] = f"{len(self.suppliers):,}"
        if pool := self.text("DatapoolName"):
            more["data pool"] = pool
        return Facts(
            format="etim-xchange",
            title=f"ETIM xChange {self.version}",
            version=self.version,
            kind=kind,
            complete=self.complete,
            supplier=scalar(first.get("SupplierName")) or "",
            supplier_gln=scalar(first.get("SupplierIdGln")) or "",
            buyer=self.text("BuyerName"),
            buyer_gln=self.text("BuyerIdGln"),
            catalogue=self.text("CatalogueId"),
            catalogue_version=self.text("CatalogueVersion"),
            currency=self.text("CurrencyCode"),
            languages=tuple(self.languages),
            valid_from=self.text("CatalogueValidityStart"),
            valid_until=self.text("CatalogueValidityEnd"),
            made_at=self.text("GenerationDate"),
            more=more,
        )


@dataclass(frozen=True, slots=True)
class Met:
    """A product of a file."""

    product: Any
    number: int
    """Which of all products of the file it is, from 1."""
    supplier: int
    """Of which supplier, from 1."""
    line: int
    faults: tuple[str, ...]
    raw: str = ""
    """As it stands in the file, where that was wanted."""


def walk(stream: JsonStream, outline: Outline, name: str, *, raw: bool = False) -> Iterator[Met]:
    """Yield the products of a file, and fill its outline on the way.

    Raises:
        DataError: the file is broken, or is no catalogue of ETIM xChange.
    """
    if not stream.begins("{"):
        raise _no_catalogue(name, "it is no object")
    found = 0
    seen: set[str] = set()
    for key in stream.members():
        if key in seen:
            raise DataError(f"{name} says {clean(key, limit=60)} twice.", advice="Ask the sender for a correct file.")
        seen.add(key)
        if key == "Supplier" and stream.begins("["):
            for number in stream.elements():
                if not stream.begins("{"):
                    raise _no_catalogue(name, f"its supplier number {number:,} is no object")
                supplier: Json = {}
                if len(outline.suppliers) < number:
                    outline.suppliers.append(supplier)
                for met in _products(stream, outline, supplier, number, name, raw=raw):
                    found += 1
                    yield Met(met.product, found, number, met.line, met.faults, met.raw)
                outline.suppliers[number - 1] |= supplier
        else:
            outline.root[key] = _said(stream, key, name)
            outline.late |= found > 0 and key in _MATTERS
    if "Supplier" not in seen:
        raise _no_catalogue(name, "it names no supplier")
    stream.end()


def _products(
    stream: JsonStream, outline: Outline, supplier: Json, number: int, name: str, *, raw: bool
) -> Iterator[Met]:
    found = False
    for key in stream.members():
        if key == "Product" and stream.begins("["):
            for _ in stream.elements():
                found = True
                product = stream.value()
                yield Met(product, 0, number, stream.line, tuple(stream.faults), stream.raw if raw else "")
        elif key in supplier:
            raise DataError(
                f"{name} says {clean(key, limit=60)} twice of its supplier number {number:,}.",
                advice="Ask the sender for a correct file.",
            )
        else:
            supplier[key] = _said(stream, key, name)
            outline.late |= found and key in _MATTERS_OF_SUPPLIER


def _said(stream: JsonStream, key: str, name: str) -> Any:
    value = stream.value()
    if stream.faults:
        raise DataError(
            f"{clean(key, limit=60)} of {name}, at line {stream.line:,}, {stream.faults[0]}.",
            advice="Ask the sender for a correct file.",
        )
    return value


def _no_catalogue(name: str, why: str) -> DataError:
    return DataError(
        f"{name} is no catalogue of ETIM xChange: {why}.", advice="Look at what it is with pendel inspect."
    )
