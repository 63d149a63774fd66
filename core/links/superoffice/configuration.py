"""The fields of a link, as its connector declares them: a connector asks for what it needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from core.links.superoffice.contract import EMPTY_GUID, Access, FieldType
from core.links.superoffice.values import in_language
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from core.links.superoffice.client import Client

Kind = Literal["yes_no", "text", "password", "integer", "number", "choice", "moment", "label"]
_KINDS: Mapping[FieldType, Kind] = {
    FieldType.Checkbox: "yes_no",
    FieldType.Text: "text",
    FieldType.Password: "password",
    FieldType.Integer: "integer",
    FieldType.Double: "number",
    FieldType.List: "choice",
    FieldType.Datetime: "moment",
    FieldType.Label: "label",
}
_LONGEST_NAME, _LONGEST_HELP = 120, 1000


@dataclass(frozen=True, slots=True)
class ConfigurationField:
    """One field that the operator fills in; a ``label`` only says something."""

    key: str
    """By which the connector is told its value."""
    title: str
    help: str
    kind: Kind
    default: str = ""
    required: bool = False
    read_only: bool = False
    max_length: int = 0
    """0 for none."""
    choices: Mapping[str, str] = field(default_factory=dict)
    """What is shown for each value that may be chosen."""


def configuration_fields(client: Client, *, language: str = "US") -> list[ConfigurationField]:
    """Ask a connector for the fields of a link, in the order in which it wants them shown.

    Raises:
        CallFailed, ConnectionFailed, StopRequested: as :meth:`core.links.superoffice.client.Client.ask`.
    """
    declared = sorted(client.ask("WSGetConfigData").fields, key=lambda each: each.rank)
    found = []
    for each in declared:
        choices: Mapping[str, str] = {}
        if each.type is FieldType.List and each.list_name:
            # There is no connection yet.
            told = client.ask("WSGetList", connection=EMPTY_GUID, list_name=each.list_name).list_items
            choices = {key: _shown(text, language, _LONGEST_NAME) for key, text in told.items()}
        found.append(
            ConfigurationField(
                key=each.key,
                title=_shown(each.name, language, _LONGEST_NAME) or clean(each.key, limit=_LONGEST_NAME),
                help=_shown(each.description, language, _LONGEST_HELP),
                kind=_KINDS[each.type],
                default=each.default,
                required=each.access is Access.Mandatory,
                read_only=each.access is Access.ReadOnly,
                max_length=max(each.max_length, 0),
                choices=choices,
            )
        )
    return found


def passwords_among(fields: Sequence[ConfigurationField]) -> list[str]:
    """Return the keys of the fields whose values are secrets."""
    return [each.key for each in fields if each.kind == "password"]


def _shown(text: str, language: str, limit: int) -> str:
    return clean(in_language(text, language), limit=limit)
