"""An engine in another process, as a console uses it."""

from __future__ import annotations

import os
import secrets
import socket
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, cast
from weakref import WeakSet

from core.engine.api.rights import Right
from core.engine.attach import wire
from core.engine.attach.access import peer, uid_of
from core.engine.attach.feed import Feed
from core.engine.attach.hello import greet, hello
from core.engine.attach.methods import desks, methods_of
from core.engine.attach.place import address
from core.errors import EngineError, PendelError, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from core.config.model import Config
    from core.engine.api import EngineApi, LogLine, Snapshot
    from core.engine.attach.methods import Method

QUICK_SECONDS = 30.0
"""In which an engine that is alive carries a command out; reading a large configuration again takes some of them."""
DESK_SECONDS = 600.0
"""In which a desk answers; testing a location waits for other machines."""
_CONNECT_SECONDS = 5.0
_FIRST_SECONDS = 20.0
"""In which the first state must come; of ten thousand tasks, it takes a second or two."""
_SOON_SECONDS = 0.5
"""In which either must come where there is something to show meanwhile: nobody's keys wait for longer."""
_SLICE = 0.25
_MOST_IDLE = 2


def engine_beside(
    config: Config, *, right: Right = Right.ADMINISTER, meanwhile: Snapshot | None = None
) -> RemoteEngine | None:
    """Return the engine that runs with this configuration, or ``None`` where none listens.

    ``right`` is the most that is asked for. With a state to show ``meanwhile``, it need not answer yet.

    Raises:
        Refused: it does not let this user in.
        EngineError: it does not answer.
    """
    from core.engine.gate import current_actor

    terminal = current_actor().terminal
    remote = RemoteEngine(config.socket_file, right=right, terminal=terminal, meanwhile=meanwhile)
    return remote if remote.connect() else None


