"""What can be asked of an engine over a socket: exactly the methods that the Protocols declare, by their annotations.

A method of a Protocol needs nothing here: its arguments and its result become JSON and values again as its annotations
say. A test takes every method through it.
"""

from __future__ import annotations

import collections.abc
import datetime as dt
import decimal
import inspect
import pathlib
import typing
import zoneinfo
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from pydantic import JsonValue, TypeAdapter
from pydantic_core import to_json

from core import runs
from core.engine.api import (
    catalogue,
    engine,
    files,
    flows,
    history,
    links,
    location_tests,
    rights,
    schemes,
    settings,
    views,
)
from core.errors import PendelError, Problem, Refused
from core.text import clean, listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import ModuleType

MOST_ROWS = 10_000
"""What a ``limit`` may be: nobody's question takes the engine's memory."""
NEVER = frozenset({"shutdown"})
"""An engine that others share is ended by who started it: the service manager, or a signal."""

_MODULES: tuple[ModuleType, ...] = (
    runs,
    rights,
    views,
    schemes,
    settings,
    history,
    catalogue,
    location_tests,
    links,
    files,
    flows,
    engine,
)


@cache
def _names() -> dict[str, Any]:
    """The types by the names that annotations give them, for those that a module imports for the type checker only.

    A name that means different things in different modules is left out: each module knows its own.
    """
    plain = {
        "date": dt.date,
        "datetime": dt.datetime,
        "time": dt.time,
        "timedelta": dt.timedelta,
        "Decimal": decimal.Decimal,
        "Path": pathlib.Path,
        "ZoneInfo": zoneinfo.ZoneInfo,
        "Any": typing.Any,
        "Literal": typing.Literal,
        "Mapping": collections.abc.Mapping,
        "Sequence": collections.abc.Sequence,
        "Problem": Problem,
        "JsonValue": JsonValue,
    }
    found: dict[str, list[Any]] = {}
    for module in _MODULES:
        for name, value in vars(module).items():
            if isinstance(value, type) and value.__module__ == module.__name__ and not name.startswith("_"):
                found.setdefault(name, []).append(value)
    return plain | {name: values[0] for name, values in found.items() if len(values) == 1}


class Method:
    """One method of a Protocol. ``name`` is ``start_tasks`` for one of the engine, ``history.page`` for one of a desk.

    Raises, in all methods: Refused, where arguments do not fit; PendelError, where a value cannot cross.
    """

    def __init__(self, name: str, function: Any) -> None:
        self.name = name
        self.desk, _, self.attribute = name.rpartition(".")
        self._function = function

    @cached_property
    def hints(self) -> dict[str, Any]:
        """The types of the parameters, and under ``return`` that of the result."""
        return typing.get_type_hints(self._function, localns=_names(), include_extras=True)

    @cached_property
    def _signature(self) -> inspect.Signature:
        signature = inspect.signature(self._function)
        return signature.replace(parameters=list(signature.parameters.values())[1:])

    @cached_property
    def _adapters(self) -> Mapping[str, TypeAdapter[Any]]:
        return {name: adapter(hint) for name, hint in self.hints.items()}

    def pack(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> bytes:
        """Return the arguments of a call as JSON, by name."""
        bound = self._signature.bind(*args, **kwargs)
        try:
            return to_json(
                {name: self._adapters[name].dump_python(value, mode="json") for name, value in bound.arguments.items()}
            )
        except ValueError as error:
            raise Refused(f"What was given to {self.name} cannot be sent to the engine.") from error

    def unpack(self, given: object) -> dict[str, Any]:
        """Return the arguments of a call from JSON."""
        parameters = self._signature.parameters
        if not isinstance(given, dict) or not given.keys() <= parameters.keys():
            raise Refused(f"{self.name} takes {listed(parameters, last='and') or 'nothing'}.")
        missing = [
            name
            for name, parameter in parameters.items()
            if parameter.default is inspect.Parameter.empty and name not in given
        ]
        if missing:
            raise Refused(f"{self.name} needs {listed(missing, last='and')}.")
        try:
            values = {name: self._adapters[name].validate_python(value) for name, value in given.items()}
        except ValueError as error:
            # Not the words of the library: they repeat what was given, which may be a password.
            raise Refused(f"{self.name} was given something that it does not take.") from error
        if isinstance(values.get("limit"), int):
            values["limit"] = min(values["limit"], MOST_ROWS)
        return values

    def pack_result(self, value: object) -> bytes:
        """Return the result of a call as JSON."""
        try:
            return self._adapters["return"].dump_json(value, warnings="error")
        except ValueError as error:
            raise PendelError(f"The answer of {self.name} cannot be sent.") from error

    def unpack_result(self, value: object) -> Any:
        """Return the result of a call from JSON."""
        try:
            return self._adapters["return"].validate_python(value)
        except ValueError as error:
            raise PendelError(
                f"The engine's answer to {clean(self.name)} is not understood.",
                advice="Start it and this console from the same release.",
            ) from error


def adapter(hint: Any) -> TypeAdapter[Any]:
    """Return what turns values of a type into JSON and back, with every name of the border known."""
    made = TypeAdapter[Any](hint)
    made.rebuild(_types_namespace=_names())
    return made


def desks() -> dict[str, type]:
    """Return the desks of an engine by their names, each with its Protocol."""
    return {
        name: typing.get_type_hints(member.fget, localns=_names())["return"]
        for name, member in vars(engine.EngineApi).items()
        if isinstance(member, property)
    }


def methods_of(protocol: type, desk: str = "") -> dict[str, Method]:
    """Return what a Protocol declares, by the names of its methods; without what never goes over a socket."""
    return {
        name: Method(f"{desk}.{name}" if desk else name, function)
        for name, function in _declared(protocol)
        if desk or name not in NEVER
    }


def all_methods() -> dict[str, Method]:
    """Return all that can be asked, by their full names."""
    found = methods_of(engine.EngineApi)
    for desk, protocol in desks().items():
        found |= {method.name: method for method in methods_of(protocol, desk).values()}
    return found


def _declared(protocol: type) -> Iterator[tuple[str, Any]]:
    # A Protocol that extends another has the methods of both.
    for each in reversed(protocol.__mro__):
        if getattr(each, "_is_protocol", False):
            for name, member in vars(each).items():
                if inspect.isfunction(member) and not name.startswith("_"):
                    yield name, member
