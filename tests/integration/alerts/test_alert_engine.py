"""Alerts and monitoring of a whole engine, and the command that tries a target."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from prometheus_client.parser import text_string_to_metric_families
from support.cli_site import GOOD, TABLES, import_task
from support.live_engine import LiveEngine
from support.pendel_cli import pendel

from core.cli.main import build
from core.config.vault import Vault
from core.engine.alerts.monitoring import Monitoring
from core.engine.engine import Engine
from core.engine.service import PLANNER_SECONDS
from core.errors import ConnectionFailed, EngineError
from core.runs import RunState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from support.receiving import Receiver

SECRET = "swordfish-and-more"


@pytest.fixture
def config(workspace: Callable[..., Path], web: Receiver) -> Path:
    alerts = f"""
[alerts]
to = ["ops"]
[alerts.targets]
ops = {{ secret_url = {{ env = "OPS_URL" }} }}
plain = {{ url = "json://{web.place}" }}
[monitoring]
metrics_file = "pendel.prom"
heartbeat_url = "http://{web.place}/beat"
"""
    return workspace("\n".join((TABLES, alerts, import_task("prices", frequency='{ kind = "manual" }'))))


@pytest.fixture
def ops_url(web: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPS_URL", f"json://{web.place}/{SECRET}/")


@pytest.fixture
def open_engine(config: Path, ops_url: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], LiveEngine]]:
    opened: list[Engine] = []
    monkeypatch.setattr("core.engine.alerts.alerts._TOGETHER_SECONDS", 0.01)

    def make() -> LiveEngine:
        engine = Engine(config)
        opened.append(engine)
        engine.start()
        return LiveEngine(engine)

    yield make
    for engine in opened:
        engine.shutdown(stop_runs=True)


def of_ops(web: Receiver) -> str:
    """Wait for the next message; heartbeats come at their own time."""
    while (asked := web.next()).method == "GET":
        pass
    assert SECRET in asked.path
    return str(asked.json["title"]) + "\n" + str(asked.json["message"])


def test_a_failing_task_is_told_of_and_its_recovery(
    open_engine: Callable[[], LiveEngine], config: Path, web: Receiver
) -> None:
    uploads = config.parent / "uploads"
    uploads.mkdir()
    live = open_engine()
    live.ended(live.start("prices"))
    first = of_ops(web)
    assert first.startswith("prices failed (")
    assert "prices.csv" in first
    (uploads / "prices.csv").write_text(GOOD)
    assert live.ended(live.start("prices")).state is RunState.SUCCEEDED
    assert of_ops(web).startswith("prices is well again (")
    live.engine.sinks.flush()
    assert SECRET not in live.engine.sinks.path.read_text()


def test_a_target_that_hangs_holds_up_no_run_and_not_the_end_and_is_told_by_the_next_engine(
    config: Path, ops_url: None, web: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    web.answering.clear()
    engine = Engine(config)
    engine.start()
    live = LiveEngine(engine)
    assert live.ended(live.start("prices")).state is RunState.FAILED
    of_ops(web)
    assert live.ended(live.start("prices")).state is RunState.FAILED
    begun = time.monotonic()
    engine.shutdown(stop_runs=True)
    assert time.monotonic() - begun < 20  # the target's own timeout is 30 seconds
    web.status = 200
    web.answering.set()
    again = Engine(config)
    again.start()
    assert of_ops(web).startswith("prices failed (")
    again.shutdown(stop_runs=True)


def test_the_metrics_can_be_read_by_prometheus(open_engine: Callable[[], LiveEngine], config: Path) -> None:
    live = open_engine()
    live.ended(live.start("prices"))
    live.engine._alerts.look()
    live.engine._monitoring.write_metrics()
    families = {
        family.name: family for family in text_string_to_metric_families((config.parent / "pendel.prom").read_text())
    }
    runs = {
        sample.labels["outcome"]: sample.value
        for sample in families["pendel_runs"].samples
        if sample.labels["task"] == "prices"
    }
    assert runs == {"succeeded": 0, "warnings": 0, "failed": 1, "stopped": 0, "skipped": 0}
    (up,) = families["pendel_up"].samples
    assert up.value == 1


def test_metrics_that_cannot_be_written_say_where(open_engine: Callable[[], LiveEngine], config: Path) -> None:
    live = open_engine()
    config.write_text(config.read_text().replace('"pendel.prom"', '"nowhere/pendel.prom"'))
    live.engine.reload()
    with pytest.raises(EngineError, match=r"nowhere/pendel\.prom"):
        live.engine._monitoring.write_metrics()


def test_the_heart_beats_while_the_planner_lives(
    open_engine: Callable[[], LiveEngine], web: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monitoring = open_engine().engine._monitoring
    asked = web.next()
    assert (asked.method, asked.path) == ("GET", "/beat")
    monitoring.beat()
    assert web.next().path == "/beat"
    monkeypatch.setattr(Engine, "planner_silence", PLANNER_SECONDS + 1)
    monitoring.beat()
    assert web.asked.empty()


def test_a_heartbeat_that_is_not_taken_says_so_without_its_address(
    config: Path, web: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = config.read_text()
    config.write_text(
        text.replace(f'heartbeat_url = "http://{web.place}/beat"', 'heartbeat_secret_url = { env = "BEAT" }')
    )
    engine = Engine(config)
    monitoring = Monitoring(engine.workspace, engine.board, engine._alerts.watch, dict, lambda: True)
    try:
        for url, said in (
            (f"http://{web.place}/{SECRET}", "the answer was 500"),
            (f"http://127.0.0.1:1/{SECRET}", "refused"),
            (f"http://127.0.0.1:port/{SECRET}", "InvalidURL"),
            (f"file:///{SECRET}", "begins with neither"),
        ):
            web.status = 500
            monkeypatch.setenv("BEAT", url)
            with pytest.raises(ConnectionFailed, match=said) as caught:
                monitoring.beat()
            assert SECRET not in str(caught.value)
    finally:
        engine.shutdown(stop_runs=True)


def test_a_target_is_tried_from_the_command_line(config: Path, ops_url: None, web: Receiver) -> None:
    answer = pendel(config, "alerts", "test", "ops")
    assert (answer.code, answer.told) == (0, {"target": "ops", "sent": True})
    assert web.next().json["title"].startswith("A test of Pendel")
    plain = CliRunner().invoke(build(lambda *_: 0), ["--config", str(config), "alerts", "test", "plain"])
    assert (plain.exit_code, plain.stdout) == (0, "plain took the message.\n")


def test_what_came_of_a_try_is_the_exit_code(config: Path, ops_url: None, web: Receiver) -> None:
    web.status = 404
    answer = pendel(config, "alerts", "test", "ops")
    assert answer.code == 1
    assert "404" in answer.notes
    assert SECRET not in answer.notes + str(answer.told)
    unknown = pendel(config, "alerts", "test", "opz")
    assert unknown.code == 5
    assert "Did you mean 'ops'?" in unknown.notes


def test_a_secret_address_comes_from_the_vault(config: Path, web: Receiver) -> None:
    text = config.read_text()
    config.write_text(text.replace('{ env = "OPS_URL" }', '{ secret = "hook" }'))
    missing = pendel(config, "alerts", "test", "ops")
    assert missing.code == 2
    (config.parent / "data").mkdir(exist_ok=True, mode=0o700)
    Vault(config.parent / "data").set("hook", f"json://{web.place}/{SECRET}")
    assert pendel(config, "alerts", "test", "ops").code == 0
    assert SECRET in web.next().path
