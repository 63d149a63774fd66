"""Undo, the history of a record, and retention."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from support.catalogue_tools import Importer, Row, contents, entities, opened, stage

from core.errors import FencedOff, Refused, StopRequested, StoreError
from core.stop import StopToken
from core.store.catalogue import (
    EPOCH,
    BlockCounts,
    Catalogue,
    Conflict,
    Order,
    Selection,
    apply_revert,
    check_staged,
    count_records,
    plan_revert,
    read_page,
    record_history,
    samples,
    snapshot,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PART = entities()["part"]


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    with opened(tmp_path) as catalogue:
        yield catalogue


@pytest.fixture
def parts(catalogue: Catalogue) -> Importer:
    return Importer(catalogue, PART)


def part(number: str, **values: Any) -> Row:
    return {"maker": "acme", "number": number} | values


def revert(parts: Importer, run: int, *, force: bool = False) -> BlockCounts:
    parts.run += 1
    with parts.catalogue.session() as session:
        plan = plan_revert(session, run)
        return apply_revert(session, plan, by_run=parts.run, fence=1, force=force, stop=StopToken())


def history(parts: Importer, number: str) -> list[tuple[int, str, object]]:
    with parts.catalogue.session() as session:
        versions = record_history(session, PART, "a", ("acme", number))
    assert [version.moment for version in versions] == sorted(version.moment for version in versions)
    return [(version.run, version.action, version.values["stock"]) for version in versions]


def test_a_reverted_run_left_nothing_and_can_be_brought_back(parts: Importer) -> None:
    parts.carry_out([part("1", stock=1), part("2", stock=2), part("3", stock=3)])
    parts.carry_out([part("1", stock=1), part("2", stock=2)], full=True)
    before = contents(parts.catalogue, PART)
    parts.carry_out([part("2", stock=22), part("3", stock=33), part("4", stock=44)], full=True)
    after = contents(parts.catalogue, PART)
    assert revert(parts, 3) == BlockCounts(changed=1, restored=1, archived=1, removed=1)
    assert contents(parts.catalogue, PART) == before
    assert parts.catalogue.applied(4).removed == 1
    assert revert(parts, 4) == BlockCounts(changed=1, restored=1, archived=1, new=1)
    assert contents(parts.catalogue, PART) == after


def test_a_run_is_reverted_once(parts: Importer) -> None:
    parts.carry_out([part("1", stock=1)])
    revert(parts, 1)
    with parts.catalogue.session() as session, pytest.raises(Refused, match="reverted before, by run 2"):
        plan_revert(session, 1)
    revert(parts, 2)
    with parts.catalogue.session() as session:
        # The record that run 2 removed was made again, by another run.
        assert plan_revert(session, 1).empty


def test_a_run_that_changed_nothing_cannot_be_reverted(parts: Importer) -> None:
    with parts.catalogue.session() as session, pytest.raises(Refused, match="changed no records"):
        plan_revert(session, 77)


def test_what_a_later_run_changed_again_is_left_unless_forced(parts: Importer) -> None:
    parts.carry_out([part("1", stock=1), part("2", stock=1)])
    parts.carry_out([part("1", stock=2), part("2", stock=2)])
    parts.carry_out([part("2", stock=3)])
    before = contents(parts.catalogue, PART)
    with parts.catalogue.session() as session:
        plan = plan_revert(session, 2)
        assert plan.conflicts == 1
        assert plan.samples == (Conflict("part", "a", ("acme", "2"), changed_by_run=3),)
        assert plan.in_words() == "2 records changed back"
        with pytest.raises(Refused, match="1 record of the 2 that run 2 touched were changed again"):
            apply_revert(session, plan, by_run=4, fence=1, force=False, stop=StopToken())
    assert contents(parts.catalogue, PART) == before
    assert revert(parts, 2, force=True) == BlockCounts(changed=2)
    assert {values["stock"] for values, _ in contents(parts.catalogue, PART).values()} == {1}


def test_a_run_over_several_files_goes_back_to_before_the_first(parts: Importer) -> None:
    parts.carry_out([part("1", stock=1)])
    for stock in (2, 3):
        parts.carry_out([part("1", stock=stock), part("2", stock=stock)], run=5)
    assert revert(parts, 5) == BlockCounts(changed=1, removed=1)
    assert {key: values["stock"] for key, (values, _) in contents(parts.catalogue, PART).items()} == {
        ("a", "acme", "1"): 1
    }


def test_a_run_over_two_assortments_is_reverted_in_both(parts: Importer) -> None:
    parts.carry_out([part("1")], run=1, assortment="a")
    parts.carry_out([part("1"), part("2")], run=1, assortment="b")
    with parts.catalogue.session() as session:
        plan = plan_revert(session, 1)
        assert [(found.assortment, found.counts.removed) for found in plan.parts] == [("a", 1), ("b", 2)]
        assert plan.in_words() == "3 records removed"
    parts.run = 1
    revert(parts, 1)
    assert contents(parts.catalogue, PART) == {}


def test_a_revert_is_all_or_nothing(parts: Importer) -> None:
    parts.carry_out([part("1", stock=1)])
    parts.carry_out([part("1", stock=2)])
    before = contents(parts.catalogue, PART)
    stop = StopToken()
    stop.request()
    with parts.catalogue.session() as session:
        plan = plan_revert(session, 2)
        with pytest.raises(StopRequested):
            apply_revert(session, plan, by_run=3, fence=1, force=False, stop=stop)
        parts.catalogue.take_fence(7, 2)
        with pytest.raises(FencedOff):
            apply_revert(session, plan, by_run=7, fence=1, force=False, stop=StopToken())
        parts.carry_out([part("9")])
        with pytest.raises(StoreError, match="while the revert was prepared"):
            apply_revert(session, plan, by_run=4, fence=2, force=True, stop=StopToken())
    assert contents(parts.catalogue, PART).items() >= before.items()
    assert parts.catalogue.applied(4).blocks == 0


def test_the_history_of_a_record_names_every_run(parts: Importer) -> None:
    parts.carry_out([part("1", stock=1), part("2", stock=0)])
    parts.carry_out([part("1", stock=2)])
    parts.carry_out([part("2", stock=0)], full=True)
    parts.carry_out([part("1", stock=4)])
    expected: list[tuple[int, str, object]] = [(1, "new", 1), (2, "changed", 2), (3, "archived", 2), (4, "restored", 4)]
    assert history(parts, "1") == expected
    revert(parts, 4)
    assert history(parts, "1") == [*expected, (5, "archived", 2)]
    assert history(parts, "nothing") == []


def test_the_history_tells_of_a_removed_record(parts: Importer) -> None:
    parts.carry_out([part("1", stock=1)])
    revert(parts, 1)
    assert history(parts, "1") == [(1, "new", 1), (2, "removed", 1)]
    parts.carry_out([part("1", stock=3)])
    assert history(parts, "1") == [(1, "new", 1), (2, "removed", 1), (3, "new", 3)]


def test_forgotten_runs_cannot_be_reverted_and_the_watermark_stays(parts: Importer) -> None:
    parts.carry_out([part("1", stock=1)])
    parts.carry_out([part("1", stock=2)])
    parts.carry_out([part("1", stock=3)])
    watermark = parts.catalogue.watermark()
    assert parts.catalogue.forget_runs([]) == 0
    assert parts.catalogue.forget_runs([1, 2]) == 1
    assert history(parts, "1") == [(2, "changed", 2), (3, "changed", 3)]
    with parts.catalogue.session() as session, pytest.raises(Refused, match="past retention"):
        plan_revert(session, 2)
    assert parts.catalogue.forget_runs([3]) == 1
    assert parts.catalogue.watermark() == watermark
    assert contents(parts.catalogue, PART)["a", "acme", "1"][0]["stock"] == 3


def test_fields_may_be_named_as_anything(tmp_path: Path) -> None:
    """Names of columns and aliases in the catalogue's own statements, and words of SQL."""
    names = "run action moment kind block record first key conflict content images select order values s t c i r h n o"
    known = entities(**{name: {"type": "text"} for name in names.split()})["part"]
    known = replace(known, key=("record", "first", "key"))
    rows: list[Row] = [dict.fromkeys(names.split(), str(number)) for number in range(3)]
    directory = tmp_path / "other"
    directory.mkdir()
    with opened(directory, {"part": known}) as catalogue:
        parts = Importer(catalogue, known)
        assert parts.carry_out(rows).new == 3
        rows[0]["kind"] = "changed"
        assert parts.carry_out(rows[:2], full=True) == BlockCounts(changed=1, archived=1)
        with catalogue.session() as session:
            stage(session, known, [*rows, rows[0]])
            assert check_staged(session, "staged", "rejects", known, stop=StopToken()) == 1
            plan = parts.plan(session, [rows[2] | {"run": "x"}], full=True)
            assert [len(samples(session, plan, kind, 9)) for kind in ("restored", "archived")] == [1, 2]
            assert len(record_history(session, known, "a", ("0", "0", "0"))) == 2
            with snapshot(session) as watermark:
                more: dict[str, Any] = {"assortment": None, "since": EPOCH, "upto": watermark, "with_archived": True}
                assert count_records(session, known, **more) == 3
            assert len(read_page(session, known, Selection(words="CHANGED"), order=Order("select")).records) == 1
        assert revert(parts, 2) == BlockCounts(changed=1, restored=1)
        assert {values["kind"] for values, _ in contents(catalogue, known).values()} == {"0", "1", "2"}
        assert catalogue.forget_runs([2]) == 2
