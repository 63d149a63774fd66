"""What all settings have in common.

A setting is declared once, with its title, help and unit; the check of the file, the form in the console and the
reference in ``docs/`` all come from that declaration.
"""

from __future__ import annotations

import datetime as dt
import os
import re
from typing import TYPE_CHECKING, Annotated, Any

# Nobody's plugins are wanted, and to look for them in all that is installed costs the start of the console 20 ms.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StrictStr,
    StringConstraints,
)

if TYPE_CHECKING:
    from pydantic.config import JsonDict


class Settings(BaseModel):
    """A table of the configuration: frozen, and without a key that nobody declared."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=False, defer_build=True)


def setting(
    default: Any = ...,
    *,
    title: str,
    help: str = "",  # noqa: A002 - the field's word for it
    unit: str = "",
    refers: str = "",
    long: bool = False,
    at_start: bool = False,
    **constraints: Any,
) -> Any:
    """Declare a setting; without a default it must be given. ``constraints`` are pydantic's (``ge``, ``le``, …).

    ``refers`` says what its value names: a table of the configuration by its kind (``locations``, ``tasks``, …), a
    secret of the vault (``secrets``), or a field of the entity that is named beside it or above (``fields``). ``long``
    says that the value has several lines, for which a form has an editor; a secret of that kind nobody types.
    ``at_start`` says that it is read once: changed, it counts from the next start, which the help then says, too.
    """
    if at_start:
        help = f"{help} Counts from the next start.".lstrip()  # noqa: A001
    extra: JsonDict | None = {
        name: value for name, value in (("unit", unit), ("refers", refers), ("long", long)) if value
    } or None
    if callable(default):
        constraints["default_factory"] = default
    else:
        constraints["default"] = default
    return Field(title=title, description=help, json_schema_extra=extra, **constraints)


_TIME_OF_DAY = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")


def _time_of_day(value: object) -> dt.time:
    if isinstance(value, dt.time):
        return value
    match = _TIME_OF_DAY.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError('a time in 24-hour notation is needed, such as "07:30"')
    return dt.time(int(match[1]), int(match[2]))


TimeOfDay = Annotated[dt.time, BeforeValidator(_time_of_day), PlainSerializer(lambda value: f"{value:%H:%M}")]
"""A moment of the day in 24-hour notation, to the minute; ``"07:30"`` in the file."""

Identifier = Annotated[StrictStr, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=64)]
"""The id of a task, or the name of a location or layout."""

EntityName = Annotated[StrictStr, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=48)]
"""The name of an entity or a field as it is declared."""

FieldName = Annotated[
    StrictStr, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(\.[a-z]{2}(-[A-Za-z]{2})?)?$", max_length=64)
]
"""The name of a field as it is used; a translated one has its language behind a dot: ``description.nl``."""

Line = Annotated[StrictStr, StringConstraints(min_length=1, pattern=r"^[^\x00-\x1f\x7f]*\S[^\x00-\x1f\x7f]*$")]
"""Text on one line that is not blank."""
