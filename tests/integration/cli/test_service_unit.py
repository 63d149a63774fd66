"""The unit of systemd in ``docs/operating.md``: systemd takes every line of it."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

OPERATING = Path(__file__).parents[3] / "docs" / "operating.md"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_systemd_has_nothing_to_say_about_the_unit(tmp_path: Path) -> None:
    found = re.search(r"^# /etc/systemd/system/(\S+)\n(.*?)^```$", OPERATING.read_text(), re.MULTILINE | re.DOTALL)
    assert found
    # It looks whether the program is there, too.
    program = shutil.which("true")
    unit = tmp_path / found[1]
    unit.write_text(re.sub(r"(?<=^ExecStart=)\S+", str(program), found[2], flags=re.MULTILINE))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True, check=False, timeout=60
    )
    assert [line for line in done.stderr.splitlines() if unit.name in line] == []
    assert done.returncode == 0, done.stderr
