"""Tasks that are started by the end of others: frequency ``after`` (T3, T6)."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from core.planning.wave import Decision, Member, why_skipped
from core.runs import RunState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Chain:
    """The tasks of frequency ``after``: each is due when all that it names have ended since it was due last."""

    def __init__(self, members: Iterable[Member], *, ended: Mapping[str, Mapping[str, RunState]] | None = None) -> None:
        """``ended`` holds, for each task, how those it names have ended since it was due last: from the journal."""
        self._members = {member.task: member for member in members}
        self._behind: dict[str, list[str]] = {}
        self._outcomes: dict[str, dict[str, RunState]] = {}
        self._due: deque[str] = deque()
        for task, member in self._members.items():
            self._outcomes[task] = {}
            for name in dict.fromkeys(member.after):
                self._behind.setdefault(name, []).append(task)
        for task, outcomes in (ended or {}).items():
            for name, outcome in outcomes.items():
                self._note(task, name, outcome)

    def ended(self, task: str, outcome: RunState) -> None:
        """Note that a task has ended, be it planned, started by hand or skipped."""
        for follower in self._behind.get(task, ()):
            self._note(follower, task, outcome)

    def ready(self) -> list[Decision]:
        """Return the tasks that became due, each once: to start, or to be skipped with the reason.

        One that is skipped has ended by that; what comes after it is in the same answer.
        """
        decisions: list[Decision] = []
        while self._due:
            task = self._due.popleft()
            outcomes, self._outcomes[task] = self._outcomes[task], {}
            reason = why_skipped(outcomes, self._members[task])
            decisions.append(Decision(task, "skip" if reason else "start", reason))
            if reason:
                self.ended(task, RunState.SKIPPED)
        return decisions

    def _note(self, task: str, ended: str, outcome: RunState) -> None:
        member = self._members.get(task)
        if member is None or ended not in member.after:
            return
        outcomes = self._outcomes[task]
        complete = len(outcomes)
        outcomes[ended] = outcome
        if len(outcomes) > complete and len(outcomes) == len(set(member.after)):
            self._due.append(task)
