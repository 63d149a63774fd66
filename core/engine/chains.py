"""The tasks that build on each other, as the details of each of them show it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.engine.api.views import ChainLink
from core.planning.dependencies import dependencies
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.config.model import Config
    from core.planning.dependencies import Dependency

_STEPS, _MOST = 3, 50
"""How far a chain is followed on either side, and to how many tasks."""

_Joined = dict[str, dict[str, "Dependency"]]


def chains_of(config: Config) -> dict[str, tuple[ChainLink, ...]]:
    """Return, of each task that has any, the tasks that it builds on and those that build on it."""
    sequences = {task.id: task.sequence for task in config.tasks}
    before: _Joined = {}
    behind: _Joined = {}
    for each in dependencies(config):
        before.setdefault(each.then, {})[each.first] = each
        behind.setdefault(each.first, {})[each.then] = each
    chains = {}
    for task in before.keys() | behind.keys():
        links = [*_links(task, before, -1, sequences), *_links(task, behind, 1, sequences)]
        chains[task] = tuple(sorted(links, key=lambda link: (link.steps, link.sequence, link.task)))
    return chains


def _links(task: str, joined: _Joined, direction: int, sequences: Mapping[str, int]) -> list[ChainLink]:
    """Follow a chain in one direction; a task that can be reached in several ways stands where the longest leads."""
    found: dict[str, int] = {}
    ends = [task]
    for step in range(1, _STEPS + 1):
        ends = list(dict.fromkeys(name for end in ends for name in joined.get(end, ()) if name != task))[:_MOST]
        found.update(dict.fromkeys(ends, step))
    direct = joined.get(task, {})
    links = []
    for name in list(found)[:_MOST]:
        why, wrong = (direct[name].why, direct[name].wrong) if name in direct else ("", "")
        links.append(ChainLink(name, sequences.get(name, 0), direction * found[name], clean(why), clean(wrong)))
    return links
