"""How long a large configuration takes to load, beside what merely reading its TOML takes.

    python benchmarks/config_load.py --tasks 1000 --json

Each side runs in a fresh interpreter, imports and all, as a console that starts would; the best of the repeats counts.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

_LOAD = """
import sys, time
start = time.perf_counter()
from pathlib import Path
from core.config.load import load
tasks = len(load(Path(sys.argv[1])).tasks)
print(time.perf_counter() - start, tasks)
"""
_TOMLLIB = """
import sys, time
start = time.perf_counter()
import tomllib
with open(sys.argv[1], "rb") as file:
    tasks = len(tomllib.load(file)["tasks"])
print(time.perf_counter() - start, tasks)
"""
_KINDS = (
    '{ kind = "daily" }',
    '{ kind = "interval", minutes = 30 }',
    '{ kind = "workday", at = "07:00", skip_holidays = true }',
    '{ kind = "weekly", day = "monday", at = "07:30" }',
    '{ kind = "monthly", day = 31, at = "07:30" }',
    '{ kind = "cron", expression = "*/20 7-18 * * mon-fri" }',
)


def configuration(tasks: int) -> str:
    """Return a configuration with so many import tasks, a layout to every ten and a location to every hundred."""
    head = 'version = 1\n[engine]\ntime_zone = "Europe/Amsterdam"\nholidays = "NL"\nlanguages = ["nl", "en"]\n'
    return "\n".join(
        [
            head,
            *(_location(number) for number in range(0, tasks, 100)),
            *(_layout(number) for number in range(0, tasks, 10)),
            *(_task(number) for number in range(tasks)),
        ]
    )


def _location(number: int) -> str:
    return (
        f'[locations.supplier-{number}]\nprotocol = "sftp"\nhost = "sftp.example.com"\nusername = "pendel"\n'
        f'password = {{ secret = "supplier-{number}" }}\n'
    )


def _layout(number: int) -> str:
    return (
        f'[layouts.prices-{number}]\ndirection = "import"\nentity = "article"\nformat = "csv"\n'
        'file = { delimiter = ";", encoding = "windows-1252", decimal = "," }\ncolumns = [\n'
        '  { column = "Artikelnummer", field = "number", required = true },\n'
        '  { column = "Omschrijving", field = "description.nl", convert = ["trim", "collapse"] },\n'
        '  { column = "Bruto", field = "gross_price" },\n]\n'
    )


def _task(number: int) -> str:
    return (
        f'[[tasks]]\nid = "prices-{number}"\ntype = "import"\ndescription = "Prices of supplier {number}"\n'
        f"sequence = {number}\nfrequency = {_KINDS[number % len(_KINDS)]}\n"
        f'entity = "article"\nassortment = "supplier-{number}"\nlayout = "prices-{number // 10 * 10}"\n'
        f'source = {{ location = "supplier-{number // 100 * 100}", path = "prices-*.csv" }}\n'
        "delete_after = true\nmax_rejected = 0.05\n"
    )


def seconds(code: str, path: Path, repeats: int) -> float:
    times = []
    for _ in range(repeats):
        done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
        times.append(float(done.stdout.split()[0]))
    return min(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--tasks", type=int, default=1000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "config.toml"
        path.write_text(configuration(arguments.tasks), encoding="utf-8")
        pendel, tomllib = (seconds(code, path, arguments.repeats) for code in (_LOAD, _TOMLLIB))
    result = {
        "tasks": arguments.tasks,
        "pendel_seconds": round(pendel, 3),
        "tomllib_seconds": round(tomllib, 3),
        "ratio": round(pendel / tomllib, 2),
    }
    print(json.dumps(result) if arguments.json else "\n".join(f"{key:16} {value}" for key, value in result.items()))


if __name__ == "__main__":
    main()
