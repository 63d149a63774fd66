"""One console at the other end of a socket, from its first word to its last: a thread, and a gate of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.engine.attach import wire
from core.engine.attach.access import Peer, peer, right_of
from core.engine.attach.hello import greeting, refused_greeting, taken_hello
from core.engine.attach.updates import Teller, update_adapter
from core.engine.logs import LOGGER
from core.errors import PendelError, Refused
from core.text import clean

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Mapping

    from core.config.access import AccessSettings
    from core.engine.api.rights import Right
    from core.engine.attach.hello import Hello
    from core.engine.attach.methods import Method
    from core.engine.attach.sessions import Sessions
    from core.engine.engine import Engine
    from core.engine.gate import Gate

HELLO_SECONDS = 10.0
"""In which a console must say who it is."""
MOST_LINES = 2_000
"""Of the log, in one answer."""


class Connection:
    """Answers one console until either side ends it.

    What it may do is looked up at each question, so that a right that is taken away is gone at once.
    """

    def __init__(
        self,
        engine: Engine,
        connection: socket.socket,
        uid: int,
        *,
        methods: Mapping[str, Method],
        sessions: Sessions,
        token: str,
    ) -> None:
        self._engine = engine
        self._channel = wire.Channel(connection)
        self.uid = uid
        self._methods = methods
        self._sessions = sessions
        self._token = token
        self._teller = Teller()
        self._revision = -1
        self._decided: tuple[AccessSettings, Right | None] | None = None
        self._gate: Gate | None = None

    def serve(self) -> None:
        """Answer questions until the console has gone, or says what is none."""
        who = peer(self.uid)
        try:
            hello = self._greet(who)
            if hello is not None:
                self._answer_all(who, hello)
        except (wire.Closed, TimeoutError):
            return
        except wire.Garbage as error:
            LOGGER.warning("A console of %s was cut off: it sent %s.", who.user, error)
        finally:
            self._channel.close()

    def end(self) -> None:
        """Cut the console off, from another thread."""
        self._channel.hang_up()

    def _greet(self, who: Peer) -> Hello | None:
        """Take the first word of a console, and return it; ``None`` where it may not come in."""
        try:
            hello = taken_hello(self._channel.receive(wire.MOST_QUESTION, patience=HELLO_SECONDS))
            self._right(who, hello)
        except PendelError as error:
            self._channel.send(refused_greeting(error))
            return None
        self._channel.send(greeting(self._token))
        return hello

    def _right(self, who: Peer, hello: Hello) -> Right:
        """What this user may do now, but for what the console does not ask for.

        Raises:
            Refused: nothing.
        """
        access = self._engine.workspace.config.access
        if self._decided is None or self._decided[0] is not access:
            # Groups may have changed with the settings; a directory service is not asked at every question.
            self._decided = (access, right_of(peer(who.uid), access))
        right = self._decided[1]
        if right is None:
            raise Refused(
                f"{who.user} may not use this engine.",
                advice=f"Who administers it can name this user in [access] of {self._engine.workspace.config.path}.",
            )
        return right if hello.right.allows(right) else hello.right

    def _answer_all(self, who: Peer, hello: Hello) -> None:
        session = self._sessions.enter(who, hello)
        try:
            while True:
                frame = self._channel.receive(wire.MOST_QUESTION)
                self._answer(frame, who, lambda: session.gate(self._right(who, hello)))
        finally:
            self._sessions.leave(who, hello)

    def _answer(self, frame: Any, who: Peer, gate_now: Callable[[], Gate]) -> None:
        call = frame.get("call") if isinstance(frame, dict) else None
        if not isinstance(call, str):
            raise wire.Garbage("no question")
        try:
            gate = gate_now()
            body = wire.answer(self._update(gate, frame) if call == "update" else self._call(gate, call, frame))
        except PendelError as error:
            body = wire.refusal(error)
        except Exception as error:
            LOGGER.exception(
                "%s, asked by a console of %s, failed by a fault in Pendel.", clean(call, limit=60), who.user
            )
            # Not its words: they were not written to be shown, and nobody knows what is in them.
            body = wire.refusal(
                PendelError(
                    f"This failed by a fault in Pendel ({type(error).__name__}).", advice="The log file has more."
                )
            )
        if len(body) > wire.MOST_ANSWER:
            body = wire.refusal(PendelError(f"The answer of {call} is too large to be sent.", advice="Ask for less."))
        self._channel.send(body)

    def _call(self, gate: Gate, call: str, frame: Mapping[str, Any]) -> bytes:
        method = self._methods.get(call)
        if method is None:
            raise Refused(f"An engine cannot be asked for {clean(call, limit=60)!r}.")
        given = method.unpack(frame.get("with"))
        function: Callable[..., object] = getattr(getattr(gate, method.desk) if method.desk else gate, method.attribute)
        return method.pack_result(function(**given))

    def _update(self, gate: Gate, frame: Mapping[str, Any]) -> bytes:
        given = frame.get("with")
        after = given.get("after") if isinstance(given, dict) else None
        if not isinstance(after, int):
            raise Refused("An update needs the number of the last line that is known.")
        if gate is not self._gate:
            # Another right is part of what is shown.
            self._gate, self._revision = gate, -1
        snapshot = gate.snapshot(self._revision)
        if snapshot is not None:
            self._revision = snapshot.revision
        update = self._teller.tell(snapshot, tuple(gate.log_after(max(after, 0), MOST_LINES)))
        return update_adapter().dump_json(update)
