"""Whatever stands in the records comes back from the document, as a parser that is not ours reads it."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from support.feed_desk import feed_layout, json_record, xml_record

if TYPE_CHECKING:
    from support.feed_desk import FeedDesk

FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
SPECIAL = st.text(st.sampled_from("<>&\"']]>\\/{}[]\r\n\t\x00\x01\x1f\x7f\x85\u2028\ufffe\uffff%!-?a "), max_size=12)
TEXT = st.one_of(st.text(max_size=20), SPECIAL)
"""Any characters but surrogates, which UTF-8 and so the catalogue cannot have."""
VALUES = st.lists(TEXT, min_size=1, max_size=5)

XML = feed_layout(
    "xml",
    xml_record(
        {"name": "t", "field": "brand", "if_empty": "write"},
        {"name": "c", "field": "brand", "cdata": True, "if_empty": "write"},
        {"name": "a", "attributes": [{"name": "v", "field": "brand"}], "if_empty": "write"},
        {"name": "list", "elements": [{"name": "p", "repeat": {"entity": "price"}, "field": "unit"}]},
    ),
)
JSON = feed_layout(
    "json",
    json_record(
        {"name": 'a "name" \\ {{of}} \x01', "field": "brand"},
        {"name": "list", "repeat": {"entity": "price"}, "field": "unit"},
    ),
)


def fill(desk: FeedDesk, values: list[str]) -> None:
    desk.put("article", *({"number": f"A{place}", "brand": value} for place, value in enumerate(values)))
    desk.put("price", *({"article": "A0", "quantity_from": place, "unit": value} for place, value in enumerate(values)))


@settings(max_examples=60)
@given(values=VALUES)
def test_xml_gives_every_text_back(shared_desk: FeedDesk, values: list[str]) -> None:
    fill(shared_desk, values)
    tree = etree.fromstring(shared_desk.write(XML).encode(), etree.XMLParser(resolve_entities=False))
    kept = [FORBIDDEN.sub("", value) for value in values]
    assert [item.findtext("t") for item in tree] == kept
    assert [item.findtext("c") for item in tree] == kept
    assert [each.get("v", "") for each in tree.iterfind("item/a")] == kept
    found = [each.text or "" for each in tree[0].iterfind("list/p")]
    assert found == [text for text, value in zip(kept, values, strict=True) if value]


@settings(max_examples=60)
@given(values=VALUES)
def test_json_gives_every_text_back(shared_desk: FeedDesk, values: list[str]) -> None:
    fill(shared_desk, values)
    found = json.loads(shared_desk.write(JSON))
    assert [each.get('a "name" \\ {of} \x01', "") for each in found] == values
    assert found[0].get("list", []) == [value for value in values if value]


@settings(max_examples=60)
@given(
    number=st.decimals(min_value="-999999999999", max_value="999999999999", places=6),
    whole=st.integers(min_value=-(2**63), max_value=2**63 - 1),
    flag=st.booleans(),
)
def test_numbers_come_back_exactly(shared_desk: FeedDesk, number: Decimal, whole: int, flag: bool) -> None:
    shared_desk.put("article", {"number": "A", "gross_price": number, "delivery_days": whole, "stocked": flag})
    members = [{"name": name, "field": name} for name in ("gross_price", "delivery_days", "stocked")]
    text = shared_desk.write(feed_layout("json", json_record(*members)))
    found = json.loads(text, parse_float=Decimal)[0]
    assert found["gross_price"] == number
    assert (int(found["delivery_days"]), found["stocked"]) == (whole, flag)
