from __future__ import annotations

from core.planning.chain import Chain
from core.planning.wave import Decision, Member
from core.runs import RunState

OK, BAD = RunState.SUCCEEDED, RunState.FAILED


def test_a_task_is_due_when_all_it_names_have_ended() -> None:
    chain = Chain([Member("c", 10, after=("a", "b"))])
    chain.ended("a", OK)
    chain.ended("a", OK)
    assert chain.ready() == []
    chain.ended("b", RunState.WARNINGS)
    assert chain.ready() == [Decision("c", "start")]
    assert chain.ready() == []


def test_ends_count_since_the_task_was_due_last() -> None:
    chain = Chain([Member("c", 10, after=("a", "b"))])
    for task in ("a", "b"):
        chain.ended(task, OK)
    chain.ready()
    chain.ended("a", OK)
    assert chain.ready() == []
    chain.ended("b", OK)
    assert chain.ready() == [Decision("c", "start")]


def test_the_latest_end_of_each_decides() -> None:
    chain = Chain([Member("c", 10, after=("a", "b"))])
    chain.ended("a", BAD)
    chain.ended("a", OK)
    chain.ended("b", OK)
    assert [decision.action for decision in chain.ready()] == ["start"]


def test_a_failure_skips_what_follows_down_to_the_one_that_runs_all_the_same() -> None:
    chain = Chain(
        [
            Member("b", 10, after=("a",)),
            Member("c", 10, after=("b",)),
            Member("d", 10, after=("c",), on_failure="run"),
        ]
    )
    chain.ended("a", BAD)
    assert chain.ready() == [
        Decision("b", "skip", "it comes after a (failed)"),
        Decision("c", "skip", "it comes after b (skipped)"),
        Decision("d", "start"),
    ]


def test_ends_from_the_journal_are_taken_up_again() -> None:
    chain = Chain(
        [Member("c", 10, after=("a", "b")), Member("d", 10, after=("a",))],
        ended={"c": {"a": OK, "no-longer-named": OK}, "d": {"a": OK}, "gone": {"a": OK}},
    )
    assert chain.ready() == [Decision("d", "start")]
    chain.ended("b", OK)
    assert chain.ready() == [Decision("c", "start")]
