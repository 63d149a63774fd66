"""Products of a paged API through a flow, beside a bare httpx loop that fetches the same pages.

    python benchmarks/flow.py [--rows N] [--rounds N] [--json]

The server is that of ``connector.py``. Three take turns, each in a process of its own:

- the loop does ``client.get(url).json()`` for each page and nothing else;
- *reading* is what a flow does to have its records: pages by the link's connector, each row held against the mapping
  and made a record of Pendel's with the types of its fields;
- *flow* is a whole run of a ``flow`` task into an empty catalogue: reading, looking for what is there, staging,
  applying with history and undo, the journal's row of each record, and the activity log.

What the connector alone takes of that, which has a goal, is measured by ``connector.py``.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import tempfile
import time
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.connector import DEFINITION, in_process, loop, serve
from benchmarks.measuring import machine

if TYPE_CHECKING:
    from multiprocessing.connection import Connection as Pipe

    from core.tasks.context import RunContext

KINDS = """
[kinds.products.read]
resource = "products"
key = "ID"
[kinds.products.read.fields]
number = "Code"
name = "Description"
gtin = "Barcode"
net_price = "Price"
unit = "Unit"
active = "IsSalesItem"
"""
CONFIG = """
version = 1
[engine]
data_dir = "data"
languages = ["en"]
[connectors.shop]
file = "shop.toml"
[links.shop]
connector = "shop"
active = true
[links.shop.fields]
address = "{url}"
[[tasks]]
id = "products"
type = "flow"
description = "Products of the shop"
sequence = 10
kind = "products"
source = "shop"
target = "catalogue"
"""


def context_in(directory: Path, url: str, stack: ExitStack) -> RunContext:
    """Return what a run is handed, in a workspace whose link counts as tested."""
    from core.config.load import load
    from core.config.vault import Vault
    from core.links.connectors import connector_named
    from core.links.opening import surroundings_alone
    from core.links.tested import GoodTests, fingerprint
    from core.store.catalogue import Catalogue
    from core.store.journal import Journal
    from core.tasks.context import RunContext
    from core.tasks.turns import Turns

    (directory / "shop.toml").write_text(DEFINITION + KINDS, encoding="utf-8")
    path = directory / "config.toml"
    path.write_text(CONFIG.format(url=url), encoding="utf-8")
    config = load(path)
    config.spool_dir.mkdir(parents=True)
    around = surroundings_alone(config)
    found = fingerprint(connector_named("shop", config), config.links["shop"].fields, around.secrets)
    GoodTests(Vault(config.data_dir)).keep("shop", found, time.time())
    catalogue = Catalogue.open(config.catalogue_file, config.entities, spool=config.spool_dir, memory_limit_mb=512)
    return RunContext(
        run=1,
        fence=1,
        task="products",
        config=config,
        journal=stack.enter_context(closing(Journal(config.journal_file))),
        catalogue=stack.enter_context(closing(catalogue)),
        stop=around.stop,
        log=logging.LoggerAdapter(logging.getLogger("benchmark"), {}),
        spool=config.spool_dir / "run-1",
        secrets=around.secrets,
        report=lambda _progress: None,
        now=lambda: datetime.now(UTC),
        turns=Turns(1),
        send=lambda _target, _letter: None,
        redactor=around.redactor,
    )


def reading(url: str, pipe: Pipe) -> None:
    from core.config.flows import FlowTask
    from core.tasks.flow_sides import open_sides

    with tempfile.TemporaryDirectory() as directory, ExitStack() as stack:
        context = context_in(Path(directory), url, stack)
        task = context.config.task("products")
        assert isinstance(task, FlowTask)
        sides = open_sides(context, task, stack)
        begun, spent = time.perf_counter(), time.process_time()
        read = sum(len(page) for page in sides.source.pages("", lambda _rows: ()))
        assert sides.source.mark == str(read)
        told = (time.perf_counter() - begun, time.process_time() - spent, read)
    pipe.send(told)


def flow(url: str, pipe: Pipe) -> None:
    from core.config.flows import FlowTask
    from core.tasks.flowing import run_flow

    with tempfile.TemporaryDirectory() as directory, ExitStack() as stack:
        context = context_in(Path(directory), url, stack)
        task = context.config.task("products")
        assert isinstance(task, FlowTask)
        begun, spent = time.perf_counter(), time.process_time()
        outcome = run_flow(context, task)
        told = (time.perf_counter() - begun, time.process_time() - spent, outcome.counts.new)
    pipe.send(told)


SIDES = {"loop": loop, "reading": reading, "flow": flow}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    url = in_process(serve, options.rows)
    rounds: list[dict[str, tuple[float, float]]] = []
    for _ in range(options.rounds):
        took: dict[str, tuple[float, float]] = {}
        for name, side in SIDES.items():
            seconds, spent, read = in_process(side, url)
            assert read == options.rows, (name, read)
            took[name] = seconds, spent
        rounds.append(took)
    told: dict[str, Any] = {"machine": machine(), "rows": options.rows}
    for name in SIDES:
        told[name] = {
            "seconds": median(each[name][0] for each in rounds),
            "processor seconds": median(each[name][1] for each in rounds),
            "to the loop": median(each[name][0] / each["loop"][0] for each in rounds),
            "processor time to that of the loop": median(each[name][1] / each["loop"][1] for each in rounds),
        }
    if options.json:
        print(json.dumps(told))
        return
    print(f"{options.rows:,} products")
    for name in SIDES:
        each = told[name]
        print(
            f"{name:8} {each['seconds']:7.2f} s, {each['to the loop']:6.2f} times the loop by the clock, "
            f"{each['processor time to that of the loop']:6.2f} by processor time"
        )


if __name__ == "__main__":
    main()
