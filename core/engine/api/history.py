"""Runs, what they left behind, and cursors."""

from __future__ import annotations

from typing import Protocol


class HistoryApi(Protocol):
    """Runs, what they left behind, and cursors."""
