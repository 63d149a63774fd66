from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.feed_desk import FeedDesk, feed_desk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[FeedDesk]:
    with feed_desk(tmp_path) as found:
        yield found


@pytest.fixture(scope="module")
def shared_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FeedDesk]:
    """For property tests, which may not have a fixture of their own for each example."""
    with feed_desk(tmp_path_factory.mktemp("feeds")) as found:
        yield found
