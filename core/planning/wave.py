"""A wave: all that is due at the same minute, and the order in which it starts (T5, T6).

System tasks go first. Then sequence numbers: a task starts when all with a lower number have ended, whatever their
outcome; equal numbers run side by side. ``after`` orders tasks inside the wave, and says what happens when one of the
tasks named did not succeed. A task that comes after one with a *higher* number takes that number's place in the order:
what was said about the two of them alone counts for more.

A wave only decides. It is told what ended, and is asked what may start; neither costs more than what changed, so that
10,000 tasks that are due at once are no burden. It has no lock: one thread at a time.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from graphlib import TopologicalSorter
from itertools import islice
from typing import TYPE_CHECKING, Literal

from core.runs import RunState
from core.text import listed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

_NAMED = 3
"""How many of the tasks that another waits for are named; of the rest, only the number."""

_Place = tuple[bool, int]
"""In the order: user task or not, sequence number."""


@dataclass(frozen=True, slots=True)
class Member:
    """A task of a wave: what of its settings orders it."""

    task: str
    sequence: int
    system: bool = False
    after: tuple[str, ...] = ()
    """The tasks it comes after; those that are not in the wave are not waited for."""
    on_failure: Literal["skip", "run"] = "skip"


@dataclass(frozen=True, slots=True)
class Decision:
    """What a task that has not started is to do now."""

    task: str
    action: Literal["start", "wait", "skip"]
    reason: str = ""
    """Why it waits or is skipped, in words."""
    waits_for: tuple[str, ...] = ()
    """The first few of the tasks it waits for."""


class Wave:
    """The tasks that are due at one minute, on their way from due to ended.

    ``held_by`` names system tasks of earlier waves that have not ended: no user task starts before they have.
    """

    def __init__(self, members: Iterable[Member], *, held_by: Iterable[str] = ()) -> None:
        """Raise :class:`graphlib.CycleError` where tasks come after one another in a loop."""
        self._pending = {member.task: member for member in members}
        self._running: set[str] = set()
        self._outcomes: dict[str, RunState] = {}
        self._held_by = dict.fromkeys(held_by)
        self._before = {
            task: dict.fromkeys(name for name in member.after if name in self._pending)
            for task, member in self._pending.items()
        }
        self._behind: dict[str, list[str]] = {}
        self._places: dict[str, _Place] = {}
        self._open: dict[_Place, dict[str, None]] = {}
        self._line_up()
        self._free: deque[str] = deque()
        self._words: dict[str, tuple[str, tuple[str, ...]]] = {}
        """What all that wait for the same are told, until something ends."""
        self._order = deque(sorted(self._open))
        self._enter()

    def _line_up(self) -> None:
        """Give every task its place, behind the tasks it comes after."""
        for task in TopologicalSorter(self._before).static_order():
            member = self._pending[task]
            own = (not member.system, member.sequence)
            self._places[task] = max([own, *(self._places[name] for name in self._before[task])])
            for name in self._before[task]:
                self._behind.setdefault(name, []).append(task)
        for task in self._pending:
            self._open.setdefault(self._places[task], {})[task] = None

    @property
    def done(self) -> bool:
        """Whether every task of the wave has ended."""
        return not self._order

    def hold(self, system_tasks: Iterable[str]) -> None:
        """Let user tasks that have not started wait for system tasks that became due meanwhile."""
        self._held_by.update(dict.fromkeys(system_tasks))
        self._words.clear()

    def ready(self, limit: int | None = None) -> list[Decision]:
        """Return what starts or is skipped now, in order; each task once. At most ``limit`` of them start.

        A task that is returned to start counts as running until :meth:`ended` is told of it; one that is skipped has
        ended.
        """
        decisions: list[Decision] = []
        starts = 0
        while self._free and (limit is None or starts < limit) and not self._held():
            task = self._free.popleft()
            if task not in self._pending:
                continue
            reason = self._why_skipped(task)
            if reason:
                decisions.append(Decision(task, "skip", reason))
                self.ended(task, RunState.SKIPPED)
                continue
            del self._pending[task]
            self._running.add(task)
            decisions.append(Decision(task, "start"))
            starts += 1
        return decisions

    def ended(self, task: str, outcome: RunState) -> None:
        """Note that a task has ended, or will not start. An end that this wave does not wait for changes nothing."""
        self._held_by.pop(task, None)
        self._words.clear()
        if task not in self._pending and task not in self._running:
            return
        self._pending.pop(task, None)
        self._running.discard(task)
        self._outcomes[task] = outcome
        for follower in self._behind.get(task, ()):
            self._before[follower].pop(task, None)
            if not self._before[follower] and self._order and self._places[follower] == self._order[0]:
                self._free.append(follower)
        del self._open[self._places[task]][task]
        self._next_place()

    def decision(self, task: str) -> Decision | None:
        """Return what a task is to do now, or None for one that has started, has ended or is not of this wave."""
        if task not in self._pending:
            return None
        place = self._places[task]
        if place[0] and self._held_by:
            return self._waits_alike(task, self._held_by, "waits for {}: system tasks go first")
        current = self._order[0]
        if place != current:
            first = "system tasks go first" if place[0] and not current[0] else f"sequence {current[1]} goes first"
            return self._waits_alike(task, self._open[current], "waits for {}: " + first)
        if self._before[task]:
            return _waits(task, self._before[task], "waits for {}, which it comes after")
        reason = self._why_skipped(task)
        return Decision(task, "skip", reason) if reason else Decision(task, "start")

    def _waits_alike(self, task: str, names: Collection[str], reason: str) -> Decision:
        if reason not in self._words:
            decision = _waits(task, names, reason)
            self._words[reason] = decision.reason, decision.waits_for
        return Decision(task, "wait", *self._words[reason])

    def decisions(self) -> Iterator[Decision]:
        """Yield what every task that has not started is to do now."""
        for task in tuple(self._pending):
            decision = self.decision(task)
            if decision is not None:
                yield decision

    def _held(self) -> bool:
        return bool(self._held_by) and bool(self._order) and self._order[0][0]

    def _next_place(self) -> None:
        """Go on to the first place where something is left."""
        here = len(self._order)
        while self._order and not self._open[self._order[0]]:
            self._order.popleft()
        if len(self._order) != here:
            self._enter()

    def _enter(self) -> None:
        """Free what waits for nothing else, now that its place has come."""
        if self._order:
            self._free.extend(task for task in self._open[self._order[0]] if not self._before[task])

    def _why_skipped(self, task: str) -> str:
        member = self._pending[task]
        return why_skipped({name: self._outcomes[name] for name in member.after if name in self._outcomes}, member)


def why_skipped(outcomes: Mapping[str, RunState], member: Member) -> str:
    """Return why a task is skipped after tasks that ended so, or an empty string where it runs (T6)."""
    if member.on_failure == "run":
        return ""
    bad = [f"{task} ({outcome})" for task, outcome in outcomes.items() if not outcome.good]
    return f"it comes after {listed(bad, last='and')}" if bad else ""


def _waits(task: str, names: Collection[str], reason: str) -> Decision:
    shown = tuple(islice(names, _NAMED))
    rest = len(names) - len(shown)
    words = [*shown, f"{rest:,} more"] if rest else shown
    return Decision(task, "wait", reason.format(listed(words, last="and")), shown)
