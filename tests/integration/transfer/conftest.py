"""A server of each protocol, the location that leads there, and a proxy between the two."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.fault_proxy import FaultProxy
from support.transfer_sites import PROXY_HOST, Site, site_of

from core.stop import StopToken

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from core.transfer import Location


@pytest.fixture(params=["local", "ftp", "ftps", "ftps-implicit", "sftp", "openssh"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    with site_of(request.param, tmp_path) as made:
        yield made


@pytest.fixture(params=["ftp", "ftps", "ftps-implicit", "sftp", "openssh"])
def remote_site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    with site_of(request.param, tmp_path) as made:
        yield made


@pytest.fixture
def location(site: Site) -> Iterator[Location]:
    with site.open() as opened:
        yield opened


@pytest.fixture
def proxy(remote_site: Site) -> Iterator[FaultProxy]:
    with FaultProxy(remote_site.ports, listen_host=PROXY_HOST) as running:
        yield running


@pytest.fixture
def stop() -> StopToken:
    return StopToken()
