"""An engine in a process of its own, and consoles beside it: together, frozen, killed, and back again."""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from support.attach_site import attached, listening_engine
from support.pendel_process import command, ended
from support.waiting import PATIENCE, wait_until

from core.config.load import load
from core.engine.api import Right
from core.errors import EngineError, Refused
from core.runs import RunState
from core.store.journal import Journal

if TYPE_CHECKING:
    from pathlib import Path

    from support.pendel_process import Command

    from core.engine.api import Snapshot, TaskView
    from core.engine.attach.client import RemoteEngine

STARTED = "The engine runs with"


def shown(remote: RemoteEngine) -> Snapshot:
    snapshot = remote.api.snapshot()
    assert snapshot is not None
    return snapshot


def task(remote: RemoteEngine, task_id: str) -> TaskView:
    return next(task for task in shown(remote).tasks if task.id == task_id)


def end(engine: Command) -> str:
    """End an engine in order; return what it said."""
    engine.process.send_signal(signal.SIGTERM)
    code, _, notes = engine.end()
    assert code == 0, notes
    return notes


def test_several_consoles_see_and_do_the_same(config: Path) -> None:
    with command(config, "engine") as engine, ExitStack() as stack:
        engine.wait_for(STARTED)
        one = stack.enter_context(attached(config, terminal="pts/1"))
        two = stack.enter_context(attached(config, terminal="pts/2 from 192.0.2.1"))
        reader = stack.enter_context(attached(config, right=Right.VIEW))
        (run,) = one.api.start_tasks(["slow"])
        for remote in (one, two, reader):
            wait_until(lambda remote=remote: task(remote, "slow").run, "the run at every console")  # type: ignore[misc]
        with pytest.raises(Refused, match="has a run that has not ended"):
            two.api.start_tasks(["slow"])
        with pytest.raises(Refused, match="read-only"):
            reader.api.stop_runs([run])
        two.api.stop_runs([run])
        wait_until(lambda: (last := task(reader, "slow").last_run) and last.state is RunState.STOPPED, "the end")
        table = two.api.settings.table("tasks", "shop")
        values = {**table.values, "description": "Edited beside a running engine"}
        two.api.settings.save("tasks", "shop", values, fingerprint=table.fingerprint)
        wait_until(lambda: task(one, "shop").description == values["description"], "what the other one edited")
        assert "Edited beside a running engine" in config.read_text()
        audit = [(row.action, row.actor.rpartition(" (")[2], row.answer) for row in reader.api.settings.audit()]
        assert [row[0] for row in audit] == ["settings.change", "run.stop", "run.stop", "task.start", "task.start"]
        assert [row[1] for row in audit if row[2] == "accepted"] == [
            "pts/2 from 192.0.2.1, as told)",
            "pts/2 from 192.0.2.1, as told)",
            "pts/1, as told)",
        ]
        lines = [line.text for line in one.api.log_after(0)]
        assert any("asked for by" in line and "pts/1" in line for line in lines)
        end(engine)


def test_desks_know_a_console_over_all_its_connections_and_no_other_console(config: Path) -> None:
    with listening_engine(config), attached(config) as one, attached(config) as two:
        sample = one.api.files.sample("uploads", "prices.csv")
        with ExitStack() as stack:
            for _ in range(3):
                # So long as they are taken, each question has a connection of its own.
                stack.callback(one._give_back, one._take())
                assert one.api.files.recognise(sample.id).format == "csv"
        with pytest.raises(Refused, match="sample"):
            two.api.files.recognise(sample.id)


def test_a_console_that_closes_ends_nothing(config: Path) -> None:
    with command(config, "engine") as engine:
        engine.wait_for(STARTED)
        with attached(config) as remote:
            (run,) = remote.api.start_tasks(["slow"])
            with pytest.raises(Refused, match="does not end it"):
                remote.api.shutdown(stop_runs=True)
        with attached(config) as remote:
            going = task(remote, "slow").run
            assert going
            assert going.id == run
        end(engine)


def test_an_engine_that_is_frozen_is_noticed_and_found_again(config: Path) -> None:
    with command(config, "engine") as engine:
        engine.wait_for(STARTED)
        with attached(config) as remote:
            engine.process.send_signal(signal.SIGSTOP)
            wait_until(lambda: "has not answered since" in shown(remote).notice, "the notice")
            begun = time.monotonic()
            for _ in range(100):
                assert remote.api.snapshot()
                remote.api.log_after(0)
            with pytest.raises(EngineError, match="Nothing was asked of it"):
                remote.api.start_tasks(["prices"])
            assert time.monotonic() - begun < PATIENCE / 4, "nothing waits for an engine that is known to be frozen"
            engine.process.send_signal(signal.SIGCONT)
            wait_until(lambda: not shown(remote).notice, "the engine again")
            assert remote.api.start_tasks(["prices"]) == [1]
        end(engine)


