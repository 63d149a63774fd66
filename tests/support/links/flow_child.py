"""A process that carries out one flow of a workspace that was written before, until it ends, or is ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from support.killing import plant_death
from support.links.flow_site import FlowSite
from support.links.rest_server import FakeClock

from core.config.load import load

if TYPE_CHECKING:
    from support.links.rest_server import RestServer


def killed_while_waiting(flows: FlowSite, task: str, site: RestServer) -> None:
    """Let a process carry out a flow, and kill it once a system that was told to stall does."""
    with _process(flows, task) as child:
        assert site.stalled.wait(60)
        child.send_signal(signal.SIGKILL)
        assert child.wait(20) == -signal.SIGKILL
    site.stalled.clear()


def killed_at(flows: FlowSite, task: str, when: str, module: str, name: str) -> None:
    """Let a process carry out a flow that kills itself before or after a call (:mod:`support.killing`)."""
    with _process(flows, task, when, module, name) as child:
        assert child.wait(60) == -signal.SIGKILL


def _process(flows: FlowSite, task: str, *dies: str) -> subprocess.Popen[bytes]:
    flows.config()
    root = Path(__file__).parents[3]
    environment = {**os.environ, "PYTHONPATH": f"{root}:{root / 'tests'}"}
    command = [sys.executable, "-m", "support.links.flow_child", str(flows.directory), task, str(flows.clock.now())]
    return subprocess.Popen([*command, *dies], env=environment, cwd=root)


def main(directory: Path, task: str, now: float, *dies: str) -> None:
    """Carry out the flow."""
    if dies:
        when, module, name = dies
        plant_death(when, module, name)
    site = FlowSite(directory, FakeClock(now), run=1000)
    site.run(task, config=load(directory / "config.toml"))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], float(sys.argv[3]), *sys.argv[4:])
