"""The state of an engine, told so that only what changed goes over the socket."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from core.engine.attach.methods import adapter

if TYPE_CHECKING:
    from pydantic import TypeAdapter

    from core.engine.api.views import LogLine, Snapshot, TaskView


@dataclass(frozen=True, slots=True)
class Update:
    """What is new since the update before it on the same connection."""

    head: Snapshot | None
    """The state, but for its tasks; ``None`` where nothing changed."""
    changed: tuple[TaskView, ...] = ()
    """Tasks that are new, or not what they were."""
    order: tuple[str, ...] | None = None
    """The ids of all tasks, where they are others than before or stand otherwise."""
    lines: tuple[LogLine, ...] = ()
    """Of the log."""


@cache
def update_adapter() -> TypeAdapter[Any]:
    """Return what turns an :class:`Update` into JSON and back."""
    return adapter(Update)


class Teller:
    """Remembers what one connection was told. A connection that fails takes its memory with it."""

    def __init__(self) -> None:
        self._told: dict[str, TaskView] = {}
        self._order: tuple[str, ...] | None = None

    def tell(self, snapshot: Snapshot | None, lines: tuple[LogLine, ...]) -> Update:
        """Return what is to be told of a snapshot."""
        if snapshot is None:
            return Update(None, lines=lines)
        # The board keeps the very view that did not change: with ten thousand tasks, that is quicker than comparing.
        changed = tuple(task for task in snapshot.tasks if (old := self._told.get(task.id)) is not task and old != task)
        order = tuple(task.id for task in snapshot.tasks)
        same = order == self._order
        self._told = {task.id: task for task in snapshot.tasks}
        self._order = order
        return Update(replace(snapshot, tasks=()), changed, None if same else order, lines)


class Listener:
    """Puts together what a connection is told; a new connection begins with a new one."""

    def __init__(self) -> None:
        self._tasks: dict[str, TaskView] = {}
        self._order: tuple[str, ...] = ()

    def take(self, update: Update) -> Snapshot | None:
        """Return the state as it is now, or ``None`` where it did not change.

        Raises:
            KeyError: the update does not fit what was told before.
        """
        if update.head is None:
            return None
        self._tasks |= {task.id: task for task in update.changed}
        if update.order is not None:
            self._order = update.order
            self._tasks = {task: self._tasks[task] for task in update.order}
        return replace(update.head, tasks=tuple(self._tasks[task] for task in self._order))
