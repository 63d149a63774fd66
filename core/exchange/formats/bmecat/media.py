"""Files that belong to an article: MIME of BMEcat, and UDX.EDXF.MIME of the ETIM guideline."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Final

from core.exchange.formats.bmecat.names import ByTag
from core.exchange.formats.bmecat.texts import date, number, text

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.etree import _Element as Element

    from core.exchange.formats.bmecat.gathered import Catalogue, Gathered
    from core.exchange.formats.bmecat.texts import Values

MEDIA_FIELDS: Final = (
    "entity",
    "record",
    "file",
    "type",
    "purpose",
    "language",
    "file_name",
    "issued_on",
    "expires_on",
    "sort_order",
    "media_type",
    "source",
)  # fmt: skip
UDX: Final = "UDX.EDXF."
_SOURCES: Final = ("MIME_SOURCE", f"{UDX}MIME_SOURCE")
_PLAIN: Final[ByTag[tuple[str, Callable[[str], str]]]] = ByTag({
    "MIME_TYPE": ("media_type", str),
    "MIME_PURPOSE": ("purpose", str),
    "MIME_CODE": ("type", str),
    "MIME_ORDER": ("sort_order", number),
    "MIME_FILENAME": ("file_name", str),
    "MIME_ISSUE_DATE": ("issued_on", date),
    "MIME_EXPIRY_DATE": ("expires_on", date),
}, prefix=UDX)  # fmt: skip
_WORDS: Final = ByTag(
    {"MIME_DESCR": "description", "MIME_DESIGNATION": "description", "MIME_ALT": "alternative_text"}, prefix=UDX
)

_PATHS: Final = {
    "MIME_INFO": ("MIME_INFO",),
    f"{UDX}MIME_INFO": ("USER_DEFINED_EXTENSIONS", f"{UDX}MIME_INFO"),
}


def read_media(info: Element, catalogue: Catalogue, gathered: Gathered) -> None:
    """Gather the files of one MIME_INFO."""
    path = _PATHS.get(catalogue.names[info.tag], ())
    for element in info:
        if catalogue.names[element.tag] in ("MIME", "UDX.EDXF.MIME"):
            _file(element, catalogue, gathered, path)
        else:
            gathered.rest.add(element, *path)


def _file(element: Element, catalogue: Catalogue, gathered: Gathered, path: tuple[str, ...]) -> None:
    values: Values = {"entity": "article"}
    sources: list[tuple[str | None, str]] = []
    for child in element:
        tag = child.tag
        if known := _PLAIN[tag]:
            values.setdefault(known[0], known[1](text(child)))
        elif field := _WORDS[tag]:
            catalogue.texts.put(values, field, child)
        elif catalogue.names[tag] in _SOURCES and (written := text(child)):
            sources.append((child.get("lang"), written))
    line = element.sourceline or 0
    if sources and all(source in gathered.files for _, source in sources):
        # The key of an attachment is its file: what else is said of the same one is kept as it is.
        gathered.rest.add(element, *path)
        return
    gathered.files.update(source for _, source in sources)
    if not sources:
        gathered.rejected.append(("attachment", "says no file", "MIME_SOURCE", "", line))
    for language, source in sources:
        each = {**values, "file": source, "source": _address(catalogue.header.media_root, source)}
        if language is not None:
            each["language"] = catalogue.texts.tag(language)
        gathered.add("attachment", each, line)


def _address(root: str, source: str) -> str:
    if not root or "://" in source or source.startswith(("/", "\\")):
        return source
    return posixpath.join(root, source)
