"""A catalogue of ETIM xChange that Pendel made of what it fetched from the Product Data API.

What was fetched since a moment has of each product and trade item only the sections that changed, so that a record goes
on from what the catalogue has of it, and nothing that is not in the file is archived. What was fetched as a whole is
read as any complete catalogue.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.exchange.formats.contract import IndustryFormat
from core.exchange.formats.xchange.document import Outline
from core.exchange.formats.xchange.reading import CatalogueReader, rewrite_rejects
from core.exchange.formats.xchange.values import dumped, loaded

if TYPE_CHECKING:
    from core.exchange.formats.contract import Content, Reading, Scope
    from core.exchange.formats.xchange.products import Record

_COMPLETED = ("product", "article")


def read(reading: Reading) -> Content:
    """Read what was fetched.

    Raises:
        DataError, EngineError, StopRequested: as :func:`core.exchange.formats.xchange.reading.read`.
    """
    reader = _Reader(reading, Outline())
    reader.read()
    return reader.content()


class _Reader(CatalogueReader):
    def complete(self, record: Record) -> None:
        values = record.values
        if record.entity in ("price", "surcharge"):
            # The API says the currency of each price, a file of xChange that of all.
            extension = loaded(values.get("extension", ""))
            if isinstance(currency := extension.pop("CurrencyCode", None), str):
                values["currency"] = currency
                values["extension"] = dumped(extension)
        if self._outline.complete is not False or record.entity not in _COMPLETED or record.fault:
            return
        known = self._reading.known(record.entity, {"number": values["number"]})
        if known is None:
            return
        if record.entity == "article" and values.get("manufacturer_number") == values.get("product"):
            # It stands for a number that was not said.
            del values["manufacturer_number"]
        said = {name: value for name, value in values.items() if value}
        said["extension"] = dumped(loaded(known.get("extension", "")) | loaded(values.get("extension", "")))
        record.values = {**known, **said}

    def add_catalogues(self) -> None:
        # Changes say nothing of the catalogue as a whole.
        if self._outline.complete is not False:
            super().add_catalogues()

    def scope_of(self, entity: str, *, complete: bool) -> Scope:
        return super().scope_of(entity, complete=True) if complete else "listed"

    def warnings(self) -> list[str]:
        # Of changes since a version nothing is to be said: a moment is what they are since.
        return [each for each in super().warnings() if " of which version " not in each]


FETCHED = IndustryFormat("etim-xchange", "Product Data API", read=read, rewrite_rejects=rewrite_rejects, unpacks=False)
"""No format that anybody sends: an import reads with it what was fetched."""
