"""What an engine keeps of its list of tasks for the next console, and when nobody believes it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from support.engine_desk import import_task, settle

from core.engine.api.rights import Right
from core.engine.gate import Gate
from core.engine.remembered import FILE, NOTICE, remembered
from core.runs import Actor, RunState

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.engine_desk import FakeRunner

    from core.engine.api import Snapshot
    from core.engine.engine import Engine

    OpenEngine = Callable[..., tuple[Engine, FakeRunner]]
    Site = Callable[..., Path]

TWO = (import_task("prices", 20), import_task("stock", 10))


def left_behind(config: Path, open_engine: OpenEngine, *, end: RunState | None = None) -> Snapshot:
    """Let an engine plan, and let a run of ``prices`` end; return what it showed when it ended."""
    engine, runner = open_engine(config)
    gate = Gate(engine, Actor("anna"))
    if end:
        runner.outcomes["prices"] = end
        gate.start_tasks(["prices"])
        settle(engine, runner)
    shown = gate.snapshot()
    engine.shutdown(stop_runs=True)
    assert shown is not None
    return shown


def shown_first(config: Path) -> Snapshot:
    found = remembered(config, Right.ADMINISTER)
    assert found is not None
    return found.snapshot


def test_the_list_is_kept_in_its_order_with_the_outcomes_of_the_journal(site: Site, open_engine: OpenEngine) -> None:
    config = site(*TWO)
    last = left_behind(config, open_engine, end=RunState.FAILED)
    first = shown_first(config)
    assert [task.id for task in first.tasks][-2:] == ["stock", "prices"]
    lasting = [replace(task, next_run=None, chain=(), last_run=None) for task in last.tasks]
    assert [replace(task, last_run=None) for task in first.tasks] == lasting
    outcomes = {task.id: task.last_run.state for task in first.tasks if task.last_run}
    assert outcomes == {"prices": RunState.FAILED}
    assert (first.zone, first.config_path) == (last.zone, last.config_path)


def test_what_changes_by_itself_is_not_said(site: Site, open_engine: OpenEngine) -> None:
    config = site(*TWO)
    engine, runner = open_engine(config, hold=("prices",))
    Gate(engine, Actor("anna")).start_tasks(["prices"])
    runner.wait_started("prices")
    first = shown_first(config)
    assert not first.planned
    assert first.notice == NOTICE
    assert all(task.run is None and task.next_run is None for task in first.tasks)
    runner.release()


def test_the_right_that_is_asked_for_and_the_look_of_the_console_are_there(site: Site, open_engine: OpenEngine) -> None:
    more = '[console]\ntheme = "dark"\nmouse = true\n[keys]\n"task.start" = ["f9"]\n'
    config = site(*TWO, more=more)
    left_behind(config, open_engine)
    found = remembered(config, Right.VIEW)
    assert found is not None
    assert found.snapshot.read_only
    assert (found.theme, found.mouse, found.keys) == ("dark", True, {"task.start": ["f9"]})


def test_nothing_is_known_before_an_engine_has_planned(site: Site, open_engine: OpenEngine) -> None:
    config = site(*TWO)
    assert remembered(config, Right.ADMINISTER) is None
    engine, _ = open_engine(config, plan=False)
    assert remembered(config, Right.ADMINISTER) is None
    engine.shutdown(stop_runs=True)


def test_a_change_of_any_file_makes_it_void(site: Site, open_engine: OpenEngine) -> None:
    config = site(*TWO)
    text = config.read_text()
    config.write_text('include = ["tasks-*.toml"]\n' + text)
    included = config.with_name("tasks-1.toml")
    included.write_text(import_task("more"))
    left_behind(config, open_engine)
    assert "more" in [task.id for task in shown_first(config).tasks]

    before = included.read_text()
    included.write_text(before.replace("more", "less"))
    assert remembered(config, Right.ADMINISTER) is None
    included.write_text(before)
    assert shown_first(config).tasks
    another = config.with_name("tasks-2.toml")
    another.write_text("")
    assert remembered(config, Right.ADMINISTER) is None
    another.unlink()
    config.write_text(config.read_text() + "\n")
    assert remembered(config, Right.ADMINISTER) is None
    config.unlink()
    assert remembered(config, Right.ADMINISTER) is None


def test_a_configuration_that_is_read_again_is_kept_anew(site: Site, open_engine: OpenEngine) -> None:
    config = site(*TWO)
    engine, _ = open_engine(config)
    config.write_text(config.read_text().replace('"stock"', '"stocks"'))
    assert remembered(config, Right.ADMINISTER) is None
    engine.reload()
    assert "stocks" in [task.id for task in shown_first(config).tasks]


@pytest.mark.parametrize("name", ["store", "the data"])
def test_the_data_may_lie_elsewhere(site: Site, open_engine: OpenEngine, name: str) -> None:
    config = site(*TWO, engine=f"data_dir = '{name}'")
    left_behind(config, open_engine)
    assert (config.parent / name / FILE).exists()
    assert shown_first(config).tasks


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b"\xff", b'{"made_of": null}', b'{"include": 3}'])
def test_what_is_damaged_is_as_good_as_none(site: Site, open_engine: OpenEngine, damage: bytes) -> None:
    config = site(*TWO)
    left_behind(config, open_engine)
    kept = config.parent / "data" / FILE
    kept.write_bytes(damage)
    assert remembered(config, Right.ADMINISTER) is None
    left_behind(config, open_engine)
    assert shown_first(config).tasks


@pytest.mark.parametrize("key", ["tasks", "zone", "theme", "keys"])
def test_a_part_that_is_missing_makes_it_void(site: Site, open_engine: OpenEngine, key: str) -> None:
    config = site(*TWO)
    left_behind(config, open_engine)
    kept = config.parent / "data" / FILE
    known = json.loads(kept.read_bytes())
    del known[key]
    kept.write_text(json.dumps(known))
    assert remembered(config, Right.ADMINISTER) is None


def test_without_a_journal_there_are_no_outcomes_and_no_list(site: Site, open_engine: OpenEngine) -> None:
    config = site(*TWO)
    left_behind(config, open_engine)
    (config.parent / "data" / "journal.sqlite").unlink()
    assert remembered(config, Right.ADMINISTER) is None


def test_it_is_for_the_user_of_the_engine_only_and_written_once(site: Site, open_engine: OpenEngine) -> None:
    config = site(*TWO)
    left_behind(config, open_engine)
    kept = config.parent / "data" / FILE
    before = kept.stat()
    assert before.st_mode & 0o777 == 0o600
    left_behind(config, open_engine)
    assert kept.stat().st_ino == before.st_ino


def test_an_engine_plans_where_it_cannot_be_kept(site: Site, open_engine: OpenEngine) -> None:
    config = site(*TWO)
    kept = config.parent / "data" / FILE
    kept.parent.mkdir()
    kept.mkdir()
    assert left_behind(config, open_engine).planned
    assert remembered(config, Right.ADMINISTER) is None
