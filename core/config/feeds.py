"""Feed layouts: a nested document, XML or JSON, that holds the records of an entity and what belongs to them (FE1).

A document is one tree. In it stands exactly one element with ``records``: it is written once for each record. What is
above and beside it stands in the document once. Below it, ``repeat`` brings in the records of other entities.
"""

from __future__ import annotations

import functools
import re
import string
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, StrictBool, StrictInt, StrictStr, model_validator

from core.config.base import EntityName, FieldName, Settings, setting
from core.config.columns import _Column, _Layout
from core.config.placeholders import unknown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PLACEHOLDERS = ("date", "time", "datetime", "task", "entity", "assortment", "publication", "count", "language")
"""What may stand in braces in a constant of a feed. Moments take a format: ``{datetime:%d-%m-%Y}``."""

# XML 1.0 (Fifth Edition), productions 4 and 4a, without the colon, which parts a prefix from a name.
_START = (
    "A-Z_a-z\xc0-\xd6\xd8-\xf6\xf8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d\u2070-\u218f\u2c00-\u2fef"
    "\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_PART = f"[{_START}][{_START}\\-.0-9\xb7\u0300-\u036f\u203f-\u2040]*"


@functools.cache
def _xml_names() -> re.Pattern[str]:
    # Compiled where a feed is read: its classes of characters take 20 ms, and the console starts without them.
    return re.compile(f"(?:({_PART}):)?({_PART})")


def prefix_of(name: str) -> str:
    """Return the namespace prefix of an XML name; empty where it has none."""
    return name.partition(":")[0] if ":" in name else ""


def _known_placeholders(text: str) -> str:
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError as error:
        raise ValueError(f"the placeholders cannot be read: {error}; a brace that is meant is doubled: {{{{") from error
    for _, name, spec, conversion in parts:
        if name is None:
            continue
        if name not in PLACEHOLDERS:
            raise ValueError(f"{unknown(name, PLACEHOLDERS)} A brace that is meant is doubled: {{{{")
        if conversion or (spec and (name not in PLACEHOLDERS[:3] or "{" in spec)):
            raise ValueError(f"the placeholder {{{name}}} takes no format")
    return text


def _xml_name(name: str) -> str:
    plain = name.replace("{language}", "nl")
    match = _xml_names().fullmatch(plain)
    if match is None:
        raise ValueError("a name of XML is needed: letters, digits, dots, dashes and underscores, a letter first")
    if match[1] == "xmlns" or match[2] == "xmlns":
        raise ValueError("namespaces are declared under namespace and namespaces of the layout")
    return name


FeedText = Annotated[StrictStr, AfterValidator(_known_placeholders)]
"""Text in which placeholders may stand."""
XmlName = Annotated[StrictStr, AfterValidator(_xml_name)]


class FeedJoin(Settings):
    """Records of another entity that belong to a record."""

    entity: EntityName = setting(title="Entity", refers="entities")
    on: dict[FieldName, FieldName] = setting(
        dict,
        title="Joined on",
        help="Its field = the field of the record around it. Empty: by the reference between the two.",
    )
    order: list[StrictStr] = setting(
        list, title="Order", help="Its fields; one with - before it goes down. Empty: its key."
    )
    where: StrictStr | None = setting(None, title="Only where", help="A SQL expression over its fields.")
    first: StrictBool = setting(
        False, title="Only the first", help="In JSON, an object or value then stands in place of the list."
    )
    any_assortment: StrictBool = setting(
        False, title="From every assortment", help="No: only records of the assortment that the record is in."
    )


_FIELD = setting(None, title="Field", refers="fields")


class _FeedValue(_Column):
    constant: FeedText | None = setting(
        None,
        title="Constant",
        help="In place of a field; {date}, {datetime}, {count}, {language} and the like stand for what they say.",
    )
    field: FieldName | None = _FIELD
    when: StrictStr | None = setting(
        None, title="Only when", help="A SQL expression over the fields of the record; else it is left out."
    )

    @property
    def has_value(self) -> bool:
        """Whether it says what its text is."""
        return any(each is not None for each in (self.field, self.constant, self.expression))

    def check_value(self, *, needed: bool) -> None:
        """Refuse more than one source of the value, and none where one is needed."""
        given = sum(each is not None for each in (self.field, self.constant, self.expression))
        if given > 1 or (needed and not given):
            raise ValueError("exactly one of field, constant or expression says what the value is")
        if not given and (self.convert or self.values or self.default is not None or self.format is not None):
            raise ValueError("there is no value to convert: set field, constant or expression")
        if self.constant is not None and (self.convert or self.values or self.default is not None or self.format):
            raise ValueError("a constant is written as it is: leave convert, values, default and format out")


class _FeedNode(_FeedValue):
    name: StrictStr = setting("", title="Name")
    records: StrictBool = setting(
        False, title="Of the records", help="Written once for each record; exactly one of the tree says so."
    )
    repeat: FeedJoin | None = setting(None, title="Repeat for", help="Records of another entity that belong to it.")
    languages: StrictBool = setting(
        False,
        title="Per language",
        help="Written once for each language; {language} in names and constants is that language.",
    )
    if_empty: Literal["skip", "write"] = setting(
        "skip", title="When it is empty", help="Leave it out, or write it without content; in JSON, null, [] or {}."
    )

    @property
    def children(self) -> Sequence[_FeedNode]:
        """The nodes inside it."""
        raise NotImplementedError

    def check_node(self) -> None:
        """Refuse settings that exclude each other."""
        self.check_value(needed=False)
        if self.has_value and self.children:
            raise ValueError("it has either a value or others inside it, not both")
        if self.records + self.languages + (self.repeat is not None) > 1:
            raise ValueError("only one of records, repeat and languages can be set; nest two elements for two of them")

    def walk(self) -> Iterator[_FeedNode]:
        """Yield it and all nodes inside it."""
        yield self
        for child in self.children:
            yield from child.walk()


class XmlAttribute(_FeedValue):
    """An attribute; one without a value is left out."""

    name: XmlName = setting(title="Name", help="Such as currency, or xml:lang.")
    field: FieldName | None = _FIELD

    @model_validator(mode="after")
    def _sound(self) -> XmlAttribute:
        self.check_value(needed=True)
        return self


class XmlElement(_FeedNode):
    """An element of an XML document, with what is in it."""

    name: XmlName = setting(title="Name", help="With the prefix of its namespace, where it has one: g:price.")
    field: FieldName | None = _FIELD
    cdata: StrictBool = setting(False, title="As CDATA", help="Its text stands in a CDATA section.")
    attributes: list[XmlAttribute] = setting(list, title="Attributes")
    elements: list[XmlElement] = setting(list, title="Elements", help="Inside it, in this order.")

    @property
    def children(self) -> Sequence[XmlElement]:
        """The elements inside it."""
        return self.elements

    @model_validator(mode="after")
    def _sound(self) -> XmlElement:
        self.check_node()
        if self.cdata and not self.has_value:
            raise ValueError("there is no text for a CDATA section: set field, constant or expression")
        names = [attribute.name for attribute in self.attributes]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise ValueError(f"the attribute {twice!r} stands here twice")
        return self


class JsonMember(_FeedNode):
    """A member of a JSON object, with what is in it."""

    name: FeedText = setting("", title="Name", help="Of the member; only the outermost has none.")
    field: FieldName | None = _FIELD
    write_as: Literal["text", "number", "boolean"] | None = setting(
        None, title="Written as", help="Empty: as the type of its field, as text where it is converted."
    )
    members: list[JsonMember] = setting(list, title="Members", help="Inside it, in this order.")

    @property
    def children(self) -> Sequence[JsonMember]:
        """The members inside it."""
        return self.members

    @model_validator(mode="after")
    def _sound(self) -> JsonMember:
        self.check_node()
        if self.write_as and not self.has_value:
            raise ValueError("only a value can be written as something: set field, constant or expression")
        names = [child.name for child in self.members]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise ValueError(f"the member {twice!r} stands here twice")
        return self


class _FeedLayout(_Layout):
    direction: Literal["feed"] = setting(title="Direction")
    max_records: StrictInt | None = setting(
        None, title="Records at most", help="More fail the run, and nothing is sent. Empty: any number.", ge=1
    )
    schema_file: StrictStr | None = setting(
        None,
        title="Schema",
        help="A file that the document is checked by before it is sent: XSD, or JSON Schema. Relative to this file.",
    )


class XmlFeedLayout(_FeedLayout):
    """Writes XML."""

    format: Literal["xml"] = setting(title="Format")
    namespace: StrictStr = setting("", title="Namespace", help="Of names without a prefix, as a URI.")
    namespaces: dict[StrictStr, StrictStr] = setting(
        dict, title="Prefixes", help="Prefix = the URI of its namespace: g = http://base.google.com/ns/1.0"
    )
    root: XmlElement = setting(title="Root element")


class JsonFeedLayout(_FeedLayout):
    """Writes JSON."""

    format: Literal["json"] = setting(title="Format")
    root: JsonMember = setting(title="Document", help="An object; with records set, a list.")


FeedNode = XmlElement | JsonMember


def values_in(root: FeedNode) -> Iterator[XmlAttribute | FeedNode]:
    """Yield everything in a tree that has a value: elements or members, and attributes."""
    for node in root.walk():
        if isinstance(node, XmlElement | JsonMember):
            yield node
        if isinstance(node, XmlElement):
            yield from node.attributes


for _model in (XmlElement, JsonMember):
    _model.model_rebuild()


FeedLayout = XmlFeedLayout | JsonFeedLayout
