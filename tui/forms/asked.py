"""The model of a form of a link, made of what its connector asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import StrictBool, StrictInt, StrictStr, create_model

from core.config.base import Settings, setting
from core.config.links import LinkSettings
from core.config.secrets import Secret
from core.engine.api.links import AskedField, AskedOfLink

if TYPE_CHECKING:
    from collections.abc import Mapping

LISTED = "listed"
"""What a field refers to whose values the system itself lists."""


def link_model(asked: AskedOfLink) -> type[Settings]:
    """Return the settings of a link with a field for each thing that its connector asks for."""
    # Their names are the system's, and need not be any that Python has.
    fields: dict[str, Any] = {
        f"field_{number}": (_annotation(each), _setting(each, listed=each.name == asked.listed_field))
        for number, each in enumerate(asked.fields)
    }
    inner = create_model("AskedFields", __base__=Settings, **fields)
    given: Any = (inner, setting(inner.model_construct, title="Configuration fields"))
    return create_model("AskedLink", __base__=LinkSettings, fields=given)


def as_they_stand(values: Mapping[str, Any]) -> AskedOfLink:
    """Return what a form asks for where a connector does not say it: what was told before, so that nothing is lost."""
    fields = values.get("fields")
    return AskedOfLink(
        tuple(
            AskedField(name, name, type=_type_of(value), optional=True)
            for name, value in (fields.items() if isinstance(fields, dict) else ())
        )
    )


def _type_of(value: Any) -> Literal["text", "password", "number", "boolean"]:
    if isinstance(value, dict):
        return "password"
    if isinstance(value, bool):
        return "boolean"
    return "number" if isinstance(value, int | float) else "text"


def _annotation(field: AskedField) -> Any:
    match field.type:
        case "password":
            found: Any = Secret
        case "number":
            found = StrictInt | float
        case "boolean":
            found = StrictBool
        case "choice" if field.choices:
            found = Literal[field.choices]
        case _:
            found = StrictStr
    return found if _is_required(field) or field.default is not None else found | None


def _is_required(field: AskedField) -> bool:
    return not field.optional and field.default is None


def _setting(field: AskedField, *, listed: bool) -> Any:
    default = ... if _is_required(field) else field.default
    help_text = field.help
    if field.type == "path":
        help_text = f"{help_text} A path on the machine of the engine.".strip()
    return setting(default, title=field.title, help=help_text, refers=LISTED if listed else "", alias=field.name)
