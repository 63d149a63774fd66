"""The layouts that ship with Pendel: what a new one can begin with."""

from __future__ import annotations

import tomllib
from importlib import resources
from typing import Any

READY = {
    "weekly-exchange-overview": "Weekly exchange overview: runs, failures, volumes",
    "price-changes": "Price changes of an assortment",
    "data-quality": "Data quality of an entity",
}
"""Their titles by name, in the order in which they are offered."""


def ready_layout(name: str, languages: list[str]) -> dict[str, Any]:
    """Return a layout as a table of the configuration; what it says in one language is that of the engine's first."""
    text = resources.files(__name__).joinpath(f"{name}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text.replace("description.nl", f"description.{languages[0]}"))
