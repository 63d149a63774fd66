from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from core.engine import giving_way
from core.engine.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def interval() -> Iterator[None]:
    before = sys.getswitchinterval()
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("interval")
def test_the_switch_interval_is_only_ever_made_shorter() -> None:
    giving_way.switch_soon()
    assert sys.getswitchinterval() == pytest.approx(giving_way.SWITCH_SECONDS, rel=0.05)
    sys.setswitchinterval(0.0001)
    giving_way.switch_soon()
    assert sys.getswitchinterval() == pytest.approx(0.0001, rel=0.05)


def niceness_in_thread(work: Callable[[], None]) -> list[int]:
    """What a thread has after some work, and one that it then begins."""
    found: list[int] = []

    def look() -> None:
        found.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))

    def begin() -> None:
        work()
        look()
        inner = threading.Thread(target=look)
        inner.start()
        inner.join()

    thread = threading.Thread(target=begin)
    thread.start()
    thread.join()
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="threads have a niceness of their own on Linux only")
def test_a_thread_that_steps_back_takes_those_along_that_it_begins_and_no_other() -> None:
    before = os.getpriority(os.PRIO_PROCESS, 0)
    after = min(19, before + giving_way.NICENESS)
    assert niceness_in_thread(giving_way.step_back) == [after, after]
    assert os.getpriority(os.PRIO_PROCESS, 0) == before
    assert niceness_in_thread(lambda: None) == [before, before]


def niceness_of_threads() -> dict[str, int]:
    """By the number of the thread; one that ends meanwhile has none."""
    found = {}
    for path in Path("/proc/self/task").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):
            found[path.name] = int((path / "stat").read_text().rpartition(")")[2].split()[16])
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="threads have a niceness of their own on Linux only")
@pytest.mark.parametrize("polite", [True, False])
def test_the_threads_of_the_catalogue_give_way_whoever_opens_it(tmp_path: Path, polite: bool) -> None:
    config = tmp_path / "config.toml"
    config.write_text('version = 1\n[engine]\ndata_dir = "data"\n', encoding="utf-8")
    workspace = Workspace(config, polite=polite)
    try:
        before = niceness_of_threads()
        with workspace.catalogue.session() as session:
            session.execute("SELECT count(*) FROM range(10000000)")
        began = {number: nice for number, nice in niceness_of_threads().items() if number not in before}
        mine = os.getpriority(os.PRIO_PROCESS, 0)
        assert began, "DuckDB works in threads of its own"
        assert set(began.values()) == {min(19, mine + giving_way.NICENESS) if polite else mine}
        assert os.getpriority(os.PRIO_PROCESS, 0) == mine, "who asked for the catalogue stays where it was"
    finally:
        workspace.close()
