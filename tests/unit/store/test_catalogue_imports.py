"""What an import does to records: checks, plan, blocks, fence, samples."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from support.catalogue_tools import Importer, Row, contents, entities, opened, stage

from core.errors import FencedOff, StopRequested, StoreError
from core.stop import StopToken
from core.store.catalogue import (
    BlockCounts,
    Catalogue,
    FieldChange,
    apply_block,
    assortments,
    check_staged,
    plan_changes,
    samples,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from core.config.entities import Entity

ENTITIES = entities()
PART, ARTICLE, PRODUCT = ENTITIES["part"], ENTITIES["article"], ENTITIES["product"]


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    with opened(tmp_path) as catalogue:
        yield catalogue


@pytest.fixture(params=["all fields staged", "digests staged"])
def parts(request: pytest.FixtureRequest, catalogue: Catalogue) -> Importer:
    return Importer(catalogue, PART, digested=request.param == "digests staged")


def part(number: str, **values: Any) -> Row:
    return {"maker": "acme", "number": number} | values


def check(catalogue: Catalogue, entity: Entity, rows: list[Row]) -> tuple[list[int], list[tuple[Any, ...]]]:
    """Return the records that passed, and the rejects."""
    with catalogue.session() as session:
        stage(session, entity, rows)
        count = check_staged(session, "staged", "rejects", entity, stop=StopToken())
        passed = session.execute("SELECT _record FROM staged ORDER BY ALL").fetchall()
        rejects = session.execute("SELECT record, field, value, reason FROM rejects ORDER BY ALL").fetchall()
        unfilled = session.execute('SELECT count(line), count("column"), count(raw) FROM rejects').fetchone()
    assert count == len(rejects) == len(rows) - len(passed)
    assert unfilled == (0, 0, 0)
    return [record for (record,) in passed], rejects


def test_the_first_record_of_a_key_stays(catalogue: Catalogue) -> None:
    rows = [part("1"), part("2"), part("1"), part("3"), part("1"), {"maker": "bolt", "number": "1"}]
    passed, rejects = check(catalogue, PART, rows)
    assert passed == [1, 2, 4, 6]
    reason = "Record 1 of this file has the same key."
    assert rejects == [(3, "maker, number", "acme, 1", reason), (5, "maker, number", "acme, 1", reason)]


@pytest.mark.parametrize("last", [2_100_000, 1])
def test_among_millions_of_records_a_repeated_key_is_found(catalogue: Catalogue, last: int) -> None:
    with catalogue.session() as session:
        stage(session, PRODUCT, [])
        session.execute(
            "CREATE OR REPLACE TEMP TABLE staged AS SELECT i AS _record, i AS id FROM range(1, 2_100_000) t(i)"
        )
        session.execute("INSERT INTO staged VALUES (2_100_000, ?)", [last])
        assert check_staged(session, "staged", "rejects", PRODUCT, stop=StopToken()) == (last == 1)
        rejects = session.execute("SELECT record, reason FROM rejects").fetchall()
    assert rejects == ([(2_100_000, "Record 1 of this file has the same key.")] if last == 1 else [])


@pytest.mark.parametrize("empty", [None, ""])
def test_a_key_without_a_part_is_rejected_once(catalogue: Catalogue, empty: str | None) -> None:
    passed, rejects = check(catalogue, PART, [part("1"), {"maker": "acme", "number": empty}] + [part(empty)] * 2)  # type: ignore[arg-type]
    assert passed == [1]
    assert [reject[:2] for reject in rejects] == [(2, "number"), (3, "number"), (4, "number")]
    assert {reject[3] for reject in rejects} == {"The key field is empty."}


def test_a_reference_must_exist_in_any_assortment_and_not_be_archived(catalogue: Catalogue) -> None:
    products = Importer(catalogue, PRODUCT)
    products.carry_out([{"id": 1}], assortment="other")
    products.carry_out([{"id": 2}])
    products.carry_out([{"id": 3}], full=True)  # archives 2
    rows: list[Row] = [
        {"number": str(number), "product": product} for number, product in enumerate([1, 2, 3, 4, None], 1)
    ]
    passed, rejects = check(catalogue, ARTICLE, rows)
    assert passed == [1, 3, 5]
    reason = "There is no product with this id in the catalogue."
    assert rejects == [(2, "product", "2", reason), (4, "product", "4", reason)]


def test_own_references_may_be_met_by_the_file_and_fall_with_what_they_refer_to(catalogue: Catalogue) -> None:
    Importer(catalogue, ARTICLE).carry_out([{"number": "kept", "product": None, "successor": None}])
    rows: list[Row] = [
        {"number": "a", "product": None, "successor": "b"},
        {"number": "b", "product": None, "successor": "c"},
        {"number": "c", "product": 99, "successor": None},
        {"number": "d", "product": None, "successor": "d"},
        {"number": "e", "product": None, "successor": "kept"},
        {"number": "f", "product": None, "successor": "nowhere"},
        {"number": "g", "product": None, "successor": ""},
    ]
    passed, rejects = check(catalogue, ARTICLE, rows)
    assert passed == [4, 5, 7]
    assert [(record, field, value) for record, field, value, _ in rejects] == [
        (1, "successor", "b"),
        (2, "successor", "c"),
        (3, "product", "99"),
        (6, "successor", "nowhere"),
    ]
    assert (
        rejects[-1][3]
        == "There is no article with this number in the catalogue, nor among what is accepted of this file."
    )


def test_only_mapped_fields_are_written(catalogue: Catalogue, parts: Importer) -> None:
    parts.carry_out([part("1", price=Decimal("1.50"), stock=3)])
    assert parts.carry_out([part("1", stock=4)]) == BlockCounts(changed=1)
    values, _ = contents(catalogue, PART)["a", "acme", "1"]
    assert (values["price"], values["stock"], values["name.nl"]) == (Decimal("1.50"), 4, None)


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("name.nl", [None, "", " ", "a", "A"]),
        ("price", [None, Decimal(0), Decimal("0.01"), Decimal("-0.01")]),
        ("stock", [None, 0, 1, -1]),
        ("active", [None, False, True]),
        ("made_on", [None, dt.date(1970, 1, 1), dt.date(2026, 2, 28)]),
        ("seen_at", [None, dt.datetime(1970, 1, 1), dt.datetime(1970, 1, 1, 0, 0, 0, 1)]),  # noqa: DTZ001
    ],
)
def test_every_step_from_one_value_to_another_is_a_change(
    catalogue: Catalogue, parts: Importer, field: str, values: list[Any]
) -> None:
    for old in values:
        for new in values:
            parts.carry_out([part("1", **{field: old})])
            assert parts.carry_out([part("1", **{field: new})]) == BlockCounts(changed=int(old != new)), (old, new)
            assert contents(catalogue, PART)["a", "acme", "1"][0][field] == new


def test_values_that_change_places_are_a_change(parts: Importer) -> None:
    parts.carry_out([part("1", **{"name.nl": "x", "name.en": "y"})])
    assert parts.carry_out([part("1", **{"name.nl": "y", "name.en": "x"})]) == BlockCounts(changed=1)


def test_staged_numbers_may_have_other_decimals(catalogue: Catalogue) -> None:
    parts = Importer(catalogue, PART)
    parts.carry_out([part("1", price=Decimal("1.50"))])
    with parts.catalogue.session() as session:
        parts.plan(session, [part("1", price=Decimal("1.50"))])
        session.execute("ALTER TABLE staged ALTER price SET DATA TYPE DECIMAL(12, 4)")
        plan = plan_changes(session, "staged", PART, assortment="a", full=False, run=9, block_rows=5, stop=StopToken())
    assert (plan.changed, plan.unchanged) == (0, 1)


def test_missing_records_are_archived_and_come_back(catalogue: Catalogue, parts: Importer) -> None:
    rows = [part(str(number), stock=number) for number in range(5)]
    parts.carry_out(rows)
    parts.carry_out(rows, assortment="b")
    assert parts.carry_out(rows[:2], full=True) == BlockCounts(archived=3)
    assert parts.carry_out(rows[:2], full=True) == BlockCounts()
    with catalogue.session() as session:
        assert [(found.assortment, found.active, found.archived) for found in assortments(session, PART)] == [
            ("a", 2, 3),
            ("b", 5, 0),
        ]
    assert parts.carry_out(rows[:3]) == BlockCounts(restored=1)
    assert parts.carry_out([part("3", stock=33)]) == BlockCounts(restored=1)
    values, archived = contents(catalogue, PART)["a", "acme", "3"]
    assert (values["stock"], archived) == (33, False)


def test_an_empty_full_import_archives_everything_and_a_delta_nothing(parts: Importer) -> None:
    parts.carry_out([part("1"), part("2")])
    assert parts.carry_out([], fields=["maker", "number"]) == BlockCounts()
    assert parts.carry_out([], fields=["maker", "number"], full=True) == BlockCounts(archived=2)


def test_records_know_which_run_touched_them_and_when(catalogue: Catalogue, parts: Importer) -> None:
    parts.carry_out([part("1", stock=1), part("2", stock=1)])
    made = catalogue.watermark()
    parts.carry_out([part("1", stock=2)], full=True)
    changed = catalogue.watermark()
    assert made < changed
    with catalogue.session() as session:
        rows = session.execute(
            "SELECT number, created_by_run, changed_by_run, archived_by_run, created_at, changed_at, archived_at "
            "FROM entity.part ORDER BY number"
        ).fetchall()
    before, after = made.replace(tzinfo=None), changed.replace(tzinfo=None)
    assert rows == [("1", 1, 2, None, before, after, None), ("2", 1, 2, 2, before, after, after)]


def test_blocks_are_as_large_as_asked_and_each_is_a_commit(catalogue: Catalogue, parts: Importer) -> None:
    moments = []
    with catalogue.session() as session:
        plan = parts.plan(session, [part(str(number)) for number in range(7)], block_rows=3)
        assert plan.blocks == 3
        for block, size in enumerate((3, 3, 1)):
            assert apply_block(session, plan, block, fence=1, stop=StopToken()) == BlockCounts(new=size)
            moments.append(catalogue.watermark())
            assert len(contents(catalogue, PART)) == min(3 * (block + 1), 7)
    assert moments == sorted(set(moments))
    assert catalogue.applied(plan.run).blocks == 3


def test_a_block_is_applied_once(parts: Importer) -> None:
    with parts.catalogue.session() as session:
        plan = parts.plan(session, [part("1")])
        apply_block(session, plan, 0, fence=1, stop=StopToken())
        with pytest.raises(StoreError, match="applied before"):
            apply_block(session, plan, 0, fence=1, stop=StopToken())
    assert len(contents(parts.catalogue, PART)) == 1


def test_a_plan_is_refused_when_another_run_wrote_since(parts: Importer) -> None:
    with parts.catalogue.session() as session:
        plan = parts.plan(session, [part("1", stock=1)])
        parts.carry_out([part("1", stock=2)])
        with pytest.raises(StoreError, match="Run 2 changed records of part after run 1"):
            apply_block(session, plan, 0, fence=1, stop=StopToken())
        other = parts.plan(session, [part("1", stock=1)], assortment="b")
        parts.carry_out([part("1", stock=3)])
        assert apply_block(session, other, 0, fence=1, stop=StopToken()) == BlockCounts(new=1)


def test_a_run_that_was_taken_over_cannot_write(catalogue: Catalogue, parts: Importer) -> None:
    catalogue.take_fence(1, 1)
    with catalogue.session() as session:
        plan = parts.plan(session, [part("1"), part("2")], block_rows=1)
        apply_block(session, plan, 0, fence=1, stop=StopToken())
        catalogue.take_fence(1, 2)
        with pytest.raises(FencedOff, match="taken over"):
            apply_block(session, plan, 1, fence=1, stop=StopToken())
    assert len(contents(catalogue, PART)) == 1
    with pytest.raises(FencedOff):
        catalogue.take_fence(1, 1)
    catalogue.take_fence(1, 2)


def test_an_interrupted_run_goes_on_with_new_blocks(catalogue: Catalogue, parts: Importer) -> None:
    rows = [part(str(number), stock=number) for number in range(4)]
    with catalogue.session() as session:
        plan = parts.plan(session, rows, block_rows=1)
        apply_block(session, plan, 0, fence=1, stop=StopToken())
        apply_block(session, plan, 1, fence=1, stop=StopToken())
    with catalogue.session() as session:
        plan = parts.plan(session, rows, block_rows=1, run=1)
        assert (plan.new, plan.unchanged, plan.first_block) == (2, 2, 2)
        for block in range(plan.blocks):
            apply_block(session, plan, block, fence=2, stop=StopToken())
    done = catalogue.applied(1)
    assert (done.new, done.changed, done.blocks) == (4, 0, 4)


def test_a_stop_leaves_the_block_undone(catalogue: Catalogue, parts: Importer) -> None:
    stop = StopToken()
    with catalogue.session() as session:
        plan = parts.plan(session, [part("1")])
        stop.request("Enough for today.")
        with pytest.raises(StopRequested, match=r"Enough for today\."):
            apply_block(session, plan, 0, fence=1, stop=stop)
        with pytest.raises(StopRequested):
            parts.plan(session, [part("1")], stop=stop)
        assert contents(catalogue, PART) == {}
        assert apply_block(session, plan, 0, fence=1, stop=StopToken()) == BlockCounts(new=1)


def test_a_fault_in_the_middle_of_a_block_undoes_all_of_it(catalogue: Catalogue, parts: Importer) -> None:
    parts.carry_out([part("1", stock=1), part("2", stock=1)])
    before, watermark = contents(catalogue, PART), catalogue.watermark()
    with catalogue.session() as session:
        plan = parts.plan(session, [part("1", stock=2), part("3", stock=3)], full=True)
        # The last statement of the block finds a value that does not fit.
        session.execute(f"UPDATE {plan.staged} SET number = NULL WHERE number = '3'")
        session.execute(f"ALTER TABLE {plan.staged} RENAME COLUMN stock TO gone")
        with pytest.raises(StoreError, match="could not write block 1 of part"):
            apply_block(session, plan, 0, fence=1, stop=StopToken())
    assert contents(catalogue, PART) == before
    assert catalogue.watermark() == watermark
    assert catalogue.applied(plan.run).blocks == 0
    with catalogue.session() as session:
        assert session.execute("SELECT count(*) FROM history.part").fetchone() == (0,)


@pytest.mark.parametrize("number", ["1", "2"])
def test_values_that_were_not_read_are_not_taken_for_empty_ones(catalogue: Catalogue, number: str) -> None:
    parts = Importer(catalogue, PART, digested=True)
    parts.carry_out([part("1", stock=1)])
    before = contents(catalogue, PART)
    with catalogue.session() as session:
        plan = parts.plan(session, [part("1", stock=2), part("2", stock=3)])
        assert (plan.changed, plan.new) == (1, 1)
        session.execute("DELETE FROM picked WHERE number = ?", [number])
        with pytest.raises(StoreError, match="no longer as they were"):
            apply_block(session, plan, 0, fence=1, stop=StopToken())
    assert contents(catalogue, PART) == before


def test_what_would_break_identity_is_refused(catalogue: Catalogue) -> None:
    with catalogue.session() as session:
        stage(session, PART, [part("1"), part("1")])
        with pytest.raises(StoreError, match="have the key acme, 1"):
            plan_changes(session, "staged", PART, assortment="", full=True, run=1, block_rows=9, stop=StopToken())
        stage(session, PART, [{"maker": "acme", "stock": 1}])
        with pytest.raises(StoreError, match="key field 'number' of part was not read"):
            plan_changes(session, "staged", PART, assortment="", full=True, run=1, block_rows=9, stop=StopToken())


def test_samples_show_what_would_change(catalogue: Catalogue, parts: Importer) -> None:
    parts.carry_out([part("1", stock=1, price=Decimal("1.00")), part("2", stock=1, price=None)])
    rows = [part("3", stock=None, price=Decimal("0.50")), part("1", stock=2, price=Decimal("1.00"))]
    with catalogue.session() as session:
        plan = parts.plan(session, rows, full=True)
        (changed,) = samples(session, plan, "changed", 5)
        (new,) = samples(session, plan, "new", 5)
        (archived,) = samples(session, plan, "archived", 5)
        assert samples(session, plan, "restored", 5) == []
        assert samples(session, plan, "new", 0) == []
    assert changed.key == ("acme", "1")
    assert changed.changes == (FieldChange("stock", 1, 2),)
    assert new.changes == (FieldChange("price", None, Decimal("0.50")),)
    assert (archived.key, archived.changes) == (("acme", "2"), ())
    assert json.loads(json.dumps(new.as_dict())) == {"key": ["acme", "3"], "changes": {"price": [None, "0.5"]}}


def test_sample_text_cannot_act_on_a_terminal(parts: Importer) -> None:
    with parts.catalogue.session() as session:
        plan = parts.plan(session, [part("\x1b[2J", **{"name.nl": "a\u202eb"})])
        (sample,) = samples(session, plan, "new", 5)
    assert sample.key == ("acme", "\\x1b[2J")
    assert sample.changes == (FieldChange("name.nl", None, "a\\u202eb"),)


def test_two_plans_wait_in_one_session(parts: Importer) -> None:
    plans = []
    with parts.catalogue.session() as session:
        for run, assortment in enumerate("ab", start=1):
            stage(session, PART, [part(assortment)])
            session.execute(f"ALTER TABLE staged RENAME TO staged_{assortment}")
            more: dict[str, Any] = {"assortment": assortment, "run": run, "block_rows": 9, "stop": StopToken()}
            plans.append(plan_changes(session, f"staged_{assortment}", PART, full=False, **more))
        for plan in plans:
            assert apply_block(session, plan, 0, fence=1, stop=StopToken()) == BlockCounts(new=1)
    assert set(contents(parts.catalogue, PART)) == {("a", "acme", "a"), ("b", "acme", "b")}
