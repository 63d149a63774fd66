"""A systemd that is the first process of namespaces of its own, over a copy-on-write view of this machine's files.

Nothing that happens in there reaches the machine: files go to memory, users and units with them.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from support.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_SYSTEMD = Path("/lib/systemd/systemd")
_ROOT = Path(__file__).parents[2]
_NAMESPACES = ("--pid", "--fork", "--mount", "--mount-proc", "--cgroup", "--uts", "--ipc", "--propagation", "private")
_MASKED = ("systemd-tmpfiles-setup.service", "systemd-timesyncd.service", "timers.target")
"""Would look through all temporary files of this machine, set its clock, and look for packages."""
_OVERLAY = """
set -e
mount -t tmpfs tmpfs {memory}
mkdir {memory}/upper {memory}/work {memory}/root
mount -t overlay overlay -o lowerdir=/,upperdir={memory}/upper,workdir={memory}/work {memory}/root
cd {memory}/root
mount -t sysfs sysfs sys -o ro
mount -t cgroup2 cgroup2 sys/fs/cgroup
"""
_BOOT = """
mount -t proc proc proc
mount -t tmpfs tmpfs run
mount --rbind /dev dev
for unit in {masked}; do ln -sf /dev/null etc/systemd/system/$unit; done
mkdir old
pivot_root . old
umount -l old
exec env -i container=pendel PATH={path} {systemd} --system --unit=basic.target --log-target=console --show-status=no
"""


def _cgroups() -> Path | None:
    """Where control groups of version 2 are, if anything can be made there."""
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        places, _, kind = line.partition(" - ")
        if kind.startswith("cgroup2 ") and os.access(found := Path(places.split()[4]), os.W_OK):
            return found
    return None


def why_not(directory: Path) -> str:
    """Return why no systemd can be started here; empty where one can."""
    missing = [name for name in ("unshare", "nsenter", "systemctl") if shutil.which(name) is None]
    if missing or not _SYSTEMD.exists():
        return f"{', '.join(missing) or _SYSTEMD} is not installed"
    if os.geteuid() != 0:
        return "only root may make namespaces and mount"
    if _cgroups() is None:
        return "there are no control groups of version 2 that can be written to"
    memory = directory / "probe"
    memory.mkdir()
    done = subprocess.run(
        ["unshare", *_NAMESPACES, "sh", "-c", _OVERLAY.format(memory=memory)],
        capture_output=True,
        text=True,
        check=False,
    )
    return f"namespaces cannot be made here: {done.stderr.strip()}" if done.returncode else ""


def wait_until(condition: Callable[[], object], what: Callable[[], str]) -> None:
    """Wait for what other processes do."""
    pause, end = threading.Event(), time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"never came: {what()}"
        pause.wait(0.1)


class SystemdMachine:
    """Runs commands beside the systemd."""

    def __init__(self, process: int) -> None:
        self._enter = [
            "nsenter",
            "-t",
            str(process),
            "--mount",
            "--pid",
            "--cgroup",
            "--uts",
            "--ipc",
            "--root",
            "--wd",
        ]

    def run(self, *command: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run a command, whatever comes of it."""
        return subprocess.run(
            [*self._enter, *command], input=text, capture_output=True, text=True, check=False, timeout=PATIENCE * 2
        )

    def write(self, path: str, text: str, *, mode: str = "644") -> None:
        """Make a file."""
        done = self.run("sh", "-c", f"mkdir -p $(dirname {path}) && cat > {path} && chmod {mode} {path}", text=text)
        assert done.returncode == 0, done.stderr

    def properties(self, unit: str) -> dict[str, str]:
        """Return what systemd knows of a unit."""
        told = self.run("systemctl", "show", unit).stdout
        return dict(line.split("=", 1) for line in told.splitlines() if "=" in line)

    def make_readable(self, *paths: str | Path) -> None:
        """Let every user reach files of this machine that lie where only root may look."""
        around = {str(parent) for path in paths for parent in Path(path).resolve().parents}
        self.run("chmod", "a+rx", *around, *map(str, paths))


@contextmanager
def systemd_machine(directory: Path) -> Iterator[SystemdMachine]:
    """Boot it; at the end, all its processes are killed."""
    memory, cgroups = directory / "memory", _cgroups()
    assert cgroups is not None
    group = cgroups / f"pendel-test-{os.getpid()}"
    memory.mkdir()
    group.mkdir()
    script = _OVERLAY.format(memory=memory) + _BOOT.format(
        path="/usr/sbin:/usr/bin:/sbin:/bin", systemd=_SYSTEMD, masked=" ".join(_MASKED)
    )
    (directory / "boot.sh").write_text(
        f"echo $$ > {group}/cgroup.procs\nexec unshare {' '.join(_NAMESPACES)} sh -c '{script}'\n"
    )
    said = (directory / "boot.log").open("wb")
    outside = subprocess.Popen(["sh", directory / "boot.sh"], stdin=subprocess.DEVNULL, stdout=said, stderr=said)
    inside = 0
    try:
        children = Path(f"/proc/{outside.pid}/task/{outside.pid}/children")
        log = directory / "boot.log"
        wait_until(lambda: children.read_text().split(), log.read_text)
        inside = int(children.read_text().split()[0])
        machine = SystemdMachine(inside)
        wait_until(lambda: machine.run("systemctl", "is-system-running").stdout.strip() == "running", log.read_text)
        machine.make_readable(_ROOT, sys.prefix, sys.base_prefix, Path(sys.executable).resolve().parent)
        yield machine
    finally:
        # The first process of a namespace takes all others with it.
        if inside:
            os.kill(inside, signal.SIGKILL)
        else:
            outside.kill()
        outside.wait()
        said.close()
        for each in sorted((path for path in group.rglob("*") if path.is_dir()), reverse=True):
            each.rmdir()
        group.rmdir()
