"""What a message is, without importing it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.exchange.formats.contract import Facts, Inspection
from core.exchange.formats.dico.fields import MESSAGES
from core.exchange.formats.dico.reading import NOT_VALIDATED, TITLES, MessageReader
from core.exchange.formats.dico.sources import documents
from core.exchange.formats.xml_items import count_items

if TYPE_CHECKING:
    from core.exchange.formats.contract import Reading
    from core.exchange.formats.dico.nodes import Profile

_READ = 2_000_000
"""Bytes that are read at once for a look; of what is larger, the lines are counted."""


def inspect_messages(reading: Reading, profile: Profile) -> Inspection:
    """Look at the messages of a source."""
    found = documents(reading)
    if sum(document.member.path.stat().st_size for document in found) > _READ:
        form, title, version = TITLES[profile]
        counts: dict[str, int] = {}
        for document in found:
            groups = {of.line_path.partition("/")[0]: of.line_entity for of in MESSAGES.values()}
            for name, count in count_items(document.member.path, groups)[0].items():
                counts[groups[name]] = counts.get(groups[name], 0) + count
        return Inspection(
            Facts(form, title, version, "messages", more={"checked": NOT_VALIDATED}),
            {name.replace("_", " "): f"{count:,}" for name, count in counts.items() if count},
        )
    reader = MessageReader(reading, profile)
    for document in found:
        reader.take(document)
    reader.parts()
    return Inspection(reader.facts(), reader.counts(), (*reader.problems[:10], *reader.warnings))
