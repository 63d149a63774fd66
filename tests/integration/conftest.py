from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.links.accountview import AccountView
from support.links.buchhaltungsbutler import BuchhaltungsButler
from support.links.exact_online import ExactOnline
from support.links.rest_server import FakeClock, serving
from support.links.superoffice import SuperOffice

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def exact(clock: FakeClock) -> Iterator[ExactOnline]:
    with serving(ExactOnline(clock)) as site:
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
