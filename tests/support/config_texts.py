"""Parts of configuration files that several tests write."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from core.errors import Problem

Write: TypeAlias = Callable[..., Path]
Problems: TypeAlias = Callable[..., tuple[Problem, ...]]

HEAD = "version = 1\n[engine]\n"


def task(task_id: str, **settings: str) -> str:
    """Return an import task as TOML; ``settings`` are written as they are and replace those it has."""
    given = {
        "type": '"import"',
        "description": '"A task"',
        "sequence": "10",
        "entity": '"machine"',
        "layout": '"machines"',
        "file": '"machines.csv"',
    }
    lines = [f"{key} = {value}" for key, value in (given | settings).items() if value]
    return "\n".join([f'[[tasks]]\nid = "{task_id}"', *lines, ""])


MACHINES = """
[entities.machine]
key = ["number"]
[entities.machine.fields]
number = { type = "text" }
name = { type = "text", translated = true }
price = { type = "decimal" }

[layouts.machines]
direction = "import"
entity = "machine"
format = "csv"
columns = [{ column = "No", field = "number" }]
"""
