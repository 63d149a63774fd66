"""The registry of formats, and the question what a file is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from core.exchange.recognition.claim import Claim
from core.exchange.recognition.head import Head
from core.exchange.recognition.json_formats import ETIM_XCHANGE, etim_xchange
from core.exchange.recognition.line_formats import ETIM_CSV, ICC, ICF, PAB, etim_csv, icc, icf, pab
from core.exchange.recognition.own_layouts import LayoutFit, decided, fits
from core.exchange.recognition.proposal import OLD_OFFICE, binary_format
from core.exchange.recognition.xml_formats import (
    BMECAT,
    ETIM_BMECAT,
    ETIM_IXF,
    INSBOU,
    SALES,
    bmecat,
    dico_insbou,
    dico_sales,
    etim_ixf,
)
from core.exchange.recognition.zip_formats import FABDIS, dico_messages, etim_release, fabdis, pab_set, single_member
from core.text import clean, counted, listed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from core.config.formats import FormatId
    from core.config.layout_types import LayoutSettings

Detector = Callable[[Head], Claim | None]
"""Looks at the head of a file, cheaply and whatever it holds, and says whether it is of its format."""


@dataclass(frozen=True, slots=True)
class Format:
    """A format that files are recognised as; several may share a detector."""

    id: FormatId
    title: str
    detectors: tuple[Detector, ...]


FORMATS: dict[FormatId, Format] = {
    each.id: each
    for each in (
        Format(BMECAT, "BMEcat 1.01, 1.2 and 2005", (bmecat,)),
        Format(ETIM_BMECAT, "BMEcat by the ETIM guideline", (bmecat,)),
        Format(ETIM_IXF, "ETIM IXF", (etim_ixf,)),
        Format(ETIM_CSV, "ETIM release, as CSV", (etim_csv, etim_release)),
        Format(ETIM_XCHANGE, "ETIM xChange", (etim_xchange,)),
        Format(SALES, "DICO/SALES005", (dico_sales, dico_messages)),
        Format(INSBOU, "DICO/INSBOU003 and 004", (dico_insbou, dico_messages)),
        Format(PAB, "PAB 1 and 2.03", (pab, pab_set)),
        Format(ICC, "ICC 1.1", (icc,)),
        Format(ICF, "ICF", (icf,)),
        Format(FABDIS, "FAB-DIS 2.x and 3.0", (fabdis,)),
    )
}
"""Every format by its id. A new one joins by a line here; the settings know them by these ids."""


@dataclass(frozen=True, slots=True)
class Recognition:
    """What a file was recognised as."""

    carrier: str
    """What it is in any case: ``XML with the root shop``, ``text, utf-8, 214 bytes`` …"""
    claims: tuple[Claim, ...]
    """Formats of the registry; more than one where it is not certain which."""
    layouts: tuple[LayoutFit, ...]
    """The operator's own layouts that lay claim to it."""
    near: tuple[LayoutFit, ...]
    """Those that it has some columns of, the nearest first."""

    @property
    def claim(self) -> Claim | None:
        """The one format that it is; None where there is none, or not just one."""
        return self.claims[0] if len(self.claims) == 1 else None

    def in_words(self) -> str:
        """Return what was found as a sentence."""
        if self.claims:
            names = [f"{claim.name}{'' if claim.sure else ' (not certain)'}" for claim in self.claims]
            return f"Recognised as {listed(names)}. {' '.join(claim.why for claim in self.claims)}"
        if self.layouts:
            names = [fit.in_words() for fit in self.layouts]
            return f"Recognised as layout {names[0]}." if len(names) == 1 else f"Two layouts claim it: {listed(names)}."
        nearest = f" The nearest layout is {self.near[0].in_words()}." if self.near else ""
        return f"Nobody recognises it: it is {self.carrier}.{nearest}"


def recognise(path: Path, layouts: Mapping[str, LayoutSettings] | None = None, *, name: str = "") -> Recognition:
    """Say what a file is, by its first bytes; the operator's own ``layouts`` are held against it too.

    It is quick whatever the size of the file, and takes any content.

    Raises:
        DataError: the file cannot be read.
    """
    head = Head.of(path, name)
    claims = _claims(head)
    if not claims and (packed := single_member(head)):
        inner, member = packed
        claims = [replace(claim, member=member) for claim in _claims(inner)]
    found = fits(path, clean(head.name), layouts or {})
    own = tuple(decided(found))
    return Recognition(carrier(head), tuple(claims), own, tuple(fit for fit in found if not fit.fits))


def _claims(head: Head) -> list[Claim]:
    detectors = dict.fromkeys(detector for each in FORMATS.values() for detector in each.detectors)
    return [claim for detector in detectors if (claim := detector(head)) is not None]


def carrier(head: Head) -> str:
    """Say what a file is, whatever its format."""
    if not head.data:
        return "empty"
    if head.archive is not None:
        return _zip_in_words(head)
    if head.xml is not None and (head.xml.root or head.xml.fault):
        root = f"XML with the root {clean(head.xml.root, limit=60)}" if head.xml.root else "XML"
        return f"{root}, of which {head.xml.fault}" if head.xml.fault else root
    if head.is_json_lines:
        return "JSON Lines"
    if head.json is not None:
        keys = f" with {counted(len(head.json.keys), 'key')}" if head.json.kind == "object" else ""
        return f"JSON, an {head.json.kind}{keys}"
    if head.text is not None:
        return f"text in {head.text.encoding}{' with a byte order mark' if head.text.marked else ''}"
    if head.data.startswith(OLD_OFFICE):
        return "a file of Microsoft Office before 2007, such as a workbook (.xls)"
    return "a Parquet file" if binary_format(head.data) == "parquet" else "no text, and no container that is known"


def _zip_in_words(head: Head) -> str:
    from core.exchange.recognition.workbook import sheet_names

    archive = head.archive
    if archive is None or archive.fault:
        return f"a zip file of which nothing can be said: {archive.fault if archive else ''}"
    if names := sheet_names(archive):
        return f"a workbook with {counted(len(names), 'sheet')}: {clean(', '.join(names), limit=120)}"
    return f"a zip file with {counted(len(archive.files), 'file')}"
