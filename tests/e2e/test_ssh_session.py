"""The console as its users have it: over ssh, inside tmux or without it, on lines that break."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from support.pendel_cli import pendel
from support.ssh_site import SshSite, ssh_site
from support.waiting import wait_until

from core.config.load import load
from core.engine.lock import is_held
from core.store.journal import Journal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.pty_terminal import PtyTerminal


@pytest.fixture
def site(tmp_path: Path) -> Iterator[SshSite]:
    with ssh_site(tmp_path) as started:
        yield started


@pytest.fixture
def tmux(site: SshSite) -> Iterator[str]:
    """A tmux server of its own, without anybody's settings; its command line."""
    socket = site.config.parent / "tmux"
    yield f"tmux -u -f /dev/null -S {socket}"
    subprocess.run(["tmux", "-S", socket, "kill-server"], capture_output=True, check=False)


def runs(site: SshSite) -> list[tuple[str, str]]:
    told = pendel(site.config, "runs").told["runs"]
    return [(run["task"], run["outcome"]) for run in told]


def audit(site: SshSite) -> list[tuple[str, str, str]]:
    journal = Journal(load(site.config).journal_file, read_only=True)
    try:
        return [(row.action, row.object, row.new) for row in journal.audit.latest()]
    finally:
        journal.close()


def start_the_task(terminal: PtyTerminal) -> None:
    """Start the task by keys, and wait until its run is going."""
    terminal.wait_for("q Quit", "Prices of the supplier")
    terminal.press("G")
    terminal.wait_until(lambda: "› " in next(row for row in terminal.screen.display if "import" in row), "the cursor")
    terminal.press("s")
    terminal.wait_for("Start 1 task?")
    terminal.press("y")
    terminal.wait_for("1 running")


def attach(site: SshSite, tmux: str) -> PtyTerminal:
    """Log in once more, and take the tmux session up again."""
    terminal = site.log_in()
    terminal.press(f"{tmux} attach -t work\r")
    terminal.wait_for("q Quit")
    return terminal


def test_in_tmux_a_run_goes_on_through_detaching_and_a_broken_line(site: SshSite, tmux: str) -> None:
    with site.log_in() as first:
        first.press(f"{tmux} new-session -s work \"env PS1='in-tmux> ' sh -i\"\r")
        first.wait_for("in-tmux>")
        first.press(f"{site.pendel}\r")
        start_the_task(first)
        first.press("\x02d")
        first.wait_for("[detached")
        first.process.kill()

    with attach(site, tmux) as second:
        second.wait_for("1 running", "Prices of the supplier")
        # This time the line breaks while the console is being looked at.
        second.process.kill()
    site.let_the_supplier_answer()
    wait_until(lambda: ("prices", "succeeded") in runs(site), "the end of the run")

    with attach(site, tmux) as third:
        third.wait_for("succeeded")
        assert "running" not in third.text
        rows = [row.rstrip() for row in third.screen.display]
        assert rows[0].startswith("Pendel")
        assert "State" in rows[1]
        assert any("Prices of the supplier" in row for row in rows[2:6])
        assert "q Quit" in rows[-2], "the keys, above tmux's own line"
        assert "work" in rows[-1]
        third.press("q")
        third.wait_until(lambda: site.console_is_gone, "the end of the console")


def test_without_tmux_a_broken_line_lets_the_run_end_well_and_then_the_console(site: SshSite) -> None:
    with site.log_in() as terminal:
        terminal.press(f"{site.pendel}\r")
        start_the_task(terminal)
        terminal.process.kill()
    # The console noticed, and waits for its run.
    wait_until(lambda: ("engine.shutdown", "", "") in audit(site), "the end of the console")
    assert not site.console_is_gone
    assert runs(site)[0] == ("prices", "running")
    site.let_the_supplier_answer()
    wait_until(lambda: site.console_is_gone, "the end of the process")
    assert runs(site)[0] == ("prices", "succeeded")
    assert not is_held(load(site.config).data_dir)
