"""pendel link and pendel connector, and what pendel check says of both."""

from __future__ import annotations

import subprocess
from subprocess import PIPE
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from support.links.buchhaltungsbutler import BuchhaltungsButler
from support.links.exact_online import ExactOnline
from support.links.link_site import LinkSite, butler_text, exact_text
from support.links.opening import REDIRECT
from support.links.rest_server import FakeClock, serving
from support.pendel_cli import pendel
from support.pendel_process import PENDEL

from core.cli.main import build
from core.cli.output import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def butler() -> Iterator[BuchhaltungsButler]:
    with serving(BuchhaltungsButler(FakeClock())) as site:
        yield site


@pytest.fixture
def exact() -> Iterator[ExactOnline]:
    with serving(ExactOnline(FakeClock())) as site:
        yield site


@pytest.fixture
def config(tmp_path: Path, butler: BuchhaltungsButler, exact: ExactOnline) -> Path:
    LinkSite(tmp_path, FakeClock()).write(butler_text(butler, active=False) + exact_text(exact, tmp_path))
    return tmp_path / "config.toml"


def states(config: Path) -> dict[str, str]:
    return {each["name"]: each["state"] for each in pendel(config, "link", "list").told["links"]}


def test_a_link_is_tested_and_activated(config: Path) -> None:
    assert states(config) == {"books": "not tested", "exact": "sign-in needed"}
    refused = pendel(config, "link", "activate", "books")
    assert refused.code == ExitCode.REFUSED
    assert "was never tested" in str(refused.told)
    test = pendel(config, "link", "test", "books")
    assert (test.code, test.told["ok"]) == (ExitCode.SUCCEEDED, True)
    assert [step["step"] for step in test.told["steps"]] == ["settings", "test request"]
    assert pendel(config, "link", "activate", "books").code == ExitCode.SUCCEEDED
    assert states(config)["books"] == "active"
    assert pendel(config, "link", "deactivate", "books").code == ExitCode.SUCCEEDED
    assert states(config)["books"] == "tested"


def test_a_test_that_needs_a_sign_in_says_so(config: Path) -> None:
    test = pendel(config, "link", "test", "exact")
    assert (test.code, test.told["sign_in"]) == (ExitCode.FAILED, True)
    shown = CliRunner().invoke(build(lambda *_: 0), ["--config", str(config), "link", "test", "exact"])
    assert "pendel link login exact" in shown.stdout


def test_signing_in_from_a_terminal(config: Path, exact: ExactOnline) -> None:
    command = [*PENDEL, "--config", str(config), "link", "login", "exact"]
    with subprocess.Popen(command, stdin=PIPE, stdout=PIPE, stderr=PIPE, text=True) as process:
        assert process.stdin
        assert process.stderr
        assert process.stdout
        address = next(line.strip() for line in process.stderr if line.startswith("https://"))
        # What a person does with a browser, and then pastes.
        process.stdin.write(exact.sign_in(address, redirect_uri=REDIRECT) + "\n")
        process.stdin.close()
        assert "Signed in." in process.stdout.read()
    assert process.returncode == ExitCode.SUCCEEDED
    assert states(config)["exact"] == "not tested"
    assert pendel(config, "link", "test", "exact").told["ok"]


def test_nothing_pasted_signs_nobody_in(config: Path) -> None:
    shown = CliRunner().invoke(build(lambda *_: 0), ["--config", str(config), "link", "login", "exact"], input="\n")
    assert shown.exit_code == ExitCode.REFUSED
    assert states(config)["exact"] == "sign-in needed"


def test_check_tells_of_links_and_connectors_with_their_place(config: Path) -> None:
    assert pendel(config, "check").code == ExitCode.SUCCEEDED
    text = config.read_text().replace('client = "bb-client"', 'clint = "bb-client"').replace("exact.toml", "exat.toml")
    config.write_text(text)
    found = pendel(config, "check")
    assert found.code == ExitCode.USAGE
    told = [f"{each['table']} {each['key']}: {each['message']}" for each in found.told["error"]["problems"]]
    assert any(each.startswith("[connectors.own-exact] file: the definition cannot be used") for each in told), told
    assert any("fields.clint: it is no field of this connector" in each for each in told)
    assert any("client is missing" in each for each in told)
    assert all(each["line"] for each in found.told["error"]["problems"])


def test_check_hints_at_users_and_groups_that_the_system_does_not_know(config: Path) -> None:
    given = '[links.books]\nvisible_to = ["root", "nobody-of-this-name"]'
    text = config.read_text().replace("[links.books]", given)
    config.write_text(text + '\n[access]\noperate = ["@no-such-group"]\n')
    found = pendel(config, "check")
    assert found.code == ExitCode.SUCCEEDED
    assert found.told["hints"] == [
        "[links.books] visible_to: this system knows no user 'nobody-of-this-name'.",
        "[access] operate: this system knows no group 'no-such-group'.",
    ]


def test_connectors_are_listed(config: Path) -> None:
    found = {each["name"]: each for each in pendel(config, "connector", "list").told["connectors"]}
    assert found["own-exact"]["declared"]
    assert found["buchhaltungsbutler"]["used_by"] == ["link books"]
    assert found["superoffice-sync"]["needs_address"]
    assert not found["superoffice-sync"]["problem"]
    shown = CliRunner().invoke(build(lambda *_: 0), ["--config", str(config), "connector", "list"])
    line = next(line for line in shown.stdout.splitlines() if line.startswith("superoffice-sync"))
    assert "needs an address" in line
