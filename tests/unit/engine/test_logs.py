from __future__ import annotations

import errno
import io
import logging
import re
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from support.waiting import PATIENCE, wait_until

from core.engine import log_file, log_writing, logs
from core.engine.logs import LOGGER, LogRing, LogSinks, run_log
from core.errors import EngineError, StoreError
from core.redaction import Redactor
from core.runs import Level

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from core.store.journal import Journal
    from core.store.journal.records import LogRow

NOW = datetime(2026, 11, 20, 7, 30, tzinfo=UTC)
CANARY = 'kana"rie\\ 4711/€'


@pytest.fixture
def redactor() -> Redactor:
    redactor = Redactor()
    redactor.add(CANARY)
    return redactor


@pytest.fixture
def sinks(tmp_path: Path, journal: Journal, redactor: Redactor) -> Iterator[LogSinks]:
    sinks = LogSinks(tmp_path / "log", journal, redactor.redact)
    yield sinks
    sinks.close()


def kept(sinks: LogSinks, journal: Journal) -> tuple[list[str], list[str], str]:
    """What stands in the ring, the journal and the file once all is written."""
    sinks.close()
    return (
        [line.text for line in sinks.ring.after(0, 10**6)],
        [line.text for line in journal.logs.latest(limit=10**6)],
        sinks.path.read_text(encoding="utf-8"),
    )


# -- the ring --


def fill(ring: LogRing, count: int) -> None:
    for number in range(count):
        ring.add(NOW, Level.INFO, f"line {number + 1}", "a", 1)


def test_the_ring_tells_what_is_new() -> None:
    ring = LogRing()
    assert (ring.number, ring.after(0, 10)) == (0, [])
    fill(ring, 5)
    assert [line.number for line in ring.after(0, 10)] == [1, 2, 3, 4, 5]
    assert [line.number for line in ring.after(3, 10)] == [4, 5]
    assert [line.number for line in ring.after(0, 2)] == [4, 5], "the latest"
    assert ring.after(5, 10) == ring.after(99, 10) == ring.after(0, 0) == []


def test_the_ring_keeps_the_latest_lines_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "RING_LINES", 100)
    ring = LogRing()
    fill(ring, 1000)
    lines = ring.after(0, 10_000)
    assert [line.number for line in lines] == list(range(901, 1001))
    assert lines[-1].text == "line 1000"
    assert [line.number for line in ring.after(998, 10)] == [999, 1000]


# -- the three places --


def test_a_line_reaches_the_ring_the_journal_and_the_file(sinks: LogSinks, journal: Journal) -> None:
    run_log("supplier-prices", 12).warning("%d of %d", 3, 7)
    LOGGER.info("of the engine")
    LOGGER.debug("not asked for")
    logging.getLogger("core.planning.clock").error("of a part below the engine")
    logging.getLogger("paramiko.transport").warning("of a library")
    logging.getLogger("paramiko.transport").info("chatter")
    ring, in_journal, file = kept(sinks, journal)
    assert ring == in_journal == ["3 of 7", "of the engine", "of a part below the engine"]
    first, second, third, fourth = file.splitlines()
    assert first.endswith("Z warning supplier-prices run 12: 3 of 7")
    assert second.endswith("info    pendel: of the engine")
    assert third.endswith("error   core.planning.clock: of a part below the engine")
    assert fourth.endswith("warning paramiko.transport: of a library")
    (row, *_) = journal.logs.latest()
    assert (row.task, row.run, row.level) == ("supplier-prices", 12, Level.WARNING)
    assert abs((row.at - datetime.now(UTC)).total_seconds()) < PATIENCE


def test_debug_goes_to_the_file_where_it_is_asked_for(tmp_path: Path, journal: Journal) -> None:
    sinks = LogSinks(tmp_path, journal, str, debug=True)
    LOGGER.debug("in detail")
    ring, in_journal, file = kept(sinks, journal)
    assert (ring, in_journal) == ([], [])
    assert "in detail" in file


def test_after_closing_nothing_is_written(sinks: LogSinks, journal: Journal) -> None:
    sinks.close()
    LOGGER.warning("too late")
    logging.getLogger("core.x").warning("too late")
    sinks.close()
    assert kept(sinks, journal) == ([], [], "")


