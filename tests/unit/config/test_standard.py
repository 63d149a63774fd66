from __future__ import annotations

import pytest

from core.config.entities import RECORD_FIELDS, build_entities
from core.config.standard import STANDARD_ENTITIES

ENTITIES = build_entities(STANDARD_ENTITIES, {}, ["nl", "en"])


def test_every_kind_of_the_vocabulary_is_there() -> None:
    assert " ".join(sorted(ENTITIES)) == (
        "article assortment attachment contact customer invoice invoice_line opportunity "
        "order order_line organisation price product stock"
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
