"""Report layouts (RE1): queries, and the blocks in which their rows are shown."""

from __future__ import annotations

import re
from collections import Counter
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StrictInt, StrictStr, field_validator, model_validator

from core.config.base import EntityName, Line, Settings, setting
from core.text import listed, nearest

Period = Literal["last_7_days", "previous_week", "previous_month", "since_last_run"]
"""What a report looks back on: today and the six days before; the last whole week from Monday; the last whole month;
what came since the last run of the task that succeeded, or as ``last_7_days`` where there is none."""

ReportFormat = Literal["html", "pdf", "excel", "csv", "text"]

PLACEHOLDERS = ("title", "period", "since", "until", "now", "task", "entity", "assortment")
"""What may stand in braces in texts and headings, beside ``{query.column}`` and ``{query.rows}``."""

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
NUMBER_FORMAT = re.compile(r"(?P<sign>\+?)(?P<thousands>#,##)?0(?P<decimals>\.0{1,12})?(?P<percent>%?)")
"""Of a number: ``0.00``, ``#,##0`` with a sign between thousands, ``+0.0%`` with its sign and as a percentage."""


def _known_format(text: str) -> str:
    if text in ("duration", "size") or NUMBER_FORMAT.fullmatch(text) or "%" in text[:-1]:
        return text
    raise ValueError(
        'a format is that of a number, such as 0.00, #,##0 or +0.0%, that of a date, such as %d-%m-%Y, "duration" for '
        'seconds or "size" for bytes'
    )


ColumnFormat = Annotated[StrictStr, AfterValidator(_known_format)]
ColumnName = Line
"""A column of a query, as its ``SELECT`` names it."""


class ReportQuery(Settings):
    """One ``SELECT`` over the views of reports; ``docs/reports.md`` lists them."""

    name: EntityName = setting(title="Name", help="By which blocks name it.")
    sql: StrictStr = setting(
        title="SQL", help="One SELECT over the views; see docs/reports.md.", min_length=1, long=True
    )


class ReportColumn(Settings):
    """One column of a table, or one of the key figures."""

    column: ColumnName = setting(title="Column", help="Of the query.")
    title: StrictStr | None = setting(None, title="Title", help="Empty: the name of the column.")
    format: ColumnFormat | None = setting(
        None, title="Format", help='0.00, #,##0, +0.0%, %d-%m-%Y, "duration" of seconds, "size" of bytes.'
    )
    align: Literal["left", "right", "center"] | None = setting(
        None, title="Alignment", help="Empty: numbers to the right, all else to the left."
    )
    total: Literal["sum", "average", "count", "min", "max"] | None = setting(
        None, title="Total", help="At the end of the table, and of each group."
    )


class HeadingBlock(Settings):
    """A heading."""

    kind: Literal["heading"] = setting(title="Kind")
    text: Line = setting(title="Text", help="{period} and the like are allowed.")


class TextBlock(Settings):
    """A paragraph."""

    kind: Literal["text"] = setting(title="Kind")
    text: StrictStr = setting(
        title="Text", help="{period}, {query.column:0.0%} and the like are allowed.", min_length=1, long=True
    )


class FiguresBlock(Settings):
    """The key figures: the values of a query's first row, large."""

    kind: Literal["figures"] = setting(title="Kind")
    query: EntityName = setting(title="Query")
    columns: list[ReportColumn] = setting(list, title="Columns", help="None: all of the query.")


class TableBlock(Settings):
    """A table of the rows of a query."""

    kind: Literal["table"] = setting(title="Kind")
    query: EntityName = setting(title="Query")
    title: StrictStr = setting("", title="Title")
    columns: list[ReportColumn] = setting(list, title="Columns", help="None: all of the query.")
    group_by: ColumnName | None = setting(
        None, title="Group by", help="A column by which the query sorts; each group has its totals."
    )
    limit: StrictInt | None = setting(
        None, title="Rows to show", help="For reading; Excel and CSV have all of them. Empty: 2,000.", ge=1, le=2000
    )
    empty: StrictStr = setting("Nothing to tell.", title="When there is no row")


class ChartBlock(Settings):
    """A chart of the rows of a query: one place along the axis for each."""

    kind: Literal["chart"] = setting(title="Kind")
    chart: Literal["bar", "stacked", "line"] = setting("bar", title="Chart")
    query: EntityName = setting(title="Query")
    title: StrictStr = setting("", title="Title")
    category: ColumnName = setting(title="Category", help="The column along the axis.")
    values: list[ColumnName] = setting(title="Values", help="The columns with the numbers.", min_length=1, max_length=6)


Block = Annotated[
    HeadingBlock | TextBlock | FiguresBlock | TableBlock | ChartBlock,
    Field(discriminator="kind"),
]


class ReportLayout(Settings):
    """Queries, and how a report shows what they find."""

    direction: Literal["report"] = setting(title="Direction")
    description: StrictStr = setting("", title="Description")
    title: Line = setting(title="Title", help="Of the report; {entity} and the like are allowed.")
    period: Period = setting("last_7_days", title="Period", help="What the report looks back on.")
    entity: EntityName | None = setting(
        None, title="Entity", help="Whose records the views named record_… show.", refers="entities"
    )
    assortment: StrictStr | None = setting(None, title="Assortment", help="Of those records. Empty: all.")
    decimal: Literal[",", "."] = setting(".", title="Decimal sign")
    timeout: StrictInt = setting(120, title="Timeout", help="Of one query.", unit="seconds", ge=1, le=3600)
    queries: list[ReportQuery] = setting(list, title="Queries")
    blocks: list[Block] = setting(title="Blocks", help="In the order of the report.", min_length=1)

    @field_validator("queries")
    @classmethod
    def _different_names(cls, queries: list[ReportQuery]) -> list[ReportQuery]:
        twice = [name for name, times in Counter(query.name for query in queries).items() if times > 1]
        if twice:
            raise ValueError(f"two queries are named {twice[0]!r}")
        return queries

    @model_validator(mode="after")
    def _known_names(self) -> ReportLayout:
        names = [query.name for query in self.queries]
        for block in self.blocks:
            if isinstance(block, HeadingBlock | TextBlock):
                _check_placeholders(block.text, names)
            elif block.query not in names:
                raise ValueError(
                    f"a {block.kind} shows the query {block.query!r}, which is not there.{_hint(block.query, names)}"
                )
        _check_placeholders(self.title, ())
        return self


def _hint(word: str, known: list[str]) -> str:
    near = nearest(word, known)
    return f" Did you mean {near!r}?" if near else ""


def _check_placeholders(text: str, queries: list[str] | tuple[()]) -> None:
    for name in PLACEHOLDER.findall(text):
        value, colon, form = name.partition(":")
        query, dot, column = value.partition(".")
        if colon:
            _known_format(form)
        if (name not in PLACEHOLDERS or colon) and not (dot and column and query in queries):
            known = listed([f"{{{each}}}" for each in PLACEHOLDERS], last="and")
            raise ValueError(f"the placeholder {{{name}}} is not known; there are {known}, and {{query.column}}")
