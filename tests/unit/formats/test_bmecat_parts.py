"""Parts of BMEcat by themselves: extensions, the header, prices."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from support.bmecat_desk import BmecatDesk, catalogue, product

from core.exchange.formats.bmecat.extension import Rest, parsed, plain_xml
from core.exchange.formats.bmecat.header import Header, Party, read_header
from core.exchange.formats.bmecat.prices import name_prices, summarise

if TYPE_CHECKING:
    from pathlib import Path

NAMES = st.sampled_from(["UDX.A", "UDX.B", "REACH", "b-c", "x1"])
TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]) | st.sampled_from("<>&\"'\n\t"), max_size=20
)
ELEMENTS = st.recursive(
    st.tuples(NAMES, st.dictionaries(NAMES, TEXTS, max_size=2), TEXTS),
    lambda inner: st.tuples(NAMES, st.dictionaries(NAMES, TEXTS, max_size=2), st.lists(inner, min_size=1, max_size=3)),
    max_leaves=8,
)


def built(tree: tuple[str, dict[str, str], object], namespace: str = "") -> etree._Element:
    name, attributes, content = tree
    element = etree.Element(f"{{{namespace}}}{name}" if namespace else name, attributes)
    if isinstance(content, str):
        element.text = content
    else:
        assert isinstance(content, list)
        element.extend([built(each, namespace) for each in content])
    return element


def shape(element: etree._Element) -> object:
    """Return what an element says: blanks around elements, and elements with nothing, say nothing."""
    inner = [found for each in element if (found := shape(each))]
    text = (element.text or "") if not len(element) else ""
    if not inner and not text.strip() and not element.attrib:
        return None
    return element.tag, dict(element.attrib), inner or (text if text.strip() else "")


@given(ELEMENTS, st.sampled_from(["", "urn:a"]))
def test_an_element_that_is_kept_says_the_same_afterwards(tree: tuple[str, dict[str, str], object], space: str) -> None:
    rest = Rest()
    rest.add(built(tree, space), "PRODUCT_DETAILS")
    wanted = shape(built(tree))
    kept = parsed(rest.text())
    if wanted is None:
        assert kept is None
        return
    assert kept is not None
    assert [each.tag for each in kept] == ["PRODUCT_DETAILS"]
    assert shape(kept[0][0]) == wanted


@pytest.mark.parametrize("text", ["", "{}", "no xml", "<a>", "<!DOCTYPE x><a/>", "<a/></x><x>"])
def test_an_extension_that_is_none_of_ours_is_passed_over(text: str) -> None:
    kept = parsed(text)
    assert kept is None or [each.tag for each in kept] == []


def test_comments_and_namespaces_are_left_behind() -> None:
    element = etree.fromstring('<n:A xmlns:n="urn:n" n:b="1"><!-- no --><n:ARTICLE_ORDER>1</n:ARTICLE_ORDER></n:A>')
    assert plain_xml(element) == '<A b="1"><PRODUCT_ORDER>1</PRODUCT_ORDER></A>'


def test_a_party_that_is_referred_to() -> None:
    header = Header()
    read_header(
        etree.fromstring(
            "<HEADER><CATALOG/><SUPPLIER_IDREF>S1</SUPPLIER_IDREF><PARTIES><PARTY><PARTY_ID>S1</PARTY_ID>"
            '<PARTY_ID type="iln">8712345000004</PARTY_ID><ADDRESS><NAME>Wij</NAME></ADDRESS></PARTY>'
            "<PARTY><PARTY_ID>M1</PARTY_ID><ADDRESS><NAME>Maker</NAME></ADDRESS></PARTY></PARTIES></HEADER>"
        ),
        header,
    )
    assert header.supplier == Party("Wij", "8712345000004", "", "S1")
    assert header.parties["M1"].name == "Maker"
    assert "<PARTIES>" in header.extension


def test_a_maker_that_is_referred_to(tmp_path: Path) -> None:
    source = catalogue(product("1", details="<MANUFACTURER_IDREF>M1</MANUFACTURER_IDREF>")).replace(
        "</HEADER>",
        '<PARTIES><PARTY><PARTY_ID>M1</PARTY_ID><PARTY_ID type="gln">8712345000004</PARTY_ID>'
        "<ADDRESS><NAME>Maker</NAME></ADDRESS></PARTY></PARTIES></HEADER>",
    )
    article = BmecatDesk("bmecat", tmp_path).take(source).one("article")
    assert (article["manufacturer"], article["manufacturer_gln"]) == ("Maker", "8712345000004")


AMOUNT = st.decimals(min_value=0, max_value=10**6, places=4).map(lambda number: f"{number:f}")
PRICE = st.fixed_dictionaries(
    {
        "price_type": st.sampled_from(["net_list", "nrp"]),
        "quantity_from": st.sampled_from(["1", "10"]),
        "valid_from": st.sampled_from(["1900-01-01", "2026-01-01"]),
        "currency": st.sampled_from(["EUR", "CHF"]),
        "gross_price": AMOUNT,
    },
    optional={
        "territories": st.sampled_from(["DE", "NL\nBE"]),
        "valid_until": st.just("2026-06-30"),
        "price_factor": AMOUNT,
    },
)


@given(st.lists(PRICE, max_size=8))
def test_each_price_of_an_article_has_a_key_of_its_own(prices: list[dict[str, str]]) -> None:
    found = [(values, 1) for values in prices]
    name_prices(found)
    keys = [(values["price_list"], values["quantity_from"], values["valid_from"]) for values in prices]
    assert len(set(keys)) == len(keys)
    summary = summarise(found, "2026-03-01")
    assert bool(summary) == bool(prices)


def test_a_price_that_is_over_gives_way_to_one_that_is_valid() -> None:
    over = {"price_type": "net_list", "quantity_from": "1", "valid_from": "2025-01-01", "valid_until": "2025-12-31"}
    prices = [(over | {"gross_price": "1"}, 1), (over | {"gross_price": "2", "valid_until": "2026-12-31"}, 2)]
    assert summarise(prices, "2026-03-01")["gross_price"] == "2"
    assert summarise(prices[:1], "2026-03-01")["gross_price"] == "1"
