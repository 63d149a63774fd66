"""The walk that takes in what SuperOffice created or changed: as a delta of the records that it names.

It goes the way of an import: references and keys, diff, history, undo. A record that cannot be kept is left out and
named; the others are kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.errors import DataError, Refused
from core.runs import Counts, RunState
from core.sql import quoted_name
from core.store.catalogue import (
    Condition,
    StagedPart,
    apply_block,
    check_parts,
    find_records,
    highest_number,
    plan_changes,
)
from core.store.catalogue.names import column_type
from core.store.journal.records import RejectRow
from core.tasks.context import Outcome
from core.tasks.superoffice import change
from core.tasks.superoffice.kinds import kind_named, kinds_of
from core.text import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from duckdb import DuckDBPyConnection

    from core.tasks.context import RunContext
    from core.tasks.superoffice.change import Change
    from core.tasks.superoffice.kinds import ActorKind

_STAGED, _REJECTS = "staged", "rejects"


def run_superoffice(context: RunContext) -> Outcome:
    """Take in one change.

    Raises:
        Refused: there is none, or SuperOffice may not write such records any more.
        DataError: none of its records can be kept.
    """
    spool, name = context.config.spool_dir, str(context.options.get("change", ""))
    given = change.take(name, spool)
    if context.config.superoffice is None:
        raise Refused("There is no connector for SuperOffice in the configuration any more.")
    kind = kind_named(kinds_of(context.config, context.config.superoffice), given.actor_type)
    if not kind.writable:
        raise Refused(f"SuperOffice may not write actors of type {kind.type}.", advice="Set write in [superoffice].")
    outcome = _TakingIn(context, kind, given).carry_out()
    change.drop(name, spool)
    return outcome


class _TakingIn:
    """The walk over one change."""

    def __init__(self, context: RunContext, kind: ActorKind, given: Change) -> None:
        self.context, self.kind, self.given = context, kind, given

    def carry_out(self) -> Outcome:
        context, kind = self.context, self.kind
        with context.catalogue.session() as session:
            keys = self._keys(session)
            context.catalogue.take_fence(context.run, context.fence)
            context.step("comparing with the catalogue")
            self._stage(session, keys)
            part = StagedPart(kind.entity, _STAGED, _REJECTS, kind.assortment, only_known=not self.given.new)
            check_parts(session, [part], stop=context.stop)
            refused = self._refused(session, keys)
            plan = plan_changes(
                session,
                _STAGED,
                kind.entity,
                assortment=kind.assortment,
                full=False,
                run=context.run,
                block_rows=context.config.engine.block_rows,
                stop=context.stop,
            )
            for block in range(plan.blocks):
                context.stop.check()
                apply_block(session, plan, block, fence=context.fence, stop=context.stop)
        accepted = len(keys) - len(refused)
        done = context.catalogue.applied(context.run)
        touched = done.new + done.changed + done.restored
        counts = Counts(
            read=accepted,
            new=done.new,
            changed=done.changed,
            restored=done.restored,
            unchanged=accepted - touched,
            rejected=len(refused),
        )
        context.counts = counts
        context.details["keys"] = [key for number, key in enumerate(keys, start=1) if number not in refused]
        context.details["refused"] = list(refused.values())
        if not accepted:
            raise DataError(" ".join(refused.values()), advice="Nothing was changed.")
        state = RunState.WARNINGS if refused else RunState.SUCCEEDED
        words = f"Took in {counted(len(keys), kind.type.lower())} from SuperOffice: {counts.in_words()}."
        return Outcome(" ".join([words, *refused.values()]), state, counts, dict(context.details))

    def _keys(self, session: DuckDBPyConnection) -> list[str]:
        """Return the key of each record; new ones get theirs once, whatever becomes of the attempt."""
        context, records = self.context, self.given.records
        if "keys" not in context.checkpoint:
            prefix = context.config.superoffice.new_keys if context.config.superoffice else ""
            following = highest_number(session, self.kind.entity, prefix) if self.given.new else 0
            keys = []
            for record in records:
                if not record.key:
                    following += 1
                keys.append(record.key or f"{prefix}{following}")
            if self.given.new:
                self._refuse_present(session, keys)
            context.checkpoint["keys"] = keys
            context.save_checkpoint()
        found: list[str] = context.checkpoint["keys"]
        return found

    def _refuse_present(self, session: DuckDBPyConnection, keys: Sequence[str]) -> None:
        kind = self.kind
        name, found = kind.key.name, [Condition(kind.key.name, "one of", keys)]
        # They are looked for in any case, and are the same only in the same one.
        there = {str(key) for _, key in find_records(session, kind.entity, kind.assortment, [name], found, limit=1000)}
        if taken := next((key for key in keys if key in there), None):
            raise Refused(f"There is a {kind.type.lower()} with the number {taken} already.")

    def _stage(self, session: DuckDBPyConnection, keys: Sequence[str]) -> None:
        """Stage the records, each with its present values where SuperOffice says nothing."""
        kind, records = self.kind, self.given.records
        key = kind.key.name
        given = {name for record in records for name in record.values}
        names = [name for name in kind.entity.fields if name in given and name != key]
        present = {
            str(values[0]): dict(zip(names, values[1:], strict=True))
            for _, *values in find_records(
                session,
                kind.entity,
                kind.assortment,
                [key, *names],
                [Condition(key, "one of", keys)],
                limit=len(keys) + 1,
            )
        }
        columns = "".join(f", {quoted_name(name)} {column_type(kind.entity.fields[name])}" for name in (key, *names))
        session.execute(f"CREATE OR REPLACE TEMP TABLE {_STAGED} (_record BIGINT{columns})")
        session.execute(
            f"CREATE OR REPLACE TEMP TABLE {_REJECTS} (record BIGINT, line BIGINT, field VARCHAR, "
            '"column" VARCHAR, value VARCHAR, reason VARCHAR, raw VARCHAR, place VARCHAR)'
        )
        rows = [
            [number, own, *(record.values.get(name, present.get(own, {}).get(name)) for name in names)]
            for number, (own, record) in enumerate(zip(keys, records, strict=True), start=1)
        ]
        session.executemany(f"INSERT INTO {_STAGED} VALUES ({', '.join('?' * (len(names) + 2))})", rows)

    def _refused(self, session: DuckDBPyConnection, keys: Sequence[str]) -> dict[int, str]:
        """Return why records are left out, by their number, and keep it in the journal."""
        found = session.execute(f"SELECT record, field, value, reason FROM {_REJECTS} ORDER BY record").fetchall()
        if found:
            self.context.journal.rejects.replace(
                self.context.run,
                [
                    RejectRow("SuperOffice", None, field or "", "", value or "", reason, self.kind.entity.name)
                    for _, field, value, reason in found
                ],
            )
        return {record: f"{keys[record - 1]}: {reason}" for record, _, _, reason in found}
