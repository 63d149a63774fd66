"""Definitions read and checked: from a file to a :class:`Connector`, or to all that is wrong with it at once."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from core.config.finding import Finding
from core.config.problems import findings
from core.config.sources import read_file
from core.errors import ConfigError, Problem, Refused
from core.links.crosscheck import cross_check
from core.links.model.connector import Connector
from core.links.ready import ready_names
from core.text import clean, listed, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.config.sources import SourceFile

_LIKE = "like"
"""The key that names a definition which Pendel brings along; what a file leaves out is as it stands there."""


def load_connector(path: Path) -> Connector:
    """Read, check and return the definition in a file.

    Raises:
        ConfigError: it cannot be used; all problems that can be found are named at once, in file order.
    """
    return _checked(read_file(path.absolute(), str(path), {}))


def checked(text: str, name: str) -> Connector:
    """Return the definition in a text; ``name`` is what messages call it.

    Raises:
        ConfigError: as :func:`load_connector`.
    """
    path = Path(name)
    return _checked(read_file(path, name, {path: text.encode()}))


def _checked(file: SourceFile) -> Connector:
    if file.problems:
        raise ConfigError(file.problems)
    data = _completed(file)
    try:
        connector = Connector.model_validate(data)
    except ValidationError as error:
        raise ConfigError(_problems(findings(error, data, Connector), file)) from None
    if found := cross_check(connector):
        raise ConfigError(_problems(found, file))
    return connector


def _completed(file: SourceFile) -> dict[str, Any]:
    """Return what stands in a file, with all that it leaves out as the definition has it that it is ``like``."""
    if _LIKE not in file.data:
        return file.data
    own = {key: value for key, value in file.data.items() if key != _LIKE}
    name, names = file.data[_LIKE], ready_names()
    if name not in names:
        near = nearest(str(name), names)
        finding = Finding((_LIKE,), f"it must be {listed(names)}", f'"{clean(str(name), limit=70)}"', near)
        raise ConfigError(_problems([finding], file))
    base = _completed(read_file(Path(f"{name}.toml"), f"{name}.toml", {Path(f"{name}.toml"): _text(name).encode()}))
    whole: dict[str, Any] = _merged(base, own)
    # Those of the file come first, so that their positions are those of the file.
    fields = own.get("fields", [])
    if isinstance(fields, list) and all(isinstance(each, dict) for each in fields):
        told = [each.get("name") for each in fields]
        whole["fields"] = fields + [each for each in base.get("fields", []) if each["name"] not in told]
    return whole


def _merged(base: Any, own: Any) -> Any:
    if not isinstance(base, dict) or not isinstance(own, dict):
        return own
    # Another kind has other settings.
    if base.get("kind") != own.get("kind", base.get("kind")):
        return own
    return {**base, **{key: _merged(base.get(key), value) for key, value in own.items()}}


def _text(name: str) -> str:
    return (files("core.links.ready") / f"{name}.toml").read_text(encoding="utf-8")


@cache
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
    return checked(_text(name), f"{name}.toml")


def _problems(found: Iterable[Finding], file: SourceFile) -> list[Problem]:
    places = file.outline
    tables = [section.path for section in places.sections]
    problems = []
    for finding in found:
        # The table is the header above the key, as it stands in the file.
        table = max((path for path in tables if path == finding.path[: len(path)]), key=len)
        problems.append(
            Problem(
                file.name,
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
