"""The rejected articles of a catalogue as a file of its own, which is mended and imported as an update."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from core.exchange.formats.bmecat.reading import ITEMS, PRODUCTS
from core.exchange.formats.xml_items import rewrite_items
from core.exchange.sql_errors import disk_errors
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from core.exchange.formats.contract import Reading

_OPENING: Final = re.compile(rb"<((?:[\w.-]+:)?)T_(?:NEW_CATALOG|NEW_PRODUCTDATA|UPDATE_PRODUCTS)(?:\s[^<>]*)?>")
_CLOSING: Final = re.compile(rb"</((?:[\w.-]+:)?)T_(?:NEW_CATALOG|NEW_PRODUCTDATA)>")
_PRICES: Final = re.compile(rb"<((?:[\w.-]+:)?T_UPDATE_PRICES)(?:\s[^<>]*)?>")
_PIECE: Final = 1 << 20
_LONGEST_TAG: Final = 1 << 12


def rewrite_rejects(reading: Reading, items: Collection[int], target: Path) -> None:
    """Write the articles of these numbers, with the header and the groups, byte for byte.

    The transaction becomes an update without a number (``prev_version``): a new catalogue that has only these articles
    would archive all others, and the version it names is known by now.
    """
    whole = target.with_name(f"{target.name}.whole")
    rewrite_items(reading.path, ITEMS, items, whole, repeated=PRODUCTS, stop=reading.stop)
    with disk_errors(f"{clean(target.name)} cannot be written"), whole.open("rb") as source, target.open("wb") as out:
        rest = b""
        while data := source.read(_PIECE):
            text = _as_update(rest + data)
            # A tag may go on in the next piece.
            cut = text.rfind(b"<", max(0, len(text) - _LONGEST_TAG))
            cut = len(text) if cut < 0 or b">" in text[cut:] else cut
            out.write(text[:cut])
            rest = text[cut:]
        out.write(_as_update(rest))
    whole.unlink()


def _as_update(text: bytes) -> bytes:
    text = _OPENING.sub(rb"<\1T_UPDATE_PRODUCTS>", text)
    text = _PRICES.sub(rb"<\1>", text)
    return _CLOSING.sub(rb"</\1T_UPDATE_PRODUCTS>", text)
