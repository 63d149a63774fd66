"""What the benchmarks share: work in a process of its own with its peak of memory, and a workspace to work in."""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks.sample_file import LAYOUT_COLUMNS, TABLES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ROOT = Path(__file__).resolve().parents[1]

CONFIG = f"""\
version = 1

[engine]
data_dir = "data"

{TABLES}
[layouts.list]
direction = "export"
entity = "part"
format = "csv"
columns = [
{LAYOUT_COLUMNS}
]

[[tasks]]
id = "parts"
type = "import"
description = "The supplier's list"
sequence = 10
entity = "part"
assortment = "supplier"
layout = "parts"
file = "parts.csv"
settle = 0

[[tasks]]
id = "list"
type = "export"
description = "All parts"
sequence = 20
entity = "part"
layout = "list"
file = "list.csv"
overwrite = true
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """One piece of work, done in a process of its own."""

    seconds: float
    """Of the work itself, without the start of the process."""
    peak_mb: float
    """The largest resident size of the whole process."""
    told: Mapping[str, Any]


def write_workspace(root: Path) -> Path:
    """Write the configuration of a workspace and return its path."""
    (root / "uploads").mkdir(parents=True)
    path = root / "config.toml"
    path.write_text(CONFIG, encoding="utf-8")
    return path


def measured(script: str, *arguments: str | Path | int) -> Measured:
    """Run a function of a benchmark in a process of its own: ``script NAME ARGUMENTS``, which prints one object."""
    child = subprocess.Popen(
        [sys.executable, script, "--child", *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
        env=child_environment(),
    )
    assert child.stdout is not None
    output = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"{' '.join(map(str, arguments))} ended with {child.returncode}")
    told = json.loads(output.splitlines()[-1])
    return Measured(told.pop("seconds"), usage.ru_maxrss / 1024, told)


def child_environment() -> dict[str, str]:
    """Return the environment of a process that is measured: bytecode is kept, as it is of any installed program."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}


def run_task(config: Path, task: str, *, revert: int | None = None) -> dict[str, Any]:
    """Run a task through the engine; return how long it took, what it did, and how long it was in each step.

    ``revert``: the run of the task to be reverted in place of starting it.
    """
    from core.engine.engine import Engine
    from core.engine.gate import Gate, current_actor

    engine = Engine(config)
    try:
        engine.start(plan=False, resume=())
        gate = Gate(engine, current_actor())
        run = gate.start_tasks([task])[0] if revert is None else gate.revert_run(revert)
        steps: dict[str, float] = {}
        used = {"starting": processor_seconds()}
        peaks: dict[str, int] = {}
        while not engine.dispatcher.wait([run], timeout=0.01):
            view = engine.board.task(task)
            if view and view.run and view.run.progress and view.run.progress.since:
                step, begun = view.run.progress.step, view.run.progress.since.timestamp()
                if step not in steps:
                    steps[step], used[step] = begun, processor_seconds()
                peaks[step] = max(peaks.get(step, 0), _resident_mb())
        used[""] = processor_seconds()
        peaks["in all"] = _highest_mb()
        row = engine.workspace.journal.runs.get(run)
        assert row is not None
        assert row.started_at is not None
        assert row.ended_at is not None
    finally:
        engine.shutdown(stop_runs=True)
    if not row.state.good:
        sys.exit(row.message)
    begins = [("starting", row.started_at.timestamp()), *steps.items(), ("", row.ended_at.timestamp())]
    pairs = pairwise(begins)
    return {
        "seconds": (row.ended_at - row.started_at).total_seconds(),
        "phases": {step: round(end - begin, 3) for (step, begin), (_, end) in pairs},
        "processor_seconds": used[""] - used["starting"],
        "processor_phases": {step: round(end - begin, 3) for (step, begin), (_, end) in pairwise(used.items())},
        "peaks_mb": peaks,
        "message": row.message,
        "run": run,
    }


def processor_seconds() -> float:
    """Return how much of all processors this process, and those of its children that ended, have used."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def _highest_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


def _resident_mb() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") >> 20


def ratio(rounds: list[dict[str, Measured]], one: str, other: str) -> float:
    """Return how many times as long one took as another, as the median over the rounds."""
    return round(median(measures[one].seconds / measures[other].seconds for measures in rounds), 2)


def in_turns(works: Mapping[str, Callable[[], Measured]], rounds: int) -> list[dict[str, Measured]]:
    """Let everyone work once a round, in one order and then in the other."""
    found = []
    for number in range(rounds):
        order = sorted(works, reverse=number % 2 == 1)
        found.append({name: works[name]() for name in order})
    return found


def seconds_of(rounds: list[dict[str, Measured]]) -> dict[str, float]:
    """Return the median of the seconds of everyone."""
    return {name: round(median(one[name].seconds for one in rounds), 3) for name in rounds[0]}


def machine() -> dict[str, Any]:
    """Say on what was measured, when and with which versions."""
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "processors": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        "duckdb": version("duckdb"),
        "pendel": version("pendel"),
    }


def carry_out(
    about: str | None,
    children: Mapping[str, Callable[..., dict[str, Any]]],
    compare: Callable[[argparse.Namespace, Path], dict[str, Any]],
    tell: Callable[[dict[str, Any]], None],
    *,
    rows: int,
    more: Callable[[argparse.ArgumentParser], None] = lambda _: None,
) -> None:
    """Be the command of a benchmark: compare in a directory that goes away, and tell; or be a child of that.

    ``about`` is its docstring, ``more`` adds options of its own.
    """
    parser = argparse.ArgumentParser(description=(about or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=rows)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    more(parser)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--child", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        name, *arguments = options.child
        print(json.dumps(children[name](*arguments)))
        return
    with tempfile.TemporaryDirectory(prefix="pendel-bench-") as directory:
        result = compare(options, Path(directory))
    if options.json:
        print(json.dumps(result))
    else:
        tell(result)
