"""Whether a flow fits the links and entities of its configuration."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from core.config.flow_kinds import CATALOGUE, KINDS, REPORT, REPORTED
from core.text import listed

if TYPE_CHECKING:
    from core.config.flow_kinds import Kind, KindName
    from core.config.flows import FlowTask
    from core.config.layoutcheck import Check
    from core.config.links import FieldSync
    from core.config.outline import KeyPath

_PLACES = ("lines.", "variants.", "categories.")


def check_flow(check: Check, path: KeyPath, task: FlowTask) -> None:
    """Note what does not fit."""
    check_side(check, (*path, "source"), task.source, task.kind, reads=True)
    check_side(check, (*path, "target"), task.target, task.kind, reads=False)
    check_rules(check, path, task)


def check_rules(check: Check, path: KeyPath, task: FlowTask) -> None:
    """Note what does not fit the kind of record."""
    kind = KINDS[task.kind]
    if task.assortment and CATALOGUE not in (task.source, task.target):
        check.note((*path, "assortment"), "neither side is the catalogue, and nothing else has assortments")
    for position, each in enumerate(task.only):
        _field(check, (*path, "only", position, "field"), kind, each.field)
    for name in task.defaults:
        _field(check, (*path, "defaults", name), kind, name)
    if task.since is not None:
        try:
            datetime.fromisoformat(task.since)
        except ValueError:
            check.note((*path, "since"), 'a day is needed, such as "2026-01-01"', task.since)
    rules = task.documents
    if rules.force_default and rules.default_customer is None:
        check.note((*path, "documents", "force_default"), "which customer is not said: set default_customer")


def check_side(check: Check, path: KeyPath, name: str, kind: KindName, *, reads: bool) -> None:
    """Note where a side is no link, or one that does not have the kind switched on."""
    if name == CATALOGUE:
        return
    names = check.validated.names("links")
    if name not in names:
        check.note(path, f"there is no such link, and it is not {CATALOGUE}", name, [*sorted(names), CATALOGUE])
        return
    link = check.validated.settings.links.get(name)
    sync = link.sync.get(kind) if link is not None else None
    for position, each in enumerate(sync.fields if sync is not None else ()):
        place = ("links", name, "sync", kind, "fields", position, "field")
        if each.name.startswith(REPORT):
            if each.field is not None and each.field not in REPORTED:
                check.note(place, "nothing of this name is told back", each.field, REPORTED)
        elif each.field is not None:
            _field(check, place, KINDS[kind], _named(each))
    if sync is not None and not (sync.read if reads else sync.write):
        word = "read" if reads else "write"
        check.note(path, f"this link does not {word} {kind}: set {word} = true in its sync.{kind}", name)


def _named(each: FieldSync) -> str:
    """Return a field with what says that it is of a line or a part, which may stand before the member alone."""
    field = each.field or ""
    place = next((place for place in _PLACES if each.name.startswith(place)), "")
    return field if field.startswith(place) else f"{place}{field}"


def _field(check: Check, path: KeyPath, kind: Kind, name: str) -> None:
    if kind.placed(name) is None:
        known = kind.all_fields
        what = kind.title.lower()
        check.note(path, f"{what} have no such field", name, known if len(known) < 200 else listed(known).split(", "))
