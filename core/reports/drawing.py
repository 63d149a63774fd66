"""A chart as lines, boxes and words on a plane: drawn once, and written as SVG or on a page of a PDF."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from core.text import shorten

if TYPE_CHECKING:
    from core.reports.document import Chart
    from core.reports.values import Look

WIDTH, HEIGHT = 680.0, 260.0
"""Of a chart, in units that are points in a PDF at its natural size."""
PALETTE = ("#1b7f79", "#d98e04", "#b3261e", "#5b6770", "#5e4b8b", "#8a5a2b")
"""Of the series, in their order; each differs from the others by lightness, too."""
INK, FAINT, LINE = "#1c1c1c", "#555555", "#d0d0d0"
FONT_SIZE = 10.0
_TOP, _BOTTOM, _RIGHT = 30.0, 32.0, 8.0
_CHARACTER = 0.55
"""The width of a character, in parts of its height; about."""


@dataclass(frozen=True, slots=True)
class Box:
    """A filled rectangle; ``y`` is its upper edge, downwards from the top."""

    x: float
    y: float
    width: float
    height: float
    colour: str


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line through points."""

    points: tuple[tuple[float, float], ...]
    colour: str
    width: float = 1.0


@dataclass(frozen=True, slots=True)
class Words:
    """Text on one line; ``y`` is its base line. Clean, but not escaped."""

    x: float
    y: float
    text: str
    anchor: Literal["start", "middle", "end"] = "start"
    colour: str = INK


@dataclass(slots=True)
class Drawing:
    """What is drawn, in this order."""

    width: float = WIDTH
    height: float = HEIGHT
    shapes: list[Box | Stroke | Words] = field(default_factory=list)


def drawn(chart: Chart) -> Drawing:
    """Return a chart as a drawing."""
    return _Plot(chart).draw()


class _Plot:
    def __init__(self, chart: Chart) -> None:
        self._chart = chart
        self._drawing = Drawing()
        low, high = self._range()
        self._ticks = _ticks(low, high)
        look = chart.looks[0]
        self._labels = [_tick_words(look, tick, self._ticks) for tick in self._ticks]
        self._left = 12 + max(map(len, self._labels)) * FONT_SIZE * _CHARACTER
        self._step = (WIDTH - self._left - _RIGHT) / max(1, len(chart.categories))

    def _range(self) -> tuple[float, float]:
        columns = [[series.values[place] or 0.0 for series in self._chart.series] for place in range(self._size)]
        if self._chart.kind == "stacked":
            tops = [sum(value for value in column if value > 0) for column in columns]
            depths = [sum(value for value in column if value < 0) for column in columns]
        else:
            tops, depths = [max(column) for column in columns], [min(column) for column in columns]
        return min(0.0, *depths, 0.0), max(0.0, *tops, 0.0)

    @property
    def _size(self) -> int:
        return len(self._chart.categories)

    def draw(self) -> Drawing:
        if len(self._chart.series) > 1:
            self._legend()
        self._axes()
        match self._chart.kind:
            case "line":
                self._lines()
            case "stacked":
                self._stacks()
            case _:
                self._bars()
        found = [value for series in self._chart.series for value in series.values if value is not None]
        if found and not any(found):
            # Bars of nothing look like a chart that has no numbers.
            self._add(Words((self._left + WIDTH - _RIGHT) / 2, HEIGHT / 2, "All values are 0.", "middle", FAINT))
        base = self._y(0.0)
        self._add(Stroke(((self._left, base), (WIDTH - _RIGHT, base)), FAINT))
        return self._drawing

    def _add(self, shape: Box | Stroke | Words) -> None:
        self._drawing.shapes.append(shape)

    def _y(self, value: float) -> float:
        low, high = self._ticks[0], self._ticks[-1]
        return HEIGHT - _BOTTOM - (value - low) / (high - low) * (HEIGHT - _TOP - _BOTTOM)

    def _legend(self) -> None:
        x = self._left
        for number, series in enumerate(self._chart.series):
            title = shorten(series.title, 24)
            self._add(Box(x, 6, 10, 10, PALETTE[number]))
            self._add(Words(x + 15, 15, title))
            x += 33 + len(title) * FONT_SIZE * _CHARACTER

    def _axes(self) -> None:
        for tick, label in zip(self._ticks, self._labels, strict=True):
            y = self._y(tick)
            self._add(Stroke(((self._left, y), (WIDTH - _RIGHT, y)), LINE, 0.7))
            self._add(Words(self._left - 6, y + 3.5, label, "end", FAINT))
        # As many names as find room, the first among them.
        longest = max((min(16, len(name)) for name in self._chart.categories), default=1)
        every = max(1, math.ceil((longest + 1) * FONT_SIZE * _CHARACTER / self._step))
        for place in range(0, self._size, every):
            name = shorten(self._chart.categories[place], 16)
            x = min(self._middle(place), WIDTH - len(name) * FONT_SIZE * _CHARACTER / 2)
            self._add(Words(x, HEIGHT - _BOTTOM + 18, name, "middle", FAINT))

    def _middle(self, place: int) -> float:
        return self._left + (place + 0.5) * self._step

    def _bars(self) -> None:
        number = len(self._chart.series)
        width = min(46.0, self._step * 0.76 / number)
        for index, series in enumerate(self._chart.series):
            for place, value in enumerate(series.values):
                if value:
                    x = self._middle(place) + (index - number / 2) * width
                    self._bar(x + 0.5, width - 1, 0.0, value, PALETTE[index])

    def _stacks(self) -> None:
        width = min(46.0, self._step * 0.7)
        for place in range(self._size):
            above = below = 0.0
            for index, series in enumerate(self._chart.series):
                value = series.values[place] or 0.0
                begin = above if value > 0 else below
                if value:
                    self._bar(self._middle(place) - width / 2, width, begin, begin + value, PALETTE[index])
                above, below = above + max(value, 0.0), below + min(value, 0.0)

    def _bar(self, x: float, width: float, begin: float, end: float, colour: str) -> None:
        upper, lower = sorted((self._y(begin), self._y(end)))
        self._add(Box(x, upper, width, max(lower - upper, 0.5), colour))

    def _lines(self) -> None:
        for index, series in enumerate(self._chart.series):
            points: list[tuple[float, float]] = []
            for place, value in enumerate((*series.values, None)):
                if value is not None:
                    points.append((self._middle(place), self._y(value)))
                    continue
                # A gap in the numbers is one in the line.
                if len(points) > 1:
                    self._add(Stroke(tuple(points), PALETTE[index], 2.0))
                for x, y in points:
                    self._add(Box(x - 2.5, y - 2.5, 5, 5, PALETTE[index]))
                points = []


def _ticks(low: float, high: float) -> list[float]:
    """Return round numbers from below the least to above the largest value."""
    reach = (high - low) or 1.0
    size = 10.0 ** math.floor(math.log10(reach / 4))
    step = next(size * factor for factor in (1, 2, 2.5, 5, 10) if reach / (size * factor) <= 5)
    if high <= 20 and low >= -20 and step < 1 and float(high).is_integer() and float(low).is_integer():
        step = 1.0
    first, last = math.floor(low / step), max(1, math.ceil(high / step)) if low >= 0 else math.ceil(high / step)
    return [number * step for number in range(first, last + 1)]


def _tick_words(look: Look, tick: float, ticks: list[float]) -> str:
    largest = max(map(abs, ticks))
    for size, sign in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if largest >= size:
            unit = 1e3 if sign == "k" else size
            return f"{tick / unit:g}{sign if tick else ''}".replace(".", look.decimal)
    return f"{tick:g}".replace(".", look.decimal)
