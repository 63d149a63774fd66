"""A layout filled with what its queries found."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING, Any

from core.config.reports import PLACEHOLDER, ChartBlock, FiguresBlock, HeadingBlock, ReportColumn, TableBlock, TextBlock
from core.errors import DataError
from core.reports.document import (
    READ_ROWS,
    Chart,
    Column,
    Document,
    Figure,
    Figures,
    Heading,
    Paragraph,
    Row,
    Series,
    Table,
)
from core.reports.results import total
from core.reports.values import look_of
from core.text import clean, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from core.config.reports import Block, ReportLayout
    from core.reports import document
    from core.reports.results import Result
    from core.reports.views import Subject

MAX_CATEGORIES = 60
"""Along the axis of a chart."""


def fill(
    layout: ReportLayout, subject: Subject, results: Mapping[str, Result], *, now: datetime, by: str = ""
) -> Document:
    """Return the report; ``by`` is the description of its task.

    Raises:
        DataError: a block names a column that its query does not have.
    """
    filling = _Filling(layout, subject, results, now)
    entity = subject.entity.title if subject.entity else ""
    about = [subject.span.words, entity, f"assortment {subject.assortment}" if subject.assortment else ""]
    made = f"{now.astimezone(subject.span.zone):%d %b %Y %H:%M}"
    return Document(
        title=filling.text(layout.title),
        subject=clean(" · ".join(part for part in about if part)),
        made=clean(f"{by}, {made}" if by else made),
        decimal=layout.decimal,
        blocks=tuple(filling.block(block) for block in layout.blocks),
        counts=tuple((name, len(result.rows)) for name, result in results.items()),
    )


class _Filling:
    def __init__(self, layout: ReportLayout, subject: Subject, results: Mapping[str, Result], now: datetime) -> None:
        self._layout = layout
        self._results = results
        span = subject.span
        self._words = {
            "title": layout.title,
            "period": span.words,
            "since": f"{span.since.astimezone(span.zone):%d %b %Y %H:%M}",
            "until": f"{span.until.astimezone(span.zone):%d %b %Y %H:%M}",
            "now": f"{now.astimezone(span.zone):%d %b %Y %H:%M}",
            "task": subject.task,
            "entity": subject.entity.title if subject.entity else "",
            "assortment": subject.assortment or "all assortments",
        }

    def text(self, template: str) -> str:
        """Return a text with every placeholder replaced; values are put in once, and looked at no more."""
        return clean(PLACEHOLDER.sub(lambda match: self._placed(match[1]), " ".join(template.split())))

    def _placed(self, name: str) -> str:
        if name in self._words:
            return self._words[name]
        value, _, form = name.partition(":")
        query, _, column = value.partition(".")
        result = self._results[query]
        if column == "rows" and "rows" not in result.columns:
            return f"{len(result.rows):,}"
        look = replace(look_of(self._kind(query, column), None, self._layout.decimal), format=form)
        place = list(result.columns).index(column)
        return look.words(result.rows[0][place]) if result.rows else "-"

    def block(self, block: Block) -> document.Block:
        """Return a block with its values."""
        match block:
            case HeadingBlock():
                return Heading(self.text(block.text))
            case TextBlock():
                return Paragraph(self.text(block.text))
            case FiguresBlock():
                return self._figures(block)
            case TableBlock():
                return self._table(block)
            case ChartBlock():
                return self._chart(block)

    def _kind(self, query: str, column: str) -> Any:
        columns = self._results[query].columns
        if column not in columns:
            near = nearest(column, columns)
            raise DataError(
                f"The query {query!r} has no column {clean(column)!r}, which a block shows.",
                advice=f"Did you mean {near!r}?" if near else "",
            )
        return columns[column]

    def _columns(self, query: str, chosen: Sequence[ReportColumn]) -> list[tuple[ReportColumn, Column, int]]:
        names = list(self._results[query].columns)
        columns = chosen or [ReportColumn(column=name) for name in names]
        result = []
        for column in columns:
            look = look_of(self._kind(query, column.column), column, self._layout.decimal)
            title = column.title if column.title is not None else column.column.replace("_", " ").capitalize()
            result.append((column, Column(column.column, clean(title), look), names.index(column.column)))
        return result

    def _figures(self, block: FiguresBlock) -> Figures:
        rows = self._results[block.query].rows
        return Figures(
            tuple(
                Figure(column.title, rows[0][place] if rows else None, column.look)
                for _, column, place in self._columns(block.query, block.columns)
            )
        )

    def _table(self, block: TableBlock) -> Table:
        result = self._results[block.query]
        columns = self._columns(block.query, block.columns)
        places = [place for _, _, place in columns]
        data = [tuple(row[place] for place in places) for row in result.rows]
        groups: list[Any] | None = None
        if block.group_by is not None:
            self._kind(block.query, block.group_by)
            where = list(result.columns).index(block.group_by)
            groups = [row[where] for row in result.rows]
        limit = block.limit or READ_ROWS
        rows = _Rows([column.total for column, _, _ in columns], data, limit)
        group_look = look_of(self._kind(block.query, block.group_by), None, ".") if block.group_by else None
        return Table(
            query=block.query,
            title=self.text(block.title),
            columns=tuple(column for _, column, _ in columns),
            data=data,
            rows=tuple(
                rows.plain()
                if groups is None or group_look is None
                else rows.grouped([group_look.words(group) or "-" for group in groups])
            ),
            more=max(0, len(data) - limit),
            cut=result.cut,
            empty=self.text(block.empty),
        )

    def _chart(self, block: ChartBlock) -> Chart:
        result = self._results[block.query]
        category = look_of(self._kind(block.query, block.category), None, self._layout.decimal)
        names = list(result.columns)
        shown = result.rows[:MAX_CATEGORIES]
        where = names.index(block.category)
        looks = []
        for name in block.values:
            kind = self._kind(block.query, name)
            if kind not in ("integer", "decimal"):
                raise DataError(f"The column {clean(name)!r} of the query {block.query!r} has no numbers for a chart.")
            looks.append(look_of(kind, None, self._layout.decimal))
        return Chart(
            query=block.query,
            kind=block.chart,
            title=self.text(block.title),
            categories=tuple(category.words(row[where]) or "-" for row in shown),
            series=tuple(
                Series(
                    clean(name.replace("_", " ").capitalize()), tuple(map(_number, _column(shown, names.index(name))))
                )
                for name in block.values
            ),
            looks=tuple(looks),
            more=len(result.rows) - len(shown),
        )


def _column(rows: Sequence[tuple[Any, ...]], place: int) -> list[Any]:
    return [row[place] for row in rows]


def _number(value: Any) -> float | None:
    number = float(value) if value is not None else None
    return number if number is not None and abs(number) < float("inf") else None


class _Rows:
    """The rows of a table for reading, with groups and totals, which are of all rows, shown or not."""

    def __init__(self, totals: Sequence[str | None], data: Sequence[tuple[Any, ...]], limit: int) -> None:
        self._totals = totals
        self._data = data
        self._limit = limit

    def plain(self) -> Iterator[Row]:
        yield from (Row("row", values) for values in self._data[: self._limit])
        yield from self._total("total", self._data)

    def grouped(self, titles: Sequence[str]) -> Iterator[Row]:
        begin = 0
        for title, members in groupby(titles):
            end = begin + sum(1 for _ in members)
            if begin < self._limit:
                yield Row("group", (title,))
                yield from (Row("row", values) for values in self._data[begin : min(end, self._limit)])
                yield from self._total("subtotal", self._data[begin:end])
            begin = end
        yield from self._total("total", self._data)

    def _total(self, level: Any, rows: Sequence[tuple[Any, ...]]) -> Iterator[Row]:
        if not any(self._totals) or not rows:
            return
        values = [total(_column(rows, place), how) if how else None for place, how in enumerate(self._totals)]
        if self._totals[0] is None:
            values[0] = "Total" if level == "total" else "Subtotal"
        yield Row(level, tuple(values))
