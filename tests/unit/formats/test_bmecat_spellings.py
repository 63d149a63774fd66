"""An article says the same however its file spells it, and whichever way through the reader its parts go."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape, quoteattr

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st
from support.bmecat_desk import BmecatDesk

from core.exchange.formats.bmecat.names import OLD_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import pytest

    from core.config.formats import FormatId

ENTITY = "words of an entity"
TEXTS = (ENTITY, 'a "quote"', "two\nlines", "<x> & ]]", "Größe 日", "1.5", "8711111000017", "C62", "x", "")


@dataclass
class Tree:
    """An element, by its name in BMEcat 2005."""

    name: str
    text: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Tree] = field(default_factory=list)

    def all(self) -> Iterator[Tree]:
        yield self
        for child in self.children:
            yield from child.all()


def plainly(tree: Tree) -> str:
    attributes = "".join(f" {name}={quoteattr(value)}" for name, value in tree.attributes.items())
    children = "".join(map(plainly, tree.children))
    return f"<{tree.name}{attributes}>{escape(tree.text)}{children}</{tree.name}>"


@dataclass
class Otherwise:
    """Spells the same in other ways: old names, a namespace, CDATA, entities, comments, text between elements."""

    random: Random
    prefix: str

    def __post_init__(self) -> None:
        # With an element that says nothing, features are read the long way; all of them, for they are numbered after
        # those that are read the short way.
        self.more = self.random.choice([[], [Tree("FDESCR")]])

    def spelled(self, tree: Tree) -> str:
        chosen = self.random.choice
        name = self.prefix + chosen([tree.name, OLD_NAMES.get(tree.name, tree.name)])
        attributes = "".join(f"\n {key}={quoteattr(value)}" for key, value in reversed(tree.attributes.items()))
        children = list(tree.children)
        if tree.name == "FEATURE":
            children += self.more
        between = ["", "\n", "<!-- </PRODUCT> -->", "<?do nothing?>", "stray &amp; text", "<![CDATA[<FEATURE>]]>\n"]
        inner = "".join(self.spelled(child) + chosen(between) for child in children)
        return f"<{name}{attributes}>{self.text(tree.text)}{inner}</{name}>"

    def text(self, text: str) -> str:
        if text == ENTITY:
            return self.random.choice([text, "&words;"])
        cut = self.random.randint(0, len(text))
        head, tail = text[:cut], text[cut:]
        references = "".join(f"&#{ord(each)};" for each in head)
        # A comment, or an instruction, within a text is no end of it.
        return self.random.choice([references, escape(head)]) + self.random.choice(
            [f"<![CDATA[{tail}]]>" if tail else "", f"<!-- c -->{escape(tail)}", f"<?p?>{escape(tail)}"]
        )


class Maker:
    """Makes articles with a bit of everything, and elements that nobody knows in most of their parts."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.number = 0

    def articles(self) -> list[Tree]:
        return [self.article() for _ in range(self.random.randint(1, 4))]

    def article(self) -> Tree:
        details = self.some("DESCRIPTION_SHORT", 2) + self.some("KEYWORD", 3) + self.some("MANUFACTURER_PID", 1)
        details += self.some("REMARKS", 2) + self.some("INTERNATIONAL_PID", 2) + self.odd()
        features = [Tree("REFERENCE_FEATURE_SYSTEM_NAME", self.random.choice(["ETIM-10.0", "ECLASS-13"]))]
        features += [Tree("REFERENCE_FEATURE_GROUP_ID", "EC000905"), *self.odd()]
        features += [self.feature() for _ in range(self.random.randint(0, 5))]
        file = Tree(
            "MIME", "", {}, self.some("MIME_SOURCE", 2) + self.some("MIME_DESCR", 2) + self.some("MIME_ORDER", 1)
        )
        prices = [self.price() for _ in range(self.random.randint(0, 3))]
        parts = [
            Tree("PRODUCT_DETAILS", "", {}, details),
            Tree("PRODUCT_FEATURES", "", {}, features),
            Tree(
                "PRODUCT_ORDER_DETAILS", "", {}, self.some("ORDER_UNIT", 1) + self.some("QUANTITY_MIN", 2) + self.odd()
            ),
            Tree("PRODUCT_PRICE_DETAILS", "", {}, prices + self.odd()),
            Tree("MIME_INFO", "", {}, [file]),
            Tree("PRODUCT_REFERENCE", "", {"type": "accessories"}, self.some("PROD_ID_TO", 1)),
            *self.odd(),
        ]
        number = Tree("SUPPLIER_PID", self.random.choice(["A1", "A2", ""]))
        return Tree("PRODUCT", "", {}, [number, *(part for part in parts if self.random.random() < 0.9)])

    def price(self) -> Tree:
        amount, bound, rate = (self.random.choice(["1", "2.50", "1E1", "none"]) for _ in range(3))
        parts = [Tree("PRICE_AMOUNT", amount), Tree("LOWER_BOUND", bound), Tree("TAX", rate)]
        parts += self.some("PRICE_CURRENCY", 1) + self.some("TERRITORY", 2) + self.odd()
        return Tree("PRODUCT_PRICE", "", {"price_type": self.random.choice(["net_list", "nrp", "on_request"])}, parts)

    def feature(self) -> Tree:
        self.number += 1
        # Those that say more have names of their own: plain ones are numbered before the others.
        if self.random.random() < 0.7:
            name = Tree("FNAME", self.random.choice(["EF000001", "EF000002", "a\nb"]))
            return Tree("FEATURE", "", {}, [name, Tree("FVALUE", f"V{self.number:04}")])
        parts = [Tree("FNAME", f"X{self.number}"), *self.some("FVALUE", 2), *self.some("FUNIT", 1), *self.odd()]
        return Tree("FEATURE", "", {}, parts)

    def some(self, name: str, most: int) -> list[Tree]:
        languages: tuple[dict[str, str], ...] = ({}, {}, {"lang": "deu"})
        choose = self.random.choice
        return [Tree(name, choose(TEXTS), choose(languages)) for _ in range(self.random.randint(0, most))]

    def odd(self) -> list[Tree]:
        self.number += 1
        odd = Tree("ODD", f"U{self.number:04}", self.random.choice(({}, {"odd": 'a "b" & <c>'})))
        return self.random.choice(([], [], [odd], [Tree("ODD", "", {}, [odd])]))


