"""The screens that a number leads to, from everywhere."""

from __future__ import annotations

from tui.action import Action, Group

TABLE: tuple[Action, ...] = (
    Action("screen.tasks", ("1",), "Tasks", "Show the tasks.", Group.SCREENS),
    Action("screen.runs", ("2",), "Runs", "Show the runs: queued, waiting, running and ended.", Group.SCREENS),
    Action("screen.locations", ("3",), "Locations", "Show where files are read and written.", Group.SCREENS),
    Action("screen.layouts", ("4",), "Layouts", "Show how columns and fields go together.", Group.SCREENS),
    Action("screen.catalogue", ("5",), "Catalogue", "Show the records that are kept.", Group.SCREENS),
    Action(
        "screen.settings",
        ("6",),
        "Settings",
        "Show the settings of the engine, and what was changed by whom.",
        Group.SCREENS,
    ),
    Action("screen.links", ("7",), "Links", "Show the links to other systems, and their connectors.", Group.SCREENS),
    Action("screen.flows", ("8",), "Flows", "Show the flows between systems, and what failed in them.", Group.SCREENS),
)
