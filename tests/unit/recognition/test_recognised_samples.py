"""Every sample that there is of the industry's formats, recognised one by one."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args

import pytest

from core.config.formats import FormatId
from core.exchange.recognition import FORMATS, recognise

SAMPLES = Path(__file__).parents[4] / "shared" / "formats"


@dataclass(frozen=True)
class Sample:
    path: str
    format: str
    version: str
    variant: str = ""
    facts: dict[str, str] = field(default_factory=dict)


KS_TOOLS = {"supplier": "KS Tools", "catalogue": "BMEcat1.2_Standard", "date": "2017-10-02", "language": "deu"}
FISCHER = {"supplier": "fischerwerke_de", "date": "2018-01-08", "language": "deu"}
CONTORION = {"supplier": "Contorion GmbH", "date": "2017-11-19", "currency": "EUR"}
SUPPLYCO = {"supplier": "SupplyCo Ltd.", "supplier id": "SUPPLYCO", "currency": "EUR", "territory": "DE, AT"}
WEIDMUELLER = {"supplier": "1", "date": "2016-11-08", "language": "deu, eng", "currency": "EUR"}
TEST_SUPPLIER = {"supplier": "Test supplier", "supplier id": "8714161999999", "date": "2021-06-22", "currency": "EUR"}
XCHANGE = {
    "supplier": "Synthetic Supplies B.V.",
    "supplier GLN": "8713450010018",
    "date": "2025-04-01",
    "valid from": "2025-05-01",
    "language": "en-GB, nl-NL",
    "currency": "EUR",
}
GLN = {"supplier GLN": "8713450010018"}
NEW = "T_NEW_CATALOG"
OLD = "bmecat-1.2/samples"
LATER = "bmecat-2005/samples"

RECOGNISED = (
    Sample(f"{OLD}/bad-date-without-type.xml", "bmecat", "1.2", NEW, FISCHER),
    Sample(f"{OLD}/bad-nested-article-details.xml", "bmecat", "1.2", NEW, KS_TOOLS),
    Sample(f"{OLD}/bad-separators.xml", "bmecat", "1.2", NEW, CONTORION),
    Sample(f"{OLD}/converter-full-data.xml", "bmecat", "1.2", NEW, CONTORION),
    Sample(f"{OLD}/golden-new-catalog.xml", "bmecat", "1.2", NEW, {**SUPPLYCO, "valid from": "1999-03-17"}),
    Sample(f"{OLD}/golden-update-prices.xml", "bmecat", "1.2", "T_UPDATE_PRICES", {"previous version": "42"}),
    Sample(f"{OLD}/real-fischer-price-validity.xml", "bmecat", "1.2", NEW, FISCHER),
    Sample(f"{OLD}/real-kstools-category-tree-doctype.xml", "bmecat", "1.2", NEW, KS_TOOLS),
    Sample(f"{OLD}/v1.01-new-catalog.xml", "bmecat", "1.01", NEW, {"currency": "DEM", "valid until": "2002-05-31"}),
    Sample(f"{LATER}/golden-new-catalog.xml", "bmecat", "2005", NEW, SUPPLYCO),
    Sample(f"{LATER}/minimal-2005.1.xml", "bmecat", "2005.1", NEW, {"supplier": "TestSupplier"}),
    Sample(f"{LATER}/minimal-2005.2.xml", "bmecat", "2005.2", NEW, {"supplier": "TestSupplier"}),
    Sample(f"{LATER}/real-weidmueller-1351590000.xml", "bmecat", "2005", NEW, WEIDMUELLER),
    Sample(f"{LATER}/real-weidmueller-1609801044.xml", "bmecat", "2005", NEW, WEIDMUELLER),
    Sample(f"{LATER}/real-weidmueller-8965490000.xml", "bmecat", "2005", NEW, WEIDMUELLER),
    Sample(f"{LATER}/small-document.xml", "bmecat", "2005.1", NEW, {"supplier id": "BMECAT_TEST"}),
    Sample("bmecat-etim/samples/official-sample-v5-etim10.xml", "etim-bmecat", "5.0", NEW, TEST_SUPPLIER),
    Sample("bmecat-etim/samples/official-sample-v5-etim7.xml", "etim-bmecat", "5.0", NEW, TEST_SUPPLIER),
    Sample(
        "dico/samples/maintenanceinstruction-1.xml",
        "dico-sales",
        "005",
        "MaintenanceInstruction",
        {"buyer": "Testbedrijf", "buyer GLN": "8712345000011", "date": "2018-03-30"},
    ),
    Sample(
        "dico/samples/synthetic-pricecatalogue.xml",
        "dico-sales",
        "005",
        "PriceCatalogue",
        {**GLN, "supplier": "Synthetisch Groothandel B.V.", "valid from": "2025-04-01", "number": "CAT2025-01"},
    ),
    Sample("etim/data/ETIM-10.0-ALL-SECTORS-CSV-METRIC-EI-2024-12-05.zip", "etim-csv", "", "all tables"),
    Sample(
        "etim/samples/etim6-ixf-excerpt.xml",
        "etim-ixf",
        "1.0",
        "",
        {"release": "ETIM INT-E 6.0", "release number": "6", "date": "2014-04-25", "prerelease": "false"},
    ),
    Sample("etim-xchange/samples-synthetic/full.json", "etim-xchange", "2.0", "full", XCHANGE),
    Sample("etim-xchange/samples-synthetic/change.json", "etim-xchange", "2.0", "changes", XCHANGE),
    Sample("etim-xchange/samples-synthetic/invalid.json", "etim-xchange", "2.0", "", XCHANGE),
    Sample("etim-xchange/samples-synthetic/product-only.json", "etim-xchange", "2.0", "full", XCHANGE),
    Sample(
        "fabdis/samples-synthetic/synthetic-fabdis-3.0.xlsx",
        "fab-dis",
        "3.0",
        "",
        {"supplier": "FABRICANT SYNTHETIQUE", "currency": "EUR", "language": "FR", "decimal sign": ","},
    ),
    Sample(
        "icc/samples/real-rexel-1.icc",
        "icc",
        "1.1",
        "",
        {"supplier": "Rexel Nederland B.V.", "supplier GLN": "8713473000010", "date": "2018-05-04"},
    ),
    Sample("icc/samples/trimmed-lines-lf.icc", "icc", "1.1", "", {"customer": "52610368", "lines announced": "1984"}),
    Sample("insbou003/samples/invoice.xml", "dico-insbou", "003", "Invoice", {"number": "12345678"}),
    Sample("insbou003/samples/order-full.xml", "dico-insbou", "003", "Order", {"date": "2012-03-01"}),
    Sample("pab/samples-synthetic/ArtLev.txt", "pab", "2.03", "ArtLev", {**GLN, "currency": "EUR"}),
    Sample("pab/samples-synthetic/ArtPr2.txt", "pab", "2.03", "ArtPr2", {**GLN, "currency": "EUR"}),
    Sample("pab/samples-synthetic/ArtToKo.txt", "pab", "2.03", "ArtToKo", GLN),
    Sample("pab/samples-synthetic/HArtLev.txt", "pab", "2.03", "HArtLev", {**GLN, "scope": "complete"}),
    Sample("pab/samples-synthetic/Product.txt", "pab", "2.03", "Product", {"maker GLN": "8713450010018"}),
)

NOT_SAMPLES = ("SOURCES.md", "README.md")


@pytest.mark.parametrize("sample", RECOGNISED, ids=lambda sample: sample.path.rpartition("/")[2])
def test_a_sample_is_recognised(sample: Sample) -> None:
    path = SAMPLES / sample.path
    if not path.exists():
        pytest.skip(f"the sample {sample.path} is not here")
    found = recognise(path)
    assert found.claim is not None, found.in_words()
    assert (found.claim.format, found.claim.version, found.claim.variant) == (
        sample.format,
        sample.version,
        sample.variant,
    )
    assert found.claim.sure
    assert {name: found.claim.facts.get(name) for name in sample.facts} == sample.facts


def test_no_sample_is_left_out() -> None:
    if not SAMPLES.exists():
        pytest.skip("the samples are not here")
    there = {
        str(path.relative_to(SAMPLES))
        for path in SAMPLES.rglob("*")
        if path.is_file()
        and path.parent.name in ("samples", "samples-synthetic", "data")
        and path.name not in NOT_SAMPLES
    }
    assert there == {sample.path for sample in RECOGNISED}


def test_schemas_and_tables_beside_the_samples_are_nothing() -> None:
    if not SAMPLES.exists():
        pytest.skip("the samples are not here")
    others = [
        path
        for path in SAMPLES.rglob("*")
        if path.is_file() and path.suffix in (".xsd", ".dtd", ".csv", ".md", ".txt", ".yaml")
        if path.parent.name not in ("samples", "samples-synthetic", "data")
    ]
    assert others
    assert {path.name: found.in_words() for path in others if (found := recognise(path)).claims} == {}


def test_the_settings_know_every_format_and_no_other() -> None:
    assert set(FORMATS) == set(get_args(FormatId))
