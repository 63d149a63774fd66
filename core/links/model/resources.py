"""What can be read from a system, and how: only what changed, fields, lines, and how it is written."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StrictBool, StrictInt, StrictStr

from core.config.base import EntityName, Line, Settings, setting
from core.links.model.lines import Lines
from core.links.model.paging import NoPaging, Paging, Parts
from core.links.model.replies import MemberPath
from core.links.model.requests import FieldRule, Request
from core.links.model.templates import Template, TemplateTree
from core.links.model.writes import Write


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
    zone: Template | None = setting(
        None,
        title="Time zone",
        help="Of a system that takes local times without a zone: Europe/Berlin, or {zone}, a field of the link.",
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
    """Everything is read each time, and compared with what was read before; the system cannot say what changed."""

    kind: Literal["compare_all"] = setting(title="Kind")


Incremental = Annotated[ModifiedSince | RowVersion | CompareAll, Field(discriminator="kind")]


class Resource(Request):
    """One kind of record in the system."""

    title: StrictStr = setting("", title="Title")
    path: Template = setting(title="Path", help="Behind the address of the system.")
    parameters: list[EntityName] = setting(
        list, title="Asked of who reads", help="Values that one reading is about, such as {gtin}: placeholders."
    )
    rows: list[MemberPath] | None = setting(None, title="Rows", help="Where other than in [reply].", min_length=1)
    filter_needed: StrictBool = setting(
        False, title="Filter needed", help="The system refuses to give everything: reading needs a {since}."
    )
    paging: Paging = setting(lambda: NoPaging(kind="none"), title="Paging")
    parts: Parts | None = setting(None, title="Read in parts", help="Where the system does not show all rows at once.")
    incremental: Incremental | None = setting(None, title="Only what changed")
    fields: dict[Line, FieldRule] = setting(dict, title="Fields")
    lines: Lines | None = setting(None, title="Lines")
    write: Write | None = setting(None, title="Writing")
