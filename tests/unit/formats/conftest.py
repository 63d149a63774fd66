from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.format_desk import SHARED, FormatDesk

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> FormatDesk:
    """A desk for the ``FORMAT`` of the module."""
    return FormatDesk(request.module.FORMAT, tmp_path, languages=("nl", "en"))


@pytest.fixture(scope="module")
def shared_desk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> FormatDesk:
    """For property tests, which may not have a fixture of their own for each example."""
    return FormatDesk(request.module.FORMAT, tmp_path_factory.mktemp("desk"), languages=("nl", "en"))


@pytest.fixture
def shared_formats() -> Path:
    """Where the samples and tables of the formats lie."""
    if not SHARED.is_dir():
        pytest.skip(f"the samples are not there: {SHARED}")
    return SHARED
