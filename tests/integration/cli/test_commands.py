"""The command line as its users see it, in this process."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING

import click
import pytest
from click.testing import CliRunner
from support.cli_site import GOOD, ONE, SOME_BAD
from support.pendel_cli import pendel

from core.cli.main import build

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    Site = Callable[..., Path]


def plain(config: Path, *arguments: str, typed: str | None = None) -> Result:
    """Carry out a command without ``--json``."""
    return CliRunner().invoke(build(lambda *_: 0), ["--config", str(config), *arguments], input=typed)


# -- the configuration --


def test_init_writes_a_configuration_that_works(tmp_path: Path) -> None:
    config = tmp_path / "site" / "config.toml"
    assert pendel(config, "init").told == {"config": str(config)}
    assert (config.parent / "data").stat().st_mode & 0o777 == 0o700
    assert pendel(config, "check").told["tasks"] == 1
    again = pendel(config, "init")
    assert again.code == 5
    assert "is not overwritten" in again.notes


def test_init_where_nobody_may_write_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    answer = plain(tmp_path / "file" / "config.toml", "init")
    assert answer.exit_code == 1
    assert str(tmp_path / "file") in answer.stderr
    assert "Traceback" not in answer.output


def test_check_names_all_that_is_wrong_at_once(site: Site) -> None:
    config = site()
    config.write_text(
        config.read_text().replace('entity = "article"', 'entity = "artikel"').replace("settle = 60", "settel = 60")
    )
    answer = pendel(config, "check")
    assert answer.code == 2
    problems = answer.told["error"]["problems"]
    assert len(problems) >= 5
    assert {"file", "table", "key", "message", "value", "suggestion", "line"} == set(problems[0])
    assert all(f"{config}:{problem['line']}" in answer.notes for problem in problems)
    assert "did you mean 'article'?" in answer.notes
    assert "did you mean 'settle'?" in answer.notes
    assert plain(config, "check").stdout == ""


def test_check_misses_the_schema_of_a_feed(site: Site) -> None:
    config = site()
    feed = """
