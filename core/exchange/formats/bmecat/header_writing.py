"""The header of a catalogue that is written: what the layout says, or else what the catalogue is known by."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from core.errors import DataError
from core.exchange.codes import Unfit
from core.exchange.codes.identifiers import gln, has_check_digit
from core.exchange.codes.languages import fitting_or_none, terminological
from core.exchange.formats.bmecat.classification import SYSTEM_NAME
from core.exchange.formats.bmecat.extension import TRANSACTION, parsed
from core.exchange.formats.bmecat.nodes import Node, kept_node
from core.exchange.formats.bmecat.texts import text
from core.exchange.formats.xml_items import local_name
from core.text import clean

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

    from core.config.industry import BmecatHeader, EtimBmecatHeader
    from core.exchange.formats.bmecat.nodes import Maker
    from core.exchange.formats.bmecat.wording import Wording
    from core.exchange.formats.contract import Row, Writing

_VERSION: Final = re.compile(r"[0-9]{1,3}\.[0-9]{1,3}", re.ASCII)


@dataclass(slots=True)
class CatalogueFacts:
    """What the header says."""

    catalogue: str
    version: str
    names: Row
    """The names of the catalogue, by language: ``name.nl``."""
    supplier: dict[str, str]
    buyer: dict[str, str]
    currency: str
    territories: str
    media_root: str
    made_on: str
    made_at: str
    known: str = ""
    """The id under which the records know the catalogue, where it is written as it was read."""
    said: frozenset[str] = frozenset()
    """References to parties that do not hold, because the layout says who it is."""
    extension: str = ""
    group_system: list[Node] = field(default_factory=list)
    transaction: list[Node] = field(default_factory=list)
    """What the transaction had beside records."""

    @classmethod
    def found(cls, writing: Writing, settings: BmecatHeader | EtimBmecatHeader) -> CatalogueFacts:
        """Return what the layout says; what it leaves out is that of the one catalogue which the assortment has.

        Raises:
            DataError: the header needs what neither has.
        """
        row = _known(writing, settings)
        version = settings.catalogue_version or row.get("version", "")
        own = not settings.supplier
        names = {key: value for key, value in row.items() if key.startswith("name.")}
        if settings.name:
            names = {f"name.{language}": settings.name for language in writing.languages[:1]}
        facts = cls(
            catalogue=settings.catalogue or row.get("catalogue", ""),
            version=version if _VERSION.fullmatch(version) else _as_version(version),
            names=names,
            supplier={
                "name": settings.supplier or row.get("supplier_name") or row.get("supplier_number", ""),
                "gln": settings.supplier_gln or (row.get("supplier_gln", "") if own else ""),
                "duns": row.get("supplier_duns", "") if own else "",
                "number": settings.supplier_number or (row.get("supplier_number", "") if own else ""),
            },
            buyer={
                "name": settings.buyer or row.get("buyer_name", ""),
                "gln": settings.buyer_gln or ("" if settings.buyer else row.get("buyer_gln", "")),
                "duns": "",
                "number": settings.buyer_number or ("" if settings.buyer else row.get("buyer_number", "")),
            },
            currency=settings.currency or row.get("currency", ""),
            territories=row.get("territories", ""),
            media_root=settings.media_root or row.get("media_root", ""),
            made_on=f"{writing.made_at:%Y-%m-%d}",
            made_at=f"{writing.made_at:%H:%M:%S}",
            known=row.get("catalogue", ""),
            said=frozenset(
                name
                for name, settings_of_one in (
                    ("SUPPLIER_IDREF", (settings.supplier_gln, settings.supplier_number)),
                    ("BUYER_IDREF", (settings.buyer, settings.buyer_gln, settings.buyer_number)),
                )
                if any(settings_of_one)
            ),
        )
        facts.take_extension(row.get("extension", ""), own=own)
        facts.check(settings)
        return facts

    def take_extension(self, extension: str, *, own: bool) -> None:
        """Take what the catalogue had beside records; in its header, where that is its own."""
        kept = parsed(extension)
        if kept is None:
            return
        self.extension = extension if own else ""
        for element in kept:
            if local_name(element) == "CATALOG_GROUP_SYSTEM" and own:
                self.group_system = [kept_node(child) for child in element]
            elif local_name(element) == TRANSACTION:
                self.transaction += [kept_node(child) for child in element]

    @property
    def systems(self) -> frozenset[str]:
        """The names of the classifications that the catalogue brought along."""
        return frozenset(node.text for node in self.transaction if node.name == SYSTEM_NAME)

    def kept(self, name: str) -> list[Node]:
        """Return what the transaction had of a name."""
        found = [node for node in self.transaction if node.name == name]
        for node in found:
            node.attributes.clear()
        return found

    def check(self, settings: BmecatHeader | EtimBmecatHeader) -> None:
        """Raise DataError where the header would not be one."""
        for value, name, setting in (
            (self.catalogue, "the id of the catalogue", "catalogue"),
            (self.supplier["name"], "the name of the supplier", "supplier"),
        ):
            if not value:
                raise DataError(
                    f"A catalogue needs {name}, and neither the layout nor the records have it.",
                    advice=f"Set {setting} in the header of the layout.",
                )
        if settings.catalogue_version and not _VERSION.fullmatch(settings.catalogue_version):
            raise DataError(
                f"The version of the catalogue, {clean(settings.catalogue_version, limit=40)}, is not two numbers of "
                "at most three digits, such as 1.0.",
                advice="Set catalogue_version in the header of the layout.",
            )
        for written, setting in ((settings.supplier_gln, "supplier_gln"), (settings.buyer_gln, "buyer_gln")):
            if written:
                _check_gln(written, setting)


def _known(writing: Writing, settings: BmecatHeader | EtimBmecatHeader) -> Row:
    rows = [item.row for item in writing.items("supplier_catalogue", everything=True) if item.change != "deleted"]
    if settings.catalogue:
        rows = [row for row in rows if row["catalogue"] == settings.catalogue]
    if len(rows) > 1 and not (settings.catalogue and settings.supplier):
        raise DataError(
            f"The records are of {len(rows)} catalogues, and a file has one.",
            advice="Export an assortment that has one, or set catalogue and supplier in the header of the layout.",
        )
    return rows[0] if len(rows) == 1 else {}


def _as_version(version: str) -> str:
    """Return a version as BMEcat wants it; files in the field have others (``5``)."""
    return f"{version}.0" if re.fullmatch(r"[0-9]{1,3}", version, re.ASCII) else "1.0"


def _check_gln(written: str, setting: str) -> None:
    try:
        found = gln(written)
    except Unfit as unfit:
        raise DataError(
            f"The GLN {clean(written, limit=40)} {unfit}.", advice=f"Set {setting} in the header of the layout."
        ) from unfit
    if found and not has_check_digit(found):
        raise DataError(
            f"The GLN {found} has a wrong check digit.", advice=f"Look at {setting} in the header of the layout."
        )


def header_node(maker: Maker, wording: Wording, facts: CatalogueFacts) -> Node:
    """Return the element HEADER.

    Raises:
        TooLong: the schema has no room for what is to be said.
        DataError: the version demands more than is known.
    """
    dialect = maker.dialect
    header = Node("HEADER").add(Node("GENERATOR_INFO", "Pendel"))
    catalog = Node("CATALOG")
    found = parsed(facts.extension)
    catalog.add(*_languages(maker, found))
    catalog.add(maker.leaf("CATALOG_ID", facts.catalogue), Node("CATALOG_VERSION", facts.version))
    names = wording.nodes("CATALOG_NAME", facts.names, "name")
    if not names and dialect.etim:
        names = [Node("CATALOG_NAME", facts.catalogue)]
    moment = Node("DATETIME", attributes={"type": "generation_date"}).add(Node("DATE", facts.made_on))
    if not dialect.etim:
        moment.add(Node("TIME", facts.made_at))
    catalog.add(*names, moment, *maker.leaves("TERRITORY", facts.territories), Node("CURRENCY", facts.currency))
    catalog.add(maker.leaf("MIME_ROOT", facts.media_root))
    if dialect.etim and not facts.buyer["name"]:
        raise DataError(
            "ETIM BMEcat needs the name of the buyer, and neither the layout nor the records have it.",
            advice="Set buyer in the header of the layout.",
        )
    kept = [] if found is None else [each for each in found if local_name(each) not in facts.said]
    kept_names = {local_name(element) for element in kept}
    header.add(catalog)
    for name, party in (("BUYER", facts.buyer), ("SUPPLIER", facts.supplier)):
        # Where the catalogue refers to one of its parties, it is not named a second time.
        if f"{name}_IDREF" not in kept_names or not dialect.has(f"{name}_IDREF", "HEADER"):
            header.add(_party(maker, name, party))
    if dialect.etim:
        header.add(Node("USER_DEFINED_EXTENSIONS").add(Node("UDX.EDXF.VERSION", "5.0")))
    for element in kept:
        if local_name(element) not in ("CATALOG_GROUP_SYSTEM", TRANSACTION):
            maker.merge_one(header, element)
    return header


def _languages(maker: Maker, kept: Element | None) -> list[Node]:
    """Return the languages of the catalogue; as locales where it said them so, and the version has these.

    They are taken out of what was kept.
    """
    ours = list(maker.languages)
    locales: list[str] = []
    for each in [] if kept is None else kept.findall("CATALOG/LOCALE"):
        locales.append(text(each))
        if (around := each.getparent()) is not None:
            around.remove(each)
    if locales and maker.dialect.locales:
        by_language = {fitting_or_none(each, ours): each for each in reversed(locales)}
        return [Node("LOCALE", by_language.get(each, each)) for each in ours]
    codes = list(dict.fromkeys(terminological(each) for each in ours))
    default = {"default": "true"} if len(codes) > 1 else {}
    return [Node("LANGUAGE", code, {} if place else default) for place, code in enumerate(codes)]


def _party(maker: Maker, name: str, party: dict[str, str]) -> Node | None:
    dialect = maker.dialect
    if not party["name"]:
        return None
    node = Node(name)
    ids = [("gln", party["gln"]), ("duns", party["duns"])]
    ids.append(("buyer_specific" if dialect.etim or name == "BUYER" else "supplier_specific", party["number"]))
    found = [each for each in ids if each[1]]
    most = {"BUYER": 1, "SUPPLIER": None}[name] if not dialect.etim else 2
    for kind, value in found[:most]:
        node.add(maker.leaf(f"{name}_ID", value, type=kind))
    return node.add(maker.leaf(f"{name}_NAME", party["name"]))
