"""One gate for each console, over all its connections: a desk remembers what a console asked of it before."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from core.engine.gate import Gate
from core.runs import Actor

if TYPE_CHECKING:
    from core.engine.api.rights import Right
    from core.engine.attach.access import Peer
    from core.engine.attach.hello import Hello
    from core.engine.engine import Engine


class Session:
    """One console of one user, for as long as it has a connection."""

    def __init__(self, engine: Engine, actor: Actor) -> None:
        self._engine = engine
        self._actor = actor
        self._lock = threading.Lock()
        self._gate: Gate | None = None
        self._right: Right | None = None

    def gate(self, right: Right) -> Gate:
        """Return the gate of this console; a new one where its right has changed."""
        with self._lock:
            if self._gate is None or right is not self._right:
                self._gate, self._right = Gate(self._engine, self._actor, right=right), right
            return self._gate


class Sessions:
    """The consoles of an engine. A console is known by a word of its own, which counts for its user only."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._known: dict[tuple[int, str], tuple[Session, int]] = {}
        """Each with the number of its connections."""

    def enter(self, who: Peer, hello: Hello) -> Session:
        """Return the session that a connection belongs to; the connection must :meth:`leave` it."""
        key = (who.uid, hello.session)
        # The kernel says who it is, the console from where: the audit keeps the two apart.
        actor = Actor(who.user, f"{hello.terminal}, as told" if hello.terminal else "")
        with self._lock:
            session, connections = self._known.get(key) or (Session(self._engine, actor), 0)
            self._known[key] = (session, connections + 1)
        return session

    def leave(self, who: Peer, hello: Hello) -> None:
        """Take a connection off its session, which ends with the last one."""
        key = (who.uid, hello.session)
        with self._lock:
            session, connections = self._known[key]
            if connections > 1:
                self._known[key] = (session, connections - 1)
            else:
                del self._known[key]
