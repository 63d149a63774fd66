"""A document is checked before it is sent: what is wrong is named by record, place and reason; nothing is fetched."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.feed_desk import feed_layout, json_record, xml_record

from core.config.ready_feeds import ready_feeds
from core.errors import DataError, StopRequested
from core.exchange.feeds import validating
from core.exchange.feeds.validating import validate
from core.stop import StopToken

if TYPE_CHECKING:
    from support.feed_desk import FeedDesk

    from core.config.feeds import FeedLayout

SCHEMAS = Path(__file__).parents[2] / "data" / "feeds"
XSD = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
  <xs:element name="feed"><xs:complexType><xs:sequence>
    <xs:element name="item" minOccurs="0" maxOccurs="3000"><xs:complexType><xs:sequence>
      <xs:element name="n" type="xs:string"/>
      <xs:element name="p" minOccurs="0" maxOccurs="2" type="xs:decimal"/>
    </xs:sequence></xs:complexType></xs:element>
  </xs:sequence></xs:complexType>
  <xs:unique name="numbers"><xs:selector xpath="item"/><xs:field xpath="n"/></xs:unique>
  </xs:element>
</xs:schema>"""
XML = feed_layout("xml", xml_record({"name": "n", "field": "number"}, {"name": "p", "field": "brand"}))
JSON = feed_layout(
    "json",
    {
        "members": [
            {"name": "count", "constant": "{count}", "write_as": "number"},
            json_record({"name": "n", "field": "number"}, {"name": "p", "field": "brand"}, name="items"),
        ]
    },
)
ITEM = {"type": "object", "required": ["p"], "properties": {"p": {"type": "string", "pattern": "^[0-9.]+$"}}}


def json_schema(**items: Any) -> dict[str, Any]:
    """Return a schema for ``JSON``, with more said of the list of its records."""
    listed = {"type": "array", "items": {"$ref": "#/$defs/item"}, **items}
    return {"$defs": {"item": ITEM}, "type": "object", "properties": {"items": listed}, "required": ["count"]}


def check(
    desk: FeedDesk, layout: FeedLayout, schema: str | dict[str, Any] | Path, *, stop: StopToken | None = None
) -> int:
    """Write a document and check it; return how many records were told of as looked at."""
    path = schema if isinstance(schema, Path) else desk.directory / "the.schema"
    if not isinstance(schema, Path):
        path.write_text(schema if isinstance(schema, str) else json.dumps(schema), encoding="utf-8")
    writer = desk.writer(layout)
    records = writer.write(desk.target).records
    told: list[tuple[int, int]] = []
    validate(
        layout,
        path,
        desk.target,
        writer,
        records=records,
        stop=stop or StopToken(),
        progress=lambda done, of: told.append((done, of)),
    )
    assert told[-1] == (records, records)
    return told[-1][0]


def fill(desk: FeedDesk, count: int, **wrong: str | None) -> None:
    """Keep so many articles, of which some have another brand than 1.5."""
    desk.put("article")
    desk.connection.execute(
        f"INSERT INTO article (assortment, number, brand) SELECT '', 'A' || i, '1.5' FROM range({count}) t(i)"
    )
    for number, brand in wrong.items():
        desk.connection.execute("UPDATE article SET brand = ? WHERE number = ?", [brand, number])


@pytest.mark.parametrize(("layout", "schema"), [(XML, XSD), (JSON, json_schema()), (JSON, json_schema(minItems=0))])
@pytest.mark.parametrize("count", [0, 1, 2500])
def test_a_good_document(desk: FeedDesk, layout: FeedLayout, schema: str | dict[str, Any], count: int) -> None:
    fill(desk, count)
    assert check(desk, layout, schema) == count


@pytest.mark.parametrize("number", [0, 1, 1234, 2499])
def test_the_record_the_place_and_the_reason_are_named(desk: FeedDesk, number: int) -> None:
    fill(desk, 2500, **{f"A{number}": "cheap"})
    with pytest.raises(DataError) as caught:
        check(desk, XML, XSD)
    assert caught.value.message == (
        f"Record {number + 1:,} (A{number}) is not as the.schema wants it, feed/item/p: "
        "Element 'p': 'cheap' is not a valid value of the atomic type 'xs:decimal'."
    )
    assert caught.value.advice.startswith("Nothing was sent.")
    for schema in (json_schema(), json_schema(uniqueItems=True)):
        with pytest.raises(DataError) as caught:
            check(desk, JSON, schema)
        assert caught.value.message == (
            f"Record {number + 1:,} (A{number}) is not as the.schema wants it, p: "
            '"cheap" does not match "^[0-9.]+$".'
        )  # fmt: skip


