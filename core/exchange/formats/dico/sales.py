"""DICO/SALES005 (Ketenstandaard): price catalogues, and orders, answers to them, despatch advices and invoices.

Only code lists and one other message are published. The price catalogue goes by the paths that are known of it; the
others are an unverified profile of the messages of INSBOU003, with the names that are known to have changed. To write
these has to be allowed in the layout.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.errors import DataError
from core.exchange.formats.contract import Content, IndustryFormat, Inspection
from core.exchange.formats.dico.catalogue import LINE, NAMES, ROOT, CatalogueReader
from core.exchange.formats.dico.catalogue_writing import write_catalogue
from core.exchange.formats.dico.fields import MESSAGES
from core.exchange.formats.dico.looking import inspect_messages
from core.exchange.formats.dico.reading import MessageReader
from core.exchange.formats.dico.sources import documents, rewrite_documents
from core.exchange.formats.dico.writing import write_messages
from core.exchange.formats.xml_items import count_items, xml_items

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from core.config.industry import SalesHeader
    from core.exchange.formats.contract import Reading, Writing, Written
    from core.exchange.formats.dico.sources import Document

_LOOKED_AT = 200


def _is_catalogue(reading: Reading, document: Document) -> bool:
    """Whether a document is a price catalogue, not one of the other messages. Raises DataError for anything else."""
    name = document.place or reading.name
    for item in xml_items(document.member.path, (), openings=(ROOT, *MESSAGES), name=name, stop=reading.stop):
        return item.name == ROOT
    raise DataError(
        f"{name} is no message of DICO/SALES005 that is read: it has none of {', '.join((ROOT, *MESSAGES))}.",
        advice="Look at what it is with pendel inspect.",
    )


def read(reading: Reading) -> Content:
    """Read a price catalogue, or messages of the order family."""
    found = documents(reading)
    kinds = {_is_catalogue(reading, document) for document in found}
    if len(kinds) > 1:
        raise DataError(
            f"{reading.name} has price catalogues and other messages in it.", advice="Send them in files of their own."
        )
    reader = CatalogueReader(reading) if kinds == {True} else MessageReader(reading, "sales")
    for document in found:
        reader.take(document)
    parts = reader.parts()
    facts = reader.head.facts() if isinstance(reader, CatalogueReader) else reader.facts()
    return Content(facts, parts, reader.warnings)


def inspect(reading: Reading) -> Inspection:
    """Look at a price catalogue or a message."""
    found = documents(reading)
    if not _is_catalogue(reading, found[0]):
        return inspect_messages(reading, "sales")
    reader = CatalogueReader(reading, most=_LOOKED_AT)
    reader.take(found[0])
    reader.parts()
    counts, exact = count_items(found[0].member.path, (LINE,))
    return Inspection(
        reader.head.facts(),
        {"articles": f"{'' if exact else 'about '}{counts[LINE]:,}"},
        (*reader.problems[:10], *reader.warnings),
    )


def rewrite_rejects(reading: Reading, items: Collection[int], target: Path) -> None:
    """Write the source with these articles, or lines, only."""
    lines = {of.line_path.partition("/")[0] for of in MESSAGES.values()}

    def names(document: Document) -> tuple[set[str], set[str]]:
        return (set(NAMES), {LINE}) if _is_catalogue(reading, document) else (lines, lines)

    rewrite_documents(reading, items, target, names)


def write(writing: Writing) -> Written:
    """Write a price catalogue of articles, or messages by the unverified profile.

    Raises:
        DataError: the header lacks what it needs, or the layout does not allow the unverified profile.
    """
    settings: SalesHeader = writing.settings
    if writing.entity == "article":
        written = write_catalogue(writing)
        writing.warn("the catalogue was not validated: the schema of SALES005 is for members only")
        return written
    if not settings.unverified:
        raise DataError(
            "How orders and invoices look in SALES005 is not published, and what Pendel would write is not verified.",
            advice="Set unverified = true in the header of the layout if the receiver has agreed to try it.",
        )
    if not settings.namespace:
        raise DataError(
            "The namespace of this message in SALES005 is not published.",
            advice="Ask the receiver for it, and set namespace in the header of the layout.",
        )
    written = write_messages(writing, "sales", settings.namespace)
    writing.warn("messages were not validated: they follow an unverified profile of SALES005")
    return written


FORMAT = IndustryFormat(
    "dico-sales",
    "DICO/SALES005",
    inspect=inspect,
    read=read,
    rewrite_rejects=rewrite_rejects,
    write=write,
    unpacks=False,
    tells_deleted=True,
    records={"TradeItemLine": "SuppliersTradeItemId", "InvoiceLine": "LineNumber", "OrderLine": "LineNumber"},
)
