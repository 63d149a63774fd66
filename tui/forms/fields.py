"""What the fields of a form are: read from the settings models, so that a form knows no more than they declare."""

from __future__ import annotations

import datetime as dt
import types
from dataclasses import dataclass
from enum import StrEnum
from inspect import get_annotations
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

from core.config.base import Settings
from core.config.config_file import ConfigFile
from core.config.introspect import (
    DISCRIMINATORS,
    container_of,
    extra_of,
    fields_of,
    fitting,
    models_in,
    tells_kind,
    words_of,
)
from core.config.secrets import SecretRef

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo


class Kind(StrEnum):
    """What is asked for in a field, and so how it is edited."""

    TEXT = "text"
    NUMBER = "number"
    BOOL = "yes or no"
    CHOICE = "choice"
    """One word of a closed set."""
    TIME = "time"
    DATE = "date"
    WORDS = "list"
    """Texts or numbers in a row, separated by commas."""
    PAIRS = "pairs"
    """Texts by text: a value list."""
    TABLE = "table"
    """Settings inside settings; of one model, or of several that a word tells apart."""
    TABLES = "tables"
    """A list of tables."""
    NAMED = "named tables"
    """Tables by name."""
    SECRET = "secret"  # noqa: S105 - the kind of a field


@dataclass(frozen=True, slots=True)
class Field:
    """One setting as a form asks for it."""

    key: str
    kind: Kind
    title: str
    help: str = ""
    unit: str = ""
    required: bool = False
    default: Any = None
    """As the file would have it; ``None`` where nothing is in force."""
    words: tuple[str, ...] = ()
    """The closed set of a choice, or of the items of a list."""
    refers: str = ""
    """What the value names (:func:`core.config.base.setting`)."""
    models: tuple[type[Settings], ...] = ()
    """Of a table, or of the tables of a list."""
    numbers: bool = False
    """Whether whole numbers stand in a list, or a number may take the place of a text."""
    one_character: bool = False
    may_be_empty: bool = False
    """Whether an empty text is something else than none."""
    long: bool = False

    @property
    def always_open(self) -> bool:
        """Whether it is one table that there is only one kind of, and that is in force even where it is not written."""
        return self.kind is Kind.TABLE and len(self.models) == 1 and self.default is not None

    @property
    def spreads(self) -> bool:
        """Whether it always takes many lines: it is an open table, such as the tree of a feed, or a list of tables."""
        needed = self.kind is Kind.TABLE and self.required
        return needed or self.always_open or self.kind in (Kind.TABLES, Kind.NAMED)

    @property
    def teller(self) -> str:
        """The key whose word chooses among the models of a table; empty where there is one model."""
        keys = [key for key in DISCRIMINATORS if any(tells_kind(model, key) for model in self.models)]
        return keys[0] if keys and len(self.models) > 1 else ""


def fields(models: tuple[type[Settings], ...], values: dict[str, Any]) -> list[Field]:
    """Return the fields of a table: the words that tell its kind first, then those of the model that they choose."""
    variants = variants_of(models, values)
    model = variants[0]
    tellers = [key for key in DISCRIMINATORS if any(tells_kind(each, key) for each in models)]
    result = [
        _teller(key, variants_of(models, {name: values[name] for name in tellers[:place] if name in values}))
        for place, key in enumerate(tellers)
        if tells_kind(model, key)
    ]
    rest = [_field(key, info) for key, info in _in_order(model).items() if key not in tellers]
    # Tables that are always open, and lists of them, would push what is asked for in one line out of sight.
    return result + sorted(rest, key=lambda each: each.spreads)


def variants_of(models: tuple[type[Settings], ...], values: dict[str, Any]) -> list[type[Settings]]:
    """Return the models that the words in a table allow, the likeliest first."""
    return fitting(list(models), values)


def root_models(kind: str) -> tuple[type[Settings], ...]:
    """Return the models of a top-level table, or of the tables under it; nothing where it holds none."""
    info = fields_of(ConfigFile).get(kind)
    return tuple(models_in(info.annotation)) if info else ()


