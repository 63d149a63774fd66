"""Whole imports of large files with little memory: what a `pendel run` takes of memory and disk, and `pendel inspect`.

    python benchmarks/large_files.py [FORMAT…] [--megabytes N] [--memory-limit N] [--json]

A file of each format (all of them, where none is named) is made by `large_samples.py` and imported into an empty
catalogue by the real command, in a process of its own, which is watched from outside: the peak of its resident memory
and of each of its helpers, of what DuckDB spills, and of the data directory with the copy and the raw records in it.

Goal: memory near `memory_limit`, whatever the size of the file.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.large_samples import MAKERS
from benchmarks.measuring import CONFIG, child_environment, machine
from benchmarks.sample_file import COLUMNS

TABLES = ("csv", "jsonl", "parquet")
"""Formats that need a layout: that of :mod:`benchmarks.measuring`."""
PENDEL = (sys.executable, "-c", "from tui.main import main; main()")
INDUSTRY = """\
version = 1

[engine]
data_dir = "data"
languages = ["nl", "de"]

[[tasks]]
id = "parts"
type = "import"
description = "The supplier's catalogue"
sequence = 10
layout = "{format}"
assortment = "supplier"
file = "{file}"
settle = 0
"""
_EVERY = 0.2
"""Seconds between two looks."""


@dataclass(slots=True)
class Peaks:
    """The most that was seen, in MB."""

    process: int = 0
    helpers: dict[int, int] = field(default_factory=dict)
    spilled: int = 0
    data: int = 0

    def look(self, pid: int, data: Path) -> None:
        """Look at the process, its children and its data directory."""
        for each in _family(pid):
            peak = _highest_mb(each)
            if each == pid:
                self.process = max(self.process, peak)
            else:
                self.helpers[each] = max(self.helpers.get(each, 0), peak)
        self.spilled = max(self.spilled, _disk_mb(data / "catalogue.tmp"))
        self.data = max(self.data, _disk_mb(data))


def carry_through(format_id: str, root: Path, megabytes: int, memory_limit: int) -> dict[str, Any]:
    """Make a file of the format, inspect it, and import it."""
    ending, make = MAKERS[format_id]
    # A release of ETIM is known by the name of its file.
    source = root / "uploads" / f"{'ETIM-10.0' if format_id == 'etim-csv' else 'parts'}.{ending}"
    source.parent.mkdir(parents=True)
    items = make(source, megabytes << 20)
    config = root / "config.toml"
    config.write_text(_config(format_id, source.name, memory_limit), encoding="utf-8")
    inspected = _watched(["inspect", str(source)], root)
    imported = _watched(["--config", str(config), "run", "--quiet", "parts"], root)
    return {"items": items, "file MB": source.stat().st_size >> 20, "inspect": inspected, "import": imported}


def _config(format_id: str, file: str, memory_limit: int) -> str:
    if format_id in TABLES:
        fields = "\n".join(f'{name} = {{ type = "{kind}" }}' for name, kind in COLUMNS.items())
        columns = "\n".join(f'  {{ column = "{name}", field = "{name}" }},' for name in COLUMNS)
        text = CONFIG.format(fields=fields, import_columns=columns, export_columns=columns)
        text = text.replace('format = "csv"\nfile = { delimiter = ";" }', f'format = "{format_id}"', 1)
        if format_id == "csv":
            text = text.replace('format = "csv"\n', 'format = "csv"\nfile = { delimiter = ";" }\n', 1)
        text = text.replace('file = "parts.csv"', f'file = "{file}"')
    else:
        text = INDUSTRY.format(format=format_id, file=file)
    return text.replace("[engine]\n", f"[engine]\nmemory_limit = {memory_limit}\n")


def _watched(arguments: list[str], root: Path) -> dict[str, Any]:
    begun, peaks = time.perf_counter(), Peaks()
    with subprocess.Popen(
        [*PENDEL, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=child_environment()
    ) as process:
        while True:
            peaks.look(process.pid, root / "data")
            ended, status, usage = os.wait4(process.pid, os.WNOHANG)
            if ended:
                break
            time.sleep(_EVERY)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.stdout is not None
        told = process.stdout.read()
    if process.returncode not in (0, 3):
        sys.exit(told)
    return {
        "seconds": round(time.perf_counter() - begun, 1),
        "processor seconds": round(usage.ru_utime + usage.ru_stime, 1),
        "peak MB": max(peaks.process, usage.ru_maxrss >> 10),
        "helpers MB": sorted(peaks.helpers.values()),
        "spilled MB": peaks.spilled,
        "data MB": peaks.data,
        "left MB": _disk_mb(root / "data"),
    }


def _family(pid: int) -> list[int]:
    found = [pid]
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += _family(int(child))
    except OSError:
        pass  # It has ended.
    return found


def _highest_mb(pid: int) -> int:
    try:
        found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return 0
    return int(found[1]) >> 10 if found else 0


def _disk_mb(directory: Path) -> int:
    total = 0
    for place, _, names in os.walk(directory):
        for name in names:
            try:
                total += os.lstat(Path(place, name)).st_blocks * 512
            except OSError:
                continue
    return total >> 20


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("formats", nargs="*", metavar="FORMAT", help=f"of {', '.join(MAKERS)}")
    parser.add_argument("--megabytes", type=int, default=256)
    parser.add_argument("--memory-limit", type=int, default=256, help="of the engine, in MB")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found: dict[str, Any] = {**machine(), "megabytes": options.megabytes, "memory_limit": options.memory_limit}
    for format_id in options.formats or MAKERS:
        with tempfile.TemporaryDirectory(prefix="pendel-bench-") as directory:
            found[format_id] = carry_through(format_id, Path(directory), options.megabytes, options.memory_limit)
    if options.json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f"{name:14} {value}")


if __name__ == "__main__":
    main()
