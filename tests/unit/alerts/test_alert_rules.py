from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.alert_site import TO_OPS, alert_config
from support.engine_desk import import_task

from core.config.alerts import Quiet
from core.config.load import load
from core.engine.alerts.rules import held_until, rule_of
from core.errors import ConfigError
from core.planning.local_time import moment_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from core.engine.alerts.rules import Rule

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
NIGHT = Quiet.model_validate({"from": "22:00", "until": "06:30"})
NOON = Quiet.model_validate({"from": "12:00", "until": "13:00"})


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=AMSTERDAM)


@pytest.mark.parametrize(
    ("quiet", "moment", "told"),
    [
        (NIGHT, "2026-11-20T21:59", "2026-11-20T21:59"),
        (NIGHT, "2026-11-20T22:00", "2026-11-21T06:30"),
        (NIGHT, "2026-11-21T00:00", "2026-11-21T06:30"),
        (NIGHT, "2026-11-21T06:29", "2026-11-21T06:30"),
        (NIGHT, "2026-11-21T06:30", "2026-11-21T06:30"),
        (NOON, "2026-11-20T12:59", "2026-11-20T13:00"),
        (NOON, "2026-11-20T13:00", "2026-11-20T13:00"),
        (NOON, "2026-11-20T11:59", "2026-11-20T11:59"),
        (None, "2026-11-20T23:00", "2026-11-20T23:00"),
        # The clocks go forward in this night, and back in that one.
        (NIGHT, "2026-03-28T23:00", "2026-03-29T06:30"),
        (NIGHT, "2026-10-24T23:00", "2026-10-25T06:30"),
    ],
)
def test_quiet_hours_hold_until_their_end(quiet: Quiet | None, moment: str, told: str) -> None:
    assert held_until(local(moment), quiet, AMSTERDAM) == local(told)


TIMES = st.times().map(lambda value: value.replace(second=0, microsecond=0))


@given(
    st.integers(0, 366 * 24 * 60).map(lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)),
    st.tuples(TIMES, TIMES).filter(lambda times: times[0] != times[1]),
)
def test_what_is_held_is_told_within_a_day_and_never_before_it_came_up(
    moment: datetime, times: tuple[time, time]
) -> None:
    quiet = Quiet.model_validate({"from": times[0], "until": times[1]})
    told = held_until(moment, quiet, AMSTERDAM)
    assert moment <= told <= moment + timedelta(hours=25)
    days = (moment.astimezone(AMSTERDAM).date() + timedelta(days=more) for more in (0, 1))
    assert told == moment or told in [moment_of(day, times[1], AMSTERDAM)[0] for day in days]


def rule(workspace: Callable[..., Path], of_task: str, alerts: str) -> Rule:
    task = import_task("a", alerts=of_task) if of_task else import_task("a")
    config = load(alert_config(workspace, task, alerts=alerts))
    return rule_of(config.task("a"), config.alerts)


def test_a_task_follows_the_rules_for_all(workspace: Callable[..., Path]) -> None:
    found = rule(workspace, "", TO_OPS)
    assert found.kinds == {"failed", "skipped", "overdue", "long"}
    assert (found.to, found.long, found.overdue, found.urgent) == (("ops",), None, None, False)


def test_a_task_has_its_own_rules_where_it_says_so(workspace: Callable[..., Path]) -> None:
    alerts = TO_OPS.replace("[alerts]", "[alerts]\nlong_minutes = 10\noverdue_hours = 26")
    found = rule(workspace, '{ on = ["failed"], overdue_hours = 0.5, urgent = true }', alerts)
    assert found.kinds == {"failed"}
    assert (found.to, found.urgent) == (("ops",), True)
    assert (found.long, found.overdue) == (timedelta(minutes=10), timedelta(minutes=30))
    assert not found.tells("skipped")


@pytest.mark.parametrize("written", ["false", "{ muted = true }"])
def test_the_alerts_of_a_task_can_be_switched_off(workspace: Callable[..., Path], written: str) -> None:
    found = rule(workspace, written, TO_OPS.replace("[alerts]", "[alerts]\noverdue_hours = 1"))
    assert not found.tells("failed")
    assert found.overdue is None


@pytest.mark.parametrize(
    ("alerts", "said"),
    [
        ('[alerts]\nto = ["opz"]\ntargets = { ops = { url = "json://x" } }', "did you mean 'ops'"),
        ('[alerts.targets.ops]\nurl = "json://me:swordfish@host"', "a secret never stands in this file"),
        ('[alerts.targets.ops]\nurl = "mailto://me@host?pass=swordfish"', "a secret never stands in this file"),
        ('[alerts.targets.ops]\nurl = "slack://swordfish/swordfish/swordfish"', "hold a secret"),
        ('[alerts.targets.ops]\nsecret_url = "slack://swordfish"', "a secret never stands in this file"),
        ('[alerts.targets.ops]\nurl = "host"', "the address of a service is needed"),
        ('[alerts.targets.ops]\nurl = "json://x"\ncommand = ["x"]', "exactly one of"),
        ("[alerts.targets.ops]\ntimeout = 3", "exactly one of"),
        ('[alerts]\nquiet = { from = "22:00", until = "22:00" }', "end when they begin"),
        ('[monitoring]\nheartbeat_url = "https://me:swordfish@host/"', "a secret never stands in this file"),
        ('[monitoring]\nheartbeat_url = "ftp://swordfish/"', "heartbeat_url"),
        ('[monitoring]\nmetrics_file = "metrics.txt"', ".prom"),
    ],
)
def test_what_is_wrong_is_said_without_the_secret(workspace: Callable[..., Path], alerts: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(alert_config(workspace, alerts=alerts))
    assert said in str(caught.value)
    assert "swordfish" not in str(caught.value)


def test_a_task_names_targets_that_there_are(workspace: Callable[..., Path]) -> None:
    with pytest.raises(ConfigError, match="there is no such target"):
        load(alert_config(workspace, import_task("a", alerts='{ to = ["nobody"] }')))
