"""Whether a file that was written is as the official schema of its format wants it, where one is on hand.

Nothing is fetched from the network. An XML document is read as a stream, whatever its size.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from core.errors import DataError
from core.exchange.feeds.validating import LARGEST_SCHEMA, WHOLE
from core.exchange.sql_errors import disk_errors
from core.text import clean, file_size

if TYPE_CHECKING:
    from pathlib import Path

    from core.stop import StopToken

_FIRST = 10
_OFTEN = 5000


def schema_faults(document: Path, schema: Path, *, stop: StopToken) -> list[str]:
    """Return the first of what is wrong with a document by an XML Schema or a JSON Schema, each with its place.

    Raises:
        DataError: the schema is none, or the document is too large for a JSON Schema.
        EngineError: a file cannot be read.
        StopRequested: a stop was asked for.
    """
    with disk_errors(f"The schema {clean(str(schema))} cannot be read"):
        if schema.stat().st_size > LARGEST_SCHEMA:
            raise DataError(f"The schema {clean(schema.name)} is larger than {file_size(LARGEST_SCHEMA)}.")
        content = schema.read_bytes()
    if schema.suffix.lower() == ".json":
        return _json_faults(document, content, schema.name)
    return _xml_faults(document, content, schema, stop)


def _xml_faults(document: Path, content: bytes, schema: Path, stop: StopToken) -> list[str]:
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        # With the address of the file, what it includes is found beside it.
        rules = etree.XMLSchema(etree.fromstring(content, parser, base_url=schema.absolute().as_uri()))
    except etree.LxmlError as error:
        raise DataError(f"{clean(schema.name)} is no XML Schema: {clean(str(error), limit=200)}") from error
    reason = ""
    with disk_errors(f"{clean(document.name)} cannot be read"), document.open("rb") as file:
        stream = etree.iterparse(file, ("end",), schema=rules, resolve_entities=False, no_network=True, huge_tree=True)
        try:
            for number, (_, element) in enumerate(stream):
                parent = element.getparent()
                # What the children of the root's children were is of no interest any more.
                above = None if parent is None else parent.getparent()
                if parent is not None and above is not None and above.getparent() is None:
                    element.clear()
                    while element.getprevious() is not None:
                        del parent[0]
                if number % _OFTEN == 0:
                    stop.check()
                if len(stream.error_log) >= _FIRST:
                    break
        except etree.LxmlError as error:
            reason = clean(str(error), limit=300)
        found = [f"line {each.line:,}: {clean(each.message, limit=300)}" for each in stream.error_log]
    return found[:_FIRST] or ([reason] if reason else [])


def _json_faults(document: Path, content: bytes, name: str) -> list[str]:
    import jsonschema_rs

    if document.stat().st_size > WHOLE:
        raise DataError(f"The document is larger than the {file_size(WHOLE)} that are checked by {clean(name)}.")
    try:
        validator = jsonschema_rs.validator_for(json.loads(content))
    except (ValueError, TypeError) as error:
        raise DataError(f"{clean(name)} is no JSON Schema: {clean(str(error), limit=200)}") from error
    with disk_errors(f"{clean(document.name)} cannot be read"):
        whole = json.loads(document.read_bytes())
    found: list[str] = []
    for fault in validator.iter_errors(whole):
        place = clean("/".join(map(str, fault.instance_path)), limit=120)
        found.append(f"{place or 'the document'}: {clean(fault.message, limit=300)}")
        if len(found) == _FIRST:
            break
    return found
