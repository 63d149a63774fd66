"""What a feed layout makes of records: every option, to the character."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from lxml import etree
from support.feed_desk import feed_layout, json_record, xml_record

from core.errors import DataError, StopRequested

if TYPE_CHECKING:
    from support.feed_desk import FeedDesk

A1: dict[str, Any] = {
    "number": "A1",
    "product": "P1",
    "description.nl": "Stoel",
    "description.en": "Chair",
    "gross_price": "12.50",
    "delivery_days": 3,
    "stocked": True,
    "valid_from": "2026-01-31",
    "changed_at": "2026-11-28 07:08:09",
    "weight": "0.125",
}
A2: dict[str, Any] = {"number": "A2", "product": "P1", "description.nl": "Tafel", "stocked": False}
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


def xml_of(desk: FeedDesk, *elements: dict[str, Any], **record: Any) -> str:
    """Return what stands in the items of a document."""
    text = desk.write(feed_layout("xml", xml_record(*elements, **record)))
    assert text.startswith(f"{HEAD}<feed>\n")
    assert text.endswith("\n</feed>\n")
    etree.fromstring(text.encode())
    return text.removeprefix(f"{HEAD}<feed>\n").removesuffix("\n</feed>\n")


def json_of(desk: FeedDesk, *members: dict[str, Any], **record: Any) -> str:
    """Return what stands in the list of a document."""
    text = desk.write(feed_layout("json", json_record(*members, **record)))
    assert text.startswith("[\n")
    assert text.endswith("\n]\n")
    json.loads(text)
    return text.removeprefix("[\n").removesuffix("\n]\n")


ONE_VALUE = [
    pytest.param({"field": "number"}, "A1", '"A1"', id="text"),
    pytest.param({"field": "gross_price"}, "12.5", "12.5", id="decimal"),
    pytest.param({"field": "gross_price", "format": "0.00"}, "12.50", "12.50", id="decimal with a format"),
    pytest.param({"field": "delivery_days"}, "3", "3", id="integer"),
    pytest.param({"field": "stocked"}, "true", "true", id="boolean"),
    pytest.param({"field": "valid_from"}, "2026-01-31", '"2026-01-31"', id="date"),
    pytest.param({"field": "valid_from", "format": "%d-%m-%Y"}, "31-01-2026", '"31-01-2026"', id="date with a format"),
    pytest.param({"field": "changed_at"}, "2026-11-28T07:08:09Z", '"2026-11-28T07:08:09Z"', id="time"),
    pytest.param({"field": "description"}, "Stoel", '"Stoel"', id="translated"),
    pytest.param({"field": "description.en"}, "Chair", '"Chair"', id="translated, with its language"),
    pytest.param({"field": "description", "convert": ["upper"]}, "STOEL", '"STOEL"', id="converted"),
    pytest.param({"field": "number", "values": {"A1": "first"}}, "first", '"first"', id="value list"),
    pytest.param({"field": "stocked", "values": {"true": "1"}}, "1", '"1"', id="value list of a boolean"),
    pytest.param({"field": "brand", "default": "none"}, "none", '"none"', id="default"),
    pytest.param({"field": "order_quantity_min", "default": "1"}, "1", "1", id="default of a number"),
    pytest.param({"expression": "gross_price * 2"}, "25", "25", id="expression"),
    pytest.param({"expression": "upper(description)"}, "STOEL", '"STOEL"', id="expression in a language"),
    pytest.param({"expression": "gross_price > 10"}, "true", "true", id="expression that is true or false"),
    pytest.param({"constant": "a {date}"}, "a 2026-11-28", '"a 2026-11-28"', id="constant with a date"),
    pytest.param({"constant": "{{x}}"}, "{x}", '"{x}"', id="braces"),
    pytest.param(
        {"constant": "{datetime}"}, *["2026-11-28T20:30:05+00:00"] * 1, '"2026-11-28T20:30:05+00:00"', id="now"
    ),
    pytest.param({"constant": "{time:%H.%M}"}, "20.30", '"20.30"', id="time with a format"),
    pytest.param(
        {"constant": "{task}/{entity}/{assortment}/{publication}/{count}/{language}"},
        "shop/article/supplier/webshop/1/nl",
        '"shop/article/supplier/webshop/1/nl"',
        id="all placeholders",
    ),
]


@pytest.mark.parametrize(("value", "in_xml", "in_json"), ONE_VALUE)
def test_a_value(desk: FeedDesk, value: dict[str, Any], in_xml: str, in_json: str) -> None:
    desk.put("article", A1)
    assert xml_of(desk, {"name": "v", **value}) == f"<item><v>{in_xml}</v></item>"
    attribute = {"name": "n", "attributes": [{"name": "v", **value}]}
    assert xml_of(desk, attribute) == f'<item><n v="{in_xml}"/></item>'
    assert json_of(desk, {"name": "v", **value}) == f'{{"v":{in_json}}}'


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ({"field": "gross_price", "write_as": "text"}, '"12.5"'),
        ({"field": "delivery_days", "values": {"3": "7"}, "write_as": "number"}, "7"),
        ({"field": "stocked", "values": {"true": "1", "false": "0"}, "write_as": "number"}, "1"),
        ({"field": "stocked", "write_as": "text"}, '"true"'),
        ({"expression": "CASE WHEN stocked THEN 'false' ELSE 'true' END", "write_as": "boolean"}, "false"),
        ({"constant": "-1.5e3", "write_as": "number"}, "-1.5e3"),
        ({"constant": "true", "write_as": "boolean"}, "true"),
        ({"constant": "5"}, '"5"'),
    ],
)
def test_what_a_json_value_is_written_as(desk: FeedDesk, value: dict[str, Any], written: str) -> None:
    desk.put("article", A1)
    assert json_of(desk, {"name": "v", **value}) == f'{{"v":{written}}}'


def test_what_is_empty_is_left_out_or_written(desk: FeedDesk) -> None:
    desk.put("article", {"number": "A1", "brand": ""})
    empty = {"name": "e", "field": "brand"}
    number = {"name": "n", "field": "gross_price"}
    assert xml_of(desk, empty, number) == "<item></item>"
    assert xml_of(desk, {**empty, "if_empty": "write"}) == "<item><e></e></item>"
    assert xml_of(desk, {"name": "g", "elements": [empty, number]}) == "<item></item>"
    assert xml_of(desk, {"name": "g", "elements": [empty], "if_empty": "write"}) == "<item><g></g></item>"
    assert xml_of(desk, {"name": "g", "attributes": [{"name": "a", "field": "brand"}]}) == "<item></item>"
    assert xml_of(desk, {"name": "g", "attributes": [{"name": "a", "field": "number"}], "field": "brand"}) == (
        '<item><g a="A1"></g></item>'
    )
    assert json_of(desk, empty, number) == "{}"
    assert json_of(desk, {**empty, "if_empty": "write"}, {**number, "if_empty": "write"}) == '{"e":null,"n":null}'
    assert json_of(desk, {"name": "g", "members": [empty]}) == "{}"
    assert json_of(desk, {"name": "g", "members": [empty], "if_empty": "write"}) == '{"g":{}}'


def test_a_constant_alone_keeps_no_empty_element_alive(desk: FeedDesk) -> None:
    desk.put("article", A1, {"number": "A2"})
    price = {"name": "price", "attributes": [{"name": "currency", "constant": "EUR"}], "field": "gross_price"}
    assert xml_of(desk, price) == '<item><price currency="EUR">12.5</price></item>\n<item></item>'
    shipping = {"name": "shipping", "elements": [{"name": "country", "constant": "NL"}, price]}
    assert xml_of(desk, shipping).endswith("\n<item></item>")
    assert xml_of(desk, {"name": "country", "constant": "NL"}) == "\n".join(["<item><country>NL</country></item>"] * 2)
    members = [{"name": "country", "constant": "NL"}, {"name": "price", "field": "gross_price"}]
    assert json_of(desk, {"name": "s", "members": members}) == '{"s":{"country":"NL","price":12.5}},\n{}'


def test_an_element_that_is_written_always_does_not_keep_the_one_around_it_alive(desk: FeedDesk) -> None:
    desk.put("article", {"number": "A1"})
    inner = {"name": "i", "field": "brand", "if_empty": "write"}
    assert xml_of(desk, {"name": "g", "elements": [inner]}) == "<item></item>"


def test_conditions(desk: FeedDesk) -> None:
    desk.put("article", A1, A2)
    when = {"when": "stocked"}
    assert xml_of(desk, {"name": "s", "constant": "yes", **when}) == "<item><s>yes</s></item>\n<item></item>"
    group = {"name": "g", "elements": [{"name": "n", "field": "number"}], **when}
    assert xml_of(desk, group) == "<item><g><n>A1</n></g></item>\n<item></item>"
    attributes = [{"name": "a", "constant": "x", **when}, {"name": "b", "field": "number", **when}]
    assert xml_of(desk, {"name": "e", "attributes": attributes, "field": "number"}) == (
        '<item><e a="x" b="A1">A1</e></item>\n<item><e>A2</e></item>'
    )
    assert json_of(desk, {"name": "s", "constant": "yes", **when}) == '{"s":"yes"},\n{}'
    # Of the element of the records, it chooses among them.
    assert xml_of(desk, {"name": "n", "field": "number"}, when="NOT stocked") == "<item><n>A2</n></item>"
    assert json_of(desk, {"name": "n", "field": "number"}, when="number = 'A3'") == ""


def test_markup_is_written_as_text(desk: FeedDesk) -> None:
    text = "</item>&amp;<x a='1' b=\"2\">]]><![CDATA[\r\n\t<!-- ${7*7} {date} \\u0000"
    desk.put("article", {"number": text})
    value = {"field": "number"}
    written = xml_of(
        desk, {"name": "e", "attributes": [{"name": "a", **value}], **value}, {"name": "c", "cdata": True, **value}
    )
    tree = etree.fromstring(written.encode())
    assert [tree[0].text, tree[0].get("a"), tree[1].text] == [text] * 3
    assert json.loads(json_of(desk, {"name": "v", **value})) == {"v": text}
    constant = text.replace("{", "{{").replace("}", "}}")
    written = xml_of(desk, {"name": "e", "attributes": [{"name": "a", "constant": constant}], "constant": constant})
    tree = etree.fromstring(written.encode())
    assert [tree[0].text, tree[0].get("a")] == [text] * 2


def test_a_cdata_section(desk: FeedDesk) -> None:
    desk.put("article", {"number": "a < b"}, {"number": "]]>"}, {"number": "]]\x01>"}, {"number": ""})
    assert xml_of(desk, {"name": "c", "cdata": True, "field": "number"}).splitlines() == [
        "<item><c><![CDATA[a < b]]></c></item>",
        "<item><c><![CDATA[]]]]><![CDATA[>]]></c></item>",
        "<item><c><![CDATA[]]]]><![CDATA[>]]></c></item>",
        "<item></item>",
    ]


def test_what_xml_cannot_have_is_left_out(desk: FeedDesk) -> None:
    every = "".join(map(chr, [*range(32), 0xFFFE, 0xFFFF, 0x7F, 0x85, 0x2028, 0xFDD0, 0x1F600]))
    kept = "\t\n\r\x7f\x85\u2028\ufdd0\U0001f600"
    desk.put("article", {"number": every})
    written = xml_of(desk, {"name": "e", "attributes": [{"name": "a", "field": "number"}], "field": "number"})
    tree = etree.fromstring(written.encode())
    assert (tree[0].text, tree[0].get("a")) == (kept, kept)
    assert json.loads(json_of(desk, {"name": "v", "field": "number"})) == {"v": every}


def test_namespaces(desk: FeedDesk) -> None:
    desk.put("article", A1)
    root = xml_record({"name": "g:id", "field": "number", "attributes": [{"name": "xml:lang", "constant": "nl"}]})
    layout = feed_layout("xml", root, namespace="urn:a&b", namespaces={"g": "http://base.google.com/ns/1.0"})
    text = desk.write(layout)
    assert text == (
        f'{HEAD}<feed xmlns="urn:a&amp;b" xmlns:g="http://base.google.com/ns/1.0">\n'
        '<item><g:id xml:lang="nl">A1</g:id></item>\n</feed>\n'
    )
    assert etree.fromstring(text.encode()).findtext("{urn:a&b}item/{http://base.google.com/ns/1.0}id") == "A1"


def test_what_stands_around_the_records(desk: FeedDesk) -> None:
    desk.put("article", A1, A2)
    item = {"name": "item", "records": True, "elements": [{"name": "n", "field": "number"}]}
    root = {
        "name": "catalogue",
        "attributes": [{"name": "made", "constant": "{date}"}],
        "elements": [
            {"name": "header", "elements": [{"name": "count", "constant": "{count}"}, {"name": "empty"}]},
            {"name": "items", "attributes": [{"name": "of", "constant": "{assortment}"}], "elements": [item]},
            {"name": "end", "constant": "{time}"},
        ],
    }
    assert desk.write(feed_layout("xml", root)) == (
        f'{HEAD}<catalogue made="2026-11-28"><header><count>2</count><empty/></header><items of="supplier">\n'
        "<item><n>A1</n></item>\n<item><n>A2</n></item>\n</items><end>20:30:05</end></catalogue>\n"
    )
    articles = {"name": "articles", "records": True, "members": [{"name": "n", "field": "number"}]}
    members = [
        {"name": "count", "constant": "{count}", "write_as": "number"},
        {"name": "data", "members": [{"name": "a", "constant": "b"}, articles, {"name": "z", "constant": "y"}]},
        {"name": "end", "constant": "x"},
    ]
    assert desk.write(feed_layout("json", {"members": members})) == (
        '{"count":2,"data":{"a":"b","articles":[\n{"n":"A1"},\n{"n":"A2"}\n],"z":"y"},"end":"x"}\n'
    )


def test_the_count_is_of_the_records_that_are_chosen(desk: FeedDesk) -> None:
    desk.put("article", A1, A2)
    members = [
        {"name": "count", "constant": "{count}", "write_as": "number"},
        {"name": "all", "records": True, "when": "stocked", "field": "number"},
    ]
    assert json.loads(desk.write(feed_layout("json", {"members": members}))) == {"count": 1, "all": ["A1"]}


def test_nothing_selected(desk: FeedDesk) -> None:
    prices = {"name": "p", "repeat": {"entity": "price"}, "field": "net_price"}
    for child in ({"name": "n", "field": "number"}, prices):
        assert desk.write(feed_layout("xml", xml_record(child))) == f"{HEAD}<feed>\n\n</feed>\n"
        assert desk.write(feed_layout("json", json_record(child))) == "[\n\n]\n"


@pytest.mark.parametrize("language", [None, "en"])
def test_languages(desk: FeedDesk, language: str | None) -> None:
    desk.put("article", A1, A2)
    own, missing = ("Stoel", "Tafel") if language is None else ("Chair", None)
    each = {
        "name": "d",
        "languages": True,
        "field": "description",
        "attributes": [{"name": "xml:lang", "constant": "{language}"}],
    }
    elements: list[dict[str, Any]] = [
        {"name": "own", "field": "description"},
        each,
        {"name": "d-{language}", "languages": True, "field": "description"},
    ]
    first, second = desk.write(feed_layout("xml", xml_record(*elements)), language=language).splitlines()[2:4]
    assert first == (
        f'<item><own>{own}</own><d xml:lang="nl">Stoel</d><d xml:lang="en">Chair</d>'
        "<d-nl>Stoel</d-nl><d-en>Chair</d-en></item>"
    )
    before = f"<own>{missing}</own>" if missing else ""
    assert second == f'<item>{before}<d xml:lang="nl">Tafel</d><d-nl>Tafel</d-nl></item>'
    member = {"name": "{language}", "languages": True, "members": [{"name": "d", "expression": "lower(description)"}]}
    assert json_of(desk, {"name": "texts", "members": [member]}) == (
        '{"texts":{"nl":{"d":"stoel"},"en":{"d":"chair"}}},\n{"texts":{"nl":{"d":"tafel"}}}'
    )


def prices(desk: FeedDesk) -> None:
    desk.put("product", {"number": "P1", "name.nl": "Meubel"})
    desk.put("article", A1, A2, {"number": "A3"})
    desk.put(
        "price",
        *(
            {"article": article, "price_list": "L", "quantity_from": quantity, "net_price": price}
            for article, quantity, price in [("A1", 10, "8"), ("A1", 1, "9.5"), ("A1", 100, None), ("A2", 1, "5")]
        ),
        {"article": "A1", "price_list": "L", "quantity_from": 1, "net_price": "77", "assortment": "other"},
    )
    desk.put(
        "attachment",
        {"entity": "article", "record": "A1", "file": "b.jpg", "sort_order": 2, "media_type": "image/jpeg"},
        {"entity": "article", "record": "A1", "file": "a.jpg", "sort_order": 1, "media_type": "image/jpeg"},
        {"entity": "article", "record": "A1", "file": "c.pdf", "sort_order": 0, "media_type": "application/pdf"},
        {"entity": "product", "record": "A1", "file": "other.jpg", "sort_order": 1},
    )


def test_joins_with_none_one_and_many(desk: FeedDesk) -> None:
    prices(desk)
    price = {
        "name": "p",
        "repeat": {"entity": "price"},
        "attributes": [{"name": "from", "field": "quantity_from"}],
        "field": "net_price",
    }
    assert xml_of(desk, {"name": "prices", "elements": [price]}).splitlines() == [
        '<item><prices><p from="1">9.5</p><p from="10">8</p><p from="100"></p></prices></item>',
        '<item><prices><p from="1">5</p></prices></item>',
        "<item></item>",
    ]
    plain = {"name": "p", "repeat": {"entity": "price"}, "field": "net_price"}
    assert xml_of(desk, plain).splitlines()[0] == "<item><p>9.5</p><p>8</p></item>"
    member = {"name": "n", "field": "net_price"}
    listed = {"name": "prices", "repeat": {"entity": "price"}, "members": [member]}
    assert json_of(desk, listed).splitlines() == ['{"prices":[{"n":9.5},{"n":8}]},', '{"prices":[{"n":5}]},', "{}"]
    values = {"name": "prices", "repeat": {"entity": "price"}, "field": "net_price", "if_empty": "write"}
    assert json_of(desk, values).splitlines() == ['{"prices":[9.5,8]},', '{"prices":[5]},', '{"prices":[]}']


JOINS = [
    pytest.param({"order": ["-quantity_from"]}, "[8,9.5]", id="order"),
    pytest.param({"order": ["-net_price"], "first": True}, "9.5", id="first"),
    pytest.param({"where": "quantity_from > 1"}, "[8]", id="where"),
    pytest.param({"any_assortment": True, "order": ["net_price"]}, "[8,9.5,77]", id="any assortment"),
    pytest.param({"on": {"article": "number", "price_list": "unit"}}, None, id="on"),
    pytest.param({"on": {"quantity_from": "delivery_days"}}, None, id="on fields of other types"),
]


@pytest.mark.parametrize(("join", "written"), JOINS)
def test_what_a_join_says(desk: FeedDesk, join: dict[str, Any], written: str | None) -> None:
    prices(desk)
    value = {"name": "p", "repeat": {"entity": "price", **join}, "field": "net_price"}
    assert json_of(desk, value).splitlines()[0].rstrip(",") == (f'{{"p":{written}}}' if written else "{}")


def test_joined_records_that_are_alike_in_their_order_stand_by_their_key(desk: FeedDesk) -> None:
    desk.put("article", {"number": "A1"})
    desk.put(
        "price",
        *({"article": "A1", "quantity_from": 100 - n, "net_price": n, "assortment": n % 2 * "more"} for n in range(20)),
    )
    repeat = {"entity": "price", "order": ["unit"], "any_assortment": True}
    found = json_of(desk, {"name": "p", "repeat": repeat, "field": "net_price"})
    assert json.loads(found)["p"] == sorted(range(20), reverse=True)
    same = [{"article": "A1", "quantity_from": 1, "net_price": n, "assortment": f"{n:02}"} for n in (2, 0, 1)]
    desk.put("price", *same)
    assert json_of(desk, {"name": "p", "repeat": repeat, "field": "net_price"}) == '{"p":[0,1,2]}'


def test_what_is_the_same_for_each_is_written_for_those_that_are_there(desk: FeedDesk) -> None:
    prices(desk)
    mark = {"name": "m", "repeat": {"entity": "price"}, "constant": "x"}
    assert xml_of(desk, mark).splitlines() == [
        "<item><m>x</m><m>x</m><m>x</m></item>",
        "<item><m>x</m></item>",
        "<item></item>",
    ]
    root = xml_record({"name": "article", "repeat": {"entity": "article"}, "elements": [mark]})
    assert desk.write(feed_layout("xml", root, entity="product")).splitlines()[2].count("<m>") == 4


def test_attachments_belong_to_the_record_that_they_name(desk: FeedDesk) -> None:
    prices(desk)
    images = {"repeat": {"entity": "attachment", "where": "starts_with(media_type, 'image/')", "order": ["sort_order"]}}
    assert json_of(desk, {"name": "i", **images, "field": "file"}).splitlines()[0] == '{"i":["a.jpg","b.jpg"]},'


def test_what_is_referred_to_is_joined_the_other_way_round(desk: FeedDesk) -> None:
    prices(desk)
    product = {"name": "product", "repeat": {"entity": "product", "first": True}}
    assert json_of(desk, {**product, "members": [{"name": "name", "field": "name"}]}).splitlines() == [
        '{"product":{"name":"Meubel"}},',
        '{"product":{"name":"Meubel"}},',
        "{}",
    ]
    assert json_of(desk, {**product, "field": "name", "if_empty": "write"}).splitlines()[2] == '{"product":null}'


def test_three_levels(desk: FeedDesk) -> None:
    prices(desk)
    price = {"name": "price", "repeat": {"entity": "price", "where": "net_price IS NOT NULL"}, "field": "net_price"}
    article = {
        "name": "article",
        "repeat": {"entity": "article", "order": ["-number"]},
        "attributes": [{"name": "no", "field": "number"}],
        "elements": [{"name": "name", "field": "description"}, price],
    }
    root = xml_record({"name": "name", "field": "name"}, article)
    assert desk.write(feed_layout("xml", root, entity="product")).splitlines()[2] == (
        '<item><name>Meubel</name><article no="A2"><name>Tafel</name><price>5</price></article>'
        '<article no="A1"><name>Stoel</name><price>9.5</price><price>8</price></article></item>'
    )


def test_more_records_than_are_joined_at_a_time(desk: FeedDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.exchange.feeds.writing.BLOCK", 7)
    desk.put("article", *({"number": f"A{number}"} for number in range(21)))
    desk.put("price", *({"article": f"A{number}", "net_price": number} for number in range(0, 21, 2)))
    value = {"name": "p", "repeat": {"entity": "price"}, "field": "net_price"}
    found = json.loads(desk.write(feed_layout("json", json_record({"name": "n", "field": "number"}, value))))
    assert found == [{"n": f"A{n}", **({"p": [n]} if n % 2 == 0 else {})} for n in range(21)]
    tree = etree.fromstring(
        desk.write(feed_layout("xml", xml_record({"name": "n", "field": "number"}, value))).encode()
    )
    assert [item.findtext("n") for item in tree] == [f"A{n}" for n in range(21)]
    assert [path.name for path in desk.directory.iterdir() if path.is_file()] == ["feed.out"]


def test_what_is_joined_leaves_the_records_in_their_order(desk: FeedDesk) -> None:
    count = 130_000  # more than DuckDB reads at once
    desk.connection.execute(
        f"INSERT INTO article (assortment, number) SELECT '', 'A' || (i * 7919 % {count}) FROM range({count}) t(i)"
    )
    desk.connection.execute(f"INSERT INTO price (assortment, article) SELECT '', 'A' || i FROM range({count}) t(i)")
    value = {"name": "p", "repeat": {"entity": "price"}, "field": "article"}
    found = json.loads(desk.write(feed_layout("json", json_record({"name": "n", "field": "number"}, value))))
    assert found == [{"n": f"A{n}", "p": [f"A{n}"]} for n in (i * 7919 % count for i in range(count))]


def test_a_huge_value(desk: FeedDesk) -> None:
    huge = "<&]]>é" * 500_000
    desk.put("article", {"number": huge})
    tree = etree.fromstring(
        desk.write(feed_layout("xml", xml_record({"name": "n", "field": "number"}))).encode(),
        etree.XMLParser(huge_tree=True),
    )
    assert tree.findtext("item/n") == huge
    assert json.loads(desk.write(feed_layout("json", json_record({"name": "n", "field": "number"})))) == [{"n": huge}]


def test_a_file_that_is_there_stays_the_same_file(desk: FeedDesk) -> None:
    desk.put("article", A1)
    desk.target.write_text("x" * 10_000)
    other = desk.directory / "other"
    other.hardlink_to(desk.target)
    for child in ({"name": "n", "field": "number"}, {"name": "p", "repeat": {"entity": "price"}, "field": "unit"}):
        text = desk.write(feed_layout("json", json_record(child)))
        assert other.read_text() == text


# -- what is refused --------------------------------------------------------------------------------------------------


def test_an_expression_that_fails_names_the_record(desk: FeedDesk) -> None:
    desk.put("article", {"number": "A1", "brand": "1"}, {"number": "A2", "brand": "x"})
    failing = "CAST(brand AS INTEGER) = 1"
    for value, what in (
        ({"name": "v", "expression": failing}, "expression"),
        ({"name": "v", "field": "number", "when": failing}, "condition"),
    ):
        with pytest.raises(DataError, match=rf"Article 'A2' cannot be written: v\. The {what} fails on its values\."):
            desk.write(feed_layout("xml", xml_record(value)))
    # A record that is not chosen is not asked.
    assert xml_of(desk, {"name": "v", "expression": failing}, when="number = 'A1'") == "<item><v>true</v></item>"
    desk.put("price", {"article": "A1", "unit": "x"})
    join = {"name": "p", "repeat": {"entity": "price"}, "expression": "CAST(unit AS INTEGER)"}
    with pytest.raises(DataError, match=r"Price 'A1, None, None, None' cannot be written: p\. The expression fails"):
        desk.write(feed_layout("xml", xml_record(join)))


@pytest.mark.parametrize(("text", "kind"), [("x", "number"), ("01", "number"), ("NaN", "number"), ("True", "boolean")])
def test_what_is_no_number_of_json_names_the_record(desk: FeedDesk, text: str, kind: str) -> None:
    desk.put("article", {"number": "A1", "brand": "1" if kind == "number" else "true"}, {"number": "A2", "brand": text})
    value = {"name": "v", "field": "brand", "write_as": kind}
    with pytest.raises(DataError, match=rf"Article 'A2' cannot be written: v\. Its value is no {kind} of JSON\."):
        desk.write(feed_layout("json", json_record(value)))
    with pytest.raises(DataError, match=rf"The constant {text!r} of v is no {kind}\."):
        desk.write(feed_layout("json", json_record({"name": "v", "constant": text, "write_as": kind})))


def test_more_records_than_are_allowed(desk: FeedDesk) -> None:
    desk.put("article", A1, A2)
    root = json_record({"name": "n", "field": "number"})
    desk.write(feed_layout("json", root, max_records=2))
    with pytest.raises(DataError, match="There are 2 records, and the layout allows 1"):
        desk.write(feed_layout("json", root, max_records=1))


@pytest.mark.parametrize(
    ("expression", "what"),
    [("(SELECT 1)", "may only compute"), ("nmuber", "'nmuber', which is not"), ("1; DROP TABLE", "cannot be read"),
     ("number || ' FROM pg_catalog.pg_tables; --", "cannot be read"), ("read_text('/etc/passwd')", "not allowed")],
)  # fmt: skip
def test_an_expression_can_only_compute(desk: FeedDesk, expression: str, what: str) -> None:
    desk.put("article", A1)
    places: list[dict[str, Any]] = [
        {"name": "v", "expression": expression},
        {"name": "v", "field": "number", "when": expression},
        {"name": "v", "field": "unit", "repeat": {"entity": "price", "where": expression}},
    ]
    for value in places:
        with pytest.raises(DataError, match=f"(?i){what}"):
            desk.write(feed_layout("xml", xml_record(value)))


@pytest.mark.parametrize("join", [False, True])
def test_a_stop_in_the_middle(desk: FeedDesk, join: bool) -> None:
    desk.put("article", A1)
    value = {"name": "p", "field": "unit", **({"repeat": {"entity": "price"}} if join else {})}
    desk.stop.request("enough")
    with pytest.raises(StopRequested, match="enough"):
        desk.write(feed_layout("xml", xml_record(value)))
