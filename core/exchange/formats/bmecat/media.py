"""Files that belong to an article: MIME of BMEcat, and UDX.EDXF.MIME of the ETIM guideline."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Final

from core.exchange.formats.bmecat.extension import Rest, attributes_only
from core.exchange.formats.bmecat.names import ByTag
from core.exchange.formats.bmecat.texts import date, language_of, number, text

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
    "extension",
)  # fmt: skip
UDX: Final = "UDX.EDXF."
_SOURCES: Final = ("MIME_SOURCE", f"{UDX}MIME_SOURCE")
_FILE_NAME: Final = f"{UDX}MIME_FILENAME"
_PLAIN: Final[ByTag[tuple[str, Callable[[str], str]]]] = ByTag({
    "MIME_TYPE": ("media_type", str),
    "MIME_PURPOSE": ("purpose", str),
    "MIME_CODE": ("type", str),
    "MIME_ORDER": ("sort_order", number),
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
    rest = Rest()
    sources: list[Element] = []
    names: dict[str | None, Element] = {}
    for child in element:
        tag = child.tag
        if known := _PLAIN[tag]:
            values.setdefault(known[0], known[1](text(child)))
        elif field := _WORDS[tag]:
            rest.add_xml(catalogue.texts.put(values, field, child))
        elif catalogue.names[tag] in _SOURCES and text(child):
            sources.append(child)
        elif catalogue.names[tag] == _FILE_NAME and text(child):
            names.setdefault(language_of(child), child)
        else:
            rest.add(child)
    line = element.sourceline or 0
    if sources and all(text(source) in gathered.files for source in sources):
        # The key of an attachment is its file: what else is said of the same one is kept as it is.
        gathered.rest.add(element, *path)
        return
    gathered.files.update(map(text, sources))
    if not sources:
        gathered.rejected.append(("attachment", "says no file", "MIME_SOURCE", "", line))
    extension = rest.text()
    for source in sources:
        gathered.add("attachment", values | _source(source, names, extension, catalogue), line)


def _source(element: Element, names: dict[str | None, Element], extension: str, catalogue: Catalogue) -> Values:
    """Return what is of one of the files: there may be one in each language."""
    header, source, language = catalogue.header, text(element), language_of(element)
    tag = catalogue.texts.tag(language)
    values = {"file": source, "source": _address(header.media_roots.get(tag, header.media_root), source)}
    if language is not None:
        values["language"] = tag
    if element.get("locale"):
        extension += attributes_only(element)
    name = next((names[each] for each in (language, None, *names) if each in names), None)
    if name is not None:
        values["file_name"] = text(name)
        extension += attributes_only(name) if name.keys() else ""
    values["extension"] = extension
    return values


def _address(root: str, source: str) -> str:
    if not root or "://" in source or source.startswith(("/", "\\")):
        return source
    return posixpath.join(root, source)
