"""docs/connectors.md tells what the definitions that ship read and write: as they do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from core.links.loading import ready
from core.links.ready import ready_names

if TYPE_CHECKING:
    from core.links.model.resources import Resource

DOCS = Path(__file__).parents[3] / "docs" / "connectors.md"
BUSINESS = ("exact-online", "exact-globe", "accountview", "buchhaltungsbutler", "superoffice")


def told(resource: Resource | None) -> str:
    """What can be done, in a cell of the table."""
    if resource is None:
        return ""
    told = resource.incremental is not None and resource.incremental.kind != "compare_all"
    words = ["changes" if told else "all"]
    if resource.parameters:
        words = [f"by {', '.join(resource.parameters)}"]
    if resource.lines is not None and resource.lines.read is not None:
        words.append("lines")
    if resource.write is not None:
        words += ["**create**"] if resource.write.create else []
        words += ["**update**"] if resource.write.update else []
    return ", ".join(words)


def overview() -> str:
    """The table of what the business systems have, and the list of what the others have."""
    systems = [ready(name) for name in BUSINESS]
    names = dict.fromkeys(each for system in systems for each in system.resources)
    rows = [["", *(system.name for system in systems)], ["---"] * (len(systems) + 1)]
    rows += [[f"`{name}`", *(told(system.resources.get(name)) for system in systems)] for name in names]
    lines = [f"| {' | '.join(row)} |" for row in rows]
    for name in ready_names():
        if name not in BUSINESS:
            resources = ", ".join(f"`{each}` ({told(resource)})" for each, resource in ready(name).resources.items())
            lines += ["", f"**{ready(name).name}**: {resources}."]
    return "\n".join(lines)


def test_the_table_says_what_the_definitions_do() -> None:
    assert overview() in DOCS.read_text(encoding="utf-8"), f"write this into {DOCS}:\n\n{overview()}"


def test_all_that_ship_are_named() -> None:
    text = DOCS.read_text(encoding="utf-8")
    assert [name for name in ready_names() if f"`{name}`" not in text] == []
