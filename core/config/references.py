"""Which settings name which tables: what depends on a location, a layout, an entity, a task or a secret."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

from core.config.config_file import ConfigFile
from core.config.introspect import container_of, extra_of, fields_of, fitting, models_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.config.outline import KeyPath


@dataclass(frozen=True, slots=True)
class Reference:
    """A setting whose value is the name of something."""

    path: KeyPath
    """In the configuration as a whole; a task by its position."""
    kind: str
    """What is named: ``entities``, ``locations``, ``layouts``, ``tasks``, ``secrets`` or ``fields``."""
    name: str


def references(data: Any) -> Iterator[Reference]:
    """Yield every reference in a configuration; what does not fit its declaration is passed over."""
    yield from _in_table([ConfigFile], data, ())


def _in_table(models: list[Any], table: Any, path: KeyPath) -> Iterator[Reference]:
    if not isinstance(table, Mapping):
        return
    for model in fitting(models, table)[:1]:
        for key, info in fields_of(model).items():
            if key in table:
                yield from _in_value(info.annotation, extra_of(info, "refers"), table[key], (*path, key))


def _in_value(annotation: Any, refers: str, value: Any, path: KeyPath) -> Iterator[Reference]:
    container = container_of(annotation)
    if container is not None:
        inner = get_args(container)[-1]
        items = enumerate(value) if isinstance(value, list) else value.items() if isinstance(value, Mapping) else ()
        for key, item in items:
            yield from _in_value(inner, refers, item, (*path, key))
    elif refers and isinstance(value, str):
        yield Reference(path, refers, value)
    elif models := models_in(annotation):
        yield from _in_table(models, value, path)
