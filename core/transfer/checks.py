"""The test of a location (CF2): step by step, until one fails, with what to do about it."""

from __future__ import annotations

import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import PendelError, StopRequested
from core.text import counted
from core.transfer.local import LocalLocation, checked_directory
from core.transfer.opening import open_location
from core.transfer.remote import RemoteLocation, Step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.config.locations import LocationSettings
    from core.config.secrets import SecretReader
    from core.stop import StopToken
    from core.transfer.location import Location

_PROBE = b"Pendel wrote this file to test the location, and removes it at once.\n"


@dataclass(frozen=True, slots=True)
class StepResult:
    """How one step of a test went."""

    step: str
    """``settings``, ``name``, ``port``, ``TLS``, ``host key``, ``login``, ``directory``, ``reading`` or ``writing``."""
    ok: bool
    message: str
    advice: str = ""


def test_location(
    name: str,
    settings: LocationSettings,
    *,
    base_dir: Path,
    secrets: SecretReader,
    known_hosts: Path,
    write: bool,
    stop: StopToken,
) -> Iterator[StepResult]:
    """Try a location and yield the result of each step as it is known; the first that fails is the last.

    ``write`` also writes a probe file, and removes it. The other arguments are those of :func:`open_location`.

    Raises:
        StopRequested: a stop was asked for.
    """
    try:
        location = open_location(name, settings, base_dir=base_dir, secrets=secrets, known_hosts=known_hosts)
    except PendelError as error:
        yield StepResult("settings", ok=False, message=error.message, advice=error.advice)
        return
    with location:
        for step in _steps(location, write=write, stop=stop):
            stop.check()
            try:
                message = step.run()
            except StopRequested:
                raise
            except PendelError as error:
                yield StepResult(step.name, ok=False, message=error.message, advice=error.advice)
                return
            yield StepResult(step.name, ok=True, message=message)


# The name is not a test of our own.
test_location.__test__ = False  # type: ignore[attr-defined]


def _steps(location: Location, *, write: bool, stop: StopToken) -> Iterator[Step]:
    if isinstance(location, RemoteLocation):
        yield from location.connecting()
    elif isinstance(location, LocalLocation):
        yield Step("directory", lambda: checked_directory(location.directory))
    yield Step("reading", lambda: _read(location))
    if write:
        yield Step("writing", lambda: _write(location, stop))


def _read(location: Location) -> str:
    return f"{counted(len(location.list('*')), 'file')} can be seen."


def _write(location: Location, stop: StopToken) -> str:
    token = secrets.token_hex(4)
    probe = f"pendel-test-{token}.txt"
    with tempfile.TemporaryDirectory() as directory:
        source = Path(directory, probe)
        source.write_bytes(_PROBE)
        location.deliver(source, probe, overwrite=False, token=token, stop=stop)
    location.delete(probe)
    return "A file can be written, renamed and deleted."
