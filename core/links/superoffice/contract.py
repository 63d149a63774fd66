"""What the operations of an ERP Sync Connector take and give.

Names are those of the contract (SuperOffice, class library ``SuperOffice.ErpSync.ConnectorWS``), spelling included.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, IntEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NAMESPACE: Final = "http://www.superoffice.net/EIS/Connector/1.0"
ARRAYS: Final = "http://schemas.microsoft.com/2003/10/Serialization/Arrays"
SERVICE: Final = "IErpConnectorWS"
EMPTY_GUID: Final = "00000000-0000-0000-0000-000000000000"
"""The connection of who asks for a list before there is a connection."""

UNKNOWN_CONNECTION: Final = "UNKNOWN_CONNECTION_ID"
"""The connector has lost what it was told of a connection: it is to be told again, and asked once more."""
UNKNOWN_FIELD: Final = "UNKOWN_FIELDKEY"
UNKNOWN_ITEM: Final = "UNKOWN_LISTITEM_ID"

ACTOR_TYPES: Final = ("Customer", "Supplier", "Partner", "Person", "Project")
"""Those that the sync engine knows; a connector cannot define its own."""


class State(IntEnum):
    """How an operation went."""

    Ok = 0
    OkWithInfo = 1
    Warning = 2
    Error = 3


class FieldType(IntEnum):
    """What kind of value a field has."""

    Checkbox = 0
    Text = 1
    Password = 2
    Integer = 3
    Double = 4
    List = 5
    Datetime = 6
    Label = 99


class Access(IntEnum):
    """What may be done with a field."""

    Normal = 0
    Mandatory = 1
    ReadOnly = 2


@dataclass(frozen=True, slots=True)
class FieldInfo:
    """What a connector tells of a field: of an actor, or of its own configuration."""

    key: str = ""
    name: str = ""
    """What it is called; may have several languages (:func:`core.links.superoffice.values.in_language`)."""
    description: str = ""
    type: FieldType = FieldType.Text
    list_name: str = ""
    default: str = ""
    rank: int = 0
    max_length: int = 0
    """0 for none."""
    access: Access = Access.Normal


@dataclass(frozen=True, slots=True)
class Actor:
    """A record of the ERP that SuperOffice knows of: a customer, a person, a project."""

    type: str = ""
    key: str = ""
    """Empty for one that is to be made."""
    modified: str = ""
    """When it was changed, in the connector's own words: to be sent back, and compared with nothing."""
    parent_type: str = ""
    parent_key: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    """As text (:mod:`core.links.superoffice.values`); those of the fields that were asked for."""


@dataclass(frozen=True, slots=True)
class Restriction:
    """A condition of a search."""

    field: str = ""
    operator: str = ""
    values: Sequence[str] = ()
    scalar: str = ""

    @property
    def operands(self) -> Sequence[str]:
        """What it compares with: callers put one value into either place."""
        return self.values or ([self.scalar] if self.scalar else [])


@dataclass(frozen=True, slots=True)
class Request:
    """What an operation is asked; each takes some of these (:data:`OPERATIONS`)."""

    connection: str = ""
    connection_info: Mapping[str, str] = field(default_factory=dict)
    actor_type: str = ""
    keys: Sequence[str] = ()
    field_keys: Sequence[str] = ()
    text: str = ""
    restrictions: Sequence[Restriction] = ()
    parent_type: str = ""
    parent_key: str = ""
    actor: Actor | None = None
    actors: Sequence[Actor] = ()
    list_name: str = ""
    item_keys: Sequence[str] = ()
    since: str = ""


@dataclass(frozen=True, slots=True)
class Response:
    """What an operation answers; errors are answers too, for a connector never throws."""

    ok: bool = True
    state: State = State.Ok
    explanation: str = ""
    """For people."""
    technical: str = ""
    code: str = ""
    fields: Sequence[FieldInfo] = ()
    items: Sequence[str] = ()
    actors: Sequence[Actor] = ()
    actor: Actor | None = None
    list_items: Mapping[str, str] = field(default_factory=dict)


