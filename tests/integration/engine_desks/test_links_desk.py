"""Links through the gate: tests, signing in, activating, what is refused, and who sees what (LK1 to LK5)."""

from __future__ import annotations

import grp
import os
import pwd
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from support.links.buchhaltungsbutler import SECRET, BuchhaltungsButler
from support.links.link_site import LinkSite, butler_text, exact_text
from support.links.memory_erp import CANARY, connector_site
from support.links.opening import REDIRECT
from support.waiting import wait_until

from core.config.vault import Vault
from core.engine.api.links import LinkState
from core.engine.api.rights import Right
from core.engine.engine import Engine
from core.engine.gate import Gate
from core.errors import ConfigError, Refused
from core.links.tokens import Tokens, VaultTokens
from core.runs import Actor
from core.store.activity import Activity, ActivityLog
from core.store.journal.flows import FlowRow

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.links.exact_online import ExactOnline
    from support.links.rest_server import FakeClock

    from core.engine.api.links import LinkTest, LinkView


@pytest.fixture
def engine(tmp_path: Path, clock: FakeClock, butler: BuchhaltungsButler, exact: ExactOnline) -> Iterator[Engine]:
    site = LinkSite(tmp_path, clock)
    site.write(butler_text(butler, active=False) + exact_text(exact, tmp_path))
    started = Engine(tmp_path / "config.toml")
    started.start(plan=False)
    yield started
    started.shutdown(stop_runs=True)


@pytest.fixture
def gate(engine: Engine) -> Gate:
    return Gate(engine, Actor("anna", "pts/3"))


def outcome(gate: Gate, name: str, *given: Any, **more: Any) -> LinkTest:
    test = gate.links.test_link(name, *given, **more)
    while not test.ended:
        test = gate.links.follow_test(test.id, known=len(test.steps))
    return test


def seen(gate: Gate, name: str) -> LinkView:
    return next(each for each in gate.links.links() if each.name == name)


def rows(gate: Gate, action: str) -> list[tuple[str, str]]:
    return [(row.object, row.answer) for row in gate.settings.audit() if row.action == action]


def add_to(gate: Gate, text: str) -> None:
    path = gate.settings.included()[0]
    with open(path, "a", encoding="utf-8") as file:  # noqa: PTH123 - a text that is added
        file.write(text)
    gate.reload()


def test_a_link_is_tested_then_activated(gate: Gate) -> None:
    assert seen(gate, "books").state is LinkState.NOT_TESTED
    with pytest.raises(Refused, match=r"The link books was never tested\."):
        gate.links.set_active(["books"], active=True)
    assert outcome(gate, "books").good
    assert seen(gate, "books").state is LinkState.TESTED
    gate.links.set_active(["books"], active=True)
    assert seen(gate, "books").state is LinkState.ACTIVE
    assert seen(gate, "books").last_test == "good"
    gate.links.set_active(["books"], active=False)
    assert seen(gate, "books").state is LinkState.TESTED
    answers = [answer for _, answer in rows(gate, "link.activate")]
    assert answers == ["accepted", "accepted", "The link books was never tested."]
    assert rows(gate, "link.test") == [("books", "good")]


def test_another_secret_asks_for_another_test(gate: Gate) -> None:
    assert outcome(gate, "books").good
    gate.settings.put_secret("bb", "a new one")
    assert seen(gate, "books").state is LinkState.NOT_TESTED
    test = outcome(gate, "books")
    assert not test.good
    assert "API credentials unknown" in seen(gate, "books").last_test
    gate.settings.put_secret("bb", SECRET)
    # Exactly these values were tested well.
    assert seen(gate, "books").state is LinkState.TESTED


def test_a_form_is_tested_with_what_was_typed_and_saved_as_active(gate: Gate) -> None:
    values = dict(gate.settings.table("links", "books").values) | {"active": True}
    fields: Any = dict(values["fields"])  # type: ignore[arg-type]
    values["fields"] = fields | {"secret": {"secret": "new-name"}}
    with pytest.raises(ConfigError, match="it was not tested yet"):
        gate.settings.save("links", "", values, fingerprint="", new_name="mine", secrets={"new-name": SECRET})
    assert outcome(gate, "mine", values, secrets={"new-name": SECRET}).good
    gate.settings.save("links", "", values, fingerprint="", new_name="mine", secrets={"new-name": SECRET})
    assert seen(gate, "mine").state is LinkState.ACTIVE
    assert rows(gate, "link.try") == [("mine", "good")]


