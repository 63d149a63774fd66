"""Records, through a feed layout, into a nested document.

DuckDB makes the markup of each record and writes the file; there is no Python per record. Where other entities are
joined, the values of the records are computed first, into a temporary table, and joined in blocks, so that only what
belongs to one block is in memory.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.config.feeds import XmlFeedLayout
from core.errors import DataError, EngineError
from core.exchange.feeds.json import JsonTree
from core.exchange.feeds.scopes import MARKUP, Feed
from core.exchange.feeds.xml import XmlTree
from core.exchange.sql_errors import disk_errors, sql_errors
from core.exchange.writing import WriteResult
from core.sql import column_list, quoted_name, quoted_text
from core.text import clean, counted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from core.config.entities import Entity
    from core.config.feeds import FeedLayout
    from core.exchange.feeds.scopes import Check
    from core.exchange.feeds.tree import Document
    from core.stop import StopToken

BLOCK = 61_440
"""Records that are joined at a time: half of DuckDB's row group."""
_COMPUTED = "feed_records"


class _Moment:
    """A moment as placeholders write it: by the format that stands there, else as ISO 8601 has it."""

    def __init__(self, moment: datetime, usual: str) -> None:
        self._moment = moment
        self._usual = usual

    def __format__(self, spec: str) -> str:
        return self._moment.strftime(spec) if spec else self._usual


class _Count:
    """The number of records, which knows whether it was asked for."""

    def __init__(self, records: int) -> None:
        self._records = records
        self.told = False

    def __format__(self, spec: str) -> str:
        self.told = True
        return str(self._records)


@dataclass(frozen=True, slots=True)
class FeedTexts:
    """What the placeholders of a document stand for."""

    moment: datetime
    """In the time zone of the engine."""
    task: str
    entity: str
    assortment: str = ""
    publication: str = ""

    def as_values(self, count: _Count) -> dict[str, Any]:
        """Return them by their names."""
        moment = self.moment
        return {
            "date": _Moment(moment, f"{moment:%Y-%m-%d}"),
            "time": _Moment(moment, f"{moment:%H:%M:%S}"),
            "datetime": _Moment(moment, moment.isoformat(timespec="seconds")),
            "task": self.task,
            "entity": self.entity,
            "assortment": self.assortment,
            "publication": self.publication,
            "count": count,
        }


