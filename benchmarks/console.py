"""The console on a pseudo-terminal: how soon it is there, what it sends, and how soon it answers, idle and under load.

    python benchmarks/console.py [--tasks N] [--rows N] [--moves N] [--rounds N] [--only PART] [--json]

A real ``pendel`` process with a real engine, on a terminal of 80 x 24 whose screen an emulator reads: a first paint is
there when the list and the keys are on that screen, and a key has been answered when the cursor stands in another line.
The imports are real ones, of files of ``--rows`` records. Beside the first paint, in the same round and on the same
terminal, is that of a Textual application with nothing in it but one line.

Parts: ``paint``, ``idle``, ``moves``, ``running``, ``answers``, ``flood``.

Goals: first paint with 200 tasks < 400 ms; idle 0 bytes/s; a cursor key < 500 bytes; ten running tasks <= 2 kB/s; key
to paint < 50 ms (95 %) beside four imports; a flood of 100,000 log lines/s keeps it answering and its memory bounded.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(1, str(Path(__file__).resolve().parents[1] / "tests"))

from support.pty_terminal import PtyTerminal

from benchmarks.console_site import BUSY, BUSY_WORD, write_site
from benchmarks.measuring import ROOT, machine

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PENDEL = "import sys; from tui.main import main; main()"
BARE = """
from textual.app import App
from textual.widgets import Static

class Bare(App):
    def compose(self):
        yield Static("q Quit")
        yield Static("›")

Bare().run()
"""
PAINT_TASKS = 200
ANSWER_SECONDS = 60
"""Short imports are started again and again, which takes longer than the keys beside them."""
FLOOD_LINES, FLOOD_SECONDS = 100_000, 10
FLOOD_BATCHES = 100
"""A second."""
# What `-X importtime` writes to the terminal between the sequences of the console.
_IMPORT = re.compile(rb"import time:\s+(\d+) \|\s+\d+ \| [^\r\n]*\r\n")

_NOT_HANDED_ON = ("PYTHON", "NO_COLOR", "PENDEL_")
# The first start of all compiles what it imports, as pip does at an installation, and leaves nothing in the checkout.
_CACHE = tempfile.TemporaryDirectory(prefix="pendel-compiled-")


class Console(PtyTerminal):
    """A console to be measured."""

    def __init__(self, *command: str | Path) -> None:
        environ = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_HANDED_ON)}
        environ |= {"LANG": "C.UTF-8", "TERM": "xterm-256color"}
        environ |= {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")]), "PYTHONPYCACHEPREFIX": _CACHE.name}
        super().__init__([sys.executable, *command], env=environ)

    @property
    def cursor_row(self) -> int:
        """The row of the screen in which the cursor of the list stands; -1 where there is none."""
        return next((row for row, line in enumerate(self.screen.display) if line.startswith("›")), -1)

    @property
    def cursor_line(self) -> str:
        """What that row says."""
        return self.screen.display[row] if (row := self.cursor_row) >= 0 else ""

    def painted(self) -> float:
        """Read until the first paint is there, list and keys; return the seconds since the process was started."""
        return self._seconds_until(lambda: "q Quit" in self.text and self.cursor_row > 0, since=self.started)

    def planned(self) -> float:
        """Read until the engine plans, and keys are answered; return the seconds since the process was started."""
        return self._seconds_until(lambda: "The engine plans" in self.text, since=self.started)

    def answer_of(self, key: str) -> float:
        """Press a key that moves the cursor; return the seconds until it stands in another line."""
        before = self.cursor_line
        begun = time.perf_counter()
        self.press(key)
        return self._seconds_until(lambda: self.cursor_line not in ("", before), since=begun)

    def _seconds_until(self, condition: Callable[[], bool], *, since: float) -> float:
        end = since
        while not condition():
            if self.read(0.05):
                end = self.arrived
            elif time.perf_counter() - since > 60:
                sys.exit(f"The console does not answer:\n{self.text}")
        return end - since

    @property
    def processor_seconds(self) -> float:
        """What the process has used of a processor: what a first paint takes where nobody else works."""
        threads = Path(f"/proc/{self.process.pid}/task").glob("*/schedstat")
        return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9

    @property
    def resident_mb(self) -> float:
        """The memory that the process holds."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return round(pages * os.sysconf("SC_PAGE_SIZE") / 2**20, 1)

    @property
    def running(self) -> int:
        """The runs that are going, as the title says."""
        found = re.search(r"(\d+) running", self.screen.display[0])
        return int(found[1]) if found else 0

    def start_imports(self, number: int) -> None:
        """Start so many of the busy tasks, unless they are running, and wait until the title says so."""
        if self.running == number:
            return
        self.wait_while(" running")
        self.press("\x1b")
        self.rest(0.3)
        # Marked one by one from the top of the list, where the busy ones stand after Pendel's own.
        self.press("/")
        self.rest(0.3)
        self.press(BUSY_WORD)
        self.rest(0.3)
        self.press("\r")
        self.wait_for(f"{BUSY} of")
        self.press("g" + " " * number + "s")
        self.wait_for(f"Start {number} task" if number > 1 else "Start ")
        self.press("y")
        self.wait_for(f"{number} running")
        self.press("\x1b")
        self.wait_while(f"{BUSY} of")
        self.press("\x1b")

    def leave(self) -> None:
        """End the console, with its runs."""
        self.signal(signal.SIGTERM)
        self.wait_for_end()


