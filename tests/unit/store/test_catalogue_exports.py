"""What exports see: selections, cursors, and that no change is lost or sent twice."""

from __future__ import annotations

import itertools
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from support.catalogue_tools import Importer, Row, entities, opened, stage

from core.config.entities import RECORD_FIELDS
from core.stop import StopToken
from core.store.catalogue import (
    EPOCH,
    Catalogue,
    apply_block,
    apply_revert,
    count_records,
    plan_changes,
    plan_revert,
    select_records,
    snapshot,
    transactions,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from duckdb import DuckDBPyConnection

ENTITIES = entities()
PART, PRODUCT = ENTITIES["part"], ENTITIES["product"]


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    with opened(tmp_path) as catalogue:
        yield catalogue


@pytest.fixture
def parts(catalogue: Catalogue) -> Importer:
    return Importer(catalogue, PART)


def part(number: str, **values: Any) -> Row:
    return {"maker": "acme", "number": number} | values


def export(
    catalogue: Catalogue, since: datetime | None, *, assortment: str | None = None, with_archived: bool = True
) -> tuple[dict[str, str], datetime]:
    """Return the mutation of each record by number, and the next cursor."""
    with catalogue.session() as session, snapshot(session) as watermark:
        view = select_records(
            session, PART, assortment=assortment, since=since, upto=watermark, with_archived=with_archived
        )
        rows = session.execute(f"SELECT number, mutation FROM {view}").fetchall()
        assert len(rows) == count_records(
            session, PART, assortment=assortment, since=since, upto=watermark, with_archived=with_archived
        )
        columns = {name for name, *_ in session.execute(f"DESCRIBE {view}").fetchall()}
        assert columns == {*RECORD_FIELDS, *PART.fields}
    assert len(dict(rows)) == len(rows)
    return dict(rows), watermark


def test_nothing_was_ever_committed(catalogue: Catalogue) -> None:
    assert catalogue.watermark() == EPOCH
    assert export(catalogue, None) == ({}, EPOCH)


def test_changes_since_the_cursor(parts: Importer) -> None:
    catalogue = parts.catalogue
    parts.carry_out([part("1", stock=1), part("2", stock=1), part("3", stock=1)])
    assert export(catalogue, None)[0] == {"1": "new", "2": "new", "3": "new"}
    _, cursor = export(catalogue, None)
    assert cursor == catalogue.watermark()
    assert export(catalogue, cursor) == ({}, cursor)
    parts.carry_out([part("1", stock=2), part("2", stock=1), part("4", stock=1)], full=True)
    assert export(catalogue, cursor)[0] == {"1": "changed", "4": "new", "3": "deleted"}
    assert export(catalogue, cursor, with_archived=False)[0] == {"1": "changed", "4": "new"}
    assert export(catalogue, None, with_archived=False)[0] == {"1": "new", "2": "new", "4": "new"}


def test_who_was_told_that_a_record_is_deleted_is_told_that_it_is_new(parts: Importer) -> None:
    parts.carry_out([part("1"), part("2")])
    parts.carry_out([part("1")], full=True)
    gone, cursor = export(parts.catalogue, EPOCH)
    assert gone == {"1": "new", "2": "deleted"}
    parts.carry_out([part("2")])
    assert export(parts.catalogue, cursor)[0] == {"2": "new"}


def test_a_removed_record_is_exported_as_deleted_once(parts: Importer) -> None:
    catalogue = parts.catalogue
    parts.carry_out([part("1", stock=5)])
    _, cursor = export(catalogue, None)
    with catalogue.session() as session:
        apply_revert(session, plan_revert(session, 1), by_run=2, fence=1, force=False, stop=StopToken())
    assert export(catalogue, cursor, assortment="a")[0] == {"1": "deleted"}
    assert export(catalogue, cursor, assortment="b")[0] == {}
    assert export(catalogue, cursor, with_archived=False)[0] == {}
    assert export(catalogue, None)[0] == {}
    _, later = export(catalogue, cursor)
    assert export(catalogue, later)[0] == {}
    parts.run = 2
    parts.carry_out([part("1", stock=6)])
    assert export(catalogue, cursor)[0] == {"1": "new"}


def test_assortments_are_told_apart(parts: Importer) -> None:
    parts.carry_out([part("1")], assortment="")
    parts.carry_out([part("2")], assortment="it's")
    assert export(parts.catalogue, None, assortment="")[0] == {"1": "new"}
    assert export(parts.catalogue, None, assortment="it's")[0] == {"2": "new"}
    assert set(export(parts.catalogue, None)[0]) == {"1", "2"}


def test_a_snapshot_does_not_see_what_is_committed_after_it(parts: Importer) -> None:
    parts.carry_out([part("1")])
    with parts.catalogue.session() as session, snapshot(session) as watermark:
        parts.carry_out([part("2")])
        assert parts.catalogue.watermark() > watermark
        view = select_records(session, PART, assortment=None, since=None, upto=watermark, with_archived=True)
        assert session.execute(f"SELECT number FROM {view}").fetchall() == [("1",)]


def test_a_selection_ends_at_the_moment_that_is_asked_for(parts: Importer) -> None:
    parts.carry_out([part("1")])
    upto = parts.catalogue.watermark()
    parts.carry_out([part("2")])
    with parts.catalogue.session() as session:
        more: dict[str, Any] = {"assortment": None, "since": None, "with_archived": True}
        assert count_records(session, PART, upto=upto, **more) == 1


def test_moments_grow_when_the_clock_is_set_back(parts: Importer, monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime(2026, 11, 20, 12, tzinfo=UTC)
    seen = []
    for clock in (now, now, now - timedelta(days=400), now + timedelta(seconds=1)):
        monkeypatch.setattr(transactions, "utc_now", lambda clock=clock: clock)
        parts.carry_out([part("1", stock=parts.run)])
        seen.append(parts.catalogue.watermark())
    step = timedelta(microseconds=1)
    assert seen == [now, now + step, now + 2 * step, now + timedelta(seconds=1)]


ROUNDS = 12


def write_rounds(catalogue: Catalogue, entity: str, first_run: int) -> None:
    """Import four records a round, in two blocks: parts that change each time, products that are always new."""
    with catalogue.session() as session:
        for turn in range(ROUNDS):
            if entity == "part":
                rows = [part(str(number), stock=turn) for number in range(4)]
            else:
                rows = [{"id": turn * 4 + number} for number in range(4)]
            stage(session, ENTITIES[entity], rows)
            more: dict[str, Any] = {"assortment": "", "run": first_run + turn, "block_rows": 3, "stop": StopToken()}
            plan = plan_changes(session, "staged", ENTITIES[entity], full=False, **more)
            for block in range(plan.blocks):
                apply_block(session, plan, block, fence=1, stop=StopToken())


class Receiver:
    """Exports one entity again and again, each time what changed since the time before."""

    def __init__(self, entity: str) -> None:
        self.entity = ENTITIES[entity]
        self.cursor = EPOCH
        self.received: list[tuple[Any, ...]] = []

    def export(self, session: DuckDBPyConnection) -> None:
        with snapshot(session) as watermark:
            more: dict[str, Any] = {"assortment": None, "since": self.cursor, "upto": watermark}
            view = select_records(session, self.entity, with_archived=True, **more)
            self.received += session.execute(f"SELECT {self.entity.key[-1]}, changed_at FROM {view}").fetchall()
        assert watermark >= self.cursor
        self.cursor = watermark


def test_every_change_is_exported_once_while_others_write(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two runs commit blocks, of two entities, while exports read; the clock goes back and forth meanwhile."""
    ticks = itertools.count()

    def jumping() -> datetime:
        tick = next(ticks)
        return datetime(2026, 11, 20, tzinfo=UTC) + timedelta(seconds=(tick * 7919) % 100 - tick % 3)

    monkeypatch.setattr(transactions, "utc_now", jumping)
    parts, products = Receiver("part"), Receiver("product")
    with ThreadPoolExecutor(2) as pool, catalogue.session() as session:
        writers = [pool.submit(write_rounds, catalogue, *job) for job in (("part", 1), ("product", 1000))]
        while not all(writer.done() for writer in writers):
            parts.export(session)
            products.export(session)
        for writer in writers:
            writer.result()
        parts.export(session)
        products.export(session)
        final = session.execute("SELECT number, changed_at FROM entity.part").fetchall()
        moments = session.execute("SELECT moment FROM applied").fetchall()
    for receiver in (parts, products):
        assert max(Counter(receiver.received).values()) == 1, "a change was sent twice"
    assert sorted(number for number, _ in products.received) == list(range(4 * ROUNDS))
    assert set(final) <= set(parts.received), "the last change of every record was sent"
    assert len(set(moments)) == len(moments) == 2 * 2 * ROUNDS
