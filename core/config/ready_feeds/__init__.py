"""Feed layouts that are ready to be taken and changed: a TOML file each, named as the template is."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Any


def ready_feeds() -> dict[str, dict[str, Any]]:
    """Return the ready layouts by name, as the configuration would have them."""
    found = (file for file in files(__package__).iterdir() if file.name.endswith(".toml"))
    return {
        file.name.removesuffix(".toml"): tomllib.loads(file.read_text(encoding="utf-8"))
        for file in sorted(found, key=lambda file: file.name)
    }
