"""A request, and what is special about the fields of what it reads or writes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, StrictStr

from core.config.base import Line, Settings, setting
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


class FieldRule(Settings):
    """What is special about a field."""

    title: StrictStr = setting("", title="Title")
    read: Notation | None = setting(
        None, title="Read as", help="odata_date, odata_local, integer, decimal, flag, trimmed or text."
    )
    write_name: Line | None = setting(
        None,
        title="Name in writing",
        help="Where it differs from that in reading; a path leads into objects and lists: Emails.0.Value.",
    )
    write: Template | None = setting(None, title="Written as", help="With {value}: {value|left_space 18}.")


class Request(Settings):
    """A request."""

    method: Method = setting("GET", title="Method")
    path: Template = setting("", title="Path", help="Behind the address of the system, or of the resource.")
    query: dict[Line, Template] = setting(dict, title="Parameters", help="One that is empty is not sent.")
    headers: dict[Line, Template] = setting(dict, title="Headers")
    body: TemplateTree | None = setting(None, title="JSON body")
