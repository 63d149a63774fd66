"""Where the values of a feed come from: for each level of nesting the relation, and what is computed of its records.

A scope compiles to three nested selects: the values of each record as text, then what is joined to it, then its
markup. What is joined is a scope of its own. Deeper down, that is a correlated subquery, of which DuckDB makes a hash
join; to the records themselves, which are a table by then, it is gathered by their place.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from core.config.entities import RECORD_FIELDS, Field
from core.config.feedcheck import is_attached, joined_on
from core.config.layouts import CsvExportLayout, ExportColumn, FileSettings
from core.errors import DataError
from core.exchange.expressions import checked_expression
from core.exchange.rendering import exported_fields, render_cells
from core.sql import quoted_name, quoted_text
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from duckdb import DuckDBPyConnection

    from core.config.entities import Entity, FieldType
    from core.config.feeds import FeedJoin, FeedNode, XmlAttribute
    from core.exchange.rendering import Cell

FEED_FILE = FileSettings(date="%Y-%m-%d", datetime="%Y-%m-%dT%H:%M:%SZ")
"""How numbers and dates are written unless a format says otherwise; times are UTC (ISO 8601, as XML Schema has it)."""

MARKUP = "_markup"
"""The column that has the markup of a record."""
_PLACE = "_place"
"""The column that has the place of a record among those that are written."""
THERE = "_there"
"""A column that is true of every record that is joined: not of the row that stands for none."""


@dataclass(frozen=True, slots=True)
class Check:
    """What may be wrong with the values of one place; looked into only when the document could not be written."""

    scope: Scope
    failing: str
    """SQL over the records of the scope that is true of the records that are at fault."""
    place: str
    reason: str


@dataclass(frozen=True, slots=True)
class Feed:
    """What all scopes of a document share."""

    connection: DuckDBPyConnection
    entities: Mapping[str, Entity]
    relation: Callable[[str], str]
    """Gives the relation that has the records of an entity."""
    languages: Sequence[str]
    language: str
    """Of translated fields that are named without one."""
    texts: Mapping[str, Any]
    """What the placeholders of constants stand for."""
    checks: list[Check] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: iter(range(1, 1 << 30)))

    def name(self, letter: str) -> str:
        """Return a name that nothing else in the statement has; no field begins with an underscore."""
        return f"_{letter}{next(self._numbers)}"

    def constant(self, text: str, language: str) -> str:
        """Return a constant with its placeholders replaced."""
        return text.format(**{**self.texts, "language": language})


@dataclass(frozen=True, slots=True)
class Join:
    """What is written of all records that are joined to one."""

    inner: Scope
    markup: str
    """SQL of the markup of each."""
    gathered: str
    """The aggregate that makes one text of that."""

    def of_each(self, outer: str) -> str:
        """Return a subquery over the records that are joined to a row of ``outer``."""
        return f"SELECT {self.gathered} FROM ({self._marked(f'({self.inner.computed(outer)})')})"

    def by_place(self, records: str, name: str) -> str:
        """Return a query with a row for each of ``records``, in the order of their places."""
        inner = self.inner
        on = " AND ".join(f"r._m{number} = b.{key}" for number, (_, key) in enumerate(inner.matches))
        matched = f"(SELECT b.{_PLACE}, r.* FROM {records} AS b LEFT JOIN ({inner.computed()}) AS r ON {on})"
        marked = self._marked(matched)
        return f"SELECT {self.gathered} AS {name} FROM ({marked}) GROUP BY {_PLACE} ORDER BY {_PLACE}"

    def _marked(self, computed: str) -> str:
        return f"SELECT {self.markup} AS {MARKUP}, * FROM ({self.inner.with_joins(computed)})"


class Scope:
    """The records that a part of the tree is written for, and the columns that are computed for it."""

    def __init__(self, feed: Feed, entity: Entity, relation: str) -> None:
        self.feed = feed
        self.entity = entity
        self.relation = relation
        self.alias = feed.name("r")
        self.outer_alias = feed.name("s")
        self.conditions: list[str] = []
        self.matches: list[tuple[str, str]] = []
        """What it is joined on: SQL over its own records, and the column of the scope around it that equals it."""
        self.values: dict[str, str] = {}
        """What is computed of the record itself: SQL by column."""
        self.joins: dict[str, Join] = {}
        """What is computed of the records joined to it."""
        self.known = {**{name: Field(name, kind, name) for name, kind in RECORD_FIELDS.items()}, **entity.fields}

    def column(self, letter: str, sql: str) -> str:
        """Compute ``sql`` of each record, and return the column that has it; the same is computed once."""
        for name, other in self.values.items():
            if other == sql:
                return name
        name = self.feed.name(letter)
        self.values[name] = sql
        return name

    def join(self, joined: Join) -> str:
        """Return the column that has what is written of all records that are joined."""
        name = self.feed.name("j")
        self.joins[name] = joined
        return name

    def field_name(self, name: str, language: str) -> str:
        """Return the field that a name stands for in a language."""
        translated = f"{name}.{language}"
        if name not in self.known and translated in self.known:
            return translated
        if name not in self.known:
            # Raises the error that fits: no such field, or not kept in this language.
            exported_fields(name, self.known, language, self.feed.languages)
        return name

    def cell(self, node: FeedNode | XmlAttribute, language: str) -> Cell:
        """Return the text of a node's value, as an export column has it."""
        column = ExportColumn(
            column=node.name or "value",
            field=self.field_name(node.field, language) if node.field else None,
            expression=self.expression(node.expression, language) if node.expression is not None else None,
            constant=self.feed.constant(node.constant, language) if node.constant is not None else None,
            convert=node.convert,
            values=node.values,
            default=node.default,
            format=node.format,
        )
        layout = CsvExportLayout(
            direction="export", format="csv", entity=self.entity.name, columns=[column], file=FEED_FILE
        )
        (cell,) = render_cells(
            layout,
            self.entity,
            connection=self.feed.connection,
            selection=self.relation,
            language=language,
            languages=self.feed.languages,
        )
        if cell.check:
            self.check(f"{cell.check} IS NULL", node.name, "The expression fails on its values.")
        return cell

    def text(self, cell: Cell) -> str:
        """Return the column that has the text of a cell; NULL where that is empty."""
        return self.column("v", f"nullif(CAST({cell.text} AS VARCHAR), '')")

    def expression(self, expression: str, language: str) -> str:
        """Return the SQL of an operator's expression; translated fields named without a language are in this one."""
        ending = f".{language}"
        meaning = {name.removesuffix(ending): name for name in self.known if name.endswith(ending)}
        return checked_expression(expression, self.known.keys(), connection=self.feed.connection, meaning=meaning)

    def condition(self, expression: str, place: str, language: str) -> str:
        """Return the SQL of a condition; it must compile as one."""
        import duckdb

        sql = f"CAST({self.expression(expression, language)} AS BOOLEAN)"
        try:
            self.feed.connection.execute(f"SELECT {sql} FROM {quoted_name(self.relation)} LIMIT 0")
        except duckdb.Error as error:
            raise DataError(
                f"The condition {clean(expression, limit=120)!r} does not compile: {clean(str(error), limit=200)}",
                advice="Look at the types of the fields that it uses.",
            ) from error
        self.check(f"TRY(struct_pack(v := {sql})) IS NULL", place, "The condition fails on its values.")
        return sql

    def check(self, failing: str, place: str, reason: str) -> None:
        """Note what may be wrong with the values of a place."""
        self.feed.checks.append(Check(self, failing, place, reason))

    def joined(self, join: FeedJoin, place: str, language: str) -> tuple[Scope, list[str]]:
        """Return the scope of the records that are joined to each of this one, and the columns of their order."""
        inner = Scope(self.feed, self.feed.entities[join.entity], self.feed.relation(join.entity))
        try:
            pairs = joined_on(join, self.entity, inner.entity)
        except ValueError as error:
            raise DataError(f"{clean(place)} cannot be joined: {error}.") from error
        for own, outer in pairs.items():
            mine, theirs = f"{self.alias}.{quoted_name(outer)}", f"{inner.alias}.{quoted_name(own)}"
            if self.known[outer].type != inner.known[own].type:
                mine, theirs = f"CAST({mine} AS VARCHAR)", f"CAST({theirs} AS VARCHAR)"
            inner.matches.append((theirs, self.column("k", mine)))
        if not join.on and is_attached(self.entity, inner.entity) and "record" in pairs:
            inner.conditions.append(f'{inner.alias}."entity" = {quoted_text(self.entity.name)}')
        if not join.any_assortment:
            inner.matches.append((f'{inner.alias}."assortment"', self.column("k", f'{self.alias}."assortment"')))
        if join.where:
            inner.conditions.append(inner.condition(join.where, place, language))
        order = []
        for name in self._order(join, inner.entity):
            if name.removeprefix("-") in pairs:
                continue  # it is the same in all that belong to one record
            column = inner.column("o", f"{inner.alias}.{quoted_name(name.removeprefix('-'))}")
            order.append(f"{column} {'DESC' if name.startswith('-') else 'ASC'} NULLS LAST")
        return inner, order

    @staticmethod
    def _order(join: FeedJoin, entity: Entity) -> list[str]:
        """Return the fields by which joined records stand; in the end their key, so that each has its place."""
        said = [name.removeprefix("-") for name in join.order]
        key = [*entity.key, "assortment"] if join.any_assortment else entity.key
        return [*join.order, *(name for name in key if name not in said)]

    def with_joins(self, computed: str) -> str:
        """Return the statement that adds what is joined to a relation with :meth:`computed`."""
        joins = "".join(f", ({join.of_each(self.outer_alias)}) AS {name}" for name, join in self.joins.items())
        return f"SELECT *{joins} FROM {computed} AS {self.outer_alias}"

    def by_place(self, table: str, chosen: str) -> str:
        """Return the statement that does so for some rows of a table with :meth:`computed`, in their order.

        Rows and what is joined to them are put side by side by their places: to join them once more would take time,
        and might give them in another order.
        """
        places = f"(SELECT *, rowid AS {_PLACE} FROM {table} WHERE {chosen})"
        beside = "".join(f" POSITIONAL JOIN ({join.by_place(places, name)})" for name, join in self.joins.items())
        return f"SELECT * FROM (SELECT * FROM {table} WHERE {chosen}){beside}"

    def computed(self, outer: str | None = None) -> str:
        """Return the statement that computes the values of each record; of those joined to a row of ``outer``."""
        columns = [f"{sql} AS {name}" for name, sql in self.values.items()]
        conditions = list(self.conditions)
        if self.matches:
            columns.append(f"true AS {THERE}")
        if outer is None:
            columns += [f"{own} AS _m{number}" for number, (own, _) in enumerate(self.matches)]
        else:
            conditions += [f"{own} = {outer}.{key}" for own, key in self.matches]
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        columns = columns or ["1 AS _nothing"]
        return f"SELECT {', '.join(columns)} FROM {quoted_name(self.relation)} AS {self.alias}{where}"


def kind_of(node: FeedNode | XmlAttribute, cell: Cell) -> FieldType:
    """Return what a value is before it is made text; what was converted is text."""
    return "text" if node.convert or node.values else cell.kind


def is_plain(node: FeedNode | XmlAttribute, cell: Cell) -> bool:
    """Whether the text of a value is that of a number, or ``true`` and ``false``, and nothing else."""
    return kind_of(node, cell) in ("integer", "decimal", "boolean") and node.default is None
