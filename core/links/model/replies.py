"""What a reply looks like: where its rows are, whether it succeeded, and what its errors mean."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StrictBool, StrictInt, StrictStr, StringConstraints

from core.config.base import Settings, setting

MemberPath = Annotated[StrictStr, StringConstraints(pattern=r"^(\.|[^.\s]+(\.[^.\s]+)*)$", max_length=200)]
"""The way to a member of a JSON document: ``d.results``; ``.`` is the document itself."""

ErrorKind = Literal["retry", "wait", "sign_in", "settings", "record", "conflict", "gone"]
"""What an error asks for: to try again, to wait, to sign in anew, to mend the settings of the link, to mend this
record, to read the record again because another changed it, or to take it as gone."""


class SuccessTest(Settings):
    """What a reply with status 200 must have besides, in a system that reports errors so."""

    member: MemberPath = setting(title="Member")
    equals: StrictBool | StrictStr | None = setting(
        None, title="Must be", help="Empty, where must_not_be is empty too: it must be absent, or null."
    )
    must_not_be: StrictBool | StrictStr | None = setting(None, title="Must not be", help="It may be absent.")


class ErrorRule(Settings):
    """What an error means, by its status, its code and the path; the first rule that fits counts."""

    status: list[StrictInt] = setting(list, title="Status", help="Empty: any.")
    code: list[StrictStr] = setting(list, title="Code", help="Empty: any. A number is written as text.")
    paths: list[StrictStr] = setting(list, title="Paths", help="With * for any text. Empty: any.")
    means: ErrorKind = setting(title="Means")
    wait_seconds: Annotated[float, Field(gt=0, le=86_400)] | None = setting(
        None, title="Wait", help="Where the system does not say itself.", unit="seconds"
    )
    help: StrictStr = setting("", title="What to do", help="A sentence for who reads the message.")


class ReplyShape(Settings):
    """Where things stand in replies."""

    rows: list[MemberPath] = setting(
        lambda: ["."],
        title="Rows",
        help="The first of these members that is there; . is the whole reply.",
        min_length=1,
    )
    succeeded: list[SuccessTest] = setting(list, title="It succeeded when", help="All of these hold.")
    message: list[MemberPath] = setting(
        list, title="Message of an error", help="The first of these members that is text."
    )
    code: list[MemberPath] = setting(list, title="Code of an error")
    reason_header: StrictStr | None = setting(
        None, title="Header with the reason", help="Explains an error besides its message."
    )
