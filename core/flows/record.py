"""Pendel's record of a kind: a flat table of fields, each of its type, and lines that are such tables themselves."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from core.errors import DataError
from core.links.values import plain

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from core.config.flow_kinds import FieldType, Kind, PartName

Record = dict[str, Any]
"""By field; ``lines`` has those of the lines, ``variants`` and ``categories`` those of the parts of a product. A field
that is not there has no value."""

LINES = "lines"
NOT_YET = "(the id that it will be given)"
"""Stands for the id of what a dry run does not create."""
PART_KEY = "part.key"
"""The id that a variant or category has at the target."""
NAMED = ("attribute.", "characteristic.")


class Unfit(DataError):
    """A record cannot be sent as it is. The message names fields and numbers, and nothing that stands in them."""


def shaped(kind: Kind, values: Mapping[str, Any]) -> Record:
    """Return a record of a kind with its values as their types; what is empty is left out.

    Raises:
        Unfit: a value is not of its field's type.
    """
    record = _shaped(kind, values, line=False, place="")
    lines = values.get(LINES)
    if kind.lines and lines is not None:
        record[LINES] = [
            _shaped(kind, each, line=True, place=f" of line {number}") for number, each in enumerate(lines, start=1)
        ]
    for part in kind.parts:
        if values.get(part) is not None:
            record[part] = [
                _shaped(kind, each, line=False, part=part, place=f" of {part} {number}")
                for number, each in enumerate(values[part], start=1)
            ]
    return record


def _shaped(kind: Kind, values: Mapping[str, Any], *, line: bool, place: str, part: PartName | None = None) -> Record:
    record: Record = {}
    for name, value in values.items():
        if name == LINES or (part is None and name in kind.parts):
            continue
        declared = kind.type_of(name, line=line, part=part)
        if declared is None:
            raise Unfit(f"{kind.title} have no field {name}.", advice="Correct the mapping.")
        try:
            found = typed(value, declared)
        except (ValueError, InvalidOperation, OverflowError):
            raise Unfit(
                f"{name}{place} is no {_WORDS[declared]}.", advice="Mend it at the source, or say how it is read."
            ) from None
        if found is not None:
            record[name] = found
    return record


_WORDS: dict[FieldType, str] = {
    "text": "text",
    "decimal": "number",
    "integer": "whole number",
    "boolean": "yes or no",
    "date": "date",
    "datetime": "moment",
}


def typed(value: Any, declared: FieldType) -> Any:
    """Return a value as its type; None where it is empty, which a text of nothing but blanks is, too.

    Raises:
        ValueError, InvalidOperation, OverflowError: it is none of that type.
    """
    if isinstance(value, str):
        value = value.strip()
    if value is None or value == "":
        return None
    if isinstance(value, dict | list):
        raise ValueError("it is a table")
    match declared:
        case "text":
            return plain(value)
        case "decimal":
            return _decimal(value)
        case "integer":
            return int(plain(value))
        case "boolean":
            return _flag(value)
        case "date":
            return dt.date.fromisoformat(plain(value)[:10]).isoformat()
        case "datetime":
            return dt.datetime.fromisoformat(plain(value)).isoformat()


def _decimal(value: Any) -> Decimal:
    found = value if type(value) is Decimal else Decimal(plain(value))
    if not found.is_finite() or isinstance(value, bool):
        raise ValueError("it is no number")
    return found


def _flag(value: Any) -> bool:
    words = {"true": True, "1": True, "false": False, "0": False}
    found = words.get(plain(value).lower())
    if found is None:
        raise ValueError("it is neither yes nor no")
    return found


def digest(record: Mapping[str, Any], *, only: Collection[str] | None = None) -> str:
    """Return a fingerprint of what a record says: 1.0 and 1.00 are the same, and so is the order of the fields.

    ``only``: of these fields; those of lines have ``lines.`` before them.
    """
    told = {name: _comparable(name, value, only) for name, value in record.items() if _counts(name, only)}
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _counts(name: str, only: Collection[str] | None) -> bool:
    if only is None or name in only or name == LINES:
        return True
    return any(each.startswith(f"{name}.") for each in only)


def _comparable(name: str, value: Any, only: Collection[str] | None) -> Any:
    if isinstance(value, list):
        rows = [
            {key: _plain(each) for key, each in row.items() if only is None or f"{name}.{key}" in only} for row in value
        ]
        # Lines stand in an order; which variant or category is told of first says nothing.
        return rows if name == LINES else sorted(rows, key=lambda row: json.dumps(row, sort_keys=True))
    return _plain(value)


def _plain(value: Any) -> Any:
    return f"{value.normalize():f}" if isinstance(value, Decimal) else value


def is_family(record: Mapping[str, Any]) -> bool:
    """Whether a product is not sold itself: its variants are."""
    return bool(record.get("variants")) or record.get("kind") == "configurable"


def has_parts(record: Mapping[str, Any]) -> bool:
    """Whether a product consists of more than its plain fields."""
    return bool(parts_of(record))


def parts_of(record: Mapping[str, Any]) -> Record:
    """Return what a product consists of besides its plain fields."""
    return {
        name: value
        for name, value in record.items()
        if (name in ("variants", "categories") and value) or name.startswith(NAMED)
    }


_OF_THE_PRODUCT = ("number", "gtin", "kind", "quantity", "parent", "variants")
"""What a variant has of its own, or not at all."""


def variants_of(record: Mapping[str, Any]) -> list[Record]:
    """Return the variants of a product as products, with what it says of all of them."""
    shared = {
        name: value
        for name, value in record.items()
        if name not in _OF_THE_PRODUCT and not name.startswith("attribute.")
    }
    parent = {"parent": record["number"]} if "number" in record else {}
    return [{**shared, **variant, **parent} for variant in record.get("variants", ())]


def under(record: Mapping[str, Any], prefix: str) -> Record:
    """Return the fields that stand behind a prefix and a dot, without these."""
    start = f"{prefix}."
    return {name.removeprefix(start): value for name, value in record.items() if name.startswith(start)}


def country_of(record: Mapping[str, Any]) -> str:
    """Return the country that decides about VAT and accounts: where it is delivered, else billed."""
    for name in ("delivery.country", "billing.country", "customer.country", "country"):
        if record.get(name):
            return str(record[name]).upper()
    return ""
