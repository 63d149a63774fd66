"""Random imports, reverts and restarts against a plain dict that does the same."""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from support.catalogue_tools import Row, contents, entities, opened, stage

from core.errors import Refused
from core.stop import StopToken
from core.store.catalogue import BlockCounts, apply_block, apply_revert, plan_changes, plan_revert

Key = tuple[str, ...]

VALUES: dict[str, st.SearchStrategy[Any]] = {
    "name.nl": st.sampled_from([None, "", "Bout", 'moer\'s "é"']),
    "price": st.sampled_from([None, Decimal(0), Decimal("1.10"), Decimal("-2.00")]),
    "stock": st.sampled_from([None, 0, 1]),
    "made_on": st.sampled_from([None, dt.date(2026, 1, 31)]),
    "active": st.sampled_from([None, False, True]),
    "seen_at": st.sampled_from([None, dt.datetime(2026, 1, 1, 12, 30)]),  # noqa: DTZ001 - as columns keep it
}
KEYS = st.tuples(st.sampled_from(["acme", "bolt"]), st.sampled_from(["1", "2", "03"]))


@dataclass
class Record:
    values: Row
    archived: bool
    created_by: int
    changed_by: int

    def copy(self) -> Record:
        return Record(dict(self.values), self.archived, self.created_by, self.changed_by)


