"""Whether a document is as a schema wants it: XML by an XSD, JSON by a JSON Schema.

Nothing is fetched from the network, and no entity is resolved. The document is read record by record, so that its size
does not matter; only a JSON Schema that ties records to each other needs the whole document at once.
"""

from __future__ import annotations

import copy
import json
from itertools import islice
from typing import TYPE_CHECKING, Any

from core.config.feeds import XmlFeedLayout
from core.errors import DataError
from core.exchange.sql_errors import disk_errors
from core.text import clean, file_size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from core.config.feeds import FeedLayout, JsonFeedLayout
    from core.exchange.feeds.writing import FeedWriter
    from core.stop import StopToken

WHOLE = 64_000_000
"""Bytes of a JSON document that is read at once, where its schema demands that."""
LARGEST_SCHEMA = 16_000_000
_BATCH = 500
_OFTEN = 1000
_RECORDS = "urn:pendel:records"
_TOGETHER = frozenset({
    "$dynamicRef", "$recursiveRef", "allOf", "anyOf", "const", "contains", "dependencies", "dependentSchemas", "else",
    "enum", "if", "not", "oneOf", "patternProperties", "prefixItems", "then", "unevaluatedItems", "uniqueItems",
})  # fmt: skip
"""What may say something of the list of the records that cannot be told of each of them alone."""


def validate(
    layout: FeedLayout,
    schema: Path,
    document: Path,
    writer: FeedWriter,
    *,
    records: int,
    stop: StopToken,
    progress: Callable[[int, int], None],
) -> None:
    """Refuse a document that is not as its schema wants it.

    ``progress`` is called with how many records were looked at, and of how many.

    Raises:
        DataError: it is not; the message names the record, the place and the reason. Or the schema is none.
        EngineError: a file cannot be read.
        StopRequested: a stop was asked for.
    """
    if not schema.is_file():
        raise DataError(f"There is no schema {clean(str(schema))}.", advice="Look at schema_file of the layout.")
    with disk_errors(f"The schema {clean(str(schema))} cannot be read"):
        if schema.stat().st_size > LARGEST_SCHEMA:
            raise DataError(f"The schema {clean(schema.name)} is larger than {file_size(LARGEST_SCHEMA)}.")
        content = schema.read_bytes()
    if isinstance(layout, XmlFeedLayout):
        _XmlCheck(layout, schema, content, writer, stop).check(document, records, progress)
    else:
        _JsonCheck(layout, schema, content, writer, stop).check(document, records, progress)


def _refused(writer: FeedWriter, schema: Path, number: int | None, place: str, reason: str) -> DataError:
    """Return the error for what is wrong with the record of a number, from 0; of the rest of the document with None."""
    (key,) = writer.keys(1, skip=number) if number is not None else ((),)
    name = f"Record {number + 1:,} ({clean(', '.join(key), limit=80)})" if number is not None else "The document"
    where = f", {clean(place, limit=120)}" if place else ""
    sentence = clean(reason, limit=300).rstrip(".")
    return DataError(
        f"{name} is not as {clean(schema.name)} wants it{where}: {sentence}.",
        advice="Nothing was sent. Mend the record or the layout, or leave such records out with a condition.",
    )


