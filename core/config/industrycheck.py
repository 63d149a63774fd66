"""Whether the layouts of industry formats, and the tasks that use them, go with what the formats can do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.config.formats import READ_BY_LAYOUTS, reads
from core.config.industry import TRAITS
from core.config.industry_layouts import IndustryImportLayout
from core.config.layouts import ImportColumn
from core.config.tasks import ExportTask
from core.text import listed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from core.config.auto_import import AcceptRule
    from core.config.entities import Entity
    from core.config.industry_layouts import ExportPart, ImportPart, IndustryLayout
    from core.config.layout_types import LayoutSettings
    from core.config.layouts import ExportColumn
    from core.config.outline import KeyPath
    from core.config.tasks import FeedTask, ImportTask

Fault = tuple["KeyPath", str, str]
"""Where something is wrong, what, and the value that is."""


def check_parts(
    layout: IndustryLayout,
    path: KeyPath,
    entities: Mapping[str, Entity],
    check_field: Callable[[KeyPath, str, Entity], None],
) -> Iterator[Fault]:
    """Yield what is wrong with what a layout takes or writes otherwise; ``check_field`` looks at the fields."""
    traits = TRAITS[layout.format]
    known = traits.reads if layout.direction == "import" else traits.writes
    seen: set[str] = set()
    parts: Sequence[ImportPart | ExportPart] = layout.parts
    for number, part in enumerate(parts):
        place = (*path, "parts", number)
        entity = entities.get(part.entity)
        if part.entity not in known or entity is None:
            message = f"a file of this format has no such records, but {listed(known, last='and')}"
            yield (*place, "entity"), message, part.entity
            continue
        if part.entity in seen:
            yield (*place, "entity"), "another part is of this entity already", part.entity
        seen.add(part.entity)
        filled: set[str] = set()
        columns: Sequence[ImportColumn | ExportColumn] = part.columns
        for position, column in enumerate(columns):
            where = (*place, "columns", position)
            if isinstance(column, ImportColumn):
                key, name = "field", column.field
            else:
                # The column of an export is the field that is written with another value.
                key, name = "column", column.column
                if column.field is not None:
                    check_field((*where, "field"), column.field, entity)
            check_field((*where, key), name, entity)
            if name in filled:
                yield (*where, key), "this field has a value from another column already", name
            filled.add(name)


def check_use(
    task: ImportTask | ExportTask | FeedTask | AcceptRule, path: KeyPath, layout: IndustryLayout
) -> Iterator[Fault]:
    """Yield what a task or rule wants of a format that this does not have."""
    traits = TRAITS[layout.format]
    known, does = (traits.reads, "brings") if layout.direction == "import" else (traits.writes, "is about")
    if task.entity is not None and task.entity not in known:
        message = f"a file of this format {does} {listed(known, last='and')}, and not {task.entity}"
        yield (*path, "entity"), message, task.entity
    if isinstance(task, ExportTask) and task.changes_only and not traits.changes:
        message = "a file of this format is always the whole of what it is about, and never changes only"
        yield (*path, "changes_only"), message, ""


def check_rule(rule: AcceptRule, path: KeyPath, layout: LayoutSettings | None) -> Iterator[Fault]:
    """Yield what does not fit between the format and the layout of a rule of automatic import."""
    if rule.format is None:
        return
    if rule.layout is None:
        if not reads(rule.format):
            yield (*path, "layout"), "which layout reads files of this format is not said", ""
    elif isinstance(layout, IndustryImportLayout):
        if layout.format != rule.format:
            yield (*path, "layout"), f"this layout is of {layout.format!r}, not of {rule.format!r}", rule.layout
    elif layout is not None and rule.format not in READ_BY_LAYOUTS:
        yield (*path, "layout"), "a layout of columns cannot read files of this format", rule.layout
