"""Formats whose carrier is XML: BMEcat, ETIM BMEcat, ETIM IXF, DICO/SALES005, DICO/INSBOU.

Elements are matched by their local names: real files have namespaces of their own making, or none (BMEcat 1.2).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from core.exchange.recognition.claim import Claim, facts
from core.text import clean

if TYPE_CHECKING:
    from core.exchange.recognition.head import Head
    from core.exchange.recognition.xml_head import XmlHead

BMECAT: Final = "bmecat"
ETIM_BMECAT: Final = "etim-bmecat"
ETIM_IXF: Final = "etim-ixf"
SALES: Final = "dico-sales"
INSBOU: Final = "dico-insbou"

_BMECAT_VERSIONS = ("1.01", "1.2", "2005", "2005.1", "2005.2")
_ETIM_NAMESPACE = re.compile(r"etim-international\.com/bmecat/(\d)(\d+)?")
_IXF_NAMESPACE = re.compile(r"etim-international\.com/etimixf(mc)?/(\d)(\d*)", re.IGNORECASE)
_SALES_NAMESPACE = re.compile(r"https?://www\.ketenstandaard\.nl/([^/]+)/SALES/(\d{3})/?")
_INSBOU_SCHEMA = re.compile(r"_insbou(\d{3})\.xsd$", re.IGNORECASE)
_TRADE_MESSAGES = ("PriceCatalogue", "Order", "OrderResponse", "DespatchAdvice", "Invoice", "MaintenanceInstruction")
_INSBOU_SIGNS = {
    "Order": ("OrderType", "OrderNumber", "OrderDate"),
    "OrderResponse": ("OrderResponseDate", "StatusCode", "BuyersOrderNumber"),
    "DespatchAdvice": ("MessageNumber", "MessageDate", "MessageStructure"),
    "Invoice": ("InvoiceType", "InvoiceNumber", "InvoiceDate"),
}
"""Elements at the top of each message that messages of other standards do not have together."""


def bmecat(head: Head) -> Claim | None:
    """BMEcat of any version, also as the ETIM guideline restricts it."""
    xml = head.xml
    if xml is None or xml.root.upper() != "BMECAT":
        return None
    transaction = next((name for name, _ in xml.children if name.startswith("T_")), "")
    etim = _ETIM_NAMESPACE.search(xml.namespace)
    if etim or "UDX.EDXF.VERSION" in xml.names:
        version = next((text for path, text in xml.values if path.endswith("/UDX.EDXF.VERSION")), "")
        if not version and etim:
            version = f"{etim[1]}.{etim[2] or 0}"
        why = "The root is BMECAT, and " + ("its namespace is ETIM's." if etim else "it says UDX.EDXF.VERSION.")
        return Claim(ETIM_BMECAT, "ETIM BMEcat", why, clean(version, limit=20), transaction, facts=_bmecat_facts(xml))
    version, how = _bmecat_version(xml)
    known = version in _BMECAT_VERSIONS
    why = f"The root is BMECAT, {how}." if known else f"The root is BMECAT, but {how}."
    return Claim(BMECAT, "BMEcat", why, version, transaction, sure=known, facts=_bmecat_facts(xml))


def _bmecat_version(xml: XmlHead) -> tuple[str, str]:
    """The version, and how it is known, as part of a sentence."""
    given = clean(xml.attributes.get("version", "").strip(), limit=20)
    if given:
        return given, f"version {given}" if given in _BMECAT_VERSIONS else f"its version {given} is none that is known"
    for place, text in (("namespace", xml.namespace), ("document type", xml.doctype)):
        for version in reversed(_BMECAT_VERSIONS):
            if re.search(rf"(?<![\d.]){re.escape(version)}(?![\d])", text.replace("_1_2", "/1.2")):
                return version, f"version {version} by its {place}"
    return "", "it does not say which version"


def _bmecat_facts(xml: XmlHead) -> dict[str, str]:
    attributes = next((attributes for name, attributes in xml.children if name.startswith("T_")), {})
    name, identifier = _bmecat_supplier(xml)
    return facts(
        [
            ("supplier", name),
            ("supplier id", identifier),
            ("buyer", xml.first("HEADER/BUYER/BUYER_NAME")),
            ("catalogue", xml.first("HEADER/CATALOG/CATALOG_ID")),
            ("catalogue version", xml.first("HEADER/CATALOG/CATALOG_VERSION")),
            ("catalogue name", xml.first("HEADER/CATALOG/CATALOG_NAME")),
            ("date", _bmecat_date(xml, "HEADER/CATALOG/DATETIME[generation_date]", "HEADER/CATALOG/GENERATION_DATE")),
            ("valid from", _bmecat_date(xml, "HEADER/AGREEMENT/DATETIME[agreement_start_date]")),
            ("valid until", _bmecat_date(xml, "HEADER/AGREEMENT/DATETIME[agreement_end_date]")),
            ("language", ", ".join(xml.every("HEADER/CATALOG/LANGUAGE"))),
            ("currency", xml.first("HEADER/CATALOG/CURRENCY")),
            ("territory", ", ".join(xml.every("HEADER/CATALOG/TERRITORY"))),
            ("previous version", attributes.get("prev_version")),
        ]
    )


def _bmecat_date(xml: XmlHead, element: str, plain: str = "") -> str:
    return xml.first(f"{element}/DATE", plain)[:10] if plain else xml.first(f"{element}/DATE")


def _bmecat_supplier(xml: XmlHead) -> tuple[str, str]:
    """The supplier's name and id: as the head has them, or, in 2005, those of the party that it refers to."""
    in_head = re.compile(r"HEADER/SUPPLIER(\[[^\]]*\])?/SUPPLIER_(NAME|ID)(\[[^\]]*\])?")
    found = {match[2]: text for path, text in reversed(xml.values) if (match := in_head.fullmatch(path))}
    if "NAME" in found:
        return found["NAME"], found.get("ID", "")
    refers = next((text for path, text in xml.values if path.startswith("HEADER/SUPPLIER_IDREF")), "")
    for party in _parties(xml):
        roles, ids = party.get("PARTY_ROLE", []), party.get("PARTY_ID", [])
        if "supplier" in roles or refers in ids:
            return next(iter(party.get("ADDRESS/NAME", [])), ""), next(iter(ids), "")
    return "", found.get("ID", refers)


