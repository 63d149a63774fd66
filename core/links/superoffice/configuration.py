"""The fields of a link, as its connector declares them: a connector asks for what it needs."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from core.links.model.connector import LinkField
from core.links.superoffice.contract import EMPTY_GUID, Access, FieldType
from core.links.superoffice.values import in_language, typed, written
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.links.fields import LinkValue
    from core.links.superoffice.client import Client
    from core.links.superoffice.contract import FieldInfo

_KINDS: Mapping[FieldType, Literal["text", "password", "number", "boolean", "choice"]] = {
    FieldType.Checkbox: "boolean",
    FieldType.Text: "text",
    FieldType.Password: "password",
    FieldType.Integer: "number",
    FieldType.Double: "number",
    FieldType.List: "choice",
    FieldType.Datetime: "text",
}
"""A label is no field: it is told with the field before it, or after it."""
_LANGUAGES = ("US", "EN", "EN-US", "EN-GB")
_LONGEST_NAME, _LONGEST_HELP, _MOST_CHOICES = 120, 1000, 500


def link_fields(client: Client) -> list[LinkField]:
    """Ask a connector for the fields of a link, in the order in which it wants them shown.

    Raises:
        CallFailed, ConnectionFailed, StopRequested: as :meth:`core.links.superoffice.client.Client.ask`.
    """
    found: list[LinkField] = []
    labels: list[str] = []
    for info in sorted(client.ask("WSGetConfigData").fields, key=lambda each: each.rank):
        if info.type is FieldType.Label:
            labels += [text for each in (info.name, info.description) if (text := _shown(each, _LONGEST_HELP))]
            continue
        choices: Mapping[str, str] = {}
        if info.type is FieldType.List and info.list_name:
            # There is no connection yet.
            choices = client.ask("WSGetList", connection=EMPTY_GUID, list_name=info.list_name).list_items
        found.append(_field(info, choices, labels))
        labels = []
    if labels and found:
        last = found[-1]
        found[-1] = last.model_copy(update={"help": " ".join([last.help, *labels]).strip()})
    return found


def _field(info: FieldInfo, choices: Mapping[str, str], labels: list[str]) -> LinkField:
    named = [f"{clean(key)}: {_shown(text, 60)}" for key, text in list(choices.items())[:20] if text != key]
    words = [*labels, _shown(info.description, _LONGEST_HELP), f"{'; '.join(named)}." if named else ""]
    default = typed(info.default, info.type)
    # The key is the connector's own word, which need not be a name as definitions have them.
    return LinkField.model_construct(
        name=info.key,
        title=_shown(info.name, _LONGEST_NAME) or clean(info.key, limit=_LONGEST_NAME),
        help=" ".join(each for each in words if each),
        type=_KINDS[info.type],
        choices=list(choices)[:_MOST_CHOICES],
        default=float(default)
        if isinstance(default, Decimal)
        else default
        if isinstance(default, bool | int)
        else info.default or None,
        optional=info.access is not Access.Mandatory,
    )


def connection_info(values: Mapping[str, LinkValue]) -> dict[str, str]:
    """Return the values of a link as a connector is told them; what is empty is not told."""
    return {
        name: value if isinstance(value, str) else written(Decimal(str(value)) if isinstance(value, float) else value)
        for name, value in values.items()
        if value != ""
    }


def _shown(text: str, limit: int) -> str:
    return clean(in_language(text, *_LANGUAGES), limit=limit).strip()
