"""What all layouts have in common: the entity they are of, and how a value is made."""

from __future__ import annotations

from typing import Literal

from pydantic import StrictStr

from core.config.base import EntityName, Settings, setting

Conversion = Literal[
    "trim",
    "collapse",
    "upper",
    "lower",
    "capitalize",
    "digits",
    "strip_zeros",
    "strip_tags",
    "unescape",
    "empty_to_null",
]
"""``collapse``: runs of white space become one space; ``digits``: all else is removed; ``strip_zeros``: leading zeros;
``strip_tags``: markup is removed; ``unescape``: HTML entities become characters; ``empty_to_null``: blank text is no
value."""


class _Column(Settings):
    """How a value is made for a column, an element or a member."""

    convert: list[Conversion] = setting(list, title="Conversions", help="Carried out in this order.")
    values: dict[StrictStr, StrictStr] = setting(
        dict, title="Value list", help="Values to replace; others stay as they are."
    )
    default: StrictStr | None = setting(None, title="Default", help="Where there is no value.")
    constant: StrictStr | None = setting(None, title="Constant", help="In place of a column or field.")
    expression: StrictStr | None = setting(
        None, title="SQL expression", help="Over the fields of the record; in place of a column or field."
    )
    format: StrictStr | None = setting(
        None,
        title="Format",
        help="Of a number, such as 0.00, or a date, such as %d-%m-%Y; in place of the file's.",
    )


class _Layout(Settings):
    """What every layout has."""

    description: StrictStr = setting("", title="Description")
    entity: EntityName = setting(title="Entity", refers="entities")
