"""Rights over the socket, by the user that the kernel names; the engine and the users are processes of this machine."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.attach_site import as_user, attached, listening_engine
from support.waiting import wait_until

from core.config.load import load
from core.engine.api import Right
from core.engine.attach.access import Peer
from core.engine.attach.client import engine_beside
from core.errors import EngineError, Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.engine.engine import Engine

NOBODY = pwd.getpwnam("nobody").pw_uid
as_root = pytest.mark.skipif(os.getuid() != 0, reason="only root can be other users")


@pytest.fixture
def run_directory() -> Iterator[Path]:
    """A directory that every user can look into, as /run/pendel is."""
    directory = Path(tempfile.mkdtemp(prefix="pendel-run-"))
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory)


def give(config: Path, run_directory: Path, access: str) -> Path:
    """Put a table of rights into a configuration; return the path of the socket that it names."""
    path = run_directory / "engine.sock"
    text = config.read_text().partition("\n[access]")[0]
    config.write_text(f'{text}\n[access]\nsocket = "{path}"\n{access}\n')
    return path


def audit(engine: Engine) -> list[tuple[str, str, str, str]]:
    rows = engine.workspace.journal.audit.latest()
    return [(row.action, row.actor.user, row.actor.terminal, row.answer) for row in rows]


@as_root
def test_a_user_that_is_not_named_is_turned_away(config: Path, run_directory: Path) -> None:
    path = give(config, run_directory, 'view = ["daemon"]')
    with listening_engine(config) as engine:
        (answer,) = as_user(NOBODY, path, ("runs",))
        assert answer["error"] == "Refused"
        assert answer["message"] == "nobody may not use this engine."
        assert "[access]" in answer["advice"]
        assert audit(engine) == []


@as_root
def test_where_nobody_is_named_nobody_can_even_knock(config: Path, run_directory: Path) -> None:
    path = give(config, run_directory, "")
    with listening_engine(config):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        (answer,) = as_user(NOBODY, path, ("runs",))
        assert answer["error"] == "Refused"
        assert "cannot reach the engine" in answer["message"]


@as_root
@pytest.mark.parametrize("name", ["nobody", "@nogroup"])
def test_the_engine_itself_holds_everybody_to_their_right(config: Path, run_directory: Path, name: str) -> None:
    start = ("start_tasks", ["prices"])
    secret = ("settings.put_secret", "shop", "hunter2")
    path = give(config, run_directory, f'view = ["{name}"]')
    with listening_engine(config) as engine:
        looked, started, kept = as_user(NOBODY, path, ("runs",), start, secret)
        assert looked == {"result": []}
        assert (started["error"], kept["error"]) == ("Refused", "Refused")
    path = give(config, run_directory, f'operate = ["{name}"]')
    with listening_engine(config) as engine:
        started, kept = as_user(NOBODY, path, start, secret)
        assert started == {"result": [1]}
        assert kept["message"] == "nobody may operate, and this needs the right to administer."
        assert audit(engine)[:2] == [
            ("secret.set", "nobody", "pts/7 from 192.0.2.1, as told", kept["message"]),
            ("task.start", "nobody", "pts/7 from 192.0.2.1, as told", "accepted"),
        ]
        assert engine.workspace.vault.names() == []
    path = give(config, run_directory, f'administer = ["{name}"]')
    with listening_engine(config) as engine:
        (kept,) = as_user(NOBODY, path, secret)
        assert kept == {"result": None}
        assert engine.workspace.vault.names() == ["shop"]


_IMPOSTOR = """
import os, socket, sys
listening = socket.socket(socket.AF_UNIX)
os.setgid(65534); os.setuid(int(sys.argv[1]))
listening.bind(sys.argv[2])
listening.listen()
print("ready", flush=True)
sys.stdin.read()
"""


@as_root
def test_a_console_talks_to_nobody_who_only_took_the_place_of_the_engine(config: Path, run_directory: Path) -> None:
    path = give(config, run_directory, "")
    run_directory.chmod(0o777)
    impostor = subprocess.Popen(
        [sys.executable, "-c", _IMPOSTOR, str(NOBODY), str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert impostor.stdout is not None
    with impostor:
        assert impostor.stdout.readline() == b"ready\n"
        with pytest.raises(Refused, match="a process of nobody, to whom its directory does not belong"):
            engine_beside(load(config))
        impostor.kill()


def test_a_console_gets_no_more_than_it_asks_for(config: Path) -> None:
    with listening_engine(config), attached(config, right=Right.VIEW) as remote:
        snapshot = remote.api.snapshot()
        assert snapshot
        assert (snapshot.right, snapshot.attached) == (Right.VIEW, True)
        with pytest.raises(Refused, match="read-only"):
            remote.api.start_tasks(["prices"])


def test_a_right_that_is_changed_holds_at_once(
    config: Path, run_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The engine takes whoever runs the tests for nobody in particular.
    stranger = Peer(NOBODY, "nobody", frozenset())
    monkeypatch.setattr("core.engine.attach.connection.peer", lambda _: stranger)
    give(config, run_directory, 'operate = ["nobody"]')
    with listening_engine(config) as engine, attached(config) as remote:
        assert remote.api.start_tasks(["prices"]) == [1]
        give(config, run_directory, 'view = ["nobody"]')
        engine.reload()
        with pytest.raises(Refused):
            remote.api.start_tasks(["slow"])
        wait_until(lambda: (seen := remote.api.snapshot()) and seen.right is Right.VIEW, "the new right")
        give(config, run_directory, "")
        engine.reload()
        with pytest.raises((Refused, EngineError)):
            remote.api.runs()
        wait_until(lambda: "may not use this engine" in remote.trouble, "the reason")


def test_the_socket_moves_with_its_setting(config: Path, run_directory: Path) -> None:
    with listening_engine(config) as engine:
        first = load(config).socket_file
        assert first == engine.workspace.config.data_dir / "engine.sock"
        assert stat.S_IMODE(first.stat().st_mode) == 0o600
        path = give(config, run_directory, 'view = ["nobody"]')
        engine.reload()
        assert not first.exists()
        assert stat.S_IMODE(path.stat().st_mode) == 0o666
        with attached(config) as remote:
            assert remote.api.snapshot()
    assert not path.exists()
