from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.config.load import load
from core.errors import ConfigError, Problem

if TYPE_CHECKING:
    from pathlib import Path

    from support.config_texts import Problems, Write


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a file of the configuration and return its path."""

    def _write(text: str, name: str = "config.toml") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return _write


@pytest.fixture
def problems(write: Write) -> Problems:
    """Return all that is wrong with a configuration."""

    def _problems(text: str, **others: str) -> tuple[Problem, ...]:
        for name, content in others.items():
            write(content, f"{name}.toml")
        with pytest.raises(ConfigError) as caught:
            load(write(text))
        return caught.value.problems

    return _problems
