"""Listens for consoles beside a running engine."""

from __future__ import annotations

import os
import secrets
import socket
import stat
import threading
import time
from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING

from core.engine.attach.access import uid_of, unknown_names
from core.engine.attach.place import address
from core.engine.logs import LOGGER
from core.errors import EngineError
from core.text import listed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from core.config.access import AccessSettings
    from core.engine.attach.connection import Connection
    from core.engine.attach.methods import Method
    from core.engine.attach.sessions import Sessions
    from core.engine.engine import Engine

MOST_PER_USER = 32
MOST_CONNECTIONS = 256
"""A console has a few connections, so that a long question does not hold up the others."""
_BACKLOG = 64
_PAUSE = 0.5
"""Seconds before the next try, where the system gives no connection: out of files, or of memory."""
_GOODBYE = 2.0
"""Seconds that questions have to end when the engine does."""


class AttachServer:
    """Accepts consoles in a thread of its own, and gives each connection a thread.

    An engine that cannot listen runs all the same, and says in the log why it cannot be attached to.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._token = secrets.token_hex(8)
        self._listening: socket.socket | None = None
        self._path: Path | None = None
        self._mark: tuple[int, int] | None = None
        """Device and inode of our socket: no other is ever removed."""
        self._access: AccessSettings | None = None
        self._lock = threading.Lock()
        self._connections: dict[Connection, threading.Thread] = {}
        self._closing = threading.Event()

    @cached_property
    def _methods(self) -> Mapping[str, Method]:
        # Until the first console comes, nobody needs what talks to it, which takes a tenth of a second to import.
        from core.engine.attach.methods import all_methods

        return all_methods()

    @cached_property
    def _sessions(self) -> Sessions:
        from core.engine.attach.sessions import Sessions

        return Sessions(self._engine)

    def open(self) -> None:
        """Begin to listen where the configuration says, or go on there after it changed."""
        config = self._engine.workspace.config
        if config.access == self._access:
            return
        self._access = config.access
        if strangers := unknown_names(config.access):
            LOGGER.warning("[access] names %s, which this system does not know.", listed(strangers, last="and"))
        try:
            if config.socket_file != self._path:
                self._stop_listening()
                self._listen(config.socket_file)
            # The kernel tells who connects, and each of them is checked. Where nobody else may come in, none may knock.
            config.socket_file.chmod(0o666 if config.access.names_somebody else 0o600)
        except EngineError as error:
            # The next change of the configuration tries again.
            self._access = None
            LOGGER.warning("No console can attach to this engine. %s", error)
        except OSError as error:
            self._access = None
            LOGGER.warning("No console can attach to this engine: %s: %s.", config.socket_file, error.strerror or error)

    def close(self) -> None:
        """Cut every console off, and listen no more."""
        self._closing.set()
        self._stop_listening()
        with self._lock:
            left = dict(self._connections)
        for connection in left:
            connection.end()
        end = time.monotonic() + _GOODBYE
        for thread in left.values():
            thread.join(max(end - time.monotonic(), 0))

    def _listen(self, path: Path) -> None:
        where = address(path)
        self._clear(path)
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            # On Linux, the mode of the socket is that of the file: nobody else can knock before the mode is set.
            os.fchmod(listening.fileno(), 0o600)
            listening.bind(where)
            found = path.lstat()
            listening.listen(_BACKLOG)
        except OSError:
            listening.close()
            raise
        self._listening, self._path, self._mark = listening, path, (found.st_dev, found.st_ino)
        threading.Thread(target=self._accept, args=(listening,), name="pendel-attach", daemon=True).start()

    def _clear(self, path: Path) -> None:
        """Remove the socket that an engine left behind which was killed. The lock of the data directory is held."""
        try:
            if not stat.S_ISSOCK(path.lstat().st_mode):
                raise EngineError(f"{path} is there, and is no socket.", advice="Move it away, or set [access] socket.")
        except FileNotFoundError:
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.settimeout(1)
            try:
                probe.connect(address(path))
            except (ConnectionRefusedError, FileNotFoundError):
                path.unlink(missing_ok=True)
                return
            except TimeoutError:
                pass
        raise EngineError(
            f"Another engine listens at {path}.", advice="Give each engine a socket of its own: [access] socket."
        )

    def _stop_listening(self) -> None:
        listening, self._listening = self._listening, None
        if listening is None or self._path is None:
            return
        try:
            found = self._path.lstat()
            if (found.st_dev, found.st_ino) == self._mark:
                self._path.unlink()
        except OSError as error:
            LOGGER.debug("%s was not removed: %s", self._path, error)
        self._path = None
        try:
            # Wakes the thread that accepts, which closes it.
            listening.shutdown(socket.SHUT_RDWR)
        except OSError:
            listening.close()

    def _accept(self, listening: socket.socket) -> None:
        with listening:
            while self._listening is listening:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    if self._listening is not listening:
                        return
                    self._closing.wait(_PAUSE)
                    continue
                self._take_in(connection)

    def _take_in(self, accepted: socket.socket) -> None:
        """Give a connection a thread, or close it where there are too many."""
        from core.engine.attach.connection import Connection

        try:
            connection = Connection(
                self._engine,
                accepted,
                uid_of(accepted),
                methods=self._methods,
                sessions=self._sessions,
                token=self._token,
            )
        except OSError:
            accepted.close()
            return
        thread = threading.Thread(target=self._serve, args=(connection,), name="pendel-console", daemon=True)
        with self._lock:
            users = Counter(each.uid for each in self._connections)
            if len(self._connections) >= MOST_CONNECTIONS or users[connection.uid] >= MOST_PER_USER:
                accepted.close()
                return
            try:
                thread.start()
            except RuntimeError:
                accepted.close()
                return
            self._connections[connection] = thread

    def _serve(self, connection: Connection) -> None:
        try:
            connection.serve()
        except Exception:
            LOGGER.exception("A console was cut off by a fault in Pendel.")
        finally:
            # Not before it was written down: the thread may end before its start returns.
            with self._lock:
                self._connections.pop(connection, None)