def test_lines_from_outside_cannot_act_on_a_terminal(sinks: LogSinks, journal: Journal) -> None:
    LOGGER.warning("server says: %s", "\x1b[2J\r\nfake line\u202e")
    try:
        raise ValueError("\x1b]0;title\x07")
    except ValueError:
        LOGGER.exception("failed")
    ring, in_journal, file = kept(sinks, journal)
    assert ring == in_journal == ["server says: \\x1b[2J\\x0d\\x0afake line\\u202e", "failed"]
    assert "\x1b" not in file
    assert "\x07" not in file
    assert "\\x1b]0;title" in file
    assert "Traceback" in file


def test_long_lines_are_cut(sinks: LogSinks, journal: Journal) -> None:
    LOGGER.info("x" * 100_000)
    ring, in_journal, file = kept(sinks, journal)
    assert len(ring[0]) == len(in_journal[0]) == log_file.LINE_LENGTH
    assert len(file) < log_file.LINE_LENGTH + 100


def test_a_message_that_does_not_fit_its_arguments_is_logged_as_it_is(sinks: LogSinks, journal: Journal) -> None:
    record = logging.LogRecord("pendel", logging.WARNING, "", 1, "%d files of %s", ("three",), None)
    for handler in (sinks._collector, sinks._file):
        handler.handle(record)
    ring, _, file = kept(sinks, journal)
    assert ring == ["%d files of %s ('three',)"]
    assert "%d files of %s" in file


# -- secrets --


def test_a_secret_reaches_none_of_the_three(sinks: LogSinks, journal: Journal) -> None:
    def connect(password: str) -> None:
        raise OSError(f"login with {password!r} failed")

    LOGGER.info("plain %s", CANARY)
    LOGGER.warning(f"formatted {CANARY}")
    LOGGER.info("nested %s", {"password": CANARY})
    try:
        try:
            connect(CANARY)
        except OSError as error:
            raise RuntimeError(f"chained: {CANARY}") from error
    except RuntimeError:
        LOGGER.exception("with a traceback: %s", CANARY)
        run_log("a", 1).exception("by the log of a run")
    logging.getLogger("paramiko").error("a library shows %s", CANARY)
    # Where the line is cut, no half of a secret is left standing.
    LOGGER.info("%s%s", "x" * (log_file.LINE_LENGTH - 8), CANARY)
    ring, in_journal, file = kept(sinks, journal)
    for place in (*ring, *in_journal, file):
        assert CANARY not in place
        assert "4711" not in place
        assert 'kana"' not in place
    assert file.count("[secret]") >= 5
    assert "Traceback" in file
    assert "\nOSError\n" in file, "no fault says more than what it is"
    assert "\nRuntimeError\n" in file
    assert "connect(" in file, "the place stays"


# -- floods --


def test_a_flood_is_bounded_and_what_was_dropped_is_counted(
    tmp_path: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_writing, "BACKLOG_LINES", 5_000)
    monkeypatch.setattr(log_writing, "LINES_PER_SECOND", 10**9)
    monkeypatch.setattr(logs, "RING_LINES", 1_000)
    entered, go_on = threading.Event(), threading.Event()
    add = journal.logs.add

    def slow(lines: list[LogRow]) -> None:
        entered.set()
        assert go_on.wait(PATIENCE)
        add(lines)

    monkeypatch.setattr(journal.logs, "add", slow)
    sinks = LogSinks(tmp_path, journal, str)
    LOGGER.info("the first")
    assert entered.wait(PATIENCE)
    for number in range(100_000):
        LOGGER.info("line %d", number)
    assert len(sinks._collector._rows.waiting) == 5_000
    assert len(sinks.ring.after(0, 10**6)) == 1_000
    go_on.set()
    _, in_journal, _ = kept(sinks, journal)
    assert in_journal[:2] == ["the first", "line 0"]
    assert len(in_journal) == 1 + 5_000 + 1
    assert in_journal[-1] == "95,000 lines could not be written into the journal; they are in the log file only."


def told_left_out(lines: list[str]) -> int:
    found = [re.match(r"([\d,]+) lines? left out here, and kept nowhere", line) for line in lines]
    return sum(int(match[1].replace(",", "")) for match in found if match)


