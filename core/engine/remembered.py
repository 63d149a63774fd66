"""The list of tasks as an engine last knew it: what a console shows while its engine is still being opened.

An engine takes a quarter of a second to import and to check its settings. The list depends on nothing but the files of
the configuration and on this program, so the engine keeps it, with what it was made of, and it is shown for nothing
else. What changes by itself is not in it: outcomes are read from the journal, and what is running or planned is known
once there is an engine.
"""

from __future__ import annotations

import json
import re
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from core.config.file_set import fingerprint_on_disk
from core.config.model import DATA_DIR, JOURNAL, placed
from core.engine.active import view_of
from core.engine.api import Right, Snapshot, TaskView
from core.errors import StoreError
from core.store.journal import Journal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from core.config.model import Config

FILE = "tasks-shown.json"
"""In the data directory."""
NOTICE = "The engine begins; what is running or planned shows then."

_LASTING = ("id", "type", "description", "active", "sequence", "frequency", "system")
"""What of a task changes with the configuration only."""
_DATA_DIR = re.compile(r"""^\s*data_dir\s*=\s*(["'])(.*?)\1""", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Remembered:
    """What a console needs for its first picture."""

    snapshot: Snapshot
    theme: str
    mouse: bool
    keys: Mapping[str, Sequence[str]]


def remember(config: Config, tasks: Iterable[TaskView]) -> None:
    """Keep the list of tasks that a configuration gives, in its order, unless it is kept already."""
    # Without it, the next console shows its list later; nothing else depends on it.
    with suppress(OSError):
        made_of = _made_of(config.fingerprint)
        if _kept(config.data_dir).get("made_of") == made_of:
            return
        known = {
            "made_of": made_of,
            "include": config.include,
            "zone": config.engine.time_zone,
            "theme": config.console.theme,
            "mouse": config.console.mouse,
            "keys": dict(config.keys),
            "tasks": [{name: getattr(task, name) for name in _LASTING} for task in tasks],
        }
        from core.config.files import replace_file

        # For this user only: to others, not every task may be visible.
        replace_file(config.data_dir / FILE, json.dumps(known).encode(), mode=0o600)


def remembered(config_path: Path, right: Right) -> Remembered | None:
    """Return what is kept for a configuration as it is now, with the outcomes of the journal; None where nothing is."""
    try:
        data_dir = _likely_data_dir(config_path)
        known = _kept(data_dir)
        if known.get("made_of") != _made_of(fingerprint_on_disk(config_path, known.get("include", ()))):
            return None
        with closing(Journal(data_dir / JOURNAL, read_only=True)) as journal:
            last = {task: view_of(row) for task, row in journal.runs.last_ended().items()}
        tasks = tuple(
            TaskView(**kept, next_run=None, run=None, last_run=last.get(kept["id"])) for kept in known["tasks"]
        )
        zone = ZoneInfo(known["zone"])
        snapshot = Snapshot(0, tasks, 0, str(config_path.absolute()), zone, right, NOTICE, planned=False)
        return Remembered(snapshot, known["theme"], known["mouse"], known["keys"])
    except (OSError, ValueError, LookupError, TypeError, StoreError):
        # What is damaged is as good as none.
        return None


def _kept(data_dir: Path) -> dict[str, Any]:
    try:
        found = json.loads((data_dir / FILE).read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _likely_data_dir(config_path: Path) -> Path:
    """Return where the data of a configuration should be; to read all of it takes as long as an engine of some size.

    Elsewhere, there is nothing that was made of these files.
    """
    found = _DATA_DIR.search(config_path.read_text(encoding="utf-8"))
    return placed(config_path.absolute().parent, found[2] if found else DATA_DIR)


def _made_of(fingerprint: str) -> str:
    # An installation of another release writes this file anew.
    return f"{fingerprint} {Path(__file__).stat().st_mtime_ns}"
