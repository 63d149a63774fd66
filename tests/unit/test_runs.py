from __future__ import annotations

from core.runs import NO_COUNTS, Actor, Counts, RunState


def test_states_that_are_an_end_and_states_that_are_good() -> None:
    assert {state for state in RunState if state.ended} == {"succeeded", "warnings", "failed", "stopped", "skipped"}
    assert {state for state in RunState if state.good} == {"succeeded", "warnings"}


def test_counts_add_up_field_by_field() -> None:
    one = Counts(read=1, new=2, changed=3, unchanged=4, archived=5, restored=6, rejected=7, written=8)
    assert (one + one).values() == (2, 4, 6, 8, 10, 12, 14, 16)
    assert one + NO_COUNTS == one
    assert Counts(*one.values()) == one


def test_counts_are_told_without_those_that_are_zero() -> None:
    assert Counts(read=1000, changed=12).in_words() == "1,000 read, 12 changed"
    assert NO_COUNTS.in_words() == ""


def test_an_actor_is_told_with_its_terminal() -> None:
    assert str(Actor("anna")) == "anna"
    assert str(Actor("anna", "pts/3")) == "anna (pts/3)"
