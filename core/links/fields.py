"""The values of a link: what its connector asks for, given by the operator, and secrets looked up when needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.config.secrets import SecretRef
from core.errors import Refused
from core.text import clean, listed, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from core.config.links import FieldValue
    from core.config.secrets import SecretReader
    from core.links.model.connector import LinkField

LinkValue = str | int | float | bool
"""The value of a field of a link, a secret looked up."""


def link_values(
    title: str,
    fields: Sequence[LinkField],
    given: Mapping[str, FieldValue],
    secrets: SecretReader,
    *,
    may_lack: str = "",
) -> dict[str, LinkValue]:
    """Return the value of every field of a link; ``title`` is what messages call its connector.

    ``may_lack`` is a field that is empty as long as the system was not asked what it can be.

    Raises:
        Refused: a field is missing, not known, or has a value that it cannot have; a password is no reference.
        ConfigError: a secret is not where the configuration says.
    """
    known = {field.name: field for field in fields}
    for name in given:
        if name not in known:
            near = nearest(name, known)
            raise Refused(
                f"{title} has no field {clean(name, limit=70)!r}.",
                advice=f"Did you mean {near!r}?" if near else f"There are {listed(known, last='and')}.",
            )
    return {
        name: _value(title, field, given.get(name), secrets, optional=field.optional or name == may_lack)
        for name, field in known.items()
    }


def _value(
    title: str, field: LinkField, given: FieldValue | None, secrets: SecretReader, *, optional: bool
) -> LinkValue:
    value = field.default if given is None else given
    if isinstance(value, SecretRef):
        value = secrets.line(value)
    elif field.type == "password" and value:
        raise Refused(
            f"{field.title} of {title} stands there as it is.",
            advice='Store it with "pendel secret set NAME" and refer to it.',
        )
    if value is None or value == "":
        if not optional:
            raise Refused(f"{field.title} of {title} is missing.", advice=field.help)
        return ""
    if problem := misfit(field, value):
        raise Refused(f"{field.title} of {title} {problem}.")
    return value


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
