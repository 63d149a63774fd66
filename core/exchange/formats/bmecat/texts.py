"""Texts, which have a language in BMEcat 2005, and values that are not text."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from core.exchange.codes import Unfit
from core.exchange.codes.dates import iso_date
from core.exchange.codes.languages import language_tag
from core.exchange.codes.numbers import boolean_text, decimal_text, percent_of_fraction, product

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

    def put(self, values: Values, field: str, element: Element) -> None:
        """Add the text of an element to a field that is translated: another line, where it has one already."""
        text = (element.text or "").strip()
        if not text:
            return
        language = element.get("lang")
        column = self._columns.get((field, language))
        if column is None:
            # Not met yet, or in a language that is not held: both are seldom.
            self.put_text(values, field, language, text)
        else:
            values[column] = f"{values[column]}\n{text}" if column in values else text

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
