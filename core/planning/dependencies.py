"""Which tasks build on which: by ``after``, and imports that refer to records that another import brings (IM10).

What a file refers to must be in the catalogue first. Where the order of the tasks says otherwise, that is a hint and no
error: somebody may have good reasons, such as a first import that was done by hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.config.attachments import ATTACHMENT
from core.config.tasks import ImportTask
from core.config.writes import passes_of
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from core.config.layouts import ImportPass
    from core.config.model import Config
    from core.config.task_types import TaskSettings

_MOST = 20
"""Imports of one entity that are looked at, where none of them is of the assortment in question."""


@dataclass(frozen=True, slots=True)
class Dependency:
    """Two tasks of which one should come first."""

    first: str
    then: str
    why: str
    """What joins them: ``set by after``, ``article.product refers to product``."""
    wrong: str = ""
    """Where the order of the two contradicts that: what happens, and what to do, in a sentence or two."""


def dependencies(config: Config) -> list[Dependency]:
    """Return which tasks build on which, in the order of the configuration, each pair once."""
    order = _Order(config)
    found: dict[tuple[str, str], Dependency] = {}
    for task in config.tasks:
        for name in task.after.tasks if task.after else ():
            found.setdefault((name, task.id), Dependency(name, task.id, "set by after"))
    brings: dict[str, list[ImportTask]] = {}
    for task in config.tasks:
        if isinstance(task, ImportTask):
            for walk in passes_of(task, config):
                brings.setdefault(walk.entity, []).append(task)
    for task in config.tasks:
        for label, target, needed in _references(task, config):
            for first in _bringing(task, brings.get(target, [])):
                why = f"{label} refers to {target}"
                wrong = order.wrong(first, task, target) if needed else ""
                known = found.get((first.id, task.id))
                if known is None or (wrong and not known.wrong):
                    found[first.id, task.id] = Dependency(first.id, task.id, known.why if known else why, wrong)
    return list(found.values())


def hints(config: Config) -> list[str]:
    """Return what may not be meant so in the order of the tasks, and in the stubs that they make."""
    found = [each.wrong for each in dependencies(config) if each.wrong]
    brought = {
        (walk.entity, task.assortment)
        for task in config.tasks
        if isinstance(task, ImportTask)
        for walk in passes_of(task, config)
    }
    for task in config.tasks:
        for _, target, needed in _references(task, config):
            if not needed and isinstance(task, ImportTask) and (target, task.assortment) not in brought:
                place = f"in the assortment {clean(task.assortment)!r}" if task.assortment else "without an assortment"
                found.append(f"{task.id} makes stubs of {target} {place}, but no import brings records of it there.")
    return list(dict.fromkeys(found))


def _references(task: TaskSettings, config: Config) -> Iterator[tuple[str, str, bool]]:
    """Yield ``entity.field``, the entity that it refers to, and whether what is not there rejects a record.

    What the import brings itself is left out.
    """
    if not isinstance(task, ImportTask):
        return
    walks = passes_of(task, config)
    own = {walk.entity for walk in walks}
    for walk in walks:
        fields = config.entities[walk.entity].fields
        for column in walk.columns:
            target = fields[column.field].refers_to
            if target and target not in own:
                yield f"{walk.entity}.{column.field}", target, column.references != "stub"
        if walk.entity == ATTACHMENT:
            for target in _owners(walk, config):
                if target not in own:
                    yield f"{ATTACHMENT}.record", target, True


def _owners(walk: ImportPass, config: Config) -> list[str]:
    """Return the entities whose records an import of attachments is known to name, by its settings alone."""
    found: list[str | None] = []
    for column in walk.columns:
        if column.field == "entity":
            found += [column.constant, column.default, *column.values.values()]
    return [name for name in dict.fromkeys(found) if name is not None and name in config.entities]


def _bringing(task: TaskSettings, imports: list[ImportTask]) -> list[ImportTask]:
    """Of the imports of an entity, those that a task builds on: of its own assortment, or else any."""
    own = [each for each in imports if isinstance(task, ImportTask) and each.assortment == task.assortment]
    return own or imports[:_MOST]


class _Order:
    """In which order tasks start, as far as their settings tell."""

    def __init__(self, config: Config) -> None:
        self._tasks: Mapping[str, TaskSettings] = {task.id: task for task in config.tasks}
        self._before: dict[str, set[str]] = {}

    def wrong(self, first: ImportTask, then: TaskSettings, target: str) -> str:
        """Say what is wrong where a task that brings records of an entity does not start before one that needs them."""
        if not (first.active and then.active) or first.id in self._all_before(then.id):
            return ""
        brings = f"which brings the records of {target} that it refers to"
        if then.id in self._all_before(first.id):
            return f"{then.id} comes before {first.id}, {brings}: turn them round."
        if not _together(first, then) or self._place(then.id) > self._place(first.id):
            return ""
        mend = "Give it a higher sequence number, or let it come after that one."
        if self._place(then.id) < self._place(first.id):
            return (
                f"{then.id} (sequence {then.sequence}) starts before {first.id} (sequence {first.sequence}), "
                f"{brings}. {mend}"
            )
        return f"{then.id} may run side by side with {first.id}, {brings}. {mend}"

    def _all_before(self, task: str) -> set[str]:
        """The tasks that one comes after, and those that these come after."""
        if task not in self._before:
            found: set[str] = set()
            left = [task]
            while left:
                settings = self._tasks.get(left.pop())
                names = settings.after.tasks if settings and settings.after else []
                left += [name for name in names if name not in found]
                found.update(names)
            self._before[task] = found
        return self._before[task]

    def _place(self, task: str) -> int:
        """The sequence number of a task, or that of one it comes after, as in a wave."""
        names = (self._tasks[name] for name in self._all_before(task) if name in self._tasks)
        return max([self._tasks[task].sequence, *(other.sequence for other in names)])


def _together(one: TaskSettings, other: TaskSettings) -> bool:
    """Whether two tasks can be due at the same minute, as far as it shows at a glance."""
    at = getattr(one.frequency, "at", None)
    return one.frequency == other.frequency or (at is not None and at == getattr(other.frequency, "at", None))
