from __future__ import annotations

from typing import TYPE_CHECKING

from core.config.load import load
from core.tasks.registry import system_tasks

if TYPE_CHECKING:
    from pathlib import Path


def test_pendels_own_tasks_are_what_the_checks_would_have_let_pass(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('version = 1\n[engine]\ndata_dir = "data"\n[retention]\nat = "02:15"\n', encoding="utf-8")
    tasks = system_tasks(load(path))
    assert [task.id for task in tasks] == ["system-retention", "system-integrity", "system-backup"]
    for task in tasks:
        told = task.model_dump(by_alias=True)
        assert told["frequency"]["at"] == "02:15"
        assert type(task).model_validate(told) == task
