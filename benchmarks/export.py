"""An export to CSV beside DuckDB's own COPY of the same records and columns.

    python benchmarks/export.py [--rows N] [--rounds N] [--json]

Both read the same catalogue, of 20 columns. Pendel's is the real task: snapshot, rendering through the layout, the
delivery under a temporary name, the SHA-256, the journal. Each works in a process of its own, and they take turns; the
ratio is the median over the rounds.

Goal: at most 1.5 times DuckDB's COPY.
"""

from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.measuring import (
    Measured,
    carry_out,
    in_turns,
    machine,
    measured,
    ratio,
    run_task,
    seconds_of,
    write_workspace,
)
from benchmarks.sample_file import COLUMNS, make_editions

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable


def run(config: str, task: str) -> dict[str, Any]:
    return run_task(Path(config), task)


def copy(catalogue: str, target: str) -> dict[str, Any]:
    """Let DuckDB write the same columns of the same table."""
    import duckdb

    columns = ", ".join(COLUMNS)
    with duckdb.connect(catalogue, read_only=True, config={"threads": 2}) as connection:
        begun = time.perf_counter()
        connection.execute(f"COPY (SELECT {columns} FROM entity.part) TO '{target}' (FORMAT csv, HEADER true)")
        return {"seconds": time.perf_counter() - begun}


CHILDREN: dict[str, Callable[..., dict[str, Any]]] = {"make": make_editions, "run": run, "copy": copy}


def compare(options: argparse.Namespace, root: Path) -> dict[str, Any]:
    config = write_workspace(root / "pendel")
    measured(__file__, "make", config.parent / "uploads" / "parts.csv", root / "second.csv", options.rows, options.seed)
    measured(__file__, "run", config, "parts")
    (root / "second.csv").unlink()
    shutil.rmtree(config.parent / "data" / "spool")
    catalogue, target = config.parent / "data" / "catalogue.duckdb", root / "copy.csv"
    works: dict[str, Callable[[], Measured]] = {
        "pendel": lambda: measured(__file__, "run", config, "list"),
        "copy": lambda: measured(__file__, "copy", catalogue, target),
    }
    rounds = in_turns(works, options.rounds)
    return {
        "rows": options.rows,
        "columns": len(COLUMNS),
        "file_mb": round(target.stat().st_size / 1e6, 1),
        "rounds": options.rounds,
        "seconds": seconds_of(rounds),
        "to_copy": ratio(rounds, "pendel", "copy"),
        "peak_mb": round(max(one["pendel"].peak_mb for one in rounds)),
        "phases": rounds[-1]["pendel"].told["phases"],
        "message": rounds[-1]["pendel"].told["message"],
        **machine(),
    }


def tell(result: dict[str, Any]) -> None:
    print(f"Export of {result['rows']:,} records, {result['columns']} columns, {result['file_mb']} MB")
    for name, seconds in result["seconds"].items():
        print(f"  {name:8} {seconds:8.2f} s")
    print(f"  {result['to_copy']} x DuckDB's COPY (goal: at most 1.5)")
    print(f"  peak {result['peak_mb']} MB")
    for step, seconds in result["phases"].items():
        print(f"    {step:32} {seconds:6.2f} s")
    print(f"  {result['message']}")


if __name__ == "__main__":
    carry_out(__doc__, CHILDREN, compare, tell, rows=1_000_000)
