"""A whole import of a large catalogue of BMEcat: time and memory of each step, from the file to the journal.

    python benchmarks/catalogue_import.py [--megabytes N] [--memory-limit N] [--json]

The catalogue of `bmecat.py` is imported by the real task, three times into one workspace: as it is; in its next
version, so that nothing changes; and in one that lacks one article of ten, which are archived. That is reverted, and
`inspect` looks at the first file. Each works in a process of its own.

Goals: memory that does not grow with the file, beyond what DuckDB may have, and `inspect` within a second.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.bmecat import make_file
from benchmarks.measuring import child_environment, machine, measured, run_task

if TYPE_CHECKING:
    from collections.abc import Callable

CONFIG = """\
version = 1

[engine]
data_dir = "data"
languages = ["nl", "de"]
memory_limit = {memory_limit}

[[tasks]]
id = "catalogue"
type = "import"
description = "The supplier's catalogue"
sequence = 10
layout = "bmecat"
assortment = "supplier"
file = "catalogue.xml"
settle = 0
max_archived = 0.2
"""
LACKS = 10


def take(config: str) -> dict[str, Any]:
    return run_task(Path(config), "catalogue")


def revert(config: str, run: str) -> dict[str, Any]:
    return run_task(Path(config), "catalogue", revert=int(run))


CHILDREN: dict[str, Callable[..., dict[str, Any]]] = {"take": take, "revert": revert}


def carry_through(root: Path, megabytes: int, memory_limit: int) -> dict[str, Any]:
    """Import, import again, archive, revert and inspect."""
    home, source = root / "pendel", root / "pendel" / "uploads" / "catalogue.xml"
    source.parent.mkdir(parents=True)
    config = home / "config.toml"
    config.write_text(CONFIG.format(memory_limit=memory_limit), encoding="utf-8")
    found: dict[str, Any] = {**machine(), "megabytes": megabytes, "articles": make_file(source, megabytes)}
    first = root / "first.xml"
    shutil.copy(source, first)
    works: dict[str, Any] = {}

    def note(name: str, *arguments: Any) -> Any:
        done = measured(__file__, *arguments)
        works[name] = {"seconds": round(done.seconds, 1), "peak MB": round(done.peak_mb), **done.told}
        return done.told

    note("first", "take", config)
    make_file(source, megabytes, version="1.1")
    note("the same", "take", config)
    make_file(source, megabytes, version="1.2", lacks=LACKS)
    archived = note("archiving", "take", config)
    note("reverting", "revert", config, archived["run"])
    begun = time.perf_counter()
    command = [sys.executable, "-c", "from tui.main import main; main()", "inspect", str(first)]
    told = subprocess.run(command, capture_output=True, text=True, env=child_environment(), check=False)
    found["inspect"] = {"seconds": round(time.perf_counter() - begun, 2), "exit code": told.returncode}
    data = sum(each.stat().st_size for each in (home / "data").rglob("*") if each.is_file())
    return {**found, "data MB": data >> 20, "runs": works}


def tell(found: dict[str, Any]) -> None:
    for name, value in found.items():
        if name != "runs":
            print(f"{name:12} {value}")
    for name, run in found["runs"].items():
        print(f"{name}: {run['seconds']} s, {run['processor_seconds']:.1f} s of processors, peak {run['peak MB']} MB")
        for step, seconds in run["phases"].items():
            used = run["processor_phases"].get(step, 0)
            print(f"    {step:48} {seconds:7.1f} s, of processors {used:7.1f} s, {run['peaks_mb'].get(step, 0):5} MB")
        print(f"    {run['message']}")


def main() -> None:
    if sys.argv[1:2] == ["--child"]:
        name, *arguments = sys.argv[2:]
        print(json.dumps(CHILDREN[name](*arguments)))
        return
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--megabytes", type=int, default=300)
    parser.add_argument("--memory-limit", type=int, default=1024, help="of the engine, in MB")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="pendel-bench-") as directory:
        found = carry_through(Path(directory), options.megabytes, options.memory_limit)
    if options.json:
        print(json.dumps(found))
    else:
        tell(found)


if __name__ == "__main__":
    main()
