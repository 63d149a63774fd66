"""The guided set-up of flows between two systems: what is chosen, and what comes next. No widget, no engine (FL8)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from core.config.flow_kinds import CATALOGUE, KINDS
from core.engine.api.links import LinkState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from core.engine.api.flows import Possible
    from core.engine.api.links import LinkView

_DOCUMENTS = {kind.entity for kind in KINDS.values() if kind.lines}


class Step(StrEnum):
    """One step; questions have one for each kind of record, as ``questions orders``."""

    SOURCE = "source"
    TARGET = "target"
    TEST_SOURCE = "test source"
    TEST_TARGET = "test target"
    KINDS = "kinds"
    QUESTIONS = "questions"
    DRY_RUN = "dry run"
    ACTIVATE = "activate"


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """A step, whether it is done, and whether its turn has come."""

    id: str
    title: str
    what: str
    """What was chosen, or is to be."""
    done: bool
    open: bool
    """Whether it can be carried out now."""


@dataclass(slots=True)
class FlowPlan:
    """What was chosen so far."""

    source: str = ""
    target: str = ""
    kinds: tuple[str, ...] = ()
    tasks: dict[str, str] = field(default_factory=dict)
    """The flow of each kind that was saved."""
    runs: dict[str, int] = field(default_factory=dict)
    """The dry run of each flow."""
    outcomes: dict[str, str] = field(default_factory=dict)
    """Of dry runs that have ended, by flow."""
    good: set[str] = field(default_factory=set)
    """The flows whose dry run found nothing wrong."""
    active: bool = False

    def choose_side(self, side: Step, name: str) -> None:
        """Take a system for one side; what was chosen for the other pair is chosen anew."""
        if side is Step.SOURCE:
            self.source = name
        else:
            self.target = name
        self.kinds, self.tasks, self.runs, self.outcomes, self.active = (), {}, {}, {}, False
        self.good.clear()

    def choose_kinds(self, kinds: Sequence[str]) -> None:
        """Take the kinds of record that flow, in the order in which flows must run."""
        self.kinds = tuple(sorted(kinds, key=_turn))

    def take_task(self, kind: str, task: str) -> None:
        """Note the flow of a kind as it was saved; it needs another dry run."""
        self.tasks[kind] = task
        self.runs.pop(task, None)
        self.outcomes.pop(task, None)
        self.good.discard(task)
        self.active = False

    def draft(self, kind: str, starting: Mapping[str, Any], taken: set[str]) -> dict[str, Any]:
        """Return what the form of a flow begins with."""
        base = f"{kind}-{self.source}-{self.target}"
        names = [base, *(f"{base}-{number}" for number in range(2, len(taken) + 3))]
        name = next(each for each in names if each not in taken)
        description = f"{kind.replace('-', ' ').capitalize()} from {self.source} to {self.target}"
        more = {"description": description, "kind": kind, "source": self.source, "target": self.target, "active": False}
        return {**starting, "id": name, **more}

    def steps(self, links: Mapping[str, LinkView]) -> list[PlannedStep]:
        """Return all steps in their order, as far as they are known."""
        steps = [
            PlannedStep(Step.SOURCE, "From", self._side(self.source, links), bool(self.source), open=True),
            PlannedStep(Step.TARGET, "To", self._side(self.target, links), bool(self.target), open=bool(self.source)),
        ]
        for step, name in ((Step.TEST_SOURCE, self.source), (Step.TEST_TARGET, self.target)):
            if name and name != CATALOGUE:
                state = links[name].state if name in links else LinkState.WRONG
                steps.append(PlannedStep(step, f"Test {name}", str(state), state in _GOOD, open=True))
        ready = bool(self.source and self.target)
        chosen = ", ".join(self.kinds) or "which records flow"
        steps.append(PlannedStep(Step.KINDS, "Flows", chosen, bool(self.kinds), open=ready))
        for kind in self.kinds:
            task = self.tasks.get(kind)
            what = f"saved as {task}" if task else "their questions"
            steps.append(PlannedStep(f"{Step.QUESTIONS} {kind}", kind.capitalize(), what, bool(task), open=True))
        saved = bool(self.kinds) and all(kind in self.tasks for kind in self.kinds)
        tested = all(step.done for step in steps if step.id in (Step.TEST_SOURCE, Step.TEST_TARGET))
        tried = saved and all(task in self.outcomes for task in self.tasks.values())
        steps.append(PlannedStep(Step.DRY_RUN, "Dry run", self._tried(), tried, open=saved and tested))
        what = "they run when they are planned" if self.active else "links and flows"
        steps.append(PlannedStep(Step.ACTIVATE, "Activate", what, self.active, open=tried))
        return steps

    def _tried(self) -> str:
        if not self.runs:
            return "what would be sent; nothing is"
        going = len(self.runs) - len(self.outcomes)
        if going:
            return f"{going} of {len(self.runs)} going"
        bad = len(self.runs) - len(self.good)
        return f"{bad} of {len(self.runs)} to be looked at" if bad else "nothing is wrong"

    @staticmethod
    def _side(name: str, links: Mapping[str, LinkView]) -> str:
        if not name:
            return "a link, or the catalogue"
        if name == CATALOGUE:
            return "the catalogue"
        return f"{name} ({links[name].title})" if name in links else name


_GOOD = (LinkState.TESTED, LinkState.ACTIVE)


def _turn(kind: str) -> tuple[bool, int]:
    """Return what kinds are put in order by: what documents refer to goes before them."""
    return KINDS[kind].entity in _DOCUMENTS, list(KINDS).index(kind)


def possible_words(possible: Sequence[Possible]) -> list[tuple[str, str]]:
    """Return the kinds that can flow, each with its title, in the order in which flows run."""
    found = sorted((each for each in possible if not each.why_not), key=lambda each: _turn(each.kind))
    return [(each.kind, each.title) for each in found]


def impossible_words(possible: Sequence[Possible]) -> list[tuple[str, list[str]]]:
    """Return the reasons why kinds cannot flow, each with the titles of these."""
    found: dict[str, list[str]] = {}
    for each in possible:
        if each.why_not:
            found.setdefault(each.why_not, []).append(each.title.lower())
    return list(found.items())
