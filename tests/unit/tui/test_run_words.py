"""What the console says of runs, and which it shows: no widget, no engine."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from core.engine.api import RunView
from core.engine.api.history import FieldDifference, Reject, RunOutcome, RunPage
from core.runs import Counts, Progress, RunState, Trigger
from tui import runlist
from tui.keymap import Keymap
from tui.run_words import (
    counts_table,
    difference_in_words,
    history_lines,
    in_a_line,
    next_steps,
    reject_in_words,
    sparkline,
    where_it_stops,
)
from tui.runlist import Dates, OutcomeFilter, RunList
from tui.words import ASCII, UNICODE

if TYPE_CHECKING:
    from collections.abc import Iterable

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
RUN = RunView(
    id=7,
    task="prices",
    state=RunState.RUNNING,
    trigger=Trigger.MANUAL,
    requested_by="anna (pts/3)",
    queued_at=NOW,
    started_at=NOW,
    type="import",
)


# -- where a stop takes effect --


@pytest.mark.parametrize(
    ("done", "words"),
    [
        (0, "block 1 of 9, with about 122,880 of 1,000,000 rows"),
        (122_880, "block 2 of 9, with about 245,760 of 1,000,000 rows"),
        (983_040, "block 9 of 9, with about 1,000,000 of 1,000,000 rows"),
        (1_000_000, "at its end: all blocks are written."),
    ],
)
def test_an_import_stops_at_the_end_of_its_block(done: int, words: str) -> None:
    progress = Progress("applying prices.csv", done, 1_000_000, "rows", NOW, 122_880)
    assert words in where_it_stops(replace(RUN, progress=progress))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"state": RunState.WAITING}, "at once: it has not begun."),
        ({"dry_run": True}, "a dry run changes nothing"),
        ({}, "nothing of the file in hand is imported"),
        ({"type": "export"}, "a file that is being sent does not appear"),
        ({"type": "csv-export"}, "the cursor does not move"),
        ({"type": "revert"}, "nothing is put back"),
        ({"type": "retention"}, "at the end of the step"),
    ],
)
def test_other_runs_say_what_a_stop_leaves_behind(changes: dict[str, object], words: str) -> None:
    assert words in where_it_stops(replace(RUN, **changes))  # type: ignore[arg-type]


# -- lines and tables --


def test_one_line_tells_what_matters_most_about_a_run() -> None:
    waiting = replace(RUN, state=RunState.WAITING, waits_for="waits for a slot: 4 runs may go side by side")
    assert in_a_line(waiting, NOW) == "waits for a slot: 4 runs may go side by side"
    going = replace(RUN, progress=Progress("applying", 50, 100, "rows", NOW), counts=Counts(read=100))
    assert in_a_line(going, NOW + timedelta(seconds=5)) == (
        "applying, 50 of 100 rows, 10 rows/s, about 5.0 s left; 100 read"
    )
    failed = replace(RUN, state=RunState.FAILED, counts=Counts(read=3), message="There is no file.")
    assert in_a_line(failed, NOW) == "There is no file."
    reverted = replace(RUN, state=RunState.SUCCEEDED, reverts=3, message="Put back.")
    assert in_a_line(reverted, NOW) == "revert of run 3: Put back."


def test_counts_of_an_import_name_the_zeros_too() -> None:
    table = counts_table(replace(RUN, counts=Counts(read=1000, new=12)))
    assert table[:2] == ["read      1,000  accepted from the files", "new          12  were not there before"]
    assert [row.split()[0] for row in table] == [
        *("read", "new", "changed", "unchanged", "archived", "restored", "rejected")
    ]
    assert counts_table(replace(RUN, type="export", counts=Counts(written=3))) == ["written   3  stand in the files"]


def test_differences_and_rejects_in_words() -> None:
    change = FieldDifference("price", None, "2.50")
    assert difference_in_words(change, "->", new_record=False) == "price: (empty) -> 2.50"
    assert difference_in_words(change, "->", new_record=True) == "price: 2.50"
    reject = Reject("p.csv", 1812, "gross_price", "Bruto", "12,5O", "is not a number")
    assert reject_in_words(reject) == "line 1,812, Bruto (gross_price) “12,5O”: is not a number"
    assert reject_in_words(Reject("p.csv", None, "", "", "", "has no end")) == "a line: has no end"


key_of = Keymap().name


def test_every_end_that_is_not_good_says_what_to_do() -> None:
    for state in (RunState.FAILED, RunState.STOPPED, RunState.SKIPPED, RunState.WARNINGS):
        assert next_steps(replace(RUN, state=state), key_of)
    assert not next_steps(replace(RUN, state=RunState.SUCCEEDED), key_of)
    assert "archiving confirmed" in next_steps(replace(RUN, state=RunState.FAILED, braked=True), key_of)[0]
    partly = replace(RUN, state=RunState.FAILED, counts=Counts(new=3))
    assert next_steps(partly, key_of)[-1] == "What it changed before stays; R puts that back."


def test_what_to_do_names_the_keys_that_a_user_has_chosen() -> None:
    own = Keymap({"run.again": ["f5"], "run.log": ["f6"], "run.revert": ["f7"]}).name
    failed = next_steps(replace(RUN, state=RunState.FAILED, counts=Counts(new=3)), own)
    assert failed == [
        "The message says what is wrong; f6 shows how it came to that. Once it is mended, f5 starts again.",
        "What it changed before stays; f7 puts that back.",
    ]
    assert next_steps(replace(RUN, state=RunState.STOPPED), own)[0].startswith("f5 starts the task again")


# -- sparklines --


def outcome(seconds: float | None, state: RunState = RunState.SUCCEEDED) -> RunOutcome:
    return RunOutcome(1, state, NOW, seconds)


def test_a_sparkline_has_a_sign_for_the_outcome_and_one_for_the_duration_of_every_run() -> None:
    runs = [outcome(1), outcome(4, RunState.FAILED), outcome(8, RunState.WARNINGS), outcome(None, RunState.SKIPPED)]
    assert sparkline(runs, UNICODE) == ("✓×!»", "▂▅█ ")
    assert sparkline(runs, ASCII) == ("+x!-", "258 ")
    lines = history_lines("prices", runs, ASCII, 80)
    assert lines[2] == (
        "Last 4 runs: + succeeded 1, x failed 1, ! warnings 1, - skipped 1; took 1.0 s to 8.0 s, 4.0 s as a rule"
    )
    assert sparkline([outcome(0.0)], ASCII) == ("+", "1")


def test_a_sparkline_shows_the_last_runs_that_there_is_room_for() -> None:
    runs = [outcome(1, RunState.FAILED)] * 50 + [outcome(1)] * 30
    assert history_lines("prices", runs, ASCII, 40)[0] == "Outcome   " + "+" * 30
    assert history_lines("prices", [], ASCII, 40)[0] == "prices has no run of its own that ended."


# -- which runs are shown --


def ended(number: int, **changes: object) -> RunView:
    return replace(RUN, id=number, state=RunState.SUCCEEDED, **changes)  # type: ignore[arg-type]


def shown(runs: RunList) -> list[int]:
    return [run.id for run in runs.shown(NOW, AMSTERDAM)]


def page(numbers: Iterable[int], more: int | None = None) -> RunPage:
    return RunPage(tuple(ended(number) for number in numbers), more)


def test_what_goes_comes_first_and_an_ended_run_takes_the_place_of_a_going_one() -> None:
    runs = RunList()
    runs.begin(page([5, 4]))
    waiting = replace(RUN, id=6, state=RunState.WAITING)
    runs.take_live([waiting, replace(RUN, id=7)], progress=True)
    assert shown(runs) == [7, 6, 5, 4]
    runs.take_live([waiting], progress=True)
    runs.renew(page([7, 5, 4]))
    assert shown(runs) == [6, 7, 5, 4]


def test_a_renewed_page_that_leaves_a_gap_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runlist, "PAGE", 2)
    runs = RunList()
    runs.begin(page([5, 4], more=4))
    runs.renew(page([6, 5], more=5))
    assert (shown(runs), runs.more) == ([6, 5, 4], 4)
    runs.renew(page([12, 11], more=11))
    assert (shown(runs), runs.more) == ([12, 11], 11)
    runs.begin(page([3], more=2))
    runs.renew(page([9], more=5))
    assert (shown(runs), runs.more) == ([9, 3], 2)


def test_a_run_of_a_task_that_is_gone_stands_among_those_that_go() -> None:
    runs = RunList()
    runs.begin(RunPage((replace(RUN, id=9), ended(8)), None))
    assert shown(runs) == [9, 8]
    runs.renew(page([9, 8]))
    assert shown(runs) == [9, 8]


def test_progress_is_taken_over_only_where_it_may_be() -> None:
    runs = RunList()
    first, later = (replace(RUN, progress=Progress("applying", done, 100)) for done in (1, 2))
    runs.take_live([first], progress=False)
    runs.take_live([later], progress=False)
    assert runs.shown(NOW, AMSTERDAM) == [first]
    runs.take_live([replace(later, state=RunState.STOPPING)], progress=False)
    assert runs.shown(NOW, AMSTERDAM)[0].state is RunState.STOPPING
    runs.take_live([later], progress=True)
    assert runs.shown(NOW, AMSTERDAM) == [later]


def test_filters_hold_for_what_goes_too() -> None:
    runs = RunList()
    runs.take_live([RUN, replace(RUN, id=8, task="stock", dry_run=True)], progress=True)
    runs.task = "stock"
    assert shown(runs) == [8]
    runs.task, runs.words = "", "ANNA dry"
    assert shown(runs) == [8]
    runs.words, runs.outcomes = "", OutcomeFilter.FAILED
    assert shown(runs) == []
    runs.outcomes = OutcomeFilter.GOING
    assert shown(runs) == [7, 8]
    assert runs.filter_in_words() == "going"
    runs.clear_filter()
    assert not runs.filtered


def test_dates_begin_at_midnight_where_the_engine_is() -> None:
    late = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)  # Monday 00:30 in Amsterdam
    since = [dates.since(late, AMSTERDAM) for dates in Dates]
    assert [moment.isoformat() if moment else None for moment in since] == [
        None,
        "2026-11-23T00:00:00+01:00",
        "2026-11-23T00:00:00+01:00",
        "2026-11-01T00:00:00+01:00",
    ]
