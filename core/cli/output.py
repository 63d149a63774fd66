"""What commands print: results on stdout, everything else on stderr; and the exit codes, all in one place."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, is_dataclass
from datetime import date, datetime, time
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from core.errors import BrakeError, ConfigError, PendelError, Refused, StopRequested, StoreBusy
from core.runs import RunState

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from core.store.journal.runs import RunRow


class ExitCode(IntEnum):
    """How a command ended."""

    SUCCEEDED = 0
    FAILED = 1
    USAGE = 2
    """Of the command line or the configuration."""
    WARNINGS = 3
    """Succeeded with warnings."""
    STOPPED = 4
    REFUSED = 5
    """By the brake or another rule; nothing was changed."""


_BY_STATE = {
    RunState.SUCCEEDED: ExitCode.SUCCEEDED,
    RunState.WARNINGS: ExitCode.WARNINGS,
    RunState.STOPPED: ExitCode.STOPPED,
    RunState.SKIPPED: ExitCode.REFUSED,
}
_REFUSALS = frozenset({BrakeError.__name__, Refused.__name__})
_GRAVEST_FIRST = (
    ExitCode.FAILED,
    ExitCode.REFUSED,
    ExitCode.STOPPED,
    ExitCode.WARNINGS,
    ExitCode.SUCCEEDED,
)


def exit_code_of_run(run: RunRow) -> ExitCode:
    """Return the exit code that tells how a run ended."""
    return exit_code_of_state(run.state, refused=run.details.get("error") in _REFUSALS)


def exit_code_of_state(state: RunState, *, refused: bool) -> ExitCode:
    """Return the exit code that tells how a run ended, by its state, and whether it was refused by a rule."""
    return ExitCode.REFUSED if refused else _BY_STATE.get(state, ExitCode.FAILED)


def exit_code_of_error(error: PendelError) -> ExitCode:
    """Return the exit code of a command that could not be carried out."""
    if isinstance(error, ConfigError):
        return ExitCode.USAGE
    if isinstance(error, StopRequested):
        return ExitCode.STOPPED
    return ExitCode.REFUSED if isinstance(error, (BrakeError, Refused, StoreBusy)) else ExitCode.FAILED


def gravest(codes: Sequence[ExitCode]) -> ExitCode:
    """Return the one code that stands for several."""
    return min(codes, key=_GRAVEST_FIRST.index, default=ExitCode.SUCCEEDED)


def print_json(value: Any) -> None:
    """Print one JSON object on stdout."""
    # Escaped where the locale cannot write every character.
    click.echo(json.dumps(_plain(value), ensure_ascii=(sys.stdout.encoding or "").lower() not in ("utf-8", "utf8")))


def print_error(error: PendelError, *, as_json: bool) -> None:
    """Print an error on stderr; with ``as_json`` also as one object on stdout."""
    if as_json:
        told: dict[str, Any] = {"type": type(error).__name__, "message": error.message, "advice": error.advice}
        if isinstance(error, ConfigError):
            told["problems"] = [asdict(problem) for problem in error.problems]
        print_json({"error": told})
    if isinstance(error, ConfigError):
        for problem in error.problems:
            note(str(problem))
        if error.advice:
            note(error.advice)
    else:
        note(str(error))


def note(text: str) -> None:
    """Print a line on stderr."""
    click.echo(text, err=True)


def print_table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print columns as wide as they need to be; the last one is not padded."""
    widths = [max(len(row[index]) for row in (headers, *rows)) for index in range(len(headers))]
    for row in (headers, *rows):
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        click.echo("  ".join(cells).rstrip())


def local_time(moment: datetime | None, zone: ZoneInfo) -> str:
    """Return a moment in the time zone of the engine, to the second."""
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S}" if moment else "-"


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return _plain(asdict(value))
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(item) for item in value]
    return value
