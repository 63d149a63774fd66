"""The values of a link: what its connector asks for, given by the operator, and secrets looked up when needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.config.secrets import SecretRef
from core.errors import Refused
from core.text import clean, listed, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.config.secrets import SecretReader
    from core.links.model.connector import Connector


def link_values(connector: Connector, given: Mapping[str, str | SecretRef], secrets: SecretReader) -> dict[str, str]:
    """Return the value of every field of a link.

    Raises:
        Refused: a field is missing, not known, or has a value that it cannot have; a password is no reference.
        ConfigError: a secret is not where the configuration says.
    """
    fields = {field.name: field for field in connector.fields}
    for name in given:
        if name not in fields:
            near = nearest(name, fields)
            raise Refused(
                f"{connector.name} has no field {clean(name, limit=70)!r}.",
                advice=f"Did you mean {near!r}?" if near else f"There are {listed(fields, last='and')}.",
            )
    values: dict[str, str] = {}
    for name, field in fields.items():
        value = given.get(name, field.default)
        if isinstance(value, SecretRef):
            value = secrets.line(value)
        elif field.type == "password" and value:
            raise Refused(
                f"{field.title} of {connector.name} stands there as it is.",
                advice='Store it with "pendel secret set NAME" and refer to it.',
            )
        if not value:
            if not field.optional:
                raise Refused(f"{field.title} of {connector.name} is missing.", advice=field.help)
            value = ""
        if field.choices and value and value not in field.choices:
            raise Refused(f"{field.title} of {connector.name} must be {listed(field.choices)}.")
        values[name] = value
    return values
