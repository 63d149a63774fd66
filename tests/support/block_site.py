"""Workspaces whose blocks are small, so that a file of some hundred records has several, to be killed after any."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from support import kept_state

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from support.killing import Ended, Nursery

HEAD = """
version = 1
[engine]
data_dir = "data"
languages = ["nl"]
block_rows = 100
"""


def block_workspace(directory: Path, config: str) -> Path:
    """Make a workspace with these layouts and tasks."""
    home = directory / "home"
    (home / "uploads").mkdir(parents=True)
    (home / "config.toml").write_text(HEAD + config)
    return home


def whole_run(home: Path, nursery: Nursery, task: str) -> tuple[Path, Ended]:
    """Run a task in a copy of a workspace without any trouble; return the copy, and how it ended."""
    whole = shutil.copytree(home, home.with_name("whole"))
    return whole, nursery.run(whole / "config.toml", "run", task)


def killed_after(blocks: Iterable[int], home: Path, nursery: Nursery, task: str) -> Iterator[Path]:
    """Yield copies of a workspace in which the task was killed, after one of these blocks each."""
    for block in blocks:
        root = shutil.copytree(home, home.with_name(f"kill-{block}"))
        dies = (f"after {block}", "core.store.catalogue", "apply_block")
        assert nursery.run(root / "config.toml", "run", task, dies=dies).killed
        yield root


def blocks_of(home: Path, ended: Ended) -> range:
    """Return the numbers of the blocks that a run has applied, from 1."""
    return range(1, len(kept_state.applied_blocks(home / "data", ended.told["run"])) + 1)