def test_a_link_without_a_name_is_not_tested(gate: Gate) -> None:
    values = gate.settings.table("links", "books").values
    with pytest.raises(Refused, match="The link has no name yet"):
        gate.links.test_link("", values)


def test_an_active_link_is_changed_where_that_needs_no_test(gate: Gate) -> None:
    assert outcome(gate, "books").good
    gate.links.set_active(["books"], active=True)
    table = gate.settings.table("links", "books")
    changed = dict(table.values) | {"description": "The books"}
    gate.settings.save("links", "books", changed, fingerprint=table.fingerprint)
    assert seen(gate, "books").state is LinkState.ACTIVE
    table = gate.settings.table("links", "books")
    fields: Any = table.values["fields"]
    changed = dict(table.values) | {"fields": {**fields, "client": "another"}}
    with pytest.raises(ConfigError, match="it was not tested yet"):
        gate.settings.save("links", "books", changed, fingerprint=table.fingerprint)
    gate.settings.save("links", "books", changed | {"active": False}, fingerprint=table.fingerprint)
    assert seen(gate, "books").state is LinkState.NOT_TESTED


def test_a_link_keeps_its_tests_and_its_sign_in_under_a_new_name(gate: Gate, exact: ExactOnline) -> None:
    assert seen(gate, "exact").state is LinkState.SIGN_IN
    address = gate.links.begin_sign_in("exact")
    gate.links.finish_sign_in("exact", exact.sign_in(address, redirect_uri=REDIRECT))
    assert outcome(gate, "exact").good
    table = gate.settings.table("links", "exact")
    gate.settings.save("links", "exact", table.values, fingerprint=table.fingerprint, new_name="renamed")
    assert seen(gate, "renamed").state is LinkState.TESTED
    gate.settings.undo()
    assert seen(gate, "exact").state is LinkState.TESTED
    gate.settings.undo()
    assert seen(gate, "renamed").state is LinkState.TESTED
    gate.settings.delete("links", "renamed")
    vault = gate.settings._vault
    assert vault.names() == ["bb", "bb-key", "exact"]


def test_a_link_that_is_renamed_during_a_refresh_keeps_the_token_that_came_of_it(gate: Gate, engine: Engine) -> None:
    workspace = engine.workspace
    data_dir, path = workspace.config.data_dir, workspace.config.path
    kept = VaultTokens(workspace.vault, "exact", lock_dir=data_dir)
    kept.write(Tokens(refresh="used up"))
    table = gate.settings.table("links", "exact")

    def rename() -> None:
        gate.settings.save("links", "exact", table.values, fingerprint=table.fingerprint, new_name="renamed")

    with ThreadPoolExecutor(1) as pool:
        with kept.locked():
            renaming = pool.submit(rename)
            wait_until(lambda: "[links.renamed]" in path.read_text(), "the new name in the file")
            # What is left to do cannot be done now.
            with pytest.raises(TimeoutError):
                renaming.result(timeout=0.3)
            kept.write(Tokens(refresh="rotated"))
        renaming.result(timeout=30)
    assert VaultTokens(workspace.vault, "renamed", lock_dir=data_dir).read().refresh == "rotated"
    assert kept.read() == Tokens()


def test_signing_in_takes_the_address_of_the_sign_in_that_was_begun(gate: Gate, exact: ExactOnline) -> None:
    with pytest.raises(Refused, match="No sign-in of exact was begun here"):
        gate.links.finish_sign_in("exact", f"{REDIRECT}?code=1&state=2")
    address = gate.links.begin_sign_in("exact")
    for wrong, words in (
        (f"{REDIRECT}?code=1&state=2", "belongs to another sign-in"),
        (f"{REDIRECT}?error=access_denied&error_description=No", "refused the sign-in: No"),
        ("https://elsewhere.example.org/", "no code in this address"),
    ):
        with pytest.raises(Refused, match=words):
            gate.links.finish_sign_in("exact", wrong)
    gate.links.finish_sign_in("exact", exact.sign_in(address, redirect_uri=REDIRECT))
    answers = [answer for _, answer in rows(gate, "link.sign_in")]
    assert answers[0] == "accepted"
    assert "code" not in str(gate.settings.audit()[0])


