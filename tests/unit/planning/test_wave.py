from __future__ import annotations

from graphlib import CycleError
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.planning.wave import Member, Wave
from core.runs import RunState

if TYPE_CHECKING:
    import random

OK, BAD = RunState.SUCCEEDED, RunState.FAILED


def starts(wave: Wave, limit: int | None = None) -> list[str]:
    return [decision.task for decision in wave.ready(limit) if decision.action == "start"]


def test_a_higher_number_waits_for_all_lower_ones_whatever_their_outcome() -> None:
    wave = Wave([Member("c", 20), Member("a", 10), Member("b", 10)])
    assert starts(wave) == ["a", "b"]
    assert starts(wave) == []
    wave.ended("a", BAD)
    assert starts(wave) == []
    wave.ended("b", OK)
    assert starts(wave) == ["c"]
    assert not wave.done
    wave.ended("c", OK)
    assert wave.done


def test_a_waiting_task_says_what_it_waits_for() -> None:
    wave = Wave([*(Member(f"low-{n}", 10) for n in range(1, 6)), Member("high", 20)])
    wave.ready()
    decision = wave.decision("high")
    assert decision is not None
    assert decision.action == "wait"
    assert decision.waits_for == ("low-1", "low-2", "low-3")
    assert decision.reason == "waits for low-1, low-2, low-3 and 2 more: sequence 10 goes first"
    assert wave.decision("low-1") is None


def test_user_tasks_wait_for_system_tasks_of_the_wave() -> None:
    wave = Wave([Member("user", 0), Member("clean-up", 900, system=True)])
    assert starts(wave) == ["clean-up"]
    decision = wave.decision("user")
    assert decision is not None
    assert decision.reason == "waits for clean-up: system tasks go first"
    wave.ended("clean-up", BAD)
    assert starts(wave) == ["user"]


def test_user_tasks_wait_for_system_tasks_of_earlier_and_of_later_waves() -> None:
    wave = Wave([Member("a", 10), Member("b", 10)], held_by=["backup"])
    assert starts(wave) == []
    decision = wave.decision("a")
    assert decision is not None
    assert decision.reason == "waits for backup: system tasks go first"
    wave.ended("backup", OK)
    assert starts(wave, limit=1) == ["a"]
    wave.hold(["clean-up"])
    assert starts(wave) == []
    wave.ended("clean-up", OK)
    assert starts(wave) == ["b"]


def test_after_orders_tasks_of_equal_number() -> None:
    wave = Wave([Member("b", 10, after=("a", "not-in-this-wave")), Member("a", 10)])
    assert starts(wave) == ["a"]
    decision = wave.decision("b")
    assert decision is not None
    assert decision.reason == "waits for a, which it comes after"
    wave.ended("a", OK)
    assert starts(wave) == ["b"]


@pytest.mark.parametrize("outcome", [RunState.FAILED, RunState.STOPPED, RunState.SKIPPED])
def test_a_task_after_one_that_did_not_succeed_is_skipped_and_so_is_what_follows(outcome: RunState) -> None:
    wave = Wave([Member("a", 10), Member("b", 20, after=("a",)), Member("c", 20, after=("b",)), Member("d", 30)])
    wave.ready()
    wave.ended("a", outcome)
    decisions = wave.ready()
    assert [(decision.task, decision.action) for decision in decisions] == [
        ("b", "skip"),
        ("c", "skip"),
        ("d", "start"),
    ]
    assert decisions[0].reason == f"it comes after a ({outcome})"
    assert decisions[1].reason == "it comes after b (skipped)"


@pytest.mark.parametrize(
    ("outcome", "on_failure", "action"),
    [(RunState.WARNINGS, "skip", "start"), (RunState.FAILED, "run", "start"), (RunState.FAILED, "skip", "skip")],
)
def test_what_happens_after_an_outcome(outcome: RunState, on_failure: str, action: str) -> None:
    wave = Wave([Member("a", 10), Member("b", 20, after=("a",), on_failure="run" if on_failure == "run" else "skip")])
    wave.ready()
    wave.ended("a", outcome)
    assert [decision.action for decision in wave.ready()] == [action]


def test_a_task_after_one_with_a_higher_number_takes_its_place() -> None:
    wave = Wave([Member("early", 10, after=("late",)), Member("late", 20), Member("last", 30)])
    assert starts(wave) == ["late"]
    wave.ended("late", OK)
    assert starts(wave) == ["early"]
    wave.ended("early", OK)
    assert starts(wave) == ["last"]


def test_a_waiting_task_that_is_stopped_is_not_waited_for() -> None:
    wave = Wave([Member("a", 10), Member("b", 20), Member("c", 30)])
    wave.ready()
    wave.ended("b", RunState.STOPPED)
    wave.ended("a", OK)
    assert starts(wave) == ["c"]


def test_an_end_of_something_else_changes_nothing() -> None:
    wave = Wave([Member("a", 10), Member("b", 20)])
    wave.ready()
    wave.ended("elsewhere", OK)
    assert starts(wave) == []


def test_a_loop_is_refused() -> None:
    with pytest.raises(CycleError):
        Wave([Member("a", 10, after=("b",)), Member("b", 10, after=("a",))])


def test_a_wave_of_nothing_is_done() -> None:
    assert Wave([]).done


@st.composite
def members(draw: st.DrawFn) -> list[Member]:
    count = draw(st.integers(1, 14))
    return [
        Member(
            f"t{n}",
            draw(st.integers(0, 3)),
            system=draw(st.integers(0, 4)) == 0,
            after=tuple(f"t{m}" for m in range(n) if draw(st.integers(0, 5)) == 0),
            on_failure=draw(st.sampled_from(["skip", "run"])),
        )
        for n in range(count)
    ]


@given(members(), st.randoms(use_true_random=False), st.integers(1, 5))
def test_any_wave_ends_and_keeps_its_order(wave_of: list[Member], dice: random.Random, slots: int) -> None:
    by_name = {member.task: member for member in wave_of}
    wave = Wave(wave_of)
    running: list[str] = []
    ended: dict[str, RunState] = {}
    while not wave.done:
        foretold = {decision.task: decision.action for decision in wave.decisions()}
        decisions = wave.ready(slots - len(running))
        assert decisions or running, "nothing runs and nothing may start"
        for decision in decisions:
            member = by_name[decision.task]
            assert decision.task not in ended
            assert decision.task not in running
            assert all(name in ended for name in member.after)
            if not any(name in by_name for name in member.after):
                lower = {m.task for m in wave_of if (not m.system, m.sequence) < (not member.system, member.sequence)}
                simple = {task for task in lower if not by_name[task].after}
                assert simple <= ended.keys()
            bad = any(not ended[name].good for name in member.after)
            assert (decision.action == "skip") == (bad and member.on_failure == "skip")
            if decision.action == "skip":
                ended[decision.task] = RunState.SKIPPED
            else:
                running.append(decision.task)
        assert {decision.task for decision in decisions} or "start" not in foretold.values() or len(running) == slots
        if running:
            task = running.pop(dice.randrange(len(running)))
            ended[task] = dice.choice([RunState.SUCCEEDED, RunState.WARNINGS, RunState.FAILED, RunState.STOPPED])
            wave.ended(task, ended[task])
    assert ended.keys() == by_name.keys()
