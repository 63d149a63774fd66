"""Files that belong to an article: MIME of BMEcat, and UDX.EDXF.MIME of the ETIM guideline."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Final

from core.exchange.formats.bmecat.extension import Rest
from core.exchange.formats.bmecat.texts import date, number, text

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

    from core.exchange.formats.bmecat.gathered import Catalogue, Gathered
    from core.exchange.formats.bmecat.texts import Values

MEDIA_FIELDS: Final = (
    "entity record file type purpose language file_name issued_on expires_on sort_order media_type source"
).split()
_PLAIN: Final = {
    "MIME_TYPE": "media_type",
    "MIME_PURPOSE": "purpose",
    "UDX.EDXF.MIME_CODE": "type",
}
_WORDS: Final = {
    "MIME_DESCR": "description",
    "MIME_ALT": "alternative_text",
    "UDX.EDXF.MIME_DESIGNATION": "description",
    "UDX.EDXF.MIME_ALT": "alternative_text",
}
_DATES: Final = {"UDX.EDXF.MIME_ISSUE_DATE": "issued_on", "UDX.EDXF.MIME_EXPIRY_DATE": "expires_on"}


def read_media(info: Element, catalogue: Catalogue, gathered: Gathered) -> None:
    """Gather the files of one MIME_INFO."""
    for element in info:
        if catalogue.names[element.tag] in ("MIME", "UDX.EDXF.MIME"):
            _file(element, catalogue, gathered)
        else:
            gathered.rest.add(element, catalogue.names[info.tag])


def _file(element: Element, catalogue: Catalogue, gathered: Gathered) -> None:
    names = catalogue.names
    values: Values = {"entity": "article"}
    sources: list[tuple[str | None, str]] = []
    for child in element:
        name = names[child.tag]
        if name in ("MIME_SOURCE", "UDX.EDXF.MIME_SOURCE"):
            if written := text(child):
                sources.append((child.get("lang"), written))
        elif field := _PLAIN.get(name):
            values[field] = text(child)
        elif field := _WORDS.get(name):
            catalogue.texts.put(values, field, child)
        elif name in ("MIME_ORDER", "UDX.EDXF.MIME_ORDER"):
            values["sort_order"] = number(text(child))
        elif field := _DATES.get(name):
            values[field] = date(text(child))
        elif name == "UDX.EDXF.MIME_FILENAME":
            values.setdefault("file_name", text(child))
    line = element.sourceline or 0
    if not sources:
        gathered.rejected.append(("attachment", "says no file", "MIME_SOURCE", "", line))
        return
    for language, source in sources:
        each = dict(values)
        each["file"] = source
        each["source"] = _address(catalogue.header.media_root, source)
        if language is not None:
            each["language"] = catalogue.texts.tag(language)
        gathered.add("attachment", each, line)


def _address(root: str, source: str) -> str:
    if not root or "://" in source or source.startswith(("/", "\\")):
        return source
    return posixpath.join(root, source)


def without_repeated(files: list[tuple[Values, int]], catalogue: Catalogue) -> list[tuple[Values, int]]:
    """Return the files, each once: an article that names one twice has it once."""
    found = {values["file"]: (values, line) for values, line in reversed(files)}
    if len(found) < len(files):
        catalogue.doubts["files are named twice by an article, and kept once"] += len(files) - len(found)
        return list(reversed(found.values()))
    return files
