"""Values of every type that crosses the engine's border, for hypothesis: from annotations, as attach reads them."""

from __future__ import annotations

import collections.abc
import dataclasses
import datetime as dt
import enum
import types
import typing
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from pydantic import JsonValue

from core.engine.attach.methods import _names

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=4,
)
_PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    str: TEXT,
    int: st.integers(-(2**53), 2**53),
    float: st.floats(allow_nan=False, allow_infinity=False),
    bool: st.booleans(),
    types.NoneType: st.none(),
    Decimal: st.decimals(allow_nan=False, allow_infinity=False),
    Path: st.sampled_from([Path("/srv/pendel/a b.csv"), Path("relative")]),
    ZoneInfo: st.sampled_from([ZoneInfo("UTC"), ZoneInfo("Europe/Amsterdam")]),
    dt.datetime: st.datetimes(timezones=st.just(dt.UTC)),
    dt.date: st.dates(),
    dt.time: st.times(),
    dt.timedelta: st.timedeltas(dt.timedelta(0), dt.timedelta(days=400)),
}


def values_of(hint: Any) -> st.SearchStrategy[Any]:
    """Return values of an annotated type."""
    if hint is JsonValue:
        return JSON
    if hint in _PLAIN:
        return _PLAIN[hint]
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return st.sampled_from(list(hint))
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return _dataclass(hint)
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return st.one_of([values_of(each) for each in inner])
    if origin is typing.Literal:
        return st.sampled_from(inner)
    return _several(hint, origin, inner)


def _several(hint: Any, origin: Any, inner: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    if origin is tuple and inner[-1] is not Ellipsis:
        return st.tuples(*(values_of(each) for each in inner))
    if origin is tuple:
        return st.lists(values_of(inner[0]), max_size=2).map(tuple)
    if origin in (list, collections.abc.Sequence):
        return st.lists(values_of(inner[0]), max_size=2)
    if origin in (dict, collections.abc.Mapping):
        return st.dictionaries(values_of(inner[0]), values_of(inner[1]), max_size=2)
    raise AssertionError(f"{hint} is nothing that can cross as JSON")


def _dataclass(kind: type) -> st.SearchStrategy[Any]:
    assert kind.__dataclass_params__.frozen, f"{kind} is not frozen"  # type: ignore[attr-defined]
    hints = typing.get_type_hints(kind, localns=_names())
    return st.deferred(
        lambda: st.builds(kind, **{field.name: values_of(hints[field.name]) for field in dataclasses.fields(kind)})
    )
