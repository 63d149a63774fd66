"""The definitions that Pendel brings along, a file each."""

from __future__ import annotations

from importlib.resources import files


def ready_names() -> list[str]:
    """Return their names."""
    return sorted(file.name.removesuffix(".toml") for file in files(__name__).iterdir() if file.name.endswith(".toml"))
