"""How numbers and dates are written as text, in whatever kind of file."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import StrictStr, model_validator

from core.config.base import Settings, setting


class ValueFormats(Settings):
    """How numbers and dates are written."""

    typed: ClassVar[bool] = False
    """Whether the file itself tells numbers and dates from text. A date may then be written as ISO 8601 besides, and a
    number with an exponent: so a reader writes down what is no text."""

    decimal: Literal[",", "."] = setting(".", title="Decimal sign")
    thousands: Literal["", ",", ".", " ", "'"] = setting("", title="Thousands sign")
    date: StrictStr = setting("%Y-%m-%d", title="Dates", help="Such as %d-%m-%Y.")
    datetime: StrictStr = setting("%Y-%m-%d %H:%M:%S", title="Dates with a time")

    @model_validator(mode="after")
    def _different_signs(self) -> ValueFormats:
        if self.thousands == self.decimal:
            raise ValueError("decimal and thousands must be different signs")
        return self


class TypedFormats(ValueFormats):
    """How values are written where the file has types of its own."""

    typed: ClassVar[bool] = True
