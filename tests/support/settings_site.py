"""A site with a configuration of every kind of table, and an engine around it."""

from __future__ import annotations

import re
import time
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

from support.live_console import LiveConsole
from support.live_engine import LiveEngine

from core.engine.api.rights import Right
from core.engine.engine import Engine
from core.engine.gate import Gate
from core.runs import Actor
from tui.app import PendelApp
from tui.screens.form import FormScreen
from tui.words import UNICODE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from tui.words import Signs

ANNA = Actor("anna", "pts/3")

CONFIG = """\
# Kept by the team of the catalogue.
version = 1

[engine]
data_dir = "data"
time_zone = "Europe/Amsterdam"   # where we are
holidays = "NL"
languages = ["nl", "en"]

[locations.supplier]             # asked for in May
protocol = "sftp"
host = "sftp.example.com"
username = "pendel"
password = { secret = "supplier" }
directory = "/out"

[locations.files]
protocol = "local"
directory = "files"

[layouts.prices]
direction = "import"
entity = "article"
format = "csv"
file = { delimiter = ";", decimal = "," }
columns = [
  { column = "Artikel", field = "number", required = true },   # the key
  { column = "Bruto", field = "gross_price" },
]

[layouts.shop]
direction = "export"
entity = "article"
format = "csv"
columns = [{ column = "sku", field = "number" }]

# Every Monday.
[[tasks]]
id = "prices"
type = "import"
description = "Weekly prices"
sequence = 10
frequency = { kind = "weekly", day = "monday", at = "07:30" }   # agreed with the supplier
entity = "article"
assortment = "supplier"
layout = "prices"
source = { location = "supplier", path = "prices-*.csv" }

[[tasks]]
id = "shop"
type = "export"
description = "Articles to the shop"
active = true
sequence = 20
frequency = { kind = "fortnightly", day = "monday", at = "07:30", from = 2026-11-23 }
after = { tasks = ["prices"] }
entity = "article"
layout = "shop"
target = { location = "files", path = "articles-{date}.csv" }
"""


@contextmanager
def settings_site(
    directory: Path, config: str = CONFIG, *, right: Right = Right.ADMINISTER, plan: bool = True
) -> Iterator[tuple[Path, Gate, Engine]]:
    """The configuration, the gate of an actor, and the engine, which plans."""
    path = directory / "config.toml"
    path.write_text(config, encoding="utf-8")
    (directory / "files").mkdir(exist_ok=True)
    engine = Engine(path)
    try:
        engine.start(plan=plan, resume=())
        yield path, Gate(engine, ANNA, right=right), engine
    finally:
        engine.shutdown(stop_runs=True)


@asynccontextmanager
async def settings_console(
    directory: Path,
    config: str = CONFIG,
    *,
    size: tuple[int, int] = (80, 24),
    signs: Signs = UNICODE,
    right: Right = Right.ADMINISTER,
) -> AsyncIterator[LiveConsole]:
    """The console around that engine, which plans."""
    with settings_site(directory, config, right=right) as (_, gate, engine):
        live = LiveEngine(engine)
        live.gate = gate
        app = PendelApp(gate, signs)
        async with app.run_test(size=size) as pilot:
            console = LiveConsole(pilot, live)
            await console.look()
            yield console


async def checked(console: LiveConsole) -> str:
    """Wait until the form has been checked as it stands, and return what the screen says."""
    end = time.monotonic() + 30
    await console.look()
    while not (isinstance(console.screen, FormScreen) and console.screen.checked):
        assert time.monotonic() < end, console.text
        await console.look()
    return await console.look()


async def on_task(console: LiveConsole, task: str) -> None:
    """Put the cursor of the list on a task, however many of Pendel's own stand above it."""
    await console.press("g")
    for _ in console.screen.snapshot.tasks:
        if console.screen.situation().targets[0].id == task:
            return
        await console.press("down")
    raise AssertionError(f"no task {task}:\n{console.text}")


def without_counts(text: str) -> str:
    """A screen without the number of tasks, of which some are Pendel's own."""
    return re.sub(r"plans \d+ tasks", "plans the tasks", text)


async def go_to(console: LiveConsole, label: str) -> None:
    """Put the cursor of a form on the first field with this label, or that says this."""
    screen = console.screen
    assert isinstance(screen, FormScreen)
    stops = [row for row in screen.panel.rows.rows if row.stops]
    here = next(at for at, row in enumerate(stops) if (row.path, row.part) == screen.panel.rows.place)
    there = next((at for at, row in enumerate(stops) if label in (row.label, row.text)), None)
    assert there is not None, f"no field {label}:\n{console.text}"
    await console.pilot.press(*["down" if there > here else "up"] * abs(there - here))
    await console.look()


async def fill(console: LiveConsole, label: str, text: str) -> None:
    """Type a text into a field, in place of what stands there."""
    await go_to(console, label)
    await console.press("end", "ctrl+u")
    await console.type(text)
