from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from support.config_texts import HEAD, Write

from core.config.load import load
from core.config.resolving import SecretResolver
from core.config.secrets import SecretRef
from core.config.vault import Vault
from core.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

CANARY = "kanarie-geheim-93"
PYTHON = f"'{sys.executable}'"


@pytest.fixture
def learned() -> list[str]:
    return []


@pytest.fixture
def resolver(write: Write, learned: list[str], monkeypatch: pytest.MonkeyPatch) -> SecretResolver:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    monkeypatch.delenv("PENDEL_VAULT_KEY", raising=False)
    config = load(write(HEAD))
    vault = Vault(config.data_dir)
    return SecretResolver(config, vault, learn=learned.append, command_seconds=20)


def test_vault(resolver: SecretResolver, tmp_path: Path, learned: list[str]) -> None:
    Vault(tmp_path / "data").set("shop", CANARY)
    assert resolver.line(SecretRef(secret="shop")) == CANARY
    assert learned == [CANARY]
    with pytest.raises(ConfigError, match="has no secret 'shp'"):
        resolver.line(SecretRef(secret="shp"))


def test_environment(resolver: SecretResolver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_PASSWORD", CANARY)
    assert resolver.line(SecretRef(env="SHOP_PASSWORD")) == CANARY
    monkeypatch.setenv("SHOP_PASSWORD", "")
    with pytest.raises(ConfigError, match="environment variable SHOP_PASSWORD, where a secret should be, is empty"):
        resolver.line(SecretRef(env="SHOP_PASSWORD"))
    monkeypatch.delenv("SHOP_PASSWORD")
    with pytest.raises(ConfigError, match="environment variable SHOP_PASSWORD, where a secret should be, is not set"):
        resolver.line(SecretRef(env="SHOP_PASSWORD"))


def test_file_beside_the_config(resolver: SecretResolver, write: Write) -> None:
    write(f"{CANARY}\r\na note\n", "keys/shop")
    assert resolver.line(SecretRef(file="keys/shop")) == CANARY
    assert resolver.text(SecretRef(file="keys/shop")) == f"{CANARY}\r\na note\n"


def test_credentials_of_systemd(
    resolver: SecretResolver, write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(CANARY, "credentials/shop")
    with pytest.raises(ConfigError, match="is not in"):
        resolver.line(SecretRef(file="shop"))
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "credentials"))
    assert resolver.line(SecretRef(file="shop")) == CANARY
    with pytest.raises(ConfigError, match=rf"neither in {tmp_path} nor in {tmp_path}/credentials"):
        resolver.line(SecretRef(file="none"))


def test_file_that_cannot_be_read(resolver: SecretResolver, tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    with pytest.raises(ConfigError, match="the file keys, where a secret should be, cannot be read: is a directory"):
        resolver.line(SecretRef(file="keys"))
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\xfd")
    with pytest.raises(ConfigError, match="is not UTF-8 text"):
        resolver.line(SecretRef(file="bytes"))


def test_command(resolver: SecretResolver) -> None:
    reference = SecretRef(command=f"{PYTHON} -c 'print(\"{CANARY}\"); print(2)'")
    assert resolver.line(reference) == CANARY
    assert resolver.text(reference) == f"{CANARY}\n2\n"


def test_command_sees_no_shell(resolver: SecretResolver) -> None:
    reference = SecretRef(command=f"{PYTHON} -c 'import sys; print(sys.argv[1:])' $HOME ; echo x")
    assert resolver.line(reference) == "['$HOME', ';', 'echo', 'x']"


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (f'{PYTHON} -c \'import sys; print("{CANARY}"); sys.exit("{CANARY}")\'', "failed with exit code 1"),
        ("/no/such/program x", "cannot be started: no such file or directory"),
        ("echo 'open", "quote that is not closed"),
        (" ", "is empty"),
        (f"{PYTHON} -c 'pass'", "is empty"),
    ],
)
def test_command_that_fails(resolver: SecretResolver, command: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words) as caught:
        resolver.line(SecretRef(command=command))
    assert CANARY not in str(caught.value)


def test_command_that_hangs_is_ended_with_its_children(write: Write) -> None:
    config = load(write(HEAD))
    resolver = SecretResolver(config, Vault(config.data_dir), command_seconds=0.5)
    # The child inherits the pipe; were it left alone, reading would wait for it.
    code = 'import subprocess; subprocess.run(["sleep", "600"])'
    with pytest.raises(ConfigError, match=r"did not end within 0\.5 seconds"):
        resolver.line(SecretRef(command=f"{PYTHON} -c '{code}'"))
