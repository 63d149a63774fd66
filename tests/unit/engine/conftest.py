from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from support.engine_desk import FakeRunner, Time

from core.engine.engine import Engine
from core.planning.clock import Clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

LAYOUT = """
[layouts.articles]
direction = "import"
entity = "article"
format = "csv"
columns = [{ column = "No", field = "number" }]

[layouts.shop]
direction = "export"
entity = "article"
format = "csv"
columns = [{ column = "sku", field = "number" }]
"""


@pytest.fixture
def site(workspace: Callable[..., Path]) -> Callable[..., Path]:
    """Write a configuration with tasks made by :func:`support.engine_desk.import_task`."""

    def make(*tasks: str, engine: str = "", more: str = "") -> Path:
        return workspace("\n".join((LAYOUT, more, *tasks)), engine=engine)

    return make


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    """The time of day, and a clock that looks at it only when a test has it look."""
    monkeypatch.setattr(Clock, "start", lambda _: None)
    return Time()


@pytest.fixture
def open_engine(time: Time) -> Iterator[Callable[..., tuple[Engine, FakeRunner]]]:
    """Open an engine whose runs do nothing; ``plan`` and ``resume`` as by :meth:`Engine.start`.

    ``hold`` names tasks whose runs go on until they are released.
    """
    opened: list[tuple[Engine, FakeRunner]] = []

    def make(config: Path, *, hold: tuple[str, ...] = (), **how: Any) -> tuple[Engine, FakeRunner]:
        engine = Engine(config, now=time)
        runner = FakeRunner(engine.workspace.journal)
        engine.dispatcher._runner = runner  # type: ignore[assignment]
        opened.append((engine, runner))
        runner.hold(*hold)
        engine.start(**how)
        return engine, runner

    yield make
    for engine, runner in opened:
        runner.release()
        engine.shutdown(stop_runs=True)