class _XmlCheck:
    def __init__(
        self, layout: XmlFeedLayout, schema: Path, content: bytes, writer: FeedWriter, stop: StopToken
    ) -> None:
        from lxml import etree

        self._file = schema
        self._writer = writer
        self._stop = stop
        record = next(node for node in layout.root.walk() if node.records)
        self._tag = "{*}" + record.name.rpartition(":")[2]
        self._path = record.name
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        try:
            # With the address of the file, what it includes is found beside it.
            tree = etree.fromstring(content, parser, base_url=schema.absolute().as_uri())
            self._schema = etree.XMLSchema(tree)
        except etree.LxmlError as error:
            raise DataError(
                f"{clean(schema.name)} is no XML Schema: {clean(str(error), limit=200)}", advice="Look at schema_file."
            ) from error

    def check(self, document: Path, records: int, progress: Callable[[int, int], None]) -> None:
        """Read the document as a stream; where something is wrong, look closer at the records there."""
        from lxml import etree

        done, reason = 0, ""
        with disk_errors(f"{clean(document.name)} cannot be read"), document.open("rb") as file:
            stream = etree.iterparse(
                file, ("end",), tag=self._tag, schema=self._schema, resolve_entities=False, no_network=True,
                huge_tree=True,
            )  # fmt: skip
            try:
                for _, element in stream:
                    done += 1
                    _forget(element)
                    if done % _OFTEN == 0:
                        self._stop.check()
                        progress(done, records)
                    if len(stream.error_log):
                        break
            except etree.LxmlError as error:
                reason = str(error)
            if len(stream.error_log):
                reason = stream.error_log[0].message
        if reason:
            # What was parsed may be ahead of what was handed out, but not behind it.
            self._look_closer(max(0, done - 1))
            raise _refused(self._writer, self._file, None, "", reason)
        progress(done, records)

    def _look_closer(self, skip: int) -> None:
        """Raise the error for the first record from here on that is wrong by itself."""
        from lxml import etree

        head, tail = self._writer.head.encode(), self._writer.tail.encode()
        parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
        while texts := self._writer.records(_BATCH, skip=skip):
            self._stop.check()
            for number, text in enumerate(texts, start=skip):
                tree = etree.fromstring(head + text.encode() + tail, parser)
                if not self._schema.validate(tree):
                    found = self._schema.error_log[0]
                    raise _refused(self._writer, self._file, number, self._place(found.path), found.message)
            skip += len(texts)

    def _place(self, path: str | None) -> str:
        """The part of a path below the records, without what libxml2 writes of namespaces."""
        return str(path or "").replace("*[", "[").strip("/")


def _forget(element: Any) -> None:
    """Give the memory of what was read back: of the element, and of those before it."""
    element.clear()
    while element.getprevious() is not None:
        del element.getparent()[0]


