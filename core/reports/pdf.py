"""A report as PDF, with page numbers, and the heads of tables on every page."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from core.reports.document import Chart, Figures, Heading, Paragraph, Table
from core.reports.drawing import FONT_SIZE, HEIGHT, WIDTH, Box, Stroke, Words, drawn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from core.reports.document import Block, Document

_FONT, _BOLD = "Pendel", "Pendel-Bold"
_MARGIN = 42.0
_BODY, _SMALL, _TINY = 9.0, 8.0, 6.5
_MEASURED = 300
"""Rows by which the width of a column is chosen."""
_SQUEEZED = 1.5
"""How much wider than the page a table may be, by its longest texts, before all pages lie on their side."""
_IN_A_ROW = 6
"""Key figures."""
_HEAD_ROOM = 90.0
"""What must be left of a page where a heading begins; reportlab's keepWithNext would not break the table after it."""
_LONGEST = 400
"""Characters of a value: a row must find room on one page."""
_LINE = "#d0d0d0"


def write_pdf(document: Document, path: Path, check: Callable[[], None] = lambda: None) -> None:
    """Write a PDF; ``check`` is called now and then, and may raise to end it."""
    from reportlab.lib.pagesizes import A4, landscape
    from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate

    _Fonts.register()
    tables = [table for table in document.tables if table.data]
    wide = any(sum(natural_widths(table)) > (A4[0] - 2 * _MARGIN) * _SQUEEZED for table in tables)
    width, height = landscape(A4) if wide else A4
    template = BaseDocTemplate(
        str(path),
        pagesize=(width, height),
        title=_Fonts.known(document.title),
        subject=_Fonts.known(document.subject),
        author="Pendel",
        invariant=True,
        lang="en",
    )
    frame = Frame(_MARGIN, _MARGIN, width - 2 * _MARGIN, height - 2 * _MARGIN, 0, 0, 0, 0, id="page")

    def finish_page(canvas: Any, _template: Any) -> None:
        check()
        canvas.saveState()
        canvas.setFont(_FONT, 8)
        canvas.setFillColor("#555555")
        canvas.drawString(_MARGIN, 24, _fitting(document.title, width - 2 * _MARGIN - 60))
        canvas.drawRightString(width - _MARGIN, 24, f"Page {canvas.getPageNumber()}")
        canvas.restoreState()

    template.addPageTemplates([PageTemplate("pages", [frame], onPage=finish_page)])
    template.build(list(_Story(document, width - 2 * _MARGIN).flowables()))


class _Fonts:
    """The font that is embedded: Roboto (Apache License 2.0), which has all letters of Latin, Greek and Cyrillic."""

    characters: frozenset[int] = frozenset()

    @classmethod
    def register(cls) -> None:
        if cls.characters:
            return
        import font_roboto
        from reportlab.pdfbase.pdfmetrics import registerFont
        from reportlab.pdfbase.ttfonts import TTFont

        plain = TTFont(_FONT, font_roboto.Roboto)
        registerFont(plain)
        registerFont(TTFont(_BOLD, font_roboto.RobotoBold))
        cls.characters = frozenset(plain.face.charToGlyph)

    @classmethod
    def known(cls, text: str) -> str:
        """Return text in which what the font lacks is told by its number, as :func:`core.text.clean` does."""
        return "".join(
            char if ord(char) in cls.characters else _OTHERWISE.get(char) or f"\\u{ord(char):04x}" for char in text
        )


_OTHERWISE = {"→": "->", "←": "<-", "\u00a0": " "}


def _fitting(text: str, width: float) -> str:
    from reportlab.pdfbase.pdfmetrics import stringWidth

    text = _Fonts.known(text)
    while text and stringWidth(text, _FONT, 8) > width:
        text = text[:-2].rstrip("…") + "…"
    return text


