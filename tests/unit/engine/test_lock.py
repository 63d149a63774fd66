from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from core.engine.engine import Engine
from core.engine.lock import DataDirLock
from core.errors import EngineError, StoreBusy

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HOLDER = """
import sys
from pathlib import Path
from core.engine.lock import DataDirLock
lock = DataDirLock(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def hold(data_dir: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(data_dir)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def test_a_second_engine_is_refused_and_told_who_holds_the_directory(tmp_path: Path) -> None:
    process = hold(tmp_path)
    try:
        with pytest.raises(StoreBusy, match=rf"{tmp_path}: process {process.pid}, since .* UTC\..*end it first"):
            DataDirLock(tmp_path)
    finally:
        end(process)


def test_a_crash_releases_the_directory(tmp_path: Path) -> None:
    process = hold(tmp_path)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    with DataDirLock(tmp_path):
        assert f"process {os.getpid()}" in (tmp_path / "engine.lock").read_text()


def test_the_lock_is_free_after_release(tmp_path: Path) -> None:
    DataDirLock(tmp_path).release()
    with DataDirLock(tmp_path), pytest.raises(StoreBusy):
        DataDirLock(tmp_path)
    DataDirLock(tmp_path).release()


def test_a_program_that_a_run_starts_does_not_keep_the_lock(tmp_path: Path) -> None:
    lock = DataDirLock(tmp_path)
    child = subprocess.Popen(["sleep", "600"])
    try:
        lock.release()
        DataDirLock(tmp_path).release()
    finally:
        child.kill()
        child.wait()


def test_a_new_data_directory_is_for_its_user_only(tmp_path: Path) -> None:
    DataDirLock(tmp_path / "new" / "data").release()
    assert (tmp_path / "new" / "data").stat().st_mode & 0o777 == 0o700


def test_a_directory_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EngineError, match=r"cannot be used.*Check \[engine\] data_dir"):
        DataDirLock(tmp_path / "file")


def test_a_file_system_without_locks_is_not_called_another_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*_: object) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr(fcntl, "flock", none)
    with pytest.raises(EngineError, match="cannot be locked: No locks available") as caught:
        DataDirLock(tmp_path)
    assert not isinstance(caught.value, StoreBusy)


def test_an_engine_that_cannot_open_lets_the_next_one_in(workspace: Callable[..., Path]) -> None:
    config = workspace("", files={"data/log": "a file where a directory should be"})
    with pytest.raises(EngineError, match="log"):
        Engine(config)
    (config.parent / "data" / "log").unlink()
    Engine(config).shutdown(stop_runs=True)
    (config.parent / "data" / "journal.sqlite").write_bytes(b"no database" * 1000)
    for leftover in (config.parent / "data").glob("journal.sqlite-*"):
        leftover.unlink()
    for _ in range(2):
        with pytest.raises(EngineError, match="is damaged"):
            Engine(config)