def _in_order(model: type[Settings]) -> dict[str, FieldInfo]:
    """Return the settings of a model by key, in the order in which they are asked for.

    As they are declared; but what a class needs goes before what it only shares with others, its private bases.
    """
    groups: list[type] = []
    for each in reversed(model.__mro__):
        declared = [model.model_fields[name] for name in get_annotations(each) if name in model.model_fields]
        private = 0
        if any(info.is_required() for info in declared):
            private = next(
                (size for size, other in enumerate(reversed(groups)) if other.__name__[0] != "_"), len(groups)
            )
        groups.insert(len(groups) - private, each)
    names = [name for each in groups for name in get_annotations(each) if name in model.model_fields]
    infos = {name: model.model_fields[name] for name in dict.fromkeys([*names, *model.model_fields])}
    return {info.alias or name: info for name, info in infos.items()}


def _teller(key: str, variants: list[type[Settings]]) -> Field:
    words = dict.fromkeys(word for model in variants for word in words_of(model, key))
    info = fields_of(variants[0])[key]
    return Field(key, Kind.CHOICE, info.title or key.capitalize(), info.description or "", "", True, None, tuple(words))


def _field(key: str, info: FieldInfo) -> Field:
    annotation = _without_none(info.annotation)
    kind = _kind(annotation)
    item = get_args(container_of(annotation))[-1] if kind is Kind.WORDS else annotation
    return Field(
        key=key,
        kind=kind,
        title=info.title or key.replace("_", " ").capitalize(),
        help=info.description or "",
        unit=extra_of(info, "unit"),
        required=info.is_required(),
        default=_default(info),
        words=tuple(_literals(item)) if kind in (Kind.CHOICE, Kind.WORDS) else (),
        refers=extra_of(info, "refers"),
        models=tuple(models_in(annotation)) if kind in (Kind.TABLE, Kind.TABLES, Kind.NAMED) else (),
        numbers=_takes_numbers(item),
        one_character=any(getattr(each, "max_length", None) == 1 for each in info.metadata),
        may_be_empty=kind is Kind.TEXT and (info.is_required() or bool(info.default)) and _takes_empty(info),
        long=bool(extra_of(info, "long")),
    )


def _takes_empty(info: FieldInfo) -> bool:
    return not any(getattr(each, "min_length", None) or getattr(each, "pattern", None) for each in info.metadata)


def _default(info: FieldInfo) -> Any:
    if info.is_required():
        return None
    value = info.get_default(call_default_factory=True)
    if isinstance(value, Settings):
        # What is in force where the table is not written.
        return {key: getattr(value, key) for key in DISCRIMINATORS if tells_kind(type(value), key)}
    return f"{value:%H:%M}" if isinstance(value, dt.time) else value


def _without_none(annotation: Any) -> Any:
    """The annotation of a setting without ``None``, and without what constrains it."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated and not models_in(annotation):
        return _without_none(arguments[0])
    if origin in (Union, types.UnionType):
        rest = [argument for argument in arguments if argument is not types.NoneType]
        return _without_none(rest[0]) if len(rest) == 1 else annotation
    return annotation


def _kind(annotation: Any) -> Kind:
    container, models = container_of(annotation), models_in(annotation)
    if container is not None:
        if get_origin(container) is list:
            return Kind.TABLES if models else Kind.WORDS
        return Kind.NAMED if models else Kind.PAIRS
    if SecretRef in models:
        return Kind.SECRET
    if models:
        return Kind.TABLE
    if next(iter(_literals(annotation)), None) is not None:
        return Kind.CHOICE
    for type_, kind in ((bool, Kind.BOOL), (dt.time, Kind.TIME), (dt.date, Kind.DATE)):
        if annotation is type_:
            return kind
    plain = set(_plain_types(annotation))
    return Kind.NUMBER if plain and plain <= {int, float} else Kind.TEXT


def _plain_types(annotation: Any) -> list[Any]:
    """The types behind an annotation, however they are wrapped."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _plain_types(arguments[0])
    if origin in (Union, types.UnionType):
        return [inner for argument in arguments for inner in _plain_types(argument) if inner is not types.NoneType]
    return [annotation]


def _takes_numbers(annotation: Any) -> bool:
    return int in _plain_types(annotation) or float in _plain_types(annotation)


def _literals(annotation: Any) -> list[str]:
    if get_origin(annotation) is Literal:
        return [word for word in get_args(annotation) if isinstance(word, str)]
    return [word for argument in get_args(annotation) for word in _literals(argument)]
