"""A report as plain text of a set width: for a terminal, and for whoever reads mail without markup."""

from __future__ import annotations

import textwrap
import unicodedata
from typing import TYPE_CHECKING

from core.reports.document import Chart, Figures, Heading, Paragraph, Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from core.reports.document import Block, Document
    from core.reports.values import Align, Look

WIDTH = 80
_GAP = "  "
_LEAST = 6
"""Characters that a column keeps where not all of them find room."""
_MOST_LINES = 4
"""Of one value in a table."""
_LONGEST_NAME = 24
"""Characters of a place on the axis of a chart."""


def as_text(document: Document, width: int = WIDTH) -> str:
    """Return a report as lines of at most ``width`` columns of a terminal."""
    return "\n".join(lines_of(document, width)) + "\n"


def lines_of(document: Document, width: int = WIDTH) -> Iterator[str]:
    """Yield the lines of a report."""
    yield from _underlined(document.title, width, "=")
    yield from _wrapped(document.subject, width)
    yield from _wrapped(document.made, width)
    for block in document.blocks:
        yield ""
        yield from _block(block, width)


def _block(block: Block, width: int) -> Iterator[str]:
    match block:
        case Heading(text):
            yield from _underlined(text, width, "-")
        case Paragraph(text):
            yield from _wrapped(text, width)
        case Figures(figures):
            longest = max((_width(figure.title) for figure in figures), default=0)
            for figure in figures:
                yield _cut(f"{_placed(figure.title, longest, 'left')}{_GAP}{figure.value}", width).rstrip()
        case Table():
            yield from _table(block, width)
        case Chart():
            yield from _chart(block, width)


def _underlined(text: str, width: int, sign: str) -> Iterator[str]:
    rows = _wrapped(text, width)
    yield from rows
    yield sign * max(map(_width, rows), default=0)


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width)


def _table(table: Table, width: int) -> Iterator[str]:
    if table.title:
        yield from _wrapped(table.title, width)
    if not table.data:
        yield from _wrapped(table.empty, width)
        return
    looks = [column.look for column in table.columns]
    titles = [column.title for column in table.columns]
    body = [
        (row.level, [look.words(value) for look, value in zip(looks, row.values, strict=False)]) for row in table.rows
    ]
    cells = [titles, *(values for level, values in body if level != "group")]
    widths = _fitted([max(_width(row[place]) for row in cells) for place in range(len(titles))], looks, width)
    rule = _GAP.join("-" * each for each in widths)
    yield from _lines(titles, widths, looks)
    yield rule
    for level, values in body:
        if level == "group":
            yield _cut(values[0], width)
            continue
        if level == "total":
            yield rule
        yield from _lines(values, widths, looks)
    if table.rest:
        yield from _wrapped(table.rest, width)


def _fitted(widths: list[int], looks: Sequence[Look], width: int) -> list[int]:
    """Return widths of columns that fit: text gives way first, and the widest column of it.

    Columns that find no room at all, to the right of the edge, are left out.
    """
    while len(widths) > 1 and _LEAST * len(widths) + len(_GAP) * (len(widths) - 1) > width:
        widths = widths[:-1]
    room = width - len(_GAP) * (len(widths) - 1)
    widths = list(widths)
    for places in ([place for place in range(len(widths)) if looks[place].kind == "text"], list(range(len(widths)))):
        while sum(widths) > room and any(widths[place] > _LEAST for place in places):
            widest = max(places, key=lambda place: widths[place])
            widths[widest] -= 1
    return widths


def _lines(values: Sequence[str], widths: Sequence[int], looks: Sequence[Look]) -> Iterator[str]:
    """Yield a row of a table; what is too long for its column goes on beneath, as far as there is room."""
    cells = [_broken(value, width) for value, width in zip(values, widths, strict=False)]
    for number in range(max(map(len, cells))):
        parts = [cell[number] if number < len(cell) else "" for cell in cells]
        yield _GAP.join(
            _placed(part, width, look.align) for part, width, look in zip(parts, widths, looks, strict=False)
        ).rstrip()


def _broken(value: str, width: int) -> list[str]:
    if _width(value) <= width:
        return [value]
    rows = [_cut(row, width) for row in _wrapped(value, width)]
    return rows if len(rows) <= _MOST_LINES else [*rows[: _MOST_LINES - 1], _cut(f"{rows[_MOST_LINES - 1]} …", width)]


def _chart(chart: Chart, width: int) -> Iterator[str]:
    """Yield a line a number, with a bar as long as it; that of the largest fills the room."""
    if chart.title:
        yield from _wrapped(chart.title, width)
    if not chart.categories:
        yield "Nothing to show."
        return
    numbers = [
        [(look.words(value) if value is not None else "", value) for value in series.values]
        for series, look in zip(chart.series, chart.looks, strict=True)
    ]
    named = min(_LONGEST_NAME, max(map(_width, chart.categories)))
    titled = max(_width(series.title) for series in chart.series) if len(chart.series) > 1 else 0
    counted = max(_width(text) for column in numbers for text, _ in column)
    largest = max((abs(value) for column in numbers for _, value in column if value is not None), default=0)
    room = max(4, width - named - titled - counted - len(_GAP) * (3 if titled else 2))
    for place, category in enumerate(chart.categories):
        name = category
        for series, column in zip(chart.series, numbers, strict=True):
            text, value = column[place]
            if len(chart.series) > 1 and not value:
                continue
            bar = "#" * max(1, round(abs(value) / largest * room)) if value and largest else ""
            parts = [_placed(_cut(name, named), named, "left")]
            parts += [_placed(series.title, titled, "left")] if titled else []
            yield _GAP.join([*parts, _placed(text, counted, "right"), bar]).rstrip()
            name = ""
        if name and len(chart.series) > 1:
            yield f"{_placed(_cut(name, named), named, 'left')}{_GAP}{_placed('-', titled, 'left')}".rstrip()
    if chart.more:
        yield f"… and {chart.more:,} more."


def _width(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )


def _cut(text: str, width: int) -> str:
    if _width(text) <= width:
        return text
    kept = ""
    for char in text:
        if _width(kept + char) >= width:
            break
        kept += char
    return kept + "…"


def _placed(text: str, width: int, align: Align) -> str:
    room = max(0, width - _width(text))
    if align == "right":
        return " " * room + text
    if align == "center":
        return " " * (room // 2) + text + " " * (room - room // 2)
    return text + " " * room
