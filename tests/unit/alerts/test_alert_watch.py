from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.alert_site import TO_OPS, AlertSite, alert_config
from support.engine_desk import NOW, Time, import_task

from core.engine.api import TaskView
from core.runs import RunState, Trigger
from core.store.journal import Journal
from core.store.journal.occurrences import Occurrence

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

FAILED, SKIPPED, GOOD = RunState.FAILED, RunState.SKIPPED, RunState.SUCCEEDED
QUIET = TO_OPS.replace("[alerts]", '[alerts]\nquiet = { from = "06:00", until = "09:00" }')


def test_a_failure_is_told_once_with_its_reason_and_its_end_with_the_count(site: Callable[..., AlertSite]) -> None:
    place = site()
    first = place.ran("a", FAILED, "The supplier's server does not answer.")
    place.look()
    for _ in range(4):
        place.ran("a", FAILED, "Again.")
        place.look()
    last = place.ran("a", GOOD, "12 changed.")
    place.look()
    place.ran("a")
    place.look()
    trouble, well = place.alerts()
    assert (trouble.task, trouble.outcome, well.outcome) == ("a", "failed", "well")
    assert trouble.title.startswith("a failed (")
    assert trouble.text == f"a\nRun {first}, Fri 2026-11-20 07:01: The supplier's server does not answer."
    assert well.text == (
        f"a\nIt failed 5 times since Fri 2026-11-20 07:01.\nRun {last}, Fri 2026-11-20 07:06: 12 changed."
    )


def test_a_new_streak_is_told_again(site: Callable[..., AlertSite]) -> None:
    place = site()
    for state in (FAILED, GOOD, FAILED, FAILED, GOOD):
        place.ran("a", state)
        place.look()
    assert place.told() == [("a", "failed"), ("a", "well"), ("a", "failed"), ("a", "well")]


def test_what_ended_between_two_looks_is_told_in_order(site: Callable[..., AlertSite]) -> None:
    place = site()
    for state in (FAILED, GOOD, FAILED):
        place.ran("a", state)
    place.look()
    assert place.told() == [("a", "failed"), ("a", "well"), ("a", "failed")]


def test_a_streak_lasts_over_a_restart(
    site: Callable[..., AlertSite], workspace: Callable[..., Path], tmp_path: Path
) -> None:
    place = site()
    place.ran("a", FAILED)
    place.look()
    place.ran("a", FAILED)
    again = Journal(tmp_path / "journal.sqlite")
    later = AlertSite(tmp_path / "config.toml", again, place.time)
    later.look()
    later.ran("a")
    later.look()
    assert later.told() == [("a", "failed"), ("a", "well")]
    assert "failed 2 times" in later.alerts()[-1].text
    again.close()


def test_stopped_runs_dry_runs_and_reverts_say_nothing(site: Callable[..., AlertSite]) -> None:
    place = site()
    place.ran("a", RunState.STOPPED)
    place.end(place.begin("a", trigger=Trigger.MANUAL, dry_run=True), FAILED)
    place.end(place.begin("a", trigger=Trigger.REVERT), FAILED)
    place.ran("a", FAILED)
    place.end(place.begin("a", trigger=Trigger.MANUAL, dry_run=True), GOOD)
    place.end(place.begin("a", trigger=Trigger.REVERT), GOOD)
    place.look()
    assert place.told() == [("a", "failed")]


def test_a_skipped_moment_is_told_unless_a_later_run_makes_up_for_it(site: Callable[..., AlertSite]) -> None:
    place = site()
    place.journal.occurrences.add([Occurrence("a", NOW, skipped="run 7 of the task has not ended")])
    place.journal.occurrences.add([Occurrence("b", NOW - timedelta(hours=1), skipped="passed over")])
    place.ran("b")
    place.look()
    place.look()
    assert place.told() == [("a", "skipped")]
    assert "run 7 of the task has not ended" in place.alerts()[0].text


