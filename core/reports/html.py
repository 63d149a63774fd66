"""A report as one HTML file that needs no other: for a browser, a printer and a mail client."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from core.reports.document import Chart, Figures, Heading, Paragraph, Table
from core.reports.drawing import FONT_SIZE, Box, Stroke, Words, drawn

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from core.reports.document import Block, Document, Row
    from core.reports.values import Look

_STYLE = """\
:root { color-scheme: light; }
body { margin: 0 auto; padding: 24px; max-width: 960px; background: #fff; color: #1c1c1c;
  font: 14px/1.45 "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
h1 { font-size: 24px; line-height: 1.2; margin: 0 0 4px; }
h2 { font-size: 17px; margin: 28px 0 8px; border-bottom: 2px solid #1b7f79; padding-bottom: 3px; }
p { margin: 8px 0; max-width: 75ch; }
.about { color: #555; margin: 0; }
table { border-collapse: collapse; margin: 10px 0 4px; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 600; padding: 4px 0; }
th, td { padding: 4px 14px 4px 0; text-align: left; vertical-align: top; max-width: 520px;
  overflow-wrap: break-word; }
th:last-child, td:last-child { padding-right: 4px; }
thead th { border-bottom: 2px solid #5b6770; white-space: nowrap; vertical-align: bottom; }
tbody td, tbody th { border-bottom: 1px solid #e2e2e2; font-weight: normal; }
tbody tr.group th { font-weight: 600; padding-top: 12px; background: #f4f6f6; }
tbody tr.subtotal td, tbody tr.subtotal th { font-weight: 600; }
tfoot td, tfoot th { font-weight: 700; border-top: 2px solid #5b6770; }
.right { text-align: right; }
.whole { white-space: nowrap; }
.center { text-align: center; }
.figures td { border: 0; padding: 6px 28px 6px 0; }
.figures strong { display: block; font-size: 24px; line-height: 1.2; }
.figures span { color: #555; }
.note { color: #555; font-size: 13px; }
figure { margin: 10px 0; break-inside: avoid; }
figcaption { font-weight: 600; }
figure svg { display: block; width: 100%; max-width: 760px; height: auto; }
details { font-size: 13px; }
@media print { body { padding: 0; max-width: none; font-size: 10pt; } thead { display: table-header-group; }
  tr { break-inside: avoid; } h2 { break-after: avoid; } details { display: none; } }
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def as_html(document: Document) -> Iterator[str]:
    """Yield the parts of the file."""
    title = escape(document.title)
    yield (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>\n{_STYLE}</style>\n</head>\n<body>\n"
        f'<h1>{title}</h1>\n<p class="about">{escape(document.subject)}</p>\n'
        f'<p class="about">{escape(document.made)}</p>\n'
    )
    for block in document.blocks:
        yield from _block(block)
    yield "</body>\n</html>\n"


def _block(block: Block) -> Iterator[str]:
    match block:
        case Heading(text):
            yield f"<h2>{escape(text)}</h2>\n"
        case Paragraph(text):
            yield f'<p dir="auto">{escape(text)}</p>\n'
        case Figures(figures):
            # A table, for mail clients know little else that stands side by side.
            cells = "".join(
                f'<td><strong dir="auto">{escape(figure.value)}</strong> <span>{escape(figure.title)}</span></td>'
                for figure in figures
            )
            yield f'<table class="figures" role="presentation"><tbody><tr>{cells}</tr></tbody></table>\n'
        case Table():
            yield from _table(block)
        case Chart():
            yield from _chart(block)


def _table(table: Table) -> Iterator[str]:
    caption = f"<caption>{escape(table.title)}</caption>" if table.title else ""
    if not table.data:
        title = f"<strong>{escape(table.title)}.</strong> " if table.title else ""
        yield f"<p>{title}{escape(table.empty)}</p>\n"
        return
    classes = [_classes(column.look) for column in table.columns]
    head = "".join(
        f'<th scope="col"{each}>{escape(column.title)}</th>'
        for column, each in zip(table.columns, classes, strict=True)
    )
    yield f"<table>{caption}\n<thead><tr>{head}</tr></thead>\n<tbody>\n"
    for row in table.rows:
        if row.level != "total":
            yield _row(table, row, classes)
    yield "</tbody>\n"
    for row in table.rows:
        if row.level == "total":
            yield f"<tfoot>{_row(table, row, classes)}</tfoot>\n"
    yield "</table>\n"
    if table.rest:
        yield f'<p class="note">{escape(table.rest)}</p>\n'


def _row(table: Table, row: Row, classes: Sequence[str]) -> str:
    words = [escape(column.look.words(value)) for column, value in zip(table.columns, row.values, strict=False)]
    if row.level == "group":
        return (
            f'<tr class="group"><th scope="rowgroup" colspan="{len(table.columns)}" dir="auto">{words[0]}</th></tr>\n'
        )
    if row.level == "row":
        cells = "".join(f'<td{each} dir="auto">{text}</td>' for text, each in zip(words, classes, strict=True))
        return f"<tr>{cells}</tr>\n"
    first = f'<th scope="row"{classes[0]}>{words[0]}</th>'
    rest = "".join(f"<td{each}>{text}</td>" for text, each in zip(words[1:], classes[1:], strict=True))
    return f'<tr class="{row.level}">{first}{rest}</tr>\n'


def _classes(look: Look) -> str:
    """Return how a column stands; only text is broken into lines."""
    names: list[str] = [look.align] if look.align != "left" else []
    names += ["whole"] if look.kind != "text" else []
    return f' class="{" ".join(names)}"' if names else ""


def _chart(chart: Chart) -> Iterator[str]:
    caption = f"<figcaption>{escape(chart.title)}</figcaption>\n" if chart.title else ""
    if not chart.categories:
        yield f"<figure>{caption}<p>Nothing to show.</p></figure>\n"
        return
    yield f"<figure>{caption}{_svg(chart)}\n"
    # The numbers themselves: for who cannot see the chart, and for mail clients that leave it out.
    head = "".join(f'<th scope="col" class="right">{escape(series.title)}</th>' for series in chart.series)
    yield "<details><summary>The numbers of the chart</summary>\n"
    yield f'<table><thead><tr><th scope="col"></th>{head}</tr></thead>\n<tbody>\n'
    for place, category in enumerate(chart.categories):
        cells = "".join(
            f'<td class="right">{escape(look.words(series.values[place]))}</td>'
            for series, look in zip(chart.series, chart.looks, strict=True)
        )
        yield f'<tr><th scope="row" dir="auto">{escape(category)}</th>{cells}</tr>\n'
    yield "</tbody></table></details></figure>\n"
    if chart.more:
        yield f'<p class="note">… and {chart.more:,} more.</p>\n'


def _svg(chart: Chart) -> str:
    drawing = drawn(chart)
    label = escape(f"{chart.title or 'Chart'}: {', '.join(series.title for series in chart.series)}")
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {drawing.width:g} {drawing.height:g}" role="img" '
        f'aria-label="{label}" font-family="sans-serif" font-size="{FONT_SIZE:g}">'
    )
    parts = [head]
    for shape in drawing.shapes:
        match shape:
            case Box(x, y, width, height, colour):
                parts.append(
                    f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{colour}"/>'
                )
            case Stroke(points, colour, width):
                places = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
                parts.append(f'<polyline points="{places}" fill="none" stroke="{colour}" stroke-width="{width:g}"/>')
            case Words(x, y, text, anchor, colour):
                parts.append(
                    f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{escape(text)}</text>'
                )
    return "".join([*parts, "</svg>"])
