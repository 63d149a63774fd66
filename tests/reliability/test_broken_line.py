"""A server that dies, resets or freezes in the middle of a file: nothing is half done, and what can be retried is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support import kept_state
from support.fault_proxy import FaultProxy, Kind
from support.pendel_cli import pendel
from support.remote_supplier import location_through_proxy
from support.supplier_site import Article, csv_of, make_articles, write_config
from support.transfer_sites import PROXY_HOST, Site, site_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ARTICLES = 10_000
TIMEOUT = 2


@pytest.fixture(params=["sftp", "ftps"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    with site_of(request.param, tmp_path) as made:
        yield made


@pytest.fixture
def proxy(site: Site) -> Iterator[FaultProxy]:
    with FaultProxy(site.ports, listen_host=PROXY_HOST) as running:
        yield running


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.tasks.connection.FIRST_PAUSE", 0.01)


@pytest.fixture(params=["cut", "reset", "freeze"])
def fault(request: pytest.FixtureRequest) -> Kind:
    kind: Kind = request.param
    return kind


def test_an_import_goes_on_when_the_line_breaks(tmp_path: Path, site: Site, proxy: FaultProxy, fault: Kind) -> None:
    supplier = location_through_proxy(site, "out", timeout=TIMEOUT)
    config = write_config(tmp_path, supplier=supplier, import_settings="delete_after = true")
    content = csv_of(make_articles(ARTICLES, seed=41))
    source = site.root / "out" / "prices.csv"
    source.write_bytes(content)
    proxy.fail(fault, "down", len(content) // 2)

    answer = pendel(config, "run", "full")

    assert proxy.struck.is_set()
    assert answer.code == 0, answer.notes
    assert "Trying again" in answer.notes
    assert answer.counts == {"read": ARTICLES, "new": ARTICLES}
    assert not source.exists()


def test_a_failed_import_changes_nothing_and_leaves_its_source(
    tmp_path: Path, site: Site, proxy: FaultProxy, fault: Kind
) -> None:
    supplier = location_through_proxy(site, "out", timeout=TIMEOUT)
    config = write_config(tmp_path, supplier=supplier, import_settings="delete_after = true", attempts=1)
    content = csv_of(make_articles(ARTICLES, seed=42))
    source = site.root / "out" / "prices.csv"
    source.write_bytes(content)
    proxy.fail(fault, "down", len(content) // 2)

    answer = pendel(config, "run", "full")

    assert proxy.struck.is_set()
    assert (answer.code, answer.told["outcome"]) == (1, "failed")
    assert answer.counts == {}
    assert source.read_bytes() == content
    assert kept_state.records(tmp_path / "data") == []

    assert pendel(config, "run", "full").counts == {"read": ARTICLES, "new": ARTICLES}
    assert not source.exists()


@pytest.fixture
def shop(tmp_path: Path, site: Site, proxy: FaultProxy) -> Path:
    """A workspace whose shop has a file of all articles, and must hear of as many changes; its configuration."""
    target = location_through_proxy(site, "in", timeout=TIMEOUT)
    config = write_config(
        tmp_path, shop=target, shop_path="changes.csv", export_settings="overwrite = true", attempts=1
    )
    _bring(config, make_articles(ARTICLES, seed=43))
    assert pendel(config, "run", "shop").code == 0
    _bring(config, make_articles(ARTICLES, seed=44))
    return config


def _bring(config: Path, articles: dict[str, Article]) -> None:
    (config.parent / "supplier" / "prices.csv").write_bytes(csv_of(articles))
    answer = pendel(config, "run", "delta")
    assert answer.code == 0, answer.notes


def test_a_failed_export_leaves_the_old_file_and_the_cursor(
    shop: Path, site: Site, proxy: FaultProxy, fault: Kind
) -> None:
    data, target = shop.parent / "data", site.root / "in" / "changes.csv"
    old, cursor = target.read_bytes(), kept_state.cursor(data, "shop")
    proxy.fail(fault, "up", len(old) // 2)

    answer = pendel(shop, "run", "shop")

    assert proxy.struck.is_set()
    assert (answer.code, answer.told["outcome"]) == (1, "failed")
    assert target.read_bytes() == old
    assert [path.name for path in target.parent.iterdir() if not path.name.startswith(".")] == ["changes.csv"]
    assert kept_state.cursor(data, "shop") == cursor

    again = pendel(shop, "run", "shop")

    assert again.code == 0, again.notes
    assert again.counts == {"written": ARTICLES}
    assert target.read_bytes() != old
    assert target.stat().st_size == again.told["files"][0]["size"]
    assert kept_state.cursor(data, "shop") != cursor


def test_an_export_goes_on_when_the_line_breaks(shop: Path, site: Site, proxy: FaultProxy, fault: Kind) -> None:
    shop.write_text(shop.read_text().replace("attempts = 1", "attempts = 3"))
    target = site.root / "in" / "changes.csv"
    old = target.read_bytes()
    proxy.fail(fault, "up", len(old) // 2)

    answer = pendel(shop, "run", "shop")

    assert proxy.struck.is_set()
    assert answer.code == 0, answer.notes
    assert "Trying again" in answer.notes
    assert answer.counts == {"written": ARTICLES}
    assert target.read_bytes() != old
    assert len(target.read_bytes().splitlines()) == ARTICLES + 1