class FeedWriter:
    """Writes the records of a relation through one layout, and shows any of them."""

    def __init__(
        self,
        layout: FeedLayout,
        entities: Mapping[str, Entity],
        *,
        connection: DuckDBPyConnection,
        selection: str,
        relation: Callable[[str], str],
        language: str | None,
        languages: Sequence[str],
        texts: FeedTexts,
        stop: StopToken,
    ) -> None:
        """Compile the layout.

        Args:
            layout: what the document looks like.
            entities: all of them, by name.
            connection: to the catalogue.
            selection: the relation with the records, which has all fields and the record fields, in order.
            relation: gives the relation that has the records of another entity, with the same.
            language: of translated fields that are named without one; None: the first of ``languages``.
            languages: those of the engine.
            texts: what placeholders stand for.
            stop: interrupts whatever DuckDB does.

        Raises:
            DataError: the layout names what the entities do not have, or an expression does not compile.
        """
        self._layout = layout
        self._connection = connection
        self._entity = entities[layout.entity]
        self._stop = stop

        def compiled(counted_records: _Count) -> tuple[Document, list[Check]]:
            values = texts.as_values(counted_records)
            feed = Feed(connection, entities, relation, languages, language or languages[0], values)
            tree = XmlTree if isinstance(layout, XmlFeedLayout) else JsonTree
            return tree(layout, feed, selection).document(), feed.checks

        unknown = _Count(0)
        self._document, self._checks = compiled(unknown)
        # How many records there are is looked for only where it is told.
        if layout.max_records or unknown.told:
            count = self._counted()
            self._document, self._checks = compiled(_Count(count))
            if layout.max_records and count > layout.max_records:
                raise DataError(
                    f"There are {counted(count, 'record')}, and the layout allows {layout.max_records:,}.",
                    advice="Nothing was sent. Make several tasks, each with an assortment or a condition of its own.",
                )

    @property
    def head(self) -> str:
        """What stands before the first record."""
        return self._document.head

    @property
    def tail(self) -> str:
        """What stands behind the last record."""
        return self._document.tail

    def write(self, target: Path) -> WriteResult:
        """Write the document into ``target``, beside which the connection must be allowed to write.

        A file that is there already stays the same file, in which all is new; it is written from its beginning to its
        end.

        Raises:
            DataError: a value cannot be written; the message names the record.
            EngineError: the disk or the memory does not suffice.
            StopRequested: a stop was asked for; ``target`` is incomplete.
        """
        self.check_values()
        what = f"{clean(target.name)} cannot be written"
        with sql_errors(self._connection, self._stop, what), disk_errors(what):
            records = self._write_joined(target) if self._document.records.joins else self._write_plain(target)
        return WriteResult(records, target.stat().st_size)

    def records(self, limit: int, *, skip: int = 0) -> list[str]:
        """Return the markup of the first records behind ``skip`` others."""
        scope = self._document.records
        chosen = f"{scope.computed()} LIMIT {limit:d} OFFSET {skip:d}"
        with sql_errors(self._connection, self._stop, "The records cannot be rendered"):
            self._connection.execute(f"CREATE OR REPLACE TEMP TABLE {_COMPUTED} AS {chosen}")
            rows = self._connection.execute(self._finished(scope.by_place(_COMPUTED, "true"))).fetchall()
            self._connection.execute(f"DROP TABLE {_COMPUTED}")
        return [str(row[0]) for row in rows]

    def keys(self, limit: int, *, skip: int = 0) -> list[tuple[str, ...]]:
        """Return the keys of the records that :meth:`records` returns."""
        scope = self._document.records
        where = f" WHERE {' AND '.join(scope.conditions)}" if scope.conditions else ""
        with sql_errors(self._connection, self._stop, "The records cannot be read"):
            rows = self._connection.execute(
                f"SELECT {column_list(self._entity.key, prefix=f'{scope.alias}.')} "
                f"FROM {quoted_name(scope.relation)} AS {scope.alias}{where} LIMIT {limit:d} OFFSET {skip:d}"
            ).fetchall()
        return [tuple("" if part is None else str(part) for part in row) for row in rows]

    def _finished(self, computed: str) -> str:
        document = self._document
        return f"SELECT {document.finished} FROM (SELECT {document.markup} AS {MARKUP} FROM ({computed}))"

    def _counted(self) -> int:
        with sql_errors(self._connection, self._stop, "The records cannot be counted"):
            row = self._connection.execute(f"SELECT count(*) FROM ({self._document.records.computed()})").fetchone()
        return int(row[0]) if row else 0

    def _write_plain(self, target: Path) -> int:
        return self._copy(self._document.records.computed(), target, (self.head, self.tail))

    def _write_joined(self, target: Path) -> int:
        scope = self._document.records
        self._connection.execute(f"CREATE OR REPLACE TEMP TABLE {_COMPUTED} AS {scope.computed()}")
        # In a transaction that is not over, the numbers of new rows follow each other, but do not begin with 0.
        row = self._connection.execute(f"SELECT count(*), coalesce(min(rowid), 0) FROM {_COMPUTED}").fetchone()
        count, first = map(int, row or (0, 0))
        written = 0
        part = target.with_name(f"{target.name}.part")
        try:
            with target.open("wb") as out:
                out.write(self.head.encode())
                for begin in range(0, count, BLOCK):
                    self._stop.check()
                    low = first + begin
                    chosen = f"rowid BETWEEN {low:d} AND {low + BLOCK - 1:d}"
                    written += self._copy(scope.by_place(_COMPUTED, chosen), part)
                    with part.open("r+b") as records:
                        if begin + BLOCK >= count:
                            records.truncate(part.stat().st_size - len(self._document.separator))
                        shutil.copyfileobj(records, out, 1 << 20)
                out.write(self.tail.encode())
        finally:
            part.unlink(missing_ok=True)
        self._connection.execute(f"DROP TABLE {_COMPUTED}")
        if written != count:
            raise EngineError(
                f"Of {counted(count, 'record')}, {written:,} were written.", advice="Start the run again."
            )
        return count

    def _copy(self, computed: str, target: Path, around: tuple[str, str] | None = None) -> int:
        """Let DuckDB write records; with what stands around them, or else with a separator behind each."""
        options = {
            "HEADER": "false",
            "QUOTE": "''",
            "ESCAPE": "''",
            "DELIMITER": "','",
            "NEW_LINE": quoted_text(self._document.separator),
            "COMPRESSION": "'none'",
            # The file may have a second name, which a new one in its place would not have.
            "USE_TMP_FILE": "false",
        }
        if around:
            options |= {"PREFIX": quoted_text(around[0]), "SUFFIX": quoted_text(around[1])}
        settings = ", ".join(f"{key} {value}" for key, value in options.items())
        row = self._connection.execute(
            f"COPY ({self._finished(computed)}) TO {quoted_text(str(target))} (FORMAT csv, {settings})"
        ).fetchone()
        return int(row[0]) if row else 0

    def check_values(self) -> None:
        """Refuse records on which an expression fails, or whose value cannot be written as it should be.

        Beforehand, because after an error in a statement DuckDB answers nothing more in the same snapshot.
        """
        scopes = {check.scope.alias: check.scope for check in self._checks}
        for alias, scope in scopes.items():
            checks = [check for check in self._checks if check.scope.alias == alias]
            which = " ".join(f"WHEN {check.failing} THEN {number}" for number, check in enumerate(checks))
            columns = column_list(scope.entity.key)
            # Records that are not chosen are not asked; one on which that cannot be told is.
            chosen = scope.conditions if scope is self._document.records else []
            where = " AND ".join(["_which IS NOT NULL", *(f"coalesce(TRY({each}), true)" for each in chosen)])
            with sql_errors(self._connection, self._stop, "The records cannot be checked"):
                row = self._connection.execute(
                    f"SELECT _which, {columns} FROM (SELECT *, CASE {which} END AS _which "
                    f"FROM {quoted_name(scope.relation)}) AS {scope.alias} WHERE {where} LIMIT 1"
                ).fetchone()
            if row is not None:
                check, key = checks[row[0]], clean(", ".join(map(str, row[1:])), limit=80)
                raise DataError(
                    f"{scope.entity.title} {key!r} cannot be written: {clean(check.place)}. {check.reason}",
                    advice="Mend the layout, or the record.",
                )
