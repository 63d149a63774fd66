"""What the benchmarks of industry formats share: Pendel's reader beside whoever merely visits the same file."""

from __future__ import annotations

import argparse
import json
import resource
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
    shares: bool = False,
) -> None:
    """Be the command of a benchmark: make two files, let both read in turns, and tell; or be a child of that.

    ``about`` is the docstring of ``script``. ``make_file`` makes a file of about so many megabytes and returns how many
    ``items`` it has; ``visit`` goes through one and returns what it counted. Where the reader ``shares`` its work with
    other processes, it reads by itself, too.
    """
    if sys.argv[1:2] == ["--child"]:
        name, path, work = sys.argv[2:]
        done = _timed(lambda: visit(path)) if name == "visit" else _read(format_id, path, work, alone=name == "alone")
        print(json.dumps(done))
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
        names = ("visit", "read", "alone") if shares else ("visit", "read")
        works = {name: (lambda name=name: measured(script, name, large, root / "work")) for name in names}
        rounds = in_turns(works, options.rounds)
        few = measured(script, "read", small, root / "work")
        last = rounds[-1]
        found = {
            **machine(),
            "megabytes": options.megabytes,
            items: number,
            "seconds": seconds_of(rounds),
            **{f"{name} / visit": ratio(rounds, name, "visit") for name in names[1:]},
            **{
                f"{name} / visit, processor": round(median(_processor(each, name) for each in rounds), 2)
                for name in names[1:]
            },
            "peak MB": {name: round(each.peak_mb) for name, each in last.items()},
            **({"peak MB of each helper": last["read"].told["helper_mb"]} if shares else {}),
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


def _read(format_id: FormatId, path: str, work: str, *, alone: bool) -> dict[str, Any]:
    """Make the raw records of all entities, in this process ``alone`` or with as many as Pendel takes."""
    from core.config.entities import build_entities
    from core.config.standard import STANDARD_ENTITIES
    from core.exchange.formats.contract import Reading, Sharing
    from core.exchange.formats.registry import industry_format
    from core.stop import StopToken

    languages = ["nl", "de"]
    entities = build_entities(STANDARD_ENTITIES, {}, languages)
    reader = industry_format(format_id).read
    assert reader is not None

    reading = Reading(Path(path), "the file", Path(work), entities, languages, False, StopToken(), "2026-03-01")
    if alone:
        reading.sharing = Sharing(processes=1)

    def read() -> dict[str, Any]:
        content = reader(reading)
        return {
            "records": {part.entity.name: part.raw.records for part in content.parts if part.raw.records},
            "helper_mb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10,
        }

    return _timed(read)


def _processor(measures: dict[str, Measured], name: str) -> float:
    return float(measures[name].told["processor_seconds"] / measures["visit"].told["processor_seconds"])
