"""Whether a catalogue may be taken in: what came before it decides (BMEcat 1.2 specification, chapter on transactions).

A catalogue is known by supplier and id. A new version of it takes the place of the one before; the same version in
another language adds that language; an update builds on one version and on all updates of it so far, of which
``prev_version`` is the number, from 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from core.errors import DataError
from core.text import clean, counted

if TYPE_CHECKING:
    from core.exchange.formats.bmecat.header import Header
    from core.exchange.formats.contract import Reading, Row

Taking = Literal["all", "language", "update"]
"""What is taken of a catalogue: everything, only its texts, or what it changes."""

NO_NAME: Final = "-"
"""The id of a catalogue that has none, or the supplier without a name: a key needs one."""


def key_of(header: Header) -> tuple[str, str]:
    """Return supplier and catalogue, by which a catalogue is known."""
    return header.supplier.key or NO_NAME, header.catalogue or NO_NAME


def taking(header: Header, reading: Reading) -> Taking:
    """Return what is to be taken of a catalogue.

    Raises:
        DataError: it was imported already, or what it builds on was not.
    """
    supplier, catalogue = key_of(header)
    known = reading.known("supplier_catalogue", {"supplier": supplier, "catalogue": catalogue})
    if header.complete:
        return _complete(header, reading.name, known)
    _update(header, reading.name, known)
    return "update"


def _complete(header: Header, name: str, known: Row | None) -> Taking:
    if known is None or known.get("version", "") != header.catalogue_version:
        return "all"
    had = set(known.get("languages", "").split("\n"))
    if not had.issuperset(header.tags):
        return "language"
    raise DataError(
        f"{name} is {_called(header)} in {_languages(header)}, which was imported already; nothing was changed.",
        advice="A catalogue that has changed needs a new CATALOG_VERSION: ask the sender for it. What was rejected the "
        "first time is in the file of rejects, which can be mended and imported.",
    )


def _update(header: Header, name: str, known: Row | None) -> None:
    if known is None or known.get("version", "") != header.catalogue_version:
        there = f"; there is version {clean(known.get('version', ''), limit=40) or '(none)'}" if known else ""
        raise DataError(
            f"{name} changes {_called(header)}, which was never imported{there}. Nothing was changed.",
            advice="Import the complete catalogue (T_NEW_CATALOG) of this version first.",
        )
    if header.prev_version is None:
        return
    expected = int(known.get("prev_version") or 0)
    if header.prev_version < expected:
        raise DataError(
            f"{name} is update {header.prev_version} of {_called(header)}, which was imported already: "
            f"{expected} is the next. Nothing was changed.",
            advice="Remove the file.",
        )
    if header.prev_version > expected:
        missing = header.prev_version - expected
        numbers = f"{expected} to {header.prev_version - 1}" if missing > 1 else str(expected)
        raise DataError(
            f"{name} is update {header.prev_version} of {_called(header)}, but "
            f"{counted(missing, 'update')} before it {'was' if missing == 1 else 'were'} never imported: {numbers}. "
            "Nothing was changed.",
            advice="Import the missing files first, in their order, or a new complete catalogue.",
        )


def catalogue_record(header: Header, taken: Taking, known: Row | None) -> dict[str, str]:
    """Return what is kept of a catalogue, so that the next file can be held against it."""
    supplier, catalogue = key_of(header)
    languages = header.tags
    updates = 0
    if taken != "all" and known is not None:
        languages = list(dict.fromkeys([*known.get("languages", "").split("\n"), *languages]))
        updates = int(known.get("prev_version") or 0)
    if taken == "update" and header.prev_version is not None:
        updates = header.prev_version + 1
    return {
        "supplier": supplier,
        "catalogue": catalogue,
        "version": header.catalogue_version,
        "prev_version": str(updates),
        "languages": "\n".join(each for each in languages if each),
        "default_language": header.tags[0] if header.tags else "",
        "currency": header.currency,
        "territories": "\n".join(header.territories),
        "generated_on": header.generated_on,
        "valid_from": header.valid_from,
        "valid_until": header.valid_until,
        "supplier_name": header.supplier.name,
        "supplier_gln": header.supplier.gln,
        "supplier_duns": header.supplier.duns,
        "supplier_number": header.supplier.number,
        "buyer_name": header.buyer.name,
        "buyer_gln": header.buyer.gln,
        "buyer_number": header.buyer.number,
        "agreement": header.agreement,
        "media_root": header.media_root,
        "extension": header.extension,
    }


def _called(header: Header) -> str:
    version = clean(header.catalogue_version, limit=40) or "without a number"
    return (
        f"catalogue {clean(header.catalogue, limit=40) or '(without an id)'} version {version} "
        f"of {clean(header.supplier.name or header.supplier.key, limit=60) or 'an unnamed supplier'}"
    )


def _languages(header: Header) -> str:
    return ", ".join(clean(tag, limit=20) for tag in header.tags) or "no language"
