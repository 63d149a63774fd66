from __future__ import annotations

from datetime import timedelta

from prometheus_client.parser import text_string_to_metric_families
from support.engine_desk import NOW

from core.engine.alerts.metrics import Measured, exposition
from core.engine.api import RunView, TaskView
from core.runs import RunState, Trigger
from core.store.journal.tallies import Condition

ODD = 'a"b\\c'


def view(task: str, state: RunState | None = None) -> TaskView:
    run = RunView(1, task, state, Trigger.PLANNED, "pendel", NOW) if state else None
    return TaskView(task, "import", task, True, 10, "daily", False, None, run, None)


def read(text: str) -> dict[tuple[str, ...], float]:
    """Return every sample as Prometheus' own parser reads it."""
    families = text_string_to_metric_families(text)
    return {(one.name, *one.labels.values()): one.value for family in families for one in family.samples}


def test_prometheus_reads_what_is_measured() -> None:
    measured = Measured(
        at=NOW,
        alive=True,
        tasks=[view(ODD, RunState.RUNNING), view("b", RunState.WAITING), view("c", RunState.STOPPING), view("d")],
        sums={ODD: {"succeeded": 12_345_678, "failed": 2, "records.new": 7}, "gone": {"failed": 1}},
        conditions={ODD: Condition(NOW - timedelta(minutes=2), 12.5), "b": Condition(None, 3)},
        overdue={"b"},
    )
    found = read(exposition(measured))
    assert found["pendel_up",] == 1
    assert found["pendel_written_timestamp_seconds",] == NOW.timestamp()
    assert found["pendel_runs_total", ODD, "succeeded"] == 12_345_678
    assert found["pendel_runs_total", "b", "failed"] == 0
    assert found["pendel_records_total", ODD, "new"] == 7
    assert found["pendel_task_last_run_duration_seconds", ODD] == 12.5
    assert found["pendel_task_last_success_timestamp_seconds", ODD] == (NOW - timedelta(minutes=2)).timestamp()
    assert found["pendel_task_since_success_seconds", ODD] == 120
    assert ("pendel_task_since_success_seconds", "b") not in found
    assert (found["pendel_task_overdue", "b"], found["pendel_task_overdue", "d"]) == (1, 0)
    assert (found["pendel_runs_going",], found["pendel_runs_waiting",]) == (2, 1)
    assert not [names for names in found if "gone" in names]


def test_an_engine_that_hangs_is_down() -> None:
    assert read(exposition(Measured(NOW, False, [], {}, {}, ())))["pendel_up",] == 0
