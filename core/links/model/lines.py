"""The lines of a record, such as those of an order: its member ``lines`` in Pendel, wherever a system has them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from core.config.base import Line, Settings, setting
from core.links.model.replies import MemberPath
from core.links.model.requests import FieldRule, Method, Request

LINES = "lines"
"""The member of a record, read or written, that has its lines."""


class MemberLines(Settings):
    """They are a member of the row."""

    kind: Literal["member"] = setting(title="Kind")
    member: MemberPath = setting(title="Member", help="Such as SalesOrderLines.results.")


class TableLines(Settings):
    """They are a table beside the rows, in the same reply."""

    kind: Literal["table"] = setting(title="Kind")
    table: MemberPath = setting(title="Table", help="The member of the reply.")
    key: MemberPath = setting(title="Key of a row")
    parent: MemberPath = setting(title="Key of its row in a line")


class AskedLines(Request):
    """They are asked for, row by row; the fields of the row are placeholders.

    A row in which one of these is empty has none; and what was asked for one row is not asked again for another.
    """

    kind: Literal["request"] = setting(title="Kind")
    rows: list[MemberPath] | None = setting(None, title="Rows", help="Where other than in [reply].", min_length=1)


class WrittenMember(Settings):
    """They are written inside the record."""

    kind: Literal["member"] = setting(title="Kind")
    member: Line = setting(title="Member")


class WrittenArrays(Settings):
    """Each of their fields is written as an array of its own, as text, and all arrays are as long as each other."""

    kind: Literal["arrays"] = setting(title="Kind")


class WrittenRequests(Request):
    """Each line is sent by itself, and then the record, which joins them by a key that the first line was given."""

    kind: Literal["requests"] = setting(title="Kind")
    method: Method = setting("POST", title="Method")
    carried: Line = setting(title="Member with the key", help="Of all further lines, and of the record.")
    carried_member: MemberPath = setting(title="Key in a reply")
    id_member: MemberPath = setting(title="Id of a line in a reply")
    undo: Request = setting(title="Undo", help="Deletes the line {id} when the record fails after its lines.")


class Lines(Settings):
    """How lines are read and written."""

    read: Annotated[MemberLines | TableLines | AskedLines, Field(discriminator="kind")] | None = setting(
        None, title="Reading"
    )
    write: Annotated[WrittenMember | WrittenArrays | WrittenRequests, Field(discriminator="kind")] | None = setting(
        None, title="Writing", help="Empty, where the form of what is written says it."
    )
    fields: dict[Line, FieldRule] = setting(dict, title="Fields")
    required: list[Line] = setting(list, title="Needed fields")
