"""What can be done with what the configuration names: locations, layouts, links, and the settings of the engine."""

from __future__ import annotations

from core.engine.api.rights import Right
from tui import obstacles
from tui.action import Action, Group, Scope

_LINKS = frozenset({Scope.LINKS})
_ITEMS = frozenset({Scope.LOCATIONS, Scope.LAYOUTS, Scope.SETTINGS, Scope.LINKS})

TABLE: tuple[Action, ...] = (
    Action(
        "item.edit",
        ("enter", "e"),
        "Edit",
        "Change the settings.",
        Group.SETTINGS,
        scopes=_ITEMS,
        needs=Right.ADMINISTER,
        in_bar=True,
        obstacle=obstacles.no_item,
    ),
    Action(
        "item.add",
        ("a",),
        "Add",
        "Make a new one.",
        Group.SETTINGS,
        scopes=_ITEMS,
        needs=Right.ADMINISTER,
        in_bar=True,
    ),
    Action(
        "item.copy",
        ("c",),
        "Copy",
        "Make a new one with these settings.",
        Group.SETTINGS,
        scopes=frozenset({Scope.LOCATIONS, Scope.LAYOUTS, Scope.LINKS}),
        needs=Right.ADMINISTER,
        obstacle=obstacles.no_item,
    ),
    Action(
        "item.delete",
        ("d",),
        "Delete",
        "Take it out of the configuration, unless something depends on it.",
        Group.SETTINGS,
        scopes=_ITEMS,
        needs=Right.ADMINISTER,
        asks=True,
        obstacle=obstacles.no_item,
    ),
    Action(
        "location.test",
        ("T",),
        "Test",
        "Test the location step by step: name, port, host key or TLS, login, directory, reading, writing.",
        Group.SETTINGS,
        scopes=frozenset({Scope.LOCATIONS}),
        needs=Right.OPERATE,
        in_bar=True,
        obstacle=obstacles.no_item,
    ),
    Action(
        "link.test",
        ("T",),
        "Test",
        "Test the link step by step with the values that it has; a link is used only as it was tested.",
        Group.SETTINGS,
        scopes=_LINKS,
        needs=Right.OPERATE,
        in_bar=True,
        obstacle=obstacles.no_link,
    ),
    Action(
        "link.toggle",
        ("t",),
        "Active",
        "Activate the link, so that tasks may use it, or let no task use it any more.",
        Group.SETTINGS,
        scopes=_LINKS,
        needs=Right.OPERATE,
        in_bar=True,
        obstacle=obstacles.no_link,
    ),
    Action(
        "link.sign_in",
        ("s",),
        "Sign in",
        "Sign in to the system of the link with a browser, where it asks for that.",
        Group.SETTINGS,
        scopes=_LINKS,
        needs=Right.ADMINISTER,
        obstacle=obstacles.no_link,
    ),
    Action(
        "link.connectors",
        ("o",),
        "Connectors",
        "Show the connectors in place of the links, or the links again.",
        Group.SETTINGS,
        scopes=_LINKS,
        in_bar=True,
    ),
    Action(
        "settings.undo",
        ("u",),
        "Undo",
        "Take back the last change of the settings.",
        Group.SETTINGS,
        scopes=frozenset({Scope.TASKS, Scope.LOCATIONS, Scope.LAYOUTS, Scope.SETTINGS, Scope.LINKS}),
        needs=Right.ADMINISTER,
        asks=True,
        obstacle=obstacles.nothing_to_undo,
    ),
)
