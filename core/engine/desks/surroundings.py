"""What links need besides their settings, as an engine has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.engine.desks.stepwise import TypedSecrets
from core.stop import StopToken

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.engine.workspace import Workspace
    from core.links.contract import Surroundings


def surroundings(
    workspace: Workspace, secrets: Mapping[str, str] | None = None, stop: StopToken | None = None
) -> Surroundings:
    """Return the surroundings of a link; ``secrets`` are what was typed and is not in the vault yet."""
    from core.links.clock import SystemClock
    from core.links.contract import Surroundings

    for value in (secrets or {}).values():
        workspace.redactor.add(value)
    stop = stop or StopToken()
    return Surroundings(
        config=workspace.config,
        secrets=TypedSecrets(secrets or {}, workspace.secrets),
        clock=SystemClock(stop),
        redactor=workspace.redactor,
        stop=stop,
    )
