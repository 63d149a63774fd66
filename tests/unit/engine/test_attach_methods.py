"""Every method of every Protocol can be asked over a socket; nothing else can."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic_core import from_json
from support.border_values import values_of

from core.engine.api import EngineApi, Right
from core.engine.attach.methods import MOST_ROWS, all_methods, desks
from core.engine.desks.catalogue import CatalogueDesk
from core.engine.desks.files import FilesDesk
from core.engine.desks.flows import FlowsDesk
from core.engine.desks.history import HistoryDesk
from core.engine.desks.links import LinksDesk
from core.engine.desks.settings import SettingsDesk
from core.engine.gate import Gate
from core.errors import PendelError, Refused

if TYPE_CHECKING:
    from core.engine.attach.methods import Method

METHODS = all_methods()
IMPLEMENTED: dict[str, type] = {
    "": Gate, "settings": SettingsDesk, "history": HistoryDesk, "catalogue": CatalogueDesk, "files": FilesDesk,
    "links": LinksDesk, "flows": FlowsDesk,
}  # fmt: skip


@pytest.mark.parametrize("method", METHODS.values(), ids=list(METHODS))
def test_what_a_method_takes_and_gives_is_the_same_on_the_other_side(method: Method) -> None:
    @settings(max_examples=15, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def check(data: st.DataObject) -> None:
        hints = dict(method.hints)
        result = data.draw(values_of(hints.pop("return")))
        assert method.unpack_result(from_json(method.pack_result(result))) == result
        given_values = {name: data.draw(values_of(hint)) for name, hint in hints.items()}
        if isinstance(given_values.get("limit"), int):
            given_values["limit"] = min(given_values["limit"], MOST_ROWS)
        assert method.unpack(from_json(method.pack((), given_values))) == given_values

    check()


@pytest.mark.parametrize("method", METHODS.values(), ids=list(METHODS))
def test_the_engine_has_the_method_with_parameters_of_these_names(method: Method) -> None:
    implemented = inspect.signature(getattr(IMPLEMENTED[method.desk], method.attribute)).parameters
    assert method.hints.keys() - {"return"} <= implemented.keys()


def test_there_is_a_desk_for_each_name() -> None:
    assert desks().keys() == IMPLEMENTED.keys() - {""}


def test_an_engine_cannot_be_shut_down_over_a_socket() -> None:
    assert hasattr(EngineApi, "shutdown")
    assert not any(name.endswith("shutdown") for name in METHODS)


def test_only_what_a_protocol_declares_can_be_asked_for() -> None:
    for name in METHODS:
        assert not any(part.startswith("_") for part in name.split("."))
    assert {"start_tasks", "history.runs", "settings.save", "catalogue.page"} <= METHODS.keys()


def test_arguments_are_bound_by_position_or_name() -> None:
    start = METHODS["start_tasks"]
    assert from_json(start.pack((["a", "b"],), {"dry_run": True})) == {"task_ids": ["a", "b"], "dry_run": True}
    with pytest.raises(TypeError):
        start.pack((), {})


@pytest.mark.parametrize(
    "given_values",
    [
        None,
        [],
        {},
        {"task_ids": "a"},
        {"task_ids": [1]},
        {"task_ids": ["a"], "after_resumed": True},
        {"task_ids": ["a"], "self": 1},
        {"task_ids": ["a"], "dry_run": "perhaps"},
    ],
)
def test_arguments_that_do_not_fit_are_refused(given_values: object) -> None:
    with pytest.raises(Refused):
        METHODS["start_tasks"].unpack(given_values)


def test_a_refusal_does_not_repeat_what_was_given() -> None:
    with pytest.raises(Refused) as raised:
        METHODS["settings.put_secret"].unpack({"name": "shop", "value": ["hunter2"]})
    assert "hunter2" not in str(raised.value)


def test_nobody_asks_for_more_rows_than_fit() -> None:
    assert METHODS["runs"].unpack({"limit": 10**15})["limit"] == MOST_ROWS


def test_a_result_that_is_no_such_result_is_said_to_be_none() -> None:
    with pytest.raises(PendelError, match="same release"):
        METHODS["runs"].unpack_result({"a": 1})
    with pytest.raises(PendelError, match="cannot be sent"):
        METHODS["runs"].pack_result([Right.VIEW])
    with pytest.raises(PendelError, match="cannot be sent"):
        METHODS["settings.dependents"].pack_result(("\udc80",))
    with pytest.raises(Refused, match="cannot be sent"):
        METHODS["settings.dependents"].pack(("\udc80", ""), {})
