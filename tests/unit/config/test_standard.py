from __future__ import annotations

import duckdb
import pytest

from core.config.entities import RECORD_FIELDS, build_entities
from core.config.standard import STANDARD_ENTITIES

ENTITIES = build_entities(STANDARD_ENTITIES, {}, ["nl", "en"])


def test_every_kind_of_the_vocabulary_is_there() -> None:
    assert " ".join(sorted(ENTITIES)) == (
        "article article_class article_feature assortment attachment catalogue_group class_feature class_feature_value "
        "class_synonym classification_class classification_feature classification_group classification_system "
        "classification_unit classification_value condition contact customer despatch_advice despatch_line "
        "group_member invoice invoice_line message_channel opportunity order order_line order_response "
        "order_response_line organisation packaging point_of_sale price product project relation stock "
        "supplier_catalogue surcharge user_account"
    )
    assert all(entity.standard for entity in ENTITIES.values())


def test_no_field_hides_what_every_record_knows() -> None:
    for entity in ENTITIES.values():
        assert not set(entity.fields) & set(RECORD_FIELDS), entity.name


@pytest.mark.parametrize(
    ("entity", "fields"),
    [
        (
            "article",
            (
                "number description.nl long_description.en gtin unit gross_price net_price currency price_valid_from "
                "price_unit_quantity manufacturer_number manufacturer brand product discount_group vat_rate weight "
                "order_quantity_min order_quantity_step country_of_origin customs_code valid_from valid_until successor"
            ),
        ),
        ("article", "use_unit use_unit_quantity price_unit_factor keywords.nl remarks.en discount_group bonus_group"),
        ("supplier_catalogue", "supplier catalogue version prev_version languages currency generated_on"),
        ("article_feature", "article system class feature value value_to unit details.nl reason"),
        ("classification_class", "system code name.nl version class_group"),
        ("customer", "number name email phone street postal_code city country vat_number"),
        ("order", "number ordered_on total currency customer status"),
    ],
)
def test_fields_that_people_name_in_their_configuration(entity: str, fields: str) -> None:
    assert set(fields.split()) <= set(ENTITIES[entity].fields)


def test_text_with_leading_zeros_is_text() -> None:
    article = ENTITIES["article"].fields
    assert {article[name].type for name in ("number", "gtin", "customs_code", "manufacturer_gln")} == {"text"}
    assert (article["weight"].unit, article["vat_rate"].unit) == ("kg", "%")


def test_references() -> None:
    found = {(name, field.name): field.refers_to for name, entity in ENTITIES.items() for field in entity.references}
    assert found["article", "product"] == "product"
    assert found["article", "successor"] == "article"
    assert found["order", "customer"] == "customer"
    assert found["order_line", "order"] == "order"


def test_what_belongs_to_an_article_refers_to_it() -> None:
    of_articles = "article_class article_feature group_member packaging price relation surcharge"
    for name in of_articles.split():
        assert ENTITIES[name].fields["article"].refers_to == "article", name
        assert "article" in ENTITIES[name].key, name


def test_releases_of_a_classification_lie_side_by_side() -> None:
    parts = [name for name in ENTITIES if name.startswith(("class_", "classification_"))]
    for name in set(parts) - {"classification_system"}:
        assert ENTITIES[name].key[0] == "system", name
        assert ENTITIES[name].fields["system"].refers_to == "classification_system", name


def test_names_of_fields_can_stand_in_an_expression_without_quotes() -> None:
    """An operator writes them so."""
    names = {field.partition(".")[0] for entity in ENTITIES.values() for field in entity.fields}
    with duckdb.connect() as connection:
        reserved = connection.execute(
            "SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category = 'reserved'"
        ).fetchall()
    assert not names & ({name for (name,) in reserved} - {"order", "table"})