class _Story:
    """The blocks of a report as what reportlab lays out."""

    def __init__(self, document: Document, width: float) -> None:
        from reportlab.lib.styles import ParagraphStyle

        self._document = document
        self._width = width
        self._body = ParagraphStyle("body", fontName=_FONT, fontSize=_BODY, leading=13, spaceBefore=4, spaceAfter=4)
        self._about = ParagraphStyle("about", parent=self._body, textColor="#555555", spaceBefore=0, spaceAfter=0)
        self._title = ParagraphStyle("title", fontName=_BOLD, fontSize=18, leading=22, spaceAfter=3)
        self._heading = ParagraphStyle("heading", fontName=_BOLD, fontSize=12, leading=15, spaceBefore=16, spaceAfter=6)
        self._caption = ParagraphStyle("caption", parent=self._body, fontName=_BOLD, spaceBefore=8)

    def flowables(self) -> Iterator[Any]:
        """Yield everything, in order."""
        yield self._words(self._document.title, self._title)
        yield self._words(self._document.subject, self._about)
        yield self._words(self._document.made, self._about)
        for block in self._document.blocks:
            yield from self._block(block)

    def _words(self, text: str, style: Any) -> Any:
        from reportlab.platypus import Paragraph as Words

        return Words(escape(_Fonts.known(text), quote=False), style)

    def _block(self, block: Block) -> Iterator[Any]:
        from reportlab.platypus import CondPageBreak

        match block:
            case Heading(text):
                yield CondPageBreak(_HEAD_ROOM)
                yield self._words(text, self._heading)
            case Paragraph(text):
                yield self._words(text, self._body)
            case Figures():
                yield from self._figures(block)
            case Table():
                yield from self._table(block)
            case Chart():
                yield from self._chart(block)

    def _figures(self, block: Figures) -> Iterator[Any]:
        from reportlab.lib.styles import ParagraphStyle
        from reportlab.platypus import Table as Grid

        large = ParagraphStyle("figure", fontName=_BOLD, fontSize=15, leading=18)
        for begin in range(0, len(block.figures), _IN_A_ROW):
            figures = block.figures[begin : begin + _IN_A_ROW]
            cells = [[self._words(figure.value, large), self._words(figure.title, self._about)] for figure in figures]
            yield Grid([cells], colWidths=[self._width / _IN_A_ROW] * len(cells), hAlign="LEFT", style=[
                ("LEFTPADDING", (0, 0), (-1, -1), 0), ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ])  # fmt: skip

    def _table(self, table: Table) -> Iterator[Any]:
        from reportlab.platypus import CondPageBreak

        if table.title:
            yield CondPageBreak(_HEAD_ROOM)
            yield self._words(table.title, self._caption)
        if not table.data:
            yield self._words(table.empty, self._body)
            return
        yield _Grid(table, self._width).flowable()
        if table.rest:
            yield self._words(table.rest, self._about)

    def _chart(self, chart: Chart) -> Iterator[Any]:
        from reportlab.platypus import KeepTogether

        title = [self._words(chart.title, self._caption)] if chart.title else []
        if not chart.categories:
            yield KeepTogether([*title, self._words("Nothing to show.", self._body)])
            return
        yield KeepTogether([*title, _picture(chart, min(self._width, WIDTH))])
        if chart.more:
            yield self._words(f"… and {chart.more:,} more.", self._about)


def _picture(chart: Chart, width: float) -> Any:
    """Return the drawing of a chart as what reportlab places; its origin is below, ours above."""
    from reportlab.graphics.shapes import Drawing, PolyLine, Rect, String
    from reportlab.lib.colors import HexColor

    scale = width / WIDTH
    picture = Drawing(width, HEIGHT * scale)
    picture.scale(scale, scale)
    for shape in drawn(chart).shapes:
        match shape:
            case Box(x, y, box_width, height, colour):
                filled = HexColor(colour)
                picture.add(Rect(x, HEIGHT - y - height, box_width, height, fillColor=filled, strokeColor=None))
            case Stroke(points, colour, stroke):
                places = [number for x, y in points for number in (x, HEIGHT - y)]
                picture.add(PolyLine(places, strokeColor=HexColor(colour), strokeWidth=stroke))
            case Words(x, y, text, anchor, colour):
                picture.add(
                    String(
                        x,
                        HEIGHT - y,
                        _Fonts.known(text),
                        textAnchor=anchor,
                        fontName=_FONT,
                        fontSize=FONT_SIZE,
                        fillColor=HexColor(colour),
                    )
                )
    return picture


