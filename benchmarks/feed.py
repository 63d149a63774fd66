"""An XML feed beside lxml's xmlfile, which builds the same document record by record.

    python benchmarks/feed.py [--rows N] [--rounds N] [--json]

Both read the same catalogue: records with eight elements, one of them in a CDATA section, and prices that are joined
to them. Pendel's is the real task: snapshot, rendering, the delivery under a temporary name, the SHA-256, the journal;
once with the prices and once without. lxml's reads the records with DuckDB, in the order of their keys, and writes each
with ``xf.write(element)``, as its documentation shows. Each works in a process of its own, and they take turns; the
ratio is the median over the rounds. Before anything is measured, both documents are compared.

Goal: at least 5 times as fast, and memory that does not grow with the number of records.
"""

from __future__ import annotations

import hashlib
import sys
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

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
)

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator

NAMESPACES = {"g": "urn:g"}
PRICES = 3
"""Of each record."""

CONFIG = """\
version = 1

[engine]
data_dir = "data"

[entities.part]
key = ["number"]
[entities.part.fields]
number = { type = "text" }
title = { type = "text" }
description = { type = "text" }
brand = { type = "text" }
gtin = { type = "text" }
price = { type = "decimal", decimals = 2 }
stock = { type = "integer" }
active = { type = "boolean" }
since = { type = "date" }

[entities.part_price]
key = ["part", "quantity"]
[entities.part_price.fields]
part = { type = "text", refers_to = "part" }
quantity = { type = "integer" }
net = { type = "decimal", decimals = 2 }
"""

RECORD = """
  { name = "title", field = "title" },
  { name = "description", field = "description", cdata = true },
  { name = "brand", field = "brand" },
  { name = "g:gtin", field = "gtin" },
  { name = "price", attributes = [{ name = "currency", constant = "EUR" }], field = "price", format = "0.00" },
  { name = "stock", field = "stock" },
  { name = "active", field = "active" },
  { name = "since", field = "since" },
"""
JOINED = """
  { name = "prices", elements = [
    { name = "net", repeat = { entity = "part_price" }, field = "net", format = "0.00", attributes = [
      { name = "from", field = "quantity" },
    ] },
  ] },
"""

LAYOUT = """
[layouts.{name}]
direction = "feed"
format = "xml"
entity = "part"
namespaces = {{ g = "urn:g" }}
root = {{ name = "feed", elements = [
  {{ name = "part", records = true, attributes = [{{ name = "number", field = "number" }}], elements = [{record}] }},
] }}

[[tasks]]
id = "{name}"
type = "feed"
description = "{name}"
sequence = 10
entity = "part"
layout = "{name}"
file = "{name}.xml"
overwrite = true
"""


def make(config: str, rows: str) -> dict[str, Any]:
    """Make the catalogue, and fill it."""
    import duckdb

    from core.engine.engine import Engine

    begun = time.perf_counter()
    engine = Engine(Path(config))
    engine.workspace.catalogue.watermark()
    engine.shutdown(stop_runs=True)
    with duckdb.connect(str(Path(config).parent / "data" / "catalogue.duckdb")) as connection:
        stamp = "assortment, created_at, created_by_run, changed_at, changed_by_run"
        now = "'a', TIMESTAMP '2026-01-01', 1, TIMESTAMP '2026-01-01', 1"
        # The moment up to which the catalogue is committed.
        connection.execute("INSERT INTO applied (run, fence, block, moment) VALUES (1, 1, 1, TIMESTAMP '2026-01-01')")
        connection.execute(
            f"INSERT INTO entity.part ({stamp}, number, title, description, brand, gtin, price, stock, active, since) "
            f"SELECT {now}, printf('P%08d', i), "
            "'Part no. ' || i || CASE WHEN i % 10 = 0 THEN ' <5 mm> & more' ELSE '' END, "
            "repeat('A description with some words in it, ', 1 + i % 5) || i, 'Brand ' || i % 200, "
            "printf('%013d', 8711111000000 + i), (i % 100000) / 7, i % 300, i % 3 = 0, "
            f"DATE '2020-01-01' + (i % 2000)::INT FROM range({int(rows)}) t(i)"
        )
        connection.execute(
            f"INSERT INTO entity.part_price ({stamp}, part, quantity, net) "
            f"SELECT {now}, printf('P%08d', i), q, ((i + q) % 100000) / 9 "
            f"FROM range({int(rows)}) t(i), unnest([1, 10, 100][:{PRICES}]) u(q)"
        )
    return {"seconds": time.perf_counter() - begun}


def run(config: str, task: str) -> dict[str, Any]:
    return run_task(Path(config), task)


def _records(connection: Any, *, joined: bool) -> Iterator[tuple[tuple[Any, ...], list[tuple[Any, ...]]]]:
    """Yield the records with their prices, both in the order of the key, so that nothing need be kept."""
    records = connection.cursor().execute(
        "SELECT number, title, description, brand, gtin, price, stock, active, since FROM entity.part ORDER BY number"
    )
    prices = connection.cursor().execute("SELECT part, quantity, net FROM entity.part_price ORDER BY part, quantity")
    waiting = prices.fetchmany(PRICES * 1000) if joined else []
    waiting.reverse()
    while batch := records.fetchmany(1000):
        for record in batch:
            own = []
            while waiting and waiting[-1][0] == record[0]:
                own.append(waiting.pop())
                if not waiting:
                    waiting = prices.fetchmany(PRICES * 1000)
                    waiting.reverse()
            yield record, own


