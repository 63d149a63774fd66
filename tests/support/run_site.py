"""A site whose runs left something behind: rejects, samples, changes that can be put back, files that were sent."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from support.task_site import TABLES, export_of, import_of

from core.runs import Counts, RunState, Trigger
from core.store.journal.runs import NewRun

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from core.store.journal import Journal

HEADER = "No;Price\n"
HOSTILE = "\x1b[31m[red]x[/red]\u202e"
"""An escape sequence, markup and a character that turns the direction of text."""
ENGINE = """\
version = 1
[engine]
time_zone = "Europe/Amsterdam"
languages = ["nl", "en"]
attempts = 1
block_rows = 100
"""


def run_site(root: Path) -> Path:
    """Write a configuration with a delta and a full import of articles, and an export of what changed."""
    for name in ("in", "out", "uploads"):
        (root / name).mkdir()
    config = root / "config.toml"
    tasks = (
        import_of("delta", file="prices.csv", max_rejected=0.5),
        import_of("full", file="prices.csv", delta=False, max_rejected=0.5, sequence=20),
        export_of("shop", changes_only=True, overwrite=True, sequence=30),
        import_of("missing", sequence=40),
    )
    config.write_text(ENGINE + TABLES + "\n".join(tasks), encoding="utf-8")
    return config


def put_prices(config: Path, first: int, last: int, *, cents: int = 50, bad: int = 0) -> None:
    """Deliver articles A<first> to A<last>, and some that no layout takes, whose prices are hostile."""
    lines = [f"A{number:05d};{number},{cents:02d}\n" for number in range(first, last + 1)]
    lines += [f"B{number};{HOSTILE}{number}\n" for number in range(bad)]
    path = config.parent / "uploads" / "prices.csv"
    path.write_text(HEADER + "".join(lines), encoding="windows-1252", errors="replace")


def fill_history(journal: Journal, runs: int, *, until: datetime) -> None:
    """Write so many runs that ended, one a minute up to a moment; each tenth failed."""
    first = until - timedelta(minutes=runs)
    with journal.transaction():
        for number in range(runs):
            at = first + timedelta(minutes=number)
            task = ("delta", "full", "shop")[number % 3]
            (run,) = journal.runs.queue([NewRun(task, "import", Trigger.PLANNED, "pendel")], at=at)
            journal.runs.start(run, at=at)
            state = RunState.SUCCEEDED if number % 10 else RunState.FAILED
            message = f"Needle {number}." if number % 1000 == 7 else "Imported."
            ended = at + timedelta(seconds=1 + number % 50)
            journal.runs.end(run, state, at=ended, message=message, counts=Counts(read=number))
