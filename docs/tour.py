"""Make the pictures of the documentation from the running program.

    python docs/tour.py

Starts ``pendel demo`` on a pseudo-terminal of 80 x 24, presses keys as a user would, and writes what the screen says
into ``docs/tour.md``, and between the markers ``<!-- screen NAME -->`` and ``<!-- end of screen -->`` of README and
``docs/console.md``.
"""  # noqa: INP001 - a script beside the pages that it writes

from __future__ import annotations

import os
import re
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from support.pty_terminal import PtyTerminal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).resolve().parents[1]
TOUR = ROOT / "docs" / "tour.md"
PAGES = (ROOT / "README.md", ROOT / "docs" / "console.md")
_PENDEL = "from tui.main import main; main()"
_QUIET = 0.4
"""Seconds without a byte after which a screen is taken to be whole."""
_MARKED = re.compile(r"<!-- screen (\S+) -->\n.*?<!-- end of screen -->", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Press:
    """Keys, and what the screen says once they have done their work."""

    keys: str
    words: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    """What it says no more."""


@dataclass(frozen=True, slots=True)
class Stop:
    """One stop of the tour: how to get there, and what is to be seen."""

    name: str
    title: str
    text: str
    presses: tuple[Press, ...]


TASKS = "Price lists of the whol"
STOPS = (
    Stop(
        "tasks",
        "The tasks",
        "`pendel demo` opens on the list of tasks: state, sequence number, frequency in words, the next and the last"
        " run. Below stands the task under the cursor, and the log.",
        (Press("", (TASKS, "q Quit")), Press("Gkkkk", ("── wholesaler-prices",))),
    ),
    Stop(
        "start",
        "Before something happens",
        "`s` asks before it starts anything, with the focus on the way out. *Dry run* says what a run would do.",
        (Press("s", ("Start 1 task?", "Cancel")),),
    ),
    Stop(
        "dry-run",
        "What a run would do",
        "After a dry run, `h` leads to the runs of the task and `enter` to one of them: what it would have done, in"
        " counts. Nothing has been changed.",
        (
            Press("d", ("1 running",)),
            Press("", (), ("1 running",)),
            Press("h", ("dry run",)),
            Press("\r", ("Outcome",)),
        ),
    ),
    Stop(
        "samples",
        "Old and new",
        "`]` goes on to the samples: the fields of records as they would be.",
        (Press("]", ("[Samples",)),),
    ),
    Stop(
        "running",
        "All of them",
        "`space` marks tasks, `s` starts them in the order of their sequence numbers. This is the list once they"
        " have ended: the suppliers' files have a few bad lines on purpose.",
        (
            Press("\x1b", ("Pendel: runs",)),
            Press("1", (TASKS,)),
            Press("Gkkkkk      ", ("6 tasks marked",)),
            Press("s", ("Start 6 tasks?",)),
            Press("y", (" running",)),
            Press("", (), (" running", " waiting")),
            Press("\x1b", (), ("tasks marked",)),
            Press("Gkkkk", ("── wholesaler-prices",)),
        ),
    ),
    Stop(
        "log",
        "The log",
        "`l` gives the log the whole body. It can be searched, filtered, held still and saved.",
        (Press("l", ("Log", "shop-orders"), ("State ",)),),
    ),
    Stop(
        "runs",
        "The runs",
        "`2` shows what runs and ran, with what each one counted.",
        (
            Press("l", ("State ",)),
            Press("2", ("Pendel: runs",)),
            Press("\x1b", ("webshop-articles", "erp-files"), ("Filter:",)),
            Press("g"),
        ),
    ),
    Stop(
        "catalogue",
        "The catalogue",
        "`5` shows what Pendel keeps: entities and assortments with their counts, archived records among them.",
        (Press("5", ("Pendel: catalogue", "wholesaler")),),
    ),
    Stop(
        "records",
        "Records",
        "`enter` opens the records, which are read page by page; `/` filters them, `C` chooses the columns.",
        (Press("g\r", ("Pendel: records", "6,457 records")),),
    ),
    Stop(
        "record",
        "One record",
        "`enter` once more: all fields, and the history of the record by run.",
        (Press("\r", ("Pendel: record ", "00000001")),),
    ),
    Stop(
        "locations",
        "Locations",
        "`3` lists where files are read and written.",
        (
            Press("\x1b", ("Pendel: records",)),
            Press("\x1b", ("Pendel: catalogue",)),
            Press("3", ("Pendel: locations", "supplier")),
        ),
    ),
    Stop(
        "test",
        "Does it work?",
        "`T` tests a location step by step, and says at the first that fails what to do.",
        (Press("T", ("The location works.",)),),
    ),
    Stop(
        "links",
        "Links",
        "`7` lists the links to other systems: whether they work, and what uses them.",
        (Press("\x1b"), Press("7", ("Pendel: links", "books"))),
    ),
    Stop(
        "flows",
        "Flows",
        "`8` shows what flows between systems, and what failed. `a` sets flows up, step by step.",
        (Press("8", ("Pendel: flows", "shop-orders")), Press("G", ("could not be sent",))),
    ),
    Stop(
        "failures",
        "What failed",
        "`enter` lists the records that could not be sent, with the reason. Mended here or at their source, they"
        " are sent again.",
        (Press("\r", ("Pendel: failures", "GIFT-25")),),
    ),
    Stop(
        "layouts",
        "Layouts",
        "`4` lists how columns and fields go together.",
        (Press("\x1b", ("Pendel: flows",)), Press("4", ("Pendel: layouts", "wholesaler-prices"))),
    ),
    Stop(
        "editor",
        "The layout editor",
        "`enter` opens a layout beside a real file; what comes of each change stands below.",
        (
            Press("G", ("── wholesaler-prices",)),
            Press("\r", ("Press F",)),
            Press("F", ("Where is the file?",)),
            Press("\x1b[B", ("› supplier",)),
            Press("\r", ("› processed",)),
            Press("\r", ("supplier: processed", "prices-2.csv")),
            Press("prices-2", ("Narrowed down",)),
            Press("\r", ("Artikelnummer",), ("Narrowed down",)),
        ),
    ),
    Stop(
        "settings",
        "Settings",
        "`6` shows everything else that can be set, and who changed what.",
        (Press("\x1b", ("Pendel: layouts",)), Press("6", ("Pendel: settings", "audit"))),
    ),
    Stop(
        "form",
        "A form",
        "`e` on a task opens its form: each field with its help, checked as it is typed.",
        (Press("1", (TASKS,)), Press("e", ("Edit task", "Sequence number"))),
    ),
    Stop(
        "help",
        "Help",
        "`?` lists every key, and says of those that cannot be used now why.",
        (Press("\x1b", (TASKS,)), Press("?", ("Show the runs",))),
    ),
)


@contextmanager
def demo(size: tuple[int, int] = (80, 24)) -> Iterator[PtyTerminal]:
    """Run ``pendel demo`` on a terminal, in a directory that does not stay."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "NO_COLOR", "PENDEL_"))}
    environ |= {"LANG": "C.UTF-8", "TERM": "xterm-256color", "PYTHONPATH": str(ROOT)}
    with tempfile.TemporaryDirectory(prefix="tour-") as directory:
        command = [sys.executable, "-c", _PENDEL, "demo", "--dir", f"{directory}/demo"]
        with PtyTerminal(command, size=size, env=environ) as terminal:
            yield terminal
            terminal.press("\x1b\x1b\x1b\x03")
            terminal.wait_for_end()


def recorded() -> dict[str, str]:
    """Take the tour, and return what the screen says at each stop."""
    screens = {}
    with demo() as terminal:
        for stop in STOPS:
            for press in stop.presses:
                terminal.press(press.keys)
                terminal.wait_for(*press.words)
                for words in press.gone:
                    terminal.wait_while(words)
                terminal.rest(_QUIET)
            screens[stop.name] = "\n".join(line.rstrip() for line in terminal.screen.display).rstrip()
    return screens


def tour(screens: Mapping[str, str]) -> str:
    """Return the page of the tour."""
    words = (
        "Every picture here is what a terminal of 80 by 24 said while `python docs/tour.py` pressed the keys in"
        " `pendel demo`; only colours are missing.\n"
    )
    parts = ["# A tour of the console\n", words]
    for stop in STOPS:
        parts += [f"## {stop.title}\n", f"{stop.text}\n", f"```text\n{screens[stop.name]}\n```\n"]
    return "\n".join(parts)


def renewed(page: str, screens: Mapping[str, str]) -> str:
    """Return a page with the screens between its markers as they are now."""

    def picture(found: re.Match[str]) -> str:
        return f"<!-- screen {found[1]} -->\n```text\n{screens[found[1]]}\n```\n<!-- end of screen -->"

    return _MARKED.sub(picture, page)


def main() -> None:
    """Take the tour and write the pages."""
    screens = recorded()
    TOUR.write_text(tour(screens), encoding="utf-8")
    for path in PAGES:
        path.write_text(renewed(path.read_text(encoding="utf-8"), screens), encoding="utf-8")


if __name__ == "__main__":
    main()