def test_a_run_that_was_skipped_counts_once(site: Callable[..., AlertSite]) -> None:
    place = site()
    run = place.begin("a")
    place.end(run, SKIPPED, "Skipped: b failed.")
    place.journal.occurrences.skip(run, "Skipped: b failed.")
    place.look()
    assert place.told() == [("a", "skipped")]
    assert place.journal.tallies.sums()["a"] == {"skipped": 1}


def test_a_long_run_is_told_while_it_goes_and_its_end_too(site: Callable[..., AlertSite]) -> None:
    place = site(import_task("a", alerts="{ long_minutes = 30 }"))
    run = place.begin("a")
    place.time.move(minutes=29)
    place.look()
    assert place.told() == []
    place.time.move(minutes=1)
    place.look()
    place.look()
    assert place.told() == [("a", "long")]
    assert "It has been running for 30 min." in place.alerts()[0].text
    place.end(run)
    place.look()
    assert place.told() == [("a", "long"), ("a", "well")]
    assert "took long" in place.alerts()[1].text


def test_a_task_that_was_due_and_did_not_succeed_for_too_long_is_overdue(site: Callable[..., AlertSite]) -> None:
    place = site(import_task("a", alerts='{ on = ["overdue"], overdue_hours = 26 }'))
    place.ran("a")
    place.time.move(hours=24)
    place.ran("a", FAILED)
    place.look()
    assert place.told() == []
    place.time.move(hours=3)
    place.look()
    place.look()
    assert place.told() == [("a", "overdue")]
    assert "It has not succeeded for 1 d 3 h." in place.alerts()[0].text
    place.ran("a")
    place.look()
    assert place.told() == [("a", "overdue"), ("a", "well")]


def test_a_task_that_was_not_due_is_not_overdue_nor_one_that_is_off_or_by_hand(
    site: Callable[..., AlertSite],
) -> None:
    rule = "{ overdue_hours = 1 }"
    place = site(
        import_task("weekly", frequency='kind = "weekly", day = "friday", at = "07:00"', alerts=rule),
        import_task("off", active="false", alerts=rule),
        import_task("by-hand", frequency='kind = "manual"', alerts=rule),
    )
    for task in place.tasks:
        place.ran(task)
    place.time.move(hours=7 * 24)
    place.look()
    run = place.begin("weekly")
    place.begin("by-hand")
    place.begin("off")
    place.time.move(minutes=10)
    place.look()
    assert place.told() == []
    place.end(run)
    place.look()
    assert place.told() == []


def test_everybody_who_is_named_is_told_and_nobody_twice(site: Callable[..., AlertSite]) -> None:
    alerts = '[alerts]\nto = ["x", "y", "x"]\n[alerts.targets]\nx = { url = "json://x" }\ny = { command = ["true"] }\n'
    place = site(import_task("a"), import_task("b", alerts="false"), alerts=alerts)
    place.ran("a", FAILED)
    place.ran("b", FAILED)
    place.look()
    assert [(alert.task, alert.target) for alert in place.alerts()] == [("a", "x"), ("a", "y")]


def test_quiet_hours_hold_what_is_not_urgent(site: Callable[..., AlertSite]) -> None:
    place = site(import_task("a"), import_task("b", alerts="{ urgent = true }"), alerts=QUIET)
    place.ran("a", FAILED)
    place.ran("b", FAILED)
    place.look()
    held, urgent = place.alerts()
    assert held.not_before == NOW.replace(hour=9)
    assert urgent.not_before == place.time()
    assert [alert.task for alert in place.journal.outbox.due("ops", now=place.time(), limit=9)] == ["b"]
    place.time.move(hours=2)
    assert [alert.task for alert in place.journal.outbox.due("ops", now=place.time(), limit=9)] == ["a", "b"]


