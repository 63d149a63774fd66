"""What tasks have to tell people, carried to the targets that alerts have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.engine.alerts.rules import REPORT
from core.engine.alerts.targets import deliver
from core.engine.alerts.words import Message
from core.errors import ConfigError, Problem

if TYPE_CHECKING:
    from core.engine.workspace import Workspace
    from core.tasks.letters import Letter


def send_letter(workspace: Workspace, task: str, name: str, letter: Letter) -> None:
    """Send a letter of a task to a target.

    Raises:
        ConfigError: the target is not there, or its address cannot be used.
        ConnectionFailed: it did not take it.
    """
    target = workspace.config.alerts.targets.get(name)
    if target is None:
        raise ConfigError([Problem("", "[alerts.targets]", name, "there is no such target")])
    message = Message(letter.title, letter.text, (task,), (REPORT,), letter.html, letter.files)
    deliver(name, target, message, secrets=workspace.secrets, base_dir=workspace.config.base_dir)
