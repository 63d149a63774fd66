from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.links.accountview import AccountView
from support.links.buchhaltungsbutler import BuchhaltungsButler
from support.links.exact_globe import ExactGlobe
from support.links.exact_online import ExactOnline
from support.links.flow_site import FlowSite
from support.links.rest_server import FakeClock, serving
from support.links.superoffice import SuperOffice

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def exact(clock: FakeClock) -> Iterator[ExactOnline]:
    with serving(ExactOnline(clock)) as site:
        yield site


@pytest.fixture
def globe(clock: FakeClock, tmp_path: Path) -> Iterator[ExactGlobe]:
    with serving(ExactGlobe(clock, credentials=tmp_path / "who-may-sign-in", sign_in="Basic")) as site:
        yield site


@pytest.fixture
def butler(clock: FakeClock) -> Iterator[BuchhaltungsButler]:
    with serving(BuchhaltungsButler(clock)) as site:
        yield site


@pytest.fixture
def view(clock: FakeClock) -> Iterator[AccountView]:
    with serving(AccountView(clock)) as site:
        yield site


@pytest.fixture
def crm(clock: FakeClock) -> Iterator[SuperOffice]:
    with serving(SuperOffice(clock)) as site:
        yield site


@pytest.fixture
def flows(tmp_path: Path, clock: FakeClock) -> FlowSite:
    return FlowSite(tmp_path, clock)
