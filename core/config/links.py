"""The settings of connectors and links (LK1 to LK5): how other systems are reached, and what is exchanged with them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, StrictBool, StrictInt, StrictStr, model_validator

from core.config.access import Principal
from core.config.base import Identifier, Line, Settings, setting
from core.config.secrets import SecretRef
from core.text import listed


class ConnectorSettings(Settings):
    """A connector: how one kind of system is asked. One that Pendel brings along needs no table to be used."""

    definition: Identifier | None = setting(
        None,
        title="Definition",
        help="The name of one that Pendel brings along, such as exact-online.",
        refers="definitions",
    )
    file: Line | None = setting(
        None, title="Definition file", help="A file of your own in place of that; relative to the config file."
    )
    base_url: Line | None = setting(
        None, title="Address", help="Where all paths begin, in place of what the definition says."
    )

    @model_validator(mode="after")
    def _one_definition(self) -> ConnectorSettings:
        if (self.definition is None) == (self.file is None):
            raise ValueError("either definition or file is needed")
        return self


FieldValue = SecretRef | StrictBool | StrictInt | float | StrictStr
"""The value of a field that a connector asks for; a password is a reference to a secret."""


class FieldSync(Settings):
    """How one field of the system goes with one of Pendel's; it replaces what is mapped so by default."""

    name: Line = setting(title="Field of the system", refers="members")
    field: Line | None = setting(
        None, title="Field", help="Pendel's own word for it. Empty: it is only written, with its default value."
    )
    read: StrictBool = setting(True, title="Read", help="What the system says counts in Pendel.")
    write: Literal["always", "on_create", "if_empty", "never"] = setting(
        "always",
        title="Written",
        help="on_create: not when a record is updated. if_empty: only where the system has no value.",
    )
    default: StrictStr | StrictBool | StrictInt | float | None = setting(
        None, title="Default value", help="Written when a record is created that has no value here."
    )
    value_list: Identifier | None = setting(
        None, title="Value list", help="The table under lists in which its values are translated.", refers="lists"
    )

    @model_validator(mode="after")
    def _leads_somewhere(self) -> FieldSync:
        if self.field is None and self.default is None:
            raise ValueError("field or default is needed")
        return self


def _named_once(fields: list[FieldSync]) -> list[FieldSync]:
    names = [each.name for each in fields]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ValueError(f"{twice} stands here twice")
    return fields


class SyncSettings(Settings):
    """A synchronisation: what is exchanged of one kind of record."""

    read: StrictBool = setting(False, title="Read from the system")
    write: StrictBool = setting(False, title="Written to the system")
    fields: Annotated[list[FieldSync], AfterValidator(_named_once)] = setting(
        list,
        title="Fields",
        help="Those that are mapped otherwise than by default. They come first in what is shown, in this order.",
    )


class ValueList(Settings):
    """A value list: what Pendel's values are in the system, one by one."""

    values: dict[Line, StrictStr] = setting(dict, title="Values", help="Value here = value in the system.")
    resource: Identifier | None = setting(
        None,
        title="Resource",
        help="Of the connector, whose records have the system's values, to choose from.",
        refers="resources",
    )
    member: Line | None = setting(None, title="Field of the resource", help="The one with the value.", refers="members")


class LinkSettings(Settings):
    """A link: one use of a connector, with what it asks for. It is used only as it was when it was tested."""

    connector: Identifier = setting(
        title="Connector", help="One of [connectors], or one that Pendel brings along.", refers="connectors"
    )
    description: StrictStr = setting("", title="Description")
    active: StrictBool = setting(False, title="Active", help="Tasks may use it.")
    visible_to: list[Principal] = setting(
        list,
        title="Visible to",
        help='Names of users, or of groups as "@group". Empty: everyone who may look at the engine.',
        refers="principals",
    )
    fields: dict[Line, FieldValue] = setting(
        dict, title="Configuration fields", help="As the connector asks for them; a password as a secret."
    )
    priority: StrictInt = setting(
        0,
        title="Priority",
        help="Where both sides changed a record, the higher one counts; the catalogue has 0. Equal: where it is read.",
        ge=-1000,
        le=1000,
    )
    sync: dict[Identifier, SyncSettings] = setting(
        dict,
        title="Synchronisations",
        help="By what is exchanged: a kind of flow, such as orders, or a resource of the connector.",
        refers="kinds",
    )
    lists: dict[Identifier, ValueList] = setting(
        dict, title="Value lists", help="Such as VAT codes or payment conditions."
    )

    @model_validator(mode="after")
    def _lists_there(self) -> LinkSettings:
        for kind, sync in self.sync.items():
            for each in sync.fields:
                if each.value_list is not None and each.value_list not in self.lists:
                    there = f"there are {listed(self.lists, last='and')}" if self.lists else "there are none"
                    raise ValueError(f"{each.name} of {kind} names the value list {each.value_list!r}, and {there}")
        return self
