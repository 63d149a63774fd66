"""What the parts of a run say where there is little to show: no widget, no engine."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.engine.api import LogLine, RunView
from core.engine.api.history import FieldDifference, RunDetails, SampleRecord
from core.runs import Counts, Level, RunState, Trigger
from tui.keymap import Keymap
from tui.run_parts import log_lines, reject_lines, sample_lines
from tui.run_words import counts_table, next_steps
from tui.widgets.rows import text_of
from tui.words import UNICODE

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
DRY_RUN = RunView(
    id=7,
    task="books",
    state=RunState.SUCCEEDED,
    trigger=Trigger.MANUAL,
    requested_by="anna (pts/3)",
    queued_at=NOW,
    started_at=NOW,
    type="flow",
    dry_run=True,
)
OWN_KEYS = Keymap({"screen.flows": ("f8",), "run.activity": ("f9",), "flow.open": ("f6",)})


def samples(run: RunView, details: RunDetails | None = None) -> str:
    lines = sample_lines(run, details, width=100, signs=UNICODE, key_of=OWN_KEYS.name)
    return "\n".join(text_of(line) for line in lines)


@pytest.mark.parametrize(
    ("run", "said"),
    [
        (replace(DRY_RUN, type="import"), "It would touch no record."),
        (replace(DRY_RUN, type="import", state=RunState.RUNNING), "It has shown no record yet."),
        (
            replace(DRY_RUN, type="update-contacts", counts=Counts(new=8)),
            "f9 shows the records that it would send, with the requests,",
        ),
        (replace(DRY_RUN, type="import-etim", counts=Counts(changed=8)), "the counts say how many"),
    ],
)
def test_a_dry_run_without_samples_never_says_that_it_touches_nothing_where_it_does(run: RunView, said: str) -> None:
    assert said in samples(run)


def test_samples_of_several_files_are_told_by_file() -> None:
    shown = [
        SampleRecord("written", f"A{number}", (FieldDifference("number", None, f"A{number}"),), entity=file)
        for number, file in enumerate(["articles.csv", "articles.csv", "shelves.csv"])
    ]
    run = replace(DRY_RUN, type="csv-export", counts=Counts(written=6457))
    details = RunDetails(
        run=run,
        attempts=1,
        archive_confirmed=False,
        forced=False,
        files=(),
        samples=tuple(shown),
        rejects_kept=0,
        send_again="",
        reverted_by=None,
        arrived=(),
        parts=(),
    )
    assert samples(run, details).splitlines() == [
        "Would be written, articles.csv: the first 2 records",
        "  A0",
        "    number: A0",
        "  A1",
        "    number: A1",
        "Would be written, shelves.csv: the first 1 record",
        "  A2",
        "    number: A2",
    ]


@pytest.mark.parametrize(
    ("dry_run", "said", "step"),
    [
        (False, "sent or could not send", "f8, then f6, is where they are sent again."),
        (True, "would send, with the requests", "why some would fail."),
    ],
)
def test_what_a_flow_could_not_send_is_no_reject(dry_run: bool, said: str, step: str) -> None:
    run = replace(DRY_RUN, type="flow", state=RunState.WARNINGS, dry_run=dry_run, counts=Counts(read=9, rejected=2))
    title, told, *_ = [text_of(line) for line in reject_lines(run, None, [], width=100, key_of=OWN_KEYS.name)]
    assert title == "2 records not sent"
    assert told.startswith(f"f9 shows the records that it {said}")
    (only,) = next_steps(run, OWN_KEYS.name)
    assert only.startswith("f9 shows ")
    assert only.endswith(step)


def test_the_counts_of_a_flow_speak_of_no_files() -> None:
    run = replace(DRY_RUN, counts=Counts(read=9, new=7, rejected=2))
    assert counts_table(run) == [
        "read      9  came from the source",
        "new       7  were not at the target before",
        "rejected  2  could not be sent",
    ]
    assert counts_table(replace(run, type="etl"))[0] == "read      9  accepted from the files"


def test_the_log_names_the_key_that_fetches_what_was_before() -> None:
    line = LogLine(1, NOW, Level.INFO, "Began.")
    first, *_ = log_lines([line], earlier="f6", width=80, zone=UTC)
    assert text_of(first) == "… earlier lines: f6 fetches them"
    assert len(log_lines([line], earlier="", width=80, zone=UTC)) == 1