def test_a_command_that_a_frozen_engine_does_not_answer_ends_in_a_sentence(config: Path) -> None:
    with command(config, "engine") as engine:
        engine.wait_for(STARTED)
        with attached(config) as remote:
            assert remote.api.runs() == []
            engine.process.send_signal(signal.SIGSTOP)
            with pytest.raises(EngineError, match="not answer"):
                remote.api.start_tasks(["prices"])
            engine.process.send_signal(signal.SIGCONT)
            wait_until(lambda: not remote.trouble, "the engine again")
        end(engine)


def test_an_engine_that_is_killed_is_noticed_and_the_next_one_found(config: Path) -> None:
    with ExitStack() as stack:
        first = stack.enter_context(command(config, "engine"))
        first.wait_for(STARTED)
        remote = stack.enter_context(attached(config))
        remote.api.start_tasks(["slow"])
        wait_until(lambda: (run := task(remote, "slow").run) and run.state is RunState.RUNNING, "the run")
        first.process.kill()
        wait_until(lambda: "The engine has ended" in shown(remote).notice, "the notice")
        assert remote.gone
        assert task(remote, "slow").run, "what was known stays in view"
        with pytest.raises(EngineError, match="has ended"):
            remote.api.runs()
        before = shown(remote).log_number

        engine = stack.enter_context(command(config, "engine"))
        engine.wait_for(STARTED)
        wait_until(lambda: not shown(remote).notice, "the next engine")
        wait_until(lambda: task(remote, "slow").run, "the run that goes on")
        wait_until(lambda: any("Goes on with run 1" in line.text for line in remote.api.log_after(before)), "its line")
        after = [line.number for line in remote.api.log_after(before)]
        assert after == list(range(before + 1, before + 1 + len(after))), "lines of the next engine count on"
        end(engine)
        wait_until(lambda: remote.gone, "its end")


def test_run_beside_an_engine_goes_through_it(config: Path) -> None:
    with command(config, "engine") as engine:
        engine.wait_for(STARTED)
        code, out, notes = ended(config, "run", "prices", "--json")
        assert (code, json.loads(out)["outcome"], json.loads(out)["counts"]["new"]) == (0, "succeeded", 3)
        assert "prices: Started" in notes
        assert ended(config, "run", "nobody")[0] == 5
        config.with_name("uploads").joinpath("strict.csv").write_text("No;Price\nA1;x\n")
        code, out, _ = ended(config, "run", "strict", "prices", "--json")
        assert (code, [run["outcome"] for run in json.loads(out)["runs"]]) == (1, ["failed", "succeeded"])
        code, out, _ = ended(config, "run", "prices", "--dry-run", "--quiet")
        assert (code, out.partition(": ")[0]) == (0, "prices")
        end(engine)


def test_a_task_that_was_just_written_is_known_to_the_engine(config: Path) -> None:
    with command(config, "engine") as engine:
        engine.wait_for(STARTED)
        written = config.read_text().replace('id = "prices"', 'id = "renamed"')
        config.write_text(written)
        code, out, _ = ended(config, "run", "renamed", "--json")
        assert (code, json.loads(out)["outcome"]) == (0, "succeeded")
        end(engine)


def test_what_changes_something_goes_through_the_engine_too(config: Path) -> None:
    with command(config, "engine") as engine:
        engine.wait_for(STARTED)
        assert ended(config, "run", "prices", "shop", "--quiet")[0] == 0
        assert ended(config, "cursor", "shop")[1] != "none\n"
        assert ended(config, "cursor", "shop", "--clear")[0] == 0
        assert ended(config, "cursor", "shop")[1] == "none\n"
        code, out, notes = ended(config, "revert", "1", "--json")
        assert (code, json.loads(out)["outcome"]) == (0, "succeeded")
        assert "prices:" in notes
        assert ended(config, "revert", "99")[0] == 5
        code, _, notes = ended(config, "stop", "prices")
        assert (code, "no run of prices is going" in notes) == (5, True)
        with attached(config) as remote:
            (run,) = remote.api.start_tasks(["slow"])
            wait_until(lambda: (going := task(remote, "slow").run) and going.id == run, "the run")
            code, out, _ = ended(config, "stop", str(run), "--no-wait", "--json")
            assert (code, json.loads(out)["run"]) == (0, run)
            actions = [(row.action, row.answer) for row in remote.api.settings.audit()]
            assert actions[0] == ("run.stop", "accepted")
            assert ("run.revert", "accepted") in actions
            assert ("task.cursor", "accepted") in actions
        end(engine)


