"""What the terminal is and can do, found out before anything is drawn on it."""

from __future__ import annotations

import codecs
import os
import sys
from pathlib import Path

from tui.words import ASCII, UNICODE, Signs

HEADLESS = "Without one, use `pendel list`, `pendel run TASK`, `pendel log`, `pendel runs` or `pendel engine`."


def objection() -> str:
    """Return why no console can be drawn here, in two sentences; empty where one can."""
    if not sys.stdin.isatty() or not sys.stdout.isatty():
        stream = "input" if not sys.stdin.isatty() else "output"
        return f"The console needs a terminal, and the standard {stream} is none. {HEADLESS}"
    term = os.environ.get("TERM", "")
    if term in ("", "dumb", "unknown"):
        kind = f"of kind {term!r}" if term else "of an unknown kind (TERM is not set)"
        return f"The console cannot be drawn on a terminal {kind}. {HEADLESS}"
    return ""


def encoding() -> str:
    """Return the encoding that the user's locale names, ``ascii`` where it names none.

    Python itself switches to UTF-8 in the C locale (PEP 538, PEP 540), which says nothing of the terminal; so what
    counts is the environment as it was when the process began.
    """
    environ = _original_environ()
    locale = environ.get("LC_ALL") or environ.get("LC_CTYPE") or environ.get("LANG") or "C"
    # "UTF-8" alone is what macOS hands over in LC_CTYPE.
    charset = locale.partition("@")[0].rpartition(".")[2]
    try:
        return codecs.lookup(charset).name
    except LookupError:
        return "ascii"


def _original_environ() -> dict[str, str]:
    try:
        block = Path("/proc/self/environ").read_bytes()
    except OSError:
        return dict(os.environ)
    pairs = (os.fsdecode(entry).partition("=") for entry in block.split(b"\0") if entry)
    original = {name: value for name, _, value in pairs}
    # Python may have put LC_CTYPE there by itself; all others are as the process sees them now.
    return {**os.environ, "LC_CTYPE": original.get("LC_CTYPE", "")}


def signs() -> Signs:
    """Return the signs that the terminal's encoding can show."""
    return UNICODE if encoding() == "utf-8" else ASCII