class CatalogueModel(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.directory = Path(tempfile.mkdtemp())
        self.entity = entities()["part"]
        self.records: dict[Key, Record] = {}
        self.before: dict[int, dict[Key, Record | None]] = {}
        self.reverted: dict[int, int] = {}
        self.removals: dict[int, set[Key]] = {}
        self.run = 0
        self.stack = ExitStack()

    @initialize()
    def open(self) -> None:
        self.catalogue = self.stack.enter_context(opened(self.directory))

    @rule()
    def restart(self) -> None:
        self.stack.close()
        self.open()

    @rule(
        assortment=st.sampled_from(["", "a"]),
        rows=st.dictionaries(KEYS, st.fixed_dictionaries(VALUES), max_size=6),
        fields=st.sets(st.sampled_from(sorted(VALUES))),
        full=st.booleans(),
        block_rows=st.integers(1, 4),
        crash_after=st.none() | st.integers(0, 2),
    )
    def import_file(
        self,
        assortment: str,
        rows: dict[Key, Row],
        fields: set[str],
        full: bool,
        block_rows: int,
        crash_after: int | None,
    ) -> None:
        self.run += 1
        expected = self.expect_import(assortment, rows, fields, full)
        names = [*self.entity.key, *sorted(fields)]
        staged = [dict(zip(self.entity.key, key, strict=True)) | row for key, row in rows.items()]
        active = sum(not record.archived for key, record in self.records.items() if key[0] == assortment)
        seen_unchanged = -1
        for attempt, limit in ((1, crash_after), (2, None)):
            if attempt == 2 and crash_after is None:
                break
            self.catalogue.take_fence(self.run, attempt)
            with self.catalogue.session() as session:
                stage(session, self.entity, staged, names)
                plan = plan_changes(
                    session, "staged", self.entity,
                    assortment=assortment, full=full, run=self.run, block_rows=block_rows, stop=StopToken(),
                )  # fmt: skip
                if attempt == 1:
                    counts = BlockCounts(plan.new, plan.changed, plan.missing, plan.restored)
                    assert counts == expected
                    assert plan.unchanged == len(rows) - plan.new - plan.changed - plan.restored
                    assert plan.active_before == active
                    seen_unchanged = plan.unchanged
                for block in range(plan.blocks if limit is None else min(limit, plan.blocks)):
                    apply_block(session, plan, block, fence=attempt, stop=StopToken())
            if limit is not None:
                self.restart()
        assert seen_unchanged >= 0
        done = self.catalogue.applied(self.run)
        assert BlockCounts(done.new, done.changed, done.archived, done.restored, done.removed) == expected
        self.apply_expected(assortment, rows, fields, full)

    def expect_import(self, assortment: str, rows: dict[Key, Row], fields: set[str], full: bool) -> BlockCounts:
        new = changed = restored = 0
        for key, row in rows.items():
            record = self.records.get((assortment, *key))
            if record is None:
                new += 1
            elif record.archived:
                restored += 1
            elif any(record.values[name] != row[name] for name in fields):
                changed += 1
        gone = [
            key
            for key, record in self.records.items()
            if full and key[0] == assortment and not record.archived and key[1:] not in rows
        ]
        return BlockCounts(new, changed, len(gone), restored)

    def apply_expected(self, assortment: str, rows: dict[Key, Row], fields: set[str], full: bool) -> None:
        before = self.before.setdefault(self.run, {})
        for part, row in rows.items():
            key = (assortment, *part)
            record = self.records.get(key)
            mapped = {name: row[name] for name in fields}
            if record is None:
                before[key] = None
                values = dict.fromkeys(self.entity.fields) | dict(zip(self.entity.key, part, strict=True)) | mapped
                self.records[key] = Record(values, archived=False, created_by=self.run, changed_by=self.run)
            elif record.archived or any(record.values[name] != value for name, value in mapped.items()):
                before[key] = record.copy()
                record.values |= mapped
                record.archived, record.changed_by = False, self.run
        for key, record in self.records.items():
            if full and key[0] == assortment and not record.archived and key[1:] not in rows:
                before[key] = record.copy()
                record.archived, record.changed_by = True, self.run
        if not before:
            del self.before[self.run]

    @rule(data=st.data(), force=st.booleans())
    def revert(self, data: st.DataObject, force: bool) -> None:
        if not self.before:
            return
        run = data.draw(st.sampled_from(sorted(self.before)))
        touched = self.touched_by(run)
        with self.catalogue.session() as session:
            if run in self.reverted:
                with pytest.raises(Refused, match=f"by run {self.reverted[run]}"):
                    plan_revert(session, run)
                return
            plan = plan_revert(session, run)
            conflicts = [
                key
                for key in touched
                if (self.records[key].changed_by != run if key in self.records else not self.removed_by(run, key))
            ]
            assert plan.conflicts == len(conflicts)
            if conflicts and not force:
                with pytest.raises(Refused, match="changed again by a later run"):
                    apply_revert(session, plan, by_run=self.run + 1, fence=1, force=False, stop=StopToken())
                return
            self.run += 1
            done = apply_revert(session, plan, by_run=self.run, fence=1, force=force, stop=StopToken())
        assert done == self.put_back(touched)
        assert done.new + done.changed + done.archived + done.restored + done.removed == len(touched)
        self.reverted = {key: value for key, value in self.reverted.items() if value != run} | {run: self.run}

    def touched_by(self, run: int) -> dict[Key, Record | None]:
        """What the run touched and can be put back; what it made and others removed since cannot."""
        return {key: old for key, old in self.before[run].items() if old is not None or self.made_by(run, key)}

    def made_by(self, run: int, key: Key) -> bool:
        return key in self.records and self.records[key].created_by == run

    def removed_by(self, run: int, key: Key) -> bool:
        """Whether the run is a revert that removed the record: what it reverted had made it."""
        return key in self.removals.get(run, set())

    def put_back(self, touched: dict[Key, Record | None]) -> BlockCounts:
        counts = dict.fromkeys(("new", "changed", "archived", "restored", "removed"), 0)
        before = self.before.setdefault(self.run, {})
        for key, old in touched.items():
            now = self.records.get(key)
            before[key] = now.copy() if now else None
            if old is None:
                counts["removed"] += 1
                self.removals.setdefault(self.run, set()).add(key)
                del self.records[key]
            elif now is None:
                counts["new"] += 1
                self.records[key] = Record(dict(old.values), old.archived, created_by=self.run, changed_by=self.run)
            else:
                kind = "changed" if now.archived == old.archived else "archived" if old.archived else "restored"
                counts[kind] += 1
                now.values, now.archived, now.changed_by = dict(old.values), old.archived, self.run
        if not before:
            del self.before[self.run]
        return BlockCounts(**counts)

    @invariant()
    def same_content(self) -> None:
        if not hasattr(self, "catalogue"):
            return
        assert contents(self.catalogue, self.entity) == {
            key: (record.values, record.archived) for key, record in self.records.items()
        }

    def teardown(self) -> None:
        self.stack.close()
        shutil.rmtree(self.directory)


TestCatalogueModel = pytest.mark.slow(CatalogueModel.TestCase)
TestCatalogueModel.settings = settings(
    max_examples=25, stateful_step_count=15, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
