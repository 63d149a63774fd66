"""The named conversions, and text as typed values, as SQL."""

from __future__ import annotations

import re
from html.entities import name2codepoint
from typing import TYPE_CHECKING

from core.sql import quoted_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from core.config.columns import Conversion
    from core.config.entities import Field, FieldType
    from core.config.values import ValueFormats

_BLANKS = r"[\s\x{00a0}\x{2007}\x{202f}\x{3000}]"

BOOLEAN_WORDS: Mapping[bool, tuple[str, ...]] = {
    True: ("1", "true", "t", "yes", "y", "ja", "j", "x", "wahr", "waar"),
    False: ("0", "false", "f", "no", "n", "nee", "nein", "falsch", "onwaar"),
}
"""What a boolean may be written as, in English, Dutch and German, in any case. Blank is no value."""

SQL_TYPES: Mapping[FieldType, str] = {
    "text": "VARCHAR",
    "integer": "BIGINT",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "datetime": "TIMESTAMP",
}
"""Of all types but ``decimal``; times are UTC without saying so."""


def sql_type(field: Field) -> str:
    """Return the type of the column in which values of ``field`` are staged."""
    return f"DECIMAL(18, {field.decimals})" if field.type == "decimal" else SQL_TYPES[field.type]


def converted(text: str, conversions: Sequence[Conversion]) -> str:
    """Return the SQL of ``text`` after the conversions, carried out in this order."""
    for conversion in conversions:
        text = _converted(text, conversion)
    return text


def _converted(text: str, conversion: Conversion) -> str:
    match conversion:
        case "trim":
            return f"regexp_replace({text}, '^{_BLANKS}+|{_BLANKS}+$', '', 'g')"
        case "collapse":
            return f"regexp_replace({text}, '{_BLANKS}+', ' ', 'g')"
        case "upper" | "lower":
            return f"{conversion}({text})"
        case "capitalize":
            return f"upper({text}[1]) || {text}[2:]"
        case "digits":
            return f"regexp_replace({text}, '[^0-9]', '', 'g')"
        case "strip_zeros":
            # A number of zeros only keeps its last one.
            return f"regexp_replace({text}, '^0+(.)', '\\1', 's')"
        case "strip_tags":
            return f"regexp_replace({text}, '<[/!?a-zA-Z][^>]*>', '', 'g')"
        case "unescape":
            return _unescaped(text)
        case "empty_to_null":
            return f"CASE WHEN {is_blank(text)} THEN NULL ELSE {text} END"


def _unescaped(text: str) -> str:
    """Named and numbered HTML entities become characters; what is no entity stays as it is."""
    pattern = "'&(#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});'"
    names = [quoted_text(f"&{name};") for name in (*name2codepoint, "apos")]
    characters = [quoted_text(chr(code)) for code in (*name2codepoint.values(), ord("'"))]
    named = f"MAP {{{', '.join(f'{name}: {char}' for name, char in zip(names, characters, strict=True))}}}[e]"
    digits = "CASE WHEN e[3] IN ('x', 'X') THEN '0x' || e[4:-2] ELSE e[3:-2] END"
    code = f"TRY_CAST({digits} AS INTEGER)"
    is_character = f"({code} BETWEEN 1 AND 55295 OR {code} BETWEEN 57344 AND 1114111)"
    numbered = f"CASE WHEN e[2] = '#' AND {is_character} THEN chr({code}) END"
    # The text between the entities, each piece followed by the character that its entity stands for.
    found = f"list_transform(regexp_extract_all({text}, {pattern}), lambda e: coalesce({named}, {numbered}, e))"
    pieces = f"list_zip(string_split_regex({text}, {pattern}), {found})"
    joined = f"array_to_string(list_transform({pieces}, lambda p: concat(p[1], p[2])), '')"
    return f"CASE WHEN contains({text}, '&') THEN {joined} ELSE {text} END"


def is_blank(text: str) -> str:
    """Return the SQL for: there is a value, and nothing but white space in it."""
    # Only few values begin with a character outside of these bounds, so that few are looked at closely.
    return f"(({text} < '!' OR {text} > '~') AND regexp_full_match({text}, '{_BLANKS}*'))"


def is_missing(text: str) -> str:
    """Return the SQL for: no value, or nothing but white space."""
    return f"({text} IS NULL OR {is_blank(text)})"


def typed(text: str, field: Field, file: ValueFormats, pattern: str | None = None) -> str:
    """Return the SQL that reads ``text`` as a value of ``field``; NULL where it is none.

    ``pattern`` takes the place of the date format of ``file``.
    """
    match field.type:
        case "text":
            return text
        case "integer":
            shape = number_pattern(file, 0)
            plain = f"TRY_CAST({text} AS BIGINT)"
            # Nearly all are written as DuckDB itself would write them, and need no closer look.
            return (
                f"CASE WHEN CAST({plain} AS VARCHAR) = {text} THEN {plain} "
                f"WHEN regexp_full_match({text}, {shape}) THEN {_number(text, file, 'BIGINT')} "
                f"{_with_exponent(text, 'BIGINT') if file.typed else ''} END"
            )
        case "decimal":
            shape = number_pattern(file, field.decimals, fraction=True)
            return (
                f"CASE {_plain_decimal(text, file, sql_type(field))} "
                f"WHEN regexp_full_match({text}, {shape}) THEN {_number(text, file, sql_type(field))} "
                f"{_with_exponent(text, sql_type(field)) if file.typed else ''} END"
            )
        case "boolean":
            true, false = (", ".join(map(quoted_text, BOOLEAN_WORDS[value])) for value in (True, False))
            word = f"lower(trim({text}))"
            usual = " ".join(f"WHEN {text} = {quoted_text(name)} THEN {name}" for name in ("true", "false"))
            return f"CASE {usual} WHEN {word} IN ({true}) THEN true WHEN {word} IN ({false}) THEN false END"
        case "date":
            read = f"CAST({_moment(text, pattern or file.date)} AS DATE)"
            # Of a moment of another zone it is the date that is written there.
            return _iso_or(read, text, f"TRY_CAST(left({text}, 10) AS DATE)") if file.typed else read
        case "datetime":
            read = _moment(text, pattern or file.datetime)
            return _iso_or(read, text, _iso_moment(text)) if file.typed else read