[layouts.feed]
direction = "feed"
format = "xml"
entity = "article"
schema_file = "shop.xsd"
root = { name = "shop", elements = [{ name = "article", records = true, field = "number" }] }
"""
    config.write_text(config.read_text() + feed)
    answer = pendel(config, "check")
    assert answer.code == 2
    assert "[layouts.feed] schema_file: there is no such file (it says shop.xsd)" in answer.notes
    (config.parent / "shop.xsd").touch()
    assert pendel(config, "check").code == 0


def test_check_misses_the_certificate_that_superoffice_is_answered_with(site: Site) -> None:
    config = site()
    files = 'certificate = "erp.pem"\ncertificate_key = "erp.key"\n'
    actors = '[superoffice.actors.Customer]\nentity = "organisation"\n'
    config.write_text(f"{config.read_text()}\n[superoffice]\n{files}{actors}")
    answer = pendel(config, "check")
    assert answer.code == 2
    for key, file in (("certificate", "erp.pem"), ("certificate_key", "erp.key")):
        assert f"[superoffice] {key}: there is no such file (it says {file})" in answer.notes
        (config.parent / file).touch()
    assert pendel(config, "check").code == 0


def test_every_command_refuses_a_configuration_that_cannot_be_used(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    for command in (
        ["list"],
        ["runs"],
        ["log"],
        ["check"],
        ["run", "a"],
        ["secret", "list"],
        ["cursor", "a"],
        ["engine"],
    ):
        missing = pendel(config, *command)
        assert missing.code == 2, command
        assert "cannot be read: no such file" in missing.notes, command


def test_the_configuration_comes_from_the_environment_too(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    config = site()
    monkeypatch.setenv("PENDEL_CONFIG", str(config))
    result = CliRunner().invoke(build(lambda *_: 0), ["check", "--json"])
    assert json.loads(result.stdout)["config"] == str(config)


# -- running --


def test_run_prints_one_object(site: Site) -> None:
    config = site(prices=GOOD)
    answer = pendel(config, "run", "prices")
    told = answer.told
    assert answer.code == 0
    assert list(told) == [
        "run", "task", "outcome", "started_at", "ended_at", "counts", "files", "message", "dry_run", "details",
    ]  # fmt: skip
    assert (told["run"], told["task"], told["outcome"], told["dry_run"]) == (1, "prices", "succeeded", False)
    assert datetime.fromisoformat(told["started_at"]) <= datetime.fromisoformat(told["ended_at"])
    assert datetime.fromisoformat(told["started_at"]).utcoffset() is not None
    assert told["counts"] == {
        "read": 3, "new": 3, "changed": 0, "unchanged": 0, "archived": 0, "restored": 0, "rejected": 0, "written": 0,
    }  # fmt: skip
    (file,) = told["files"]
    assert (file["role"], file["name"], file["size"]) == ("source", "prices.csv", len(GOOD))
    assert told["message"] == "Imported prices.csv: 3 read, 3 new."
    again = pendel(config, "run", "prices")
    assert (again.code, again.counts) == (0, {"read": 3, "unchanged": 3})


def test_run_shows_the_log_on_stderr_and_the_outcome_on_stdout(site: Site) -> None:
    config = site(prices=GOOD)
    shown = plain(config, "run", "prices")
    assert shown.stdout == "prices: succeeded: Imported prices.csv: 3 read, 3 new.\n"
    assert "prices: Started run 1, asked for by" in shown.stderr
    assert plain(config, "run", "prices", "-q").stderr == ""


def test_several_tasks_run_in_the_order_of_their_numbers(site: Site) -> None:
    config = site(prices=GOOD, strict=ONE)
    answer = pendel(config, "run", "shop", "prices", "strict")
    assert answer.code == 0
    runs = answer.told["runs"]
    assert [run["task"] for run in runs] == ["shop", "prices", "strict"]
    assert runs[0]["started_at"] > max(runs[1]["ended_at"], runs[2]["ended_at"])
    assert runs[0]["counts"]["written"] == 3
    assert (config.parent / "exports" / "shop-1.csv").read_text().splitlines() == [
        "sku,price",
        "A1,1.25",
        "A2,2.50",
        "A3,3.75",
    ]


def test_a_dry_run_changes_nothing(site: Site) -> None:
    config = site(prices=SOME_BAD)
    answer = pendel(config, "run", "prices", "--dry-run")
    assert answer.code == 3
    assert answer.told["dry_run"] is True
    assert answer.counts == {"read": 2, "new": 2, "rejected": 1}
    assert answer.told["files"] == []
    assert answer.told["message"].startswith("Would import prices.csv")
    assert [sample["key"] for sample in answer.told["details"]["samples"]["new"]] == [["A1"], ["A4"]]
    shown = plain(config, "run", "prices", "--dry-run", "-q").stdout
    assert "  new: A1 (gross_price: (empty) → 9.25" in shown
    assert pendel(config, "run", "shop").counts == {}


def test_rejects_are_a_warning_and_can_be_mended(site: Site) -> None:
    config = site(prices=SOME_BAD)
    answer = pendel(config, "run", "prices")
    assert answer.code == 3
    assert answer.told["outcome"] == "warnings"
    assert answer.counts == {"read": 2, "new": 2, "rejected": 1}
    (rejects,) = [file for file in answer.told["files"] if file["role"] == "rejects"]
    mended = config.parent / "uploads" / "prices.csv"
    content = (config.parent / rejects["path"]).read_text()
    assert "A2;x" in content
    mended.write_text(content.replace("A2;x", "A2;2,50"))
    assert pendel(config, "run", "prices").counts == {"read": 1, "new": 1}
    (reject,) = pendel(config, "log", "--rejects", "--run", str(answer.told["run"])).told["rejects"]
    assert (reject["file"], reject["line"], reject["column"], reject["value"]) == ("prices.csv", 3, "Price", "x")
    assert "A2" not in plain(config, "log", "--rejects", "--run", "1").stderr


def test_too_many_rejects_fail_and_change_nothing(site: Site) -> None:
    config = site(strict=SOME_BAD)
    answer = pendel(config, "run", "strict")
    assert answer.code == 1
    assert answer.told["outcome"] == "failed"
    assert "more than the 0% allowed" in answer.told["message"]
    assert answer.counts == {"read": 2, "rejected": 1}
    assert pendel(config, "run", "shop").counts == {}


def test_the_brake_stops_a_full_import_until_it_is_confirmed(site: Site) -> None:
    config = site(prices=GOOD, full=ONE)
    pendel(config, "run", "prices")
    braked = pendel(config, "run", "full")
    assert braked.code == 5
    assert braked.told["outcome"] == "failed"
    assert braked.told["details"]["brake"] == {"archive": 2, "active": 3}
    assert "start the task with archiving confirmed" in braked.told["message"]
    assert pendel(config, "run", "full", "--dry-run").code == 3
    confirmed = pendel(config, "run", "full", "--confirm-archive")
    assert (confirmed.code, confirmed.counts) == (3, {"read": 1, "unchanged": 1, "archived": 2})
    assert pendel(config, "run", "prices").counts == {"read": 3, "unchanged": 1, "restored": 2}


@pytest.mark.parametrize("content", ["", "No;Price\r\n"])
def test_an_empty_file_is_refused(site: Site, content: str) -> None:
    answer = pendel(site(prices=content), "run", "prices")
    assert answer.code == 5
    assert answer.told["outcome"] == "failed"
    assert "Ask the sender for the complete file" in answer.told["message"]


def test_a_missing_file_fails(site: Site) -> None:
    answer = pendel(site(other=GOOD), "run", "prices")
    assert answer.code == 1
    assert "There is no file 'prices.csv' at the upload directory." in answer.told["message"]


def test_an_unknown_task_is_refused_with_the_nearest(site: Site) -> None:
    config = site(prices=GOOD)
    answer = pendel(config, "run", "prises", "shop")
    assert answer.code == 5
    assert answer.told["error"]["type"] == "Refused"
    assert answer.notes == "No task has the id 'prises'. Did you mean 'prices'?\n"
    assert pendel(config, "runs").told["runs"] == []


def test_the_gravest_outcome_of_several_is_the_exit_code(site: Site) -> None:
    answer = pendel(site(prices=SOME_BAD), "run", "prices", "strict")
    assert [run["outcome"] for run in answer.told["runs"]] == ["warnings", "failed"]
    assert answer.code == 1


# -- undo --


def test_revert_puts_back_what_an_import_changed(site: Site) -> None:
    config = site(prices=GOOD)
    pendel(config, "run", "prices")
    (config.parent / "uploads" / "prices.csv").write_text("No;Price\nA1;9,99\nA9;1,00\n")
    run = pendel(config, "run", "prices").told["run"]
    answer = pendel(config, "revert", str(run))
    assert answer.code == 0
    assert answer.told["task"] == "prices"
    pendel(config, "run", "shop")
    (exported,) = (config.parent / "exports").iterdir()
    assert exported.read_text().splitlines() == ["sku,price", "A1,1.25", "A2,2.50", "A3,3.75"]
    again = pendel(config, "revert", str(run))
    assert again.code == 5
    last = {task["id"]: task["last_run"] for task in pendel(config, "list").told["tasks"]}
    assert last["prices"]["run"] == run, "the undo is not a run of the task"


def test_revert_is_refused_where_a_later_run_changed_a_record_again(site: Site) -> None:
    config = site(prices=GOOD)
    first = pendel(config, "run", "prices").told["run"]
    (config.parent / "uploads" / "prices.csv").write_text("No;Price\nA1;9,99\n")
    pendel(config, "run", "prices")
    answer = pendel(config, "revert", str(first))
    assert answer.code == 5
    assert "changed again by a later run" in answer.told["message"]
    assert "--force" in answer.told["message"]
    forced = pendel(config, "revert", str(first), "--force")
    assert forced.code == 3
    assert pendel(config, "run", "shop").counts == {}


@pytest.mark.parametrize(("run", "code"), [("99", 5), ("0", 2), ("x", 2), ("9" * 30, 2)])
def test_revert_of_a_run_that_there_is_not(site: Site, run: str, code: int) -> None:
    assert plain(site(), "revert", run).exit_code == code


# -- looking --


def test_lists_before_anything_has_run(site: Site) -> None:
    config = site()
    assert pendel(config, "runs").told == {"runs": []}
    assert pendel(config, "log").told == {"lines": []}
    tasks = pendel(config, "list").told["tasks"]
    own = ["system-retention", "system-integrity", "system-backup"]
    assert [task["id"] for task in tasks] == [*own, "full", "prices", "slow", "strict", "shop"]
    assert not (config.parent / "data").exists(), "looking makes nothing"
    assert plain(config, "list").exit_code == plain(config, "runs").exit_code == plain(config, "log").exit_code == 0


def test_list_tells_all_of_a_task(site: Site) -> None:
    config = site(prices=GOOD)
    pendel(config, "run", "prices")
    config.write_text(
        config.read_text().replace(
            'id = "prices"', 'id = "prices"\nfrequency = { kind = "weekly", day = "monday", at = "07:30" }'
        )
    )
    tasks = {task["id"]: task for task in pendel(config, "list").told["tasks"]}
    prices = tasks["prices"]
    assert set(prices) == {
        "id", "type", "description", "active", "sequence", "frequency", "system", "next_run", "state", "last_run",
    }  # fmt: skip
    assert datetime.fromisoformat(prices["next_run"]).weekday() == 0
    assert (prices["last_run"]["run"], prices["last_run"]["outcome"], prices["state"]) == (1, "succeeded", None)
    assert tasks["slow"]["next_run"] is None
    assert tasks["system-retention"]["system"] is True
    table = plain(config, "list").stdout
    assert "weekly on Monday at 07:30" in table


def test_runs_and_log_tell_what_happened(site: Site) -> None:
    config = site(prices=GOOD)
    pendel(config, "run", "prices")
    pendel(config, "run", "shop")
    runs = pendel(config, "runs").told["runs"]
    assert [run["task"] for run in runs] == ["shop", "prices"]
    assert pendel(config, "runs", "prices", "-n", "1").told["runs"] == runs[1:]
    lines = pendel(config, "log", "--run", "1").told["lines"]
    assert {"at", "level", "text", "task", "run", "id"} == set(lines[0])
    assert lines[0]["text"].startswith("Started run 1")
    assert lines[-1]["text"].startswith("Succeeded after")
    assert {line["task"] for line in pendel(config, "log", "--task", "shop").told["lines"]} == {"shop"}
    assert "Started run 1" in plain(config, "log").stdout
    assert "Imported prices.csv" in plain(config, "runs").stdout


def test_rejects_need_a_run(site: Site) -> None:
    answer = pendel(site(), "log", "--rejects")
    assert (answer.code, answer.notes) == (5, "--rejects needs the number of a run. Add --run NUMBER.\n")


# -- the cursor --


def test_the_cursor_is_shown_set_and_forgotten(site: Site) -> None:
    config = site(prices=GOOD)
    assert pendel(config, "cursor", "shop").told == {"task": "shop", "cursor": None}
    pendel(config, "run", "prices")
    assert pendel(config, "run", "shop").counts == {"written": 3}
    assert pendel(config, "cursor", "shop").told["cursor"] is not None
    assert pendel(config, "run", "shop").counts == {}
    told = pendel(config, "cursor", "shop", "--set", "2020-01-31 07:30").told
    assert datetime.fromisoformat(told["cursor"]) == datetime.fromisoformat("2020-01-31T07:30:00+00:00")
    assert plain(config, "cursor", "shop").stdout == "2020-01-31 07:30:00\n"
    assert pendel(config, "run", "shop").counts == {"written": 3}
    assert pendel(config, "cursor", "shop", "--clear").code == 0
    assert plain(config, "cursor", "shop").stdout == "none\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["shop", "--set", "yesterday"], "'yesterday' is not a moment. Write it as"),
        (["shop", "--set", "0001-01-01T00:00:00+14:00"], "is not a moment"),
        (["shop", "--set", "2099-01-01"], "lies in the future"),
        (["shop", "--set", "2020-01-01", "--clear"], "either set or cleared"),
        (["prices", "--clear"], "prices has no cursor"),
        (["shopp"], "Did you mean 'shop'?"),
    ],
)
def test_a_cursor_that_means_nothing_is_refused(site: Site, arguments: list[str], words: str) -> None:
    answer = pendel(site(), "cursor", *arguments)
    assert answer.code == 5
    assert words in answer.notes


# -- secrets, locations, layouts --


def test_secrets_are_stored_listed_and_deleted_but_never_shown(site: Site) -> None:
    config = site()
    result = plain(config, "secret", "set", "supplier", typed="s3cret-of-all\n")
    assert result.exit_code == 0
    assert "s3cret" not in result.output
    assert pendel(config, "secret", "list").told == {"secrets": ["supplier"]}
    assert plain(config, "secret", "list").stdout == "supplier\n"
    assert not any(b"s3cret" in path.read_bytes() for path in config.parent.rglob("*") if path.is_file())
    assert pendel(config, "secret", "delete", "supplier").told == {"deleted": "supplier"}
    assert pendel(config, "secret", "list").told == {"secrets": []}
    gone = pendel(config, "secret", "delete", "supplier")
    assert gone.code == 2
    assert "supplier" in gone.notes
    assert plain(config, "secret", "set", "empty", typed="\n").exit_code == 5


def test_a_location_is_tested_step_by_step(site: Site) -> None:
    config = site()
    answer = pendel(config, "test", "in", "--write")
    assert answer.code == 0
    assert answer.told["ok"] is True
    assert all(step["ok"] for step in answer.told["steps"])
    assert [path.name for path in (config.parent / "in").iterdir()] == ["x.csv"], "the probe is gone"
    (config.parent / "in" / "x.csv").unlink()
    (config.parent / "in").rmdir()
    broken = plain(config, "test", "in")
    assert broken.exit_code == 1
    assert "FAILED" in broken.stdout
    unknown = pendel(config, "test", "inn")
    assert unknown.code == 5
    assert "Did you mean 'in'?" in unknown.notes


def test_a_layout_is_proposed_for_a_file(site: Site, tmp_path: Path) -> None:
    config = site()
    file = tmp_path / "unknown.csv"
    file.write_bytes("Artikelnummer;Omschrijving;Bruto\r\nA1;Kabel ø 5;1,25\r\nA2;Doos;2,50\r\n".encode("windows-1252"))
    shown = plain(config, "propose", str(file))
    assert shown.exit_code == 0
    assert 'delimiter = ";"' in shown.stdout
    assert "Artikelnummer" in shown.stdout
    assert pendel(config, "propose", str(file)).code == 0
    assert plain(config, "propose", str(tmp_path / "missing.csv")).exit_code == 2


# -- the shape of the whole --


def test_every_command_has_help_and_speaks_json() -> None:
    group = build(lambda *_: 0)
    context = click.Context(group)
    names = group.list_commands(context)
    assert {"run", "stop", "engine", "check", "demo"} < set(names)
    for name in names:
        command = group.get_command(context, name)
        assert command is not None
        assert command.help or name == "secret", name
        members = getattr(command, "commands", {"": command})
        for member in members.values():
            assert any("--json" in option.opts for option in member.params), f"{name} {member.name}"
    result = CliRunner().invoke(group, ["--help"])
    for words in ("0 succeeded", "1 failed", "2 usage or configuration", "3 succeeded with", "4 stopped", "5 refused"):
        assert words in " ".join(result.stdout.split())


def test_a_slip_on_the_command_line_is_a_usage_error(site: Site) -> None:
    config = site()
    for arguments in (["rnu"], ["run"], ["run", "prices", "--dryrun"], ["log", "-n", "0"], ["log", "--run", "9" * 40]):
        assert plain(config, *arguments).exit_code == 2, arguments


def test_without_a_command_the_console_opens(site: Site) -> None:
    config = site()
    opened: list[tuple[Path, bool]] = []

    def console(path: Path, read_only: bool) -> int:
        opened.append((path, read_only))
        return 3

    result = CliRunner().invoke(build(console), ["--config", str(config), "--read-only"])
    assert (result.exit_code, opened) == (3, [(config, True)])
