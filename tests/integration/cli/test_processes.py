"""The command line as processes: exit codes, signals, and two of them on one data directory."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest
from support.cli_site import GOOD, ONE
from support.pendel_process import PENDEL, command, ended
from support.waiting import PATIENCE

from core.cli.signals import taken_signals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Site = Callable[..., Path]


@pytest.fixture(scope="module", autouse=True)
def _signals_as_from_a_terminal() -> Iterator[None]:
    """Tests that run in the background, or under nohup, ignore signals, and the processes they start inherit that."""
    ignored = [number for number in (signal.SIGINT, signal.SIGHUP) if signal.getsignal(number) is signal.SIG_IGN]
    for number in ignored:
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    yield
    for number in ignored:
        signal.signal(number, signal.SIG_IGN)


def test_exit_codes_reach_the_shell(site: Site) -> None:
    config = site(prices=GOOD, strict="No;Price\nA1;x\n")
    code, out, _ = ended(config, "run", "prices", "--json")
    assert (code, json.loads(out)["outcome"]) == (0, "succeeded")
    assert ended(config, "run", "strict")[0] == 1
    assert ended(config, "run", "nobody")[0] == 5
    assert ended(config.with_name("missing.toml"), "list")[0] == 2


def test_without_a_terminal_the_console_names_what_works_without_one(site: Site) -> None:
    code, out, notes = ended(site())
    assert (code, out) == (2, "")
    for words in ("pendel list", "pendel run TASK", "pendel log", "pendel engine"):
        assert words in notes


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_a_run(site: Site, number: signal.Signals) -> None:
    config = site(slow=ONE, prices=GOOD)
    with command(config, "run", "slow", "shop", "--json") as running:
        running.wait_for("slow: Started run")
        running.process.send_signal(number)
        code, out, notes = running.end()
    assert code == 4
    assert "once more ends at once" in notes
    slow, shop = json.loads(out)["runs"]
    assert (slow["outcome"], slow["message"]) == ("stopped", "Stopped by a signal. Nothing was changed.")
    assert (shop["outcome"], shop["started_at"]) == ("stopped", None), "what waits does not start any more"
    assert ended(config, "run", "prices")[0] == 0, "the data directory is free"


def test_a_second_signal_is_the_systems_own() -> None:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        taken = taken_signals()
        os.kill(os.getpid(), signal.SIGTERM)
        assert taken.get(timeout=PATIENCE) == signal.SIGTERM
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
        assert signal.getsignal(signal.SIGINT) not in (signal.SIG_DFL, before[signal.SIGINT])
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN, "as under nohup"
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def test_a_second_engine_is_refused_and_told_which_process_is_the_first(site: Site) -> None:
    config = site(prices=GOOD)
    with command(config, "engine") as engine:
        engine.wait_for("The engine runs with")
        code, out, notes = ended(config, "engine", "--json")
        assert code == 5
        assert f"process {engine.process.pid}, since" in notes
        assert json.loads(out)["error"]["type"] == "StoreBusy"
        # Looking works beside it.
        for arguments in (["list"], ["runs"], ["log"], ["check"], ["cursor", "shop"], ["secret", "list"]):
            assert ended(config, *arguments)[0] == 0, arguments
        engine.process.send_signal(signal.SIGTERM)
        code, _, notes = engine.end()
    assert code == 0
    assert "The engine ends" in notes
    assert ended(config, "run", "prices")[0] == 0


def test_another_process_can_stop_a_run(site: Site) -> None:
    config = site(slow=ONE)
    with command(config, "run", "slow", "--json") as running:
        running.wait_for("slow: Started run 1")
        code, out, _ = ended(config, "stop", "slow", "--json")
        assert (code, json.loads(out)["outcome"]) == (0, "stopped")
        code, out, _ = running.end()
    assert (code, json.loads(out)["outcome"]) == (4, "stopped")
    assert ended(config, "stop", "slow")[0] == 5


def test_a_run_that_was_killed_goes_on_before_the_next_one(site: Site) -> None:
    config = site(slow=ONE)
    with command(config, "run", "slow") as running:
        running.wait_for("slow: Started run 1")
        running.process.kill()
    config.write_text(config.read_text().replace("settle = 60", "settle = 0"))
    code, _, _ = ended(config, "run", "slow", "--dry-run")
    assert code == 0
    runs = json.loads(ended(config, "runs", "--json")[1])["runs"]
    assert [(run["run"], run["outcome"]) for run in runs] == [(2, "succeeded"), (1, "interrupted")]
    code, out, notes = ended(config, "run", "slow", "--json")
    assert code == 0
    assert "Goes on with run 1" in notes
    assert json.loads(out)["counts"]["unchanged"] == 1
    runs = json.loads(ended(config, "runs", "--json")[1])["runs"]
    assert [(run["run"], run["outcome"], run["counts"]["new"]) for run in runs] == [
        (3, "succeeded", 0),
        (2, "succeeded", 1),
        (1, "succeeded", 1),
    ]


def test_what_an_interrupted_run_took_is_not_missed_by_the_next_one(site: Site) -> None:
    config = site(slow=ONE)
    config.write_text(config.read_text().replace("settle = 60", "settle = 60\ndelete_after = true"))
    with command(config, "run", "slow") as running:
        running.wait_for("slow: Started run 1")
        running.process.kill()
    config.write_text(config.read_text().replace("settle = 60", "settle = 0"))
    code, out, _ = ended(config, "run", "slow", "--json")
    assert (code, json.loads(out)["outcome"]) == (0, "succeeded")
    assert "went on just before" in json.loads(out)["message"]
    assert ended(config, "run", "slow")[0] == 1


def test_a_reader_that_goes_away_is_no_traceback(site: Site) -> None:
    config = site(prices=GOOD)
    read, write = os.pipe()
    process = subprocess.Popen(
        [*PENDEL, "--config", str(config), "list"], stdout=write, stderr=subprocess.PIPE, text=True
    )
    os.close(write)
    os.close(read)
    _, notes = process.communicate(timeout=PATIENCE)
    assert "Traceback" not in notes
    assert process.returncode != 0
