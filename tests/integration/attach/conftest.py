from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.cli_site import GOOD, ONE, TABLES, TASKS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def config(workspace: Callable[..., Path]) -> Path:
    """A workspace with a task that ends at once, and one that runs until it is stopped."""
    files = {"in/x.csv": ONE, "uploads/prices.csv": GOOD, "uploads/slow.csv": ONE}
    return workspace("\n".join((TABLES, *TASKS)), files=files)
