"""Formats whose carrier is a zip file: FAB-DIS workbooks, PAB sets, ETIM releases, and one file that is packed."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from core.exchange.recognition.claim import Claim, facts
from core.exchange.recognition.head import HEAD_BYTES, Head
from core.exchange.recognition.line_formats import ETIM_CSV, ETIM_TABLES, PAB, etim_table, pab
from core.exchange.recognition.workbook import excel_date, sheet_names, sheet_row_values
from core.exchange.recognition.xml_formats import dico_insbou, dico_sales
from core.text import clean, listed

if TYPE_CHECKING:
    from core.exchange.recognition.archive import Archive, Member

FABDIS: Final = "fab-dis"

_PAB_FILES = {
    "artlev": "ArtLev",
    "artpr2": "ArtPr2",
    "arttoko": "ArtToKo",
    "hartlev": "HArtLev",
    "product": "Product",
    "hproduct": "HProduct",
    "prodspec": "ProdSpec",
    "artin": "ArtIn",
    "artplus": "ArtPlus",
    "relatie": "Relatie",
    "artpr": "ArtPr",
    "merk": "Merk",
    "versie": "Versie",
    "attachmentindex2": "AttachmentIndex2",
}
_PAB_KNOWN = ("HArtLev", "ArtLev", "ArtPr2", "ArtToKo", "Product")
"""Record files whose fields are known; the others are named."""
_PAB_TELLING = {"ArtLev", "HArtLev", "Product", "ArtPr2", "ArtToKo"}
_MOST_HEADS = 20


def fabdis(head: Head) -> Claim | None:
    """A FAB-DIS workbook, by its sheet of articles."""
    names = sheet_names(head.archive) if head.archive else []
    plain = {re.sub(r"\d+$", "", name.strip().upper()): name for name in reversed(names)}
    sheet = next((name for name in ("B01_COMMERCE", "01_COMMERCE") if name in plain), None)
    if sheet is None or head.archive is None:
        return None
    three = sheet.startswith("B")
    title = plain.get("B00_CARTOUCHE" if three else "00_CARTOUCHE", "")
    told = sheet_row_values(head.archive, title) if title else {}
    return Claim(
        FABDIS,
        "FAB-DIS",
        f"It is a workbook with a sheet named {clean(plain[sheet], limit=40)}.",
        told.get("FABDISV") or ("3.0" if three else "2.x"),
        facts=facts(
            [
                ("supplier", told.get("FABRICANT") or told.get("CARMARQUE")),
                ("brands", told.get("CARMARQUE")),
                ("date", excel_date(told.get("DATEDIT", ""))),
                ("valid from", excel_date(told.get("DATEAPPLI", ""))),
                ("currency", told.get("DEV")),
                ("language", told.get("LANG")),
                ("decimal sign", told.get("DECSEP")),
                ("articles announced", told.get("NRB01")),
                ("sheets", ", ".join(names)),
            ]
        ),
    )


def pab_set(head: Head) -> Claim | None:
    """A zip file with the record files of PAB."""
    archive = head.archive
    found = {_PAB_FILES[stem]: member for stem, member in _stems(archive, ".txt") if stem in _PAB_FILES}
    if archive is None or not _PAB_TELLING & found.keys():
        return None
    claims = {
        name: claim
        for name in _PAB_KNOWN
        if name in found and (claim := pab(packed_head(archive, found[name]))) and claim.variant == name
    }
    unfit = [name for name in _PAB_KNOWN if name in found and name not in claims]
    sure = bool(claims) and not unfit
    why = f"It is a zip file with {listed(sorted(found), last='and')}"
    why += "." if sure else f", but {listed(unfit, last='and')} {'has' if len(unfit) == 1 else 'have'} other fields."
    versions = list(dict.fromkeys(claim.version for claim in claims.values()))
    told: dict[str, str] = {}
    for claim in claims.values():
        told = {**claim.facts, **told}
    unread = [name for name in found if name not in (*_PAB_KNOWN, "AttachmentIndex2")]
    return Claim(
        PAB,
        "PAB",
        why,
        versions[0] if len(versions) == 1 else "",
        "set of files",
        sure=sure,
        facts={**told, **facts([("present, and not known", ", ".join(unread))])},
    )


def dico_messages(head: Head) -> Claim | None:
    """A zip file with several messages of DICO, all of one standard."""
    archive = head.archive
    members = archive.ending(".xml") if archive else []
    if archive is None or len(members) < 2:
        return None
    heads = [packed_head(archive, member) for member in members[:_MOST_HEADS]]
    claims = [dico_insbou(each) or dico_sales(each) for each in heads]
    first = claims[0]
    if first is None or any(claim is None or claim.format != first.format for claim in claims):
        return None
    return replace(
        first,
        why=f"It is a zip file with {len(members)} messages of {first.title}.",
        variant="several messages",
        sure=all(claim is not None and claim.sure for claim in claims),
        facts={},
    )


def etim_release(head: Head) -> Claim | None:
    """A zip file with the tables of an ETIM release."""
    archive = head.archive
    found = {stem.upper(): member for stem, member in _stems(archive, ".csv") if stem.upper() in ETIM_TABLES}
    if archive is None or "ETIMARTCLASS" not in found:
        return None
    unfit = [name for name, member in found.items() if etim_table(packed_head(archive, member)) != name]
    missing = [name for name in ETIM_TABLES if name not in found]
    release = re.search(r"ETIM[-_ ](\d+\.\d+)", head.name)
    why = f"It is a zip file with {len(found)} of the {len(ETIM_TABLES)} tables of an ETIM release"
    why += f", but the header of {listed(unfit, last='and')} is another." if unfit else "."
    return Claim(
        ETIM_CSV,
        "ETIM release",
        why,
        variant="all tables" if not missing else f"without {listed(missing, last='and')}",
        sure=not unfit,
        facts=facts([("release by its name", release[1] if release else "")]),
    )


def single_member(head: Head) -> tuple[Head, str] | None:
    """Return the head of the only XML or JSON file in a zip file, and its name; None where there is not just one."""
    archive = head.archive
    if archive is None or archive.named("xl/workbook.xml") or archive.named("[Content_Types].xml"):
        return None
    for ending in (".xml", ".json"):
        members = archive.ending(ending)
        if len(members) == 1:
            return packed_head(archive, members[0]), clean(members[0].name, limit=80)
    return None


def packed_head(archive: Archive, member: Member) -> Head:
    """Return the head of a member."""
    return Head(member.base, archive.read(member, HEAD_BYTES), member.size)


def _stems(archive: Archive | None, ending: str) -> list[tuple[str, Member]]:
    if archive is None:
        return []
    return [(member.base.removesuffix(ending), member) for member in archive.ending(ending)[:_MOST_HEADS]]
