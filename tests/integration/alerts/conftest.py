from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.receiving import receiver

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.receiving import Receiver


@pytest.fixture
def web() -> Iterator[Receiver]:
    with receiver() as server:
        yield server
