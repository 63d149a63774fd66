"""What a run needs is loaded before the first one begins, and nothing else is."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from core.engine.loading import Loading

ROOT = Path(__file__).parents[3]
CHILD = """
import sys
import core.engine.engine
from core.engine.loading import Loading
before = {name for name in ("duckdb", "numpy") if name in sys.modules}
loading = Loading(sys.argv[1:], begin=0, pause=0)
loading.start()
loading._thread.join()
print(sorted(before), *(name for name in ("duckdb", "numpy", "core.tasks.importing") if name in sys.modules))
"""


@pytest.mark.parametrize(
    ("types", "loaded"),
    [(["report", "import"], "[] duckdb numpy core.tasks.importing\n"), (["report"], "[] duckdb\n")],
)
def test_what_the_tasks_of_an_engine_need_is_loaded(types: list[str], loaded: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CHILD, *types], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    assert (done.stdout, done.stderr) == (loaded, "")


def test_an_engine_that_ends_at_once_loads_nothing_more() -> None:
    loading = Loading(["import"], begin=3600)
    loading.start()
    loading.stop()
    assert "pendel-loading" not in {thread.name for thread in threading.enumerate()}