def test_connectors_are_those_of_the_configuration_and_those_brought_along(gate: Gate) -> None:
    found = {each.name: each for each in gate.links.connectors()}
    assert found["own-exact"].declared
    assert found["own-exact"].used_by == ("link exact",)
    assert found["buchhaltungsbutler"].used_by == ("link books",)
    assert not found["etim-api"].declared
    assert "customers" in [each.name for each in found["own-exact"].resources]


def test_a_link_that_is_deleted_is_forgotten_by_its_sync_connector(tmp_path: Path) -> None:
    with connector_site() as erp:
        tables = f'''
[connectors.memory]
definition = "superoffice-sync"
base_url = "{erp.url}"
[links.erp]
connector = "memory"
[links.erp.fields]
Password = {{ secret = "erp" }}
'''
        Vault(tmp_path / "data").set("erp", CANARY)
        LinkSite(tmp_path, erp.clock).write(tables)
        engine = Engine(tmp_path / "config.toml")
        engine.start(plan=False)
        try:
            gate = Gate(engine, Actor("anna", "pts/3"))
            assert outcome(gate, "erp").good
            gate.settings.delete("links", "erp")
            for thread in threading.enumerate():
                if thread.name == "let go erp":
                    thread.join(timeout=30)
            assert erp.answering.asked[-1] == "WSDeleteConnection"
        finally:
            engine.shutdown(stop_runs=True)


def test_a_connector_with_links_is_not_deleted(gate: Gate) -> None:
    with pytest.raises(Refused, match=r"Connector own-exact is named by link exact\."):
        gate.settings.delete("connectors", "own-exact")


def test_a_definition_that_cannot_be_used_is_told_of(gate: Gate, tmp_path: Path) -> None:
    (tmp_path / "connectors" / "exact.toml").write_text("version = 1\n")
    found = {each.name: each for each in gate.links.connectors()}
    assert "exact.toml: name: this setting is missing" in found["own-exact"].problem
    assert seen(gate, "exact").state is LinkState.WRONG


def test_what_a_link_must_tell_comes_from_its_connector(gate: Gate) -> None:
    asked = gate.links.asked("own-exact")
    assert {field.name: field.type for field in asked.fields} == {
        "site": "choice",
        "division": "text",
        "client_id": "text",
        "client_secret": "password",
        "redirect_uri": "text",
    }
    assert asked.listed_field == "division"
    assert {"orders", "customers"} <= set(asked.kinds)


@pytest.mark.parametrize(
    ("change", "path", "words"),
    [
        ({"connector": "exact-onlin"}, ("connector",), "did you mean 'exact-online'?"),
        ({"fields": {"clint": "x"}}, ("fields", "clint"), "Did you mean 'client'?"),
        ({"sync": {"order": {"read": True}}}, ("sync", "order"), "did you mean 'orders'?"),
        ({"lists": {"vat": {"resource": "customer"}}}, ("lists", "vat", "resource"), "did you mean 'customers'?"),
    ],
)
def test_a_form_says_what_does_not_go_with_the_connector(
    gate: Gate, change: dict[str, Any], path: tuple[str, ...], words: str
) -> None:
    values = {**gate.settings.table("links", "books").values, **change}
    found = gate.settings.check("links", "books", values)
    assert any(each.path == path and words in each.message for each in found), found


def test_records_are_looked_up_once_the_link_is_tested(gate: Gate, butler: BuchhaltungsButler) -> None:
    butler.debtors = [{"name": "ACME", "postingaccount_number": "10000", "type": "debitor", "lines": [1]}]
    with pytest.raises(Refused, match="never tested"):
        gate.links.look_up("books", "customers")
    assert outcome(gate, "books").good
    found = gate.links.look_up("books", "customers")
    assert found.columns == ("name", "postingaccount_number", "type")
    assert found.rows == (("ACME", "10000", "debitor"),)