def number_pattern(file: ValueFormats, decimals: int, *, fraction: bool = False) -> str:
    """Return, as a SQL literal, the regular expression of a number with at most so many decimals that matter."""
    whole = "[0-9]+"
    if file.thousands:
        whole = f"(?:[0-9]{{1,3}}(?:{_thousands(file)}[0-9]{{3}})+|[0-9]+)"
    if fraction:
        kept = f"[0-9]{{1,{decimals}}}0*" if decimals else "0+"
        part = f"{re.escape(file.decimal)}{kept}"
        whole = f"(?:{whole}(?:{part})?|{part})"
    return quoted_text(f"\\s*[+-]?{whole}\\s*")


def _thousands(file: ValueFormats) -> str:
    # Where a space groups digits, programs write one that does not break the line.
    return r"[ \x{00a0}\x{2009}\x{202f}]" if file.thousands == " " else re.escape(file.thousands)


def _number(text: str, file: ValueFormats, kind: str) -> str:
    if file.thousands == " ":
        text = f"regexp_replace({text}, '{_BLANKS}+', '', 'g')"
    elif file.thousands:
        text = f"replace({text}, {quoted_text(file.thousands)}, '')"
    if file.decimal == ",":
        text = f"replace({text}, ',', '.')"
    return f"TRY_CAST({text} AS {kind})"


def _plain_decimal(text: str, file: ValueFormats, kind: str) -> str:
    """The case of a number that stands as DuckDB itself would write it, but for zeros at its end: nearly all do.

    Told by the text being the beginning of the value's, which costs two thirds of a regular expression.
    """
    if file.decimal != "." or file.thousands:
        return ""
    value = f"TRY_CAST({text} AS {kind})"
    return f"WHEN starts_with(CAST({value} AS VARCHAR), {text}) AND NOT ends_with({text}, '.') THEN {value}"


def _with_exponent(text: str, kind: str) -> str:
    """The case of a number with an exponent, if it is exactly one of this type."""
    exact = f"TRY_CAST({text} AS DECIMAL(38, 15))"
    number = f"TRY_CAST({exact} AS {kind})"
    shape = "-?[0-9]+([.][0-9]+)?[eE][+-]?[0-9]+"
    return f"WHEN regexp_full_match({text}, '{shape}') AND {exact} = {number} THEN {number}"


def _moment(text: str, pattern: str) -> str:
    moment = f"try_strptime({text}, {quoted_text(pattern)})"
    return f"timezone('UTC', {moment})" if re.search(r"%[zZ]", pattern) else moment


_ISO_ZONE = "(Z|[+-][0-9]{2}(:?[0-9]{2})?)"
_ISO_MOMENT = f"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}([T ][0-9]{{2}}:[0-9]{{2}}(:[0-9]{{2}}([.][0-9]+)?)?{_ISO_ZONE}?)?"


def _iso_or(read: str, text: str, iso: str) -> str:
    return f"CASE WHEN regexp_full_match({text}, '{_ISO_MOMENT}') THEN {iso} ELSE {read} END"


def _iso_moment(text: str) -> str:
    # Cast to a time without a zone, DuckDB would leave the offset out of account.
    has_zone = f"regexp_matches({text}, ':[0-9.:]+{_ISO_ZONE}$')"
    exact = f"timezone('UTC', TRY_CAST({text} AS TIMESTAMPTZ))"
    return f"CASE WHEN {has_zone} THEN {exact} ELSE TRY_CAST({text} AS TIMESTAMP) END"


def type_fault(text: str, field: Field, file: ValueFormats, pattern: str | None = None) -> str:
    """Return the SQL of the sentence that says why ``text`` is no value of ``field``."""
    match field.type:
        case "integer":
            shape = number_pattern(file, 0)
            too_large = f"regexp_full_match({text}, {shape})"
            return f"CASE WHEN {too_large} THEN 'is too large a number' ELSE 'is not a whole number' END"
        case "decimal":
            kept, any_number = (number_pattern(file, count, fraction=True) for count in (field.decimals, 1000))
            sign = "a comma" if file.decimal == "," else "a point"
            return (
                f"CASE WHEN regexp_full_match({text}, {kept}) THEN 'is too large a number' "
                f"WHEN regexp_full_match({text}, {any_number}) THEN 'has more than {field.decimals} decimals' "
                f"ELSE 'is not a number with {sign} before the decimals' END"
            )
        case "boolean":
            return quoted_text("is neither yes nor no")
        case "date":
            return quoted_text(f"is not a date written as {pattern or file.date}")
        case "datetime":
            return quoted_text(f"is not a date and time written as {pattern or file.datetime}")
        case "text":
            return "NULL"
