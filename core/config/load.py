"""Loading the configuration: from the path of a file to a :class:`Config`, or to all that is wrong with it at once."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from core.config import sources
from core.config.crosscheck import cross_check
from core.config.layoutcheck import Validated
from core.config.model import Config
from core.config.standard import STANDARD_ENTITIES
from core.config.tables import ConfigTables, UnknownKind, checked_tables
from core.errors import ConfigError, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from core.config.finding import Finding
    from core.config.outline import KeyPath


def load(path: Path, *, instead: Mapping[Path, bytes] | None = None) -> Config:
    """Read, check and return the configuration.

    ``instead`` gives contents to take in place of what is on the disk, by absolute path; a change is tried with it.

    Raises:
        ConfigError: it cannot be used; all problems that can be found are named at once, in file order.
    """
    return checked(sources.read(path, instead=instead))


def checked(read: sources.Sources) -> Config:
    """Return the configuration that was read.

    Raises:
        ConfigError: as :func:`load`.
    """
    if read.main.problems and not read.main.data:
        missing = not read.main.path.exists()
        raise ConfigError(read.problems, advice='"pendel init" writes a first configuration.' if missing else "")
    validated, findings = _validated(read.data)
    # Where a file is missing, or a table that others refer to, references to it would be called wrong.
    if read.complete:
        entities, misfits = cross_check(validated, STANDARD_ENTITIES)
        findings += misfits
    else:
        entities = {}
    if findings or read.problems:
        problems = [*read.problems, *(_problem(read, each) for each in findings)]
        raise ConfigError(_in_file_order(read, problems))
    settings = validated.settings
    return Config(
        path=read.main.path,
        files=tuple(file.path for file in read.files),
        include=tuple(settings.include),
        fingerprint=read.fingerprint,
        engine=settings.engine,
        retention=settings.retention,
        access=settings.access,
        console=settings.console,
        alerts=settings.alerts,
        monitoring=settings.monitoring,
        superoffice=settings.superoffice,
        keys=settings.keys,
        entities=entities,
        locations=settings.locations,
        layouts=settings.layouts,
        schemes=settings.schemes,
        connectors=settings.connectors,
        links=settings.links,
        tasks=tuple(settings.tasks),
    )


def findings_in(data: dict[str, Any]) -> list[Finding]:
    """Return all that is wrong with the content of a configuration, before files and lines come into it."""
    validated, findings = _validated(data)
    _, misfits = cross_check(validated, STANDARD_ENTITIES)
    return findings + misfits


def fingerprint(path: Path) -> str:
    """Return the fingerprint that a configuration loaded now would have, without checking it."""
    return sources.read(path).fingerprint


def misfits(path: Path, findings: list[Finding]) -> ConfigError:
    """Return the error for what others found wrong in a configuration, each thing with its file and line."""
    read = sources.read(path)
    return ConfigError(_in_file_order(read, [_problem(read, each) for each in findings]))


def _validated(data: dict[str, Any]) -> tuple[Validated, list[Finding]]:
    """Return the tables that are good by themselves, and what is wrong with the others."""
    try:
        return _all_of(checked_tables(data)), []
    except (ValidationError, UnknownKind):
        # Only needed, and paid for, where something is wrong: all kinds of tables, and words for it.
        from core.config.config_file import ConfigFile
    try:
        return _all_of(ConfigFile.model_validate(data)), []
    except ValidationError as error:
        from core.config.problems import findings

        found = findings(error, data)
        rest = _Rest(data)
        rest.leave_out(found)
    while True:
        try:
            return rest.validated(), found
        except ValidationError as error:
            # What is wrong only now is the consequence of a key that was left out, which has been named.
            rest.leave_out(findings(error, rest.data))


def _all_of(tables: ConfigTables) -> Validated:
    return Validated(tables, list(range(len(tables.tasks))))


class _Rest:
    """What remains of the settings when what is wrong is left out, so that the rest can still be checked."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = {"version": 1, "engine": {}, **copy.deepcopy(data)}
        self._positions = list(range(len(data.get("tasks", []))))
        self._left_out: set[KeyPath] = {("engine",)} if "engine" not in data else set()
        self._task_ids: set[str] = set()

    def leave_out(self, findings: list[Finding]) -> None:
        for finding in findings:
            if finding.unknown_key:
                self._remove(finding.path)
        tasks: set[int] = set()
        for finding in findings:
            path = finding.path
            if finding.unknown_key:
                continue
            if path[0] == "tasks" and isinstance(path[1], int):
                tasks.add(path[1])
                continue
            place = path[:2] if path[0] in (*sources.LONE_TABLES, *sources.NAMED_TABLES) else path[:1]
            if place in self._left_out:
                # A key that is needed is missed where it was left out: then its table goes, too.
                place = path[:1]
            self._left_out.add(place)
            self._remove(place)
        for position in sorted(tasks, reverse=True):
            self._left_out.add(("tasks", self._positions.pop(position)))
            task = self.data["tasks"].pop(position)
            if isinstance(task, dict) and isinstance(task.get("id"), str):
                self._task_ids.add(task["id"])
        self.data = {"version": 1, "engine": {}, **self.data}

    def _remove(self, path: KeyPath) -> None:
        table: Any = self.data
        for part in path[:-1]:
            table = table[part]
        # Several things may be wrong with one table; it goes once.
        table.pop(path[-1], None)

    def validated(self) -> Validated:
        from core.config.config_file import ConfigFile

        settings = ConfigFile.model_validate(self.data)
        return Validated(settings, self._positions, frozenset(self._left_out), frozenset(self._task_ids))


def _problem(read: sources.Sources, finding: Finding) -> Problem:
    file, path = read.origin(finding.path)
    table, key = sources.place_words(finding.path, read.data)
    return Problem(
        file.name, table, key, finding.message, finding.value, finding.suggestion, line=file.outline.line(path)
    )


def _in_file_order(read: sources.Sources, problems: list[Problem]) -> list[Problem]:
    order = {file.name: position for position, file in enumerate(read.files)}
    return sorted(problems, key=lambda problem: (order[problem.file], problem.line or 0))