def test_a_run_that_logs_in_a_loop_is_cut_short_and_what_is_missing_is_told(
    sinks: LogSinks, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_writing, "LINES_PER_SECOND", 50)
    monkeypatch.setattr(logs, "LINES_PER_SECOND", 50)

    def loop(run: int) -> None:
        log = run_log("busy", run)
        for number in range(5_000):
            log.info("line %d", number)

    threads = [threading.Thread(target=loop, args=(run,)) for run in (1, 2, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    run_log("quiet", 4).info("of another run")
    run_log("busy", 1).error("a grave one of a run that floods")
    for lines in (*kept(sinks, journal)[:2], [line.partition(": ")[2] for line in sinks.path.read_text().splitlines()]):
        kept_lines = [line for line in lines if line.startswith("line ")]
        assert len(kept_lines) + told_left_out(lines) == 15_000
        assert len(kept_lines) < 15_000
        assert "of another run" in lines
        assert "a grave one of a run that floods" in lines
    told = [row for row in journal.logs.latest(limit=10**6) if "left out" in row.text]
    assert {(row.task, row.run, row.level) for row in told} <= {("busy", run, Level.WARNING) for run in (1, 2, 3)}


def test_what_was_left_out_is_told_though_nothing_more_is_logged(
    sinks: LogSinks, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_writing, "LINES_PER_SECOND", 3)
    for _ in range(20):
        LOGGER.info("again")
    wait_until(lambda: told_left_out([line.text for line in sinks.ring.after(0, 100)]) > 0, "what was left out")
    lines = [line.text for line in sinks.ring.after(0, 100)]
    assert lines.count("again") + told_left_out(lines) == 20


def test_nobody_who_logs_waits_for_the_journal(
    sinks: LogSinks, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    with journal.transaction():
        # The writing thread cannot get at the journal now.
        for _ in range(100):
            LOGGER.info("while it is held")
        assert sinks.ring.number == 100
    assert len(kept(sinks, journal)[1]) == 100


def test_a_journal_that_cannot_be_written_is_told_of_when_it_can(
    sinks: LogSinks, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    add = journal.logs.add
    refused = threading.Event()

    def full(_: list[LogRow]) -> None:
        refused.set()
        raise StoreError("the disk is full")

    monkeypatch.setattr(journal.logs, "add", full)
    LOGGER.info("one")
    LOGGER.info("two")
    assert refused.wait(PATIENCE)
    with sinks._collector._rows.counting:
        pass
    monkeypatch.setattr(journal.logs, "add", add)
    LOGGER.info("three")
    ring, in_journal, file = kept(sinks, journal)
    assert ring == ["one", "two", "three"]
    assert in_journal[-1].startswith("2 lines could not be written")
    assert file.count("\n") == 3


def test_closing_after_the_journal_loses_no_thread(sinks: LogSinks, journal: Journal) -> None:
    LOGGER.info("x")
    journal.close()
    sinks.close()
    assert not sinks._collector._rows.thread.is_alive()


# -- the file --


def test_the_file_is_rotated(tmp_path: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_file, "FILE_BYTES", 2_000)
    monkeypatch.setattr(log_file, "FILE_COUNT", 3)
    sinks = LogSinks(tmp_path / "log", journal, str)
    for number in range(200):
        LOGGER.info("line %d of the flood", number)
    sinks.close()
    files = sorted(path.name for path in (tmp_path / "log").iterdir())
    assert files == ["pendel.log", "pendel.log.1", "pendel.log.2", "pendel.log.3"]
    assert all(path.stat().st_size <= 2_000 for path in (tmp_path / "log").iterdir())
    assert "line 199" in sinks.path.read_text()


def test_a_file_that_cannot_be_written_says_nothing_over_the_console(
    tmp_path: Path, journal: Journal, capfd: pytest.CaptureFixture[str]
) -> None:
    class Full(io.StringIO):
        def write(self, _: str) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

        def flush(self) -> None:
            self.write("")

    sinks = LogSinks(tmp_path, journal, str)
    full, sinks._file.stream = sinks._file.stream, Full()  # type: ignore[assignment]
    full.close()  # type: ignore[union-attr]
    LOGGER.info("goes on")
    ring, in_journal, _ = kept(sinks, journal)
    assert ring == in_journal == ["goes on"]
    assert capfd.readouterr().err == ""


def test_a_log_file_that_cannot_be_opened_is_an_error_of_ours(tmp_path: Path, journal: Journal) -> None:
    (tmp_path / "log").write_text("a file where a directory should be")
    before = list(LOGGER.handlers)
    with pytest.raises(EngineError, match=r"log/pendel\.log cannot be written"):
        LogSinks(tmp_path / "log", journal, str)
    assert LOGGER.handlers == before
