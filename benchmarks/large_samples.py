"""Made-up files of any size, of the formats that Pendel reads; the same bytes for the same size.

Each maker writes about so many bytes as asked for, into the path that it is given, and returns how many items there
are: lines, products, classes. Of a zip file, the size is that of what it unpacks to.
"""

from __future__ import annotations

import sys
import zipfile
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import bmecat, xchange

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

GLN = "8713450010018"
_STEP = 1000
"""Items that are written at a time."""
_NUMBER = "999999999"
_FEATURES, _VALUES = 12, 8
"""Of a class of ETIM, and of each of its features."""


def sales(path: Path, size: int) -> int:
    """Write a price catalogue of DICO/SALES005: a line with its order unit, a price and a file an article."""
    head = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<PriceCatalogue xmlns="http://www.ketenstandaard.nl/artikelbericht/SALES/005">\n'
        "<PriceCatalogueNumber>BENCH</PriceCatalogueNumber><StartDate>2026-01-01</StartDate>\n"
        f"<Supplier><GLN>{GLN}</GLN><Name>Bench</Name></Supplier>\n<Grouping>\n"
    )

    def line(number: int) -> str:
        return (
            f"<TradeItemLine><TradeItemIdentification><SuppliersTradeItemId>A{number:09}</SuppliersTradeItemId>"
            "</TradeItemIdentification>\n<MultiLanguageTradeItemDescription><TradeItemDescription>"
            f"<Description>Installatiedraad 2,5 mm² nummer {number}</Description></TradeItemDescription>"
            "</MultiLanguageTradeItemDescription>\n<TradeItemGrouping><BuyingGroup>KABEL</BuyingGroup>"
            "</TradeItemGrouping><UseUnitInformation><UseUnitUoM>MTR</UseUnitUoM></UseUnitInformation>\n"
            "<OrderConditions><OrderUoM>PCE</OrderUoM><MinimumOrderQuantity>1</MinimumOrderQuantity>"
            "<PriceToOrderUnitFactor>100</PriceToOrderUnitFactor></OrderConditions>\n"
            f"<PriceInformation><GrossPrice>{number % 1000}.50</GrossPrice><NetPrice>{number % 900}.30</NetPrice>"
            "<PriceBase><NumberOfUnitsInPriceBasis>100</NumberOfUnitsInPriceBasis><PriceBasisUoM>MTR</PriceBasisUoM>"
            "</PriceBase></PriceInformation>\n<VATInformation><VATPercentage>21</VATPercentage></VATInformation>"
            f"<Attachment><URLInformation><URL>https://example.invalid/{number}</URL></URLInformation></Attachment>"
            "</TradeItemLine>\n"
        )

    return _written(path, size, line, head=head, tail="</Grouping></PriceCatalogue>\n")


def icc(path: Path, size: int) -> int:
    """Write the conditions of one customer, each for an article."""
    from core.exchange.formats.icc import CONDITION, HEADER

    condition = {
        "Article number": f"A{_NUMBER}", "Description": f"Kabel nummer {_NUMBER}", "Discount 1": "05220",
        "Net price": _NUMBER, "Start date": "20260101",
    }  # fmt: skip
    line = _numbered(CONDITION.line(condition) + "\r\n")
    values = {
        "GLN supplier": GLN, "Customer id": "52610368", "Production date": "20260228", "Number of lines": "999999",
        "Version": "1.1", "Supplier name": "Groothandel",
    }  # fmt: skip
    return _written(path, size, line, head=HEADER.line(values) + "\r\n")


def pab(path: Path, size: int) -> int:
    """Write a set of PAB 2.03 as a zip file: an article, its product and a new price for each number."""
    from core.exchange.formats.pab.records import ARTLEV, ARTPR2, HARTLEV, PRODUCT

    product = {"MutationCode": "1", "Productcode": f"P{_NUMBER}", "ManufacturerGLN": GLN}
    article = {
        "MutationCode": "1", "TradeItemId": f"A{_NUMBER}", "SupplierGLN": GLN, "OrderableIndicator": "TU",
        "ProcessableIndicator": "SU", "QuantityOfUseUnits": "000000000001.000", "UseUnitMeasureUnitCode": "PCE",
        "ManufacturerGLN": GLN, "Productcode": f"P{_NUMBER}", "Description": f"Kabel nummer {_NUMBER}",
    }  # fmt: skip
    price = {
        "MutationCode": "1", "TradeItemId": f"A{_NUMBER}", "SupplierGLN": GLN,
        "StartDatePriceInformation": "20260701", "GrossPriceInOrderUnit": f"00{_NUMBER}.5000",
        "NumberOfUnitsInPriceBasis": "000001.000", "MeasureUnitPriceBasis": "PCE", "PriceCurrency": "EUR",
    }  # fmt: skip
    price = {name: text for name, text in price.items() if name in ARTPR2.widths}
    count = size // (PRODUCT.width + ARTLEV.width + ARTPR2.width + 6)
    known = {"MessageVersion": "203", "MessageType": "ART", "ArticleMessagenumber": "1", "MessageDate": "20260401"}
    header = HARTLEV.fixed.line({**known, "MutationCode": "9", "SupplierGLN": GLN})
    members = {
        "HArtLev.txt": iter([header]),
        "Product.txt": map(_numbered(PRODUCT.fixed.line(product)), range(count)),
        "ArtLev.txt": map(_numbered(ARTLEV.fixed.line(article)), range(count)),
        "ArtPr2.txt": map(_numbered(ARTPR2.fixed.line(price)), range(count)),
    }
    _zipped(path, members, "latin-1", "\r\n")
    return count


