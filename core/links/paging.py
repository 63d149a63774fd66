"""From one page to the next."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from core.links.faults import CallFailed
from core.links.judging import MISSING, member, rows_in
from core.links.model.paging import Cursor, Keyset, NextLink, NoPaging, Offset, PageNumber

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from core.links.connection import Call, Connection
    from core.links.model.paging import Paging

Rows = list[dict[str, Any]]
_MOST_PAGES = 1_000_000


class BeyondWindow(CallFailed):
    """There is more than the system shows; nothing was read yet."""

    def __init__(self, group: str, window: int, total: int | None) -> None:
        super().__init__(
            f"{group} has more than the {window:,} rows that the system shows.",
            kind="settings",
            advice="Ask for parts of it, such as one group or release at a time.",
        )
        self.total = total
        """Of rows, as far as the system says."""


def pages(
    connection: Connection,
    call: Call,
    paging: Paging,
    rows: Sequence[str],
    *,
    beside: Callable[[Any, Rows], None] | None = None,
) -> Iterator[Rows]:
    """Yield the rows of each page as it comes; nothing is held back.

    ``beside`` is handed the whole reply with its rows, to take what stands beside them.

    Raises:
        BeyondWindow: there is more than the system shows.
        CallFailed: a page does not come, is not as the definition says, or leads back to itself.
        ConnectionFailed, StopRequested: as :meth:`core.links.connection.Connection.call`.
    """
    following: Call | None = _first(call, paging)
    number = read = 0
    while following is not None:
        asked = following
        document = connection.call(asked).document
        found = rows_in(document, rows, host=connection.host) if document is not None else []
        if beside is not None:
            beside(document, found)
        number += 1
        read += len(found)
        following = _next(call, asked, paging, document, found, number, read)
        yield found
        if following == asked or number > _MOST_PAGES:
            raise CallFailed(
                f"{connection.host} leads from a page of {call.group} back to the same page.",
                kind="settings",
                advice="Compare the paging of the definition with what the system answers.",
            )


def _first(call: Call, paging: Paging) -> Call:
    if isinstance(paging, Offset):
        return _with(call, paging.place, _size(paging) | {paging.parameter: 0})
    if isinstance(paging, PageNumber):
        return _with(call, paging.place, _size(paging) | {paging.parameter: paging.first})
    if isinstance(paging, Keyset | Cursor):
        return _with(call, paging.place, _size(paging))
    return call


def _size(paging: Offset | PageNumber | Keyset | Cursor) -> dict[str, Any]:
    return {paging.size_parameter: paging.size} if paging.size_parameter else {}


def _with(call: Call, place: str, more: dict[str, Any]) -> Call:
    if place == "body":
        return replace(call, body={**(call.body or {}), **more})
    return replace(call, query={**call.query, **{name: str(value) for name, value in more.items()}})


def _next(call: Call, asked: Call, paging: Paging, document: Any, found: Rows, number: int, read: int) -> Call | None:
    if isinstance(paging, NextLink):
        link = member(document, paging.member)
        if link is MISSING or link is None or link == "":
            return None
        if not isinstance(link, str) or "://" not in link:
            raise CallFailed(f"The next page of {call.group} has no address that can be read.", kind="settings")
        # The address has all parameters in it already.
        return replace(call, path=link, query={})
    if isinstance(paging, Offset):
        return _next_offset(asked, paging, document, found, read)
    if isinstance(paging, Cursor):
        mark = member(document, paging.member)
        over = paging.more is not None and member(document, paging.more) is not True
        return None if over or mark in (MISSING, None, "") else _with(asked, paging.place, {paging.parameter: mark})
    if isinstance(paging, NoPaging) or len(found) < paging.size:
        return None
    if isinstance(paging, PageNumber):
        return _with(asked, paging.place, {paging.parameter: paging.first + number})
    key = member(found[-1], paging.column)
    if key is MISSING or key is None:
        raise CallFailed(
            f"A row of {call.group} has no {paging.column}, by which the next page is asked for.", kind="settings"
        )
    return _with(asked, paging.place, {paging.parameter: key})


def _next_offset(asked: Call, paging: Offset, document: Any, found: Rows, read: int) -> Call | None:
    told = member(document, paging.total) if paging.total is not None else None
    total: int | None = told if isinstance(told, int) and not isinstance(told, bool) else None
    window = paging.window
    if window is not None and (read if total is None else total) > window:
        raise BeyondWindow(asked.group, window, total)
    if not found or (len(found) < paging.size if total is None else read >= total):
        return None
    more: dict[str, Any] = {paging.parameter: read}
    if window is not None:
        if read >= window:
            raise BeyondWindow(asked.group, window, total)
        if paging.size_parameter:
            # The last page may not reach over the edge.
            more[paging.size_parameter] = min(paging.size, window - read)
    return _with(asked, paging.place, more)
