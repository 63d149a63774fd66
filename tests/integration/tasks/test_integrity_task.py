"""The weekly look at both stores: damage is found and named, and nothing is changed (T5)."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import duckdb
import pytest
from support.pendel_cli import pendel
from support.supplier_site import csv_of, make_articles, write_config

if TYPE_CHECKING:
    from pathlib import Path

INTEGRITY = "system-integrity"
ARTICLES = 3000


@pytest.fixture
def config(tmp_path: Path) -> Path:
    config = write_config(tmp_path)
    (tmp_path / "supplier" / "prices.csv").write_bytes(csv_of(make_articles(ARTICLES, seed=5)))
    assert pendel(config, "run", "full").code == 0
    return config


@pytest.fixture
def data(config: Path) -> Path:
    return config.parent / "data"


def failure(config: Path) -> str:
    answer = pendel(config, "run", INTEGRITY)
    assert answer.code == 1, answer.notes
    return str(answer.told["message"])


def test_whole_stores_are_found_whole(config: Path) -> None:
    answer = pendel(config, "run", INTEGRITY)
    assert answer.code == 0, answer.notes
    assert answer.told["message"] == "Journal and catalogue are whole: 3,000 records read."


def test_keys_that_are_missing_or_stand_twice_are_found(config: Path, data: Path) -> None:
    with duckdb.connect(str(data / "catalogue.duckdb")) as catalogue:
        catalogue.execute("INSERT INTO entity.article FROM entity.article WHERE number = '00000007'")
        catalogue.execute("UPDATE entity.article SET number = NULL WHERE number = '00000009'")
    said = failure(config)
    assert "1 record of article lack" in said
    assert "1 key of article" in said
    assert "pendel restore" in said


def test_changes_of_a_run_that_the_journal_never_knew_are_found(config: Path, data: Path) -> None:
    with duckdb.connect(str(data / "catalogue.duckdb")) as catalogue:
        catalogue.execute("UPDATE history.article SET _run = 900")
        catalogue.execute("UPDATE applied SET run = 900")
    assert "changes of run 900" in failure(config)


def test_a_moment_that_ended_as_nothing_is_found(config: Path, data: Path) -> None:
    with closing(sqlite3.connect(data / "journal.sqlite")) as journal, journal:
        journal.execute("INSERT INTO occurrence (task, due_at) VALUES ('full', '2026-11-20T07:00:00.000000Z')")
    assert "1 planned moment in the journal ended neither" in failure(config)


def test_a_row_without_its_run_is_found(config: Path, data: Path) -> None:
    with closing(sqlite3.connect(data / "journal.sqlite")) as journal, journal:
        columns = "run, file, field, column_name, value, reason"
        journal.execute(f"INSERT INTO reject ({columns}) VALUES (99, 'f', 'a', 'b', 'c', 'd')")
    assert "table reject belongs to a run that is not there" in failure(config)


def test_a_damaged_page_of_the_journal_is_found(config: Path, data: Path) -> None:
    path = data / "journal.sqlite"
    with closing(sqlite3.connect(path)) as journal:
        with journal:
            journal.executemany(
                "INSERT INTO audit (at, user, terminal, action, object, answer) VALUES ('', '', '', '', ?, '')",
                [("x" * 500,) for _ in range(2000)],
            )
        (page_size,) = journal.execute("PRAGMA page_size").fetchone()
        journal.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (pages,) = journal.execute("PRAGMA page_count").fetchone()
    with path.open("r+b") as file:
        file.seek((pages - 20) * page_size)
        file.write(b"\xff" * page_size)
    assert "journal" in failure(config)


def test_a_damaged_block_of_the_catalogue_is_found(config: Path, data: Path) -> None:
    path = data / "catalogue.duckdb"
    with duckdb.connect(str(path)) as catalogue:
        catalogue.execute("CHECKPOINT")
        found = catalogue.execute(
            "SELECT block_id FROM pragma_storage_info('entity.article') "
            "WHERE column_name = 'gtin' AND segment_type = 'VARCHAR' AND persistent LIMIT 1"
        ).fetchone()
    assert found is not None
    with path.open("r+b") as file:
        # Three headers of 4 KB, then blocks of 256 KB, each of which begins with its checksum.
        file.seek(3 * 4096 + found[0] * 262_144 + 64)
        file.write(bytes(range(64)))
    said = failure(config)
    assert "damaged" in said
    assert "restore" in said
