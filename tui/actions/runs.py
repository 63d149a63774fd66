"""What can be done with runs, in their list and with one of them."""

from __future__ import annotations

from core.engine.api.rights import Right
from tui import obstacles
from tui.action import Action, Group, Scope

_LIST = frozenset({Scope.RUNS})
_ONE = frozenset({Scope.RUN})
_BOTH = frozenset({Scope.RUNS, Scope.RUN})

TABLE: tuple[Action, ...] = (
    Action(
        "run.open",
        ("enter",),
        "Open",
        "Show all of the run: counts, files, rejects, samples and log.",
        Group.RUNS,
        scopes=_LIST,
        in_bar=True,
        obstacle=obstacles.no_run,
    ),
    Action(
        "run.stop",
        ("x",),
        "Stop",
        "Stop the run; what it has committed stays.",
        Group.RUNS,
        scopes=_BOTH,
        needs=Right.OPERATE,
        asks=True,
        in_bar=True,
        obstacle=obstacles.run_ended,
    ),
    Action(
        "run.again",
        ("s",),
        "Start again",
        "Start the task of the run again; with archiving confirmed where the brake stopped it.",
        Group.RUNS,
        scopes=_BOTH,
        needs=Right.OPERATE,
        asks=True,
        in_bar=True,
        obstacle=obstacles.cannot_run_again,
    ),
    Action(
        "run.dry_run",
        ("S",),
        "Dry run",
        "Start a dry run of the task of the run.",
        Group.RUNS,
        scopes=_BOTH,
        needs=Right.OPERATE,
        asks=True,
        obstacle=obstacles.cannot_run_again,
    ),
    Action(
        "run.revert",
        ("R",),
        "Revert",
        "Put back what the run changed in the catalogue, record by record.",
        Group.RUNS,
        scopes=_BOTH,
        needs=Right.OPERATE,
        asks=True,
        in_bar=True,
        obstacle=obstacles.cannot_revert,
    ),
    Action(
        "run.part",
        ("enter", "right_square_bracket"),
        "Next part",
        "Go on to the next part: outcome, samples, rejects, files, log.",
        Group.RUNS,
        scopes=_ONE,
        in_bar=True,
    ),
    Action(
        "run.part_before",
        ("left_square_bracket",),
        "Part before",
        "Go back to the part before.",
        Group.RUNS,
        scopes=_ONE,
    ),
    Action(
        "run.log",
        ("o",),
        "Its log",
        "Show the log of the run, from its begin to its end.",
        Group.RUNS,
        scopes=_BOTH,
        in_bar=True,
        obstacle=obstacles.no_run,
    ),
    Action(
        "run.dates",
        ("D",),
        "Dates",
        "Show the runs of today, of this week, of this month, or all.",
        Group.RUNS,
        scopes=_LIST,
    ),
)
