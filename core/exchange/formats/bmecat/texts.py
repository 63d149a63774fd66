"""Texts, which have a language in BMEcat 2005, and values that are not text."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from core.exchange.codes import Unfit
from core.exchange.codes.dates import iso_date
from core.exchange.codes.languages import language_tag
from core.exchange.codes.numbers import boolean_text, decimal_text, percent_of_fraction, product
from core.exchange.formats.bmecat.extension import attributes_only, plain_xml

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.etree import _Element as Element

    from core.exchange.formats.contract import Reading

Values = dict[str, str]
"""The values of a record by field, while it is gathered."""

_PLAIN = re.compile(r"-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,17})?", re.ASCII).fullmatch


class Texts:
    """Puts texts into the fields of their language."""

    def __init__(self, reading: Reading, language: str) -> None:
        """``language`` is that of texts which name none."""
        self._reading = reading
        self._columns: dict[tuple[str, str | None], str | None] = {}
        self.language = language
        self.tags: dict[str | None, str] = {None: tag_of(language)}
        self._of: Values | None = None
        self._locales: dict[str, str] = {}
        """Of the texts of one record, by column: the locale that was said."""

    def put(self, values: Values, field: str, element: Element) -> str:
        """Add the text of an element to a field that is translated: another line, where it has one already.

        Return as XML what is to be kept beside it: its locale where it has one (BMEcat 2005.1), and all of it where
        the field has a text of another locale already.
        """
        text = (element.text or "").strip()
        if not text:
            return ""
        if element.get("locale"):
            return self._put_located(values, field, element, text)
        language = element.get("lang")
        column = self._columns.get((field, language))
        if column is None:
            # Not met yet, or in a language that is not held: both are seldom.
            self.put_text(values, field, language, text)
        elif column in values:
            if self._of is values and column in self._locales:
                return plain_xml(element)
            values[column] = f"{values[column]}\n{text}"
        else:
            values[column] = text
        return ""

    def _put_located(self, values: Values, field: str, element: Element, text: str) -> str:
        if self._of is not values:
            self._of, self._locales = values, {}
        language, locale = language_of(element), element.get("locale", "")
        column = self._reading.translated(field, self.tag(language))
        if column is None:
            return ""
        if column in values and self._locales.get(column) != locale:
            return plain_xml(element)
        self._locales[column] = locale
        self.put_text(values, field, language, text)
        return attributes_only(element)

    def put_text(self, values: Values, field: str, language: str | None, text: str) -> None:
        """Add a text in a language (None: that of the catalogue) to a field that is translated."""
        try:
            column = self._columns[field, language]
        except KeyError:
            column = self._reading.translated(field, self.tag(language))
            self._columns[field, language] = column
        else:
            if column is None:
                self._reading.translated(field, self.tag(language))
        if column is not None:
            values[column] = f"{values[column]}\n{text}" if column in values else text

    def tag(self, language: str | None) -> str:
        """Return the tag (BCP 47) of a language as the file writes it; None is that of the catalogue."""
        found = self.tags.get(language)
        if found is None:
            found = self.tags[language] = tag_of(language or "")
        return found


def language_of(element: Element) -> str | None:
    """Return the language that an element says its text is in: more exactly by its locale, where that is one."""
    said, locale = element.get("lang"), element.get("locale")
    if not locale:
        return said
    try:
        found = language_tag(locale)
        # The language is one of a list; the locale is any text.
        return locale if said is None or found.split("-")[0] == language_tag(said).split("-")[0] else said
    except Unfit:
        return said


def tag_of(code: str) -> str:
    """Return the tag of a language; the code itself where there is no such language."""
    try:
        return language_tag(code)
    except Unfit:
        return code.strip()


def text(element: Element) -> str:
    """Return the text of an element without blanks around it."""
    return (element.text or "").strip()


def number(written: str) -> str:
    """Return a number in neutral notation, and what is none as it stands: the projection rejects it with its place."""
    return written if _PLAIN(written) else _or_as_it_is(_float, written)


def _float(written: str) -> str:
    return decimal_text(written, exponent=True)


@lru_cache(1000)
def percent(written: str) -> str:
    """Return a VAT rate as a percentage; there are few, and each article has one."""
    return _or_as_it_is(percent_of_fraction, written)


@lru_cache(1000)
def date(written: str) -> str:
    """Return a date; there are few in one file."""
    return _or_as_it_is(iso_date, written)


def boolean(written: str) -> str:
    """Return ``true`` or ``false``."""
    return _or_as_it_is(boolean_text, written)


def from_metres(written: str) -> str:
    """Return a length in metres as millimetres."""
    return _or_as_it_is(_thousandfold, written)


def _thousandfold(written: str) -> str:
    return product(written, "1000")


def _or_as_it_is(convert: Callable[[str], str], written: str) -> str:
    try:
        return convert(written)
    except Unfit:
        return written


def is_number(written: str) -> bool:
    """Whether a text is a number in neutral notation."""
    return _PLAIN(written) is not None
