"""The attachment store: whole or absent, once, and only what is asked for."""

from __future__ import annotations

import hashlib
import os
import stat
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from core.errors import StoreError
from core.stop import StopToken
from core.store.attachments import AttachmentStore

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> AttachmentStore:
    return AttachmentStore(tmp_path / "attachments")


def put(store: AttachmentStore, content: bytes, *, used: datetime | None = None) -> tuple[str, bool]:
    file = store.directory.parent / "spooled"
    file.write_bytes(content)
    sha256 = hashlib.sha256(content).hexdigest()
    new = store.adopt(file, sha256)
    assert not file.exists()
    if used:
        os.utime(store.place(sha256), (used.timestamp(), used.timestamp()))
    return sha256, new


def read(store: AttachmentStore, sha256: str) -> bytes:
    return b"".join(store.read(sha256, StopToken()))


def test_content_is_kept_once_and_read_as_it_was(store: AttachmentStore) -> None:
    content = bytes(3_000_000) + b"end"

    first, new = put(store, content)
    second, again = put(store, content)

    assert (first, new, again) == (second, True, False)
    assert read(store, first) == content
    assert store.size(first) == len(content)
    assert [(each.sha256, each.size) for each in store] == [(first, len(content))]
    place = store.directory / first[:2] / first[2:]
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "name", ["", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 65, "0" * 63 + "/", "0" * 64 + "\n"]
)
def test_nothing_but_a_hash_becomes_a_path(store: AttachmentStore, name: str) -> None:
    for ask in (store.place, store.size, lambda text: store.use(text, 0)):
        with pytest.raises(StoreError, match="no SHA-256"):
            ask(name)
    with pytest.raises(StoreError, match="no SHA-256"):
        read(store, name)


def test_what_is_not_kept_is_said(store: AttachmentStore) -> None:
    missing = "0" * 64

    assert store.size(missing) is None
    assert not store.use(missing, 0)
    assert list(store) == []
    with pytest.raises(StoreError, match="is not in"):
        read(store, missing)


def test_damage_is_found_when_content_is_read_and_mended_when_it_comes_again(store: AttachmentStore) -> None:
    sha256, _ = put(store, b"good")
    store.place(sha256).write_bytes(b"evil")
    with pytest.raises(StoreError, match="damaged"):
        read(store, sha256)
    store.place(sha256).write_bytes(b"shorter"[:3])
    assert not store.use(sha256, 4)

    put(store, b"good")

    assert read(store, sha256) == b"good"


def test_content_that_was_asked_for_is_not_removed(store: AttachmentStore) -> None:
    old = NOW - timedelta(days=30)
    kept, _ = put(store, b"kept", used=old)
    gone, _ = put(store, b"gone", used=old)
    fresh, _ = put(store, b"fresh", used=NOW)
    assert store.use(kept, 4)

    limit = NOW - timedelta(days=1)
    freed = [store.remove(each, unused_since=limit) for each in (kept, gone, fresh)]

    assert freed == [None, 4, None]
    assert store.remove(gone, unused_since=limit) is None
    assert sorted(each.sha256 for each in store) == sorted([kept, fresh])


def test_other_files_in_the_directory_are_none_of_its_business(store: AttachmentStore) -> None:
    put(store, b"a")
    (store.directory / "ab").mkdir(exist_ok=True)
    (store.directory / "ab" / "notes.txt").write_text("x")
    (store.directory / "readme").write_text("x")

    assert len(list(store)) == 1
