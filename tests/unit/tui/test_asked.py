"""The form of a link, made of what its connector asks for (LK2)."""

from __future__ import annotations

from typing import Any

import pytest

from core.engine.api.links import AskedField, AskedOfLink
from core.engine.api.settings import Choices
from tui.forms.asked import as_they_stand, link_model
from tui.forms.fields import Kind
from tui.forms.form import TYPED, Form
from tui.forms.rows import rows

ASKED = AskedOfLink(
    (
        AskedField("DB-Server", "Server", "Of the accounts."),
        AskedField("#2", "Password", type="password"),
        AskedField("port", "Port", type="number", default=1433),
        AskedField("tls", "Encrypted", type="boolean", default=True),
        AskedField("mode", "Mode", type="choice", choices=("read only", "both"), optional=True),
        AskedField("folder", "Folder", type="path", optional=True),
        AskedField("bank", "Bank", type="choice", optional=True),
    ),
    listed_field="port",
)
GIVEN: dict[str, Any] = {
    "connector": "erp",
    "fields": {"DB-Server": "db1", "#2": {"secret": "erp"}, "port": 1500, "tls": False, "mode": "both"},
}


def form(values: dict[str, Any], asked: AskedOfLink = ASKED) -> Form:
    return Form("links", "erp", base=values, choices=Choices({}), models=(link_model(asked),))


def kinds(found: Form) -> dict[str, Kind]:
    return {row.label: row.field.kind for row in rows(found) if row.path[:1] == ("fields",) and len(row.path) == 2}


def test_each_type_has_its_field() -> None:
    assert kinds(form(GIVEN)) == {
        "Server": Kind.TEXT,
        "Password": Kind.SECRET,
        "Port": Kind.NUMBER,
        "Encrypted": Kind.BOOL,
        "Mode": Kind.CHOICE,
        "Folder": Kind.TEXT,
        # A choice of nothing is one that the system does not say yet.
        "Bank": Kind.TEXT,
    }


def test_names_of_the_system_stand_in_the_file_as_they_are() -> None:
    assert form(GIVEN).result() == GIVEN


def test_a_password_that_is_typed_goes_into_the_vault() -> None:
    found = form({"connector": "erp"})
    found.set_place_of_secret(("fields", "#2"), TYPED)
    found.set_secret_text(("fields", "#2"), "hunter2")
    (name,) = found.typed_secrets()
    assert found.typed_secrets() == {name: "hunter2"}
    assert found.result()["fields"] == {"#2": {"secret": name}}


def test_what_another_connector_does_not_ask_for_is_left_out_and_comes_back() -> None:
    found = form(GIVEN)
    found.models = (link_model(AskedOfLink((AskedField("port", "Port", type="number"),))),)
    assert found.result()["fields"] == {"port": 1500}
    found.models = (link_model(ASKED),)
    assert found.result() == GIVEN


@pytest.mark.parametrize("values", [GIVEN, {"connector": "erp"}, {"connector": "erp", "fields": {}}])
def test_without_an_answer_of_the_connector_nothing_is_lost(values: dict[str, Any]) -> None:
    assert form(values, as_they_stand(values)).result() == values
    assert Form("links", "erp", base=values, choices=Choices({})).result() == values
