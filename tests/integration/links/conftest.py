from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.links.exact_globe import ExactGlobe
from support.links.opening import open_bb, open_exact, open_globe
from support.links.rest_server import serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.links.buchhaltungsbutler import BuchhaltungsButler
    from support.links.exact_online import ExactOnline
    from support.links.rest_server import FakeClock

    from core.links.connection import Connection


@pytest.fixture
def globe(clock: FakeClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ExactGlobe]:
    credentials = tmp_path / "who-may-sign-in"
    monkeypatch.setenv("NTLM_USER_FILE", str(credentials))
    with serving(ExactGlobe(clock, credentials=credentials)) as site:
        yield site


@pytest.fixture
def globe_link(globe: ExactGlobe, tmp_path: Path) -> Iterator[Connection]:
    with open_globe(globe, tmp_path) as connection:
        yield connection


@pytest.fixture
def link(exact: ExactOnline, tmp_path: Path) -> Iterator[Connection]:
    """A link to Exact Online, signed in."""
    with open_exact(exact, tmp_path) as connection:
        yield connection


@pytest.fixture
def butler_link(butler: BuchhaltungsButler, tmp_path: Path) -> Iterator[Connection]:
    with open_bb(butler, tmp_path) as connection:
        yield connection
