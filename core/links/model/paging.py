"""How pages follow each other, and what is done where a system does not show all of them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StrictInt, model_validator

from core.config.base import Identifier, Line, Settings, setting
from core.links.model.replies import MemberPath
from core.links.model.requests import Place
from core.links.model.templates import TemplateTree


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


class Step(Settings):
    """One way to cut what is read into parts; {part} is what a part is about."""

    body: TemplateTree = setting(title="Members of the body", help="Sent besides, with {part}.", min_length=1)
    values: list[Any] | None = setting(None, title="Values", help="Each is a part.", min_length=1)
    resource: Identifier | None = setting(None, title="Resource", help="Each of its rows is a part.")
    column: MemberPath | None = setting(None, title="Column", help="What {part} is in such a row.")
    prefix: Line | None = setting(
        None, title="Codes that begin with", help="Parts are lists of codes with a running number: EV000001, EV000002."
    )
    digits: StrictInt = setting(6, title="Digits of such a code", ge=1, le=9)
    codes: StrictInt = setting(500, title="Codes in a part", ge=1, le=10_000)

    @model_validator(mode="after")
    def _one_way(self) -> Step:
        if sum(each is not None for each in (self.values, self.resource, self.prefix)) != 1:
            raise ValueError("one of values, resource and prefix is needed")
        if (self.resource is None) != (self.column is None):
            raise ValueError("resource and column go together")
        return self


class Parts(Settings):
    """What lies beyond the window of ``offset`` is read in parts; where a part is still too large, by the next step.

    Parts may overlap: each row comes once. Where they have fewer rows than the system said in the beginning, the
    reading fails: nothing is left out in silence.
    """

    key: list[MemberPath] = setting(title="Key of a row", min_length=1)
    steps: list[Step] = setting(title="Steps", min_length=1, max_length=4)
