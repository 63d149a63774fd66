"""The documents of a source: one XML file, or several in a zip file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from core.errors import DataError
from core.exchange.formats.unpacking import Member, is_zip, pack, unpack
from core.exchange.formats.xml_items import rewrite_items
from core.text import file_size

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from core.exchange.formats.contract import Reading

MEMBER_STEP: Final = 1 << 40
"""The items of the second document of a zip file begin here, and so on."""
LARGEST_MESSAGE: Final = 100_000_000
"""Bytes of a document that is taken as a whole."""


@dataclass(frozen=True, slots=True)
class Document:
    """One XML document."""

    member: Member
    number: int
    """From 0: where its items begin, in steps."""
    place: str = ""
    """Its name in the zip file."""

    @property
    def first_item(self) -> int:
        """What its items are counted on from."""
        return self.number * MEMBER_STEP

    def refuse_large(self, name: str) -> None:
        """Refuse a document that is larger than a message is ever meant to be. Raises DataError."""
        size = self.member.path.stat().st_size
        if size > LARGEST_MESSAGE:
            raise DataError(
                f"{self.place or name} has {file_size(size)}; a message of more than {file_size(LARGEST_MESSAGE)} is "
                "not read.",
                advice="Ask the sender for several smaller ones.",
            )


def documents(reading: Reading) -> list[Document]:
    """Return the documents of a source; those of a zip file are unpacked.

    Raises:
        DataError: there is none, or the zip file cannot be unpacked.
        EngineError: the source cannot be read, or the disk is full.
        StopRequested: a stop was asked for.
    """
    if not is_zip(reading.path):
        return [Document(Member(reading.name, reading.path, reading.path.stat().st_size), 0)]
    members = unpack(reading.path, reading.work_dir / "unpacked", name=reading.name, stop=reading.stop)
    found = [member for member in members if member.name.casefold().endswith(".xml")]
    if not found:
        raise DataError(f"{reading.name} has no XML file in it.", advice="Ask the sender what it is.")
    return [Document(member, number, member.name) for number, member in enumerate(found)]


def rewrite_documents(
    reading: Reading, items: Collection[int], target: Path, names: Callable[[Document], tuple[set[str], set[str]]]
) -> None:
    """Write a source with these of its items; ``names`` tells of a document what its items are, and which repeat."""
    found = documents(reading)
    written = []
    for document in found:
        first = document.first_item
        own = {item - first for item in items if first < item < first + MEMBER_STEP}
        path = target if not document.place else reading.work_dir / f"rejects-{document.number}"
        if own or not document.place:
            items_are, repeated = names(document)
            rewrite_items(document.member.path, items_are, own, path, repeated=repeated, stop=reading.stop)
            written.append(Member(document.member.name, path))
    if found[0].place:
        pack(target, written, stop=reading.stop)
