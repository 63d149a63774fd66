"""What a search of SuperOffice asks, as conditions on records."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.links.superoffice.contract import FieldType
from core.links.superoffice.erp import ErpError
from core.store.catalogue import AnyOf, Condition
from core.text import clean, listed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from core.config.entities import Field
    from core.links.superoffice.contract import Restriction
    from core.store.catalogue import Test
    from core.tasks.superoffice.kinds import ActorKind

PARENT_KEY, PARENT_TYPE = "ParentErpKey", "ParentActorType"

_TEXT: Mapping[str, Test] = {
    "=": "equals",
    "begins": "begins",
    "contains": "contains",
    "ends": "ends",
    "notbegins": "begins not",
    "notcontains": "contains not",
    "notends": "ends not",
    "isnot": "differs",
    "between": "between",
}
_NUMBER: Mapping[str, Test] = {
    "=": "equals",
    ">": "more",
    "<": "less",
    ">=": "at least",
    "<=": "at most",
    "!=": "differs",
    "between": "between",
}
_MOMENT: Mapping[str, Test] = {
    "=": "equals",
    "before": "less",
    "after": "more",
    "beforeorequal": "at most",
    "afterorequal": "at least",
    "between": "between",
}
_LIST: Mapping[str, Test] = {"oneof": "one of", "notoneof": "none of"}
_OPERATORS: Mapping[FieldType, Mapping[str, Test]] = {
    FieldType.Text: _TEXT,
    FieldType.Integer: _NUMBER,
    FieldType.Double: _NUMBER,
    FieldType.Datetime: _MOMENT,
    FieldType.Checkbox: {"=": "equals"},
    # One item is also asked for as a text is.
    FieldType.List: {**_LIST, "=": "equals", "isnot": "differs"},
}
"""By what kind of field it is; in lower case. (SuperOffice, ERP connectors: "Search restrictions".)"""


def conditions_of(kind: ActorKind, restrictions: Sequence[Restriction]) -> list[Condition | AnyOf]:
    """Return what must hold of the records that a search finds.

    Raises:
        ErpError: a restriction cannot be looked at.
    """
    return [_condition(kind, each) for each in restrictions]


def _condition(kind: ActorKind, restriction: Restriction) -> Condition | AnyOf:
    special = restriction.field.casefold()
    if special == PARENT_TYPE.casefold():
        wanted = {each.casefold() for each in restriction.operands}
        return _always(kind) if kind.parent and kind.parent[0].casefold() in wanted else AnyOf(())
    if special == PARENT_KEY.casefold():
        return belongs_to(kind, restriction.operands)
    field = kind.field(restriction.field)
    info = next(each for each in kind.infos if kind.fields[each.key] is field)
    test = _OPERATORS[info.type].get(restriction.operator.strip().casefold())
    if test is None:
        raise ErpError(
            f"{info.key} cannot be searched by {clean(restriction.operator, limit=30)!r}.",
            advice=f"There are {listed(_OPERATORS[info.type], last='and')}.",
        )
    return Condition(field.name, test, _operands(kind, field, restriction, test, info.key))


def _operands(kind: ActorKind, field: Field, restriction: Restriction, test: Test, key: str) -> list[object]:
    needed = 2 if test == "between" else 1
    given = list(restriction.operands)
    if test not in ("one of", "none of"):
        if test == "between" and len(given) != needed:
            raise ErpError(f"{key} between needs two values, and has {len(given)}.")
        # An empty text is a value: what has none is looked for by it.
        given = given[:needed] or [""]
    found = [kind.value_of(text, field) for text in given]
    if field.type != "text" and None in found:
        raise ErpError(f"{key} {clean(restriction.operator, limit=30)} needs a value.")
    return ["" if value is None else value for value in found]


def belongs_to(kind: ActorKind, keys: Sequence[str]) -> Condition | AnyOf:
    """Return the condition that an actor belongs to one of these."""
    if kind.parent is None:
        return AnyOf(())
    return Condition(kind.parent[1].name, "one of", list(keys))


def _always(kind: ActorKind) -> Condition:
    return Condition(kind.key.name, "none of", [])
