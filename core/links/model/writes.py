"""How records are written."""

from __future__ import annotations

from typing import Literal

from pydantic import StrictBool, StrictInt, model_validator

from core.config.base import Line, Settings, setting
from core.links.model.replies import MemberPath
from core.links.model.requests import Method, Request

ColumnType = Literal["C", "T", "N", "D"]
"""Text, a moment, a number or a date."""


class LookUp(Request):
    """Finds a record that may be there already. The fields of the record are placeholders."""

    match: list[Line] = setting(
        list,
        title="Same when",
        help="These fields of a row equal those of the record, but for case and blanks at both ends. "
        "Empty: every row that comes is the record.",
    )
    agrees: list[Line] = setting(
        list,
        title="Another when",
        help="One of these fields is filled on both sides and differs: two people with one number are not the same.",
    )
    max_pages: StrictInt = setting(
        1, title="Pages at most", help="Looked through; more than one where the system cannot filter.", ge=1, le=1000
    )
    at_once: StrictBool = setting(
        True,
        title="Finds what was just created",
        help="false, where it shows later: then a creation whose answer got lost is not sent again.",
    )


class Create(Request):
    """Creates a record, which is the body; members of ``body`` are sent besides."""

    method: Method = setting("POST", title="Method")
    id_member: MemberPath | None = setting(None, title="Member with the new id")
    id_header: Line | None = setting(None, title="Header with the new id", help="Its last part counts, as of Location.")
    required: list[Line] = setting(list, title="Needed fields")
    never: list[Line] = setting(list, title="Fields that are never sent", help="A record that has one is refused.")
    begin_with: Request | None = setting(
        None, title="Begins with", help="Reads an empty record, which the fields are written into."
    )


class Update(Request):
    """Updates the record {id}, and is its body; members of ``body`` are sent besides."""

    method: Method = setting("PUT", title="Method")
    begin_with: Request | None = setting(
        None, title="Begins with", help="Reads the whole record {id}, which the fields are written into."
    )
    unchanged: Line | None = setting(
        None,
        title="Header: unchanged since",
        help="Sent with the moment at which what was read was last changed, such as If-Unmodified-Since. Where another "
        "was faster (status 412), it is read and written anew.",
    )
    changed: MemberPath | None = setting(
        None,
        title="Member with that moment",
        help="Where there is no header Last-Modified; without a zone it is UTC.",
    )


class TableForm(Settings):
    """A record as rows of tables: columns are declared, and values stand in their order."""

    kind: Literal["tables"] = setting(title="Kind")
    object: Line = setting(title="Business object")
    table: Line = setting(title="Table")
    columns: dict[Line, ColumnType] = setting(title="Columns", help="With the type of each.", min_length=1)
    line_table: Line | None = setting(None, title="Table of the lines")
    line_columns: dict[Line, ColumnType] = setting(dict, title="Columns of the lines")


class Write(Settings):
    """How records are written. Nothing is created before it was looked for, where a look-up is declared.

    With a look-up alone, records of others can refer to them.
    """

    id: MemberPath = setting(title="Id", help="The member of a row that holds its id.")
    look_up: LookUp | None = setting(None, title="Look-up")
    otherwise: list[LookUp] = setting(
        list,
        title="Further look-ups",
        help="Made in this order where the one before finds nothing, or the record lacks what it looks for: a customer "
        "by e-mail address, then by the number that it has in the other system.",
    )
    create: Create | None = setting(None, title="Create")
    update: Update | None = setting(None, title="Update")
    form: TableForm | None = setting(None, title="Form", help="Of what is sent. Empty: an object with its members.")
    read_back: Request | None = setting(
        None, title="Read back", help="Reads the record {id} after writing, to see what the system kept."
    )
    kept: list[Line] = setting(
        list, title="Must be kept", help="Fields that some systems drop in silence; looked at in what is read back."
    )

    @model_validator(mode="after")
    def _something_to_do(self) -> Write:
        if self.create is None and self.update is None and self.look_up is None:
            raise ValueError("create, update or look_up is needed")
        if self.otherwise and self.look_up is None:
            raise ValueError("look_up comes first, and otherwise behind it")
        if self.kept and self.read_back is None:
            raise ValueError("read_back is needed, to see whether the fields under kept were kept")
        if self.form is not None and (self.form.line_table is None) == bool(self.form.line_columns):
            raise ValueError("line_table and line_columns of the form go together")
        if self.update is not None and self.update.unchanged is not None and self.update.begin_with is None:
            raise ValueError("begin_with is needed, to know when the record was changed last")
        return self