def _parties(xml: XmlHead) -> list[dict[str, list[str]]]:
    """The parties of the head: the texts of each by their path, without what tells elements of one name apart."""
    parties: list[dict[str, list[str]]] = []
    for path, text in xml.values:
        if not path.startswith("HEADER/PARTIES/PARTY/"):
            continue
        part = re.sub(r"\[.*?\]", "", path.removeprefix("HEADER/PARTIES/PARTY/"))
        # A party may have several ids, which come first.
        if not parties or (part == "PARTY_ID" and parties[-1].keys() != {"PARTY_ID"}):
            parties.append({})
        parties[-1].setdefault(part, []).append(text)
    return parties


def etim_ixf(head: Head) -> Claim | None:
    """The exchange format of the ETIM classification."""
    xml = head.xml
    if xml is None or xml.root != "IXF":
        return None
    match = _IXF_NAMESPACE.search(xml.namespace)
    if match is None:
        why = f"The root is IXF, but its namespace {clean(xml.namespace, limit=80) or '(none)'} is not ETIM's."
        return Claim(ETIM_IXF, "ETIM IXF", why, clean(xml.attributes.get("schemaVersion", ""), limit=20), sure=False)
    version = f"{match[2]}.{match[3] or 0}"
    return Claim(
        ETIM_IXF,
        "ETIM IXF",
        f"The root is IXF, in ETIM's namespace of version {version}.",
        version,
        "modelling classes" if match[1] else "",
        facts=facts(
            [
                ("release", xml.first("Header/Publication/Name")),
                ("release number", xml.first("Header/Publication/Number")),
                ("date", (xml.first("Header/Publication/Date", "Header/ExportDate"))[:10]),
                ("exported", xml.first("Header/ExportDate")[:10]),
                ("prerelease", xml.first("Header/Publication/Prerelease")),
            ]
        ),
    )


def dico_sales(head: Head) -> Claim | None:
    """A message of DICO/SALES005, by its namespace: shapes that only look like it are not it."""
    xml = head.xml
    match = _SALES_NAMESPACE.fullmatch(xml.namespace) if xml else None
    if xml is None or match is None:
        return None
    known = xml.root in _TRADE_MESSAGES and match[2] == "005"
    why = f"The root is {clean(xml.root, limit=60)}, in the namespace of SALES/{match[2]}"
    why += "." if known else f", which is {'a version' if match[2] != '005' else 'a message'} that is not known."
    return Claim(SALES, "DICO/SALES", why, match[2], clean(xml.root, limit=60), sure=known, facts=_trade_facts(xml))


def dico_insbou(head: Head) -> Claim | None:
    """A message of DICO/INSBOU003 or 004, which have no namespace."""
    xml = head.xml
    if xml is None or xml.namespace or xml.root not in _TRADE_MESSAGES:
        return None
    schema = xml.attributes.get("noNamespaceSchemaLocation", "")
    if match := _INSBOU_SCHEMA.search(schema):
        why = f"The root is {xml.root}, and its schema is {clean(schema, limit=60)}."
        return Claim(INSBOU, "DICO/INSBOU", why, match[1], xml.root, facts=_trade_facts(xml))
    top = {name for name, _ in xml.children}
    signs = _INSBOU_SIGNS.get(xml.root, ())
    if not signs or not top.issuperset(signs) or not xml.first("Supplier/GLN", "Buyer/GLN"):
        return None
    why = f"It has the elements of an INSBOU003 {xml.root}, but names no schema that would prove it."
    return Claim(INSBOU, "DICO/INSBOU", why, "003", xml.root, sure=False, facts=_trade_facts(xml))


def _trade_facts(xml: XmlHead) -> dict[str, str]:
    return facts(
        [
            ("supplier", xml.first("Supplier/Name")),
            ("supplier GLN", xml.first("Supplier/GLN")),
            ("buyer", xml.first("Buyer/Name")),
            ("buyer GLN", xml.first("Buyer/GLN")),
            *(("number", xml.first(name)) for name in _NUMBERS),
            *(("date", xml.first(name)) for name in _MOMENTS),
            ("valid from", xml.first("StartDate")),
            ("valid until", xml.first("EndDate")),
            ("currency", xml.first("Currency")),
        ]
    )


_NUMBERS = ("PriceCatalogueNumber", "OrderNumber", "OrderResponseNumber", "InvoiceNumber", "MessageNumber")
_MOMENTS = ("MessageDate", "OrderDate", "OrderResponseDate", "InvoiceDate")