def _size_of(table: Table) -> float:
    return _TINY if len(table.columns) > 14 else _SMALL


def natural_widths(table: Table) -> list[float]:
    """Return how wide the columns of a table are where nothing in their first rows is broken into lines."""
    from reportlab.pdfbase.pdfmetrics import stringWidth

    widths = []
    for place, column in enumerate(table.columns):
        shown = [row.values[place] for row in table.rows[:_MEASURED] if row.level != "group"]
        texts = [_Fonts.known(text)[:_LONGEST] for text in (column.title, *map(column.look.words, shown))]
        widths.append(max(stringWidth(text, _BOLD, _size_of(table)) for text in texts) + 13)
    return widths


class _Grid:
    """A table."""

    def __init__(self, table: Table, width: float) -> None:
        from reportlab.lib.styles import ParagraphStyle

        self._table = table
        self._size = _size_of(table)
        aligns = {"left": 0, "center": 1, "right": 2}
        self._styles = {
            (bold, align): ParagraphStyle(
                f"cell-{bold}-{align}",
                fontName=_BOLD if bold else _FONT,
                fontSize=self._size,
                leading=self._size + 2.5,
                alignment=number,
                splitLongWords=1,
            )
            for bold in (False, True)
            for align, number in aligns.items()
        }
        self._widths = self._fitted(width)

    def _fitted(self, width: float) -> list[float]:
        """Return widths by what stands in the columns; where that is too much, the widest give way."""
        natural = natural_widths(self._table)
        share = width / len(natural)
        if sum(natural) <= width:
            return natural
        # What is narrower than an equal share keeps its width; the rest divide what is left.
        kept = {place for place, each in enumerate(natural) if each <= share}
        room = width - sum(natural[place] for place in kept)
        rest = sum(each for place, each in enumerate(natural) if place not in kept)
        return [each if place in kept else each / rest * room for place, each in enumerate(natural)]

    def flowable(self) -> Any:
        """Return it as what reportlab lays out."""
        from reportlab.platypus import LongTable

        head = [self._cell(column.title, place, bold=True) for place, column in enumerate(self._table.columns)]
        rows = self._table.rows
        style: list[tuple[Any, ...]] = [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (-1, -1), 2),
            ("RIGHTPADDING", (0, 0), (-1, -1), 9),
            ("TOPPADDING", (0, 0), (-1, -1), 2.5),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
            ("LINEBELOW", (0, 0), (-1, -1), 0.4, _LINE),
            ("LINEBELOW", (0, 0), (-1, 0), 1.2, "#5b6770"),
        ]
        lines = [head]
        for row in rows:
            place = len(lines)
            if row.level == "group":
                lines.append([self._cell(row.values[0], 0, bold=True), *[""] * (len(head) - 1)])
                style += [("SPAN", (0, place), (-1, place)), ("BACKGROUND", (0, place), (-1, place), "#f4f6f6")]
                continue
            bold = row.level != "row"
            lines.append([self._cell(value, column, bold=bold) for column, value in enumerate(row.values)])
            if row.level == "total":
                style.append(("LINEABOVE", (0, place), (-1, place), 1.2, "#5b6770"))
        return LongTable(lines, colWidths=self._widths, repeatRows=1, style=style, hAlign="LEFT", spaceBefore=4)

    def _cell(self, value: Any, place: int, *, bold: bool) -> Any:
        from reportlab.platypus import Paragraph as Words

        look = self._table.columns[place].look
        text = _Fonts.known(look.words(value))
        if len(text) > _LONGEST:
            text = text[: _LONGEST - 1] + "…"
        return Words(escape(text, quote=False), self._styles[bold, look.align])
