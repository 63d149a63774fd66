"""kill -9 and a stop in the middle of a file with several passes: the passes that are done stay, the rest follows."""

from __future__ import annotations

import json
import shutil
import threading
from typing import TYPE_CHECKING, Any

import pytest
from support import kept_state
from support.block_site import block_workspace, blocks_of, killed_after, whole_run
from support.live_engine import live_engine
from support.pendel_cli import pendel

from core.runs import RunState
from core.store import catalogue

if TYPE_CHECKING:
    from pathlib import Path

    from duckdb import DuckDBPyConnection
    from support.killing import Nursery

    from core.store.catalogue import BlockCounts, ChangePlan

CONFIG = """
[layouts.people]
direction = "import"
format = "csv"
[[layouts.people.passes]]
entity = "organisation"
repeated = "first"
columns = [{ column = "org", field = "number" }, { column = "name", field = "name" }]
[[layouts.people.passes]]
entity = "contact"
columns = [
  { column = "contact", field = "number" },
  { column = "works_at", field = "organisation", references = "stub" },
  { column = "last", field = "last_name" },
]

[[tasks]]
id = "people"
type = "import"
description = "Organisations and their contacts"
sequence = 10
layout = "people"
delta = false
file = "people.csv"
settle = 0
max_archived = 1
"""
CONTACTS = 500


def lines(first: int, last: int, *, name: str) -> str:
    """Return the lines of contacts: each organisation has two; every fourth contact works at one that is not there."""
    rows = ["org,name,contact,works_at,last"]
    for number in range(first, last):
        org = f"O{number // 2}"
        works_at = f"X{number}" if number % 4 == 0 else org
        rows.append(f"{org},{name if number % 3 else 'as ever'} {org},C{number},{works_at},{name}")
    return "\n".join(rows) + "\n"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A workspace that has imported the first 120 contacts, with a file in it that does everything."""
    home = block_workspace(tmp_path, CONFIG)
    (home / "uploads" / "people.csv").write_text(lines(0, 120, name="Jansen"))
    assert pendel(home / "config.toml", "run", "people").code == 3  # lines of an organisation contradict each other
    (home / "uploads" / "people.csv").write_text(lines(60, 60 + CONTACTS, name="Janssen"))
    return home


def state(data: Path) -> dict[str, Any]:
    return {entity: kept_state.records(data, entity=entity) for entity in ("organisation", "contact")}


def parts(row: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [
        (part["entity"], part["counts"]["new"], part["counts"]["changed"], part["counts"]["archived"], part["stubs"])
        for part in json.loads(row["details"])["parts"]
    ]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_kill_in_any_pass_is_made_up_for(home: Path, nursery: Nursery) -> None:
    whole, ended = whole_run(home, nursery, "people")
    assert ended.code == 3, ended.notes
    counts = ended.told["counts"]
    wanted = state(whole / "data")
    (undisturbed,) = (row for row in kept_state.runs(whole / "data", "people") if row["id"] == ended.told["run"])
    before = {entity: kept_state.records(home / "data", entity=entity, values_only=True) for entity in wanted}
    hit = set()
    for root in killed_after(blocks_of(whole, ended)[:-1:2], home, nursery, "people"):
        (killed,) = (row for row in kept_state.runs(root / "data", "people") if row["ended_at"] is None)
        file = json.loads(killed["checkpoint"])["files"][0]
        hit.add(file["parts"])

        again = nursery.run(root / "config.toml", "run", "people")

        assert again.code == 3, again.notes
        (resumed,) = (row for row in kept_state.runs(root / "data", "people") if row["id"] == killed["id"])
        assert resumed["state"] == "warnings"
        assert json.loads(resumed["counts"]) == counts
        assert parts(resumed) == parts(undisturbed)
        assert state(root / "data") == wanted
        log = "\n".join(
            line["text"] for line in pendel(root / "config.toml", "log", "--run", str(killed["id"])).told["lines"]
        )
        assert ("Pass 1, organisation (before it was interrupted)" in log) == (file["parts"] == 1)

        assert nursery.run(root / "config.toml", "revert", str(killed["id"])).code == 0
        for entity, records in before.items():
            assert kept_state.records(root / "data", entity=entity, values_only=True) == records
        shutil.rmtree(root)
    assert hit == {0, 1}


def test_a_stop_in_the_second_pass_keeps_what_was_done_and_the_next_run_does_the_rest(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply_block, go = catalogue.apply_block, threading.Event()

    def held(session: DuckDBPyConnection, plan: ChangePlan, block: int, **how: Any) -> BlockCounts:
        assert (plan.entity.name, block) != ("contact", 1) or go.wait(60)
        return apply_block(session, plan, block, **how)

    monkeypatch.setattr(catalogue, "apply_block", held)
    with live_engine(home / "config.toml") as live:
        run = live.start("people")
        live.wait_for_step("people", "applying people.csv, Pass 2", done=200)  # 110 stubs, and a block
        live.gate.stop_runs([run])
        go.set()
        row = live.ended(run)
    assert row.state is RunState.STOPPED
    organisations, contacts = (part["counts"] for part in row.details["parts"][:2])
    assert organisations["read"] == organisations["new"] + organisations["changed"] + organisations["unchanged"] == 250
    assert contacts["read"] == CONTACTS
    assert contacts["new"] + contacts["changed"] == 200, "the block that was begun is finished, and none after it"
    rest = pendel(home / "config.toml", "run", "people")
    assert rest.counts["read"] == 750
    assert rest.counts.get("new", 0) + rest.counts.get("changed", 0) == CONTACTS - 200
    assert len(kept_state.records(home / "data", entity="contact")) == 60 + CONTACTS
