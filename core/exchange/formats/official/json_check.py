"""A catalogue of ETIM xChange held against its JSON Schema and lists of codes, product by product."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.errors import DataError
from core.exchange.formats.json_items import JsonStream
from core.exchange.formats.official.dropped import content_of
from core.exchange.formats.xchange.document import Outline, walk
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from core.exchange.formats.official.codes import CodeLists
    from core.exchange.formats.official.verdict import Verdict
    from core.exchange.formats.xchange.document import Met
    from core.stop import StopToken

_SCHEMA = "urn:pendel:official"
_PRODUCT = ("properties", "Supplier", "items", "properties", "Product", "items")
_LATEST = "https://json-schema.org/draft/2020-12/schema"
_VERSION = re.compile(r"[0-9]+\.[0-9]+")
_OFTEN = 200


@dataclass(slots=True)
class JsonCheck:
    """How a document is looked at."""

    name: str
    schemas: Sequence[Path]
    codes: CodeLists
    stop: StopToken
    most: int | None = None
    advance: Callable[[int], None] = lambda _: None

    def check(self, document: Path, verdict: Verdict) -> None:
        """Note the first faults of a document. What keeps it from being read at all is not told here.

        Raises:
            EngineError: the document cannot be read.
            StopRequested: a stop was asked for.
        """
        rules = self._rules(self._version(document), verdict)
        if rules is None and not self.codes:
            return
        outline, first = Outline(), dict[int, Any]()
        try:
            with JsonStream(document, name=self.name, stop=self.stop, advance=self.advance, most=self.most) as stream:
                for met in walk(stream, outline, self.name):
                    first.setdefault(met.supplier, met.product)
                    self._product(met, rules, verdict)
                    if verdict.full:
                        return
        except DataError:
            return
        if rules is not None:
            rules.look_at_frame(outline, first, verdict)
        for path, value in _codes_in({"": [outline.root, *outline.suppliers]}):
            self._code(path, value, "the document", verdict)

    def _product(self, met: Met, rules: Rules | None, verdict: Verdict) -> None:
        place = f"line {met.line:,}, Product {_number_of(met.product) or f'{met.number:,}'}"
        if rules is not None:
            rules.look_at_product(met.product, place, verdict)
        if self.codes:
            for path, value in _codes_in(met.product):
                self._code(path, value, place, verdict)

    def _code(self, path: tuple[str, ...], value: str, place: str, verdict: Verdict) -> None:
        for above, codes in self.codes.paths(path[-1]):
            if not above or path[-1 - len(above) : -1] == above:
                self.codes.look(verdict, codes, place, "/".join((*above, path[-1])), value)

    def _version(self, document: Path) -> str:
        """Return what the document calls its version, as far as that stands before its suppliers; it must, by use."""
        outline = Outline()
        try:
            with JsonStream(document, name=self.name, stop=self.stop) as stream:
                next(walk(stream, outline, self.name), None)
        except DataError:
            return ""
        return outline.text("SchemaVersion")

    def _rules(self, version: str, verdict: Verdict) -> Rules | None:
        """Return the schema of a version; a document before 2.0 does not tell its own."""
        fitting, broken = [], list[str]()
        for path in self.schemas:
            try:
                rules = Rules.read(path)
            except DataError as error:
                broken.append(error.message)
                continue
            if rules.tells_version is bool(version) and (not version or rules.version in ("", version)):
                fitting.append(rules)
        if fitting:
            verdict.spare += broken
        else:
            verdict.unusable += broken
        if self.schemas and not fitting and not broken:
            verdict.unfitting = f"no schema is for version {clean(version, limit=20) or '1.x'}"
        if not fitting:
            return None
        chosen = max(fitting, key=lambda each: (each.version, each.name))
        verdict.used(chosen.name)
        return chosen


class Rules:
    """A schema: what it says of a product, and of the document with one product of each supplier."""

    def __init__(self, name: str, schema: Any) -> None:
        self.name = name
        self.tells_version = "SchemaVersion" in schema["properties"]
        title = _VERSION.search(str(schema.get("title", "")))
        self.version = title[0] if title else ""
        pointer = "/".join(_PRODUCT)
        self._whole = _validator(name, schema, schema)
        one = {"$schema": schema.get("$schema", _LATEST), "$ref": f"{_SCHEMA}#/{pointer}"}
        self._product = _validator(name, one, {key: part for key, part in schema.items() if key != "$id"})

    @classmethod
    def read(cls, path: Path) -> Rules:
        """Read a schema. Raises DataError where it is none that is for such catalogues."""
        name = clean(path.name, limit=80)
        try:
            schema = json.loads(content_of(path))
        except (ValueError, RecursionError) as error:
            raise DataError(f"{name} is no JSON Schema: {clean(str(error), limit=200)}.") from error
        part = schema
        for step in _PRODUCT:
            part = part.get(step) if isinstance(part, dict) else None
        if not isinstance(part, dict):
            raise DataError(f"{name} is no JSON Schema of ETIM xChange: it does not say what a Product is.")
        return cls(name, schema)

    def look_at_product(self, product: Any, place: str, verdict: Verdict) -> None:
        """Note what is wrong with a product."""
        if not self._product.is_valid(product):
            for fault in self._product.iter_errors(product):
                verdict.add(_joined(place, fault.instance_path), fault.message)
                if verdict.full:
                    return

    def look_at_frame(self, outline: Outline, first: dict[int, Any], verdict: Verdict) -> None:
        """Note what is wrong with the rest of a document; of each supplier, one product stands for all."""
        suppliers = [
            supplier | ({"Product": [first[number]]} if number in first else {})
            for number, supplier in enumerate(outline.suppliers, start=1)
        ]
        for fault in self._whole.iter_errors(outline.root | {"Supplier": suppliers}):
            # What is inside a product was told with it.
            if "Product" not in [str(step) for step in list(fault.instance_path)[:-1]]:
                verdict.add(_joined("", fault.instance_path) or "the document", fault.message)


def _number_of(product: Any) -> str:
    """Return what its manufacturer calls a product; empty where that is not said."""
    said = product.get("ProductIdentification") if isinstance(product, dict) else None
    number = said.get("ManufacturerProductNumber") if isinstance(said, dict) else None
    return clean(number, limit=40) if isinstance(number, str) else ""


def _validator(name: str, schema: Any, whole: Any) -> Any:
    import jsonschema_rs

    def retrieve(uri: str) -> Any:
        if uri == _SCHEMA:
            return whole
        raise ValueError(f"{uri} is not fetched: a schema stands in one file")

    try:
        return jsonschema_rs.validator_for(schema, retriever=retrieve)
    except (jsonschema_rs.ValidationError, ValueError, TypeError) as error:
        reason = clean(str(error).partition("\n")[0], limit=200).rstrip(".")
        raise DataError(f"{name} is no JSON Schema that can be used: {reason}.") from error


def _joined(place: str, path: Sequence[Any]) -> str:
    # People count from 1, and so do the numbers of products.
    steps = "/".join(str(step + 1) if isinstance(step, int) else str(step) for step in path)
    return ", ".join(filter(None, (place, steps)))


def _codes_in(value: Any) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield every text and number with the names that lead to it."""
    stack: list[tuple[tuple[str, ...], Any]] = [((), value)]
    while stack:
        path, here = stack.pop()
        if isinstance(here, dict):
            stack += [((*path, key), part) for key, part in here.items()]
        elif isinstance(here, list):
            stack += [(path, part) for part in here]
        elif path and isinstance(here, str | int | float) and not isinstance(here, bool):
            yield path, str(here)
