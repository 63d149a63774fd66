"""The parts of the console that need neither a loop nor a terminal."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from rich.cells import cell_len
from support.fake_engine import NOW, FakeEngine

from core.engine.api import RunView
from core.runs import Counts, Progress, RunState, Trigger
from tui import terminal
from tui.driver import TerminalWriter, without_trailing_blanks
from tui.tasklist import StateFilter, TaskList
from tui.widgets.details_panel import brief_details
from tui.widgets.rows import _differing, beside, fitted, text_of
from tui.widgets.task_table import columns_for
from tui.words import ASCII, UNICODE, brief_progress, full_progress, full_time, short_time, some_of

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


# -- words --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (NOW, "13:00"),
        (NOW + timedelta(hours=11), "Sat 00:00"),
        (NOW - timedelta(days=6), "Sat 13:00"),
        (NOW + timedelta(days=7), "27 Nov"),
        (NOW + timedelta(days=60), "Jan 2027"),
        (None, ""),
    ],
)
def test_short_time(moment: datetime | None, words: str) -> None:
    assert short_time(moment, NOW, AMSTERDAM) == words
    assert len(words) <= 9


def test_a_label_stands_beside_its_text_or_above_it_and_never_runs_into_it() -> None:
    assert [text_of(line) for line in beside("unit", "by the metre", 18, 8)] == ["unit    by the", "        metre"]
    assert [text_of(line) for line in beside("description.nl", "Lasdoos", 22, 14)] == ["description.nl Lasdoos"]
    assert [text_of(line) for line in beside("description.nl", "Lasdoos", 21, 10)] == [
        "description.nl",
        " " * 10 + "Lasdoos",
    ]
    assert [text_of(line) for line in beside("description.nl", "", 20, 8)] == ["description.nl"]


def test_full_time_is_local() -> None:
    assert full_time(datetime(2026, 7, 1, 22, 30, 5, tzinfo=UTC), AMSTERDAM) == "Thu 2 Jul 2026 00:30:05"


@pytest.mark.parametrize(
    ("progress", "words"),
    [
        (None, ""),
        (Progress("read"), ""),
        (Progress("read", 0, 10), "0%"),
        (Progress("read", 999, 1000), "99%"),
        (Progress("read", 1000, 1000), "99%"),
        (Progress("read", 999), "999"),
        (Progress("read", 12_345), "12k"),
        (Progress("read", 12_345_678), "12M"),
        (Progress("read", 12_345_678_901), "12G"),
    ],
)
def test_brief_progress(progress: Progress | None, words: str) -> None:
    assert brief_progress(progress) == words


def test_full_progress_has_rate_and_remaining_time() -> None:
    progress = Progress("apply", 12_000, 50_000, "rows", NOW - timedelta(seconds=4))
    assert full_progress(progress, NOW) == "apply, 12,000 of 50,000 rows, 3,000 rows/s, about 13 s left"
    moved = Progress("fetch", 1_500_000, 3_000_000, "bytes", NOW - timedelta(seconds=1))
    assert full_progress(moved, NOW) == "fetch, 1.5 MB of 3.0 MB, 1.5 MB/s, about 1.0 s left"
    assert full_progress(Progress("check"), NOW) == "check"


def test_every_state_has_a_sign_of_one_column_in_both_sets() -> None:
    for signs in (UNICODE, ASCII):
        assert set(signs.states) == set(RunState)
        assert all(cell_len(sign) == 1 for sign in signs.states.values())
    assert all(sign.isascii() for sign in ASCII.states.values())


# -- the list -----------------------------------------------------------------------------------------------------


def test_filter_needs_every_word_anywhere() -> None:
    tasks = TaskList()
    tasks.words = "monday IMPORT"
    tasks.take(tuple(FakeEngine().tasks))
    assert [task.id for task in tasks.shown] == ["supplier-prices"]


def test_marks_outlive_a_filter_but_not_their_task() -> None:
    engine, tasks = FakeEngine(), TaskList()
    tasks.take(tuple(engine.tasks))
    tasks.marked = {"stock", "erp-files"}
    tasks.states = StateFilter.GOING
    tasks.arrange()
    assert tasks.shown == []
    assert [task.id for task in tasks.targets] == ["erp-files", "stock"]
    tasks.take(tuple(task for task in engine.tasks if task.id != "stock"))
    assert tasks.marked == {"erp-files"}


def test_a_filter_goes_to_its_first_task_and_one_without_any_leaves_the_cursor_where_it_was() -> None:
    model, tasks = FakeEngine().tasks[1], TaskList()
    tasks.take(tuple(replace(model, id=name, description=name) for name in ("ant", "bee", "bear", "cow")))
    tasks.move_to(3)
    for words, at in (("be", "bee"), ("bex", None), ("", "cow"), ("bea", "bear"), ("", "bear")):
        tasks.words = words
        tasks.arrange()
        assert tasks.cursor == at, words


@pytest.mark.parametrize("column", ["state", "active", "type", "description", "frequency", "next", "last", "sequence"])
@pytest.mark.parametrize("reverse", [False, True])
def test_every_column_sorts_tasks_of_every_kind(column: str, reverse: bool) -> None:
    tasks = TaskList()
    tasks.sorted_by, tasks.reverse = column, reverse
    tasks.take(tuple(FakeEngine().tasks))
    assert {task.id for task in tasks.shown} == {task.id for task in FakeEngine().tasks}


def test_sorting_keeps_the_order_of_equals() -> None:
    model = FakeEngine().tasks[1]
    tasks = TaskList()
    tasks.sorted_by = "type"
    tasks.take(tuple(replace(model, id=f"t{number}", sequence=number) for number in range(20)))
    assert [task.sequence for task in tasks.shown] == list(range(20))


# -- columns and rows ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [20, 40, 52, 60, 76, 80, 100, 120, 200])
def test_columns_fill_the_width_and_keep_state_and_description(width: int) -> None:
    columns = columns_for(width)
    names = [column.id for column, _ in columns]
    assert names[0] == "state"
    assert "description" in names
    assert 2 + sum(size for _, size in columns) + len(columns) - 1 == width


def test_columns_are_all_there_at_100() -> None:
    assert len(columns_for(100)) == 8
    assert [column.id for column, _ in columns_for(40)] == ["state", "description"]


@pytest.mark.parametrize("text", ["", "abc", "abcdefgh", "価格リスト", "añb"])
@pytest.mark.parametrize("width", [1, 2, 5, 8])
def test_fitted_is_exactly_as_wide(text: str, width: int) -> None:
    assert cell_len(fitted(text, width, "…")) == width


@pytest.mark.parametrize(
    ("old", "new", "columns"),
    [
        ((("abc", ""),), (("abc", ""),), 0),
        ((("abc", ""), ("def", "")), (("abX", ""), ("def", "")), 3),
        ((("abc", ""), ("def", "")), (("abc", "bad"), ("def", "")), 3),
        ((("abc", ""),), (("abcdef", ""),), 6),
        ((("abcdef", ""),), (("abc", ""),), 80),
    ],
)
def test_only_what_differs_is_drawn(old: tuple[tuple[str, str]], new: tuple[tuple[str, str]], columns: int) -> None:
    assert _differing(old, new, 80) == columns


# -- the driver ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("frame", "sent"),
    [
        ("\x1b[1;1Hab        ", "\x1b[1;1Hab\x1b[K"),
        ("\x1b[1;1Hab        \n\x1b[2;1Hx", "\x1b[1;1Hab\x1b[K\n\x1b[2;1Hx"),
        ("\x1b[1;1Hab        \x1b[1;2H", "\x1b[1;1Hab\x1b[K\x1b[1;2H"),
        ("\x1b[1;1H\x1b[1mab\x1b[0m        ", "\x1b[1;1H\x1b[1mab\x1b[0m\x1b[K"),
        # Not up to the edge; in a style of its own; too few to be worth it.
        ("\x1b[1;1Hab       ", "\x1b[1;1Hab       "),
        ("\x1b[1;1H\x1b[7mab        \x1b[0m", "\x1b[1;1H\x1b[7mab        \x1b[0m"),
        ("\x1b[1;1Habcdefg   ", "\x1b[1;1Habcdefg   "),
        ("\x1b[1;1H\x1b[7mab        ", "\x1b[1;1H\x1b[7mab        "),
        ("価格        ", "価格        "),
        ("\x1b[1;1H価格      ", "\x1b[1;1H価格\x1b[K"),
    ],
)
def test_blanks_up_to_the_edge_are_one_word(frame: str, sent: str) -> None:
    assert without_trailing_blanks(frame, 10) == sent


def written(codec: str, text: str) -> bytes:
    reader, fd = os.pipe()
    try:
        writer = TerminalWriter(fd, codec, on_back=lambda: None, on_lost=lambda: None)
        writer.start()
        writer.put(text)
        assert writer.finish(10)
        return os.read(reader, 1000)
    finally:
        os.close(reader)
        os.close(fd)


def test_letters_that_a_terminal_lacks_take_their_columns_all_the_same() -> None:
    assert written("utf-8", "Zürich 価格 │…") == "Zürich 価格 │…".encode()
    assert written("iso8859-1", "Zürich 価格 │…") == b"Z\xfcrich ???? |~"
    assert written("ascii", "Zürich 価格 │…") == b"Z?rich ???? |~"


def test_writer_tells_of_a_terminal_that_is_gone() -> None:
    reader, fd = os.pipe()
    os.close(reader)
    told: list[str] = []
    writer = TerminalWriter(fd, "utf-8", on_back=lambda: None, on_lost=lambda: told.append("lost"))
    writer.start()
    writer.put("x")
    writer.join(10)
    os.close(fd)
    assert told == ["lost"]


# -- the terminal -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environ", "encoding"),
    [
        ({}, "ascii"),
        ({"LANG": "C"}, "ascii"),
        ({"LANG": "POSIX"}, "ascii"),
        ({"LANG": "nl_NL.UTF-8"}, "utf-8"),
        ({"LANG": "C.utf8"}, "utf-8"),
        ({"LC_CTYPE": "UTF-8"}, "utf-8"),
        ({"LANG": "de_DE.ISO-8859-15@euro"}, "iso8859-15"),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "C"}, "ascii"),
        ({"LANG": "C", "LC_CTYPE": "en_US.UTF-8"}, "utf-8"),
        ({"LANG": "xx_XX.made-up"}, "ascii"),
    ],
)
def test_encoding_is_that_of_the_locale(
    environ: dict[str, str], encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terminal, "_original_environ", lambda: environ)
    assert terminal.encoding() == encoding
    assert terminal.signs() is (UNICODE if encoding == "utf-8" else ASCII)


def test_brief_details_say_whole_how_often_a_task_runs() -> None:
    run = RunView(
        id=7,
        task="prices",
        state=RunState.WARNINGS,
        trigger=Trigger.MANUAL,
        requested_by="anna (pts/3)",
        queued_at=NOW,
        started_at=NOW,
        ended_at=NOW,
        type="import",
        message="Imported " + "prices.csv, " * 50,
        counts=Counts(read=1_000_000, new=999_999, rejected=1),
    )
    task = replace(
        FakeEngine().tasks[1],
        description="Prices " * 50,
        frequency="every second Wednesday at 07:30, not on public holidays",
        last_run=run,
    )
    lines = [text_of(line) for line in brief_details(task, width=80, now=NOW, zone=AMSTERDAM, signs=UNICODE)]
    (planned,) = [line for line in lines if line.startswith("Planned")]
    assert "every second Wednesday at 07:30, not on public holidays" in planned
    assert sum(map(cell_len, lines)) <= 300


@pytest.mark.parametrize(("number", "words"), [(0, ""), (2, "a0, a1"), (8, ", ".join(f"a{n}" for n in range(8)))])
def test_some_of_a_few_names_are_all(number: int, words: str) -> None:
    assert some_of([f"a{n}" for n in range(number)]) == words


def test_some_of_many_names_say_how_many_more_there_are() -> None:
    assert some_of([f"a{n}" for n in range(200)]).endswith(", a7 and 192 more")