def lxml(catalogue: str, target: str, joined: str) -> dict[str, Any]:
    """Build each record as an element and write it, as lxml's documentation shows."""
    import duckdb
    from lxml import etree

    with duckdb.connect(catalogue, read_only=True, config={"threads": 2}) as connection:
        begun, used = time.perf_counter(), processor_seconds()
        with etree.xmlfile(target, encoding="UTF-8") as out:
            out.write_declaration()
            with out.element("feed", nsmap=NAMESPACES):
                for record, prices in _records(connection, joined=bool(int(joined))):
                    number, title, description, brand, gtin, price, stock, active, since = record
                    part = etree.Element("part", {"number": number}, NAMESPACES)
                    etree.SubElement(part, "title").text = title
                    etree.SubElement(part, "description").text = etree.CDATA(description)
                    etree.SubElement(part, "brand").text = brand
                    etree.SubElement(part, "{urn:g}gtin").text = gtin
                    etree.SubElement(part, "price", currency="EUR").text = f"{price:.2f}"
                    etree.SubElement(part, "stock").text = str(stock)
                    etree.SubElement(part, "active").text = "true" if active else "false"
                    etree.SubElement(part, "since").text = since.isoformat()
                    if prices:
                        group = etree.SubElement(part, "prices")
                        for _, quantity, net in prices:
                            etree.SubElement(group, "net", {"from": str(quantity)}).text = f"{net:.2f}"
                    out.write(part)
        return {"seconds": time.perf_counter() - begun, "processor_seconds": processor_seconds() - used}


def fingerprint(path: Path) -> tuple[int, str]:
    """Return how many records a document has, and what is in them, however namespaces and white space are written."""
    from lxml import etree

    digest, count = hashlib.sha256(), 0
    for _, element in etree.iterparse(str(path), tag="part"):
        count += 1
        for each in element.iter():
            digest.update(repr((each.tag, sorted(each.attrib.items()), each.text)).encode())
        element.clear()
        if (parent := element.getparent()) is not None:
            del parent[: parent.index(element)]
    return count, digest.hexdigest()


CHILDREN: dict[str, Callable[..., dict[str, Any]]] = {"make": make, "run": run, "lxml": lxml}


def compare(options: argparse.Namespace, root: Path) -> dict[str, Any]:
    config = root / "config.toml"
    layouts = LAYOUT.format(name="plain", record=RECORD) + LAYOUT.format(name="joined", record=RECORD + JOINED)
    config.write_text(CONFIG + layouts, encoding="utf-8")
    measured(__file__, "make", config, options.rows)
    catalogue, exports = root / "data" / "catalogue.duckdb", root / "exports"
    works: dict[str, Callable[[], Measured]] = {}
    for name, joined in (("plain", 0), ("joined", 1)):
        works[name] = lambda name=name: measured(__file__, "run", config, name)  # type: ignore[misc]
        works[f"lxml_{name}"] = lambda name=name, joined=joined: measured(  # type: ignore[misc]
            __file__, "lxml", catalogue, root / f"{name}.xml", joined
        )
    sizes = {}
    for name in ("plain", "joined"):
        works[name]()
        works[f"lxml_{name}"]()
        if fingerprint(exports / f"{name}.xml") != fingerprint(root / f"{name}.xml"):
            sys.exit(f"the documents of {name} differ")
        sizes[name] = round((exports / f"{name}.xml").stat().st_size / 1e6, 1)
    rounds = in_turns(works, options.rounds)
    return {
        "rows": options.rows,
        "prices": options.rows * PRICES,
        "file_mb": sizes,
        "rounds": options.rounds,
        "seconds": seconds_of(rounds),
        "plain_to_lxml": ratio(rounds, "lxml_plain", "plain"),
        "joined_to_lxml": ratio(rounds, "lxml_joined", "joined"),
        "processor_seconds": {
            name: round(median(one[name].told["processor_seconds"] for one in rounds), 2) for name in works
        },
        "peak_mb": {name: round(max(one[name].peak_mb for one in rounds)) for name in works},
        "phases": {name: rounds[-1][name].told["phases"] for name in ("plain", "joined")},
        **machine(),
    }


def tell(result: dict[str, Any]) -> None:
    print(f"{result['rows']:,} records, without and with {result['prices']:,} prices: {result['file_mb']} MB")
    for name, seconds in result["seconds"].items():
        used = result["processor_seconds"][name]
        print(f"  {name:12} {seconds:8.2f} s, {used:8.2f} s of processors, peak {result['peak_mb'][name]} MB")
    print(f"  plain: {result['plain_to_lxml']} x as fast as lxml; joined: {result['joined_to_lxml']} x (goal: 5)")
    for name, phases in result["phases"].items():
        for step, seconds in phases.items():
            print(f"    {name} {step:32} {seconds:6.2f} s")


if __name__ == "__main__":
    carry_out(__doc__, CHILDREN, compare, tell, rows=1_000_000)
