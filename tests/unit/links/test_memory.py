"""What was asked for, remembered up to so many."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from core.links.memory import Memory


@given(st.lists(st.integers(0, 9)), st.integers(1, 5))
def test_no_more_is_remembered_than_there_may_be_and_what_was_told_last_always_is(told: list[int], most: int) -> None:
    memory: Memory[int, int] = Memory(most)
    for number in told:
        memory[number] = -number
        assert memory[number] == -number
        assert len(memory) <= most
    assert all(value == -key for key, value in memory.items())


def test_what_is_told_again_makes_nothing_forgotten() -> None:
    memory: Memory[str, str] = Memory(2)
    for key in ("a", "b", "a", "b"):
        memory[key] = key
    assert memory == {"a": "a", "b": "b"}
    memory["c"] = "c"
    assert memory == {"c": "c"}
