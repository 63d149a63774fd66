"""DICO/INSBOU003 (GS1 Nederland, Ketenstandaard): order, order response, despatch advice and invoice, both ways.

As documented in public (:mod:`core.exchange.formats.dico.messages`); the official schemas are for members only.
Where the operator has them, an export is held against them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.exchange.formats.contract import Content, IndustryFormat, Inspection
from core.exchange.formats.dico.fields import MESSAGES
from core.exchange.formats.dico.looking import inspect_messages
from core.exchange.formats.dico.reading import MessageReader
from core.exchange.formats.dico.sources import documents, rewrite_documents
from core.exchange.formats.dico.writing import write_messages

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from core.exchange.formats.contract import Reading, Writing, Written


def read(reading: Reading) -> Content:
    """Read a message, or those of a zip file."""
    reader = MessageReader(reading, "insbou")
    for document in documents(reading):
        reader.take(document)
    parts = reader.parts()
    return Content(reader.facts(), parts, reader.warnings)


def inspect(reading: Reading) -> Inspection:
    """Look at a message."""
    return inspect_messages(reading, "insbou")


def rewrite_rejects(reading: Reading, items: Collection[int], target: Path) -> None:
    """Write the messages with these of their lines only."""
    lines = {of.line_path.partition("/")[0] for of in MESSAGES.values()}
    rewrite_documents(reading, items, target, lambda _: (lines, lines))


def write(writing: Writing) -> Written:
    """Write messages; what was not validated is said."""
    written = write_messages(writing, "insbou")
    writing.warn("messages were made by what is documented in public: the schema of INSBOU003 is for members only")
    return written


FORMAT = IndustryFormat(
    "dico-insbou",
    "DICO/INSBOU003",
    inspect=inspect,
    read=read,
    rewrite_rejects=rewrite_rejects,
    write=write,
    unpacks=False,
    records={"OrderLine": "LineNumber", "OrderResponseLine": "LineNumber", "InvoiceLine": "LineNumber"},
)
