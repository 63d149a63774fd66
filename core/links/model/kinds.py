"""How the records of a system become Pendel's records, and back: said once for each kind, for all flows (FL6).

A field of Pendel (:mod:`core.config.flow_kinds`) is read from a member of a row; a member is written from a field.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, StrictBool, StrictFloat, StrictInt, StrictStr, model_validator

from core.config.base import Identifier, Line, Settings, setting
from core.config.flow_kinds import KindName, PartName
from core.links.model.replies import MemberPath
from core.links.model.requests import Notation, Request
from core.links.model.templates import Template
from core.links.model.writes import LookUp

Constant = StrictBool | StrictInt | StrictFloat | StrictStr
WriteMode = Literal["always", "on_create", "if_empty"]
"""Whether an update may write a member: always, never after the record was created, or where the target has nothing."""


class ReadField(Settings):
    """Where a field of Pendel comes from."""

    member: MemberPath | None = setting(None, title="Member")
    instead: MemberPath | None = setting(None, title="Or member", help="Where the first is absent or empty.")
    constant: Constant | None = setting(None, title="Constant")
    read: Notation | None = setting(None, title="Read as", help="As for a field of a resource.")
    values: dict[StrictStr, StrictStr] = setting(
        dict, title="Values", help="What the system writes, and what it is here; others stay as they are."
    )
    list: Identifier | None = setting(None, title="Value list", help="Of the link, read backwards.")
    default: Constant | None = setting(None, title="Default", help="Where the member is absent or empty.")

    @model_validator(mode="after")
    def _one_origin(self) -> ReadField:
        if (self.member is None) == (self.constant is None):
            raise ValueError("exactly one of member and constant is needed")
        return self


class WriteField(Settings):
    """What is written into a member."""

    field: Line | None = setting(None, title="Field", help="Of Pendel, such as customer.email.")
    instead: Line | None = setting(None, title="Or field", help="Where the first is empty.")
    join: tuple[Line, ...] = setting((), title="Joined with", help="Further fields behind it, with blanks between.")
    constant: Constant | None = setting(None, title="Constant")
    list: Identifier | None = setting(
        None, title="Value list", help="Of the link; a value that is not in it stays as it is."
    )
    values: dict[StrictStr, StrictStr] = setting(
        dict, title="Values", help="What it is here, and what the system takes; others stay as they are."
    )
    default: Constant | None = setting(None, title="Default", help="Where the field is empty.")
    write: Template | None = setting(None, title="Written as", help="With {value}: {value|left_zero 8}.")
    mode: WriteMode = setting("always", title="Mode", help="Whether an update may overwrite it.")
    required: StrictBool = setting(False, title="Required", help="A record without it is refused before it is sent.")
    max_length: StrictInt | None = setting(None, title="Longest", unit="characters", ge=1, le=1_000_000)
    cut: StrictBool = setting(False, title="Cut", help="Of a text that is too long; otherwise it is refused.")
    digits_only: StrictBool = setting(
        False, title="Digits only", help="A value with anything else is refused before it is sent."
    )

    @model_validator(mode="after")
    def _one_origin(self) -> WriteField:
        if (self.field is None) == (self.constant is None):
            raise ValueError("exactly one of field and constant is needed")
        return self


def _short_read(value: Any) -> Any:
    return {"member": value} if isinstance(value, str) else value


def _short_write(value: Any) -> Any:
    return {"field": value} if isinstance(value, str) else value


ReadFields = dict[Line, Annotated[ReadField, BeforeValidator(_short_read)]]
"""By the field of Pendel; a text alone is a member."""
WriteFields = dict[Line, Annotated[WriteField, BeforeValidator(_short_write)]]
"""By the member of the system; a text alone is a field."""


NamedPrefix = Literal["attribute", "characteristic"]


class NamedRead(Settings):
    """Attributes or characteristics that a row has by their names, whatever these are."""

    member: MemberPath = setting(title="Member", help="A list of items, or a table with a value by each name.")
    name: MemberPath | None = setting(None, title="Name in an item", help="Empty: the member is a table.")
    value: MemberPath | None = setting(None, title="Value in an item", help="A list is read as one value a line.")
    unit: MemberPath | None = setting(None, title="Unit in an item")

    @model_validator(mode="after")
    def _both(self) -> NamedRead:
        if (self.name is None) != (self.value is None):
            raise ValueError("name and value go together")
        return self


class NamedWrite(Settings):
    """Attributes or characteristics that are written by their names, whatever these are."""

    member: Line = setting(title="Member", help="It becomes a list of items, or a table with a value by each name.")
    name: Line | None = setting(None, title="Name in an item", help="Empty: the member is a table.")
    value: Line | None = setting(None, title="Value in an item")
    unit: Line | None = setting(None, title="Unit in an item")
    mode: WriteMode = setting("always", title="Mode", help="Whether an update may overwrite them.")

    @model_validator(mode="after")
    def _both(self) -> NamedWrite:
        if (self.name is None) != (self.value is None):
            raise ValueError("name and value go together")
        return self


class PartRead(Settings):
    """The variants or categories that a row has."""

    member: MemberPath = setting(
        title="Member",
        help="The list of the row; . is the row itself, which then has one; lines are those that the resource reads.",
    )
    key: MemberPath | None = setting(
        None, title="Key", help="The member of an item with its id, by which it is updated inside its record."
    )
    fields: ReadFields = setting(title="Fields", min_length=1)
    named: dict[NamedPrefix, NamedRead] = setting(dict, title="By their names")


class PartWrite(Settings):
    """How variants or categories are written: as records of their own, inside their record, or both."""

    resource: Identifier | None = setting(
        None, title="Resource", help="Categories are written before the product, variants after it."
    )
    fields: WriteFields = setting(
        dict,
        title="Fields of the resource",
        help="parent.key is the id of the product, or of the category above; parent.number the number of the product.",
    )
    member: Line | None = setting(None, title="Member of the record", help="The list that has them.")
    items: WriteFields = setting(
        dict, title="Members of an item", help="part.key is its id. With . alone, an item is a value and no table."
    )
    named: dict[NamedPrefix, NamedWrite] = setting(dict, title="By their names")

    @model_validator(mode="after")
    def _somehow(self) -> PartWrite:
        if (self.resource is None) == bool(self.fields):
            raise ValueError("resource and fields go together")
        if (self.member is None) == bool(self.items):
            raise ValueError("member and items go together")
        if self.resource is None and self.member is None:
            raise ValueError("resource or member is needed")
        return self


class Related(Settings):
    """Another record that this one refers to: its fields stand behind the name of this table and a dot."""

    kind: KindName = setting(title="Kind", help="Of the same system.")
    by: MemberPath = setting(title="Member with its key")
    one: Request | None = setting(None, title="One record", help="Reads the record {key}. Empty: as its kind says.")


class Reported(Settings):
    """What a source is told once its record is at the target: its record is updated."""

    resource: Identifier = setting(title="Resource")
    fields: WriteFields = setting(
        dict,
        title="Fields",
        help="target.number, target.key and target.status are number, id and status at the target, target.outcome what "
        "became of it. Empty: nothing is told unless a link says what.",
    )


class KindRead(Settings):
    """How records of a kind are read."""

    resource: Identifier = setting(title="Resource")
    key: MemberPath = setting(
        title="Key", help="The member that names a row; no e-mail address, for it stands in logs."
    )
    only: dict[MemberPath, tuple[Constant, ...]] = setting(
        dict, title="Only rows where", help="A member has one of these values; others are of another kind."
    )
    one: Request | None = setting(None, title="One record", help="Reads the record {key} alone, to try it again.")
    fields: ReadFields = setting(title="Fields", min_length=1)
    related: dict[Identifier, Related] = setting(dict, title="Related records")
    lines: ReadFields | None = setting(
        None, title="Fields of lines", help="Of the rows that the resource reads as lines."
    )
    named: dict[NamedPrefix, NamedRead] = setting(dict, title="By their names")
    parts: dict[PartName, PartRead] = setting(dict, title="Parts")
    report: Reported | None = setting(None, title="Reported back")


class ContactWrite(Settings):
    """The person of a company, as a record of its own below it."""

    resource: Identifier = setting(title="Resource")
    fields: WriteFields = setting(title="Fields", help="customer.key is the id of the company.", min_length=1)


class CompanyWrite(Settings):
    """The company that a contact belongs to: it is looked for, and made before the contact where it is not there."""

    resource: Identifier = setting(title="Resource")
    fields: WriteFields = setting(title="Fields", help="From those of the contact: organisation.name.", min_length=1)
    look_up: list[LookUp] = setting(
        list,
        title="Look-ups",
        help="In this order; the first that finds one counts. Empty: as the resource looks for its records.",
    )
    create: StrictBool = setting(
        True, title="Created", help="One that is not there is made. false: then the contact fails."
    )


class KindWrite(Settings):
    """How records of a kind are written."""

    resource: Identifier = setting(title="Resource", help="One with [write]; its look-up tells what is there already.")
    fields: WriteFields = setting(title="Fields", min_length=1)
    lines: WriteFields | None = setting(None, title="Members of lines", help="The resource says how they are sent.")
    named: dict[NamedPrefix, NamedWrite] = setting(dict, title="By their names")
    parts: dict[PartName, PartWrite] = setting(dict, title="Parts")
    refer: MemberPath | None = setting(
        None, title="Referred to by", help="The member by which documents name it. Empty: by its id."
    )
    contact: ContactWrite | None = setting(None, title="Contact of a company")
    company: CompanyWrite | None = setting(
        None, title="Company of a contact", help="Its id is written where a field is organisation.key."
    )


class KindMapping(Settings):
    """One kind of record."""

    read: KindRead | None = setting(None, title="Reading")
    write: KindWrite | None = setting(None, title="Writing")

    @model_validator(mode="after")
    def _something(self) -> KindMapping:
        if self.read is None and self.write is None:
            raise ValueError("read or write is needed")
        return self