def document(products: Sequence[str], *, prefix: str = "", space: str = "") -> bytes:
    head = (
        "<HEADER><CATALOG><LANGUAGE>nld</LANGUAGE><CATALOG_ID>C</CATALOG_ID><CATALOG_VERSION>1</CATALOG_VERSION>"
        "<CURRENCY>EUR</CURRENCY></CATALOG><SUPPLIER><SUPPLIER_NAME>S</SUPPLIER_NAME></SUPPLIER></HEADER>"
    )
    head = head.replace("</", "<//").replace("<", f"<{prefix}").replace(f"{prefix}//", f"/{prefix}")
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE {prefix}BMECAT [<!ENTITY words "{ENTITY}">]>\n'
        f'<{prefix}BMECAT{space} version="2005">{head}<{prefix}T_NEW_CATALOG>{"".join(products)}'
        f"</{prefix}T_NEW_CATALOG></{prefix}BMECAT>"
    ).encode()


def rows_of(format_id: FormatId, directory: Path, source: bytes) -> dict[str, list[tuple[Any, ...]]]:
    """Return the raw records of each entity, with their item and without their line; in no order."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    with duckdb.connect() as connection:
        for part in BmecatDesk(format_id, directory).content(source).parts:
            rows = part.raw.rows()
            named = ", ".join(f'_c{place} AS "{name}"' for place, name in enumerate(rows.names, start=1))
            records = f"SELECT item, {named} FROM {rows.relation} JOIN ({part.raw.items()}) ON record = _record"
            faults = f"SELECT item, reason, value FROM ({rows.unreadable}) JOIN ({part.raw.items()}) USING (record)"
            each = connection.execute(records).fetchall()
            each += connection.execute(faults).fetchall() if rows.unreadable else []
            found[part.entity.name] = sorted(each, key=repr)
    return found


@settings(max_examples=30)
@given(
    st.integers(0, 10**9),
    st.sampled_from([("", ""), ("b:", ' xmlns:b="urn:b"'), ("", ' xmlns="http://www.bmecat.org/bmecat/2005"')]),
    st.sampled_from(["bmecat", "etim-bmecat"]),
)
def test_the_rows_are_the_same_however_it_is_spelled_and_nothing_is_lost(
    tmp_path_factory: pytest.TempPathFactory, seed: int, namespace: tuple[str, str], format_id: FormatId
) -> None:
    directory, random, (prefix, space) = tmp_path_factory.getbasetemp(), Random(seed), namespace
    trees = Maker(random).articles()
    other = Otherwise(random, prefix)
    plain = rows_of(format_id, directory, document(list(map(plainly, trees))))
    spelled = document([other.spelled(tree) for tree in trees], prefix=prefix, space=space)
    assert rows_of(format_id, directory, spelled) == plain
    shown = repr(plain)
    for number, *parts in (tree.children for tree in trees):
        # What stands in an article without a number is rejected with it; and without a price there are no terms of it.
        kept = [part for part in parts if number.text and part.name != "PRODUCT_PRICE_DETAILS"]
        unknown = [each.text for part in kept for each in part.all() if each.name == "ODD"]
        assert not [text for text in unknown if text not in shown]


@settings(max_examples=20)
@given(st.integers(0, 10**9))
def test_a_feature_tells_its_line(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    random = Random(seed)
    text = "".join(map(plainly, Maker(random).articles())).replace("<SUPPLIER_PID></", "<SUPPLIER_PID>A3</")
    for tag in ("<FEATURE>", "<FNAME>", "<PRODUCT>", "</PRODUCT_DETAILS>"):
        text = text.replace(tag, "\n" * random.randint(0, 2) + tag + "<!--\n-->" * random.randint(0, 1))
    source = document([text]).decode()
    features = re.finditer("<FEATURE>(?:(?!<FEATURE>).)*?<FVALUE>(V[0-9]{4})", source, re.DOTALL)
    lines = {each[1]: source.count("\n", 0, each.start()) + 1 for each in features}
    found: dict[str, int] = {}
    with duckdb.connect() as connection:
        for part in BmecatDesk("bmecat", tmp_path_factory.getbasetemp()).content(source).parts:
            if part.entity.name == "article_feature" and part.raw.records:
                rows = part.raw.rows()
                place = rows.names.index("value") + 1
                found = dict(connection.execute(f"SELECT _c{place}, _line FROM {rows.relation}").fetchall())
    assert {value: line for value, line in found.items() if value in lines} == lines