def test_what_is_missing_is_named(desk: FeedDesk) -> None:
    fill(desk, 3, A1=None)
    with pytest.raises(DataError, match=r'Record 2 \(A1\) is not as the.schema wants it: "p" is a required property\.'):
        check(desk, JSON, json_schema())


def test_what_is_wrong_with_the_document_as_a_whole(desk: FeedDesk) -> None:
    fill(desk, 3001)
    with pytest.raises(DataError, match=r"The document is not as the.schema wants it: Element 'item': This"):
        check(desk, XML, XSD)
    for limits, what in (({"maxItems": 10}, "at most 10"), ({"minItems": 9999}, "at least 9,999")):
        with pytest.raises(DataError, match=rf"it has 3,001 records, and {what} are wanted"):
            check(desk, JSON, json_schema(**limits))
    wanting = json_schema() | {"required": ["count", "made"]}
    with pytest.raises(DataError, match=r'The document is not as the.schema wants it: "made" is a required property'):
        check(desk, JSON, wanting)


def test_a_key_that_stands_twice(desk: FeedDesk) -> None:
    desk.put("article", {"number": "A1"}, {"number": "A1", "assortment": "b"})
    with pytest.raises(DataError, match=r"The document is not as .* Duplicate key-sequence \['A1'\]"):
        check(desk, XML, XSD)


