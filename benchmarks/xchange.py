"""Reading a catalogue of ETIM xChange beside Python's JSON parser, which merely visits its values.

    python benchmarks/xchange.py [--megabytes N] [--rounds N] [--json]

The file is made up: a product of about 2.7 kB in two languages, with 18 features, a file, and a trade item with prices
and packaging. The parser is given one product at a time, for it stands on a line; every value in it is visited, its
name and its text are looked at, and then it is forgotten. Pendel's reader makes the raw records of all entities, as an
import does before it stages them; what follows is DuckDB's work and the same for every format. Each works in a
process of its own, and they take turns; the ratio is the median over the rounds.

Goal: at most twice as long as visiting, and memory that does not grow with the file.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.format_reading import compare_reading

HEAD = (
    '{"SchemaVersion":"2.0","CatalogueId":"BENCH","CatalogueVersion":"1","CatalogueType":"FULL",'
    '"CatalogueValidityStart":"2026-03-01","Language":["nl-NL","de-DE"],"CurrencyCode":"EUR",'
    '"Supplier":[{"SupplierName":"Bench","SupplierIdGln":"8713450010014","Product":[\n'
)
TAIL = "\n]}]}\n"


def product(number: int) -> str:
    """Return a product with its trade item."""
    words = [
        {
            "DescriptionLanguage": language,
            "MinimalProductDescription": f"{word} {number}",
            "FullProductDescription": f"{word} {number}, met enkele woorden erin. " * (1 + number % 4),
            "ProductKeyword": ["schakelaar", "wit"],
        }
        for language, word in (("nl-NL", "Artikel nummer"), ("de-DE", "Artikel Nummer"))
    ]
    features: list[dict[str, Any]] = [
        {"EtimFeatureCode": f"EF{place:06}", "EtimValueNumeric": str(number * place % 997)} for place in range(1, 11)
    ]
    features += [{"EtimFeatureCode": f"EF{place:06}", "EtimValueCode": f"EV{place:06}"} for place in range(11, 16)]
    features += [{"EtimFeatureCode": f"EF{place:06}", "EtimValueLogical": True} for place in range(16, 19)]
    item = {
        "ItemIdentification": {
            "SupplierItemNumber": f"A{number:08}", "ItemGtin": [str(8711111000000 + number)], "DiscountGroupId": "D1",
        },
        "ItemDetails": {
            "ItemStatus": "ACTIVE",
            "ItemDescriptions": [
                {"DescriptionLanguage": "nl-NL", "MinimalItemDescription": f"Artikel nummer {number}"},
                {"DescriptionLanguage": "de-DE", "MinimalItemDescription": f"Artikel Nummer {number}"},
            ],
        },
        "Ordering": {"OrderUnit": "C62", "MinimumOrderQuantity": "1", "OrderStepSize": "1", "StandardOrderLeadTime": 3},
        "Pricing": [
            {
                "PriceUnit": "C62", "PriceQuantity": "1", "GrossListPrice": f"{number % 1000}.5", "NetPrice": "1.25",
                "Vat": "21", "PriceValidityDate": "2026-01-01",
            }
        ],
        "PackagingUnit": [{"PackagingIdentification": {"PackagingTypeCode": "BX", "PackagingQuantity": "6"}}],
    }  # fmt: skip
    value = {
        "ProductIdentification": {
            "ManufacturerName": f"Fabrikant {number % 50}", "ManufacturerProductNumber": f"P{number:08}",
        },
        "ProductDetails": {"ProductStatus": "ACTIVE", "ProductType": "PHYSICAL", "ProductDescriptions": words},
        "ProductAttachments": [
            {"AttachmentType": "ATX015", "AttachmentDetails": [{"AttachmentUri": f"https://x.example/{number}.jpg"}]}
        ],
        "EtimClassification": [
            {"EtimReleaseVersion": "10.0", "EtimClassCode": "EC000905", "EtimFeatures": features}
        ],
        "TradeItem": [item],
    }  # fmt: skip
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def make_file(path: Path, megabytes: int) -> int:
    """Make a catalogue of about this size; return how many products it has."""
    number, size = 0, 0
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(HEAD)
        while size < megabytes << 20:
            number += 1
            size += file.write((",\n" if number > 1 else "") + product(number))
        file.write(TAIL)
    return number


def visit(path: str) -> dict[str, Any]:
    """Visit the values of every product."""
    products = values = characters = 0
    with Path(path).open(encoding="utf-8") as file:
        next(file)
        for line in file:
            if not line.startswith("{"):
                break
            left = [json.loads(line.rstrip(",\n"))]
            products += 1
            while left:
                value = left.pop()
                if isinstance(value, dict):
                    characters += sum(map(len, value))
                    left += value.values()
                elif isinstance(value, list):
                    left += value
                else:
                    values += 1
                    characters += len(value) if isinstance(value, str) else 1
    return {"products": products, "values": values}


if __name__ == "__main__":
    compare_reading(__file__, __doc__, "etim-xchange", make_file=make_file, visit=visit, items="products")
