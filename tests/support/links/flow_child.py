"""A process that carries out one flow of a workspace that was written before, until it ends or is ended."""

from __future__ import annotations

import sys
from pathlib import Path

from support.links.flow_site import FlowSite
from support.links.rest_server import FakeClock

from core.config.load import load


def main(directory: Path, task: str, now: float) -> None:
    """Carry out the flow."""
    site = FlowSite(directory, FakeClock(now), run=1000)
    site.run(task, config=load(directory / "config.toml"))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], float(sys.argv[3]))
