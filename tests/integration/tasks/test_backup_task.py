"""The nightly backup: whole, restored before it is trusted, and never at the cost of the ones before it (T5)."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import duckdb
import pytest
from support import kept_state
from support.live_engine import live_engine
from support.pendel_cli import pendel
from support.small_disk import small_disk
from support.supplier_site import csv_of, make_articles, write_config
from support.task_site import TaskSite, export_of, import_of

from core.runs import RunState
from core.store.backup import read_backup, restore_backup

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Make = Callable[..., TaskSite]

BACKUP = "system-backup"
ARTICLES = 20_000


@pytest.fixture
def made(site: Make) -> TaskSite:
    """A workspace after two imports and an export, with a vault."""
    made = site(import_of("prices"), export_of("shop", changes_only=True))
    for content in ("No;Price\nA1;1,00\nA2;1,00\n", "No;Price\nA1;2,00\n"):
        made.put("uploads/prices.csv", content)
        assert made.run("prices").code == 0
    assert made.run("shop").code == 0
    made.put("data/vault", "sealed")
    made.put("data/vault.key", "key")
    return made


def backups(data: Path) -> list[Path]:
    return sorted((data / "backups").iterdir()) if (data / "backups").exists() else []


def damage_a_key(data: Path) -> None:
    with duckdb.connect(str(data / "catalogue.duckdb")) as catalogue:
        catalogue.execute("INSERT INTO entity.article FROM entity.article WHERE number = 'A1'")


def test_what_was_backed_up_comes_back_as_it_was(made: TaskSite, tmp_path: Path) -> None:
    kept = made.kept("*")
    answer = made.run(BACKUP)
    assert answer.code == 0, answer.notes
    (file,) = backups(made.data)
    assert file.name in answer.told["message"]
    assert file.stat().st_mode & 0o777 == 0o600
    names = read_backup(file).files
    assert "data/vault" in names
    assert "data/vault.key" not in names

    restored = tmp_path / "restored"
    assert pendel(made.config, "restore", str(file), "--to", str(restored)).code == 0

    assert kept_state.records(restored / "data") == kept_state.records(made.data)
    assert made.kept("*") == kept
    for run in (1, 2):
        assert kept_state.before_images(restored / "data", run) == kept_state.before_images(made.data, run)
        assert kept_state.applied_blocks(restored / "data", run) == kept_state.applied_blocks(made.data, run)
    assert kept_state.runs(restored / "data", "prices") == kept_state.runs(made.data, "prices")
    assert kept_state.cursor(restored / "data", "shop") == kept_state.cursor(made.data, "shop")
    assert pendel(restored / "config.toml", "revert", "2").code == 0


def test_the_schemas_of_feeds_come_along(site: Make, tmp_path: Path) -> None:
    layout = """