def etim_csv(path: Path, size: int) -> int:
    """Write an ETIM release as CSV in a zip file: classes with features, and these with values."""

    def rows(count: int, *cells: Callable[[int], str]) -> Iterator[str]:
        return (";".join(cell(number) for cell in cells) for number in range(1, count + 1))

    # In UTF-16, a value of a feature takes some 64 bytes, and is nearly all there is.
    count = size // (66 * _FEATURES * _VALUES)
    of_class = count * _FEATURES
    members = {
        "ETIMARTGROUP.csv": (["ARTGROUPID;GROUPDESC"], rows(1, "EG{:06}".format, lambda _: "Cables")),
        "ETIMFEATUREGROUP.csv": (
            ["FEATUREGROUPID;FEATUREGROUPDESC"],
            rows(1, "EFG{:05}".format, lambda _: "Electrical"),
        ),
        "ETIMFEATURE.csv": (
            ["FEATUREID;FEATUREGROUPID;FEATUREDESC"],
            rows(_FEATURES, "EF{:06}".format, lambda _: "EFG00001", "Feature {}".format),
        ),
        "ETIMVALUE.csv": (["VALUEID;VALUEDESC"], rows(_VALUES, "EV{:06}".format, "Value {}".format)),
        "ETIMUNIT.csv": (["UNITOFMEASID;UNITDESC"], rows(1, "EU{:06}".format, lambda _: "hPa")),
        "ETIMARTCLASS.csv": (
            ["ARTCLASSID;ARTGROUPID;ARTCLASSDESC;ARTCLASSVERSION;ARTCLASSVERSIONDATE"],
            rows(count, "EC{:06}".format, lambda _: "EG000001", "Class {}".format, lambda _: "1", lambda _: ""),
        ),
        "ETIMARTCLASSFEATUREMAP.csv": (
            ["ARTCLASSFEATURENR;ARTCLASSID;FEATUREID;FEATURETYPE;UNITOFMEASID;SORTNR"],
            rows(
                of_class, str, lambda number: f"EC{(number - 1) // _FEATURES + 1:06}",
                lambda number: f"EF{(number - 1) % _FEATURES + 1:06}", lambda _: "A", lambda _: "", lambda _: "1",
            ),
        ),
        "ETIMARTCLASSFEATUREVALUEMAP.csv": (
            ["ARTCLASSFEATUREVALUENR;ARTCLASSFEATURENR;VALUEID;SORTNR"],
            rows(
                of_class * _VALUES, str, lambda number: str((number - 1) // _VALUES + 1),
                lambda number: f"EV{(number - 1) % _VALUES + 1:06}", lambda _: "1",
            ),
        ),
        "ETIMARTCLASSSYNONYMMAP.csv": (
            ["ARTCLASSID;CLASSSYNONYM"],
            rows(count, "EC{:06}".format, "Synonym {}".format),
        ),
    }  # fmt: skip
    _zipped(path, {name: _chained(*parts) for name, parts in members.items()}, "utf-16", "\r\n")
    return count


def etim_ixf(path: Path, size: int) -> int:
    """Write an ETIM release as IXF: classes in two languages with features, and these with values."""

    def words(text: str, more: str = "") -> str:
        each = "".join(
            f'<Translation language="{language}"><Description>{text}</Description>{more}</Translation>\n'
            for language in ("nl-NL", "de-DE")
        )
        return f"<Translations>{each}</Translations>"

    features = "".join(
        f"<Feature><Code>EF{place:06}</Code><Type>Alphanumeric</Type>{words(f'Feature {place}')}</Feature>\n"
        for place in range(1, _FEATURES + 1)
    )
    values = "".join(
        f"<Value><Code>EV{place:06}</Code>{words(f'Value {place}')}</Value>\n" for place in range(1, _VALUES + 1)
    )
    of_feature = "".join(
        f'<Value changeCode="New"><ValueCode>EV{place:06}</ValueCode><OrderNumber>{place}</OrderNumber></Value>\n'
        for place in range(1, _VALUES + 1)
    )
    of_class = "".join(
        f'<Feature changeCode="New"><FeatureCode>EF{place:06}</FeatureCode><OrderNumber>{place}</OrderNumber>\n'
        f"<Values>{of_feature}</Values></Feature>\n"
        for place in range(1, _FEATURES + 1)
    )
    head = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<IXF xmlns="http://www.etim-international.com/etimixf/1" schemaVersion="1.0">\n'
        "<Header><ExportDate>2026-01-01T00:00:00Z</ExportDate><Publication><Name>Bench</Name><Number>10</Number>"
        "<Date>2026-01-01T00:00:00Z</Date><Prerelease>false</Prerelease></Publication></Header>\n"
        f"<Features>{features}</Features>\n<Values>{values}</Values>\n"
        f"<Groups><Group><Code>EG000001</Code>{words('Group')}</Group></Groups>\n<Classes>\n"
    )

    def of_etim(number: int) -> str:
        synonyms = f"<Synonyms><Synonym>Synonym {number}</Synonym></Synonyms>"
        return (
            f'<Class changeCode="New"><Code>EC{number:06}</Code><Version>1</Version>\n'
            f"{words(f'Class {number}', synonyms)}<Features>{of_class}</Features>"
            "<Status>Published</Status><GroupCode>EG000001</GroupCode></Class>\n"
        )

    return _written(path, size, of_etim, head=head, tail="</Classes></IXF>\n")


