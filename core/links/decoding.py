"""The values of rows, read as their definition says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.links.faults import CallFailed
from core.links.values import READ_AS
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.links.model.requests import FieldRule
    from core.links.paging import Rows


def decode(page: Rows, fields: Mapping[str, FieldRule], name: str) -> None:
    """Read the values of declared fields as they are declared, in place.

    Raises:
        CallFailed: a value is not written so.
    """
    for key, rule in fields.items():
        if rule.read is None:
            continue
        read = READ_AS[rule.read]
        try:
            for row in page:
                value = row.get(key)
                if value is not None:
                    # As read_as does, without a call more for each value.
                    row[key] = None if type(value) is str and (not value or value.isspace()) else read(value)
        except ValueError as error:
            raise unreadable(key, name, rule.read, error) from None


def unreadable(key: str, name: str, notation: str, error: ValueError) -> CallFailed:
    """Return what is told of a value that is not written as the definition says."""
    return CallFailed(
        f"{clean(key)} of a row of {name} cannot be read as {notation}: {error}.",
        kind="settings",
        advice="Compare the fields of the definition with what the system answers.",
    )