class TestWhoSeesALink:
    """A link that is visible to some is, for all others, not there."""

    USER = pwd.getpwnam("nobody").pw_name
    GROUP = grp.getgrgid(pwd.getpwnam("nobody").pw_gid).gr_name

    @pytest.fixture
    def other(self, engine: Engine) -> Gate:
        return Gate(engine, Actor(self.USER, "pts/9"), right=Right.OPERATE)

    def limit(self, gate: Gate, *names: str) -> None:
        table = gate.settings.table("links", "books")
        gate.settings.save("links", "books", {**table.values, "visible_to": list(names)}, fingerprint=table.fingerprint)

    @pytest.mark.parametrize("names", [[USER], [f"@{GROUP}"], ["somebody", USER], []])
    def test_those_who_are_named_see_it(self, gate: Gate, other: Gate, names: list[str]) -> None:
        self.limit(gate, *names)
        assert [each.name for each in other.links.links()] == ["books", "exact"]

    @pytest.mark.parametrize("names", [["somebody"], ["@no-such-group"], [f"@{USER}x"]])
    def test_for_others_it_is_not_there(self, gate: Gate, other: Gate, names: list[str]) -> None:
        assert outcome(gate, "books").good
        self.limit(gate, *names)
        assert [each.name for each in other.links.links()] == ["exact"]
        assert [each.name for each in other.settings.items("links")] == ["exact"]
        assert other.settings.choices().names["links"] == ("exact",)
        assert all("books" not in str(each) for each in other.links.connectors())
        assert all("books" not in str(each) for each in other.settings.secrets())
        assert all("books" not in str(each) for each in other.settings.audit())
        for refused in (
            lambda: other.settings.table("links", "books"),
            lambda: other.links.test_link("books"),
            lambda: other.links.look_up("books", "customers"),
            lambda: other.links.set_active(["books"], active=True),
        ):
            with pytest.raises(Refused, match=r"no link '?books'?"):
                refused()

    def test_who_administers_and_the_engines_user_see_all(self, gate: Gate, engine: Engine) -> None:
        self.limit(gate, "somebody")
        administrator = Gate(engine, Actor(self.USER, ""), right=Right.ADMINISTER)
        own = Gate(engine, Actor(pwd.getpwuid(os.geteuid()).pw_name, ""), right=Right.VIEW)
        for each in (administrator, own):
            assert [link.name for link in each.links.links()] == ["books", "exact"]

    def test_a_change_of_who_sees_it_counts_at_once(self, gate: Gate, other: Gate) -> None:
        self.limit(gate, "somebody")
        assert [each.name for each in other.links.links()] == ["exact"]
        self.limit(gate)
        assert [each.name for each in other.links.links()] == ["books", "exact"]


FLOW = """
[[tasks]]
id = "debtors"
type = "flow"
description = "Debtors"
sequence = 10
kind = "customers"
source = "books"
target = "catalogue"
"""


@pytest.fixture
def failed(gate: Gate, engine: Engine) -> Engine:
    """An engine with a flow from books of which one record could not be sent."""
    add_to(gate, FLOW)
    workspace = engine.workspace
    at, key = workspace.now(), "10001"
    row = FlowRow(task="debtors", source_key=key, state="failed", reason="It was refused.", next_try=at, run=1, at=at)
    workspace.journal.flow_records.put(row)
    record = {"number": "K1", "name": "ACME", "email": "canary@example.org"}
    with closing(ActivityLog(workspace.config.activity_file)) as log:
        entry = Activity(at=at, task="debtors", run=1, source_key=key, outcome="failed", record=record, message="No.")
        log.add([entry])
    return engine


