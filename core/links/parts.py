"""Reading in parts what a system does not show at once: more rows than its window has."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from core.links.faults import CallFailed
from core.links.judging import MISSING, member
from core.links.model.templates import filled_tree
from core.links.paging import BeyondWindow, pages
from core.links.values import plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from core.links.connection import Call, Connection
    from core.links.model.paging import Parts, Step
    from core.links.model.resources import Resource
    from core.links.paging import Rows

Key = tuple[str, ...]


def in_parts(
    connection: Connection, call: Call, resource: Resource, parts: Parts, rows: Sequence[str]
) -> Iterator[Rows]:
    """Yield pages as :func:`core.links.paging.pages`, part by part where there are more rows than can be shown.

    Each row comes once, although parts may overlap.

    Raises:
        CallFailed: as for one page; or the parts have fewer rows than the system said there are.
        ConnectionFailed, StopRequested: as :meth:`core.links.connection.Connection.call`.
    """
    known: set[Key] = set()
    for page in _walk(connection, call, resource, parts, rows, parts.steps):
        fresh: Rows = []
        for row in page:
            if (key := _key(row, parts, call.group)) not in known:
                known.add(key)
                fresh.append(row)
        if fresh:
            yield fresh


def _walk(
    connection: Connection,
    call: Call,
    resource: Resource,
    parts: Parts,
    rows: Sequence[str],
    steps: Sequence[Step],
) -> Iterator[Rows]:
    try:
        yield from pages(connection, call, resource.paging, rows)
    except BeyondWindow as beyond:
        if not steps or beyond.total is None:
            raise
        total = beyond.total
    else:
        return
    found: set[Key] = set()
    for part in _parts(connection, steps[0]):
        body = filled_tree(steps[0].body, {**connection.values, "part": part})
        part_of = replace(call, body={**(call.body or {}), **body})
        for page in _walk(connection, part_of, resource, parts, rows, steps[1:]):
            found.update(_key(row, parts, call.group) for row in page)
            yield page
        if len(found) >= total:
            return
    raise CallFailed(
        f"{connection.host} says that there are {total:,} rows of {call.group}, and shows {len(found):,} of them.",
        kind="settings",
        advice="They changed meanwhile, or the steps under parts do not lead to all of them: read again.",
    )


def _parts(connection: Connection, step: Step) -> Iterator[Any]:
    """Yield what {part} is, one after the other."""
    if step.values is not None:
        yield from step.values
    elif step.prefix is not None:
        for first in range(0, 10**step.digits, step.codes):
            numbers = range(first, min(first + step.codes, 10**step.digits))
            yield [f"{step.prefix}{number:0{step.digits}}" for number in numbers]
    elif step.resource is not None and step.column is not None:
        from core.links.reading import Reading

        for page in Reading(connection, step.resource).pages():
            yield from (member(row, step.column) for row in page)


def _key(row: dict[str, Any], parts: Parts, group: str) -> Key:
    values = [member(row, path) for path in parts.key]
    if MISSING in values:
        raise CallFailed(
            f"A row of {group} has no {' and '.join(parts.key)}, by which parts are put together.", kind="settings"
        )
    return tuple(map(plain, values))