class _JsonCheck:
    def __init__(
        self, layout: JsonFeedLayout, schema: Path, content: bytes, writer: FeedWriter, stop: StopToken
    ) -> None:
        self._file = schema
        self._writer = writer
        self._stop = stop
        self._names = list(_names_above(layout))
        try:
            self._schema: Any = json.loads(content)
        except ValueError as error:
            raise self._no_schema(str(error)) from error

    def _no_schema(self, reason: str) -> DataError:
        return DataError(
            f"{clean(self._file.name)} is no JSON Schema: {clean(reason, limit=200)}", advice="Look at schema_file."
        )

    def check(self, document: Path, records: int, progress: Callable[[int, int], None]) -> None:
        """Check each record by what the schema says of one, and the rest with the first of them."""
        found = self._of_one()
        if found is None:
            self._check_whole(document)
            return
        pointer, least, most = found
        if not (least <= records <= (records if most is None else most)):
            wanted = f"at least {least:,}" if records < least else f"at most {most:,}"
            raise _refused(self._writer, self._file, None, "", f"it has {records:,} records, and {wanted} are wanted")
        frame = self._validator(self._without_limits(pointer))
        one = self._validator({"$schema": self._schema.get("$schema", _LATEST), "$ref": f"{_RECORDS}#{pointer}/items"})
        with disk_errors(f"{clean(document.name)} cannot be read"), document.open("rb") as file:
            file.seek(len(self._writer.head.encode()))
            for number, line in enumerate(islice(file, records)):
                record = json.loads(line.rstrip(b"\n").rstrip(b",") if number < records - 1 else line)
                if not one.is_valid(record):
                    error = next(iter(one.iter_errors(record)))
                    raise _refused(self._writer, self._file, number, _path(error.instance_path), error.message)
                if number == 0:
                    self._check_frame(frame, line.decode().rstrip("\n").rstrip(","))
                if number % _OFTEN == 0:
                    self._stop.check()
                    progress(number + 1, records)
        if not records:
            self._check_frame(frame, "")
        progress(records, records)

    def _check_frame(self, frame: Any, first: str) -> None:
        whole = json.loads(self._writer.head + first + self._writer.tail)
        if (error := next(iter(frame.iter_errors(whole)), None)) is not None:
            raise _refused(self._writer, self._file, None, _path(error.instance_path), error.message)

    def _check_whole(self, document: Path) -> None:
        size = document.stat().st_size
        if size > WHOLE:
            raise DataError(
                f"{clean(self._file.name)} ties records to each other, and the document is {file_size(size)}: "
                f"larger than the {file_size(WHOLE)} that are checked at once.",
                advice="Nothing was sent. Say in the schema by properties and items what a record is like.",
            )
        with disk_errors(f"{clean(document.name)} cannot be read"):
            whole = json.loads(document.read_bytes())
        if (error := next(iter(self._validator(self._schema).iter_errors(whole)), None)) is None:
            return
        path = list(error.instance_path)
        depth = len(self._names)
        number = path[depth] if len(path) > depth and path[:depth] == self._names else None
        rest = path[depth + 1 :] if isinstance(number, int) else path
        raise _refused(
            self._writer, self._file, number if isinstance(number, int) else None, _path(rest), error.message
        )

    def _validator(self, schema: Any) -> Any:
        import jsonschema_rs

        def retrieve(uri: str) -> Any:
            if uri == _RECORDS:
                return self._schema
            raise ValueError(f"{uri} is not fetched: a schema stands in one file")

        try:
            return jsonschema_rs.validator_for(schema, retriever=retrieve)
        except jsonschema_rs.ValidationError as error:
            raise self._no_schema(f"{error.message} (at {_path(error.instance_path)})") from error
        except (ValueError, TypeError) as error:
            raise self._no_schema(str(error)) from error

    def _of_one(self) -> tuple[str, int, int | None] | None:
        """Return where the schema describes the list of the records, and how many it wants; None where it is not plain.

        Plain is what says by ``properties``, ``items`` and local references what one record is like.
        """
        schema, pointer = self._resolved(self._schema, "")
        for name in self._names:
            if not _is_plain(schema) or name not in schema.get("properties", {}):
                return None
            schema, pointer = self._resolved(schema["properties"][name], f"{pointer}/properties/{_escaped(name)}")
        if not _is_plain(schema) or not isinstance(schema.get("items"), dict):
            return None
        return pointer, int(schema.get("minItems", 0)), schema.get("maxItems")

    def _resolved(self, schema: Any, pointer: str) -> tuple[Any, str]:
        for _ in range(20):
            reference = schema.get("$ref") if isinstance(schema, dict) else None
            if (
                not isinstance(reference, str)
                or not reference.startswith("#/")
                or len(schema) > 1 + bool(schema.get("description"))
            ):
                break
            pointer, schema = reference[1:], _at(self._schema, reference[1:])
        return schema, pointer

    def _without_limits(self, pointer: str) -> Any:
        """The schema for the document with one record in it: how many there must be was looked at."""
        result = copy.deepcopy(self._schema)
        for key in ("minItems", "maxItems"):
            _at(result, pointer).pop(key, None)
        return result


_LATEST = "https://json-schema.org/draft/2020-12/schema"


def _names_above(layout: JsonFeedLayout) -> Iterator[str]:
    node = layout.root
    while not node.records:
        node = next(child for child in node.members if any(each.records for each in child.walk()))
        yield node.name


def _is_plain(schema: Any) -> bool:
    return isinstance(schema, dict) and not (_TOGETHER & schema.keys()) and "$ref" not in schema


def _at(schema: Any, pointer: str) -> Any:
    """Return what a JSON Pointer (RFC 6901) leads to; an empty table where it leads nowhere."""
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(schema, list) and key.isdecimal() and int(key) < len(schema):
            schema = schema[int(key)]
        else:
            schema = schema.get(key, {}) if isinstance(schema, dict) else {}
    return schema


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _path(parts: Any) -> str:
    return "/".join(str(part) for part in parts)
