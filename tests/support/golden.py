"""Golden cases: what each option makes of a file, written down as files in ``tests/data/golden``.

A case is a TOML file with a layout, and the records or the files that go with it; what it is compared with lies beside
it. ``PENDEL_GOLDEN=1`` writes anew what programs write; the files that are read are nobody's to write.
"""

from __future__ import annotations

import datetime as dt
import os
import tomllib
from copy import deepcopy
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from core.config.layout_types import LayoutSettings

if TYPE_CHECKING:
    from collections.abc import Iterator

GOLDEN = Path(__file__).parents[1] / "data" / "golden"
NEWLY = bool(os.environ.get("PENDEL_GOLDEN"))

KeyPath = tuple[str | int, ...]
Record = dict[str, Any]

_LAYOUTS: TypeAdapter[Any] = TypeAdapter(LayoutSettings)
_SOURCES = ("column", "field", "constant", "expression")
"""The options of a column that say where its value comes from: without them there is no column."""
_TREE = ("name", "records", "repeat", "elements", "members", "attributes", "root", "entity")
"""The options of a feed without which it is another document, whatever they say."""


@dataclass(frozen=True)
class Case:
    """One file of a directory of cases."""

    path: Path
    table: dict[str, Any]

    @property
    def name(self) -> str:
        """As tests are called by it."""
        return self.path.stem

    @property
    def ways(self) -> tuple[str, ...]:
        """In which directions it goes."""
        return tuple(self.table.get("ways", ("import", "export")))

    @property
    def file(self) -> Path:
        """The file that is read, and that is what should be written."""
        return self.path.with_name(self.table["file"])

    def beside(self, ending: str) -> Path:
        """Return the file of the case's name with another ending."""
        return self.path.with_suffix(ending)

    def layout_table(self, way: str) -> dict[str, Any]:
        """Return the layout of a direction as the configuration has it."""
        shared = self.table.get("layout", {})
        own = {key: value for key, value in self.table.get(way, {}).items() if key != "rejects"}
        return deepcopy({"direction": way, "entity": "article", **shared, **own})


def cases(kind: str) -> list[Case]:
    """Return the cases of a directory, by name."""
    paths = sorted((GOLDEN / kind).glob("*.toml"))
    return [Case(path, tomllib.loads(path.read_text(encoding="utf-8"))) for path in paths]


def layout_of(table: dict[str, Any]) -> Any:
    """Return a layout as it is checked when a configuration is loaded."""
    return _LAYOUTS.validate_python(table)


def options_in(table: Any, path: KeyPath = ()) -> Iterator[KeyPath]:
    """Yield where a layout says something that it could leave unsaid."""
    items: Any = table.items() if isinstance(table, dict) else enumerate(table)
    for key, value in items:
        here = (*path, key)
        structural = key in _TREE or key in _SOURCES or isinstance(key, int)
        if not path and key not in ("file", "columns", "root", "namespace", "namespaces", "max_records"):
            continue
        if not structural and not (key in ("file", "columns") and not path):
            yield here
        if isinstance(value, list | dict) and key not in ("convert", "values", "on", "order", "namespaces"):
            yield from options_in(value, here)


def without(table: dict[str, Any], path: KeyPath) -> dict[str, Any]:
    """Return a layout in which one thing is left unsaid."""
    changed = deepcopy(table)
    place: Any = changed
    for key in path[:-1]:
        place = place[key]
    del place[path[-1]]
    return changed


def plain(value: Any) -> Any:
    """Return a value of a record as cases write it down."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, dt.datetime):
        return value.replace(tzinfo=None)
    return value


def records_of(names: list[str], rows: list[tuple[Any, ...]]) -> list[Record]:
    """Return records as cases write them down: what has no value is not there."""
    return [{name: plain(value) for name, value in zip(names, row, strict=True) if value is not None} for row in rows]
