from __future__ import annotations

import pytest

from core.config.entities import build_entities
from core.config.standard import STANDARD_ENTITIES
from core.exchange.matching import normalised, propose_fields
from core.exchange.synonyms import synonyms


def proposed(*columns: str, languages: tuple[str, ...] = ("nl", "en", "de"), entity: str = "article") -> dict[str, str]:
    found = build_entities(STANDARD_ENTITIES, {}, list(languages))[entity]
    return {columns[match.column]: match.field for match in propose_fields(columns, found, languages)}


def test_names_are_compared_without_case_accents_and_signs() -> None:
    assert normalised("Art.-Nr.") == "artnr"
    assert normalised("GRÖSSE") == normalised("grosse")
    assert normalised("Größe ") == normalised("grösse")


@pytest.mark.parametrize(
    ("column", "field"),
    [
        ("number", "number"),
        ("GTIN", "gtin"),
        ("Gross price", "gross_price"),
        ("Weight (kg)", "weight"),
        ("description_de", "description.de"),
        ("Description (en)", "description.en"),
        ("Bezeichnung", "description.de"),
        ("Omschrijving", "description.nl"),
        ("description", "description.nl"),
        ("Artikelnr.", "number"),
        ("EAN-code", "gtin"),
        ("Productnummer", "product"),
        ("Opvolger", "successor"),
        ("Omschrijvng", "description.nl"),
    ],
)
def test_a_column_is_proposed_for_the_field_of_its_name(column: str, field: str) -> None:
    assert proposed(column) == {column: field}


@pytest.mark.parametrize("column", ["", "xyz", "code", "A", "preis 2", "Artikel"])
def test_nothing_is_guessed_wildly(column: str) -> None:
    assert proposed(column) == {}


def test_words_of_a_language_that_the_site_does_not_have_do_not_count() -> None:
    assert proposed("Bezeichnung", languages=("nl",)) == {}
    assert proposed("Prix brut", languages=("nl",)) == {}
    assert proposed("Prix brut", languages=("fr",)) == {"Prix brut": "gross_price"}


def test_each_field_is_proposed_once_and_the_surest_column_has_it() -> None:
    assert proposed("Bruto", "gross_price") == {"gross_price": "gross_price"}
    assert proposed("Omschrijving", "Omschrijving DE") == {
        "Omschrijving": "description.nl",
        "Omschrijving DE": "description.de",
    }


def test_every_synonym_belongs_to_a_field_and_means_one_thing_in_its_entity() -> None:
    entities = build_entities(STANDARD_ENTITIES, {}, ["nl", "en", "de", "fr"])
    for entity in entities.values():
        meant: dict[str, dict[str, str]] = {}
        for field in entity.fields.values():
            base = field.name.partition(".")[0]
            for language, words in synonyms(entity.name, base, field.refers_to).items():
                for word in filter(None, (normalised(part) for part in words.split(","))):
                    known = meant.setdefault(language, {}).setdefault(word, base)
                    assert known == base, (entity.name, language, word, known, base)
