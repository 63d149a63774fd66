"""Where the files of console tests are: under paths of one length, for screens show of a path what fits."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(scope="session")
def new_directory() -> Iterator[Callable[[], Path]]:
    """Make directories that are there until the last test."""
    with TemporaryDirectory(prefix="pytest-tui-", dir="/tmp") as root:
        yield lambda: Path(mkdtemp(prefix="t-", dir=root))


@pytest.fixture
def tmp_path(new_directory: Callable[[], Path]) -> Path:
    """A directory for one test, in place of the one of pytest: its path has the name of the test and of the process."""
    return new_directory()
