"""Languages: with us BCP 47 (``nl``, ``nl-BE``), in BMEcat ISO 639-2 (``dut``), elsewhere ``EN`` or ``FR``, too."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from core.exchange.codes.unfit import Unfit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from langcodes import Language


@cache
def language_tag(code: str) -> str:
    """Return any of these codes as a tag of BCP 47, the region kept where there is one: ``dut`` is ``nl``.

    Raises:
        Unfit: there is no such language.
    """
    return _language(code).to_tag()


@cache
def terminological(code: str) -> str:
    """Return the code of ISO 639-2/T (``nld``, ``deu``), which suppliers use as well.

    Raises:
        Unfit: there is no such language, or it has no such code.
    """
    try:
        return _language(code).to_alpha3("T")
    except LookupError as error:
        raise Unfit("is a language without a code of three letters") from error


@cache
def with_region(code: str) -> str:
    """Return a language with a region (``nl-NL``), as ETIM xChange has; where none is said, that of most.

    English is ``en-GB``, as ETIM International writes it.

    Raises:
        Unfit: there is no such language, or nothing is known of where it is spoken.
    """
    found = _language(code)
    region = found.territory or ("GB" if found.language == "en" else found.maximize().territory)
    if not region or len(region) != 2:
        raise Unfit("is a language of which no country is known")
    return f"{found.language}-{region}"


def fitting(code: str, languages: Iterable[str]) -> str | None:
    """Return which of ``languages`` a text in the language ``code`` goes to; None where that cannot be said.

    It is the same one; else the only one of them that is the same language, if one of both says no region.
    """
    wanted = _language(code)
    tags = {name: _language(name) for name in languages}
    for name, tag in tags.items():
        if tag == wanted:
            return name
    same = [
        name
        for name, tag in tags.items()
        if tag.language == wanted.language and not (tag.territory and wanted.territory)
    ]
    return same[0] if len(same) == 1 else None


def fitting_or_none(code: str, languages: Iterable[str]) -> str | None:
    """Return what :func:`fitting` does; None, too, where there is no such language."""
    try:
        return fitting(code, languages)
    except Unfit:
        return None


def _language(code: str) -> Language:
    from langcodes import Language
    from langcodes.tag_parser import LanguageTagError

    try:
        found = Language.get(code.strip())
    except (LookupError, LanguageTagError, ValueError) as error:
        raise Unfit("is no language that is known") from error
    if not found.language or not found.is_valid():
        raise Unfit("is no language that is known")
    return found
