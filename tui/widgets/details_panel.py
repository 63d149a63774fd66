"""Everything about the task under the cursor, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len

from tui.widgets.rows import Line, Lines, fitted, paragraph, text_of
from tui.widgets.run_lines import ended_lines, going_lines, labelled
from tui.words import planned as planned_in_words
from tui.words import some_of

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from core.engine.api import TaskView
    from tui.words import Signs

_LOW = 6
"""The height up to which the details are brief."""
_BRIEF = 290
"""Characters of all lines together where the details are brief: over a slow line, each key that moves sends them."""
_SHORTEST, _FAMILIAR = 24, 50
_PLANNED = "Planned"
_LINKS = 8
"""Tasks of a chain of which it is said why they are in it."""


def brief_details(
    task: TaskView, *, width: int, now: datetime, zone: tzinfo, signs: Signs, planned: bool = True
) -> list[Line]:
    """Return the most urgent details of a task with a line for each; what there is no room for is cut."""
    lines = details(task, width=10_000, now=now, zone=zone, signs=signs, planned=planned)[:_LOW]
    shown: list[Line] = []
    left = _BRIEF
    for number, line in enumerate(lines):
        # The second is the description, which stands in the list, too.
        most = min(width, _FAMILIAR) if number == 1 else width
        behind = sum(_least(other, task) for other in lines[number + 1 :])
        shown.append(_cut(line, max(1, min(most, left - behind)), signs.ellipsis))
        left -= cell_len(text_of(shown[-1]))
    return shown


def _least(line: Line, task: TaskView) -> int:
    """Return how much of a line is shown at least: of the plan, how often the task runs."""
    text = text_of(line)
    end = text.find(task.frequency) + len(task.frequency) + 1 if text.startswith(_PLANNED) else 0
    return min(cell_len(text), max(_SHORTEST, end))


def _cut(line: Line, width: int, ellipsis: str) -> Line:
    *before, (text, role) = line
    room = max(0, width - sum(cell_len(part) for part, _ in before))
    return (*before, (fitted(text, room, ellipsis).rstrip(), role))


def details(
    task: TaskView, *, width: int, now: datetime, zone: tzinfo, signs: Signs, planned: bool = True
) -> list[Line]:
    """Return the details of a task as lines of ``width`` columns, the most urgent first.

    Before the engine has ``planned``, nothing is said of its next moment.
    """
    place = "system task" if task.system else f"sequence {task.sequence}"
    active = "active" if task.active else "not active"
    title = f" {signs.dot} ".join((task.id, task.type, place, active))
    lines: list[Line] = paragraph(f"{signs.rule * 2} {title}", width, "title")
    lines += paragraph(task.description, width)
    if task.run:
        lines += going_lines(task.run, width=width, now=now, zone=zone, signs=signs)
    if task.last_run:
        lines += ended_lines(task.last_run, label="Last run", width=width, zone=zone, signs=signs)
    else:
        lines += labelled("Last run", "This task has never run.", width)
    lines += labelled(_PLANNED, planned_in_words(task, zone) if planned else task.frequency, width)
    return lines + chain_lines(task, width=width, signs=signs)


def chain_lines(task: TaskView, *, width: int, signs: Signs) -> list[Line]:
    """Return the tasks that one builds on and that build on it, and what is wrong with their order."""
    if not task.chain:
        return []
    groups: dict[int, list[str]] = {0: [task.id]}
    for link in task.chain:
        groups.setdefault(link.steps, []).append(f"{link.task} ({link.sequence})")
    chain = f" {signs.arrow} ".join(some_of(groups[steps]) for steps in sorted(groups))
    lines = labelled("Chain", chain, width)
    for link in [link for link in task.chain if link.why][:_LINKS]:
        lines += labelled("", f"{'after' if link.steps < 0 else 'before'} {link.task}: {link.why}", width)
    for wrong in dict.fromkeys(link.wrong for link in task.chain if link.wrong):
        lines += [_warned(line) for line in labelled("! Order", wrong, width)]
    return lines


def _warned(line: Line) -> Line:
    return tuple((text, role or "warning") for text, role in line)


def details_text(lines: list[Line]) -> str:
    """Return details as text for a clipboard."""
    return "\n".join(text_of(line).rstrip() for line in lines) + "\n"


class DetailsPanel(Lines):
    """Shows the details of one task."""

    def __init__(self, signs: Signs) -> None:
        super().__init__(id="details", can_focus=True)
        self._signs = signs
        self._shown: tuple[TaskView | None, datetime, tzinfo, bool] | None = None

    def take(self, task: TaskView | None, now: datetime, zone: tzinfo, *, planned: bool) -> None:
        """Show a task; none where the list is empty."""
        before = self._shown[0] if self._shown else None
        if before is None or task is None or task.id != before.id:
            self.top = 0
        self._shown = (task, now, zone, planned)
        self._break_lines()

    def _break_lines(self) -> None:
        if self._shown is None or not self.display or not self.size.width:
            return
        task, now, zone, planned = self._shown
        if task is None:
            self.show([((f"{self._signs.rule * 2} no task", "title"),)])
        else:
            shown = brief_details if self.size.height <= _LOW else details
            lines = shown(task, width=self.size.width, now=now, zone=zone, signs=self._signs, planned=planned)
            self.show(lines)

    def _on_resize(self) -> None:
        self._break_lines()
