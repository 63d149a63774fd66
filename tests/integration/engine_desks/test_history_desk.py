"""The desk of the history, on a real engine: pages of runs, one run whole, reverts looked at beforehand, cursors."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from support.live_engine import live_engine
from support.run_site import HOSTILE, fill_history, put_prices, run_site

from core.engine.api.history import FieldDifference, RunQuery
from core.engine.api.rights import Right
from core.engine.gate import Gate
from core.errors import Refused
from core.runs import Actor, RunState
from core.store.journal import history as journal_history
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.live_engine import LiveEngine

    from core.engine.api import HistoryApi
    from core.engine.api.history import RunPage

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return run_site(tmp_path)


@pytest.fixture
def live(config: Path) -> Iterator[LiveEngine]:
    with live_engine(config) as running:
        yield running


@pytest.fixture
def desk(live: LiveEngine) -> HistoryApi:
    return live.gate.history


def run(live: LiveEngine, task: str, **how: Any) -> int:
    (number,) = live.gate.start_tasks([task], **how)
    live.ended(number)
    return number


def numbers(page: RunPage) -> list[int]:
    return [one.id for one in page.runs]


def all_pages(desk: HistoryApi, query: RunQuery, limit: int = 100) -> list[int]:
    found, before = list[int](), None
    while True:
        page = desk.runs(query, before=before, limit=limit)
        found += numbers(page)
        if page.next_before is None:
            return found
        before = page.next_before


# -- pages --


def test_pages_go_back_from_the_latest_run_to_the_first_without_a_gap(live: LiveEngine, desk: HistoryApi) -> None:
    assert desk.runs(RunQuery()).runs == ()
    fill_history(live.engine.workspace.journal, 250, until=NOON)
    first = desk.runs(RunQuery(), limit=100)
    assert numbers(first) == list(range(250, 150, -1))
    assert numbers(desk.runs(RunQuery(), before=first.next_before, limit=100)) == list(range(150, 50, -1))
    assert all_pages(desk, RunQuery()) == list(range(250, 0, -1))


def test_runs_are_found_by_task_state_date_and_words(live: LiveEngine, desk: HistoryApi) -> None:
    fill_history(live.engine.workspace.journal, 300, until=NOON)
    task = desk.runs(RunQuery(task="full"), limit=1000).runs
    assert len(task) == 100
    assert {one.task for one in task} == {"full"}
    failed = desk.runs(RunQuery(states=(RunState.FAILED,)), limit=1000).runs
    assert [one.id for one in failed] == list(range(291, 0, -10))
    since = desk.runs(RunQuery(since=NOON - timedelta(minutes=10)), limit=1000)
    assert numbers(since) == list(range(300, 290, -1))
    until = desk.runs(RunQuery(until=NOON - timedelta(minutes=290)), limit=1000)
    assert numbers(until) == list(range(10, 0, -1))
    assert numbers(desk.runs(RunQuery(words="NEEDLE delta"))) == []
    assert numbers(desk.runs(RunQuery(words="needle full"))) == [8]
    assert desk.runs(RunQuery(words="%")).runs == ()
    assert desk.runs(RunQuery(since=NOON)).runs == ()


def test_one_question_looks_at_so_many_runs_only_and_the_next_goes_on(
    live: LiveEngine, desk: HistoryApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_history(live.engine.workspace.journal, 100, until=NOON)
    monkeypatch.setattr(journal_history, "SCANNED", 30)
    first = desk.runs(RunQuery(words="needle"))
    assert (first.runs, first.next_before) == ((), 71)
    assert all_pages(desk, RunQuery(words="needle")) == [8]
    assert all_pages(desk, RunQuery(states=(RunState.FAILED,))) == list(range(91, 0, -10))


def test_a_page_follows_the_indexes_of_the_journal(live: LiveEngine) -> None:
    journal = live.engine.workspace.journal
    fill_history(journal, 100, until=NOON)
    database = journal._database
    for question in (
        "SELECT id FROM run WHERE id BETWEEN 1 AND 90 ORDER BY id DESC LIMIT 10",
        "SELECT id FROM run WHERE id BETWEEN 1 AND 90 AND task = 'full' ORDER BY id DESC LIMIT 10",
        "SELECT id FROM run WHERE queued_at >= '2026' ORDER BY queued_at LIMIT 1",
    ):
        plan = [row["detail"] for row in database.rows(f"EXPLAIN QUERY PLAN {question}")]
        assert all(step.startswith("SEARCH") for step in plan), plan


# -- one run --


def test_a_run_with_rejects_is_told_whole(config: Path, live: LiveEngine, desk: HistoryApi) -> None:
    put_prices(config, 1, 10, bad=5)
    number = run(live, "delta")
    told = desk.run(number)
    assert told.run.state is RunState.WARNINGS
    assert (told.run.type, told.attempts, told.rejects_kept) == ("import", 1, 5)
    assert told.run.requested_by == str(live.gate._actor)
    source, rejects = told.files
    assert (source.role, source.name, source.is_there) == ("source", "prices.csv", True)
    assert source.kept is not None
    assert source.size == source.kept.stat().st_size
    assert rejects.kept is not None
    assert "B4;" in rejects.kept.read_text(encoding="windows-1252")
    assert told.send_again == (
        f"Mend the rejects file, put it in {config.parent / 'uploads'} as prices.csv, and start delta again."
    )
    page = desk.rejects(number, limit=3)
    assert [(one.line, one.column, one.field) for one in page.rejects] == [
        (line, "Price", "gross_price") for line in (12, 13, 14)
    ]
    assert [one.line for one in desk.rejects(number, start=page.next_start or 0).rejects] == [15, 16]
    for one in page.rejects:
        assert HOSTILE not in one.value
        assert all(text == clean(text) for text in (one.value, one.reason))
    source.kept.unlink()
    assert not desk.run(number).files[0].is_there


def test_mended_rejects_of_a_full_import_are_not_to_be_sent_alone(
    config: Path, live: LiveEngine, desk: HistoryApi
) -> None:
    put_prices(config, 1, 10, bad=1)
    assert "would archive all others" in desk.run(run(live, "full")).send_again


def test_rejects_of_a_run_that_failed_are_not_all_that_is_missing(
    config: Path, live: LiveEngine, desk: HistoryApi
) -> None:
    put_prices(config, 1, 3, bad=5)
    told = desk.run(run(live, "delta"))
    assert (told.run.state, told.run.counts.new, told.rejects_kept) == (RunState.FAILED, 0, 5)
    assert told.send_again == (
        "The run failed: of the file that it was at, the good records may be missing, too. Mend that file itself, not "
        "only its rejects, and start delta again."
    )


def test_a_dry_run_keeps_its_samples_and_rejects(config: Path, live: LiveEngine, desk: HistoryApi) -> None:
    put_prices(config, 1, 100)
    run(live, "full")
    put_prices(config, 31, 101, cents=75, bad=3)
    told = desk.run(run(live, "full", dry_run=True))
    by_kind: dict[str, list[str]] = {}
    for sample in told.samples:
        by_kind.setdefault(sample.kind, []).append(sample.key)
    assert {kind: len(keys) for kind, keys in by_kind.items()} == {"new": 1, "changed": 20, "archived": 20}
    assert by_kind["archived"][0] == "A00001"
    changed = next(sample for sample in told.samples if sample.kind == "changed")
    assert (changed.key, changed.changes) == (
        "A00031",
        (FieldDifference("gross_price", "31.5", "31.75"),),
    )
    assert told.rejects_kept == 3
    assert [one.line for one in desk.rejects(told.run.id, start=1).rejects] == [74, 75]
    assert "A dry run writes no rejects file" in told.send_again
    assert told.files == ()


def test_the_brake_is_told_apart_from_other_failures(config: Path, live: LiveEngine, desk: HistoryApi) -> None:
    put_prices(config, 1, 100)
    run(live, "full")
    put_prices(config, 1, 10)
    stopped = run(live, "full")
    assert desk.run(stopped).run.braked
    view = live.engine.board.task("full")
    assert view is not None
    assert view.last_run is not None
    assert view.last_run.braked
    confirmed = desk.run(run(live, "full", confirm_archive=True))
    assert (confirmed.archive_confirmed, confirmed.run.braked, confirmed.run.counts.archived) == (True, False, 90)
    assert not desk.run(run(live, "missing")).run.braked


def test_the_log_of_a_run_is_there_at_once_in_pages_and_after_a_restart(config: Path) -> None:
    put_prices(config, 1, 10, bad=5)
    with live_engine(config) as live:
        desk, number = live.gate.history, run(live, "delta")
        run(live, "missing")
        whole = desk.log(number)
        texts = [line.text for line in whole.lines]
        assert texts[0].startswith(f"Started run {number}")
        assert texts[-1].startswith("Succeeded with warnings")
        assert not whole.earlier
        last = desk.log(number, limit=2)
        assert ([line.text for line in last.lines], last.earlier) == (texts[-2:], True)
        before = desk.log(number, before=last.lines[0].number)
        assert [line.text for line in before.lines] == texts[:-2]
        after = desk.log(number, after=whole.lines[2].number, limit=1)
        assert [line.text for line in after.lines] == [texts[3]]
    with live_engine(config) as live:
        assert [line.text for line in live.gate.history.log(number).lines] == texts


def test_a_run_that_is_not_known_is_refused(desk: HistoryApi) -> None:
    for number in (7, 0, -1, 2**70):
        for ask in (desk.run, desk.rejects, desk.revert_outlook):
            with pytest.raises(Refused, match=f"There is no run {number}"):
                ask(number)
        assert desk.log(number).lines == ()
    assert desk.runs(RunQuery(), before=2**70, limit=-1).runs == ()


# -- how a task went --


def test_outcomes_leave_out_what_is_not_a_tasks_own(config: Path, live: LiveEngine, desk: HistoryApi) -> None:
    put_prices(config, 1, 10)
    first = run(live, "delta")
    run(live, "delta", dry_run=True)
    live.ended(live.gate.revert_run(first))
    (config.parent / "uploads" / "prices.csv").unlink()
    second = run(live, "delta")
    told = desk.outcomes("delta")
    assert [(one.run, one.state) for one in told] == [(first, RunState.SUCCEEDED), (second, RunState.FAILED)]
    assert all(one.seconds is not None and one.seconds >= 0 for one in told)
    assert [one.run for one in desk.outcomes("delta", 1)] == [second]


# -- reverts --


def test_a_revert_is_looked_at_before_it_is_done(config: Path, live: LiveEngine, desk: HistoryApi) -> None:
    put_prices(config, 1, 10)
    first = run(live, "delta")
    put_prices(config, 8, 12, cents=75)
    second = run(live, "delta")
    outlook = desk.revert_outlook(first)
    assert (outlook.words, outlook.conflicts) == ("10 records removed", 3)
    assert [(one.key, one.changed_by_run) for one in outlook.samples] == [
        (f"A{number:05d}", second) for number in (8, 9, 10)
    ]
    assert [(part.entity, part.assortment, part.words) for part in outlook.parts] == [
        ("article", "supplier", "10 records removed")
    ]
    assert desk.revert_outlook(second).words == "3 records changed back and 2 removed"
    reverting = live.gate.revert_run(second)
    live.ended(reverting)
    told = desk.run(second)
    assert told.reverted_by == reverting
    assert (desk.run(reverting).run.reverts, desk.run(reverting).run.type) == (second, "revert")
    with pytest.raises(Refused, match=f"reverted before, by run {reverting}"):
        desk.revert_outlook(second)
    assert desk.revert_outlook(reverting).words == "3 records changed back and 2 made again"


# -- cursors --


def test_a_cursor_is_shown_and_set_by_hand(config: Path, live: LiveEngine, desk: HistoryApi) -> None:
    assert desk.cursor("shop") is None
    put_prices(config, 1, 10)
    run(live, "delta")
    number = run(live, "shop")
    told = desk.cursor("shop")
    assert told is not None
    assert (told.set_by, told.run) == ("run", number)
    moment = datetime.now(UTC) - timedelta(days=3)
    desk.set_cursor("shop", moment)
    told = desk.cursor("shop")
    assert told is not None
    assert (told.moment, told.set_by) == (moment, str(live.gate._actor))
    desk.set_cursor("shop", None)
    assert desk.cursor("shop") is None


def test_who_may_only_look_sets_no_cursor_and_sees_everything_else(config: Path, live: LiveEngine) -> None:
    put_prices(config, 1, 3, bad=1)
    number = run(live, "delta")
    reader = Gate(live.engine, Actor("eve"), right=Right.VIEW).history
    with pytest.raises(Refused, match="read-only"):
        reader.set_cursor("shop", None)
    assert reader.run(number).run.id == number
    assert reader.rejects(number).rejects
    assert reader.log(number).lines
