"""What can be read from a system, and how: paging, reading only what changed, fields, and how it is written."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StrictBool, StrictInt, StrictStr, model_validator

from core.config.base import Identifier, Line, Settings, setting
from core.links.model.replies import MemberPath
from core.links.model.templates import Template, TemplateTree
from core.links.values import READ_AS
from core.text import listed, nearest

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
Place = Literal["query", "body"]


def _notation(name: str) -> str:
    if name not in READ_AS:
        near = nearest(name, READ_AS)
        hint = f"did you mean {near!r}?" if near else f"there are {listed(READ_AS, last='and')}"
        raise ValueError(f"{name!r} is no notation; {hint}")
    return name


Notation = Annotated[StrictStr, AfterValidator(_notation)]
"""How a value is read: ``odata_date``, ``decimal`` and so on."""


class NoPaging(Settings):
    """One request gives everything."""

    kind: Literal["none"] = setting(title="Kind")


class NextLink(Settings):
    """A reply has the address of the next page; it is followed as it is, and only on the same server."""

    kind: Literal["next_link"] = setting(title="Kind")
    member: MemberPath = setting(title="Member with the address", help="Absent or null: this was the last page.")


class _Sized(Settings):
    place: Place = setting("query", title="Where", help="Parameters of the address, or members of the JSON body.")
    size: StrictInt = setting(title="Rows a page", ge=1, le=100_000)
    size_parameter: Line | None = setting(None, title="Parameter: rows a page")


class Offset(_Sized):
    """A request says how many rows to pass over. A page that is not full is the last, where no total says so."""

    kind: Literal["offset"] = setting(title="Kind")
    parameter: Line = setting(title="Parameter: rows to pass over", help="Such as offset, $skip or from.")
    total: MemberPath | None = setting(None, title="Member with the total")
    window: StrictInt | None = setting(
        None,
        title="Rows that can be reached",
        help="A system that shows no row beyond; more rows fail the reading, and nothing is left out in silence.",
        ge=1,
    )


class PageNumber(_Sized):
    """A request says the number of the page. A page that is not full is the last."""

    kind: Literal["page_number"] = setting(title="Kind")
    parameter: Line = setting(title="Parameter: page")
    first: StrictInt = setting(1, title="Number of the first page", ge=0, le=1)


class Keyset(_Sized):
    """A request says the key of the last row it has. A page that is not full is the last."""

    kind: Literal["keyset"] = setting(title="Kind")
    parameter: Line = setting(title="Parameter: last key")
    column: MemberPath = setting(title="Key of a row")


class Cursor(_Sized):
    """A reply has a mark by which the next page is asked for."""

    kind: Literal["cursor"] = setting(title="Kind")
    parameter: Line = setting(title="Parameter: mark")
    member: MemberPath = setting(title="Member with the mark")
    more: MemberPath | None = setting(
        None, title="Member: there is more", help="true or false. Empty: an absent mark ends it."
    )


Paging = Annotated[NoPaging | NextLink | Offset | PageNumber | Keyset | Cursor, Field(discriminator="kind")]
"""One way, told apart by its ``kind``."""


class _Since(Settings):
    query: dict[Line, Template] = setting(
        dict, title="Parameters", help="Sent where a reading before this one left {since}."
    )
    body: TemplateTree = setting(dict, title="Members of the body", help="As the parameters, with {since}.")


class ModifiedSince(_Since):
    """Records that changed since a moment."""

    kind: Literal["modified_since"] = setting(title="Kind")
    field: MemberPath | None = setting(
        None,
        title="Field with the moment",
        help="The latest one read is where the next reading begins. Empty: the moment at which this reading began.",
    )
    overlap_seconds: StrictInt = setting(
        60,
        title="Overlap",
        help="Read again, because a row that changes while pages are read may be passed over; a row may come twice.",
        unit="seconds",
        ge=0,
        le=604_800,
    )
    zone: Line | None = setting(
        None, title="Time zone", help="Of a system that takes local times without a zone, such as Europe/Berlin."
    )
    format: Line = setting(
        "%Y-%m-%d %H:%M:%S", title="Format of local times", help="Only with a time zone; {since} is then such text."
    )


class RowVersion(_Since):
    """Records whose number is higher than the highest that was read; rows need not come in its order."""

    kind: Literal["row_version"] = setting(title="Kind")
    field: MemberPath = setting(title="Field with the number")
    first: StrictInt | None = setting(None, title="Begins at", help="Sent as {since} by the first reading.")


class CompareAll(Settings):
    """Everything is read each time, and compared by these fields; the system cannot say what changed."""

    kind: Literal["compare_all"] = setting(title="Kind")
    by: list[MemberPath] = setting(list, title="Compared by", help="Empty: by the whole record.")


Incremental = Annotated[ModifiedSince | RowVersion | CompareAll, Field(discriminator="kind")]


class FieldRule(Settings):
    """What is special about a field."""

    title: StrictStr = setting("", title="Title")
    read: Notation | None = setting(None, title="Read as", help="odata_date, integer, decimal, flag, trimmed or text.")
    write_name: Line | None = setting(None, title="Name in writing", help="Where it differs from that in reading.")
    write: Template | None = setting(None, title="Written as", help="With {value}: {value|left_space 18}.")


class Request(Settings):
    """A request."""

    method: Method = setting("GET", title="Method")
    path: Template = setting("", title="Path", help="Behind the address of the system, or of the resource.")
    query: dict[Line, Template] = setting(dict, title="Parameters", help="One that is empty is not sent.")
    headers: dict[Line, Template] = setting(dict, title="Headers")
    body: TemplateTree | None = setting(None, title="JSON body")


class LookUp(Request):
    """Finds a record that may be there already. The fields of the record are placeholders."""

    match: list[Line] = setting(
        list,
        title="Same when",
        help="These fields of a row equal those of the record, but for case and blanks at both ends. "
        "Empty: every row that comes is the record.",
    )
    max_pages: StrictInt = setting(
        1, title="Pages at most", help="Looked through; more than one where the system cannot filter.", ge=1, le=1000
    )


class Create(Request):
    """Creates a record, which is the body; members of ``body`` are sent besides."""

    method: Method = setting("POST", title="Method")
    id_member: MemberPath | None = setting(None, title="Member with the new id")
    id_header: Line | None = setting(None, title="Header with the new id", help="Its last part counts, as of Location.")
    required: list[Line] = setting(list, title="Needed fields")
    never: list[Line] = setting(list, title="Fields that are never sent", help="A record that has one is refused.")


class Update(Request):
    """Updates the record {id}, and is its body; members of ``body`` are sent besides."""

    method: Method = setting("PUT", title="Method")


class Write(Settings):
    """How records are written. Nothing is created before it was looked for, where a look-up is declared."""

    id: MemberPath = setting(title="Id", help="The member of a row that holds its id.")
    look_up: LookUp | None = setting(None, title="Look-up")
    create: Create | None = setting(None, title="Create")
    update: Update | None = setting(None, title="Update")
    read_back: Request | None = setting(
        None, title="Read back", help="Reads the record {id} after writing, to see what the system kept."
    )
    kept: list[Line] = setting(
        list, title="Must be kept", help="Fields that some systems drop in silence; looked at in what is read back."
    )

    @model_validator(mode="after")
    def _something_to_do(self) -> Write:
        if self.create is None and self.update is None:
            raise ValueError("create or update is needed")
        if self.kept and self.read_back is None:
            raise ValueError("read_back is needed, to see whether the fields under kept were kept")
        return self


class Resource(Request):
    """One kind of record in the system."""

    title: StrictStr = setting("", title="Title")
    path: Template = setting(title="Path", help="Behind the address of the system.")
    rows: list[MemberPath] | None = setting(None, title="Rows", help="Where other than in [reply].", min_length=1)
    filter_needed: StrictBool = setting(
        False, title="Filter needed", help="The system refuses to give everything: reading needs a {since}."
    )
    paging: Paging = setting(lambda: NoPaging(kind="none"), title="Paging")
    incremental: Incremental | None = setting(None, title="Only what changed")
    fields: dict[Line, FieldRule] = setting(dict, title="Fields")
    write: Write | None = setting(None, title="Writing")


ResourceName = Identifier
