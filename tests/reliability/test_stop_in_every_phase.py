"""A stop in every phase of a run: it ends soon, says what it has done, and the next run does the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support import kept_state
from support.fault_proxy import FaultProxy
from support.live_engine import live_engine
from support.pendel_cli import pendel
from support.remote_supplier import location_through_proxy
from support.supplier_site import csv_of, make_articles, write_config
from support.transfer_sites import PROXY_HOST, Site, site_of

from core.runs import RunState

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ARTICLES = 60_000
SOON = 10.0
"""Seconds; two are promised on a machine that has nothing else to do. What is waited for here would take a minute."""
TIMEOUT = 60


@pytest.fixture(params=["sftp", "ftps"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    with site_of(request.param, tmp_path) as made:
        yield made


@pytest.fixture
def proxy(site: Site) -> Iterator[FaultProxy]:
    with FaultProxy(site.ports, listen_host=PROXY_HOST) as running:
        yield running


@pytest.fixture(scope="module")
def content() -> bytes:
    return csv_of(make_articles(ARTICLES, seed=51))


def test_a_stop_ends_a_fetch_from_a_server_that_is_frozen(
    tmp_path: Path, site: Site, proxy: FaultProxy, content: bytes
) -> None:
    config = write_config(tmp_path, supplier=location_through_proxy(site, "out", timeout=TIMEOUT))
    (site.root / "out" / "prices.csv").write_bytes(content)
    proxy.fail("freeze", "down", len(content) // 2)
    with live_engine(config) as live:
        run = live.start("full")
        live.wait_for_step("full", "fetching", done=len(content) // 4)
        assert proxy.struck.wait(TIMEOUT)

        row, seconds = live.stop(run)

        assert (row.state, row.counts.new) == (RunState.STOPPED, 0)
        assert seconds < SOON
    assert pendel(config, "run", "full").counts == {"read": ARTICLES, "new": ARTICLES}


@pytest.mark.parametrize("step", ["reading", "checking", "comparing"])
def test_a_stop_before_anything_is_applied_changes_nothing(tmp_path: Path, content: bytes, step: str) -> None:
    config = write_config(tmp_path)
    (tmp_path / "supplier" / "prices.csv").write_bytes(content)
    with live_engine(config) as live:
        run = live.start("full")
        live.wait_for_step("full", step, done=-1)

        row, seconds = live.stop(run)

        assert (row.state, row.counts.new) == (RunState.STOPPED, 0)
        assert seconds < SOON
    assert kept_state.records(tmp_path / "data") == []
    assert pendel(config, "run", "full").counts == {"read": ARTICLES, "new": ARTICLES}


def test_a_stop_between_blocks_keeps_and_tells_what_was_done(tmp_path: Path, content: bytes) -> None:
    config = write_config(tmp_path)
    (tmp_path / "supplier" / "prices.csv").write_bytes(content)
    with live_engine(config) as live:
        run = live.start("full")
        live.wait_for_step("full", "applying", done=2000)

        row, seconds = live.stop(run)

        assert row.state is RunState.STOPPED
        assert 0 < row.counts.new < ARTICLES
        assert row.counts.new % 500 == 0
        assert f"{row.counts.new:,} new" in row.message
        assert seconds < SOON
    assert len(kept_state.records(tmp_path / "data")) == row.counts.new
    rest = pendel(config, "run", "full")
    assert rest.counts == {"read": ARTICLES, "new": ARTICLES - row.counts.new, "unchanged": row.counts.new}


def test_a_stop_ends_a_delivery_to_a_server_that_is_frozen(
    tmp_path: Path, site: Site, proxy: FaultProxy, content: bytes
) -> None:
    config = write_config(tmp_path, shop=location_through_proxy(site, "in", timeout=TIMEOUT), shop_path="changes.csv")
    data = tmp_path / "data"
    (tmp_path / "supplier" / "prices.csv").write_bytes(content)
    assert pendel(config, "run", "full").code == 0
    proxy.fail("freeze", "up", 300_000)
    with live_engine(config) as live:
        run = live.start("shop")
        live.wait_for_step("shop", "sending")
        assert proxy.struck.wait(TIMEOUT)

        row, seconds = live.stop(run)

        assert row.state is RunState.STOPPED
        assert seconds < SOON
    assert not (site.root / "in" / "changes.csv").exists()
    assert kept_state.cursor(data, "shop") is None
    assert pendel(config, "run", "shop").counts == {"written": ARTICLES}
    assert len((site.root / "in" / "changes.csv").read_bytes().splitlines()) == ARTICLES + 1


def test_a_source_that_is_replaced_during_its_import_stays(tmp_path: Path, content: bytes) -> None:
    config = write_config(tmp_path, import_settings="delete_after = true")
    source = tmp_path / "supplier" / "prices.csv"
    source.write_bytes(content)
    newer = csv_of(make_articles(10, seed=52))
    with live_engine(config) as live:
        run = live.start("delta")
        live.wait_for_step("delta", "applying")
        fresh = source.with_name("fresh")
        fresh.write_bytes(newer)
        fresh.replace(source)

        row = live.ended(run)

    assert (row.state, row.counts.new) == (RunState.WARNINGS, ARTICLES)
    assert "was replaced" in row.message
    assert source.read_bytes() == newer
    assert pendel(config, "run", "delta").counts["read"] == 10
    assert not source.exists()
