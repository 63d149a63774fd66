"""What can be done with flows between systems, with what failed in them, and with what was sent."""

from __future__ import annotations

from core.engine.api.rights import Right
from tui import obstacles
from tui.action import Action, Group, Scope

_FLOWS = frozenset({Scope.FLOWS})
_FAILURES = frozenset({Scope.FAILURES})

TABLE: tuple[Action, ...] = (
    Action(
        "flow.open",
        ("enter",),
        "Failures",
        "Show the records of the flow that could not be sent, and why.",
        Group.FLOWS,
        scopes=_FLOWS,
        in_bar=True,
        obstacle=obstacles.no_item,
    ),
    Action(
        "flow.set_up",
        ("a",),
        "Set up",
        "Set up flows between two systems, step by step.",
        Group.FLOWS,
        scopes=_FLOWS,
        needs=Right.ADMINISTER,
        in_bar=True,
    ),
    Action(
        "failure.open",
        ("enter",),
        "Activity",
        "Show what was tried with the record, and what the other system answered.",
        Group.FLOWS,
        scopes=_FAILURES,
        needs=Right.OPERATE,
        in_bar=True,
        obstacle=obstacles.no_item,
    ),
    Action(
        "failure.resend",
        ("s",),
        "Send again",
        "Send the record again, as its source has it now.",
        Group.FLOWS,
        scopes=_FAILURES,
        needs=Right.OPERATE,
        in_bar=True,
        obstacle=obstacles.no_item,
    ),
    Action(
        "failure.choose",
        ("c",),
        "Choose",
        "Say which of several records at the target is meant, and send the record again.",
        Group.FLOWS,
        scopes=_FAILURES,
        needs=Right.OPERATE,
        obstacle=obstacles.no_item,
    ),
    Action(
        "flow.resend",
        ("R",),
        "Send all again",
        "Send all records of the flow again that could not be sent.",
        Group.FLOWS,
        scopes=frozenset({Scope.FLOWS, Scope.FAILURES}),
        needs=Right.OPERATE,
        asks=True,
        obstacle=obstacles.no_item,
    ),
    Action(
        "flow.activity",
        ("v",),
        "Activity",
        "Show what came from the source and what was sent to the target, record by record.",
        Group.FLOWS,
        scopes=_FLOWS,
        needs=Right.OPERATE,
        in_bar=True,
        obstacle=obstacles.no_item,
    ),
    Action(
        "activity.open",
        ("enter",),
        "Open",
        "Show all that came, all that was sent, and the answers.",
        Group.FLOWS,
        scopes=frozenset({Scope.ACTIVITY}),
        in_bar=True,
        obstacle=obstacles.no_item,
    ),
    Action(
        "set_up.step",
        ("enter",),
        "Do it",
        "Carry out the step under the cursor.",
        Group.FLOWS,
        scopes=frozenset({Scope.SET_UP}),
        needs=Right.ADMINISTER,
        in_bar=True,
    ),
)