# -- the parts ----------------------------------------------------------------------------------------------------


def first_paint(rounds: int) -> dict[str, Any]:
    """The first paint with 200 tasks, beside that of a bare application, and how much of it goes into importing.

    An engine has planned these tasks before; ``changed`` is the first paint after a change of the configuration, where
    nobody knows the list yet.
    """
    with tempfile.TemporaryDirectory() as directory:
        config = write_site(Path(directory), tasks=PAINT_TASKS, rows=0)
        # The first of all, which fills the caches of the disk, does not count.
        pairs = [(_paint("-c", PENDEL, "--config", config), _paint("-c", BARE)) for _ in range(rounds + 1)][1:]
        changed = [_paint_changed(config) for _ in range(max(1, rounds // 3))]
        _paint("-c", PENDEL, "--config", config)
        share = median(_import_share(config) for _ in range(max(1, rounds // 3)))
    return {
        "first_paint_ms": _ms(median(pendel for (pendel, _), _ in pairs)),
        "first_paint_best_ms": _ms(min(pendel for (pendel, _), _ in pairs)),
        "first_paint_processor_ms": _ms(median(used for (_, used), _ in pairs)),
        "first_paint_changed_ms": _ms(median(seconds for seconds, _ in changed)),
        "first_paint_changed_processor_ms": _ms(median(used for _, used in changed)),
        "bare_textual_ms": _ms(median(bare for _, (bare, _) in pairs)),
        "bare_textual_best_ms": _ms(min(bare for _, (bare, _) in pairs)),
        "bare_textual_processor_ms": _ms(median(used for _, (_, used) in pairs)),
        "ratio": round(median(pendel / bare for (pendel, _), (bare, _) in pairs), 2),
        "import_share": round(share, 2),
    }


def _paint(*command: str | Path) -> tuple[float, float]:
    """Return the seconds to the first paint, and what the process used of a processor until then."""
    with Console(*command) as console:
        seconds = console.painted()
        used = console.processor_seconds
        console.press("q" if PENDEL in command else "\x11")
        console.wait_for_end()
    return seconds, used


def _paint_changed(config: Path) -> tuple[float, float]:
    """As :func:`_paint`, after a change of the configuration."""
    config.write_text(config.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    return _paint("-c", PENDEL, "--config", config)


def _import_share(config: Path) -> float:
    """Return the share of the first paint that the interpreter spends on imports, by its own count."""
    with Console("-X", "importtime", "-c", PENDEL, "--config", config) as console:
        seconds = console.painted()
        spent = sum(int(found[1]) for found in _IMPORT.finditer(bytes(console.sent))) / 1e6
        console.leave()
    return spent / seconds


def idle(console: Console, seconds: float = 20) -> dict[str, Any]:
    """What is sent while nothing happens."""
    console.rest(2)
    before, end = len(console.sent), time.monotonic() + seconds
    while time.monotonic() < end:
        console.read(0.2)
    return {"idle_bytes_per_second": (len(console.sent) - before) / seconds}


def moves(console: Console, number: int) -> dict[str, Any]:
    """What is sent for a cursor key, with the details that follow it, in both directions through different tasks."""
    within: list[int] = []
    scrolling: list[int] = []
    console.press("g")
    console.rest(1)
    for count in range(number):
        before, row = len(console.sent), console.cursor_row
        # To and fro, so that the cursor stands at the edge of the list for some of the keys.
        console.answer_of("j" if count % 40 < 25 else "k")
        # The details follow once the cursor rests.
        console.rest(0.35)
        (within if console.cursor_row != row else scrolling).append(len(console.sent) - before)
    return _bytes(within, "cursor_key") | _bytes(scrolling, "scrolling_key")


def ten_running(console: Console, seconds: float = 20) -> dict[str, Any]:
    """What is sent while ten imports run."""
    console.start_imports(BUSY)
    console.press("g")
    console.rest(0.05)
    before, begun = len(console.sent), time.monotonic()
    while console.running == BUSY and time.monotonic() < begun + seconds:
        console.read(0.05)
    passed = time.monotonic() - begun
    return {
        "ten_running_bytes_per_second": round((len(console.sent) - before) / passed),
        "ten_running_measured_seconds": round(passed, 1),
    }


def answers(console: Console, number: int, *, imports: int) -> dict[str, Any]:
    """How soon a cursor key is on the screen, beside running imports; for so many keys, or as long as there is time."""
    seconds: list[float] = []
    end = time.monotonic() + ANSWER_SECONDS
    while len(seconds) < number and time.monotonic() < end:
        if imports:
            console.start_imports(imports)
        console.press("g")
        console.rest(0.3)
        for _ in range(50):
            if len(seconds) >= number or (imports and console.running < imports):
                break
            seconds.append(console.answer_of("j"))
            # As a person types, and out of step with the console's own ticks.
            console.rest(0.07)
    return {f"keys_beside_{imports}": len(seconds), **_latency(seconds, f"beside_{imports}")}


def flood(config: Path, number: int) -> dict[str, Any]:
    """How soon a cursor key is on the screen, and what memory is used, beside a flood of log lines."""
    with Console(Path(__file__), "--child", config) as console:
        console.painted()
        console.rest(1)
        console.press("G")
        console.rest(1)
        quiet = console.resident_mb
        console.signal(signal.SIGUSR1)
        console.wait_for("flood line")
        begun, highest = time.monotonic(), quiet
        seconds: list[float] = []
        before = len(console.sent)
        while time.monotonic() < begun + FLOOD_SECONDS * 0.9 and len(seconds) < number:
            seconds.append(console.answer_of("k" if len(seconds) % 20 < 10 else "j"))
            console.read(0.05)
            highest = max(highest, console.resident_mb)
        sent = (len(console.sent) - before) / (time.monotonic() - begun)
        told = Path(f"{config}.flood")
        console.wait_until(told.exists, "the end of the flood")
        after = console.resident_mb
        console.leave()
        written = json.loads(told.read_text())
        told.unlink()
    return {
        **_latency(seconds, "beside_flood"),
        "flood_lines_per_second": written["lines_per_second"],
        "flood_bytes_per_second": round(sent),
        "flood_resident_mb": {"before": quiet, "highest": highest, "after": after},
    }


def flooding_console(config: Path) -> None:
    """The console, with a thread that logs at SIGUSR1, as a run would that logs in a loop."""
    from core.engine.logs import LOGGER
    from tui.main import open_console

    def log() -> None:
        begun = time.perf_counter()
        lines, batch = 0, FLOOD_LINES // FLOOD_BATCHES
        while (passed := time.perf_counter() - begun) < FLOOD_SECONDS:
            due = int(passed * FLOOD_LINES)
            for _ in range(min(due - lines, batch)):
                lines += 1
                LOGGER.info("flood line %d of a run that logs in a loop", lines, extra={"task": "busy-0"})
            if lines >= due:
                time.sleep(1 / FLOOD_BATCHES)
        told = {"lines_per_second": round(lines / (time.perf_counter() - begun))}
        Path(f"{config}.flood").write_text(json.dumps(told))

    signal.signal(signal.SIGUSR1, lambda *_: threading.Thread(target=log, daemon=True).start())
    sys.exit(open_console(config, read_only=False))


# -- figures ------------------------------------------------------------------------------------------------------


def _bytes(sizes: Sequence[int], what: str) -> dict[str, Any]:
    if len(sizes) < 2:
        return {}
    return {
        f"{what}_bytes": round(median(sizes)),
        f"{what}_bytes_p95": round(_p95(sizes)),
        f"{what}_bytes_max": max(sizes),
    }


def _latency(seconds: Sequence[float], what: str) -> dict[str, Any]:
    return {
        f"key_to_paint_{what}_ms": _ms(median(seconds)),
        f"key_to_paint_{what}_p95_ms": _ms(_p95(seconds)),
        f"key_to_paint_{what}_max_ms": _ms(max(seconds)),
    }


def _p95(values: Sequence[float]) -> float:
    return quantiles(values, n=20)[-1]


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)


def measure(arguments: argparse.Namespace, wanted: Callable[[str], bool]) -> dict[str, Any]:
    """Measure the wanted parts that need a workspace of many tasks."""
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as directory:
        config = write_site(Path(directory), tasks=arguments.tasks, rows=arguments.rows)
        if any(map(wanted, ("idle", "moves", "running", "answers"))):
            with Console("-c", PENDEL, "--config", config) as console:
                found["first_paint_of_these_ms"] = _ms(console.painted())
                found["planned_ms"] = _ms(console.planned())
                if wanted("idle"):
                    found |= idle(console)
                if wanted("moves"):
                    found |= moves(console, arguments.moves)
                if wanted("answers"):
                    for imports in (0, 1, 4):
                        found |= answers(console, arguments.moves, imports=imports)
                if wanted("running"):
                    found |= ten_running(console)
                console.leave()
        if wanted("flood"):
            found |= flood(config, arguments.moves)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--tasks", type=int, default=1000, help="tasks of the workspace, but for the first paint")
    parser.add_argument("--rows", type=int, default=300_000, help="records of each of the ten files")
    parser.add_argument("--moves", type=int, default=200, help="cursor keys of each part")
    parser.add_argument("--rounds", type=int, default=9, help="first paints")
    parser.add_argument("--only", action="append", help="a part; can be given more than once")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    if arguments.child:
        flooding_console(arguments.child)

    def wanted(part: str) -> bool:
        return not arguments.only or part in arguments.only

    result: dict[str, Any] = {**machine(), "tasks": arguments.tasks, "rows": arguments.rows}
    if wanted("paint"):
        result["paint"] = first_paint(arguments.rounds)
    result |= measure(arguments, wanted)
    print(json.dumps(result) if arguments.json else "\n".join(f"{key:36} {value}" for key, value in result.items()))


if __name__ == "__main__":
    main()
