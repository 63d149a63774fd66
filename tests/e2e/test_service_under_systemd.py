"""The unit of ``docs/operating.md`` under a real systemd."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.cli_site import GOOD, TABLES, TASKS
from support.systemd_machine import SystemdMachine, systemd_machine, wait_until, why_not

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
CONFIG = "\n".join(('version = 1\n[engine]\ntime_zone = "UTC"', TABLES, *TASKS))
PENDEL = f"""#!/bin/sh
PYTHONPATH={ROOT} exec {sys.executable} -c 'from tui.main import main; main()' "$@"
"""
RUN = ("runuser", "-u", "pendel", "--", "/srv/pendel/.venv/bin/pendel", "--config", "/srv/pendel/config.toml", "run")


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SystemdMachine]:
    """Pendel installed as the page says, but for what waits long, which waits for seconds."""
    directory = tmp_path_factory.mktemp("systemd")
    if reason := why_not(directory):
        pytest.skip(f"No systemd can be started: {reason}.")
    page = (ROOT / "docs" / "operating.md").read_text()
    unit = re.search(r"^# /etc/systemd/system/pendel\.service\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert unit
    with systemd_machine(directory) as started:
        started.run("useradd", "--system", "--home-dir", "/srv/pendel", "--create-home", "pendel")
        started.write("/srv/pendel/.venv/bin/pendel", PENDEL, mode="755")
        started.write("/srv/pendel/config.toml", CONFIG)
        started.write("/srv/pendel/uploads/prices.csv", GOOD)
        started.run("chown", "-R", "pendel:", "/srv/pendel")
        started.write("/etc/systemd/system/pendel.service", unit[1])
        started.write("/etc/systemd/system/pendel.service.d/soon.conf", "[Service]\nWatchdogSec=8\nRestartSec=1\n")
        started.run("systemctl", "daemon-reload")
        done = started.run("systemctl", "start", "pendel")
        assert done.returncode == 0, done.stderr + started.run("journalctl", "-u", "pendel").stdout
        yield started


def test_it_is_active_once_the_engine_plans_and_says_how_it_is(machine: SystemdMachine) -> None:
    properties = machine.properties("pendel")
    assert (properties["ActiveState"], properties["SubState"]) == ("active", "running")
    wait_until(lambda: machine.properties("pendel")["StatusText"].startswith("8 tasks, nothing is going"), lambda: "it")
    assert machine.properties("pendel")["User"] == "pendel"


def test_what_protects_the_machine_lets_runs_write(machine: SystemdMachine) -> None:
    for task, words in (("prices", "3 read, 3 new"), ("shop", "Sent shop-1.csv to the export directory: 3 records")):
        done = machine.run(*RUN, task)
        assert words in done.stdout + done.stderr
        assert done.returncode == 0


def test_a_change_that_cannot_be_used_is_said_and_the_engine_goes_on(machine: SystemdMachine) -> None:
    machine.write("/srv/pendel/config.toml", CONFIG + "\nx =")
    assert machine.run("systemctl", "reload", "pendel").returncode == 0
    wait_until(
        lambda: machine.properties("pendel")["StatusText"].startswith("The changed configuration is not used: "),
        lambda: machine.properties("pendel")["StatusText"],
    )
    machine.write("/srv/pendel/config.toml", CONFIG)
    assert machine.run("systemctl", "reload", "pendel").returncode == 0
    wait_until(lambda: machine.properties("pendel")["StatusText"].startswith("8 tasks"), lambda: "the end of that")
    assert machine.properties("pendel")["NRestarts"] == "0"


@pytest.mark.parametrize(("number", "why"), [("KILL", "its end"), ("STOP", "the watchdog")])
def test_it_is_started_again_after_its_end_and_when_it_hangs(machine: SystemdMachine, number: str, why: str) -> None:
    before = machine.properties("pendel")
    machine.run("systemctl", "kill", "--signal", number, "--kill-whom=main", "pendel")

    def started_again() -> bool:
        now = machine.properties("pendel")
        return now["ActiveState"] == "active" and int(now["NRestarts"]) == int(before["NRestarts"]) + 1

    wait_until(started_again, lambda: f"a start after {why}: {machine.properties('pendel')}")
    assert machine.properties("pendel")["MainPID"] != before["MainPID"]


def test_it_stops_with_a_run_going_and_begins_anew(machine: SystemdMachine) -> None:
    machine.write("/srv/pendel/uploads/slow.csv", GOOD)
    machine.run("systemd-run", "--unit=run-slow", *RUN, "slow")
    wait_until(lambda: "1 run going" in machine.properties("pendel")["StatusText"], lambda: "a run")
    assert machine.run("systemctl", "stop", "pendel").returncode == 0
    properties = machine.properties("pendel")
    assert (properties["ActiveState"], properties["Result"]) == ("inactive", "success")
    assert machine.run("systemctl", "start", "pendel").returncode == 0


def test_a_configuration_that_cannot_be_used_at_the_start_is_not_tried_again(machine: SystemdMachine) -> None:
    machine.run("systemctl", "stop", "pendel")
    machine.write("/srv/pendel/config.toml", CONFIG + "\nx =")
    assert machine.run("systemctl", "start", "pendel").returncode != 0
    properties = machine.properties("pendel")
    assert (properties["ActiveState"], properties["ExecMainStatus"]) == ("failed", "2")
    assert "config.toml" in machine.run("journalctl", "-u", "pendel", "-o", "cat").stdout
