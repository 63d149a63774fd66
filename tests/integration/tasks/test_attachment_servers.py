"""Attachments from and to real servers; a stop and a fault on the way."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from support.attachment_site import (
    LAYOUTS,
    attachments_of,
    name_in_store,
    pdf,
    png,
    reasons,
    rows,
    stored,
    with_articles,
)
from support.fault_proxy import FaultProxy
from support.live_engine import live_engine
from support.remote_supplier import location_through_proxy
from support.small_disk import small_disk
from support.task_site import export_of, import_of
from support.transfer_sites import PROXY_HOST, Site, site_of
from support.web_site import web_site

from core.runs import RunState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from support.task_site import TaskSite

    Make = Callable[..., TaskSite]

SOURCE = {"location": "far", "path": "media/pictures.csv"}


@pytest.fixture(params=["sftp", "ftps"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site_of(request.param, tmp_path_factory.mktemp("server")) as made:
        yield made


@pytest.fixture
def line(server: Site) -> Iterator[FaultProxy]:
    with FaultProxy(server.ports, listen_host=PROXY_HOST) as running:
        yield running


def shop(site: Make, server: Site, *tasks: str, timeout: int = 20) -> TaskSite:
    far = f"[locations.far]\n{location_through_proxy(server, 'shop', timeout=timeout)}\n"
    return with_articles(site(LAYOUTS, far, import_of("articles"), *tasks), "A1", "A2")


def put(server: Site, path: str, content: bytes | str) -> None:
    file = server.root / "shop" / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content.encode() if isinstance(content, str) else content)


@pytest.mark.usefixtures("line")
def test_files_come_from_a_server_and_go_to_it(site: Make, server: Site) -> None:
    target = {"location": "far", "path": "out/articles.csv"}
    sent = export_of("shop", target=target, overwrite=True, attachments={"form": "files", "directory": "new/images"})
    made = shop(site, server, attachments_of(source=SOURCE), sent)
    (server.root / "shop" / "out").mkdir()
    names = [f"{number}.png" for number in range(12)]
    for number, name in enumerate(names):
        put(server, f"media/images/{name}", png(number, padding=30_000))
    put(server, "media/a2.pdf", pdf())
    put(server, "media/pictures.csv", rows(*(f"A1,images/{name}" for name in names), "A2,a2.pdf", "A2,none.pdf"))

    first, second = made.run("pictures"), made.run("pictures")

    assert (first.told["counts"]["new"], first.told["counts"]["rejected"]) == (13, 1)
    assert "There is no file media/none.pdf at far." in reasons(made.data, first.told["run"])[0]
    assert "Fetched 0 files (0 B); 13 unchanged." in second.told["message"]
    assert len(stored(made.data)) == 13
    answer = made.run("shop")
    assert answer.code == 0, answer.told
    images = server.root / "shop" / "out" / "new" / "images"
    assert sorted(path.name for path in images.iterdir())[:2] == ["A1-0-10.png", "A1-0-11.png"]
    assert (images / "A1-0.png").read_bytes() == png(0, padding=30_000)
    assert len(list(images.iterdir())) == 14
    assert made.run("shop").code == 0


def test_a_stop_ends_a_transfer_and_the_next_run_goes_on(site: Make, server: Site, line: FaultProxy) -> None:
    made = shop(site, server, attachments_of(source=SOURCE, attachments={"parallel": 1}), timeout=60)
    put(server, "media/small.png", png(1))
    put(server, "media/large.png", png(2, padding=3_000_000))
    put(server, "media/pictures.csv", rows("A1,small.png", "A1,large.png"))
    line.fail("freeze", "down", 1_500_000)
    with live_engine(made.config) as live:
        run = live.start("pictures")
        live.wait_for_step("pictures", "fetching attachments")
        assert line.struck.wait(60)

        row, seconds = live.stop(run)

        assert row.state is RunState.STOPPED
        assert seconds < 10
    assert list(stored(made.data)) == [name_in_store(png(1))]

    again = made.run("pictures")

    assert again.code == 0, again.told
    assert "Fetched 1 file" in again.told["message"]
    assert len(made.kept("file", "attachment")) == 2


def test_a_location_that_is_gone_fails_the_run_and_keeps_what_came(site: Make, server: Site, line: FaultProxy) -> None:
    made = shop(site, server, attachments_of(source=SOURCE, attachments={"parallel": 1}))
    put(server, "media/small.png", png(1))
    put(server, "media/large.png", png(2, padding=3_000_000))
    put(server, "media/pictures.csv", rows("A1,small.png", "A1,large.png"))
    line.fail("cut", "down", 1_500_000)

    answer = made.run("pictures")

    assert answer.code == 1, answer.told
    assert made.kept("file", "attachment") == []
    assert list(stored(made.data)) == [name_in_store(png(1))]
    assert made.run("pictures").told["counts"]["new"] == 2


def test_a_stop_ends_a_download_from_a_silent_web_server(site: Make) -> None:
    with web_site() as web:
        settings = {"private_hosts": ["127.0.0.1"], "timeout": 60, "parallel": 2}
        made = with_articles(site(LAYOUTS, import_of("articles"), attachments_of(attachments=settings)), "A1")
        web.files["/a.png"] = png(1)
        web.faults["/b.png"] = "silent"
        made.put("uploads/pictures.csv", rows(f"A1,{web.url('/a.png')}", f"A1,{web.url('/b.png')}"))
        with live_engine(made.config) as live:
            run = live.start("pictures")
            live.wait_for_step("pictures", "fetching attachments")
            assert web.going.wait(60)

            row, seconds = live.stop(run)

            assert row.state is RunState.STOPPED
            assert seconds < 10
        web.faults.clear()
        web.files["/b.png"] = png(2)

        assert made.run("pictures").told["counts"]["new"] == 2
        assert web.asked["304 /a.png"] == 1


def test_a_full_disk_fails_the_run_and_leaves_whole_files(site: Make, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", megabytes=48) as disk:
        settings = {"parallel": 1}
        made = with_articles(site(LAYOUTS, import_of("articles"), attachments_of(attachments=settings)), "A1")
        shutil.move(made.data, disk.path / "data")
        made.data.symlink_to(disk.path / "data")
        made.config.write_text(made.config.read_text().replace("attempts = 1", "attempts = 1\nmin_free = 0"))
        for number in range(12):
            made.put(f"uploads/{number}.png", png(number, padding=1_000_000))
        made.put("uploads/pictures.csv", rows(*(f"A1,{number}.png" for number in range(12))))
        disk.fill(leave=6_000_000)

        answer = made.run("pictures")

        assert answer.code == 1, answer.told
        kept = stored(made.data)
        assert 0 < len(kept) < 12
        assert all(name == name_in_store(content) for name, content in kept.items())
        disk.make_room()
        # The end of the first could not even be written: it goes on, and another one comes after it.
        again = made.run("pictures")
        assert again.code == 0, again.told
        assert len(made.kept("file", "attachment")) == 12
        assert len(stored(made.data)) == 12
