from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pytest
from support.exchange_desk import AS_THE_STORE
from support.trade_desk import SHARED, TradeDesk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[TradeDesk]:
    with duckdb.connect(config=AS_THE_STORE) as connection:
        yield TradeDesk(tmp_path, connection)


@pytest.fixture(scope="module")
def shared_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TradeDesk]:
    """For property tests, which may not have a fixture of their own for each example."""
    with duckdb.connect(config=AS_THE_STORE) as connection:
        yield TradeDesk(tmp_path_factory.mktemp("desk"), connection)


@pytest.fixture
def shared_formats() -> Path:
    """Where the samples and tables of the formats lie."""
    if not SHARED.is_dir():
        pytest.skip(f"the samples are not there: {SHARED}")
    return SHARED
