"""What the settings models say of themselves: which model checks a table, and which words it takes."""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

from core.config.base import Settings
from core.config.config_file import ConfigFile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic.fields import FieldInfo

DISCRIMINATORS = ("type", "kind", "protocol", "direction", "format")
"""The keys whose value chooses the model that checks their table."""


def models_in(annotation: Any) -> list[type[Settings]]:
    """Return the settings models that an annotation holds, in order: of a list its items, of a union every member."""
    if isinstance(annotation, type) and issubclass(annotation, Settings):
        return [annotation]
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return models_in(arguments[0])
    if origin in (Union, types.UnionType, list, dict):
        return [model for argument in arguments for model in models_in(argument)]
    return []


def words_of(model: type[Settings], key: str) -> tuple[str, ...]:
    """Return the words that a setting with a closed set takes; nothing for any other."""
    info = fields_of(model).get(key)
    return tuple(_literals(info.annotation)) if info else ()


def _literals(annotation: Any) -> Iterator[str]:
    if get_origin(annotation) is Literal:
        yield from (word for word in get_args(annotation) if isinstance(word, str))
    else:
        for argument in get_args(annotation):
            yield from _literals(argument)


def tells_kind(model: type[Settings], key: str) -> bool:
    """Whether the value of a setting is what its model is chosen by; a choice that may be left out chooses nothing."""
    info = fields_of(model).get(key)
    if info is None or key not in DISCRIMINATORS or not words_of(model, key):
        return False
    return info.is_required() or info.default is not None


def extra_of(info: FieldInfo, key: str) -> str:
    """Return what a setting says of itself beyond its type: its ``unit``, or what it ``refers`` to."""
    extra = info.json_schema_extra
    return str(extra.get(key, "")) if isinstance(extra, dict) else ""


def fields_of(model: type[Settings]) -> dict[str, FieldInfo]:
    """Return the settings of a model by the key that stands in the file."""
    return {info.alias or name: info for name, info in model.model_fields.items()}


def fitting(models: list[type[Settings]], table: Any) -> list[type[Settings]]:
    """Return those of ``models`` that the discriminators of ``table`` allow; all where they allow none."""
    result = models
    for key in DISCRIMINATORS:
        word = table.get(key) if isinstance(table, Mapping) else None
        result = [model for model in result if word in words_of(model, key)] or result
    return result


def models_at(data: Any, path: tuple[str | int, ...]) -> list[type[Settings]]:
    """Return the models that may check the table at ``path`` of a file with this content; mostly one."""
    models: list[type[Settings]] = [ConfigFile]
    annotation: Any = ConfigFile
    for part in path:
        inner = models_in(annotation) if holds_tables(annotation) else []
        if inner and isinstance(part, str):
            infos = [fields_of(model).get(part) for model in fitting(inner, data)]
            annotation = next((info.annotation for info in infos if info), None)
        else:
            annotation = get_args(container_of(annotation))[-1] if container_of(annotation) else None
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            data = None
    models = models_in(annotation) if holds_tables(annotation) else []
    return fitting(models, data)


def holds_tables(annotation: Any) -> bool:
    """Whether an annotation is a settings model, or a choice of several; not a list or dict of them."""
    return container_of(annotation) is None and bool(models_in(annotation))


def container_of(annotation: Any) -> Any:
    """Return the list or dict that an annotation is, without what surrounds it; ``None`` where it is neither."""
    origin = get_origin(annotation)
    if origin in (list, dict):
        return annotation
    if origin is Annotated:
        return container_of(get_args(annotation)[0])
    return None
