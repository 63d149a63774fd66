from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING

import pytest

from core.errors import ConnectionFailed, Refused
from core.transfer.hostkeys import HostKey, check_host_key, known_algorithms, known_name, trust_host_key

if TYPE_CHECKING:
    from pathlib import Path

KEY = HostKey("[sftp.example.com]:2222", "ssh-ed25519", b"the key")
OTHER = HostKey(KEY.host, "ssh-ed25519", b"another key")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "data" / "known_hosts"


def test_names_of_known_hosts() -> None:
    assert known_name("example.com", 22) == "example.com"
    assert known_name("example.com", 2222) == "[example.com]:2222"


def test_an_unknown_key_is_refused_with_its_fingerprint(file: Path) -> None:
    with pytest.raises(ConnectionFailed, match="not known") as caught:
        check_host_key(KEY, [file], location="supplier")
    assert KEY.fingerprint in caught.value.message
    assert "pendel test supplier --trust" in caught.value.advice
    assert not caught.value.retriable


def test_an_approved_key_is_known_and_kept_with_the_others(file: Path) -> None:
    file.parent.mkdir()
    file.write_text("other.example.com ssh-ed25519 QUJD")
    trust_host_key(KEY, file)
    trust_host_key(KEY, file)
    assert file.read_text().splitlines() == ["other.example.com ssh-ed25519 QUJD", KEY.line]
    assert KEY.fingerprint in check_host_key(KEY, [file], location="x")
    assert known_algorithms(KEY.host, [file]) == ["ssh-ed25519"]


def test_a_changed_key_is_refused_loudly_and_never_replaced(file: Path) -> None:
    trust_host_key(KEY, file)
    with pytest.raises(ConnectionFailed, match="HAS CHANGED") as caught:
        check_host_key(OTHER, [file], location="x")
    assert KEY.fingerprint in caught.value.message
    assert OTHER.fingerprint in caught.value.message
    with pytest.raises(Refused):
        trust_host_key(OTHER, file)
    assert file.read_text() == KEY.line + "\n"


def test_a_key_that_the_users_own_file_contradicts_is_not_approved(file: Path, tmp_path: Path) -> None:
    users = tmp_path / "users"
    trust_host_key(OTHER, users)
    with pytest.raises(Refused):
        trust_host_key(KEY, file, also_known=[users])
    assert not file.exists()


def test_hashed_names_and_lists_of_names(file: Path) -> None:
    salt = b"12345678901234567890"
    digest = hmac.new(salt, KEY.host.encode(), hashlib.sha1).digest()
    hashed = f"|1|{base64.b64encode(salt).decode()}|{base64.b64encode(digest).decode()}"
    blob = base64.b64encode(KEY.blob).decode()
    file.parent.mkdir()
    for names in (hashed, f"a.example.com,{KEY.host.upper()}"):
        file.write_text(f"# comment\n\nbroken\n|1|%|% ssh-rsa x\n{names} ssh-ed25519 {blob} comment\n")
        assert check_host_key(KEY, [file], location="x")


def test_a_revoked_key_is_refused_even_where_it_is_known(file: Path) -> None:
    trust_host_key(KEY, file)
    with file.open("a") as writer:
        writer.write(f"@revoked * {KEY.line.split(' ', 1)[1]}\n")
    with pytest.raises(ConnectionFailed, match="revoked"):
        check_host_key(KEY, [file], location="x")
