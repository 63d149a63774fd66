"""Samples of what a dry run would change, short enough to be kept with the run."""

from __future__ import annotations

from typing import Any

from core.text import shorten

SAMPLES = 20
"""Records of each kind that a dry run shows: new, changed, coming back, archived and rejected ones."""
_LONGEST_VALUE = 200


def shortened(sample: dict[str, Any]) -> dict[str, Any]:
    """Return a sample whose values are short enough to be kept with the run."""

    def short(value: object) -> object:
        return shorten(value, _LONGEST_VALUE) if isinstance(value, str) else value

    changes = {field: [short(old), short(new)] for field, (old, new) in sample["changes"].items()}
    return {"key": sample["key"], "changes": changes}
