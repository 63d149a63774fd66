"""A workspace that is operated over a real ``sshd`` on loopback, and a run in it that can be held."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.fault_proxy import held_ports
from support.pty_terminal import PtyTerminal
from support.transfer_sites import SSHD, running_sshd

from core.demo.credentials import write_host_key
from core.demo.servers import Account, FtpServer

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]

_CONFIG = """\
version = 1

[engine]
time_zone = "UTC"

[locations.supplier]
protocol = "ftp"
host = "127.0.0.1"
port = {port}
username = "pendel"
password = {{ file = "password" }}
timeout = 120

[layouts.prices]
direction = "import"
entity = "article"
format = "csv"
file = {{ delimiter = ";", decimal = "," }}
columns = [
  {{ column = "No", field = "number", required = true }},
  {{ column = "Price", field = "gross_price" }},
]

[[tasks]]
id = "prices"
type = "import"
description = "Prices of the supplier"
sequence = 10
frequency = {{ kind = "manual" }}
entity = "article"
assortment = "supplier"
layout = "prices"
source = {{ location = "supplier", path = "prices.csv" }}
settle = 0
"""


class SlowServer(FtpServer):
    """A supplier's server that takes connections, and says nothing to them before it is let."""

    serving: threading.Event

    def _serve(self) -> None:
        self.serving.wait()
        super()._serve()


@dataclass
class SshSite:
    """A workspace on a machine that is reached by ssh."""

    config: Path
    keys: Path
    port: int
    supplier: SlowServer

    def let_the_supplier_answer(self) -> None:
        """Let the run that waits for the supplier's server go on."""
        self.supplier.serving.set()

    def log_in(self) -> PtyTerminal:
        """Open a terminal, log in with the key, and wait for the shell."""
        options = ("StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "IdentitiesOnly=yes", "LogLevel=ERROR")
        # A shell that reads nobody's own settings.
        shell = f"cd {self.config.parent} && exec env LANG=C.UTF-8 PYTHONPATH={ROOT} PS1='remote> ' /bin/sh -i"
        terminal = PtyTerminal(
            [
                *("ssh", "-tt", "-F", "none", "-i", self.keys / "login", "-p", str(self.port)),
                *(word for option in options for word in ("-o", option)),
                *("127.0.0.1", shell),
            ],
            env={**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8"},
        )
        try:
            terminal.wait_for("remote>")
        except BaseException:
            terminal.__exit__()
            raise
        return terminal

    @property
    def pendel(self) -> str:
        """The command line of a console, which writes the number of its process down."""
        return (
            f'sh -c \'echo $$ >pid; exec {sys.executable} -c "from tui.main import main; main()"'
            f" --config {self.config}'"
        )

    @property
    def console_is_gone(self) -> bool:
        """Whether the console's process has ended."""
        try:
            pid = int((self.config.parent / "pid").read_text())
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
        except FileNotFoundError:
            return True


@contextmanager
def ssh_site(tmp_path: Path) -> Iterator[SshSite]:
    """Start ``sshd`` for the user of this process, and the supplier's server; skips where a program is missing."""
    for program in (SSHD, "ssh", "tmux"):
        if shutil.which(program) is None:
            if os.environ.get("CI"):
                pytest.fail(f"{program} is not installed, and must be in CI")
            pytest.skip(f"{program} is not installed")
    site, keys, files = (tmp_path / name for name in ("site", "keys", "supplier"))
    for directory in (site, keys, files):
        directory.mkdir()
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", keys / "login"], check=True)
    shutil.copy(keys / "login.pub", keys / "authorized")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    files.joinpath("prices.csv").write_text("No;Price\r\nA1;1,25\r\nA2;2,50\r\nA3;3,75\r\n")
    account = Account("pendel")
    supplier = SlowServer(files, keys, security="none", account=account)
    supplier.serving = threading.Event()
    with held_ports(1) as (port,), running_sshd(keys, write_host_key(keys), port), supplier:
        try:
            (site / "password").write_text(account.password)
            (site / "password").chmod(0o600)
            config = site / "config.toml"
            config.write_text(_CONFIG.format(port=supplier.port))
            yield SshSite(config, keys, port, supplier)
        finally:
            supplier.serving.set()
