"""Care for attachments: what nothing refers to goes in time, what is kept is looked at, and backups have it."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from support.attachment_site import LAYOUTS, attachments_of, name_in_store, png, rows, stored, with_articles
from support.pendel_cli import pendel
from support.task_site import import_of

from core.store import attachment_backup
from core.store.backup import read_backup

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.task_site import TaskSite

    from core.stop import StopToken

    Make = Callable[..., TaskSite]

RETENTION, INTEGRITY, BACKUP = "system-retention", "system-integrity", "system-backup"
GRACE, UNDO = timedelta(days=15), timedelta(days=91)


@pytest.fixture
def made(site: Make) -> TaskSite:
    """A workspace whose attachment had the content 1, and has the content 2 since a second run; 9 came in vain."""
    made = with_articles(site(LAYOUTS, import_of("articles"), attachments_of(max_rejected=0.5)), "A1")
    made.put("uploads/pictures.csv", rows("A1,a.png", "A1,b.png", "A1,c.png"))
    made.put("uploads/a.png", png(9), minutes_old=9)
    assert made.run("pictures").code == 1, "two of three are missing"
    made.put("uploads/pictures.csv", rows("A1,a.png"))
    for number in (1, 2):
        made.put("uploads/a.png", png(number), minutes_old=10 - number)
        assert made.run("pictures").code == 0
    age(made)
    return made


def age(made: TaskSite) -> None:
    """Let all content look as if no run had asked for it for a year."""
    long_ago = (datetime.now(UTC) - timedelta(days=365)).timestamp()
    for path in (made.data / "attachments").rglob("*"):
        if path.is_file():
            os.utime(path, (long_ago, long_ago))


def kept(made: TaskSite) -> set[int]:
    names = stored(made.data)
    return {number for number in range(10) if name_in_store(png(number)) in names}


def test_what_nothing_refers_to_goes_after_its_time(
    made: TaskSite, later: Callable[[timedelta], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert kept(made) == {1, 2, 9}

    first = made.run(RETENTION)
    assert kept(made) == {1, 2, 9}, "it is seen for the first time"
    assert "attachment" not in first.told["message"]
    later(GRACE)
    size = len(png(9))
    dry = made.run(RETENTION, "--dry-run").told["message"]
    assert f"Nothing refers to 1 attachment: would delete 1 ({size} B)" in dry
    assert kept(made) == {1, 2, 9}

    second = made.run(RETENTION)

    assert f"Deleted 1 attachment that nothing refers to ({size} B)." in second.told["message"]
    assert kept(made) == {1, 2}, "1 is kept for undo"


def test_what_a_revert_could_bring_back_stays_as_long_as_it_could(
    made: TaskSite, later: Callable[[timedelta], None]
) -> None:
    # The last run of a task is never forgotten.
    assert made.run("pictures").code == 0
    age(made)
    made.run(RETENTION)
    later(UNDO - timedelta(days=2))
    made.run(RETENTION)
    assert 1 in kept(made)

    later(UNDO)
    made.run(RETENTION)
    assert 1 in kept(made), "since then it waits"
    later(UNDO + GRACE)
    made.run(RETENTION)

    assert kept(made) == {2}


def test_what_is_referred_to_again_is_no_orphan(made: TaskSite, later: Callable[[timedelta], None]) -> None:
    made.run(RETENTION)
    made.put("uploads/a.png", png(9), minutes_old=1)
    assert made.run("pictures").code == 0
    age(made)
    later(GRACE)
    made.run(RETENTION)
    assert 9 in kept(made)

    made.put("uploads/a.png", png(2), minutes_old=0)
    assert made.run("pictures").code == 0
    later(UNDO)
    made.run(RETENTION)

    assert 9 in kept(made), "its time begins anew"


def test_what_a_run_asked_for_lately_stays(made: TaskSite, later: Callable[[timedelta], None]) -> None:
    made.run(RETENTION)
    (made.data / "attachments" / name_in_store(png(9))).touch()
    os.utime(made.data / "attachments" / name_in_store(png(9)), (2**33, 2**33))
    later(GRACE)

    made.run(RETENTION)

    assert 9 in kept(made)


def test_damaged_and_missing_content_is_found(made: TaskSite) -> None:
    answer = made.run(INTEGRITY)
    assert answer.code == 0, answer.told
    assert "and 2 attachments." in answer.told["message"]

    (made.data / "attachments" / name_in_store(png(2))).write_bytes(bytes(len(png(2))))
    damaged = made.run(INTEGRITY)
    (made.data / "attachments" / name_in_store(png(2))).unlink()
    missing = made.run(INTEGRITY)

    assert (damaged.code, missing.code) == (1, 1)
    assert "is damaged in" in damaged.told["message"]
    assert "is not in" in missing.told["message"]


def backups(made: TaskSite) -> list[Path]:
    return sorted((made.data / "backups").glob("pendel-*.zip"))


def beside(directory: Path) -> dict[str, bytes]:
    base = directory / "attachments"
    return {str(path.relative_to(base)): path.read_bytes() for path in sorted(base.rglob("*")) if path.is_file()}


def test_a_backup_has_the_attachments_beside_it_and_brings_them_back(made: TaskSite, tmp_path: Path) -> None:
    answer = made.run(BACKUP)

    assert answer.code == 0, answer.told
    assert "It has 3 attachments" in answer.told["message"]
    assert beside(made.data / "backups") == stored(made.data)
    for name in stored(made.data):
        assert (made.data / "attachments" / name).samefile(made.data / "backups" / "attachments" / name)
    (backup,) = backups(made)
    shutil.rmtree(made.data / "attachments")

    restored = tmp_path / "restored"
    answer = pendel(made.config, "restore", str(backup), "--to", str(restored))

    assert answer.code == 0
    assert answer.told["attachments"] == 3
    assert stored(restored / "data") == beside(made.data / "backups")
    shutil.copytree(made.home / "uploads", restored / "uploads")
    again = pendel(restored / "config.toml", "run", "pictures")
    assert "1 unchanged" in again.told["message"]


@pytest.mark.parametrize("damage", ["missing", "damaged"])
def test_a_restore_says_which_attachments_it_lacks(made: TaskSite, tmp_path: Path, damage: str) -> None:
    assert made.run(BACKUP).code == 0
    away = tmp_path / "away"
    shutil.copytree(made.data / "backups", away)
    place = away / "attachments" / name_in_store(png(2))
    place.unlink()
    if damage == "damaged":
        place.write_bytes(bytes(len(png(2))))

    answer = pendel(made.config, "restore", str(next(away.glob("*.zip"))), "--to", str(tmp_path / "restored"))

    assert answer.code == 3
    assert (answer.told["attachments"], answer.told["missing_attachments"]) == (2, 1)
    assert name_in_store(png(2)) not in stored(tmp_path / "restored" / "data")


def test_attachments_go_with_the_last_backup_that_has_them(made: TaskSite, later: Callable[[timedelta], None]) -> None:
    made.config.write_text(made.config.read_text() + "\n[retention]\nbackups = 1\n")
    made.put("data/backups/mine.zip", "not one of Pendel's")
    assert made.run(BACKUP).code == 0
    made.run(RETENTION)
    later(GRACE)
    made.run(RETENTION)
    assert kept(made) == {1, 2}
    assert name_in_store(png(9)) in beside(made.data / "backups")

    answer = made.run(BACKUP)

    assert "Deleted 1 old backup, and" in answer.told["message"]
    assert beside(made.data / "backups") == stored(made.data)


def test_where_no_link_can_be_made_content_is_copied_once(made: TaskSite, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    copied: list[Path] = []
    copy = attachment_backup._copy

    def counting(source: Path, target: Path, stop: StopToken) -> str:
        copied.append(source)
        return copy(source, target, stop)

    monkeypatch.setattr(attachment_backup, "_copy", counting)
    monkeypatch.setattr("os.link", refuse)

    assert made.run(BACKUP).code == 0
    assert made.run(BACKUP).code == 0

    assert len(copied) == 3
    assert beside(made.data / "backups") == stored(made.data)


def test_mended_content_is_mended_in_the_next_backup(made: TaskSite) -> None:
    place = made.data / "attachments" / name_in_store(png(2))
    assert made.run(BACKUP).code == 0
    place.write_bytes(bytes(len(png(2))))
    assert beside(made.data / "backups")[name_in_store(png(2))] != png(2), "another name of the same file"
    made.put("uploads/a.png", png(2), minutes_old=1)
    assert made.run("pictures").code == 0
    assert place.read_bytes() == png(2)

    assert made.run(BACKUP).code == 0

    assert beside(made.data / "backups")[name_in_store(png(2))] == png(2)


def test_a_backup_by_hand_has_them_beside_it_too(made: TaskSite, tmp_path: Path) -> None:
    target = tmp_path / "usb" / "mine.zip"
    target.parent.mkdir()

    answer = pendel(made.config, "backup", str(target))

    assert answer.code == 0
    assert answer.told["attachments"] == 3
    assert beside(target.parent) == stored(made.data)
    assert read_backup(target).attachments == 3
