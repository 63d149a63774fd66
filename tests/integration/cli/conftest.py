from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.cli_site import ONE, TABLES, TASKS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def site(workspace: Callable[..., Path]) -> Callable[..., Path]:
    """Make a workspace with the tasks above; ``files`` are those of the upload directory, without ``.csv``."""

    def make(**files: str) -> Path:
        uploads = {f"uploads/{name}.csv": content for name, content in files.items()}
        return workspace("\n".join((TABLES, *TASKS)), files={"in/x.csv": ONE, **uploads})

    return make