[layouts.{0}]
direction = "feed"
format = "{1}"
entity = "article"
schema_file = "{2}"
root = {{ {3} }}
"""
    flat = 'records = true, field = "number"'
    tree = f'name = "n", elements = [{{ name = "r", {flat} }}]'
    elsewhere = tmp_path / "elsewhere.json"
    elsewhere.write_text("{}")
    made = site(
        layout.format("tree", "xml", "schemas/feed.xsd", tree),
        layout.format("flat", "json", "schemas/feed.json", flat),
        layout.format("gone", "json", "schemas/gone.json", flat),
        layout.format("far", "json", elsewhere, flat),
        import_of("prices"),
    )
    made.config.rename(made.home / "out" / "config.toml")  # so that elsewhere is outside of its directory
    made = TaskSite(made.home / "out" / "config.toml")
    xsd = '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">{}</xs:schema>'
    files = {
        "schemas/feed.xsd": xsd.format('<xs:include schemaLocation="parts/types.xsd"/>'),
        "schemas/parts/types.xsd": xsd.format('<xs:import schemaLocation="http://example.org/x.xsd"/>'),
        "schemas/feed.json": "{}",
        "data/schemas/etim-xchange/official.json": "{}",
    }
    for name, content in files.items():
        made.put(name, content)
    made.put("schemas/other.xsd", "nobody names it")
    answer = made.run(BACKUP)
    assert answer.code == 0, answer.notes
    (file,) = backups(made.data)
    assert {name for name in read_backup(file).files if "schemas/" in name} == files.keys()
    assert f"{elsewhere} lies outside" in made.log(answer.told["run"])
    restored = restore_backup(file, tmp_path / "restored")
    assert {name: (restored.config.parent / name).read_text() for name in files} == files


def test_nothing_is_left_but_the_backup(made: TaskSite) -> None:
    spooled = made.spooled()
    run = made.run(BACKUP).told["run"]
    assert made.spooled() == sorted([*spooled, f"run-{run}"])
    assert len(backups(made.data)) == 1


def test_so_many_are_kept_as_the_settings_say(made: TaskSite) -> None:
    made.config.write_text(made.config.read_text() + "\n[retention]\nbackups = 2\n")
    made.put("data/backups/mine.zip", "not one of Pendel's")
    assert made.run(BACKUP).code == 0
    (first,) = (path for path in backups(made.data) if path.name != "mine.zip")
    assert made.run(BACKUP).code == 0
    assert first.exists()
    answer = made.run(BACKUP)
    assert "Deleted 1 old backup." in answer.told["message"]
    assert not first.exists()
    assert len(backups(made.data)) == 3
    assert (made.data / "backups" / "mine.zip").exists()


def test_a_backup_that_is_not_whole_is_given_up_and_the_older_ones_stay(made: TaskSite) -> None:
    made.config.write_text(made.config.read_text() + "\n[retention]\nbackups = 1\n")
    assert made.run(BACKUP).code == 0
    before = backups(made.data)
    damage_a_key(made.data)
    answer = made.run(BACKUP)
    assert answer.code == 1
    assert "There is no new backup; those before it are kept." in answer.told["message"]
    assert "1 key of article" in answer.told["message"]
    assert backups(made.data) == before
    assert read_backup(before[0]).files


def test_a_dry_run_says_what_it_would_do_and_does_nothing(made: TaskSite) -> None:
    made.config.write_text(made.config.read_text() + "\n[retention]\nbackups = 1\n")
    assert made.run(BACKUP).code == 0
    before = backups(made.data)
    message = made.run(BACKUP, "--dry-run").told["message"]
    assert message.startswith("Would keep ")
    assert "delete the oldest 1 backup" in message
    assert backups(made.data) == before


def test_a_data_directory_elsewhere_is_kept_and_never_restored_over(tmp_path: Path) -> None:
    home, elsewhere, restored = tmp_path / "etc", tmp_path / "var" / "pendel", tmp_path / "restored"
    elsewhere.parent.mkdir()
    config = write_config(home, data_dir=str(elsewhere))
    (home / "supplier" / "prices.csv").write_bytes(csv_of(make_articles(100, seed=1)))
    assert pendel(config, "run", "full").code == 0
    assert pendel(config, "run", BACKUP).code == 0
    (file,) = backups(elsewhere)
    (home / "supplier" / "prices.csv").write_bytes(csv_of(make_articles(120, seed=2)))
    assert pendel(config, "run", "full").code == 0

    answer = pendel(config, "restore", str(file), "--to", str(restored))

    assert answer.code == 0, answer.notes
    assert (answer.told["config"], answer.told["data"]) == (str(restored / "config.toml"), str(restored / "data"))
    assert len(kept_state.records(restored / "data")) == 100
    assert len(kept_state.records(elsewhere)) == 120


def test_a_backup_while_an_import_writes_shows_one_moment(tmp_path: Path) -> None:
    config, data = write_config(tmp_path / "site", block_rows=100), tmp_path / "site" / "data"
    (tmp_path / "site" / "supplier" / "prices.csv").write_bytes(csv_of(make_articles(ARTICLES, seed=7)))
    with live_engine(config) as live:
        run = live.start("full")
        live.wait_for_step("full", "applying", done=0)
        backup = live.ended(live.start(BACKUP))
        assert backup.state is RunState.SUCCEEDED, backup.message
        assert live.ended(run).state is RunState.SUCCEEDED
    assert len(kept_state.records(data)) == ARTICLES
    (file,) = backups(data)

    restored = restore_backup(file, tmp_path / "restored")

    count = len(kept_state.records(restored.data))
    blocks = kept_state.applied_blocks(restored.data, run)
    assert 0 < count < ARTICLES
    assert len(blocks) * 100 == count, "whole blocks, each with its row"
    with closing(sqlite3.connect(restored.data / "journal.sqlite")) as journal:
        assert journal.execute("SELECT state FROM run WHERE id = ?", (run,)).fetchone() == ("running",)

    (tmp_path / "restored" / "supplier").mkdir()
    shutil.copy(tmp_path / "site" / "supplier" / "prices.csv", tmp_path / "restored" / "supplier")
    answer = pendel(restored.config, "run", "full")
    assert answer.code == 0, answer.notes
    assert len(kept_state.records(restored.data)) == ARTICLES
    assert kept_state.runs(restored.data, "full")[0]["state"] == "succeeded", "it was taken up"


def test_without_room_there_is_a_plain_message_and_the_older_ones_stay(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", megabytes=32) as disk:
        config = write_config(tmp_path, data_dir=str(disk.path / "data"), engine_settings="min_free = 0")
        (tmp_path / "supplier" / "prices.csv").write_bytes(csv_of(make_articles(1000, seed=3)))
        assert pendel(config, "run", "full").code == 0
        assert pendel(config, "run", BACKUP).code == 0
        before = backups(disk.path / "data")
        disk.fill(leave=3_500_000)

        answer = pendel(config, "run", BACKUP)

        assert answer.code == 1
        assert "There is no room for a backup" in answer.told["message"]
        assert "Make room on that disk" in answer.told["message"]
        assert backups(disk.path / "data") == before
        assert read_backup(before[0]).files
