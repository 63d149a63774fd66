"""Tasks from the configuration to the files that they leave: each option that has a part in what lies there."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from support.golden import NEWLY
from support.golden_deliveries import FOLDERS, Delivery, deliveries, found_below
from support.task_site import TaskSite

from core.engine.engine import Engine

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ENGINE = 'languages = ["nl", "en"]\npublications = ["webshop"]\nattempts = 1'
MOMENT = datetime(2026, 11, 28, 7, 8, 9, tzinfo=UTC)


@pytest.fixture
def _one_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let it be the same moment in every run."""
    monkeypatch.setitem(Engine.__init__.__kwdefaults__ or {}, "now", lambda: MOMENT)


@pytest.mark.usefixtures("_one_moment")
@pytest.mark.parametrize("case", deliveries(), ids=lambda case: case.name)
def test_what_tasks_leave_behind(workspace: Callable[..., Path], case: Delivery) -> None:
    made = TaskSite(workspace(case.configuration, engine=ENGINE))
    case.set_out(made.home)
    for task, code in case.runs:
        answer = made.run(task)
        assert answer.code == code, answer.told
    for entity, kept in case.table.get("kept", {}).items():
        found = made.kept(kept["columns"], entity)
        rows = [list(row) if isinstance(row, tuple) else [row] for row in found]
        assert [["" if value is None else str(value) for value in row] for row in rows] == kept["rows"], entity
    for folder in FOLDERS:
        golden = case.after / folder
        if NEWLY and golden.is_dir():
            write_anew(golden, found_below(made.home / folder))
        if golden.is_dir():
            assert found_below(made.home / folder) == {
                str(path.relative_to(golden)): path.read_bytes() for path in sorted(golden.rglob("*")) if path.is_file()
            }


def write_anew(golden: Path, found: dict[str, bytes]) -> None:
    shutil.rmtree(golden)
    golden.mkdir()
    for name, content in found.items():
        (golden / name).parent.mkdir(parents=True, exist_ok=True)
        (golden / name).write_bytes(content)
