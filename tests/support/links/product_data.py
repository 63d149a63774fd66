"""The Product Data API of 2BA and Artikelbeheer.nl on loopback, made from its OpenAPI description.

Requests are held against what is described, and rows are made of the examples in it.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import yaml
from support.links.identity import Identity
from support.links.rest_server import Answer, Asked

if TYPE_CHECKING:
    from support.links.rest_server import FakeClock

DESCRIPTIONS = Path(__file__).parents[4] / "shared" / "apis" / "2ba"
ROOT = "/api/v1"


@cache
def described(name: str) -> dict[str, Any]:
    """One of the descriptions: product, tradeitem, netprice or stock."""
    text = (DESCRIPTIONS / f"product-data-{name}.openapi.yaml").read_text(encoding="utf-8")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    document: dict[str, Any] = yaml.load(text, Loader=loader)
    return document


class ProductData(Identity):
    """One client."""

    scopes = ("read:products", "read:tradeitems", "read:netprices", "read:stock")

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock)
        self.rows: dict[str, list[dict[str, Any]]] = {}
        """By path, such as ``/trade-items/bulk/details``."""

    def sample(self, path: str) -> dict[str, Any]:
        """A row as it is described."""
        document, template = _found(path)
        schema = _of(document, _reply(document, template))
        data = _of(document, schema["properties"]["data"])
        row: dict[str, Any] = _example(document, data["items"] if data.get("type") == "array" else data)
        return row

    def content(self, asked: Asked) -> Answer:
        path = asked.path.removeprefix(ROOT)
        try:
            document, template = _found(path)
        except KeyError:
            return _problem(404, "Not Found")
        if wrong := _wrong(document, template, path, asked.query):
            return _problem(400, "One or more validation errors occurred.", wrong)
        if "/bulk/" in path:
            answer = self._page(path, asked.query)
        else:
            answer = _example(document, _of(document, _reply(document, template)))
        _check(document, _reply(document, template), answer)
        return Answer(200, answer)

    def _page(self, path: str, query: dict[str, str]) -> dict[str, Any]:
        rows = self.rows.get(path, [])
        start, limit = int(query.get("cursor", "0")), int(query.get("limit", "100"))
        more = start + limit < len(rows)
        # The last page has a cursor, too; only hasNext tells.
        meta = {"cursor": str(start + limit), "prevCursor": None, "hasNext": more, "hasPrev": start > 0, "limit": limit}
        return {"data": rows[start : start + limit], "meta": {**meta, "estimatedTotal": len(rows)}}


def _found(path: str) -> tuple[dict[str, Any], str]:
    """The description that has a path, and the path as it stands there; one without parameters first."""
    for name in ("product", "tradeitem", "netprice", "stock"):
        document = described(name)
        for template in sorted(document["paths"], key=lambda each: each.count("{")):
            if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path):
                return document, template
    raise KeyError(path)


def _of(document: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    """What a reference refers to."""
    while "$ref" in part:
        found: Any = document
        for name in part["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        part = found
    return part


def _reply(document: dict[str, Any], template: str) -> dict[str, Any]:
    answer = _of(document, document["paths"][template]["get"]["responses"]["200"])
    schema: dict[str, Any] = answer["content"]["application/json"]["schema"]
    return schema


def _check(document: dict[str, Any], schema: dict[str, Any], instance: Any) -> None:
    jsonschema_rs.Draft202012Validator({**schema, "components": document["components"]}).validate(instance)


def _wrong(document: dict[str, Any], template: str, path: str, query: dict[str, str]) -> dict[str, list[str]]:
    """What is not as described, by parameter."""
    parameters = [_of(document, each) for each in document["paths"][template]["get"].get("parameters", [])]
    known = {each["name"]: each for each in parameters if each["in"] == "query"}
    wrong = {name: ["It is not known."] for name in query if name not in known}
    given = {name: value for name, value in query.items() if name in known}
    match = re.fullmatch(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template), path)
    for each in parameters:
        value = given.get(each["name"]) if each["in"] == "query" else match and match[each["name"]]
        if value is None:
            continue
        kind = _of(document, each["schema"]).get("type")
        try:
            _check(document, each["schema"], int(value) if kind == "integer" else value)
        except (jsonschema_rs.ValidationError, ValueError) as error:
            wrong[each["name"]] = [str(error).splitlines()[0]]
    return wrong


def _example(document: dict[str, Any], schema: dict[str, Any]) -> Any:
    """An instance of a schema, from its examples as far as there are some."""
    schema = _of(document, schema)
    for key in ("example", "default", "const"):
        if key in schema:
            return schema[key]
    if schema.get("examples"):
        return schema["examples"][0]
    if schema.get("enum"):
        return schema["enum"][0]
    if "allOf" in schema:
        parts = [_example(document, each) for each in schema["allOf"]]
        merged = {key: each for part in parts if isinstance(part, dict) for key, each in part.items()}
        return merged or parts[0]
    if "properties" in schema:
        needed = schema.get("required", [])
        return {key: _example(document, each) for key, each in schema["properties"].items() if key in needed}
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return _example(document, schema[key][0])
    kinds = schema.get("type", "object")
    kind = kinds if isinstance(kinds, str) else kinds[0]
    return {"array": [], "object": {}, "string": "x", "number": 1, "integer": 1, "boolean": True, "null": None}[kind]


def _problem(status: int, title: str, errors: dict[str, list[str]] | None = None) -> Answer:
    return Answer(status, {"type": "about:blank", "title": title, "status": status, "errors": errors or {}})
