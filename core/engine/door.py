"""The door through which every command enters: it checks who may do what, and writes the audit."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from core.engine.api.rights import Right
from core.engine.logs import LOGGER
from core.errors import PendelError, Refused
from core.store.journal.records import AuditRow
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.config.model import Config
    from core.config.tasks import TaskBase
    from core.engine.engine import Engine
    from core.runs import Actor


class Door:
    """An engine as one actor may use it, with one right."""

    def __init__(self, engine: Engine, actor: Actor, right: Right) -> None:
        self.engine = engine
        self.actor = actor
        self.right = right
        self._hidden: tuple[Config, frozenset[str], frozenset[str]] | None = None

    @property
    def hidden_links(self) -> frozenset[str]:
        """The links that the actor may not see; they are as if they were not there."""
        return self._hidden_now()[1]

    @property
    def hidden_tasks(self) -> frozenset[str]:
        """The tasks that use one of them; they, their runs and their log are as if they were not there, too."""
        return self._hidden_now()[2]

    def task(self, task_id: str) -> TaskBase:
        """Return a task that the actor may see.

        Raises:
            Refused: there is none with this id.
        """
        if task_id in self.hidden_tasks:
            raise Refused(f"No task has the id {clean(task_id, limit=70)!r}.")
        return self.engine.task(task_id)

    def _hidden_now(self) -> tuple[Config, frozenset[str], frozenset[str]]:
        config = self.engine.workspace.config
        if self._hidden is None or self._hidden[0] is not config:
            # A directory service is not asked at every question.
            links, tasks = frozenset[str](), frozenset[str]()
            if config.links:
                from core.engine.visibility import hidden_links, hidden_tasks

                links = hidden_links(config, self.actor.user, self.right)
                tasks = hidden_tasks(config, links)
            self._hidden = (config, links, tasks)
        return self._hidden

    @contextmanager
    def command(
        self, action: str, subject: str, *, needs: Right = Right.OPERATE, old: str = "", new: str = ""
    ) -> Iterator[None]:
        """Refuse what the actor may not do, and write the command and its answer into the audit.

        Raises:
            Refused: the actor's right does not reach so far.
        """
        answer = "accepted"
        try:
            if not self.right.allows(needs):
                raise self._refusal(needs)
            yield
        except PendelError as error:
            answer = error.message
            raise
        except Exception as error:
            answer = f"failed by a fault in Pendel: {type(error).__name__}"
            raise
        finally:
            self.note(action, subject, old=old, new=new, answer=answer)

    def require(self, needs: Right) -> None:
        """Refuse what the actor may not do, for what changes nothing and leaves no trace in the audit.

        Raises:
            Refused: the actor's right does not reach so far.
        """
        if not self.right.allows(needs):
            raise self._refusal(needs)

    def _refusal(self, needs: Right) -> Refused:
        if self.right is Right.VIEW:
            return Refused("This console is read-only.", advice="Start pendel without --read-only.")
        return Refused(f"{self.actor.user} may {self.right}, and this needs the right to {needs}.")

    def note(self, action: str, subject: str, *, old: str = "", new: str = "", answer: str = "accepted") -> None:
        """Write a row of the audit."""
        workspace = self.engine.workspace
        row = AuditRow(workspace.now(), self.actor, action, clean(subject, limit=500), old, new, clean(answer))
        try:
            workspace.journal.audit.add(row)
        except PendelError as error:
            # The command is done; on a full disk, too, a run must be stopped. The log file takes the place of the row.
            LOGGER.error("%s of %s by %s: %s. The audit: %s", action, row.object, self.actor, row.answer, error)
