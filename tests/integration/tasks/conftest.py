from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from support.task_site import TABLES, TaskSite

from core.engine.engine import Engine

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def site(workspace: Callable[..., Path]) -> Callable[..., TaskSite]:
    """Make a workspace: ``site(task, …)`` with tasks as TOML."""

    def make(*tasks: str) -> TaskSite:
        made = TaskSite(workspace("\n".join((TABLES, *tasks)), engine='languages = ["nl", "en"]\nattempts = 1'))
        for name in ("in", "out", "uploads"):
            (made.home / name).mkdir()
        return made

    return make


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    """Let the engines that start from now on take it to be so much later."""

    def move(by: timedelta) -> None:
        monkeypatch.setitem(Engine.__init__.__kwdefaults__ or {}, "now", lambda: datetime.now(UTC) + by)

    return move