class RemoteEngine:
    """Holds the connections to an engine until it is closed; the engine does not notice either.

    The state and the log are fetched ahead, so that asking for them never waits. Every other question has a connection
    to itself for as long as it takes. ``meanwhile`` is the state until the engine has told its own; with it, one that
    does not answer is waited for while the console goes on.
    """

    def __init__(
        self,
        path: Path,
        *,
        right: Right,
        terminal: str = "",
        meanwhile: Snapshot | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._path = path
        self._first_word = hello(right, terminal, secrets.token_hex(16))
        self._lock = threading.Lock()
        self._idle: list[wire.Channel] = []
        self._channels: WeakSet[wire.Channel] = WeakSet()
        """All that are in use, or were."""
        self._closed = False
        self._waits = meanwhile is None
        self._feed = Feed(self._open, now=now, meanwhile=meanwhile)
        self.api: EngineApi = cast("EngineApi", _Proxy(self._feed, self._ask))
        """The engine, as :class:`core.engine.api.EngineApi` has it."""

    def connect(self) -> bool:
        """Connect, and fetch the first state; return whether there is an engine.

        Raises:
            Refused: it does not let this user in.
            EngineError: it does not answer, and there is nothing to show meanwhile.
        """
        advice = "Look at its log, and whether its process is stopped."
        patience = _FIRST_SECONDS if self._waits else _SOON_SECONDS
        try:
            channel, _ = self._open(_CONNECT_SECONDS if self._waits else _SOON_SECONDS)
            self._give_back(channel)
        except wire.Closed:
            return False
        except TimeoutError:
            if self._waits:
                words = f"The engine that listens at {self._path} does not answer."
                raise EngineError(words, advice=advice) from None
            patience = 0.0
        except wire.Garbage:
            raise EngineError(f"What listens at {self._path} is no engine.") from None
        if not self._feed.start(patience) and self._waits:
            self.close()
            raise EngineError("The engine does not answer.", advice=advice)
        return True

    @property
    def trouble(self) -> str:
        """Why nothing is heard of the engine, in a sentence; empty where it answers."""
        return self._feed.trouble

    @property
    def gone(self) -> bool:
        """Whether the engine has ended, and has not come back."""
        return self._feed.gone

    def close(self) -> None:
        """Let go of the engine, which goes on; whoever waits for an answer of it waits no longer."""
        self._feed.end()
        with self._lock:
            self._closed, idle, self._idle = True, self._idle, []
            channels = list(self._channels)
        for channel in channels:
            channel.hang_up()
        for channel in idle:
            channel.close()
        self._feed.wait_for_end()

    def _open(self, patience: float | None = None) -> tuple[wire.Channel, str]:
        patience = _CONNECT_SECONDS if patience is None else patience
        try:
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        except OSError as error:
            # Out of files, or of memory: it may be better in a moment.
            raise TimeoutError from error
        channel = wire.Channel(connection)
        try:
            connection.settimeout(patience)
            connection.connect(address(self._path))
            with self._lock:
                self._channels.add(channel)
                if self._closed:
                    raise wire.Closed
            self._refuse_impostor(connection)
            return channel, greet(channel, self._first_word, patience=patience)
        except BaseException as error:
            channel.close()
            if isinstance(error, PermissionError):
                raise Refused(
                    f"This user cannot reach the engine at {self._path}.",
                    advice="[access] names who may, and its socket can lie outside of the data directory.",
                ) from error
            # A Unix socket with too many waiting says so at once.
            if isinstance(error, BlockingIOError):
                raise TimeoutError from error
            if isinstance(error, OSError) and not isinstance(error, TimeoutError):
                raise wire.Closed from error
            raise

    def _refuse_impostor(self, connection: socket.socket) -> None:
        """Passwords may be typed into this console: they go to whoever owns the directory of the socket, or to root."""
        listener = uid_of(connection)
        if listener not in (0, os.getuid(), self._path.parent.stat().st_uid):
            raise Refused(
                f"What listens at {self._path} is a process of {peer(listener).user}, to whom its directory does not "
                "belong.",
                advice="Put the socket into a directory of the engine's user.",
            )

    def _take(self) -> wire.Channel:
        while True:
            with self._lock:
                channel = self._idle.pop() if self._idle else None
            if channel is None:
                return self._open()[0]
            if not channel.is_stale():
                return channel
            channel.close()

    def _give_back(self, channel: wire.Channel) -> None:
        with self._lock:
            if len(self._idle) < _MOST_IDLE and not self._closed:
                self._idle.append(channel)
                return
        channel.close()

    def _ask(self, method: Method, *args: Any, **kwargs: Any) -> Any:
        question = wire.question(method.name, method.pack(args, kwargs))
        self._need_answers("Nothing was asked of it.")
        with _in_words("Nothing was asked of it."):
            channel = self._take()
        try:
            with _in_words("Whether it was done shows when it is back."):
                channel.send(question)
                answer = self._answer(channel, DESK_SECONDS if method.desk else QUICK_SECONDS)
        except BaseException:
            channel.close()
            raise
        self._give_back(channel)
        self._feed.look_now()
        if isinstance(answer, PendelError):
            raise answer
        return method.unpack_result(answer)

    def _answer(self, channel: wire.Channel, seconds: float) -> Any:
        """Return the answer, or the error that is the answer; waits only while the engine shows that it is alive."""
        end = time.monotonic() + seconds
        while True:
            try:
                frame = channel.receive(wire.MOST_ANSWER, patience=_SLICE)
            except TimeoutError:
                self._need_answers("Whether it was done shows when it answers again.")
                if time.monotonic() > end:
                    raise EngineError(
                        f"The engine has not answered for {seconds:.0f} s.",
                        advice="It may still do it; the log shows whether.",
                    ) from None
                continue
            try:
                return wire.taken_apart(frame)
            except PendelError as error:
                return error

    def _need_answers(self, advice: str) -> None:
        if trouble := self._feed.trouble:
            raise EngineError(trouble, advice=advice)


@contextmanager
def _in_words(advice: str) -> Iterator[None]:
    """Say in words of ours what happens to a connection."""
    try:
        yield
    except wire.Closed:
        raise EngineError("The engine has ended.", advice=advice) from None
    except TimeoutError:
        raise EngineError("The engine does not answer.", advice=advice) from None
    except wire.Garbage:
        raise EngineError("The engine's answer is not understood.", advice=advice) from None


class _Desk:
    """A desk of the engine: its methods are those that its Protocol declares."""

    def __init__(self, protocol: type, name: str, ask: Callable[..., Any]) -> None:
        for attribute, method in methods_of(protocol, name).items():
            setattr(self, attribute, partial(ask, method))


class _Proxy:
    """The engine: state and log from memory, everything else by asking."""

    def __init__(self, feed: Feed, ask: Callable[..., Any]) -> None:
        from core.engine.api import EngineApi

        self._feed = feed
        own = ("snapshot", "log_after")
        for attribute, method in methods_of(EngineApi).items():
            if attribute not in own:
                setattr(self, attribute, partial(ask, method))
        for name, protocol in desks().items():
            setattr(self, name, _Desk(protocol, name, ask))

    def snapshot(self, since: int = -1) -> Snapshot | None:
        """Return the present state, or ``None`` where nothing changed since that revision."""
        return self._feed.snapshot(since)

    def log_after(self, number: int, limit: int = 1000) -> Sequence[LogLine]:
        """Return the latest ``limit`` lines with a higher number, oldest first."""
        return self._feed.log_after(number, limit)

    def shutdown(self, *, stop_runs: bool) -> None:  # noqa: ARG002 - the engine's own signature
        """Refuse: the engine is not this console's to end."""
        raise Refused(
            "This console is attached to an engine that others use, too, and does not end it.",
            advice="End it where it was started: systemctl stop pendel, or SIGTERM to its process.",
        )
