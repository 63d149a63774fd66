"""What every location does alike, over a real server of each protocol."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from typing import TYPE_CHECKING

import pytest

from core.errors import AccessDenied, FileMissing, SourceChanged, StopRequested, TargetExists
from core.stop import StopToken

if TYPE_CHECKING:
    from pathlib import Path

    from support.transfer_sites import Site

    from core.transfer import Location

BIG = os.urandom(3_000_017)


def put(site: Site, name: str, content: bytes = b"content\n", *, age: int = 0) -> Path:
    path = site.root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    moment = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC).timestamp() - age
    os.utime(path, (moment, moment))
    return path


def names_in(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def test_list_is_oldest_first_then_by_name_and_files_only(site: Site, location: Location) -> None:
    put(site, "prices-b.csv", age=100)
    put(site, "prices-c.csv", b"12345", age=500)
    put(site, "prices-a.csv", age=100)
    put(site, "PRICES-D.CSV")
    put(site, ".prices-hidden.csv")
    (site.root / "prices-directory.csv").mkdir()
    found = location.list("prices-*.csv")
    assert [file.name for file in found] == ["prices-c.csv", "prices-a.csv", "prices-b.csv"]
    assert found[0].size == 5
    assert found[0].modified == dt.datetime(2026, 11, 20, 11, 51, 40, tzinfo=dt.UTC)


def test_list_without_a_wildcard_is_that_file_or_nothing(site: Site, location: Location) -> None:
    put(site, "in/prices [1].csv")
    assert [file.path for file in location.list("in/prices [1].csv")] == ["in/prices [1].csv"]
    assert location.list("in/other.csv") == []
    assert location.list("in") == []


def test_list_in_a_directory_that_is_not_there_says_so(location: Location) -> None:
    with pytest.raises(FileMissing, match="nowhere"):
        location.list("nowhere/*.csv")


def test_entries_name_files_and_directories_for_whoever_looks_around(site: Site, location: Location) -> None:
    put(site, "b.csv", b"12345")
    put(site, "sub/deeper.csv")
    put(site, "esc\x1b[2J.csv")
    found = [(entry.name, entry.kind) for entry in location.entries("")]
    assert found == [("b.csv", "file"), ("sub", "directory")]
    assert [entry.name for entry in location.entries("sub")] == ["deeper.csv"]
    with pytest.raises(FileMissing, match="nowhere"):
        location.entries("nowhere")


def test_names_outside_ascii_go_both_ways(site: Site, location: Location, tmp_path: Path, stop: StopToken) -> None:
    put(site, "Preisübersicht größer.csv", b"x")
    (file,) = location.list("Preis*.csv")
    assert file.name == "Preisübersicht größer.csv"
    location.fetch(file, tmp_path / "got", stop=stop)
    location.deliver(tmp_path / "got", "Übersicht.csv", overwrite=False, token="t", stop=stop)
    assert (site.root / "Übersicht.csv").read_bytes() == b"x"


def test_hostile_names_are_left_out_and_reported(site: Site, location: Location) -> None:
    put(site, "good.csv")
    for name in ("back\\slash.csv", "esc\x1b[2J.csv", "...", "del\x7f.csv"):
        put(site, name)
    if site.protocol in ("local", "sftp", "openssh"):
        # A listing of FTP cannot say it at all.
        put(site, "line\nDELE good.csv")
    assert [file.name for file in location.list("*")] == ["good.csv"]
    assert len(location.skipped) >= 2
    assert all("\x1b" not in sentence and "\n" not in sentence for sentence in location.skipped)


@pytest.mark.parametrize(
    "path", ["../outside.csv", "/etc/passwd", "a/../../b", "a\nDELE b", "..", "x\\..\\y", "a\x00b"]
)
def test_paths_that_lead_out_are_refused_before_anything_is_sent(
    location: Location, tmp_path: Path, stop: StopToken, path: str
) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"x")
    for attempt in (
        lambda: location.stat(path),
        lambda: location.list(path),
        lambda: location.delete(path),
        lambda: location.move("a", path),
        lambda: location.deliver(source, path, overwrite=True, token="t", stop=stop),
    ):
        with pytest.raises(AccessDenied):
            attempt()


def test_fetch_brings_the_bytes_their_hash_and_the_progress(
    site: Site, location: Location, tmp_path: Path, stop: StopToken
) -> None:
    put(site, "big.bin", BIG)
    (file,) = location.list("big.bin")
    seen: list[tuple[int, int]] = []
    result = location.fetch(file, tmp_path / "got", stop=stop, progress=lambda done, total: seen.append((done, total)))
    assert (tmp_path / "got").read_bytes() == BIG
    assert (result.size, result.sha256, result.resumed_from) == (len(BIG), hashlib.sha256(BIG).hexdigest(), 0)
    assert seen[-1] == (len(BIG), len(BIG))
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert names_in(tmp_path) == sorted({"got", "root", *names_in(tmp_path)} - {"got.part", "got.part.json"})


@pytest.mark.parametrize("size", [0, 1, 65_536])
def test_small_and_empty_files_travel_both_ways(
    site: Site, location: Location, tmp_path: Path, stop: StopToken, size: int
) -> None:
    source = tmp_path / "source"
    source.write_bytes(BIG[:size])
    sent = location.deliver(source, "small.bin", overwrite=False, token="t", stop=stop)
    (file,) = location.list("small.bin")
    got = location.fetch(file, tmp_path / "got", stop=stop)
    assert (tmp_path / "got").read_bytes() == BIG[:size]
    assert sent.sha256 == got.sha256 == hashlib.sha256(BIG[:size]).hexdigest()


def test_fetch_of_another_file_than_was_listed_is_refused(
    site: Site, location: Location, tmp_path: Path, stop: StopToken
) -> None:
    put(site, "prices.csv", b"first")
    (file,) = location.list("prices.csv")
    put(site, "prices.csv", b"second one")
    with pytest.raises(SourceChanged):
        location.fetch(file, tmp_path / "got", stop=stop)
    (site.root / "prices.csv").unlink()
    with pytest.raises(FileMissing):
        location.fetch(file, tmp_path / "got", stop=stop)
    assert not (tmp_path / "got").exists()


def test_fetch_notices_a_source_that_grows_while_it_is_read(
    site: Site, location: Location, tmp_path: Path, stop: StopToken
) -> None:
    path = put(site, "growing.bin", BIG)
    (file,) = location.list("growing.bin")

    def grow(done: int, total: int) -> None:
        with path.open("ab") as writer:
            writer.write(b"more")

    with pytest.raises(SourceChanged):
        location.fetch(file, tmp_path / "got", stop=stop, progress=grow)
    assert not (tmp_path / "got").exists()
    assert not (tmp_path / "got.part").exists()


def test_deliver_replaces_the_target_in_one_piece(
    site: Site, location: Location, tmp_path: Path, stop: StopToken
) -> None:
    target = put(site, "out/articles.csv", b"old")
    source = tmp_path / "source"
    source.write_bytes(BIG)
    during: list[tuple[list[str], bytes]] = []

    def look(done: int, total: int) -> None:
        during.append((names_in(site.root / "out"), target.read_bytes()))

    result = location.deliver(source, "out/articles.csv", overwrite=True, token="r7-f1", stop=stop, progress=look)
    assert target.read_bytes() == BIG
    assert (result.path, result.size, result.sha256) == (
        "out/articles.csv",
        len(BIG),
        hashlib.sha256(BIG).hexdigest(),
    )
    assert names_in(site.root / "out") == ["articles.csv"]
    assert all(content == b"old" for _, content in during)
    assert during[-1][0] == [".articles.csv.r7-f1.part", "articles.csv"]


def test_deliver_does_not_overwrite_unless_told(
    site: Site, location: Location, tmp_path: Path, stop: StopToken
) -> None:
    target = put(site, "articles.csv", b"old")
    source = tmp_path / "source"
    source.write_bytes(b"new")
    sent: list[int] = []
    with pytest.raises(TargetExists):
        location.deliver(
            source, "articles.csv", overwrite=False, token="t", stop=stop, progress=lambda done, _: sent.append(done)
        )
    assert sent == []
    assert target.read_bytes() == b"old"
    assert names_in(site.root) == ["articles.csv"]


def test_deliver_does_not_overwrite_a_target_that_appears_meanwhile(
    site: Site, location: Location, tmp_path: Path, stop: StopToken
) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"new")

    def appear(done: int, total: int) -> None:
        put(site, "articles.csv", b"theirs")

    with pytest.raises(TargetExists):
        location.deliver(
            source,
            "articles.csv",
            overwrite=False,
            token="t",
            stop=stop,
            progress=appear,
        )
    assert (site.root / "articles.csv").read_bytes() == b"theirs"
    assert names_in(site.root) == ["articles.csv"]


def test_deliver_into_a_directory_that_is_not_there_fails(location: Location, tmp_path: Path, stop: StopToken) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"new")
    with pytest.raises(FileMissing):
        location.deliver(source, "nowhere/articles.csv", overwrite=True, token="t", stop=stop)


def test_a_stop_ends_a_delivery_and_leaves_the_target(
    site: Site, location: Location, tmp_path: Path, stop: StopToken
) -> None:
    put(site, "articles.csv", b"old")
    source = tmp_path / "source"
    source.write_bytes(BIG)
    with pytest.raises(StopRequested, match="enough"):
        location.deliver(
            source, "articles.csv", overwrite=True, token="t", stop=stop, progress=lambda *_: stop.request("enough")
        )
    assert (site.root / "articles.csv").read_bytes() == b"old"
    assert names_in(site.root) == ["articles.csv"]
    assert location.stat("articles.csv") is not None


def test_a_stopped_fetch_is_carried_on_with(site: Site, location: Location, tmp_path: Path, stop: StopToken) -> None:
    put(site, "big.bin", BIG)
    (file,) = location.list("big.bin")

    def halfway(done: int, total: int) -> None:
        if done > total // 2:
            stop.request()

    with pytest.raises(StopRequested):
        location.fetch(file, tmp_path / "got", stop=stop, progress=halfway)
    assert not (tmp_path / "got").exists()
    result = location.fetch(file, tmp_path / "got", stop=StopToken())
    assert result.resumed_from > len(BIG) // 3
    assert result.sha256 == hashlib.sha256(BIG).hexdigest()
    assert (tmp_path / "got").read_bytes() == BIG


def test_what_a_broken_delivery_left_can_be_withdrawn(site: Site, location: Location) -> None:
    put(site, "articles.csv", b"old")
    put(site, ".articles.csv.7-1.part", b"half")
    put(site, ".articles.csv.8-1.part", b"of another run")
    assert location.stat("articles.csv")
    location.withdraw("articles.csv", token="7-1")
    location.withdraw("articles.csv", token="7-1")
    assert names_in(site.root) == [".articles.csv.8-1.part", "articles.csv"]


def test_a_file_that_is_laid_out_arrives_whether_it_is_copied_or_not(
    site: Site, location: Location, tmp_path: Path, stop: StopToken
) -> None:
    source = tmp_path / "source"
    with location.laid_out(source, "big.bin", token="7-1") as in_place:
        assert in_place == (site.protocol == "local")
        source.write_bytes(BIG)
        result = location.deliver(source, "big.bin", overwrite=False, token="7-1", stop=stop)
    assert (site.root / "big.bin").read_bytes() == BIG
    assert (result.size, result.sha256) == (len(BIG), hashlib.sha256(BIG).hexdigest())
    assert names_in(site.root) == ["big.bin"]


@pytest.mark.parametrize("how", ["time", "tail"])
def test_a_partial_of_another_source_is_not_carried_on_with(
    site: Site, location: Location, tmp_path: Path, stop: StopToken, how: str
) -> None:
    path = put(site, "big.bin", BIG)
    (file,) = location.list("big.bin")

    def early(done: int, total: int) -> None:
        if done > 500_000:
            stop.request()

    with pytest.raises(StopRequested):
        location.fetch(file, tmp_path / "got", stop=stop, progress=early)
    if how == "time":
        put(site, "big.bin", BIG[::-1], age=-60)
        expected = BIG[::-1]
        (file,) = location.list("big.bin")
    else:
        # The same size and time, and yet other bytes where the partial file ends.
        moment = path.stat().st_mtime
        path.write_bytes(BIG[::-1])
        os.utime(path, (moment, moment))
        expected = BIG[::-1]
    result = location.fetch(file, tmp_path / "got", stop=StopToken())
    assert result.resumed_from == 0
    assert (tmp_path / "got").read_bytes() == expected


def test_delete_and_move(site: Site, location: Location) -> None:
    put(site, "in/prices.csv", b"one")
    assert location.move("in/prices.csv", "in/done/2026/prices.csv") == "in/done/2026/prices.csv"
    put(site, "in/prices.csv", b"two")
    assert location.move("in/prices.csv", "in/done/2026/prices.csv") == "in/done/2026/prices-1.csv"
    put(site, "in/prices.csv", b"three")
    assert location.move("in/prices.csv", "in/done/2026/prices.csv") == "in/done/2026/prices-2.csv"
    done = site.root / "in/done/2026"
    assert [(done / name).read_bytes() for name in names_in(done)] == [b"two", b"three", b"one"]
    with pytest.raises(FileMissing):
        location.move("in/prices.csv", "in/done/prices.csv")
    location.delete("in/done/2026/prices.csv")
    assert names_in(done) == ["prices-1.csv", "prices-2.csv"]
    with pytest.raises(FileMissing):
        location.delete("in/done/2026/prices.csv")


def test_a_location_is_usable_again_after_it_was_closed(site: Site, location: Location) -> None:
    put(site, "a.csv")
    assert location.stat("a.csv")
    location.close()
    assert location.stat("a.csv")


def test_links_are_followed_inside_the_directory_only(site: Site, location: Location, tmp_path: Path) -> None:
    outside = tmp_path / "outside.csv"
    outside.write_bytes(b"secret")
    put(site, "real.csv", b"12345")
    (site.root / "inside.csv").symlink_to("real.csv")
    (site.root / "leads-out.csv").symlink_to(outside)
    (site.root / "leads-nowhere.csv").symlink_to("gone.csv")
    listed = {file.name: file.size for file in location.list("*.csv")}
    assert listed.get("inside.csv") == 5
    if site.protocol in ("local", "sftp"):
        # What other servers let their users see is theirs to decide.
        assert "leads-out.csv" not in listed
