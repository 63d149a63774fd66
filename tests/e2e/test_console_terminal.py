"""The console on a real pseudo-terminal: what it sends, and what it does when the terminal does not play along."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import termios
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.pty_console import PtyConsole
from support.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]


@pytest.fixture
def console(tmp_path: Path) -> Iterator[PtyConsole]:
    with PtyConsole(tmp_path) as started:
        started.wait_for("q Quit")
        started.settle()
        yield started


def restored(console: PtyConsole) -> bool:
    return bytes(console.sent).rfind(b"\x1b[?1049l") > bytes(console.sent).rfind(b"\x1b[?1049h")


def test_first_screen_reads_right(console: PtyConsole) -> None:
    lines = console.screen.display
    assert lines[0].startswith("Pendel · 5 tasks · 1 failed")
    assert lines[1].split() == ["State", "On", "Seq▲", "Type", "Description", "Next", "run", "Last", "run"]
    assert "× failed" in lines[4]
    assert "Changed articles to the" in lines[4]
    assert lines[23].startswith("s Start")


def test_idle_console_sends_nothing(console: PtyConsole) -> None:
    sent, looked = len(console.sent), console.ask("pulls")
    console.wait_until(lambda: console.ask("pulls") >= looked + 12, "three seconds of looks at the engine")
    assert len(console.sent) == sent


@pytest.mark.parametrize("key", ["/", ":"])
def test_idle_input_does_not_blink(console: PtyConsole, key: str) -> None:
    console.press_and_settle(key)
    sent, looked = len(console.sent), console.ask("pulls")
    console.wait_until(lambda: console.ask("pulls") >= looked + 8, "two seconds of looks at the engine")
    assert len(console.sent) == sent


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (160, 50)])
def test_cursor_key_costs_less_than_500_bytes(tmp_path: Path, size: tuple[int, int]) -> None:
    with PtyConsole(tmp_path, size=size, tasks=50) as console:
        console.wait_for("q Quit")
        console.press_and_settle("jk")
        for key in "jjk":
            assert console.press_and_settle(key) < 500


def test_cursor_key_between_tasks_that_have_nothing_in_common_costs_less_than_500_bytes(tmp_path: Path) -> None:
    with PtyConsole(tmp_path, tasks=14, env={"VARIOUS": "1"}) as console:
        console.wait_for("q Quit")
        console.settle()
        # Within a page: who goes beyond it gets the next one, whole.
        for number, key in enumerate("jjjjjjjkkkkkkk"):
            console.press(key)
            assert 0 < console.settle() < 500, number


@pytest.mark.parametrize(("kind", "most"), [({}, 500), ({"VARIOUS": "1"}, 600)])
def test_cursor_key_that_scrolls_sends_a_row_and_not_the_page(tmp_path: Path, kind: dict[str, str], most: int) -> None:
    # Where two tasks have nothing in common, the details of the next one are most of it.
    with PtyConsole(tmp_path, tasks=60, env=kind) as console:
        console.wait_for("q Quit")
        console.settle()
        for number in range(16):
            assert 0 < console.press_and_settle("j" if number < 12 else "k") < most, number


@pytest.mark.parametrize("size", [(80, 24), (140, 40)])
def test_rows_that_the_terminal_moved_read_as_if_they_had_been_drawn(tmp_path: Path, size: tuple[int, int]) -> None:
    with PtyConsole(tmp_path, size=size, tasks=60, env={"VARIOUS": "1"}) as console:
        console.wait_for("q Quit")
        console.settle()
        # To the end and beyond, back, pages, half of the way with marks, a filter, and the log on the whole screen.
        for keys in (
            "j" * 20,
            "k" * 9,
            "Gkkkk",
            "j" * 4 + "k" * 12,
            "g jj jjjjjjjjj",
            "/1\rjjjjjjjjkkkk\x1b",
            "l",
            "kkkkkkkjj",
        ):
            for key in keys:
                console.press(key)
                console.drain()
            console.settle()
            moved = console.screen.display[:]
            # Another size and back has all of it drawn anew, on a blank screen.
            console.resize(size[0] + 1, size[1])
            console.settle()
            console.resize(*size)
            console.wait_for("q Quit")
            console.settle()
            assert console.screen.display == moved, keys


def test_rows_that_the_terminal_moved_are_there_again_behind_a_dialog(tmp_path: Path) -> None:
    with PtyConsole(tmp_path, tasks=60, env={"VARIOUS": "1"}) as console:
        console.wait_for("q Quit")
        console.settle()
        for _ in range(12):
            console.press_and_settle("j")
        moved = console.screen.display[:]
        console.press("?")
        console.wait_for("Show the tasks.")
        console.press("\x1b")
        console.wait_for("q Quit")
        console.settle()
        assert console.screen.display == moved


def test_flood_of_log_lines_keeps_the_console_answering_and_its_memory_bounded(tmp_path: Path) -> None:
    with PtyConsole(tmp_path, tasks=50) as console:
        console.wait_for("q Quit")
        console.ask("flood", True)
        console.wait_for("of a flood.")
        looked, memory = console.ask("pulls"), console.ask("memory")
        for number in range(1, 31):
            console.press("j")
            console.wait_until(lambda number=number: f"› ✓ succeeded   yes {number}" in console.text, "the cursor")  # type: ignore[misc]
        console.press("l")
        console.wait_until(lambda: "of a flood." in console.screen.display[20], "the log on the whole screen")
        console.press("k")
        console.wait_for("paused, ")
        console.wait_until(lambda: console.ask("pulls") >= looked + 16, "four more seconds of looks")
        assert console.ask("memory") < memory + 60_000
        console.ask("flood", False)
        console.press("q")
        assert console.wait_for_end() == 0


@pytest.mark.parametrize("size", [(80, 24), (160, 50)])
def test_ten_running_tasks_cost_less_than_2_kb_a_second(tmp_path: Path, size: tuple[int, int]) -> None:
    with PtyConsole(tmp_path, size=size, tasks=50) as console:
        console.wait_for("q Quit")
        for number in range(10):
            console.ask("begin", f"task-{number}")
        console.settle()
        sent, looked = len(console.sent), console.ask("pulls")
        for step in range(1, 17):
            for number in range(10):
                console.ask("progress", f"task-{number}", step * 600 + number, 10_000)
            console.ask("log", f"Step {step} of a run that says what it does in a line of usual length.")
            due = looked + step
            console.wait_until(lambda due=due: console.ask("pulls") >= due, "a look at the engine")  # type: ignore[misc]
        # Sixteen looks are four seconds.
        assert 0 < (len(console.sent) - sent) / 4 <= 2000


def test_text_of_others_arrives_harmless_and_unstyled(console: PtyConsole) -> None:
    console.ask("log", "[bold red]not markup[/] [link=x]")
    console.wait_for("[bold red]not markup[/] [link=x]")


def test_keys_typed_ahead_go_to_the_dialog_that_the_first_opens(console: PtyConsole) -> None:
    console.press("jjsyyj")
    console.wait_for("running")
    console.wait_for("› · never run")
    assert console.ask("commands") == [["start", ["webshop-articles"]]]
    console.press("?q" * 20 + "sn" * 20 + "x" + "sn" * 20 + "kkk" + "?q")
    console.settle()
    assert console.screen.display[0].startswith("Pendel")
    assert console.screen.display[2].startswith("› ✓ succeeded")
    assert console.ask("commands") == [["start", ["webshop-articles"]]]


def test_runs_show_their_progress(console: PtyConsole) -> None:
    console.ask("begin", "erp-files")
    console.ask("progress", "erp-files", 45, 100)
    console.wait_for("running 45%")
    assert "1 running" in console.screen.display[0]


def test_resize_down_to_40_by_10_and_back(console: PtyConsole) -> None:
    console.resize(40, 10)
    console.wait_until(lambda: "q Quit" in console.screen.display[9], "the key bar in the last line")
    assert "× failed" in console.text
    console.resize(120, 40)
    console.wait_until(lambda: "q Quit" in console.screen.display[39], "the key bar in the last line")
    console.wait_until(lambda: "── clean-up · system" in console.screen.display[1], "the details beside the list")


def test_locale_without_utf_8_gets_ascii_only(tmp_path: Path) -> None:
    with PtyConsole(tmp_path, env={"LANG": "C"}) as console:
        console.wait_for("q Quit")
        console.wait_for("x failed")
        console.press("?")
        console.wait_for("esc Back")
        console.press("\x1b")
        console.wait_for("q Quit")
        console.press(":")
        console.wait_for("screen.tasks")
        console.press("dry run")
        console.wait_for("task.dry_run")
        console.settle()
        assert bytes(console.sent).isascii()


def test_latin_1_locale_gets_its_letters(tmp_path: Path) -> None:
    with PtyConsole(tmp_path, env={"LANG": "de_DE.ISO-8859-1"}) as console:
        console.wait_for("q Quit")
        console.press("G")
        console.wait_until(lambda: b"Z\xfcrich" in console.sent, "Zürich in Latin-1")


def test_no_color_sends_no_colours(tmp_path: Path) -> None:
    with PtyConsole(tmp_path, env={"NO_COLOR": "1"}) as console:
        console.wait_for("q Quit")
        console.press("s")
        console.wait_for("Cancel (n)")
        console.settle()
        codes = {code for part in bytes(console.sent).split(b"\x1b[")[1:] for code in _style_codes(part)}
        assert not codes & {b"%d" % code for code in (*range(30, 39), *range(40, 49), *range(90, 108))}


def _style_codes(part: bytes) -> list[bytes]:
    body, found, _ = part.partition(b"m")
    return body.split(b";") if found and body.replace(b";", b"").isdigit() else []


# -- the end ------------------------------------------------------------------------------------------------------


def test_quit_restores_the_terminal(console: PtyConsole) -> None:
    assert console.modes != console.modes_before
    console.press("q")
    assert console.wait_for_end() == 0
    assert console.modes == console.modes_before
    assert restored(console)
    assert console.reported()["commands"] == [["shutdown", "wait"]]


def test_ctrl_c_is_quit(console: PtyConsole) -> None:
    console.press("\x03")
    assert console.wait_for_end() == 0


def test_sigterm_restores_the_terminal_and_stops_the_runs(console: PtyConsole) -> None:
    console.ask("begin", "erp-files")
    console.signal(signal.SIGTERM)
    assert console.wait_for_end() == 0
    assert console.modes == console.modes_before
    assert restored(console)
    assert "Stopping 1 run" in console.text
    assert console.reported()["commands"] == [["shutdown", "stop"]]


@pytest.mark.parametrize(("on_hangup", "done"), [("finish", "wait"), ("stop", "stop")])
def test_sighup_ends_as_the_setting_says(tmp_path: Path, on_hangup: str, done: str) -> None:
    with PtyConsole(tmp_path, on_hangup=on_hangup) as console:
        console.wait_for("q Quit")
        console.signal(signal.SIGHUP)
        assert console.wait_for_end() == 0
        assert console.reported()["commands"] == [["shutdown", done]]


@pytest.mark.parametrize(("on_hangup", "done"), [("finish", "wait"), ("stop", "stop")])
def test_vanished_terminal_ends_as_the_setting_says(tmp_path: Path, on_hangup: str, done: str) -> None:
    with PtyConsole(tmp_path, on_hangup=on_hangup) as console:
        console.wait_for("q Quit")
        console.hang_up()
        assert console.process.wait(timeout=PATIENCE) == 0
        assert console.reported()["commands"] == [["shutdown", done]]


def test_vanished_terminal_can_leave_the_engine_at_work_until_sigterm(tmp_path: Path) -> None:
    with PtyConsole(tmp_path, on_hangup="keep") as console:
        console.wait_for("q Quit")
        console.hang_up()
        while "terminal-output" in console.ask("threads"):
            pass
        assert console.ask("commands") == []
        console.signal(signal.SIGTERM)
        assert console.process.wait(timeout=PATIENCE) == 0
        assert console.reported()["commands"] == [["shutdown", "stop"]]


@pytest.mark.parametrize("place", ["before Runner.close", "after Runner.close", "after Runner.run"])
def test_sigterm_after_the_terminal_vanished_is_not_lost_while_the_loop_closes(tmp_path: Path, place: str) -> None:
    with PtyConsole(tmp_path, on_hangup="keep", env={"SIGTERM_AT": place}) as console:
        console.wait_for("q Quit")
        console.hang_up()
        assert console.process.wait(timeout=PATIENCE) == 0
        assert console.reported()["commands"] == [["shutdown", "stop"]]


def test_sigterm_before_the_console_is_drawn_is_not_lost(tmp_path: Path) -> None:
    with PtyConsole(tmp_path, env={"SIGTERM_AT": "before Runner.run"}) as console:
        assert console.wait_for_end() == 0
        assert console.modes == console.modes_before
        assert console.reported()["commands"] == [["shutdown", "stop"]]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_waiting_for_runs_is_broken_off_by_a_signal(tmp_path: Path, number: signal.Signals) -> None:
    with PtyConsole(tmp_path, on_hangup="finish") as console:
        console.wait_for("q Quit")
        console.ask("begin", "erp-files")
        console.wait_for("1 running")
        console.signal(signal.SIGHUP)
        console.ask("await_shutdown")
        console.signal(signal.SIGHUP)
        console.signal(number)
        assert console.wait_for_end() == 0
        assert console.reported()["commands"] == [["shutdown", "wait"], ["shutdown", "stop"]]


def test_a_stop_that_takes_too_long_can_be_ended_by_asking_again(console: PtyConsole) -> None:
    console.ask("begin", "erp-files")
    console.ask("hold")
    console.signal(signal.SIGTERM)
    console.wait_for("Stopping 1 run…")
    console.signal(signal.SIGTERM)
    console.wait_for("Stopping…")
    console.signal(signal.SIGTERM)
    assert console.wait_for_end() == -signal.SIGTERM
    assert console.modes == console.modes_before


def test_fault_of_a_screen_is_told_in_a_sentence_and_the_engine_closed_in_order(console: PtyConsole) -> None:
    console.ask("crash")
    assert console.wait_for_end() == 1
    assert console.modes == console.modes_before
    assert restored(console)
    assert "The console ended by a fault of its own: AttributeError" in console.text
    assert "Traceback" not in console.text
    assert console.reported()["commands"][-1] == ["shutdown", "wait"]


# -- a terminal that does not read --------------------------------------------------------------------------------


def flood(console: PtyConsole) -> None:
    """Press keys that repaint everything, without reading, until far more was drawn than any buffer takes."""
    for _ in range(60):
        looked = console.ask("pulls")
        console.press("?")
        console.press("q")
        while console.ask("pulls") < looked + 1:
            pass


def test_stalled_terminal_does_not_hold_the_console_up(tmp_path: Path) -> None:
    with PtyConsole(tmp_path, size=(200, 60)) as console:
        console.wait_for("q Quit")
        flood(console)
        # It still looks at its engine, and knows where it is once the terminal reads again.
        console.press("G")
        console.ask("begin", "erp-files")
        console.wait_for("1 running")
        console.settle()
        assert "› ! warnings" in console.text


def test_stalled_terminal_does_not_keep_sigterm_from_ending_it(tmp_path: Path) -> None:
    with PtyConsole(tmp_path, size=(200, 60)) as console:
        console.wait_for("q Quit")
        flood(console)
        console.signal(signal.SIGTERM)
        assert console.process.wait(timeout=PATIENCE) == 0
        assert console.modes == console.modes_before
        assert console.reported()["commands"] == [["shutdown", "stop"]]


# -- suspend ------------------------------------------------------------------------------------------------------


def stopped(console: PtyConsole) -> bool:
    return Path(f"/proc/{console.process.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"


def test_suspend_gives_the_terminal_back_and_fg_draws_it_again(console: PtyConsole) -> None:
    console.press("\x1a")
    console.wait_until(lambda: stopped(console), "the process to stand still")
    console.drain()
    assert console.modes == console.modes_before
    assert restored(console)
    console.screen.reset()
    console.signal(signal.SIGCONT)
    console.wait_for("q Quit")
    console.wait_for("× failed")
    console.press("G")
    console.wait_for("› ! warnings")
    console.press("q")
    assert console.wait_for_end() == 0
    assert console.modes == console.modes_before


# -- before the start ---------------------------------------------------------------------------------------------

OPEN = "import sys; from tui.main import run_console; sys.exit(run_console(lambda: sys.exit('engine opened')))"


def test_without_a_terminal_it_says_what_to_use_instead() -> None:
    done = subprocess.run(
        [sys.executable, "-c", OPEN], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert "pendel run TASK" in done.stderr
    assert "Traceback" not in done.stderr


def test_dumb_terminal_gets_the_same_answer() -> None:
    master, slave = pty.openpty()
    try:
        done = subprocess.run(
            [sys.executable, "-c", OPEN],
            stdin=slave,
            stdout=slave,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            cwd=ROOT,
            env={**os.environ, "TERM": "dumb"},
        )
        assert done.returncode == 2
        assert "'dumb'" in done.stderr
        assert "pendel list" in done.stderr
        assert termios.tcgetattr(slave)
    finally:
        os.close(master)
        os.close(slave)
