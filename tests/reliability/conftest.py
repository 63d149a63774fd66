"""A place from which processes are started that may be killed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.killing import Nursery

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    with Nursery(tmp_path_factory.mktemp("nursery")) as running:
        yield running
