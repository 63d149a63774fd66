"""The schema files that feed layouts name, with the schemas that these include."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlparse

from core.config.model import placed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.config.model import Config

_XSD = "{http://www.w3.org/2001/XMLSchema}"


def schema_files(config: Config) -> tuple[Path, ...]:
    """Return those that are there, by their paths: what layouts name, and what that includes from beside it."""
    named = [
        placed(config.base_dir, layout.schema_file)
        for layout in config.layouts.values()
        if layout.direction == "feed" and layout.schema_file
    ]
    found: dict[Path, None] = {}
    waiting = [Path(os.path.normpath(path)) for path in named]
    while waiting:
        path = waiting.pop(0)
        if path not in found and path.is_file():
            found[path] = None
            waiting.extend(_included(path))
    return tuple(found)


def _included(path: Path) -> Iterator[Path]:
    """Yield what an XSD takes in (XML Schema 1.0 part 1, 4.2); nothing of what is no XML."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.parse(path, parser).getroot()
    except (OSError, etree.LxmlError):
        return
    for element in root.iter(f"{_XSD}include", f"{_XSD}import", f"{_XSD}redefine"):
        address = urlparse(element.get("schemaLocation", ""))
        if address.path and address.scheme in ("", "file"):
            yield Path(os.path.normpath(path.parent / unquote(address.path)))
