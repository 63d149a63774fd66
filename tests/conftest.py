"""What all tests share. That this file stands here makes ``support`` importable."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from core.store.journal import Journal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

# How long an example takes says nothing on a machine that others use, too.
settings.register_profile("pendel", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("pendel")


@pytest.fixture(scope="session")
def empty_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home directory in which nobody has settings."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, empty_home: Path) -> None:
    """Keep the environment and the home of whoever runs the tests out of them."""
    for name in ("PENDEL_CONFIG", "PENDEL_VAULT_KEY", "NO_COLOR", *(name for name in os.environ if name[:4] == "XDG_")):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(empty_home))


@pytest.fixture
def workspace(tmp_path: Path) -> Callable[..., Path]:
    """Make a workspace: ``workspace(tables, engine=…, files={name: text})`` returns the path of its configuration.

    ``tables`` are the tables behind ``[engine]``, ``engine`` are lines inside it.
    """

    def make(tables: str, *, engine: str = "", files: dict[str, str | bytes] | None = None) -> Path:
        path = tmp_path / "config.toml"
        path.write_text(f'version = 1\n[engine]\ntime_zone = "UTC"\n{engine}\n{tables}', encoding="utf-8")
        for name, content in (files or {}).items():
            file = tmp_path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return make


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    """An empty journal."""
    journal = Journal(tmp_path / "journal.sqlite")
    yield journal
    journal.close()
