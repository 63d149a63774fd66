"""A link as a walk uses it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from core.errors import Refused
from core.links.clock import SystemClock
from core.links.contract import Surroundings
from core.links.declared import DeclaredLink
from core.links.opening import open_link

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.tasks.context import RunContext


@contextmanager
def declared_link(context: RunContext, name: str) -> Iterator[DeclaredLink]:
    """Open a link whose connector is declared, inside the ``with`` block.

    Raises:
        Refused: it cannot be used, or its connector is none that is declared.
        ConfigError, LinkError, ConnectionFailed, StopRequested: as :func:`core.links.opening.open_link`.
    """
    around = Surroundings(
        config=context.config,
        secrets=context.secrets,
        clock=SystemClock(context.stop),
        redactor=context.redactor,
        stop=context.stop,
    )
    link = open_link(name, around, inactive_too=context.dry_run)
    try:
        if not isinstance(link, DeclaredLink):
            raise Refused(f"The link {name} leads to a system of another kind than this task reads.")
        yield link
    finally:
        link.close()
