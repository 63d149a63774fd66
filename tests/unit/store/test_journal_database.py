from __future__ import annotations

import resource
import sqlite3
import threading
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from support.waiting import PATIENCE

from core.errors import StoreError
from core.store.journal import Journal
from core.store.journal.database import Database, maybe_moment, to_moment, to_text
from core.store.journal.schema import MIGRATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    database = Database(path)
    database.execute("CREATE TABLE note (text TEXT UNIQUE)")
    yield database
    database.close()


def notes(database: Database) -> list[str]:
    return [row["text"] for row in database.rows("SELECT text FROM note ORDER BY text")]


def write(database: Database, text: str) -> None:
    database.execute("INSERT INTO note (text) VALUES (?)", (text,))


def test_a_new_file_is_brought_to_the_present_version_and_made_to_last(path: Path) -> None:
    Database(path).close()
    with sqlite3.connect(path) as raw:
        assert raw.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
        assert raw.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    raw.close()
    database = Database(path)
    row = database.row("PRAGMA synchronous")
    database.close()
    assert row is not None
    assert row[0] == 2, "FULL: a transaction is on the disk when it returns"


def test_every_migration_leads_from_the_version_before_it(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Journal(path).close()
    more = (*MIGRATIONS, "CREATE TABLE later (a TEXT);\nINSERT INTO later VALUES ('x; y');")
    monkeypatch.setattr("core.store.journal.database.MIGRATIONS", more)
    with pytest.raises(StoreError, match=r"earlier version of Pendel.*Start the engine once"):
        Database(path, read_only=True)
    database = Database(path)
    rows = database.rows("SELECT a FROM later")
    database.close()
    assert [row["a"] for row in rows] == ["x; y"]


def test_a_migration_that_fails_leaves_the_version_before_it(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Journal(path).close()
    broken = (*MIGRATIONS, "CREATE TABLE later (a TEXT);\nINSERT INTO missing VALUES (1);")
    monkeypatch.setattr("core.store.journal.database.MIGRATIONS", broken)
    with pytest.raises(StoreError, match="missing"):
        Database(path)
    monkeypatch.undo()
    database = Database(path)
    tables = database.rows("SELECT name FROM sqlite_master WHERE name = 'later'")
    database.close()
    assert tables == []


@pytest.mark.parametrize("read_only", [True, False])
def test_a_file_of_a_later_version_is_refused_and_not_touched(path: Path, read_only: bool) -> None:
    Journal(path).close()
    with sqlite3.connect(path) as raw:
        raw.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    raw.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match=r"later Pendel \(version \d+ of its schema\).*Start that version"):
        Database(path, read_only=read_only)
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"this is no database, but a text that somebody put here\n" * 100, b"x" * 5000])
def test_a_damaged_file_is_named_with_what_to_do(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"journal\.sqlite is damaged.*Restore it from a backup") as caught:
        Database(path)
    assert str(path) in caught.value.message


def test_a_file_damaged_in_its_middle_is_noticed_when_it_is_read(path: Path) -> None:
    database = Database(path)
    database.execute("CREATE TABLE note (text TEXT)")
    database.execute_many("INSERT INTO note VALUES (?)", [("x" * 500,) for _ in range(2000)])
    database.close()
    content = bytearray(path.read_bytes())
    content[200_000:600_000] = b"\xff" * 400_000
    path.write_bytes(content)
    damaged = Database(path)
    with pytest.raises(StoreError, match="is damaged"):
        damaged.rows("SELECT text FROM note")
    damaged.close()


def test_a_directory_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"cannot be opened.*Check that the file is there"):
        Database(tmp_path / "missing" / "journal.sqlite")


def test_nothing_is_made_by_reading(path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be opened"):
        Database(path, read_only=True)
    assert not path.exists()


def test_a_reader_cannot_write(database: Database, path: Path) -> None:
    reader = Database(path, read_only=True)
    with pytest.raises(StoreError, match="readonly"):
        write(reader, "x")
    reader.close()
    assert notes(database) == []


def test_the_name_of_a_file_may_hold_what_means_something_in_an_address(tmp_path: Path) -> None:
    odd = tmp_path / "a ?b#c%20"
    odd.mkdir()
    Database(odd / "journal.sqlite").close()
    assert [file.name for file in odd.iterdir()] == ["journal.sqlite"]


def test_what_was_committed_is_there_when_the_file_is_opened_again(database: Database, path: Path) -> None:
    write(database, "kept")
    # Not closed: as after a crash of the process.
    again = Database(path)
    assert notes(again) == ["kept"]
    again.close()


def test_a_transaction_is_all_or_nothing(database: Database) -> None:
    def half() -> None:
        with database.transaction():
            write(database, "a")
            raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError, match="in the middle"):
        half()
    assert notes(database) == []
    write(database, "b")
    assert notes(database) == ["b"]