class Shape(Enum):
    """How a member stands in XML."""

    TEXT = "text"
    NUMBER = "number"
    """Also a yes or no, and a member of an enumeration."""
    TEXTS = "texts"
    MAP = "map"
    ACTOR = "actor"
    ACTORS = "actors"
    RESTRICTIONS = "restrictions"
    FIELDS = "fields"


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a request or a response: its name in XML, and ours."""

    name: str
    attribute: str
    shape: Shape = Shape.TEXT


@dataclass(frozen=True, slots=True)
class Operation:
    """One of the seventeen."""

    name: str
    request: str | None
    """The type of its request; None where it takes nothing."""
    members: tuple[Member, ...]
    """Of the request: that of the base class first, the others by the alphabet, as data contracts have it."""
    response: str
    result: Member | None = None
    """What it gives beside how it went."""
    writes: bool = False
    """It changes records of the ERP: sent twice, it may do so twice."""

    @property
    def action(self) -> str:
        """What its SOAPAction header says."""
        return f"{NAMESPACE}/{SERVICE}/{self.name}"


ACTOR_MEMBERS: Final = (
    Member("ActorType", "type"),
    Member("ErpKey", "key"),
    Member("FieldValues", "values", Shape.MAP),
    Member("LastModified", "modified"),
    Member("ParentActorType", "parent_type"),
    Member("ParentErpKey", "parent_key"),
)
RESTRICTION_MEMBERS: Final = (
    Member("FieldKey", "field"),
    Member("Operator", "operator"),
    Member("ScalarValue", "scalar"),
    Member("Values", "values", Shape.TEXTS),
)
FIELD_MEMBERS: Final = (
    Member("Access", "access", Shape.NUMBER),
    Member("DefaultValue", "default"),
    Member("DisplayDescription", "description"),
    Member("DisplayName", "name"),
    Member("FieldKey", "key"),
    Member("FieldType", "type", Shape.NUMBER),
    Member("ListName", "list_name"),
    Member("MaxLength", "max_length", Shape.NUMBER),
    Member("Rank", "rank", Shape.NUMBER),
)
BASE_MEMBERS: Final = (
    Member("ErrorCode", "code"),
    Member("IsOk", "ok", Shape.NUMBER),
    Member("State", "state", Shape.NUMBER),
    Member("TechExplanation", "technical"),
    Member("UserExplanation", "explanation"),
)
"""Of every response."""

_CONNECTION = Member("ConnectionGuid", "connection")
_INFO = Member("ConnectionInfo", "connection_info", Shape.MAP)
_TYPE = Member("ActorType", "actor_type")
_KEYS = Member("FieldKeys", "field_keys", Shape.TEXTS)
_TEXT = Member("SearchText", "text")
_LIST = Member("ListName", "list_name")
_ACTORS = Member("Actors", "actors", Shape.ACTORS)
_ACTOR = Member("Actor", "actor", Shape.ACTOR)
_FIELDS = Member("FieldMetaDataObjects", "fields", Shape.FIELDS)
_ITEMS = Member("Items", "items", Shape.TEXTS)
_LIST_ITEMS = Member("ListItems", "list_items", Shape.MAP)

_RESULT = "ConnectorResultBaseWS"
_MANY_ACTORS = "ActorArrayPluginResponseWS"
_MANY_FIELDS = "FieldMetadataInfoArrayPluginResponseWS"
_MANY_TEXTS = "StringArrayPluginResponseWS"
_MANY_ITEMS = "ListItemArrayPluginResponseWS"

OPERATIONS: Mapping[str, Operation] = {
    each.name: each
    for each in (
        Operation("WSGetConfigData", None, (), _MANY_FIELDS, _FIELDS),
        Operation("WSTestConfigData", "TestConfigDataRequestWS", (_INFO,), _RESULT),
        Operation("WSSaveConnection", "SaveConnectionRequestWS", (_CONNECTION, _INFO), _RESULT),
        Operation("WSTestConnection", "RequestBaseWS", (_CONNECTION,), _RESULT),
        Operation("WSDeleteConnection", "RequestBaseWS", (_CONNECTION,), _RESULT),
        Operation("WSGetSupportedActorTypes", "RequestBaseWS", (_CONNECTION,), _MANY_TEXTS, _ITEMS),
        Operation(
            "WSGetSupportedActorTypeFields",
            "GetSupportedActorTypeFieldsRequestWS",
            (_CONNECTION, _TYPE),
            _MANY_FIELDS,
            _FIELDS,
        ),
        Operation("WSGetSearchableFields", "GetSearchableFieldsRequestWS", (_CONNECTION, _TYPE), _MANY_TEXTS, _ITEMS),
        Operation(
            "WSGetActors",
            "GetActorsRequestWS",
            (_CONNECTION, _TYPE, Member("ErpKeys", "keys", Shape.TEXTS), _KEYS),
            _MANY_ACTORS,
            _ACTORS,
        ),
        Operation("WSSearchActors", "SearchActorsRequestWS", (_CONNECTION, _TYPE, _KEYS, _TEXT), _MANY_ACTORS, _ACTORS),
        Operation(
            "WSSearchActorsAdvanced",
            "SearchActorsAdvancedRequestWS",
            (_CONNECTION, _TYPE, _KEYS, Member("Restrictions", "restrictions", Shape.RESTRICTIONS)),
            _MANY_ACTORS,
            _ACTORS,
        ),
        Operation(
            "WSSearchActorByParent",
            "SearchActorByParentRequestWS",
            (
                _CONNECTION,
                _TYPE,
                _KEYS,
                Member("ParentActorErpKey", "parent_key"),
                Member("ParentActorType", "parent_type"),
                _TEXT,
            ),
            _MANY_ACTORS,
            _ACTORS,
        ),
        Operation(
            "WSCreateActor", "CreateActorRequestWS", (_CONNECTION, _ACTOR), "ActorPluginResponseWS", _ACTOR, writes=True
        ),
        Operation("WSSaveActors", "SaveActorsRequestWS", (_CONNECTION, _ACTORS), _MANY_ACTORS, _ACTORS, writes=True),
        Operation("WSGetList", "GetListRequestWS", (_CONNECTION, _LIST), _MANY_ITEMS, _LIST_ITEMS),
        Operation(
            "WSGetListItems",
            "GetListItemsRequestWS",
            (_CONNECTION, Member("ListItemKeys", "item_keys", Shape.TEXTS), _LIST),
            _MANY_ITEMS,
            _LIST_ITEMS,
        ),
        Operation(
            "WSGetActorsByTimestamp",
            "GetActorsByTimestampRequestWS",
            (_CONNECTION, _TYPE, _KEYS, Member("UpdatedOnOrAfter", "since")),
            _MANY_ACTORS,
            _ACTORS,
        ),
    )
}
"""By name."""
