"""The journal: what was planned, run, logged and asked for, in SQLite."""

from __future__ import annotations

from core.store.journal.journal import Journal

__all__ = ["Journal"]
