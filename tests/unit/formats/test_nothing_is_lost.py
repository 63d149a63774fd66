"""What is read of a format and written in it again has every element and every value, but for what is listed here.

The samples of the collection are compared, and of BMEcat documents that have each element and each attribute of the
official schema. All values of a file are held against each other with their paths, as often as they occur.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from lxml import etree
from support.bmecat_desk import shared
from support.format_desk import FormatDesk
from support.json_documents import JsonDocuments
from support.lossless import Comparison, Values, languages, normal, of_json, of_pab, of_xml, parsed
from support.pab_files import zip_of
from support.schema_documents import SchemaDocuments

from core.config.industry import (
    BmecatHeader,
    DicoHeader,
    EtimBmecatHeader,
    IccHeader,
    PabHeader,
    SalesHeader,
    XchangeHeader,
)
from core.exchange.formats.icc import CONDITION, HEADER

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from lxml.etree import _Element as Element

    from core.config.formats import FormatId

MADE_ANEW = {
    r"/HEADER/GENERATOR_INFO": "Pendel has made the file",
    r"/HEADER/CATALOG/(DATETIME(@type|/.*)|GENERATION_DATE)": "when the file was made",
}
SPELLED_OTHERWISE = {
    r"/PRODUCT(_TO_CATALOGGROUP_MAP)?@mode": "new is what a complete catalogue means without it",
    r"/PRODUCT_DETAILS/(EAN|INTERNATIONAL_PID(@type)?)": "BMEcat 2005 keeps EAN for old files; it is a GTIN",
    r"/CONTENT_UNIT": "PCE is C62",
    r"/PRODUCT_PRICE_DETAILS/DATETIME/TIME(ZONE)?": "a day begins at midnight",
    r"/PRODUCT_PRICE/(LOWER_BOUND|PRICE_CURRENCY)": "is said, where it was understood",
    r"/SUPPLIER/SUPPLIER_ID@type": "what an id without a type is",
    r"/CATALOG/LANGUAGE(@default)?": "the first of several is the default; dut is nld",
}
NOT_IN_THE_SCHEMA = {
    r"/KEYWORD|/GROUP_(NAME|DESCRIPTION)": "longer than the schema has room for, or said twice",
    r"^/BMECAT@(version|lang|schemaLocation)": "a file that says another version than it is of",
    r"/CATALOG/CATALOG_(ID|VERSION)": "a catalogue without an id, and a version that is a date",
    r"/T_UPDATE_PRICES@prev_version": "the number of the file that is written",
    r"/(PRODUCT_REFERENCE|REMARKS)@type": "a type that the schema does not have",
    r"/PRODUCT_STATUS": "a status without words, which the schema wants",
    r"/FEATURE/(FNAME|FVALUE|FORDER)": "BMEcat 1.2 has each name and each value once",
    r"/PRODUCT_PRICE(@price_type|/PRICE_AMOUNT|/TAX)": "a price with a decimal comma is rejected",
}
EXPLAINED: Mapping[str, dict[str, str]] = {
    "bmecat": MADE_ANEW | SPELLED_OTHERWISE | NOT_IN_THE_SCHEMA,
    "bmecat, whole schema": MADE_ANEW
    | {r"/PRODUCT_PRICE_DETAILS/(VALID_(START|END)_DATE|DATETIME(@type|/DATE))": "two spellings of a date"}
    | {
        each: SPELLED_OTHERWISE[each]
        for each in list(SPELLED_OTHERWISE)
        if not re.search("TIME[(]ZONE|CONTENT_UNIT|LOWER_BOUND|LANGUAGE|SUPPLIER_ID", each)
    },
    "etim-bmecat": {
        **MADE_ANEW,
        r"/PRODUCT@mode": "new is what a complete catalogue means without it",
        r"/CATALOG/LANGUAGE": "dut is nld",
    },
    "etim-bmecat, whole schema": {**MADE_ANEW, r"/PRODUCT@mode": "new is what a complete catalogue means without it"},
    "etim-xchange": {
        r"^/GenerationDate": "when the file was made",
        r"^/(ChangeReference)?CatalogueVersion": "that of the next file of changes",
    },
    "icc": {
        r"^/Production date": "when the file was made",
        r"^/Number of .*": "a header that says another number than there are lines",
    },
    "pab": {
        r"^/HArtLev/.*": "when the file was made, and for whom",
        r"^/ArtLev/MutationCode": "in a complete set, all are new",
    },
    "dico-insbou": {r"/VATInformation/VAT[Pp]ercentage": "the name as the standard has it"},
    "dico-sales": {
        r"/PriceCatalogueNumber": "that of the file",
        r"/MutationType": "a complete catalogue says so",
        r"/GTIN": "zeros are none",
        r"/MinimumQuantity": "one is what is meant without it",
        r"^/PriceCatalogue/StartDate": "when the file was made",
        r"/StartDatePriceInformation": "the date of the catalogue, where a price has none",
    },
}
"""By format: what may differ, as a pattern of its path, and why."""


def trip(
    directory: Path, format_id: FormatId, source: Path, settings: Any, *, entity: str = "article", before: Any = None
) -> tuple[Element, Element]:
    """Read a document, write it again, and return both."""
    root = parsed(source)
    desk = FormatDesk(format_id, directory, languages=languages(root))
    if before is not None:
        desk.remember(desk.read(before))
        # A catalogue to which 42 updates came.
        desk.known = {key: {**row, "prev_version": "42"} for key, row in desk.known.items()}
    desk.put(desk.read(source).rows, settings, entity)
    assert desk.last.refusals == []
    return root, parsed(desk.last.target)


BMECAT = {
    "bmecat-1.2/samples": ["converter-full-data", "golden-new-catalog", "golden-update-prices",
                           "real-fischer-price-validity", "real-kstools-category-tree-doctype"],
    "bmecat-2005/samples": ["golden-new-catalog", "minimal-2005.1", "minimal-2005.2", "real-weidmueller-1351590000",
                            "real-weidmueller-1609801044", "real-weidmueller-8965490000", "small-document"],
}  # fmt: skip


def version_of(folder: str, name: str) -> Any:
    if "1.2" in folder:
        return "1.2"
    # Those of Weidmüller say 2005, but have what came with 2005.1.
    return next((each for each in ("2005.2", "2005.1") if each in name), "2005" if "golden" in name else "2005.1")


def test_bmecat(tmp_path: Path) -> None:
    comparison = Comparison(EXPLAINED["bmecat"])
    for folder, names in BMECAT.items():
        for name in names:
            source = shared(f"{folder}/{name}.xml")
            content: Any = "prices" if "prices" in name else "articles"
            settings = BmecatHeader(version=version_of(folder, name), too_long="cut", content=content)
            before = source.with_name("golden-new-catalog.xml") if content == "prices" else None
            first, second = trip(tmp_path, "bmecat", source, settings, before=before)
            comparison.compare(name, of_xml(first), of_xml(second))
    comparison.finish()


def test_etim_bmecat(tmp_path: Path) -> None:
    comparison = Comparison(EXPLAINED["etim-bmecat"])
    for source in sorted(shared("bmecat-etim/samples").iterdir()):
        first, second = trip(tmp_path, "etim-bmecat", source, EtimBmecatHeader())
        comparison.compare(source.name, of_xml(first), of_xml(second))
    comparison.finish()


IN_WHOLE_DOCUMENTS = {
    "LANGUAGE": "nld", "LANGUAGE@default": "", "@lang": "", "@locale": "", "CURRENCY": "EUR", "PRICE_CURRENCY": "EUR",
    "CATALOG_VERSION": "001.002", "SUPPLIER_PID": "A1", "SUPPLIER_AID": "A1", "PROD_ID": "A1", "ART_ID": "A1",
    "SUPPLIER_ID@type": "duns", "BUYER_ID@type": "duns", "BUYER_PID@type": "buyer_specific", "GROUP_ID": "G1",
    "CATALOG_GROUP_ID": "G1", "INTERNATIONAL_PID": "8712670911213", "EAN": "8712670911213",
    "INTERNATIONAL_PID@type": "gtin", "DATE": "2026-01-02", "TIME": "10:11:12", "TIMEZONE": "Z", "TAX": "0.21",
    "ORDER_UNIT": "MTR", "CONTENT_UNIT": "MTR", "PRICE_UNIT": "MTR", "PRICE_UNIT_FACTOR": "3", "PRICE_FACTOR": "0.5",
    "DAILY_PRICE": "true", "MIME_TYPE": "image/jpeg", "PRODUCT_PRICE@price_type": "net_list",
    "ARTICLE_PRICE@price_type": "net_list", "T_NEW_CATALOG@prev_version": "", "UDX.EDXF.VERSION": "5.0",
    "UDX.EDXF.VALID_FROM": "2026-01-01", "UDX.EDXF.EXPIRATION_DATE": "2027-01-01", "UDX.EDXF.PRODUCT_TO_STOCK": "true",
    "UDX.EDXF.MIME_ISSUE_DATE": "2026-01-01", "UDX.EDXF.MIME_EXPIRY_DATE": "2027-01-01", "UDX.EDXF.MIME_CODE": "MD01",
    "UDX.EDXF.PACKAGE_BREAK": "true", "UDX.EDXF.PACKING_UNIT_CODE": "CT", "UDX.EDXF.PACKING_UNIT_NAME": "f-pak",
    "UDX.EDXF.GTIN": "8712670911213", "UDX.EDXF.SURCHARGE_PERCENTAGE": "0.05",
}  # fmt: skip
"""An attribute of nothing is left out: texts are in the language of the catalogue, whose version is the first."""
SCHEMAS: Mapping[str, tuple[str, FormatId, Any]] = {
    "1.2": ("bmecat-1.2/xsd/bmecat_new_catalog_1_2.xsd", "bmecat", BmecatHeader(version="1.2")),
    "2005": ("bmecat-2005/xsd/bmecat_2005.xsd", "bmecat", BmecatHeader(version="2005")),
    "2005.1": ("bmecat-2005/xsd/bmecat_2005_1.xsd", "bmecat", BmecatHeader(version="2005.1")),
    "2005.2": ("bmecat-2005/xsd/bmecat_2005_2.xsd", "bmecat", BmecatHeader(version="2005.2")),
    "etim": ("bmecat-etim/xsd/bmecat_etim_501.xsd", "etim-bmecat", EtimBmecatHeader()),
}
OF_A_RECORD = frozenset(("PRODUCT", "ARTICLE", "LANGUAGE", "LOCALE", "CATALOG_STRUCTURE", "CLASSIFICATION_SYSTEM"))
"""Of which there is one in a document: another would have a key of its own."""
WAYS: Mapping[str, dict[str, Any]] = {
    "once": {},
    "several": {
        "once": OF_A_RECORD,
        "values": {"DATE": "2026-01-{day:02}"},
        # The first text is in the language of the catalogue.
        "second": {"@lang": "eng", "DATETIME@type": "valid_end_date", "PRODUCT_PRICE@price_type": "net_customer",
                   "ARTICLE_PRICE@price_type": "net_customer", "PRODUCT_STATUS@type": "new",
                   "ARTICLE_STATUS@type": "new"},
    },
    "in another language": {"values": {"@lang": "eng"}},
    "in a locale": {"values": {"@locale": "nl_BE"}},
    "in a locale of another language": {"values": {"@lang": "eng", "@locale": "en_GB"}},
}  # fmt: skip
"""How elements may come: one of each, two of what may be several, and their texts in languages."""


OF_SEVERAL = {
    r"/CATALOG/LANGUAGE(@default)?": "the languages of texts are said, too",
    r"/(UDX[.]EDXF[.])?MIME/[A-Z._]*(TYPE|DESCR|ALT|PURPOSE|ORDER|CODE|DESIGNATION|DATE)(@lang)?": "a file in another "
    "language is one of its own, and has what is said of both",
}
VERSIONS = {
    "once": ("1.2", "2005", "2005.1", "2005.2", "etim"),
    "several": ("1.2", "2005.2", "etim"),
    "in another language": ("2005", "etim"),
    "in a locale": ("2005.1", "2005.2"),
    "in a locale of another language": ("2005.2",),
}


@pytest.mark.parametrize(
    ("format_id", "way"),
    [("bmecat", way) for way in WAYS] + [("etim-bmecat", way) for way in WAYS if "etim" in VERSIONS[way]],
)
def test_all_that_the_schemas_know(format_id: FormatId, way: str, tmp_path: Path) -> None:
    comparison = Comparison(EXPLAINED[f"{format_id}, whole schema"] | ({} if way == "once" else OF_SEVERAL))
    for version in VERSIONS[way]:
        schema, of, settings = SCHEMAS[version]
        if of != format_id:
            continue
        # The root and the header have choices between what is no catalogue of ours.
        turns = {"BMECAT": 1, "CATALOG": 1, "HEADER": 2}
        said = {**WAYS[way], "values": IN_WHOLE_DOCUMENTS | WAYS[way].get("values", {})}
        documents = SchemaDocuments(shared(schema), turns=turns, **said)
        for turn in range(4 if way == "once" else 2):
            root = documents.document("BMECAT", turn)
            root.set("version", "2005" if version == "etim" else version)
            source = tmp_path / "source.xml"
            source.write_bytes(etree.tostring(root))
            first, second = trip(tmp_path, format_id, source, settings)
            comparison.compare(f"{version}, turn {turn}", of_xml(first), of_xml(second))
    comparison.finish(all_needed=way == "once")


def test_etim_xchange(tmp_path: Path) -> None:
    comparison = Comparison(EXPLAINED["etim-xchange"])
    for name in ("full", "change", "product-only"):
        source = shared(f"etim-xchange/samples-synthetic/{name}.json")
        before = json.loads(source.read_bytes())
        said = tuple(dict.fromkeys(each[:2] for each in before["Language"]))
        desk = FormatDesk("etim-xchange", tmp_path, languages=said)
        more: dict[str, Any] = {"changes_only": True, "sequence": 2} if name == "change" else {}
        content, _, writing = desk.put(desk.read(source).rows, XchangeHeader(), "product", **more)
        assert writing.refusals == []
        comparison.compare(name, of_json(before), of_json(json.loads(content)))
    comparison.finish()


IN_WHOLE_CATALOGUES = {
    "SchemaVersion": "2.0", "CatalogueType": "FULL", "CurrencyCode": "EUR", "AttachmentUri": "https://x.nl/{n}",
    "EmailDataCreator": "a@b.nl", "ProductPageUrl": "https://x.nl/{n}", "EpdOperatorUri": "https://x.nl/{n}",
    "ProductCategoryRulesUri": "https://x.nl/{n}", "ProductSpecificRulesUri": "https://x.nl/{n}",
    "Language": ["nl-NL", "en-GB"], "DescriptionLanguage": ["nl-NL", "en-GB"], "Country": ["NL", "BE"],
    "AttachmentLanguage": ["nl-NL", "en-GB"], "CountryOfOrigin": ["NL", "BE"], "RelatedCountry": ["NL", "BE"],
}  # fmt: skip
KINDS_OF_VALUES = ("EtimValueCode", "EtimValueNumeric", "EtimValueRange", "EtimValueLogical", "ReasonNoValue")


@pytest.mark.parametrize(("kinds", "several"), [(KINDS_OF_VALUES, False), (KINDS_OF_VALUES[:1], True)])
def test_all_that_the_schema_of_etim_xchange_knows(kinds: tuple[str, ...], several: bool, tmp_path: Path) -> None:
    schema = json.loads(shared("etim-xchange/schema/xChange_Schema_V2.0-2025-11-27.json").read_bytes())
    comparison = Comparison(EXPLAINED["etim-xchange"])
    for kind in kinds:
        others = {name for each in KINDS_OF_VALUES if each != kind for name in (each, f"{each}Lower", f"{each}Upper")}
        documents = JsonDocuments(schema, IN_WHOLE_CATALOGUES, frozenset(others), several=several)
        before = documents.document()
        source = tmp_path / "source.json"
        source.write_text(json.dumps(before), "utf-8")
        desk = FormatDesk("etim-xchange", tmp_path, languages=[each[:2] for each in before["Language"]])
        content, _, writing = desk.put(desk.read(source).rows, XchangeHeader(), "product")
        assert (writing.refusals, writing.warned) == ([], {})
        comparison.compare(kind, of_json(before), of_json(json.loads(content)))
    comparison.finish(all_needed=False)


def of_lines(text: bytes) -> Values:
    """The values of a file of ICC by its fields; a field of zeros says nothing."""
    records = [HEADER, *[CONDITION] * text.count(b"\n")]
    return Counter(
        ("", f"/{field}", normal(value))
        for record, line in zip(records, text.decode("latin-1").splitlines(), strict=False)
        for field, value in record.values(line).items()
        if value.strip("0 ")
    )


def test_icc(tmp_path: Path) -> None:
    comparison = Comparison(EXPLAINED["icc"])
    for source in sorted(shared("icc/samples").iterdir()):
        desk = FormatDesk("icc", tmp_path)
        content, _, writing = desk.put(desk.read(source).rows, IccHeader(), "condition")
        assert writing.refusals == []
        comparison.compare(source.name, of_lines(source.read_bytes()), of_lines(content))
    comparison.finish()


def test_pab(tmp_path: Path) -> None:
    comparison = Comparison(EXPLAINED["pab"])
    sources = {file.name: file.read_bytes() for file in sorted(shared("pab/samples-synthetic").iterdir())}
    source = zip_of(tmp_path / "source.zip", sources)
    desk = FormatDesk("pab", tmp_path)
    desk.put(desk.read(source).rows, PabHeader())
    assert desk.last.refusals == []
    comparison.compare("PAB", of_pab(source), of_pab(desk.last.target))
    comparison.finish()


def test_dico_insbou(tmp_path: Path) -> None:
    comparison = Comparison(EXPLAINED["dico-insbou"])
    for name, entity in (("invoice", "invoice"), ("order-full", "order")):
        source = tmp_path / f"{name}.xml"
        text = shared(f"insbou003/samples/{name}.xml").read_text("utf-8")
        # The sample is a template; its GLNs are to be filled in.
        source.write_text(re.sub("%%[A-Z_]*GLN%%", "8713450010018", text), "utf-8")
        first, second = trip(tmp_path, "dico-insbou", source, DicoHeader(), entity=entity)
        comparison.compare(name, of_xml(first), of_xml(second))
    comparison.finish()


def test_dico_sales(tmp_path: Path) -> None:
    comparison = Comparison(EXPLAINED["dico-sales"])
    source = shared("dico/samples/synthetic-pricecatalogue.xml")
    name = "Synthetisch Groothandel B.V."
    settings = SalesHeader(supplier_gln="8713450010018", supplier=name, city="Ede")
    first, second = trip(tmp_path, "dico-sales", source, settings)
    comparison.compare(source.name, of_xml(first), of_xml(second))
    comparison.finish()
