"""Catalogues of BMEcat, as they are read."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.bmecat_desk import BmecatDesk, catalogue, prices, product

from core.errors import DataError
from core.exchange.formats.bmecat.reading import read_catalogue

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def desk(tmp_path: Path) -> BmecatDesk:
    return BmecatDesk("bmecat", tmp_path)


@pytest.fixture
def etim(tmp_path: Path) -> BmecatDesk:
    return BmecatDesk("etim-bmecat", tmp_path)


def test_names_of_1_2_and_of_2005_mean_the_same(desk: BmecatDesk) -> None:
    new = catalogue(product("1", details="<MANUFACTURER_PID>M</MANUFACTURER_PID>"))
    old = new.replace("_PID", "_AID").replace("PRODUCT", "ARTICLE").replace('version="2005"', 'version="1.2"')
    first, second = desk.take(new), BmecatDesk("bmecat", desk.directory).take(old)
    assert first.one("article") == second.one("article")
    assert first.one("article")["manufacturer_number"] == "M"


@pytest.mark.parametrize("namespace", ["", 'xmlns="urn:anything"', 'xmlns="http://www.bmecat.org/bmecat/2005+onto"'])
def test_any_namespace_or_none(desk: BmecatDesk, namespace: str) -> None:
    found = desk.take(catalogue(product("1")).replace("<BMECAT ", f"<BMECAT {namespace} "))
    assert found.counts() == {"article": 1, "price": 1, "supplier_catalogue": 1}


def test_texts_go_to_the_fields_of_their_language(desk: BmecatDesk) -> None:
    languages = '<LANGUAGE>deu</LANGUAGE><LANGUAGE default="true">dut</LANGUAGE><LANGUAGE>fra</LANGUAGE>'
    details = (
        '<DESCRIPTION_SHORT lang="deu">Lampe</DESCRIPTION_SHORT><DESCRIPTION_SHORT lang="fra">lampe</DESCRIPTION_SHORT>'
        '<KEYWORD>een</KEYWORD><KEYWORD lang="deu">eins</KEYWORD><KEYWORD>twee</KEYWORD>'
    )
    found = desk.take(catalogue(product("1", details=details), languages=languages))
    article = found.one("article")
    assert (article["description.nl"], article["description.de"]) == ("Artikel 1", "Lampe")
    assert (article["keywords.nl"], article["keywords.de"]) == ("een\ntwee", "eins")
    assert found.one("supplier_catalogue")["languages"] == "nl\nde\nfr"


def test_languages_that_the_engine_does_not_have_are_counted(desk: BmecatDesk) -> None:
    reading = desk.reading(catalogue(product("1"), languages="<LANGUAGE>fra</LANGUAGE>").encode())
    read_catalogue(reading, "bmecat")
    assert reading.language_warnings() == ["1 text in fr is not kept: it is none of the languages in [engine]."]


def test_the_price_in_the_article_is_that_of_today_for_the_least_quantity(desk: BmecatDesk) -> None:
    def period(start: str, end: str, amount: str, bound: str = "1") -> str:
        return (
            f'<PRODUCT_PRICE_DETAILS><DATETIME type="valid_start_date"><DATE>{start}</DATE></DATETIME>'
            f'<DATETIME type="valid_end_date"><DATE>{end}</DATE></DATETIME><PRODUCT_PRICE price_type="net_customer">'
            f"<PRICE_AMOUNT>{amount}</PRICE_AMOUNT><TAX>0.21</TAX><PRICE_FACTOR>0.5</PRICE_FACTOR>"
            f"<LOWER_BOUND>{bound}</LOWER_BOUND></PRODUCT_PRICE></PRODUCT_PRICE_DETAILS>"
        )

    rest = (
        period("2025-01-01", "2025-12-31", "1") + period("2026-01-01", "2026-12-31", "3", "10")
        + period("2026-01-01", "2026-12-31", "4") + period("2027-01-01", "2027-12-31", "5")
    )  # fmt: skip
    found = desk.take(catalogue(product("1", rest=rest)))
    article = found.one("article")
    assert (article["gross_price"], article["net_price"], article["vat_rate"]) == ("10", "2", "21")
    assert len(found.all("price", price_list="net_customer")) == 4
    assert {row["price_factor"] for row in found.all("price", price_type="net_customer")} == {"0.5"}


def test_a_price_without_an_amount_is_not_zero(desk: BmecatDesk) -> None:
    rest = '<PRODUCT_PRICE_DETAILS><PRODUCT_PRICE price_type="on_request"/></PRODUCT_PRICE_DETAILS>'
    found = desk.take(catalogue(product("1", rest=rest)))
    price = found.one("price", price_type="on_request")
    assert "net_price" not in price
    assert price["on_request"] == "true"
    assert found.one("article")["price_on_request"] == "true"


def test_prices_of_one_type_for_several_territories_or_currencies_have_lists_of_their_own(desk: BmecatDesk) -> None:
    def price(territory: str, currency: str) -> str:
        return (
            '<PRODUCT_PRICE price_type="nrp"><PRICE_AMOUNT>1</PRICE_AMOUNT>'
            f"<PRICE_CURRENCY>{currency}</PRICE_CURRENCY>{territory}</PRODUCT_PRICE>"
        )

    several = price("", "EUR") + price("<TERRITORY>DE</TERRITORY><TERRITORY>AT</TERRITORY>", "EUR") + price("", "CHF")
    rest = f"<PRODUCT_PRICE_DETAILS>{several}{price('', 'CHF')}</PRODUCT_PRICE_DETAILS>"
    found = desk.take(catalogue(product("1", rest=rest)))
    assert [row["price_list"] for row in found.all("price", price_type="nrp")] == [
        "nrp",
        "nrp DE AT",
        "nrp CHF",
        "nrp 2",
    ]


def test_a_bad_price_is_rejected_with_its_place_and_the_article_is_not(desk: BmecatDesk) -> None:
    found = desk.take(catalogue(product("1", price="17,5") + product("2")).replace("<PRODUCT>", "\n<PRODUCT>"))
    assert [row["number"] for row in found.rows["article"]] == ["1", "2"]
    (reject,) = found.rejects
    assert (reject.entity, reject.line, reject.place) == ("price", 2, "PRODUCT 1")
    assert (reject.field, reject.value) == ("gross_price", "17,5")
    assert "gross_price" not in found.one("article", number="1")


def test_an_article_without_a_number_is_rejected(desk: BmecatDesk) -> None:
    found = desk.take(catalogue(product("") + product("2")))
    assert [row["number"] for row in found.rows["article"]] == ["2"]
    (reject,) = found.rejects
    assert reject.reason == "has no number (SUPPLIER_AID or SUPPLIER_PID)"
    assert len(found.rows["price"]) == 1


def test_features_at_any_depth(desk: BmecatDesk) -> None:
    feature = "<FEATURE><FNAME>{}</FNAME><FVALUE>{}</FVALUE></FEATURE>"
    rest = (
        "<PRODUCT_FEATURES><REFERENCE_FEATURE_SYSTEM_NAME>ECLASS-9.0</REFERENCE_FEATURE_SYSTEM_NAME>"
        f"<REFERENCE_FEATURE_GROUP_ID>27</REFERENCE_FEATURE_GROUP_ID>{feature.format('a', 1)}<FEATURE_GROUP>"
        f"{feature.format('b', 2)}<FEATURE_GROUP>{feature.format('a', 3)}</FEATURE_GROUP></FEATURE_GROUP>"
        "</PRODUCT_FEATURES>"
    )
    found = desk.take(catalogue(product("1", rest=rest)))
    features = [(row["feature"], row["occurrence"], row["value"]) for row in found.rows["article_feature"]]
    assert features == [("a", "1", "1"), ("b", "1", "2"), ("a", "2", "3")]
    assert found.one("article_class")["class"] == "27"


def test_values_of_etim(etim: BmecatDesk) -> None:
    def feature(name: str, *values: str, details: str = "") -> str:
        texts = "".join(f"<FVALUE>{value}</FVALUE>" for value in values)
        said = f"<FVALUE_DETAILS>{details}</FVALUE_DETAILS>" if details else ""
        return f"<FEATURE><FNAME>{name}</FNAME>{texts}{said}</FEATURE>"

    rest = (
        "<PRODUCT_FEATURES><REFERENCE_FEATURE_SYSTEM_NAME>ETIM-10.0</REFERENCE_FEATURE_SYSTEM_NAME>"
        "<REFERENCE_FEATURE_GROUP_ID>EC000905</REFERENCE_FEATURE_GROUP_ID>"
        f"{feature('EF000001', '-10', '60')}{feature('EF000002', '-', details='UN')}"
        f"{feature('EF000003', 'EV000242', details='RAL 9010')}{feature('EF000004', '5', '5')}</PRODUCT_FEATURES>"
    )
    found = etim.take(catalogue(product("1", rest=rest)))
    assert found.one("article")["etim_class"] == "EC000905"
    spread = found.one("article_feature", feature="EF000001")
    assert (spread["value"], spread["value_to"]) == ("-10", "60")
    assert not any(key.startswith("name.") for key in spread)
    unknown = found.one("article_feature", feature="EF000002")
    assert unknown["reason"] == "UN"
    assert "value" not in unknown
    assert found.one("article_feature", feature="EF000003")["details.nl"] == "RAL 9010"
    assert found.one("article_feature", feature="EF000004")["value_to"] == "5"


def test_metres_become_millimetres(etim: BmecatDesk) -> None:
    rest = (
        "<USER_DEFINED_EXTENSIONS><UDX.EDXF.PACKING_UNITS><UDX.EDXF.PACKING_UNIT><UDX.EDXF.QUANTITY_MIN>30"
        "</UDX.EDXF.QUANTITY_MIN><UDX.EDXF.PACKING_UNIT_CODE>CT</UDX.EDXF.PACKING_UNIT_CODE><UDX.EDXF.WEIGHT>7.6"
        "</UDX.EDXF.WEIGHT><UDX.EDXF.LENGTH>0.17</UDX.EDXF.LENGTH></UDX.EDXF.PACKING_UNIT></UDX.EDXF.PACKING_UNITS>"
        "</USER_DEFINED_EXTENSIONS>"
    )
    unit = etim.take(catalogue(product("1", rest=rest))).one("packaging")
    assert (unit["length"], unit["weight"], unit["type"], unit["quantity"]) == ("170", "7.6", "CT", "30")


def test_what_is_not_known_is_kept_with_its_place(desk: BmecatDesk) -> None:
    details = '<SPECIAL_TREATMENT_CLASS type="GGVS">1201</SPECIAL_TREATMENT_CLASS><BUYER_PID type="a">1</BUYER_PID>'
    rest = "<USER_DEFINED_EXTENSIONS><UDX.OWN><A>x &amp; y</A></UDX.OWN></USER_DEFINED_EXTENSIONS><STRANGE/>"
    article = desk.take(catalogue(product("1", details=details, rest=rest))).one("article")
    assert article["extension"] == (
        '<PRODUCT_DETAILS><SPECIAL_TREATMENT_CLASS type="GGVS">1201</SPECIAL_TREATMENT_CLASS>'
        '<BUYER_PID type="a"/></PRODUCT_DETAILS>'
        "<USER_DEFINED_EXTENSIONS><UDX.OWN><A>x &amp; y</A></UDX.OWN></USER_DEFINED_EXTENSIONS>"
    )


def test_a_look_tells_what_is_wrong_with_the_first_articles(desk: BmecatDesk) -> None:
    broken = '<PRODUCT_REFERENCE type="similar"/>'
    body = product("1", price="17,5") + "\n" + product("2", rest=broken) + "\n<PRODUCT/>"
    assert desk.inspect(catalogue(body)).problems == [
        "Line 1, article 1: the price 17,5 is no number with a point.",
        "Line 2, article 2: relation does not say to which article it refers.",
        "Line 3, article without a number: has no number (SUPPLIER_AID or SUPPLIER_PID).",
    ]
    assert len(desk.inspect(catalogue("<PRODUCT/>" * 50)).problems) == 10
    (cut,) = desk.inspect(catalogue(product("1"))[:-60]).problems
    assert "not well-formed XML" in cut


def test_groups_and_their_members_come_before_or_behind_the_articles(desk: BmecatDesk) -> None:
    group = (
        '<CATALOG_GROUP_SYSTEM><CATALOG_STRUCTURE type="root"><GROUP_ID>1</GROUP_ID><GROUP_NAME>Alles</GROUP_NAME>'
        "<PARENT_ID>0</PARENT_ID><GROUP_ORDER>3</GROUP_ORDER></CATALOG_STRUCTURE></CATALOG_GROUP_SYSTEM>"
    )
    member = (
        "<ARTICLE_TO_CATALOGGROUP_MAP><ART_ID>1</ART_ID><CATALOG_GROUP_ID>1</CATALOG_GROUP_ID>"
        "</ARTICLE_TO_CATALOGGROUP_MAP>"
    )
    for body in (group + product("1") + member, member + product("1") + group):
        found = BmecatDesk("bmecat", desk.directory).take(catalogue(body))
        assert found.one("group_member") == {"catalogue": "C", "code": "1", "article": "1"}
        assert found.one("catalogue_group")["name.nl"] == "Alles"


def test_units_that_may_be_meant_otherwise_are_told_once(desk: BmecatDesk) -> None:
    body = catalogue(product("1") + product("2")).replace("<ORDER_UNIT>C62", "<ORDER_UNIT>ST")
    found = desk.take(body)
    assert [row["order_unit"] for row in found.rows["article"]] == ["ST", "ST"]
    (warning,) = found.content.warnings
    assert "The unit ST, which is used 2 times, is a sheet, not a piece (C62)" in warning


def test_what_an_article_names_twice_is_one_record_and_kept(desk: BmecatDesk) -> None:
    mime = "<MIME><MIME_SOURCE>a.jpg</MIME_SOURCE></MIME>"
    reference = '<PRODUCT_REFERENCE type="similar"><PROD_ID_TO>2</PROD_ID_TO></PRODUCT_REFERENCE>'
    found = desk.take(catalogue(product("1", rest=f"<MIME_INFO>{mime}{mime}</MIME_INFO>{reference}{reference}")))
    assert (len(found.rows["attachment"]), len(found.rows["relation"])) == (1, 1)
    assert found.content.warnings == []
    assert found.one("article")["extension"] == f"<MIME_INFO>{mime}</MIME_INFO>{reference}"


@pytest.mark.parametrize("body", ["", "<HEADER/>", "<T_OTHER/>"])
def test_a_file_without_a_transaction_is_refused(desk: BmecatDesk, body: str) -> None:
    with pytest.raises(DataError, match="no transaction such as T_NEW_CATALOG"):
        desk.take(f"<BMECAT>{body}</BMECAT>")


def test_a_file_with_two_transactions_is_refused(desk: BmecatDesk) -> None:
    with pytest.raises(DataError, match="has two transactions"):
        desk.take("<BMECAT><T_NEW_CATALOG/><T_NEW_CATALOG/></BMECAT>")


BOMB = '<!DOCTYPE BMECAT [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;">]>'
OUTSIDE = '<!DOCTYPE BMECAT [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
DEEP = "<A>" * 400 + "</A>" * 400


@pytest.mark.parametrize(
    "source",
    [
        BOMB + catalogue(product("&c;")).partition("?>")[2],
        OUTSIDE + catalogue(product("&a;")).partition("?>")[2],
        catalogue(product("1", rest=DEEP)),
        catalogue(product("1"))[:-20],
        "no xml at all",
        "",
    ],
    ids=["entities of entities", "an outside entity", "huge depth", "cut off", "text", "nothing"],
)
def test_what_is_made_to_do_harm_or_broken_is_refused(desk: BmecatDesk, source: str) -> None:
    with pytest.raises(DataError):
        desk.take(source)


def test_a_document_type_with_parameter_entities_is_legal(desk: BmecatDesk) -> None:
    declared = '<!ENTITY % USERDEFINES "(UDX.X?)"><!ELEMENT UDX.X (#PCDATA)>'
    doctype = f'<!DOCTYPE BMECAT SYSTEM "bmecat_new_catalog_1_2.dtd" [{declared}]>'
    found = desk.take(doctype + catalogue(product("1")).partition("?>")[2])
    assert found.counts()["article"] == 1


@pytest.mark.parametrize("encoding", ["iso-8859-1", "utf-16", "windows-1252"])
def test_any_encoding_that_is_declared(desk: BmecatDesk, encoding: str) -> None:
    text = catalogue(product("1", details="<MANUFACTURER_NAME>Müller é</MANUFACTURER_NAME>"))
    found = desk.take(text.replace("UTF-8", encoding).encode(encoding))
    assert found.one("article")["manufacturer"] == "Müller é"


TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]) | st.sampled_from("\n\t\"'&<>]"), max_size=40
)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(number=TEXT, name=TEXT, value=TEXT, amount=TEXT | st.decimals(allow_nan=False, allow_infinity=False).map(str))
def test_whatever_stands_in_it_every_record_is_read_or_rejected(
    desk: BmecatDesk, number: str, name: str, value: str, amount: str
) -> None:
    rest = (
        f"<PRODUCT_FEATURES><FEATURE><FNAME>{escape(name)}</FNAME><FVALUE>{escape(value)}</FVALUE></FEATURE>"
        "</PRODUCT_FEATURES>"
    )
    desk.known.clear()
    found = desk.take(catalogue(product(escape(number), rest=rest, price=escape(amount)) + product("sure")))
    for entity, expected in (("article", 2), ("price", 2 if number.strip() else 1)):
        rejected = {row.record for row in found.rejects if row.entity == entity}
        assert len(found.rows[entity]) + len(rejected) == expected
    for row in found.all("price", article="sure"):
        assert Decimal(row["gross_price"]) == 10


def test_a_price_update_brings_prices_only(desk: BmecatDesk) -> None:
    desk.take(catalogue(product("1") + product("2")))
    found = desk.take(catalogue(prices("1", "5", "4"), transaction="T_UPDATE_PRICES", before="0"))
    assert {part.entity.name: (part.scope, part.only_known) for part in found.content.parts} == {
        "article": ("listed", True), "price": ("owners", False), "supplier_catalogue": ("listed", False),
    }  # fmt: skip
    assert [(row["quantity_from"], row["gross_price"]) for row in found.rows["price"]] == [("1", "5"), ("10", "4")]
    assert found.one("article") == {"number": "1", "gross_price": "5", "currency": "EUR"}


def test_the_classes_of_a_classification_of_its_own(desk: BmecatDesk) -> None:
    own = (
        "<CLASSIFICATION_SYSTEM><CLASSIFICATION_SYSTEM_NAME>{0}</CLASSIFICATION_SYSTEM_NAME>"
        "<CLASSIFICATION_SYSTEM_FULLNAME>Van {0}</CLASSIFICATION_SYSTEM_FULLNAME><UNITS><UNIT><UNIT_ID>m</UNIT_ID>"
        "<UNIT_CODE>MTR</UNIT_CODE></UNIT></UNITS>"
        '<CLASSIFICATION_GROUPS><CLASSIFICATION_GROUP type="node"><CLASSIFICATION_GROUP_ID>1</CLASSIFICATION_GROUP_ID>'
        "<CLASSIFICATION_GROUP_NAME>Alles</CLASSIFICATION_GROUP_NAME></CLASSIFICATION_GROUP><CLASSIFICATION_GROUP>"
        "<CLASSIFICATION_GROUP_ID>2</CLASSIFICATION_GROUP_ID><CLASSIFICATION_GROUP_NAME>Lampen"
        "</CLASSIFICATION_GROUP_NAME><CLASSIFICATION_GROUP_PARENT_ID>1</CLASSIFICATION_GROUP_PARENT_ID>"
        "</CLASSIFICATION_GROUP></CLASSIFICATION_GROUPS></CLASSIFICATION_SYSTEM>"
    )
    found = desk.take(catalogue(own.format("udf_A-1.0") + own.format("B-2.0") + product("1")))
    assert found.rows["classification_system"] == [
        {"code": "udf_A-1.0", "name.nl": "Van udf_A-1.0"}, {"code": "B-2.0", "name.nl": "Van B-2.0"},
    ]  # fmt: skip
    assert found.all("classification_class", code="2") == [
        {"system": "udf_A-1.0", "code": "2", "parent": "1", "name.nl": "Lampen"},
        {"system": "B-2.0", "code": "2", "parent": "1", "name.nl": "Lampen"},
    ]
    assert found.all("classification_unit", system="B-2.0") == [
        {"system": "B-2.0", "code": "m", "extension": "<UNIT_CODE>MTR</UNIT_CODE>"}
    ]
