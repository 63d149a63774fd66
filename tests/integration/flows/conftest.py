from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.links.exact_globe import ExactGlobe
from support.links.flow_site import FlowSite
from support.links.rest_server import serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.links.rest_server import FakeClock


@pytest.fixture
def globe(clock: FakeClock, tmp_path: Path) -> Iterator[ExactGlobe]:
    """One that is signed in to by Basic, as flows join it."""
    with serving(ExactGlobe(clock, credentials=tmp_path / "who-may-sign-in", sign_in="Basic")) as site:
        yield site


@pytest.fixture
def flows(tmp_path: Path, clock: FakeClock) -> FlowSite:
    return FlowSite(tmp_path, clock)
