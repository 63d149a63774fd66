from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pytest
from support.exchange_desk import AS_THE_STORE, Desk, shut_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with duckdb.connect(config=AS_THE_STORE) as connection:
        shut_in(connection, tmp_path)
        yield Desk(tmp_path, connection)


@pytest.fixture(scope="module")
def shared_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """For property tests, which may not have a fixture of their own for each example."""
    directory = tmp_path_factory.mktemp("desk")
    with duckdb.connect(config=AS_THE_STORE) as connection:
        shut_in(connection, directory)
        yield Desk(directory, connection)
