"""Which run that is going does what is due."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.engine.active import ActiveRun
from core.runs import RunState, Trigger

DUE = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
EARLIER = DUE - timedelta(minutes=1)
QUEUED = ActiveRun(1, "a", "import", Trigger.MANUAL, "anna", EARLIER)


@pytest.mark.parametrize(
    ("run", "serves"),
    [
        (QUEUED, True),
        (replace(QUEUED, state=RunState.WAITING), True),
        (replace(QUEUED, state=RunState.RUNNING, started_at=DUE), True),
        (replace(QUEUED, state=RunState.RUNNING, started_at=EARLIER), False),
        # It ended while somebody asked.
        (replace(QUEUED, state=RunState.SUCCEEDED, started_at=DUE), True),
        (replace(QUEUED, state=RunState.SUCCEEDED, started_at=EARLIER), False),
        (replace(QUEUED, state=RunState.STOPPING, started_at=DUE), False),
        (replace(QUEUED, dry_run=True), False),
        (replace(QUEUED, resuming=True), False),
        (replace(QUEUED, trigger=Trigger.REVERT), False),
    ],
)
def test_a_run_that_begins_no_earlier_does_what_is_due(run: ActiveRun, serves: bool) -> None:
    assert run.serves(DUE) is serves
