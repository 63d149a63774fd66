"""Backup, restore and export-config as their users see them."""

from __future__ import annotations

import json
import tomllib
import zipfile
from typing import TYPE_CHECKING

import pytest
from support.cli_site import GOOD, ONE
from support.kept_state import records
from support.pendel_cli import pendel

from core.engine.lock import DataDirLock
from core.errors import Refused
from core.store.backup import MANIFEST, read_backup, restore_backup

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Site = Callable[..., Path]


@pytest.fixture
def config(site: Site) -> Path:
    """A workspace with an import that was done, and a secret."""
    config = site(prices=GOOD)
    assert pendel(config, "run", "prices").code == 0
    return config


def test_a_backup_brings_records_runs_and_undo_back(config: Path, tmp_path: Path) -> None:
    file = tmp_path / "kept.zip"
    told = pendel(config, "backup", str(file)).told
    assert {"config.toml", "data/journal.sqlite", "data/catalogue.duckdb"} <= told["files"].keys()
    restored = tmp_path / "restored"
    (config.parent / "uploads" / "prices.csv").write_text(ONE)
    before = records(config.parent / "data")
    assert pendel(config, "run", "prices").code == 0
    told = pendel(config, "restore", str(file), "--to", str(restored)).told
    assert told == {
        "config": str(restored / "config.toml"),
        "data": str(restored / "data"),
        "attachments": 0,
        "missing_attachments": 0,
    }
    again = restored / "config.toml"
    assert records(restored / "data") == before
    assert [run["run"] for run in pendel(again, "runs").told["runs"]] == [1]
    assert pendel(again, "revert", "1").code == 0
    assert records(restored / "data") == []


def test_the_key_of_the_vault_is_not_in_a_backup(config: Path, tmp_path: Path) -> None:
    data = config.parent / "data"
    (data / "vault.key").write_text("key")
    (data / "vault").write_text("sealed")
    names = pendel(config, "backup", str(tmp_path / "kept.zip")).told["files"]
    assert "data/vault" in names
    assert "data/vault.key" not in names


def test_a_backup_is_refused_beside_an_engine_and_over_a_file(config: Path, tmp_path: Path) -> None:
    with DataDirLock(config.parent / "data"):
        assert pendel(config, "backup", str(tmp_path / "kept.zip")).code == 5
    assert list(tmp_path.glob("*.zip")) == []
    (tmp_path / "kept.zip").write_text("mine")
    assert pendel(config, "backup", str(tmp_path / "kept.zip")).code == 5
    assert (tmp_path / "kept.zip").read_text() == "mine"


def test_a_damaged_backup_is_refused_before_anything_is_restored(config: Path, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.zip", tmp_path / "bad.zip"
    pendel(config, "backup", str(good))
    with zipfile.ZipFile(good) as source, zipfile.ZipFile(bad, "w") as target:
        for name in source.namelist():
            target.writestr(name, source.read(name) + (b"x" if name == "config.toml" else b""))
    answer = pendel(config, "restore", str(bad), "--to", str(tmp_path / "restored"))
    assert answer.code == 5
    assert "config.toml" in answer.notes
    assert not (tmp_path / "restored").exists()
    (tmp_path / "no.zip").write_bytes(good.read_bytes()[:2000])
    assert pendel(config, "restore", str(tmp_path / "no.zip"), "--to", str(tmp_path / "restored")).code == 5


def test_nothing_is_restored_over_what_is_there_or_outside_the_directory(config: Path, tmp_path: Path) -> None:
    file, evil = tmp_path / "kept.zip", tmp_path / "evil.zip"
    pendel(config, "backup", str(file))
    assert pendel(config, "restore", str(file), "--to", str(config.parent)).code == 5
    backup = read_backup(file)
    digest = backup.files["config.toml"]
    with zipfile.ZipFile(file) as source, zipfile.ZipFile(evil, "w") as target:
        target.writestr("../out.toml", source.read("config.toml"))
        manifest = json.loads(source.read(MANIFEST)) | {"files": {"../out.toml": digest}, "config": "../out.toml"}
        target.writestr(MANIFEST, json.dumps(manifest))
    with pytest.raises(Refused, match="outside the directory"):
        restore_backup(evil, tmp_path / "restored")
    assert not (tmp_path / "out.toml").exists()


def test_the_configuration_is_printed_with_all_it_includes(config: Path) -> None:
    (config.parent / "tasks.d").mkdir()
    text = config.read_text()
    config.write_text(text.replace("version = 1", 'version = 1\ninclude = ["tasks.d/*.toml"]', 1))
    (config.parent / "tasks.d" / "more.toml").write_text('[locations.more]\nprotocol = "local"\ndirectory = "more"\n')
    told = pendel(config, "export-config").told
    assert "include" not in told
    assert told["locations"]["more"] == {"protocol": "local", "directory": "more"}
    assert len(told["tasks"]) == len(tomllib.loads(text)["tasks"])
