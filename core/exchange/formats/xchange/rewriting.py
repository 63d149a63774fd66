"""A file with some of another's products: for rejects, so that they can be mended and imported again.

It calls itself changes of the version that the other one was: what it does not have is not to be archived.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from core.exchange.formats.json_items import JsonStream
from core.exchange.formats.xchange.document import Outline, walk
from core.exchange.formats.xchange.values import scalar
from core.exchange.sql_errors import disk_errors
from core.text import clean

if TYPE_CHECKING:
    from pathlib import Path

    from core.exchange.formats.contract import Reading
    from core.exchange.formats.xchange.values import Json

_UTF8: Final = "utf-8"
_KEPT: Final = "surrogateescape"
"""Bytes that are no UTF-8 are written as they were read."""


def rewrite(reading: Reading, keep: set[int], target: Path) -> None:
    """Write the products of these numbers as they stand, and what is said beside them."""
    outline = Outline()
    products = target.with_name(f"{target.name}-products")
    counts: dict[int, list[int]] = {}
    with disk_errors(f"{clean(target.name)} cannot be written"):
        with (
            JsonStream(reading.path, name=reading.name, stop=reading.stop) as stream,
            products.open("wb") as kept,
        ):
            for met in walk(stream, outline, reading.name, raw=True):
                if met.number in keep:
                    counts.setdefault(met.supplier, []).append(kept.write(met.raw.encode(_UTF8, _KEPT)))
        with products.open("rb") as kept, target.open("wb") as out:
            out.write(_opened(_as_changes(outline.root)) + b'"Supplier": [')
            for place, (number, sizes) in enumerate(counts.items()):
                out.write((b", " if place else b"") + _opened(outline.suppliers[number - 1]) + b'"Product": [\n')
                for each, size in enumerate(sizes):
                    out.write((b",\n" if each else b"") + kept.read(size))
                out.write(b"\n]}")
            out.write(b"]}\n")
        products.unlink()


def _as_changes(root: Json) -> Json:
    changed = {**root, "CatalogueType": "CHANGE"}
    if (version := scalar(root.get("CatalogueVersion"))) and root.get("CatalogueType") != "CHANGE":
        changed["ChangeReferenceCatalogueVersion"] = version
    return changed


def _opened(members: Json) -> bytes:
    """Return the beginning of an object with these members, to which more can be added."""
    text = json.dumps(members, ensure_ascii=False, indent=1)
    return (text.removesuffix("}").rstrip() + (",\n" if members else "")).encode(_UTF8, _KEPT)
