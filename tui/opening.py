"""Opening an engine for a console: one of its own, or the one that works already; and what stands for it until then."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

from core.errors import ConfigError, EngineError, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from core.config.model import Config
    from core.engine.api import EngineApi, LogLine, Snapshot
    from core.engine.api.rights import Right
    from core.engine.attach.client import RemoteEngine
    from core.engine.engine import Engine

OnHangup = Literal["finish", "stop", "keep"]


@dataclass(frozen=True, slots=True)
class Look:
    """How the user wants the console. The keys are without faults."""

    theme: str = "ansi"
    mouse: bool = False
    keys: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Opened:
    """An engine that is open, and does nothing by itself before it is started."""

    api: EngineApi
    start: Callable[[], None] = lambda: None
    look: Look = Look()
    on_hangup: OnHangup = "finish"
    """What becomes of it when the terminal is lost: its runs are finished, or stopped, or it plans on until SIGTERM."""
    attached: RemoteEngine | None = None
    """Where it is a process of its own, which goes on without the console."""


class NotYet:
    """Stands for an engine that is still to be opened (:class:`core.engine.api.EngineApi`)."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def snapshot(self, since: int = -1) -> Snapshot | None:
        """Return what is known before."""
        return None if since == self._snapshot.revision else self._snapshot

    def log_after(self, number: int, limit: int = 1000) -> Sequence[LogLine]:  # noqa: ARG002 - there is no log yet
        """Return nothing."""
        return ()

    def __getattr__(self, name: str) -> Any:
        raise Refused("The engine has not begun yet.", advice="Try it again in a moment.")


def opened(config_path: Path, right: Right, known: Snapshot | None = None) -> Opened:
    """Open the engine of a configuration; where one works with it already, attach to that one.

    One that does not answer is attached to all the same: until it does, its state is what is ``known``.

    Raises:
        PendelError: it cannot be opened, or does not let this user in; or the console cannot use its settings.
    """
    from core.engine.api.rights import Right
    from core.engine.engine import Engine
    from core.engine.gate import Gate, current_actor

    try:
        engine = Engine(config_path, polite=True)
    except EngineError:
        # Its data directory is in use, or closed to this user: there may be an engine to attach to.
        from core.config.load import load
        from core.engine.attach.client import engine_beside

        config = load(config_path)
        look = _look(config)
        remote = engine_beside(config, right=right, meanwhile=known or _nothing_known(config, right))
        if remote is None:
            raise
        return Opened(remote.api, look=look, attached=remote)
    config = engine.workspace.config
    try:
        look = _look(config)
    except ConfigError:
        engine.shutdown(stop_runs=True)
        raise
    gate = Gate(engine, current_actor(), right=right)
    start = partial(_only_look, engine) if right is Right.VIEW else engine.start
    return Opened(gate, start=start, look=look, on_hangup=config.engine.on_hangup)


def _only_look(engine: Engine) -> None:
    """Start an engine that sets nothing going by itself, neither what is due nor what was interrupted, and say so."""
    engine.start(plan=False, attach=True, resume=())
    engine.board.notify("Nothing starts by plan: this engine is that of a read-only console.", about="plan")


def _nothing_known(config: Config, right: Right) -> Snapshot:
    from core.engine.api import Snapshot

    return Snapshot(0, (), 0, str(config.path), ZoneInfo(config.engine.time_zone), right, planned=False)


def _look(config: Config) -> Look:
    from tui.keymap import problems  # knows Textual's names of keys, which take a tenth of a second to import

    if found := problems(config):
        raise ConfigError(list(found))
    return Look(config.console.theme, config.console.mouse, config.keys)
