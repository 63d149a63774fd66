"""``pendel demo`` as somebody sees it who has just installed Pendel."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

PENDEL = (sys.executable, "-c", "from tui.main import main; main()")
TASKS = [
    "wholesaler-prices",
    "maker-assortment",
    "webshop-articles",
    "erp-files",
    "shop-products",
    "shop-orders",
]


def demo(*arguments: str, temporary: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PENDEL, "demo", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "TMPDIR": str(temporary)},
    )


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    directory = tmp_path / "tmp"
    directory.mkdir()
    return directory


def test_without_a_terminal_the_demo_runs_its_tasks_and_says_how_they_ended(temporary: Path) -> None:
    done = demo("--json", temporary=temporary)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert [run["task"] for run in told["runs"]] == TASKS
    prices, assortment, shop, erp, products, orders = told["runs"]
    assert prices["outcome"] == "warnings"
    assert (prices["counts"]["read"], prices["counts"]["new"], prices["counts"]["rejected"]) == (7994, 3997, 6)
    assert (assortment["counts"]["new"], assortment["counts"]["archived"]) == (2500, 40)
    assert shop["counts"]["written"] == 3997
    assert erp["counts"]["written"] == 3997 + 2460
    assert (products["outcome"], products["counts"]["new"]) == ("succeeded", 8)
    # One is left in the list of failures, to be mended.
    assert (orders["outcome"], orders["counts"]["new"], orders["counts"]["rejected"]) == ("warnings", 11, 1)


def test_the_demo_leaves_nothing_behind_but_the_directory_that_it_names(temporary: Path) -> None:
    done = demo(temporary=temporary)
    assert done.returncode == 0, done.stderr
    (workspace,) = temporary.iterdir()
    assert str(workspace) in done.stderr
    assert all(task in done.stdout for task in TASKS)
    (delivered,) = (workspace / "ftps" / "import").iterdir()
    lines = delivered.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "sku,title,gtin,price,unit,updated"
    assert len(lines) == 1 + 3997
    assert {path.name for path in (workspace / "sftp" / "out").iterdir()} == {"processed"}


def test_a_directory_with_something_in_it_is_left_alone(temporary: Path) -> None:
    (temporary / "mine").write_text("mine")
    done = demo("--dir", str(temporary), "--headless", temporary=temporary)
    assert done.returncode == 5
    assert "is not empty" in done.stderr
    assert [path.name for path in temporary.iterdir()] == ["mine"]