def test_a_json_document_that_must_be_read_whole_has_a_limit(desk: FeedDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(desk, 100)
    assert check(desk, JSON, json_schema()) == 100
    monkeypatch.setattr(validating, "WHOLE", 1000)
    assert check(desk, JSON, json_schema()) == 100
    with pytest.raises(DataError, match=r"ties records to each other, and the document is 2\.\d kB"):
        check(desk, JSON, json_schema(uniqueItems=True))


@pytest.mark.parametrize(
    ("layout", "schema"),
    [
        (XML, "no xml"),
        (XML, "<a/>"),
        (JSON, "no json"),
        (JSON, {"type": "objekt"}),
        (JSON, {"properties": {"items": 5}}),
    ],
)
def test_what_is_no_schema(desk: FeedDesk, layout: FeedLayout, schema: str | dict[str, Any]) -> None:
    with pytest.raises(DataError, match=r"the\.schema is no (XML|JSON) Schema: ") as raised:
        check(desk, layout, schema)
    assert "\\x0a" not in str(raised.value)


def test_a_schema_that_is_not_there(desk: FeedDesk) -> None:
    with pytest.raises(DataError, match=r"There is no schema .*none\.xsd\.") as raised:
        check(desk, XML, desk.directory / "none.xsd")
    assert raised.value.advice == "Look at schema_file of the layout."


def test_nothing_is_fetched_and_no_entity_resolved(desk: FeedDesk) -> None:
    secret = desk.directory / "secret.txt"
    secret.write_text("s3cret")
    fill(desk, 1)
    entity = f'<!DOCTYPE x [<!ENTITY e SYSTEM "{secret.as_uri()}">]>' + XSD.replace("numbers", "&e;")
    with pytest.raises(DataError) as caught:
        check(desk, XML, entity)
    assert "s3cret" not in str(caught.value)
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;">]>' + XSD.replace("numbers", "&b;")
    with pytest.raises(DataError, match="is no XML Schema"):
        check(desk, XML, bomb)
    fetched = XSD.replace(
        '<xs:element name="feed">',
        '<xs:include schemaLocation="http://127.0.0.1:9/other.xsd"/><xs:element name="feed">',
        1,
    )
    with pytest.raises(DataError, match="is no XML Schema"):
        check(desk, XML, fetched)
    for address in ("http://127.0.0.1:9/x.json", secret.as_uri()):
        with pytest.raises(DataError, match="retrieving it failed"):
            check(desk, JSON, json_schema(items={"$ref": address}))


@pytest.mark.parametrize(("layout", "schema"), [(XML, XSD), (JSON, json_schema())])
def test_a_stop_while_it_is_checked(desk: FeedDesk, layout: FeedLayout, schema: str | dict[str, Any]) -> None:
    fill(desk, 2500)
    stop = StopToken()
    stop.request("enough")
    with pytest.raises(StopRequested):
        check(desk, layout, schema, stop=stop)


# -- the ready layouts ------------------------------------------------------------------------------------------------

HOSTILE = "<b>Stoel</b> & \"tafel\" 'ø' ]]> \x0b\u2028 椅子 😀"


def shop(desk: FeedDesk) -> None:
    desk.put("product", {"number": "P1", "name.nl": HOSTILE, "name.en": "Chair"}, {"number": "P 2/ä"})
    desk.put(
        "article",
        {"number": "A1", "product": "P1", "description.nl": HOSTILE, "gross_price": "12.5", "stocked": True,
         "gtin": "8711111000006", "brand": "Bärenfuß", "manufacturer_number": "M&1",
         "changed_at": "2026-11-01 10:00:00", "weight": "1.25", "unit": "PCE"},
        {"number": "A 2/&", "product": "P1", "description.nl": "x" * 6000, "gross_price": "3", "currency": "USD",
         "changed_at": "2026-11-02 10:00:00"},
        {"number": "A3", "description.nl": "free", "gross_price": "0", "changed_at": "2026-11-02 10:00:00"},
        {"number": "A4", "gross_price": "5", "changed_at": "2026-11-02 10:00:00"},
    )  # fmt: skip
    desk.put(
        "price",
        {"article": "A1", "price_list": "L", "quantity_from": 1, "net_price": "9.5", "valid_from": "2026-01-01"},
        {"article": "A1", "price_list": "L", "quantity_from": 10, "net_price": "8", "currency": "EUR"},
    )
    desk.put(
        "attachment",
        {"entity": "article", "record": "A1", "file": "b ü.jpg", "sort_order": 2, "media_type": "image/jpeg"},
        {"entity": "article", "record": "A1", "file": "a&b.jpg", "sort_order": 1, "media_type": "image/jpeg"},
        {"entity": "article", "record": "A1", "file": "manual.pdf", "media_type": "application/pdf"},
    )


def ready(name: str) -> FeedLayout:
    table = dict(ready_feeds()[name])
    return feed_layout(table.pop("format"), table.pop("root"), **table)


READY = {
    "google-merchant": ("google-merchant.xsd", 2),
    "sitemap": ("sitemap.xsd", 4),
    "webshop-json": ("webshop.schema.json", 2),
}


def test_every_ready_layout_is_held_to_a_schema() -> None:
    # The task of the accounts holds each file to the schema that it brings along.
    assert READY.keys() | {"art-connect-users"} == ready_feeds().keys()


@pytest.mark.parametrize("name", READY)
def test_a_ready_layout_makes_what_its_readers_want(desk: FeedDesk, name: str) -> None:
    shop(desk)
    schema, records = READY[name]
    assert check(desk, ready(name), SCHEMAS / schema) == records


def test_what_google_is_told(desk: FeedDesk) -> None:
    shop(desk)
    first, second = desk.write(ready("google-merchant")).split("\n")[2:4]
    assert first == (
        "<item><g:id>A1</g:id><g:title>Stoel &amp; \"tafel\" 'ø' ]]&gt; \u2028 椅子 😀</g:title>"
        "<g:description>Stoel &amp; \"tafel\" 'ø' ]]&gt; \u2028 椅子 😀</g:description>"
        "<g:link>https://shop.example.com/articles/A1</g:link>"
        "<g:image_link>https://shop.example.com/images/a%26b.jpg</g:image_link>"
        "<g:availability>in_stock</g:availability><g:price>12.50 EUR</g:price><g:condition>new</g:condition>"
        "<g:brand>Bärenfuß</g:brand><g:gtin>8711111000006</g:gtin><g:mpn>M&amp;1</g:mpn></item>"
    )
    assert "<g:link>https://shop.example.com/articles/A%202%2F%26</g:link>" in second
    assert "<g:price>3.00 USD</g:price>" in second
    assert "<g:identifier_exists>no</g:identifier_exists>" in second


def test_google_finds_pictures_in_directories_and_those_that_have_an_address(desk: FeedDesk) -> None:
    shop(desk)
    layout = ready("google-merchant")
    for file, address in (
        ("front/a b.jpg", "https://shop.example.com/images/front/a%20b.jpg"),
        ("https://files.example.com/a.jpg?b=c%20d", "https://files.example.com/a.jpg?b=c%20d"),
    ):
        desk.connection.execute("UPDATE attachment SET file = ?", [file])
        assert f"<g:image_link>{address}</g:image_link>" in desk.write(layout)


def test_a_sitemap_has_no_more_addresses_than_it_may(desk: FeedDesk) -> None:
    desk.connection.execute(
        "INSERT INTO article (assortment, number, changed_at) "
        "SELECT '', 'A' || i, TIMESTAMP '2026-01-01' FROM range(50_000) t(i)"
    )
    assert check(desk, ready("sitemap"), SCHEMAS / "sitemap.xsd") == 50_000
    desk.connection.execute("INSERT INTO article (assortment, number) VALUES ('', 'one more')")
    with pytest.raises(DataError, match="There are 50,001 records, and the layout allows 50,000"):
        desk.write(ready("sitemap"))
