"""Undo: every record that a run touched, back to what it was before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import Refused, StoreError
from core.sql import column_list, quoted_name, quoted_text
from core.store.catalogue.applying import BlockCounts, note_applied
from core.store.catalogue.faults import faults
from core.store.catalogue.names import (
    RECORD_COLUMNS,
    entity_table,
    history_table,
    moment_literal,
    naive,
    same_key,
)
from core.store.catalogue.schema import field_columns, key_of
from core.store.catalogue.showing import Value, shown
from core.store.catalogue.transactions import last_moment, transaction, writing
from core.text import counted, listed

if TYPE_CHECKING:
    from datetime import datetime

    from duckdb import DuckDBPyConnection

    from core.stop import StopToken

_SAMPLES = 5


@dataclass(frozen=True, slots=True)
class RevertPart:
    """What a revert does to the records of one entity and assortment."""

    entity: str
    assortment: str
    counts: BlockCounts
    conflicts: int

    def in_words(self) -> str:
        """Return the counts as a phrase."""
        return _in_words(self.counts)


@dataclass(frozen=True, slots=True)
class Conflict:
    """A record that a later run changed again."""

    entity: str
    assortment: str
    key: tuple[Value, ...]
    changed_by_run: int | None
    """The last run that touched it; None where it is gone."""


@dataclass(frozen=True, slots=True)
class RevertPlan:
    """What reverting a run would do; it waits in its session to be applied."""

    run: int
    parts: tuple[RevertPart, ...]
    samples: tuple[Conflict, ...]
    """The first conflicts."""
    seen: datetime
    """The watermark of the state that the plan was computed against."""

    @property
    def conflicts(self) -> int:
        """How many records a later run changed again."""
        return sum(part.conflicts for part in self.parts)

    @property
    def counts(self) -> BlockCounts:
        """What is done to how many records, conflicts included."""
        return _sum([part.counts for part in self.parts])

    @property
    def empty(self) -> bool:
        """Whether there is nothing to put back."""
        return self.counts == BlockCounts()

    def in_words(self) -> str:
        """Return the counts as a phrase: ``3 records changed back and 2 removed``."""
        return _in_words(self.counts)


def plan_revert(session: DuckDBPyConnection, run: int) -> RevertPlan:
    """Find what a run did that can be put back.

    Raises:
        Refused: the run was reverted before, or nothing is known of what it did.
    """
    with faults("look up what the run changed"), transaction(session):
        parts = session.execute(
            "SELECT DISTINCT entity, assortment FROM applied WHERE run = ? ORDER BY ALL", [run]
        ).fetchall()
        reverted = session.execute("SELECT by_run FROM reverted WHERE run = ?", [run]).fetchone()
        if reverted is not None:
            raise Refused(
                f"Run {run} was reverted before, by run {reverted[0]}.",
                advice=f"To undo that, revert run {reverted[0]}.",
            )
        if not parts:
            raise Refused(
                f"Run {run} changed no records, or what they were before is past retention.",
                advice="There is nothing to put back.",
            )
        planned, samples = [], list[Conflict]()
        for entity, assortment in parts:
            work = _Part(session, run, entity, assortment)
            work.find()
            planned.append(work.planned())
            samples += work.conflicts(_SAMPLES - len(samples))
        return RevertPlan(run, tuple(planned), tuple(samples), last_moment(session))


def apply_revert(
    session: DuckDBPyConnection, plan: RevertPlan, *, by_run: int, fence: int, force: bool, stop: StopToken
) -> BlockCounts:
    """Carry out a revert as run ``by_run``, in one transaction; it keeps before images and can be reverted itself.

    A record that the run had made is removed, and its values are kept as a before image. One that a revert had removed
    is made again, as a new record.

    Raises:
        Refused: a later run changed a record again, and ``force`` does not say to go over that.
        FencedOff: a later attempt took ``by_run`` over.
        StopRequested: nothing was put back.
        StoreError: the records changed since the plan was made, or the store failed.
    """
    if plan.conflicts and not force:
        raise Refused(
            f"{counted(plan.conflicts, 'record')} of the {_total(plan.counts):,} that run {plan.run} touched "
            "were changed again by a later run.",
            advice="Revert that run first, or force this revert to go over its changes too.",
        )
    with writing(session, f"put back what run {plan.run} changed", run=by_run, fence=fence, stop=stop) as moment:
        _refuse_stale(session, plan)
        for part in plan.parts:
            work = _Part(session, plan.run, part.entity, part.assortment)
            work.carry_out(part.counts, by_run, moment)
            note_applied(
                session,
                part.counts,
                run=by_run,
                fence=fence,
                block=0,
                moment=moment,
                entity=part.entity,
                assortment=part.assortment,
            )
        # Reverting a revert brings back what the first run did, which can then be reverted again.
        session.execute("DELETE FROM reverted WHERE by_run = ?", [plan.run])
        session.execute("INSERT INTO reverted VALUES (?, ?)", [plan.run, by_run])
    return plan.counts


def _refuse_stale(session: DuckDBPyConnection, plan: RevertPlan) -> None:
    for part in plan.parts:
        found = session.execute(
            "SELECT run FROM applied WHERE entity = ? AND assortment = ? AND moment > ? LIMIT 1",
            [part.entity, part.assortment, naive(plan.seen)],
        ).fetchone()
        if found is not None:
            raise StoreError(
                f"Run {found[0]} changed records of {part.entity} while the revert was prepared.",
                advice="Start the revert again.",
            )


class _Part:
    """The records of one entity and assortment that a run touched, in a temporary table of the session.

    The table has, for each, what the record was before (all its columns), ``_action``: what putting it back does to it,
    ``_conflict``, and ``_last_run``: who touched it last.
    """

    def __init__(self, session: DuckDBPyConnection, run: int, entity: str, assortment: str) -> None:
        self.session = session
        self.run = run
        self.entity = entity
        self.assortment = assortment
        self.key = key_of(session, entity)
        self.fields = field_columns(session, entity)
        self.records = entity_table(entity)
        self.history = history_table(entity)
        self.table = quoted_name(f"revert {entity} {assortment}")

    def find(self) -> None:
        """Make the table."""
        columns = column_list((*RECORD_COLUMNS, *self.fields), prefix="i.")
        own = f"assortment = {quoted_text(self.assortment)}"
        # A run over several files may have touched a record more than once: the first image is what it was before.
        # An image of a record that the run itself had made is not.
        first_images = (
            f"FROM {self.history} WHERE _run = {self.run} AND {own} AND created_by_run <> {self.run} "
            f"QUALIFY row_number() OVER (PARTITION BY {column_list(self.key)} ORDER BY _moment) = 1"
        )
        self.session.execute(
            f"""
            CREATE OR REPLACE TEMP TABLE {self.table} AS
            SELECT
                CASE
                    WHEN t.changed_at IS NULL THEN 'new'
                    WHEN i.archived_at IS NULL AND t.archived_at IS NOT NULL THEN 'restored'
                    WHEN i.archived_at IS NOT NULL AND t.archived_at IS NULL THEN 'archived'
                    ELSE 'changed'
                END AS _action,
                CASE WHEN t.changed_at IS NULL THEN i._action <> 'removed' ELSE t.changed_by_run <> {self.run} END
                    AS _conflict,
                t.changed_by_run AS _last_run,
                {columns}
            FROM ({first_images}) i
            LEFT JOIN (FROM {self.records} WHERE {own}) t ON {same_key(self.key, "t", "i")}
            UNION ALL BY NAME
            SELECT
                'removed' AS _action,
                i.changed_by_run <> {self.run} AS _conflict,
                i.changed_by_run AS _last_run,
                {columns}
            FROM {self.records} i WHERE {own} AND created_by_run = {self.run}
            """
        )

    def planned(self) -> RevertPart:
        """Count what the table holds."""
        rows = self.session.execute(f"SELECT _action, count(*) FROM {self.table} GROUP BY _action").fetchall()
        row = self.session.execute(f"SELECT count(*) FROM {self.table} WHERE _conflict").fetchone()
        return RevertPart(self.entity, self.assortment, BlockCounts(**dict(rows)), row[0] if row else 0)

    def conflicts(self, limit: int) -> list[Conflict]:
        """Return the first conflicts, in the order of their keys."""
        key = column_list(self.key)
        rows = self.session.execute(
            f"SELECT _last_run, {key} FROM {self.table} WHERE _conflict ORDER BY {key} LIMIT {limit:d}"
        ).fetchall()
        return [
            Conflict(self.entity, self.assortment, tuple(shown(part) for part in parts), run) for run, *parts in rows
        ]

    def carry_out(self, planned: BlockCounts, by_run: int, moment: datetime) -> None:
        """Put the records back."""
        now = moment_literal(moment)
        own = f"t.assortment = {quoted_text(self.assortment)} AND {same_key(self.key, 't', 'r')}"
        kept = ", ".join(f"t.{quoted_name(name)}" for name in (*RECORD_COLUMNS, *self.fields))
        images = self._done(
            f"INSERT INTO {self.history} BY NAME SELECT {by_run} AS _run, r._action, {now} AS _moment, {kept} "
            f"FROM {self.records} t JOIN {self.table} r ON {own} WHERE r._action <> 'new'"
        )
        values = [f"{quoted_name(name)} = r.{quoted_name(name)}" for name in self.fields if name not in self.key]
        self.session.execute(
            f"UPDATE {self.records} t SET {''.join(value + ', ' for value in values)}archived_at = r.archived_at, "
            f"archived_by_run = r.archived_by_run, changed_at = {now}, changed_by_run = {by_run} "
            f"FROM {self.table} r WHERE {own} AND r._action IN ('changed', 'restored', 'archived')"
        )
        removed = self._done(f"DELETE FROM {self.records} t USING {self.table} r WHERE {own} AND r._action = 'removed'")
        new = self._done(
            f"INSERT INTO {self.records} BY NAME SELECT r.assortment, {now} AS created_at, {by_run} AS created_by_run, "
            f"{now} AS changed_at, {by_run} AS changed_by_run, r.archived_at, r.archived_by_run, "
            f"{column_list(self.fields, prefix='r.')} FROM {self.table} r WHERE r._action = 'new'"
        )
        expected = (_total(planned) - planned.new, planned.removed, planned.new)
        if (images, removed, new) != expected:
            raise StoreError("The records changed while they were put back.", advice="Start the revert again.")

    def _done(self, statement: str) -> int:
        row = self.session.execute(statement).fetchone()
        return int(row[0]) if row else 0


def _total(counts: BlockCounts) -> int:
    return counts.new + counts.changed + counts.archived + counts.restored + counts.removed


def _sum(several: list[BlockCounts]) -> BlockCounts:
    return BlockCounts(
        new=sum(counts.new for counts in several),
        changed=sum(counts.changed for counts in several),
        archived=sum(counts.archived for counts in several),
        restored=sum(counts.restored for counts in several),
        removed=sum(counts.removed for counts in several),
    )


def _in_words(counts: BlockCounts) -> str:
    phrases = {
        "changed back": counts.changed,
        "taken out of the archive": counts.restored,
        "archived": counts.archived,
        "removed": counts.removed,
        "made again": counts.new,
    }
    words = [f"{number:,} {phrase}" for phrase, number in phrases.items() if number]
    if not words:
        return "nothing"
    number, _, rest = words[0].partition(" ")
    noun = counted(int(number.replace(",", "")), "record").partition(" ")[2]
    return listed([f"{number} {noun} {rest}", *words[1:]], last="and")