def test_a_signal_stops_what_was_started_beside_an_engine_and_nothing_else(config: Path) -> None:
    with command(config, "engine") as engine:
        engine.wait_for(STARTED)
        with command(config, "run", "slow", "--json") as running:
            running.wait_for("slow: Started run")
            running.process.send_signal(signal.SIGINT)
            code, out, notes = running.end()
        assert (code, json.loads(out)["outcome"]) == (4, "stopped")
        assert "the runs go on" in notes
        assert engine.process.poll() is None
        with command(config, "run", "slow", "--json") as running:
            running.wait_for("slow: Started run")
            code, out, _ = ended(config, "stop", "slow", "--json")
            assert (code, json.loads(out)["outcome"]) == (0, "stopped")
            assert running.end()[0] == 4
        end(engine)


def test_run_says_so_when_the_engine_ends_before_the_run(config: Path) -> None:
    with command(config, "engine") as engine:
        engine.wait_for(STARTED)
        with command(config, "run", "slow") as running:
            running.wait_for("slow: Started run")
            engine.process.kill()
            code, _, notes = running.end()
    assert code == 1
    assert "The engine has ended" in notes
    assert "pendel runs" in notes


def test_what_a_killed_engine_left_lying_is_cleared_away(config: Path) -> None:
    with command(config, "engine") as engine:
        engine.wait_for(STARTED)
        engine.process.kill()
        engine.process.wait()
    assert load(config).socket_file.is_socket()
    with command(config, "engine") as engine:
        engine.wait_for(STARTED)
        with attached(config) as remote:
            assert remote.api.runs() == []
        end(engine)
    assert not load(config).socket_file.exists()


def test_an_engine_that_cannot_listen_runs_and_says_why(config: Path) -> None:
    path = load(config).socket_file
    path.parent.mkdir(exist_ok=True)
    path.write_text("something of somebody's")
    with command(config, "engine") as engine:
        engine.wait_for(STARTED)
        end(engine)
    assert path.read_text() == "something of somebody's"
    text = config.read_text()
    config.write_text(f'{text}\n[access]\nsocket = "{"long/" * 30}engine.sock"\n')
    with command(config, "engine") as engine:
        engine.wait_for(STARTED)
        assert ended(config, "run", "prices")[0] == 1
        end(engine)
    journal = Journal(load(config).journal_file, read_only=True)
    warnings = " ".join(line.text for line in journal.logs.latest() if line.level == "warning")
    journal.close()
    assert "is there, and is no socket" in warnings
    assert "the system takes 107 at most" in warnings


def test_two_engines_do_not_share_a_socket(config: Path) -> None:
    text = config.read_text()
    config.write_text(f'{text}\n[access]\nsocket = "engine.sock"\n')
    other = config.with_name("other.toml")
    other.write_text(config.read_text().replace("[engine]", '[engine]\ndata_dir = "other"'))
    with command(config, "engine") as engine:
        engine.wait_for(STARTED)
        with command(other, "engine") as second:
            second.wait_for(STARTED)
            end(second)
        with attached(config) as remote:
            assert shown(remote).config_path == str(config)
        end(engine)


def test_a_service_is_ready_reloads_and_stops_as_its_manager_asks(config: Path, tmp_path: Path) -> None:
    manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    manager.bind(str(tmp_path / "notify"))
    manager.settimeout(PATIENCE)

    def heard(word: str) -> None:
        while word not in manager.recv(4096).decode().split("\n"):
            pass

    environment = {**os.environ, "NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "300000"}
    with manager, command(config, "engine", env=environment) as engine:
        heard("READY=1")
        heard("WATCHDOG=1")
        for turn in range(2):
            config.write_text(config.read_text().replace("To the shop", f"To the shop {turn}"))
            engine.process.send_signal(signal.SIGHUP)
            heard("READY=1")
            with attached(config) as remote:
                assert task(remote, "shop").description.startswith(f"To the shop {turn}")
        config.write_text(config.read_text() + "\nbroken")
        engine.process.send_signal(signal.SIGHUP)
        engine.wait_for("The changed configuration is not used")
        heard("READY=1")
        engine.process.send_signal(signal.SIGTERM)
        heard("STOPPING=1")
        assert engine.end()[0] == 0


def test_an_engine_that_is_ending_says_so_and_starts_nothing_more(config: Path) -> None:
    with listening_engine(config) as engine, attached(config) as remote:
        (run,) = remote.api.start_tasks(["slow"])
        wait_until(lambda: (going := task(remote, "slow").run) and going.state is RunState.RUNNING, "the run")
        # As at SIGTERM, but the last run is waited for.
        ending = threading.Thread(target=engine.shutdown, kwargs={"stop_runs": False})
        ending.start()
        wait_until(lambda: shown(remote).notice == "The engine is ending.", "the notice")
        with pytest.raises(Refused, match="starts nothing more"):
            remote.api.start_tasks(["prices"])
        remote.api.stop_runs([run])
        ending.join(PATIENCE)
        wait_until(lambda: remote.gone, "its end")
        journal = Journal(load(config).journal_file, read_only=True)
        assert [row.state for row in journal.runs.latest()] == [RunState.STOPPED]
        journal.close()