def test_failures_are_mended_and_discarded_by_who_sees_the_link_and_may_operate(gate: Gate, failed: Engine) -> None:
    (seen_failure,) = gate.flows.failures()
    assert (seen_failure.number, seen_failure.said) == ("K1", "No.")
    hidden = Gate(failed, Actor(pwd.getpwnam("nobody").pw_name, "pts/9"), right=Right.OPERATE)
    table = gate.settings.table("links", "books")
    gate.settings.save("links", "books", {**table.values, "visible_to": ["anna"]}, fingerprint=table.fingerprint)
    reader = Gate(failed, Actor("anna", ""), right=Right.VIEW)
    for other, words in ((hidden, "No task has the id 'debtors'"), (reader, "read-only")):
        with pytest.raises(Refused, match=words):
            other.flows.fields("debtors", "10001")
        with pytest.raises(Refused, match=words):
            other.flows.mend("debtors", "10001", {"city": "Delft"})
        with pytest.raises(Refused, match=words):
            other.flows.discard("debtors", ["10001"])
        with pytest.raises(Refused, match=words):
            other.flows.resend("debtors", start=False)
    assert (hidden.flows.flows(), hidden.flows.failures(), hidden.flows.activity()) == ([], [], [])
    (looked_at,) = reader.flows.failures()
    assert (looked_at.number, looked_at.said, looked_at.mended) == ("", "", ())

    gate.flows.mend("debtors", "10001", {"email": "mended@example.org", "city": ""})
    assert gate.flows.failures()[0].mended == ("email",)
    gate.flows.mend("debtors", "10001", {"email": None})
    assert gate.flows.failures()[0].mended == ()
    assert gate.flows.discard("debtors", ["10001"]) == 1
    assert gate.flows.failures() == []
    told = str([row for row in gate.settings.audit() if row.action.startswith("flow.")])
    assert "flow.mend" in told
    assert "email" in told
    assert "example.org" not in told
    assert all("debtors" not in str(row) for row in hidden.settings.audit())


def test_who_only_looks_changes_nothing(engine: Engine) -> None:
    reader = Gate(engine, Actor("anna", ""), right=Right.VIEW)
    assert [each.name for each in reader.links.links()] == ["books", "exact"]
    for refused in (
        lambda: reader.links.test_link("books"),
        lambda: reader.links.begin_sign_in("exact"),
        lambda: reader.links.set_active(["books"], active=True),
        lambda: reader.links.look_up("books", "customers"),
    ):
        with pytest.raises(Refused, match="read-only"):
            refused()


def test_values_of_a_form_are_tried_by_who_may_change_settings(engine: Engine) -> None:
    operator = Gate(engine, Actor("anna", ""), right=Right.OPERATE)
    values = operator.settings.table("links", "books").values
    # A form can name a command that prints a secret.
    with pytest.raises(Refused, match="needs the right to administer"):
        operator.links.test_link("books", values)


def test_no_secret_stands_in_what_is_told(gate: Gate, engine: Engine) -> None:
    assert outcome(gate, "books").good
    told = f"{gate.links.links()} {gate.settings.audit()} {gate.log_after(0)}"
    assert SECRET not in told


def test_a_password_that_stands_as_it_is_is_neither_written_nor_shown(
    gate: Gate, engine: Engine, tmp_path: Path
) -> None:
    table = gate.settings.table("links", "books")
    fields: Any = table.values["fields"]
    changed = {**table.values, "fields": {**fields, "secret": "hunter2-typed"}}
    with pytest.raises(ConfigError, match="a password never stands in the file"):
        gate.settings.save("links", "books", changed, fingerprint=table.fingerprint)
    assert "hunter2" not in str(gate.settings.audit())
    path = tmp_path / "config.toml"
    path.write_text(path.read_text().replace('secret = { secret = "bb" }', 'secret = "hunter2-written"'))
    gate.reload()
    assert seen(gate, "books").state is LinkState.WRONG
    reader = Gate(engine, Actor("anna", ""), right=Right.VIEW)
    for told in (
        reader.links.links(),
        reader.settings.items("links"),
        reader.settings.table("links", "books"),
        outcome(gate, "books"),
    ):
        assert "hunter2" not in str(told)
    # Put right, or taken out, it does not go into the audit either.
    now = gate.settings.table("links", "books")
    gate.settings.save("links", "books", table.values, fingerprint=now.fingerprint)
    assert "hunter2" not in str(gate.settings.audit())
