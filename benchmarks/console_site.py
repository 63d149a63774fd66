"""What the console is measured on: a workspace with very different tasks, of which ten have much to import."""

from __future__ import annotations

import os
import random
from typing import TYPE_CHECKING

from benchmarks.sample_file import TABLES, write_editions

if TYPE_CHECKING:
    from pathlib import Path

BUSY = 10
"""Tasks with a large file; their descriptions begin with :data:`BUSY_WORD`."""
BUSY_WORD = "Volume"

_HEAD = f"""\
version = 1

[engine]
data_dir = "data"
time_zone = "Europe/Amsterdam"
max_parallel_runs = 10
missed = "skip"

{TABLES}"""
_TASK = """
[[tasks]]
id = "{id}"
type = "import"
description = "{description}"
sequence = {sequence}
active = {active}
frequency = {frequency}
entity = "part"
assortment = "{id}"
layout = "parts"
file = "{id}.csv"
settle = 0
"""
# None of them is due while something is measured.
_FREQUENCIES = (
    '{ kind = "manual" }',
    '{ kind = "monthly", day = 31, at = "07:30" }',
    '{ kind = "cron", expression = "*/20 7-18 29 2 *" }',
    '{ kind = "biweekly", days = [1, 15], at = "18:05" }',
)
_WORDS = (
    "prices", "stock", "Großhandel", "leveranciers", "klanten", "Preisliste", "of the maker", "every article",
    "ETIM", "voorraad", "for the webshop in Łódź", "bestellingen",
)  # fmt: skip


def write_site(root: Path, *, tasks: int, rows: int) -> Path:
    """Write a configuration of so many tasks, with a file of so many records for each of the busy ones."""
    dice = random.Random(1)
    parts = [_HEAD]
    parts += [_busy(number) for number in range(min(BUSY, tasks))]
    parts += [_quiet(number, dice) for number in range(BUSY, tasks)]
    path = root / "config.toml"
    path.write_text("".join(parts), encoding="utf-8")
    uploads = root / "uploads"
    uploads.mkdir(exist_ok=True)
    if rows:
        first, second = uploads / "first.csv", uploads / "second.csv"
        write_editions(first, second, rows=rows, seed=1)
        for number in range(BUSY):
            os.link(first, uploads / f"busy-{number}.csv")
    return path


def _busy(number: int) -> str:
    return _TASK.format(
        id=f"busy-{number}",
        description=f"{BUSY_WORD} {number}: a long list of parts",
        sequence=1,
        active="true",
        frequency=_FREQUENCIES[0],
    )


def _quiet(number: int, dice: random.Random) -> str:
    words = " ".join(dice.sample(_WORDS, dice.randint(1, 6)))
    return _TASK.format(
        id=f"quiet-{number}",
        description=f"{words} {number}",
        sequence=dice.randint(10, 500),
        active=dice.choice(("true", "true", "false")),
        frequency=dice.choice(_FREQUENCIES),
    )
