"""What monitoring reads: the metrics of an engine in Prometheus' text format, for a file.

The format (prometheus.io/docs/instrumenting/exposition_formats, version 0.0.4) is a few lines; the client library would
bring a registry and a web server along.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.runs import RunState
from core.store.journal.tallies import RECORDS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from core.engine.api import TaskView
    from core.store.journal.tallies import Condition

_OUTCOMES = tuple(state.value for state in RunState if state.ended)
Sample = tuple[dict[str, str], float]


@dataclass(frozen=True, slots=True)
class Measured:
    """What the metrics are made of."""

    at: datetime
    alive: bool
    tasks: Sequence[TaskView]
    sums: Mapping[str, Mapping[str, int]]
    """By task: the number of runs by state, and of records by kind (:data:`RECORDS` before it)."""
    conditions: Mapping[str, Condition]
    overdue: Collection[str]


def exposition(measured: Measured) -> str:
    """Return the metrics as text."""
    at, sums, conditions = measured.at, measured.sums, measured.conditions
    known = [task.id for task in measured.tasks]
    states = [task.run.state for task in measured.tasks if task.run is not None]
    going = sum(state in (RunState.RUNNING, RunState.STOPPING) for state in states)
    succeeded = {
        task: condition.succeeded_at for task in known if (condition := conditions.get(task)) and condition.succeeded_at
    }
    lasted = {
        task: condition.seconds
        for task in known
        if (condition := conditions.get(task)) and condition.seconds is not None
    }
    return "".join(
        (
            _metric("pendel_up", "gauge", "Whether the planner and the dispatcher work.", [({}, measured.alive)]),
            _metric("pendel_written_timestamp_seconds", "gauge", "When this was written.", [({}, at.timestamp())]),
            _metric(
                "pendel_runs_total",
                "counter",
                "Runs that ended, by outcome.",
                [
                    ({"task": task, "outcome": state}, sums.get(task, {}).get(state, 0))
                    for task in known
                    for state in _OUTCOMES
                ],
            ),
            _metric(
                "pendel_records_total",
                "counter",
                "Records that runs read, wrote and changed, by kind.",
                [
                    ({"task": task, "kind": name.removeprefix(RECORDS)}, number)
                    for task in known
                    for name, number in sorted(sums.get(task, {}).items())
                    if name.startswith(RECORDS)
                ],
            ),
            _metric(
                "pendel_task_last_run_duration_seconds",
                "gauge",
                "How long the last run of a task took.",
                [({"task": task}, seconds) for task, seconds in lasted.items()],
            ),
            _metric(
                "pendel_task_last_success_timestamp_seconds",
                "gauge",
                "When a task last succeeded.",
                [({"task": task}, moment.timestamp()) for task, moment in succeeded.items()],
            ),
            _metric(
                "pendel_task_since_success_seconds",
                "gauge",
                "Seconds since a task last succeeded.",
                [({"task": task}, (at - moment).total_seconds()) for task, moment in succeeded.items()],
            ),
            _metric(
                "pendel_task_overdue",
                "gauge",
                "Whether a task has not succeeded for longer than it may.",
                [({"task": task}, task in measured.overdue) for task in known],
            ),
            _metric("pendel_runs_going", "gauge", "Runs that are being carried out.", [({}, going)]),
            _metric("pendel_runs_waiting", "gauge", "Runs that wait for their turn.", [({}, len(states) - going)]),
        )
    )


def _metric(name: str, kind: str, meaning: str, samples: Iterable[Sample]) -> str:
    lines = [f"# HELP {name} {meaning}", f"# TYPE {name} {kind}"]
    lines += [f"{name}{_labels(labels)} {float(value):.15g}" for labels, value in samples]
    return "\n".join(lines) + "\n"


def _labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    escaped = {
        name: value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n") for name, value in labels.items()
    }
    return "{" + ",".join(f'{name}="{value}"' for name, value in escaped.items()) + "}"
