"""Codes and spellings of the industry's formats, and what they are with us: one table each, for readers and writers.

Whatever cannot be understood raises :class:`Unfit`, an error of one value; nothing is guessed, and nothing rounded.
"""

from __future__ import annotations

from core.exchange.codes.unfit import Unfit

__all__ = ["Unfit"]