def test_an_inner_transaction_is_part_of_the_outer_one(database: Database, path: Path) -> None:
    other = Database(path, read_only=True)
    with database.transaction():
        with database.transaction():
            write(database, "inner")
        assert notes(other) == [], "not committed before the outer one"
    assert notes(other) == ["inner"]

    def failing() -> None:
        with database.transaction():
            with database.transaction():
                write(database, "gone")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        failing()
    assert notes(other) == ["inner"]
    other.close()


def test_an_error_inside_two_transactions_takes_back_both(database: Database) -> None:
    write(database, "taken")

    def twice() -> None:
        with database.transaction():
            write(database, "new")
            write(database, "taken")

    with pytest.raises(StoreError, match="UNIQUE"):
        twice()
    assert notes(database) == ["taken"]


def test_a_commit_that_fails_leaves_no_transaction_open(database: Database) -> None:
    # A deferred foreign key is the one thing that fails at the commit, and nowhere before.
    database.execute("CREATE TABLE child (note TEXT REFERENCES note (text) DEFERRABLE INITIALLY DEFERRED)")
    with pytest.raises(StoreError, match="FOREIGN KEY"):
        database.execute("INSERT INTO child VALUES ('missing')")
    write(database, "goes on")
    assert notes(database) == ["goes on"]
    assert database.rows("SELECT * FROM child") == []


def test_a_full_disk_is_said_so_and_what_comes_after_it_goes_on(database: Database, path: Path) -> None:
    # SQLite answers a page limit as it does a full disk: "database or disk is full".
    row = database.row("PRAGMA page_count")
    assert row is not None
    database.execute(f"PRAGMA max_page_count = {row[0] + 1}")
    with pytest.raises(StoreError, match=r"the disk is full.*Free some space"):
        database.execute_many("INSERT INTO note VALUES (?)", [(f"{n:01000}",) for n in range(200)])
    assert notes(database) == []
    database.execute("PRAGMA max_page_count = 100000")
    write(database, "again")
    assert notes(database) == ["again"]


def test_a_file_that_may_not_grow_is_an_error_of_ours(database: Database) -> None:
    import signal

    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        with pytest.raises(StoreError):
            database.execute_many("INSERT INTO note VALUES (?)", [(f"{n:01000}",) for n in range(2000)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, ignored)
    write(database, "later")
    assert notes(database) == ["later"]


def test_a_second_process_that_holds_the_file_is_waited_for_and_then_named(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.store.journal.database.BUSY_TIMEOUT", 0.01)
    Database(path).close()
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    database = Database(path)
    with pytest.raises(StoreError, match=r"held by another process.*try again"):
        database.execute("DELETE FROM log")
    holder.execute("ROLLBACK")
    database.execute("DELETE FROM log")
    database.close()
    holder.close()


def test_a_reader_sees_the_last_state_while_a_writer_writes(database: Database, path: Path) -> None:
    write(database, "first")
    reader = Database(path, read_only=True)
    with database.transaction():
        write(database, "second")
        assert notes(reader) == ["first"]
    assert notes(reader) == ["first", "second"]
    reader.close()


def test_threads_take_turns(database: Database) -> None:
    start = threading.Barrier(8)

    def work(number: int) -> None:
        start.wait(PATIENCE)
        for step in range(25):
            with database.transaction():
                write(database, f"{number}-{step}-a")
                write(database, f"{number}-{step}-b")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert len(notes(database)) == 8 * 25 * 2


def test_vacuum_gives_space_back(database: Database, path: Path) -> None:
    database.execute_many("INSERT INTO note VALUES (?)", [(f"{n:0500}",) for n in range(2000)])
    database.execute("DELETE FROM note")
    database.rows("PRAGMA wal_checkpoint(TRUNCATE)")
    before = path.stat().st_size
    database.vacuum()
    database.rows("PRAGMA wal_checkpoint(TRUNCATE)")
    assert path.stat().st_size < before / 2


def test_a_closed_journal_answers_with_an_error_of_ours(path: Path) -> None:
    journal = Journal(path)
    journal.close()
    journal.close()
    with pytest.raises(StoreError):
        journal.runs.get(1)


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 11, 20, 7, 30, tzinfo=UTC),
        datetime(2026, 11, 20, 7, 30, 1, 5, tzinfo=timezone(timedelta(hours=-9, minutes=-30))),
        datetime(800, 1, 1, tzinfo=UTC),
        datetime(9998, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    ],
)
def test_moments_survive_as_text(moment: datetime) -> None:
    assert to_moment(to_text(moment)) == moment
    assert maybe_moment(to_text(moment)) == moment
    assert to_moment(to_text(moment)).tzinfo is not None


def test_text_of_moments_sorts_as_time_does() -> None:
    start = datetime(999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
    moments = [start + timedelta(days=days, microseconds=more) for days in (0, 1, 400_000) for more in (0, 1, 999)]
    assert [to_text(moment) for moment in moments] == sorted(to_text(moment) for moment in moments)
    assert maybe_moment(None) is None
