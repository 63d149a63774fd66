"""A delta import beside DuckDB merely parsing the same file, and beside dlt's upsert into DuckDB.

    python benchmarks/delta_import.py [--rows N] [--rounds N] [--dlt-rows N] [--dlt-strategy S] [--without-dlt] [--json]

The catalogue holds the first edition of a list of 20 columns. The second, with 5 % of its records changed, 1 % new and
1 % missing, is imported by the real task: engine, journal, spool and all. Everyone works in a process of his own, on a
copy of the same state, and the competitors take turns; ratios are medians over the rounds.

Goals: at most 2.5 times DuckDB's parsing, at least 5 times as fast as dlt, at most 1 GB of memory.
"""

from __future__ import annotations

import shutil
import sys
import time
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.dlt_upsert import MOST_BY_VALUES, STRATEGIES, WAYS, dlt_ways, upsert_by_dlt
from benchmarks.measuring import (
    Measured,
    carry_out,
    in_turns,
    machine,
    measured,
    processor_seconds,
    ratio,
    run_task,
    seconds_of,
    write_workspace,
)
from benchmarks.sample_file import COLUMNS, make_editions

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable


def import_file(config: str) -> dict[str, Any]:
    return run_task(Path(config), "parts")


def parse_file(path: str, variant: str) -> dict[str, Any]:
    """Let DuckDB read the file as text, either keeping all its values or only counting its records."""
    import duckdb

    columns = ", ".join(f"'{name}': 'VARCHAR'" for name in COLUMNS)
    relation = (
        f"read_csv('{path}', auto_detect = false, header = true, delim = ';', quote = '\"', escape = '\"', "
        f"new_line = '\\n', columns = {{{columns}}})"
    )
    work = "CREATE TEMP TABLE parsed AS FROM" if variant == "keep" else "SELECT count(*) FROM"
    with duckdb.connect(config={"threads": 2}) as connection:
        begun, used = time.perf_counter(), processor_seconds()
        connection.execute(f"{work} {relation}").fetchall()
        return {"seconds": time.perf_counter() - begun, "processor_seconds": processor_seconds() - used}


CHILDREN: dict[str, Callable[..., dict[str, Any]]] = {
    "make": make_editions,
    "import": import_file,
    "parse": parse_file,
    "dlt": upsert_by_dlt,
}


class Bench:
    """The state before the second edition, and everyone's work on copies of it."""

    def __init__(self, root: Path, *, rows: int, seed: int, ways: list[str], strategy: str) -> None:
        self.root, self.strategy = root, strategy
        self.first, self.second = root / "first.csv", root / "second.csv"
        measured(__file__, "make", self.first, self.second, rows, seed)
        config = write_workspace(root / "pendel")
        shutil.copy(self.first, root / "pendel" / "uploads" / "parts.csv")
        measured(__file__, "import", config)
        shutil.rmtree(root / "pendel" / "data" / "spool")
        shutil.copy(self.second, root / "pendel" / "uploads" / "parts.csv")
        for way in ways:
            measured(__file__, "dlt", self.first, root / f"dlt-{way}", way, strategy)

    def pendel(self) -> Measured:
        """Import the second edition by the real task."""
        copy = shutil.copytree(self.root / "pendel", self.root / "copy")
        try:
            return measured(__file__, "import", copy / "config.toml")
        finally:
            shutil.rmtree(copy)

    def parse(self, variant: str) -> Measured:
        """Let DuckDB parse the second edition."""
        return measured(__file__, "parse", self.second, variant)

    def dlt(self, way: str) -> Measured:
        """Let dlt upsert the second edition."""
        copy = shutil.copytree(self.root / f"dlt-{way}", self.root / "copy")
        try:
            return measured(__file__, "dlt", self.second, copy, way, self.strategy)
        finally:
            shutil.rmtree(copy)


def compare(options: argparse.Namespace, root: Path) -> dict[str, Any]:
    ways = [] if options.without_dlt else dlt_ways(options.rows, options.dlt_rows)
    bench = Bench(root, rows=options.rows, seed=options.seed, ways=ways, strategy=options.dlt_strategy)
    works: dict[str, Callable[[], Measured]] = {
        "pendel": bench.pendel,
        "parse": lambda: bench.parse("keep"),
        "count": lambda: bench.parse("count"),
    }
    works |= {f"dlt-{way}": partial(bench.dlt, way) for way in ways}
    rounds = in_turns(works, options.rounds)
    result: dict[str, Any] = {
        "rows": options.rows,
        "columns": len(COLUMNS),
        "file_mb": round(bench.second.stat().st_size / 1e6, 1),
        "rounds": options.rounds,
        "seconds": seconds_of(rounds),
        "to_parse": ratio(rounds, "pendel", "parse"),
        "to_count": ratio(rounds, "pendel", "count"),
        "processor_seconds": {
            name: round(median(one[name].told["processor_seconds"] for one in rounds), 2)
            for name in ("pendel", "parse")
        },
        "peak_mb": round(max(one["pendel"].peak_mb for one in rounds)),
        "phases": rounds[-1]["pendel"].told["phases"],
        "processor_phases": rounds[-1]["pendel"].told["processor_phases"],
        "peaks_mb": rounds[-1]["pendel"].told["peaks_mb"],
        "message": rounds[-1]["pendel"].told["message"],
        **machine(),
    }
    return result | {f"dlt_{way}_to_pendel": ratio(rounds, f"dlt-{way}", "pendel") for way in ways}


def tell(result: dict[str, Any]) -> None:
    print(f"Delta import of {result['rows']:,} records, {result['columns']} columns, {result['file_mb']} MB")
    for name, seconds in result["seconds"].items():
        print(f"  {name:8} {seconds:8.2f} s")
    print(f"  {result['to_parse']} x DuckDB's parsing (goal: at most 2.5); {result['to_count']} x merely counting")
    used = result["processor_seconds"]
    print(f"  {used['pendel']} s of processor time, to parse {used['parse']} s: {used['pendel'] / used['parse']:.2f} x")
    for way, words in WAYS.items():
        if f"dlt_{way}_to_pendel" in result:
            print(f"  {result[f'dlt_{way}_to_pendel']} x as fast as dlt {words}")
    print(f"  peak {result['peak_mb']} MB (goal: at most 1000)")
    for step, seconds in result["phases"].items():
        used = result["processor_phases"].get(step, 0)
        print(f"    {step:32} {seconds:6.2f} s, of processors {used:5.2f} s, {result['peaks_mb'].get(step, 0):5} MB")
    print(f"  {result['message']}")


def more(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dlt-rows", type=int, default=MOST_BY_VALUES, help="up to so many, dlt also loads by INSERT")
    parser.add_argument("--dlt-strategy", choices=STRATEGIES, default=STRATEGIES[0])
    parser.add_argument("--without-dlt", action="store_true")


if __name__ == "__main__":
    carry_out(__doc__, CHILDREN, compare, tell, rows=1_000_000, more=more)
