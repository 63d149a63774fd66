"""The colours of the console. Nothing depends on them: every sign and every word says the same without."""

from __future__ import annotations

from textual.theme import Theme

ANSI = "ansi"
"""Not a theme of ours: the sixteen colours of the terminal itself."""


def _theme(
    name: str,
    *,
    dark: bool,
    background: str,
    foreground: str,
    primary: str,
    secondary: str,
    success: str,
    warning: str,
    error: str,
) -> Theme:
    return Theme(
        name=f"pendel-{name}",
        dark=dark,
        background=background,
        foreground=foreground,
        surface=background,
        panel=background,
        primary=primary,
        accent=primary,
        secondary=secondary,
        success=success,
        warning=warning,
        error=error,
    )


THEMES = {
    "dark": _theme(
        "dark",
        dark=True,
        background="#16191d",
        foreground="#d5d9de",
        primary="#7fb4ff",
        secondary="#6fd3d8",
        success="#84cf7a",
        warning="#e6c35c",
        error="#ff8b82",
    ),
    "light": _theme(
        "light",
        dark=False,
        background="#fafaf7",
        foreground="#1f2328",
        primary="#0550ae",
        secondary="#00626b",
        success="#1a6b28",
        warning="#7a5200",
        error="#b3201b",
    ),
    "high-contrast": _theme(
        "high-contrast",
        dark=True,
        background="#000000",
        foreground="#ffffff",
        primary="#9fd0ff",
        secondary="#7ff4ff",
        success="#8dff8d",
        warning="#ffe45c",
        error="#ffb0a8",
    ),
}
"""By the name that ``[console] theme`` takes."""
