"""What is configured, and changing it."""

from __future__ import annotations

from typing import Protocol


class SettingsApi(Protocol):
    """What is configured, and changing it."""
