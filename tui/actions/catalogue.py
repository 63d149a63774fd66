"""What can be seen of the records that are kept."""

from __future__ import annotations

from core.engine.api.rights import Right
from tui import obstacles
from tui.action import Action, Group, Scope

_RECORDS = frozenset({Scope.RECORDS})
_RECORD = frozenset({Scope.RECORD})

TABLE: tuple[Action, ...] = (
    Action(
        "catalogue.open",
        ("enter",),
        "Open",
        "Show the records of the entity or assortment.",
        Group.CATALOGUE,
        scopes=frozenset({Scope.CATALOGUE}),
        in_bar=True,
        obstacle=obstacles.no_item,
    ),
    Action(
        "catalogue.send",
        ("s",),
        "Send",
        "Send the assortment to the data pool now: all of it, whatever was sent before.",
        Group.CATALOGUE,
        scopes=frozenset({Scope.CATALOGUE}),
        needs=Right.OPERATE,
        asks=True,
        in_bar=True,
        obstacle=obstacles.cannot_send,
    ),
    Action(
        "record.open",
        ("enter",),
        "Open",
        "Show the record with all its fields and its history.",
        Group.CATALOGUE,
        scopes=_RECORDS,
        in_bar=True,
        obstacle=obstacles.no_item,
    ),
    Action(
        "record.columns",
        ("C",),
        "Columns",
        "Choose the columns.",
        Group.CATALOGUE,
        scopes=_RECORDS,
        in_bar=True,
    ),
    Action(
        "record.next",
        ("right_square_bracket",),
        "Next",
        "Go to the next record.",
        Group.CATALOGUE,
        scopes=_RECORD,
        in_bar=True,
    ),
    Action(
        "record.previous",
        ("left_square_bracket",),
        "Previous",
        "Go to the record before.",
        Group.CATALOGUE,
        scopes=_RECORD,
        in_bar=True,
    ),
    Action(
        "record.save",
        ("X",),
        "Save file",
        "Save an attachment of the record to a file of your own.",
        Group.CATALOGUE,
        scopes=_RECORD,
        asks=True,
        in_bar=True,
        obstacle=obstacles.no_attachment,
    ),
)
