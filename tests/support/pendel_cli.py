"""The command line as a test uses it: in this process, with its exit code and the object that it printed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from click.testing import CliRunner

from core.cli.main import build

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Answer:
    """How a command ended."""

    code: int
    told: dict[str, Any]
    """The object on stdout."""
    notes: str
    """What stood on stderr."""

    @property
    def counts(self) -> dict[str, int]:
        """The counts of the run that are not zero."""
        return {name: number for name, number in self.told["counts"].items() if number}


def pendel(config: Path, *arguments: str) -> Answer:
    """Carry out a command with ``--json``, as ``pendel --config FILE ARGUMENTS --json`` would."""
    result = CliRunner().invoke(build(lambda *_: 0), ["--config", str(config), *arguments, "--json"])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Answer(result.exit_code, json.loads(result.stdout), result.stderr)
