from __future__ import annotations

import os
import stat
import threading
from typing import TYPE_CHECKING

import pytest
from cryptography.fernet import Fernet

from core.config.vault import KEY_VARIABLE, Vault
from core.errors import ConfigError, Refused

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _no_key_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(KEY_VARIABLE, raising=False)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_secrets_are_kept_by_name(tmp_path: Path) -> None:
    vault = Vault(tmp_path / "data")
    vault.set("shop", "geheim")
    vault.set("supplier", "zwei\nZeilen")
    vault.set("shop", "neu")
    again = Vault(tmp_path / "data")
    assert again.names() == ["shop", "supplier"]
    assert (again.get("shop"), again.get("supplier")) == ("neu", "zwei\nZeilen")
    again.delete("shop")
    assert vault.names() == ["supplier"]


def test_nothing_readable_lies_on_disk(tmp_path: Path) -> None:
    Vault(tmp_path).set("shop-name", "geheim-canary")
    for path in tmp_path.iterdir():
        content = path.read_bytes()
        assert b"shop-name" not in content
        assert b"geheim-canary" not in content


def test_files_are_for_the_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        Vault(tmp_path).set("shop", "geheim")
    finally:
        os.umask(before)
    assert (mode(tmp_path / "vault"), mode(tmp_path / "vault.key")) == (0o600, 0o600)


def test_reading_creates_nothing(tmp_path: Path) -> None:
    assert Vault(tmp_path / "data").names() == []
    with pytest.raises(ConfigError, match="has no secret 'x'"):
        Vault(tmp_path / "data").get("x")
    assert not (tmp_path / "data").exists()


def test_unknown_name_proposes_the_nearest(tmp_path: Path) -> None:
    vault = Vault(tmp_path)
    vault.set("supplier", "geheim")
    for call in (vault.get, vault.delete):
        with pytest.raises(ConfigError, match=r"'suplier'.*'supplier'"):
            call("suplier")


def test_empty_secret_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused):
        Vault(tmp_path).set("x", "")


@pytest.mark.parametrize("bits", [0o640, 0o604, 0o660])
def test_key_that_others_can_read_is_refused(tmp_path: Path, bits: int) -> None:
    vault = Vault(tmp_path)
    vault.set("x", "geheim")
    (tmp_path / "vault.key").chmod(bits)
    with pytest.raises(ConfigError, match="chmod 600"):
        vault.get("x")


def test_wrong_and_missing_key(tmp_path: Path) -> None:
    vault = Vault(tmp_path)
    vault.set("x", "geheim")
    key = tmp_path / "vault.key"
    key.write_bytes(Fernet.generate_key())
    with pytest.raises(ConfigError, match=r"cannot be opened with the key in .*vault\.key"):
        vault.get("x")
    key.write_text("no key\n")
    with pytest.raises(ConfigError, match="is no key"):
        vault.get("x")
    key.unlink()
    with pytest.raises(ConfigError, match="key of the vault is missing"):
        vault.get("x")


def test_a_new_key_never_takes_the_place_of_a_lost_one(tmp_path: Path) -> None:
    vault = Vault(tmp_path)
    vault.set("x", "geheim")
    (tmp_path / "vault.key").unlink()
    with pytest.raises(ConfigError, match="missing"):
        vault.set("y", "geheim")
    assert not (tmp_path / "vault.key").exists()


def test_key_of_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, Fernet.generate_key().decode())
    Vault(tmp_path).set("x", "geheim")
    assert not (tmp_path / "vault.key").exists()
    assert Vault(tmp_path).get("x") == "geheim"
    monkeypatch.setenv(KEY_VARIABLE, Fernet.generate_key().decode())
    with pytest.raises(ConfigError, match=KEY_VARIABLE):
        Vault(tmp_path).get("x")


def test_keys_can_be_rotated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    vault = Vault(tmp_path)
    monkeypatch.setenv(KEY_VARIABLE, old)
    vault.set("x", "geheim")
    monkeypatch.setenv(KEY_VARIABLE, f"{new} {old}")
    vault.set("y", "auch")
    monkeypatch.setenv(KEY_VARIABLE, new)
    assert vault.get("x") == "geheim"


def test_two_writers_lose_nothing(tmp_path: Path) -> None:
    def fill(start: int) -> None:
        for number in range(start, start + 10):
            Vault(tmp_path).set(f"name-{number}", "geheim")

    threads = [threading.Thread(target=fill, args=(start,)) for start in (0, 10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(Vault(tmp_path).names()) == 20


def test_a_vault_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where a directory should be")
    with pytest.raises(ConfigError, match="cannot be written"):
        Vault(tmp_path / "data").set("x", "geheim")