def test_a_task_that_is_gone_has_no_trouble(site: Callable[..., AlertSite]) -> None:
    place = site()
    place.ran("a", FAILED)
    place.look()
    del place.tasks["a"]
    place.ran("a")
    place.look()
    assert place.told() == [("a", "failed")]
    assert place.journal.streaks.all() == {}


def test_alerts_that_are_switched_on_later_do_not_tell_of_the_past(
    site: Callable[..., AlertSite], workspace: Callable[..., Path]
) -> None:
    place = site(alerts="")
    place.ran("a", FAILED)
    place.look()
    place.look(reload=alert_config(workspace))
    assert place.told() == []
    place.ran("a", FAILED)
    place.look()
    assert place.told() == [("a", "failed")]


def test_no_message_holds_a_secret(site: Callable[..., AlertSite]) -> None:
    place = site()
    place.ran("a", FAILED, "The login with swordfish was refused.\x1b[31m")
    place.look()
    assert "[secret] was refused.\\x1b[31m" in place.alerts()[0].text


def test_the_digest_tells_of_a_day_once(site: Callable[..., AlertSite]) -> None:
    place = site(alerts=TO_OPS.replace("[alerts]", '[alerts]\ndigest = "07:30"'), engine="")
    views = [
        TaskView("a", "import", "A", True, 10, "daily", False, NOW + timedelta(days=1), None, None),
        TaskView("b", "import", "B", False, 10, "daily", False, None, None, None),
    ]
    place.ran("a", FAILED, "No file.")
    place.ran("b")
    place.look()
    place.watch.tell_digest(place.config, views)
    assert place.told() == [("a", "failed")]
    place.time.move(minutes=28)
    for _ in range(2):
        place.watch.tell_digest(place.config, views)
    assert place.told() == [("a", "failed"), ("", "digest")]
    assert place.alerts()[1].text == (
        "Runs: 1 failed and 1 succeeded.\n\nFailed:\n  a: No file.\n\n"
        "In trouble:\n  a failed, since Fri 2026-11-20 07:01\n\nOff:\n  b\n\nNext:\n  Sat 2026-11-21 07:00 a"
    )
    place.time.move(days=1)
    place.watch.tell_digest(place.config, views)
    assert place.alerts()[2].text.startswith("Nothing ran.")


STATES = st.sampled_from([FAILED, SKIPPED, GOOD, RunState.WARNINGS, RunState.STOPPED])
STEPS = st.lists(st.tuples(st.sampled_from("ab"), STATES, st.booleans()), max_size=25)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(steps=STEPS)
def test_every_streak_is_told_once_and_so_is_its_end(
    steps: list[tuple[str, RunState, bool]], tmp_path_factory: pytest.TempPathFactory, workspace: Callable[..., Path]
) -> None:
    journal = Journal(tmp_path_factory.mktemp("journal") / "journal.sqlite")
    place = AlertSite(alert_config(workspace), journal, Time())
    expected: list[tuple[str, str]] = []
    open_kinds: dict[str, Counter[str]] = {"a": Counter(), "b": Counter()}
    counts: list[int] = []
    for task, state, looks in steps:
        place.ran(task, state)
        if state.good:
            if open_kinds[task]:
                expected.append((task, "well"))
                counts.append(max(open_kinds[task].values()))
                open_kinds[task].clear()
        elif state is not RunState.STOPPED:
            if not open_kinds[task][state.value]:
                expected.append((task, state.value))
            open_kinds[task][state.value] += 1
        if looks:
            place.look()
    place.look()
    assert place.told() == expected
    ends = [alert.text for alert in place.alerts() if alert.outcome == "well"]
    assert all(f"{most} times" in text for most, text in zip(counts, ends, strict=True) if most > 1)
    left = {task: {kind: one.times for kind, one in kinds.items()} for task, kinds in journal.streaks.all().items()}
    assert left == {task: dict(kinds) for task, kinds in open_kinds.items() if kinds}
    journal.close()
