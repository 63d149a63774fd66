"""The values of a link: what its connector asks for, given by the operator, and secrets looked up when needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.config.secrets import SecretRef
from core.errors import Refused
from core.text import clean, listed, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from core.config.links import FieldValue
    from core.config.secrets import SecretReader
    from core.links.model.connector import LinkField

LinkValue = str | int | float | bool
"""The value of a field of a link, a secret looked up."""


@dataclass(frozen=True, slots=True)
class FieldFault:
    """What is wrong with one value; the value itself is not repeated, for it may be a password."""

    name: str
    """Of the field."""
    words: str
    """What stands behind its title in a sentence: ``is missing``."""
    advice: str = ""
    unknown: bool = False
    """Whether there is no such field."""


def field_faults(
    fields: Sequence[LinkField], given: Mapping[str, FieldValue], *, may_lack: str = ""
) -> Iterator[FieldFault]:
    """Yield what is wrong with the values of a link, as far as it shows without looking up secrets.

    ``may_lack`` is a field that is empty as long as the system was not asked what it can be.
    """
    known = {field.name: field for field in fields}
    for name in given:
        if name not in known:
            near = nearest(name, known)
            advice = f"Did you mean {near!r}?" if near else f"There are {listed(known, last='and') or 'none'}."
            yield FieldFault(name, "is no field of this connector", advice, unknown=True)
    for name, field in known.items():
        value = field.default if given.get(name) is None else given[name]
        if isinstance(value, SecretRef):
            if field.type in ("number", "boolean"):
                yield FieldFault(name, "cannot be a secret")
        elif value is None or value == "":
            if not field.optional and name != may_lack:
                yield FieldFault(name, "is missing", field.help)
        elif field.type == "password":
            yield FieldFault(
                name, "stands there as it is", 'Store it with "pendel secret set NAME" and write { secret = "NAME" }.'
            )
        elif problem := misfit(field, value):
            yield FieldFault(name, problem)


def link_values(
    title: str,
    fields: Sequence[LinkField],
    given: Mapping[str, FieldValue],
    secrets: SecretReader,
    *,
    may_lack: str = "",
) -> dict[str, LinkValue]:
    """Return the value of every field of a link; ``title`` is what messages call its connector.

    Raises:
        Refused: a field is missing, not known, or has a value that it cannot have; a password is no reference.
        ConfigError: a secret is not where the configuration says.
    """
    titles = {field.name: field.title for field in fields}
    for fault in field_faults(fields, given, may_lack=may_lack):
        if fault.unknown:
            raise Refused(f"{title} has no field {clean(fault.name, limit=70)!r}.", advice=fault.advice)
        raise Refused(f"{titles[fault.name]} of {title} {fault.words}.", advice=fault.advice)
    return {field.name: _value(field, given.get(field.name), secrets) for field in fields}


def _value(field: LinkField, given: FieldValue | None, secrets: SecretReader) -> LinkValue:
    value = field.default if given is None else given
    if isinstance(value, SecretRef):
        return secrets.line(value)
    return "" if value is None else value


def misfit(field: LinkField, value: LinkValue) -> str:
    """Return what is wrong with a value of a field, as "must be true or false"; nothing where it fits."""
    match field.type:
        case "number" if isinstance(value, bool) or not isinstance(value, int | float):
            return "must be a number, without quotes"
        case "boolean" if not isinstance(value, bool):
            return "must be true or false"
        case "text" | "path" | "choice" | "password" if not isinstance(value, str):
            return "must be text in quotes"
        case "choice" if value not in field.choices:
            return f"must be {listed(field.choices)}"
    return ""