def table_csv(path: Path, size: int) -> int:
    """Write the price list of :mod:`benchmarks.sample_file` as CSV."""
    return _table(path, size, "FORMAT csv, HEADER true, DELIMITER ';'", 246)


def table_jsonl(path: Path, size: int) -> int:
    """Write it as JSON Lines."""
    return _table(path, size, "FORMAT json", 520)


def table_parquet(path: Path, size: int) -> int:
    """Write it as Parquet, as large as that is with as many rows as the CSV of this size."""
    return _table(path, size, "FORMAT parquet, COMPRESSION zstd", 246)


MAKERS: dict[str, tuple[str, Callable[[Path, int], int]]] = {
    "bmecat": ("xml", lambda path, size: bmecat.make_file(path, size >> 20)),
    "etim-xchange": ("json", lambda path, size: xchange.make_file(path, size >> 20)),
    "dico-sales": ("xml", sales),
    "icc": ("icc", icc),
    "pab": ("zip", pab),
    "etim-csv": ("zip", etim_csv),
    "etim-ixf": ("xml", etim_ixf),
    "csv": ("csv", table_csv),
    "jsonl": ("jsonl", table_jsonl),
    "parquet": ("parquet", table_parquet),
}
"""By format: what its files end with, and who makes them."""


def _written(path: Path, size: int, item: Callable[[int], str], *, head: str, tail: str = "") -> int:
    number, written = 0, 0
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(head)
        while written < size:
            text = "".join(map(item, range(number + 1, number + _STEP + 1)))
            number += _STEP
            written += file.write(text)
        file.write(tail)
    return number


def _numbered(line: str) -> Callable[[int], str]:
    """Return what puts a number into a line in place of each ``_NUMBER``; to make lines anew would take minutes."""
    return lambda number: line.replace(_NUMBER, f"{number:09}")


def _zipped(path: Path, members: dict[str, Iterator[str]], encoding: str, end: str) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, lines in members.items():
            plain = "utf-16-le" if encoding == "utf-16" else encoding
            with archive.open(name, "w", force_zip64=True) as member:
                if encoding == "utf-16":
                    member.write(b"\xff\xfe")
                while some := list(islice(lines, _STEP)):
                    member.write("".join(line + end for line in some).encode(plain))


def _chained(head: list[str], rows: Iterator[str]) -> Iterator[str]:
    yield from head
    yield from rows


def _table(path: Path, size: int, options: str, width: int) -> int:
    import duckdb

    from benchmarks.sample_file import _records

    rows = size // width
    with duckdb.connect(config={"memory_limit": "1GB"}) as connection:
        connection.execute(f"COPY ({_records(0, rows, 1)}) TO '{path}' ({options})")
    return rows


if __name__ == "__main__":
    for each in sys.argv[3:]:
        end, make = MAKERS[each]
        print(each, make(Path(sys.argv[1]) / f"{each}.{end}", int(sys.argv[2]) << 20))
