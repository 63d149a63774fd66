"""What the benchmarks of industry formats share: Pendel's reader beside whoever merely visits the same file."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks.measuring import Measured, in_turns, machine, measured, processor_seconds, ratio, seconds_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.config.formats import FormatId


def compare_reading(
    script: str,
    about: str | None,
    format_id: FormatId,
    *,
    make_file: Callable[[Path, int], int],
    visit: Callable[[str], dict[str, Any]],
    items: str,
) -> None:
    """Be the command of a benchmark: make two files, let both read in turns, and tell; or be a child of that.

    ``about`` is the docstring of ``script``. ``make_file`` makes a file of about so many megabytes and returns how many
    ``items`` it has; ``visit`` goes through one and returns what it counted.
    """
    if sys.argv[1:2] == ["--child"]:
        name, path, work = sys.argv[2:]
        print(json.dumps(_timed(lambda: visit(path)) if name == "visit" else _read(format_id, path, work)))
        return
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        small, large = root / "small", root / "large"
        make_file(small, max(1, options.megabytes // 10))
        number = make_file(large, options.megabytes)
        works = {name: (lambda name=name: measured(script, name, large, root / "work")) for name in ("visit", "read")}
        rounds = in_turns(works, options.rounds)
        few = measured(script, "read", small, root / "work")
        last = rounds[-1]
        found = {
            **machine(),
            "megabytes": options.megabytes,
            items: number,
            "seconds": seconds_of(rounds),
            "read / visit": ratio(rounds, "read", "visit"),
            "read / visit, processor": round(median(_processor(each) for each in rounds), 2),
            "peak MB": {name: round(each.peak_mb) for name, each in last.items()},
            "peak MB, a tenth of the file": round(few.peak_mb),
            "records": last["read"].told["records"],
        }
    if options.json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f"{name:30} {value}")


def _timed(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    begun, used = time.perf_counter(), processor_seconds()
    told = work()
    return {"seconds": time.perf_counter() - begun, "processor_seconds": processor_seconds() - used, **told}


def _read(format_id: FormatId, path: str, work: str) -> dict[str, Any]:
    """Make the raw records of all entities."""
    from core.config.entities import build_entities
    from core.config.standard import STANDARD_ENTITIES
    from core.exchange.formats.contract import Reading
    from core.exchange.formats.registry import industry_format
    from core.stop import StopToken

    languages = ["nl", "de"]
    entities = build_entities(STANDARD_ENTITIES, {}, languages)
    reader = industry_format(format_id).read
    assert reader is not None

    def read() -> dict[str, Any]:
        content = reader(
            Reading(Path(path), "the file", Path(work), entities, languages, False, StopToken(), "2026-03-01")
        )
        return {"records": {part.entity.name: part.raw.records for part in content.parts if part.raw.records}}

    return _timed(read)


def _processor(measures: dict[str, Measured]) -> float:
    return float(measures["read"].told["processor_seconds"] / measures["visit"].told["processor_seconds"])
