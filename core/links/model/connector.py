"""A connector: one system, as its definition file declares it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StrictBool, StrictInt, StrictStr

from core.config.base import EntityName, Identifier, Line, Settings, setting
from core.config.flow_kinds import KindName
from core.links.model.auth import Auth
from core.links.model.kinds import KindMapping
from core.links.model.limits import Limit
from core.links.model.replies import ErrorRule, MemberPath, ReplyShape, SuccessTest
from core.links.model.requests import Request
from core.links.model.resources import Resource
from core.links.model.templates import Template, TemplateTree


class LinkField(Settings):
    """Something that must be told about one installation of the system, when a link is made."""

    name: EntityName = setting(title="Name", help="Its value stands in placeholders: {client_id}.")
    title: Line = setting(title="Title")
    help: StrictStr = setting("", title="Help")
    type: Literal["text", "password", "number", "boolean", "choice", "path"] = setting(
        "text", title="Type", help="A password is kept as a secret. A path is one of this machine."
    )
    choices: list[Line] = setting(list, title="Choices")
    default: StrictStr | StrictBool | StrictInt | float | None = setting(None, title="Default")
    optional: StrictBool = setting(False, title="May be empty")


class Tenants(Request):
    """Several companies behind one login: which there are, so that one can be chosen."""

    field: EntityName = setting(title="Field", help="The field of the link that the choice goes into.", refers="")
    rows: list[MemberPath] | None = setting(None, title="Rows", min_length=1)
    id: MemberPath = setting(title="Id")
    name: MemberPath | None = setting(None, title="Name")


class Host(Settings):
    """The address is told by the system: it is {host} in base_url, and asked for again when it has moved."""

    url: Template = setting(title="Address to ask")
    member: MemberPath = setting(title="Member with the address")
    running: SuccessTest | None = setting(
        None, title="It is running when", help="Otherwise requests wait until it is said to run again."
    )
    moved: list[StrictInt] = setting(lambda: [421], title="Status: it has moved", min_length=1)


class Every(Settings):
    """What goes along with every request."""

    headers: dict[Line, Template] = setting(dict, title="Headers", help="One that is empty is not sent.")
    query: dict[Line, Template] = setting(dict, title="Parameters")
    body: TemplateTree = setting(dict, title="Members of the JSON body")


class Connector(Settings):
    """The whole of a definition file."""

    version: Literal[1] = setting(title="Version", help="Of this format: 1.")
    name: Line = setting(title="Name")
    description: StrictStr = setting("", title="Description")
    inferred: list[Line] = setting(
        list, title="Inferred", help="What no source states, and must be looked at with the real system first."
    )
    base_url: Template = setting(title="Address", help="Where all paths begin.")
    host: Host | None = setting(None, title="Address by look-up")
    timeout: Annotated[StrictInt, Field(ge=1, le=600)] = setting(
        30, title="Timeout", help="Of every answer.", unit="seconds"
    )
    fields: list[LinkField] = setting(list, title="Fields of a link")
    auth: Auth = setting(title="Authentication")
    every: Every = setting(Every, title="With every request")
    tenants: Tenants | None = setting(None, title="Tenants")
    test: Request = setting(title="Test", help="A request that shows whether a link works, and changes nothing.")
    limits: list[Limit] = setting(list, title="Limits")
    reply: ReplyShape = setting(ReplyShape, title="Replies")
    errors: list[ErrorRule] = setting(list, title="Errors")
    resources: dict[Identifier, Resource] = setting(title="Resources", min_length=1)
    kinds: dict[KindName, KindMapping] = setting(
        dict, title="Kinds", help="How records become those of Pendel and back, so that flows can use the system."
    )
