"""The list of tasks as an engine last knew it: what a console shows while its engine is still being opened.

An engine takes a third of a second to import and to check its settings. The list depends on nothing but the files of
the configuration and on this program, so the engine keeps it, with what it was made of, and nobody shows it for
anything else. What changes by itself is not in it: outcomes are read from the journal, and what is running or planned
is known once there is an engine.
"""

from __future__ import annotations

import json
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from core.config import sources
from core.config.model import JOURNAL
from core.engine.active import view_of
from core.engine.api import Right, Snapshot, TaskView
from core.errors import StoreError
from core.store.journal import Journal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from core.config.model import Config

FILE = "tasks-shown.json"
"""In the data directory. The first line says what the others were made of."""
NOTICE = "The engine begins; then you see what is running, and what is planned."


@dataclass(frozen=True, slots=True)
class Remembered:
    """What a console needs for its first picture."""

    snapshot: Snapshot
    theme: str
    mouse: bool
    keys: Mapping[str, Sequence[str]]


def remember(config: Config, tasks: Sequence[TaskView]) -> None:
    """Keep the list of tasks that a configuration gives, in its order, unless it is kept already."""
    path, made_of = config.data_dir / FILE, _made_of(config.fingerprint)
    # Without it, the next console shows its list later; nothing else depends on it.
    with suppress(OSError):
        if path.exists():
            with path.open(encoding="utf-8") as file:
                if file.readline() == made_of:
                    return
        known = {
            "zone": config.engine.time_zone,
            "theme": config.console.theme,
            "mouse": config.console.mouse,
            "keys": dict(config.keys),
            "tasks": [
                (task.id, task.type, task.description, task.active, task.sequence, task.frequency, task.system)
                for task in tasks
            ],
        }
        from core.config.files import replace_file

        # For this user only: others may not see every task.
        replace_file(path, (made_of + json.dumps(known)).encode(), mode=0o600)


def remembered(config_path: Path, right: Right) -> Remembered | None:
    """Return what is kept for a configuration as it is now, with the outcomes of the journal; None where nothing is."""
    read = sources.read(config_path)
    if read.problems:
        return None
    try:
        made_of, _, known = (read.data_dir / FILE).read_text(encoding="utf-8").partition("\n")
        if f"{made_of}\n" != _made_of(read.fingerprint):
            return None
        known = json.loads(known)
        with closing(Journal(read.data_dir / JOURNAL, read_only=True)) as journal:
            last = {task: view_of(row) for task, row in journal.runs.last_ended().items()}
        snapshot = Snapshot(
            revision=0,
            tasks=tuple(
                TaskView(*kept, next_run=None, run=None, last_run=last.get(kept[0])) for kept in known["tasks"]
            ),
            log_number=0,
            config_path=str(read.main.path),
            zone=ZoneInfo(known["zone"]),
            right=right,
            notice=NOTICE,
            planned=False,
        )
        return Remembered(snapshot, known["theme"], known["mouse"], known["keys"])
    except (OSError, ValueError, LookupError, TypeError, StoreError):
        # What is damaged is as good as none.
        return None


def _made_of(fingerprint: str) -> str:
    # An installation writes this file anew.
    return f"{fingerprint} {Path(__file__).stat().st_mtime_ns}\n"
