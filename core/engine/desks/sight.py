"""What an actor may see of the configuration and of the audit: not every link, and no password."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.engine.desks import tables

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.engine.door import Door
    from core.store.journal.records import AuditRow


class Sight:
    """Leaves out what one actor may not see."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def hidden(self, kind: str) -> frozenset[str]:
        """Return the tables of a kind that are not there for the actor."""
        found = {"links": self._door.hidden_links, "tasks": self._door.hidden_tasks}
        return found.get(kind, frozenset())

    def seen(self, words: Sequence[str]) -> tuple[str, ...]:
        """Return tables in words, as those that name another, without those that are not there for the actor."""
        hidden = {tables.in_words(kind, name) for kind in ("links", "tasks") for name in self.hidden(kind)}
        return tuple(each for each in words if each not in hidden)

    def sees(self, row: AuditRow) -> bool:
        """Whether a row of the audit is not about what the actor may not see."""
        kind = {"link": "links", "task": "tasks", "flow": "tasks"}.get(row.action.partition(".")[0], "")
        # Of a flow, its records are named behind it.
        named = row.object.partition(": ")[0] if row.action.startswith("flow.") else row.object
        return bool(self.seen([named])) and self.hidden(kind).isdisjoint(named.split(", "))

    def shown(self, kind: str, values: Any) -> Any:
        """Return a table as plain values; of a link without a password that somebody wrote into the file."""
        if kind != "links" or not isinstance(values, dict):
            return tables.plain(values)
        from core.engine.desks.link_settings import masked

        return tables.plain(masked(values, self._door.engine.workspace.config))

    def learn(self, kind: str, values: Any) -> None:
        """Keep the audit clean of a password that somebody wrote into the file of a link."""
        if kind == "links" and isinstance(values, dict):
            from core.engine.desks.link_settings import plain_passwords

            workspace = self._door.engine.workspace
            for name in plain_passwords(values, workspace.config):
                workspace.redactor.add(str(values["fields"][name]))
