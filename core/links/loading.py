"""Definitions read and checked: from a file to a :class:`Connector`, or to all that is wrong with it at once."""

from __future__ import annotations

import codecs
import tomllib
from importlib.resources import files
from typing import TYPE_CHECKING

from pydantic import ValidationError

from core.config.outline import outline
from core.config.problems import findings
from core.errors import ConfigError, Problem, Refused
from core.links.crosscheck import cross_check
from core.links.model.connector import Connector
from core.text import clean, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from core.config.finding import Finding

_LARGEST = 1_000_000


def load_connector(path: Path) -> Connector:
    """Read, check and return the definition in a file.

    Raises:
        ConfigError: it cannot be used; all problems that can be found are named at once, in file order.
    """
    name = clean(str(path))
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
    except OSError as error:
        raise _unusable(name, f"the file cannot be read: {(error.strerror or str(error)).lower()}") from None
    if len(content) > _LARGEST:
        raise _unusable(name, f"the file is larger than {_LARGEST:,} bytes; that is no definition")
    try:
        text = content.removeprefix(codecs.BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _unusable(name, "the file is not UTF-8 text; save it as UTF-8", line) from None
    return checked(text, name)


def checked(text: str, name: str) -> Connector:
    """Return the definition in a text; ``name`` is what messages call it.

    Raises:
        ConfigError: as :func:`load_connector`.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _unusable(name, f"this is not TOML: {clean(str(error))}") from None
    except RecursionError:
        raise _unusable(name, "the file is nested too deeply") from None
    try:
        connector = Connector.model_validate(data)
    except ValidationError as error:
        raise ConfigError(_problems(findings(error, data, Connector), text, name)) from None
    if found := cross_check(connector):
        raise ConfigError(_problems(found, text, name))
    return connector


def ready_names() -> list[str]:
    """Return the names of the definitions that Pendel brings along."""
    found = files("core.links.ready").iterdir()
    return sorted(file.name.removesuffix(".toml") for file in found if file.name.endswith(".toml"))


def ready(name: str) -> Connector:
    """Return a definition that Pendel brings along.

    Raises:
        Refused: there is none of this name.
    """
    names = ready_names()
    if name not in names:
        near = nearest(name, names)
        raise Refused(
            f"There is no connector {clean(name, limit=70)!r}.", advice=f"Did you mean {near!r}?" if near else ""
        )
    return checked((files("core.links.ready") / f"{name}.toml").read_text(encoding="utf-8"), f"{name}.toml")


def _problems(found: Iterable[Finding], text: str, name: str) -> list[Problem]:
    places = outline(text)
    tables = [section.path for section in places.sections]
    problems = []
    for finding in found:
        # The table is the header above the key, as it stands in the file.
        table = max((path for path in tables if path == finding.path[: len(path)]), key=len)
        problems.append(
            Problem(
                name,
                _header(table),
                _words(finding.path[len(table) :]),
                finding.message,
                finding.value,
                finding.suggestion,
                line=places.line(finding.path),
            )
        )
    return sorted(problems, key=lambda problem: problem.line or 0)


def _header(path: tuple[str | int, ...]) -> str:
    if not path:
        return ""
    if isinstance(path[-1], int):
        return f"[[{_words(path[:-1])}]] number {path[-1] + 1}"
    return f"[{_words(path)}]"


def _words(path: tuple[str | int, ...]) -> str:
    words = ""
    for part in path:
        words += f"[{part + 1}]" if isinstance(part, int) else f"{'.' if words else ''}{clean(part, limit=70)}"
    return words


def _unusable(name: str, message: str, line: int | None = None) -> ConfigError:
    return ConfigError([Problem(name, "", "", message, line=line)])
