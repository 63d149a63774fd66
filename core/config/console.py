"""The settings of the console, and the keys that a user chose."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, StrictBool, StrictStr

from core.config.base import Settings, setting


class ConsoleSettings(Settings):
    """How the console looks, read when it is opened."""

    theme: Literal["dark", "light", "high-contrast", "ansi"] = setting(
        "ansi",
        title="Theme",
        help="Its colours; ansi: the sixteen colours of the terminal itself, which also take least to send.",
        at_start=True,
    )
    mouse: StrictBool = setting(
        False,
        title="Mouse",
        help="Let the console take the mouse; the terminal then selects text only with Shift held.",
        at_start=True,
    )


def _key_names(value: Any) -> Any:
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not names or not all(isinstance(name, str) and name for name in names):
        raise ValueError('a key or a list of keys is needed, behind the quoted name of an action: "task.start" = ["s"]')
    return names


KeyNames = Annotated[list[StrictStr], BeforeValidator(_key_names)]
"""The keys of an action. What keys and actions there are is the console's to know."""
