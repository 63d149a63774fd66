"""The settings of who may use an engine that runs already, by the users and groups of the operating system."""

from __future__ import annotations

from typing import Annotated

from pydantic import StrictStr, StringConstraints

from core.config.base import Line, Settings, setting

Principal = Annotated[
    StrictStr, StringConstraints(pattern=r"^@?[^@:\s\x00-\x1f\x7f][^:\x00-\x1f\x7f]*$", max_length=256)
]
"""The name of a user, or of a group behind an ``@``."""


class AccessSettings(Settings):
    """Who may attach a console or a command to an engine that runs already.

    Root and the user that the engine runs as may administer always; without this table, only these two may anything.
    """

    view: list[Principal] = setting(
        list, title="May look", help='At everything but secrets. Names of users, or of groups as "@group".'
    )
    operate: list[Principal] = setting(
        list, title="May operate", help="Also start and stop runs, switch tasks on and off, revert, set cursors."
    )
    administer: list[Principal] = setting(list, title="May administer", help="Also change settings and secrets.")
    socket: Line | None = setting(
        None,
        title="Socket",
        help="Where consoles reach the engine, if the data directory is closed to their users; in it by default.",
    )

    @property
    def names_somebody(self) -> bool:
        """Whether anybody but root and the engine's own user may attach."""
        return bool(self.view or self.operate or self.administer)
