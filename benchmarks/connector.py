"""Products from a paged API, beside a bare httpx loop that fetches the same pages.

    python benchmarks/connector.py [--rows N] [--rounds N] [--json]

A server in a process of its own gives pages of 1,000 products that it has made beforehand, each with the address of the
next. Pendel's connector reads them as it would a real system's: limits, bounded replies, the rows of each page with two
of their members read as what they are, and the cursor. The loop does ``client.get(url).json()`` and nothing else. They
take turns, each in a process of its own; the ratio is the median over the rounds.

Goal: at most 1.5 times the time of the loop.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import tempfile
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.measuring import machine

if TYPE_CHECKING:
    from multiprocessing.connection import Connection as Pipe

PAGE = 1000
DEFINITION = """
version = 1
name = "Products"
base_url = "{address}"
fields = [{ name = "address", title = "Address" }]
auth = { kind = "none" }
test = { path = "products" }
limits = [
  { kind = "bucket", requests = 100000, seconds = 60 },
  { kind = "concurrency", at_once = 4 },
  { kind = "headers", remaining = "X-RateLimit-Remaining", reset = "X-RateLimit-Reset", reset_unit = "epoch_s" },
]
reply = { rows = ["d.results"] }

[resources.products]
path = "products"
query = { page = "0" }
paging = { kind = "next_link", member = "d.__next" }
incremental = { kind = "row_version", field = "Timestamp", query = { since = "{since|number}" } }
fields = { Price = { read = "decimal" }, Code = { read = "trimmed" } }
"""


def product(number: int) -> dict[str, Any]:
    return {
        "ID": f"00000000-0000-0000-0000-{number:012}",
        "Code": f"{number:>18}",
        "Description": f"Hexagon bolt M{number % 40} x {number % 300} zinc plated",
        "Price": f"{number % 9000}.{number % 100:02}",
        "Barcode": f"{4_000_000_000_000 + number}",
        "IsSalesItem": number % 3 == 0,
        "NetWeight": number / 7,
        "Unit": "pc",
        "Timestamp": number + 1,
    }


def serve(rows: int, pipe: Pipe) -> None:
    pages: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            pass

        def do_GET(self) -> None:
            body = pages[int(self.path.rpartition("page=")[2])]
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("X-RateLimit-Remaining", "100000")
            self.send_header("X-RateLimit-Reset", str(int(time.time()) + 60))
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        url = f"http://127.0.0.1:{server.server_address[1]}"
        for start in range(0, rows, PAGE):
            results = [product(number) for number in range(start, min(start + PAGE, rows))]
            more = {"__next": f"{url}/products?page={start // PAGE + 1}"} if start + PAGE < rows else {}
            pages.append(json.dumps({"d": {"results": results, **more}}).encode())
        pipe.send(url)
        server.serve_forever()


def loop(url: str, pipe: Pipe) -> None:
    import httpx

    begun, spent, read = time.perf_counter(), time.process_time(), 0
    with httpx.Client() as client:
        following: str | None = f"{url}/products?page=0"
        while following:
            page = client.get(following).json()["d"]
            read += len(page["results"])
            following = page.get("__next")
    pipe.send((time.perf_counter() - begun, time.process_time() - spent, read))


def connector(url: str, pipe: Pipe) -> None:
    import httpx  # noqa: F401 - both sides import it before their time begins
    import tenacity  # noqa: F401

    from core.config.vault import Vault
    from core.links.clock import SystemClock
    from core.links.connection import Connection
    from core.links.loading import checked
    from core.links.reading import Reading
    from core.links.tokens import VaultTokens
    from core.redaction import Redactor
    from core.stop import StopToken

    definition = checked(DEFINITION, "products")
    with tempfile.TemporaryDirectory() as directory:
        tokens = VaultTokens(Vault(Path(directory)), "x", lock_dir=Path(directory))
        begun, spent = time.perf_counter(), time.process_time()
        stop = StopToken()
        with Connection(
            definition, {"address": url}, tokens=tokens, clock=SystemClock(stop), redactor=Redactor(), stop=stop
        ) as connection:
            reading = Reading(connection, "products")
            read = sum(len(page) for page in reading.pages())
            assert reading.cursor == str(read)
    pipe.send((time.perf_counter() - begun, time.process_time() - spent, read))


def in_process(work: Any, given: Any) -> Any:
    here, there = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=work, args=(given, there), daemon=True)
    process.start()
    told = here.recv()
    if work is not serve:
        process.join()
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    url = in_process(serve, options.rows)
    ratios, cpu_ratios, seconds = [], [], []
    for _ in range(options.rounds):
        bare, bare_cpu, read = in_process(loop, url)
        ours, ours_cpu, ours_read = in_process(connector, url)
        assert read == ours_read == options.rows
        ratios.append(ours / bare)
        cpu_ratios.append(ours_cpu / bare_cpu)
        seconds.append((bare, ours))
    told = {
        "machine": machine(),
        "rows": options.rows,
        "seconds": {"loop": median(each[0] for each in seconds), "connector": median(each[1] for each in seconds)},
        "connector : loop": median(ratios),
        "processor time": median(cpu_ratios),
        "goal": 1.5,
    }
    if options.json:
        print(json.dumps(told))
        return
    both = f"loop {told['seconds']['loop']:.2f} s, connector {told['seconds']['connector']:.2f} s"
    print(f"{options.rows:,} products: {both}")
    print(f"connector : loop {median(ratios):.2f} (processor time {median(cpu_ratios):.2f}); goal: at most 1.5")


if __name__ == "__main__":
    main()
