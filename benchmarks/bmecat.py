"""Reading a catalogue of BMEcat beside lxml's iterparse, which merely visits its elements.

    python benchmarks/bmecat.py [--megabytes N] [--rounds N] [--json]

The file is made up: BMEcat 2005 with an article of about 2.3 kB, its texts in two languages, 12 features, three prices,
two files and a packing unit. iterparse gives each PRODUCT when it is whole; every element below it is visited, its tag
and its text are looked at, and then it is forgotten. Pendel's reader makes the raw records of all entities, as an
import does before it stages them; what follows is DuckDB's work and the same for every format. Each works in a
process of its own, and they take turns; the ratio is the median over the rounds.

Goal: at most twice as long as visiting, and memory that does not grow with the file.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from lxml import etree

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.format_reading import compare_reading

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<BMECAT xmlns="http://www.bmecat.org/bmecat/2005" version="2005">
  <HEADER><CATALOG><LANGUAGE default="true">nld</LANGUAGE><LANGUAGE>deu</LANGUAGE><CATALOG_ID>BENCH</CATALOG_ID>
  <CATALOG_VERSION>{version}</CATALOG_VERSION><CURRENCY>EUR</CURRENCY></CATALOG>
  <SUPPLIER><SUPPLIER_NAME>Bench</SUPPLIER_NAME></SUPPLIER></HEADER>
  <T_NEW_CATALOG>
"""
TAIL = "  </T_NEW_CATALOG>\n</BMECAT>\n"


def article(number: int) -> str:
    """Return an article."""
    features = "".join(
        f"<FEATURE><FNAME>EF{place:06}</FNAME><FVALUE>{(number * place) % 997}</FVALUE></FEATURE>\n"
        for place in range(1, 13)
    )
    prices = "".join(
        f'<PRODUCT_PRICE price_type="net_list"><PRICE_AMOUNT>{number % 1000}.{place:02}</PRICE_AMOUNT>'
        f"<PRICE_CURRENCY>EUR</PRICE_CURRENCY><TAX>0.21</TAX><LOWER_BOUND>{10**place}</LOWER_BOUND></PRODUCT_PRICE>\n"
        for place in range(3)
    )
    return (
        f'<PRODUCT mode="new"><SUPPLIER_PID>P{number:08}</SUPPLIER_PID>\n<PRODUCT_DETAILS>'
        f"<DESCRIPTION_SHORT>Artikel nummer {number} &amp; meer</DESCRIPTION_SHORT>\n"
        f'<DESCRIPTION_SHORT lang="deu">Artikel Nummer {number}</DESCRIPTION_SHORT>\n'
        f"<DESCRIPTION_LONG>{'Een omschrijving met enkele woorden erin, ' * (1 + number % 4)}{number}"
        "</DESCRIPTION_LONG>\n"
        f'<INTERNATIONAL_PID type="gtin">{8711111000000 + number}</INTERNATIONAL_PID>\n'
        f"<MANUFACTURER_PID>M-{number}</MANUFACTURER_PID>\n"
        f"<MANUFACTURER_NAME>Fabrikant {number % 50}</MANUFACTURER_NAME>\n"
        "<DELIVERY_TIME>3</DELIVERY_TIME>\n<KEYWORD>schakelaar</KEYWORD>\n<KEYWORD>wit</KEYWORD>\n</PRODUCT_DETAILS>\n"
        "<PRODUCT_FEATURES><REFERENCE_FEATURE_SYSTEM_NAME>ETIM-10.0</REFERENCE_FEATURE_SYSTEM_NAME>\n"
        f"<REFERENCE_FEATURE_GROUP_ID>EC000905</REFERENCE_FEATURE_GROUP_ID>\n{features}</PRODUCT_FEATURES>\n"
        "<PRODUCT_ORDER_DETAILS><ORDER_UNIT>C62</ORDER_UNIT>\n<CONTENT_UNIT>C62</CONTENT_UNIT>\n"
        "<NO_CU_PER_OU>1</NO_CU_PER_OU>\n<PRICE_QUANTITY>1</PRICE_QUANTITY>\n<QUANTITY_MIN>1</QUANTITY_MIN>\n"
        '</PRODUCT_ORDER_DETAILS>\n<PRODUCT_PRICE_DETAILS><DATETIME type="valid_start_date"><DATE>2026-01-01</DATE>'
        f"</DATETIME>\n{prices}</PRODUCT_PRICE_DETAILS>\n<MIME_INFO>"
        f"<MIME><MIME_TYPE>image/jpeg</MIME_TYPE><MIME_SOURCE>{number}.jpg</MIME_SOURCE></MIME>\n"
        f"<MIME><MIME_TYPE>application/pdf</MIME_TYPE><MIME_SOURCE>{number}.pdf</MIME_SOURCE></MIME></MIME_INFO>\n"
        f'<PRODUCT_REFERENCE type="accessories"><PROD_ID_TO>P{number + 1:08}</PROD_ID_TO></PRODUCT_REFERENCE>\n'
        "</PRODUCT>\n"
    )


def make_file(path: Path, megabytes: int, *, version: str = "1.0", lacks: int = 0) -> int:
    """Make a catalogue of about this size; return how many articles it has.

    ``lacks``: one of so many articles is left out.
    """
    number, size, left_out = 0, 0, 0
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(HEAD.replace("{version}", version))
        while size < megabytes << 20:
            number += 1
            text = article(number)
            size += len(text)
            if lacks and number % lacks == 0:
                left_out += 1
            else:
                file.write(text)
        file.write(TAIL)
    return number - left_out


def visit(path: str) -> dict[str, Any]:
    """Visit the elements of every article."""
    articles = elements = characters = 0
    for _event, element in etree.iterparse(path, tag="{*}PRODUCT", remove_comments=True, remove_pis=True):
        articles += 1
        for each in element.iter():
            elements += each.tag != ""
            characters += len(each.text or "")
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]  # type: ignore[union-attr]
    return {"articles": articles, "elements": elements}


if __name__ == "__main__":
    compare_reading(__file__, __doc__, "bmecat", make_file=make_file, visit=visit, items="articles", shares=True)
