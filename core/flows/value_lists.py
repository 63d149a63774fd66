"""What a value of a list is on the other side."""

from __future__ import annotations

from collections.abc import Mapping

ValueLists = Mapping[str, Mapping[str, str]]
"""By the name of the list: Pendel's value, and the system's."""


def in_system(lists: ValueLists, name: str, value: str, country: str) -> str:
    """Return what a value of a list is in the system. ``21@DE`` goes before ``21``, and ``@DE`` takes any value."""
    known = lists.get(name, {})
    for key in (f"{value}@{country}", f"@{country}", value, "*"):
        if key in known:
            return known[key]
    return value


def in_pendel(lists: ValueLists, name: str, value: str) -> str:
    """Return what a system's value of a list is in Pendel; the first that fits."""
    for own, theirs in lists.get(name, {}).items():
        if theirs == value and own != "*":
            return own.partition("@")[0] or value
    return value
