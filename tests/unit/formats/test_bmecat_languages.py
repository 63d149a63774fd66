"""Texts of BMEcat in languages and locales: where they go, and that they are written as they came."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from lxml import etree
from support.bmecat_desk import BmecatDesk, catalogue, faults, product

from core.config.industry import BmecatHeader

if TYPE_CHECKING:
    from pathlib import Path


LOCALES = (
    "<DESCRIPTION_SHORT locale='nl_NL'>fiets</DESCRIPTION_SHORT>"
    "<DESCRIPTION_SHORT lang='nld' locale='nl_BE'>velo</DESCRIPTION_SHORT>"
    "<DESCRIPTION_SHORT locale='de_DE'>Rad</DESCRIPTION_SHORT>"
    "<DESCRIPTION_SHORT locale='de_AT'>Radl</DESCRIPTION_SHORT>"
    "<KEYWORD locale='de_DE'>eins</KEYWORD><KEYWORD locale='de_DE'>zwei</KEYWORD><KEYWORD>drie</KEYWORD>"
)


def in_locales(details: str) -> str:
    return catalogue(product("A1").replace("<DESCRIPTION_SHORT>Artikel A1</DESCRIPTION_SHORT>", details)).replace(
        "<LANGUAGE>nld</LANGUAGE>", "<LOCALE>nl_NL</LOCALE><LOCALE>nl_BE</LOCALE><LOCALE>de_DE</LOCALE>"
    )


def texts_of(content: bytes) -> list[tuple[str, dict[str, str], str]]:
    root = etree.fromstring(content)
    names = ("{*}LANGUAGE", "{*}LOCALE", "{*}DESCRIPTION_SHORT", "{*}KEYWORD")
    return [(etree.QName(each).localname, dict(each.attrib), each.text or "") for each in root.iter(*names)]


def test_texts_of_a_locale_are_in_its_language_and_written_with_it(tmp_path: Path) -> None:
    desk = BmecatDesk("bmecat", tmp_path, languages=("nl", "nl-BE", "de"))
    found = desk.read(in_locales(LOCALES))
    article = found.one("article", number="A1")
    assert (article["description.nl"], article["description.nl-BE"]) == ("fiets", "velo")
    # A text of another country is no second line of the first.
    assert (article["description.de"], article["keywords.de"]) == ("Rad", "eins\nzwei")
    content, _, _ = desk.put(found.rows, BmecatHeader(version="2005.1"))
    assert texts_of(content) == [
        ("LOCALE", {}, "nl_NL"),
        ("LOCALE", {}, "nl_BE"),
        ("LOCALE", {}, "de_DE"),
        ("DESCRIPTION_SHORT", {"locale": "nl_NL"}, "fiets"),
        ("DESCRIPTION_SHORT", {"lang": "nld", "locale": "nl_BE"}, "velo"),
        ("DESCRIPTION_SHORT", {"locale": "de_DE"}, "Rad"),
        ("DESCRIPTION_SHORT", {"locale": "de_AT"}, "Radl"),
        ("KEYWORD", {}, "drie"),
        ("KEYWORD", {"locale": "de_DE"}, "eins"),
        ("KEYWORD", {"locale": "de_DE"}, "zwei"),
    ]
    assert faults(content, "2005.1") == []


def test_locales_become_languages_in_a_version_that_has_none(tmp_path: Path) -> None:
    desk = BmecatDesk("bmecat", tmp_path, languages=("nl", "nl-BE", "de"))
    content, _, writing = desk.put(desk.read(in_locales(LOCALES)).rows, BmecatHeader(version="2005"))
    assert texts_of(content) == [
        ("LANGUAGE", {"default": "true"}, "nld"),
        ("LANGUAGE", {}, "deu"),
        ("DESCRIPTION_SHORT", {}, "fiets"),
        ("DESCRIPTION_SHORT", {"lang": "deu"}, "Rad"),
        ("KEYWORD", {}, "drie"),
        ("KEYWORD", {"lang": "deu"}, "eins"),
        ("KEYWORD", {"lang": "deu"}, "zwei"),
    ]
    assert faults(content, "2005") == []
    assert list(writing.warned) == ["texts of a second locale, which this version does not have, were left out"]


def test_two_languages_that_bmecat_calls_the_same_are_told_apart_by_locales(tmp_path: Path) -> None:
    desk = BmecatDesk("bmecat", tmp_path, languages=("nl", "nl-BE"))
    details = "<DESCRIPTION_SHORT>fiets</DESCRIPTION_SHORT><DESCRIPTION_SHORT locale='nl-BE'>velo</DESCRIPTION_SHORT>"
    rows = desk.read(
        catalogue(product("A1").replace("<DESCRIPTION_SHORT>Artikel A1</DESCRIPTION_SHORT>", details))
    ).rows
    rows["article"][0].pop("extension", None)
    content, _, _ = desk.put(rows, BmecatHeader(version="2005.2"))
    assert texts_of(content)[1:] == [
        ("DESCRIPTION_SHORT", {}, "fiets"),
        ("DESCRIPTION_SHORT", {"lang": "nld", "locale": "nl-BE"}, "velo"),
    ]
    assert desk.read(content).one("article", number="A1")["description.nl-BE"] == "velo"


@pytest.mark.parametrize("locale", ["", "xx_!", "no such", "deu", "en_GB"])
def test_a_locale_that_is_none_or_of_another_language_does_not_move_a_text(tmp_path: Path, locale: str) -> None:
    desk = BmecatDesk("bmecat", tmp_path)
    article = desk.read(catalogue(product("A1", details=f"<KEYWORD lang='deu' locale='{locale}'>t</KEYWORD>")))
    assert article.one("article", number="A1")["keywords.de"] == "t"


def test_each_status_has_its_own_text_in_each_language(tmp_path: Path) -> None:
    desk = BmecatDesk("bmecat", tmp_path)
    details = (
        "<PRODUCT_STATUS type='bargain'>koopje</PRODUCT_STATUS>"
        "<PRODUCT_STATUS type='new' lang='eng'>fresh</PRODUCT_STATUS>"
        "<PRODUCT_STATUS type='new' lang='eng'>of this year</PRODUCT_STATUS>"
    )
    rows = desk.read(catalogue(product("A1", details=details))).rows
    content, _, _ = desk.put(rows, BmecatHeader(version="2005.1"))
    said = [(dict(each.attrib), each.text) for each in etree.fromstring(content).iter("{*}PRODUCT_STATUS")]
    assert said == [
        ({"type": "bargain"}, "koopje"),
        ({"type": "new", "lang": "eng"}, "fresh"),
        ({"type": "new", "lang": "eng"}, "of this year"),
    ]
    assert faults(content, "2005.1") == []


def test_files_lie_where_the_root_of_their_language_says(tmp_path: Path) -> None:
    desk = BmecatDesk("bmecat", tmp_path)
    head = "<MIME_ROOT>https://x/nl</MIME_ROOT><MIME_ROOT lang='deu'>https://x/de</MIME_ROOT>"
    mime = "<MIME><MIME_SOURCE>a.pdf</MIME_SOURCE><MIME_SOURCE lang='deu'>b.pdf</MIME_SOURCE></MIME>"
    found = desk.read(catalogue(product("A1", rest=f"<MIME_INFO>{mime}</MIME_INFO>"), head=head))
    sources = {row["file"]: row["source"] for row in found.rows["attachment"]}
    assert sources == {"a.pdf": "https://x/nl/a.pdf", "b.pdf": "https://x/de/b.pdf"}
    content, _, _ = desk.put(found.rows, BmecatHeader(version="2005.1"))
    roots = [(dict(each.attrib), each.text) for each in etree.fromstring(content).iter("{*}MIME_ROOT")]
    assert roots == [({}, "https://x/nl"), ({"lang": "deu"}, "https://x/de")]
