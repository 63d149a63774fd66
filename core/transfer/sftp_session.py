"""The SFTP protocol, version 3, on a channel of SSH: requests that are sent ahead, with bounded memory.

Paramiko's own client waits for each 32 KiB block, or asks for a whole file at once, forgets what the server says it
can do, and has no time limit on writing; so only its SSH part is used. The protocol is draft-ietf-secsh-filexfer-02
with the extensions of OpenSSH (PROTOCOL, section 4).
"""

from __future__ import annotations

import struct
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from paramiko import Channel


class Kind(IntEnum):
    """The types of packets that are used here."""

    INIT = 1
    VERSION = 2
    OPEN = 3
    CLOSE = 4
    READ = 5
    WRITE = 6
    LSTAT = 7
    OPENDIR = 11
    READDIR = 12
    REMOVE = 13
    MKDIR = 14
    STAT = 17
    RENAME = 18
    STATUS = 101
    HANDLE = 102
    DATA = 103
    NAME = 104
    ATTRS = 105
    EXTENDED = 200
    EXTENDED_REPLY = 201


class Code(IntEnum):
    """The answers of a STATUS packet that are told apart."""

    OK = 0
    END = 1
    NO_SUCH_FILE = 2
    PERMISSION_DENIED = 3
    FAILURE = 4


_READ, _WRITE, _CREATE, _TRUNCATE = 1, 2, 8, 16
_SAFE_BLOCK = 32 * 1024
"""What every server takes in one packet."""
_LARGEST_BLOCK = 255 * 1024
"""OpenSSH's own limit of reads and writes, which others may exceed; more gains nothing."""
_AHEAD = 16 * 1024 * 1024
"""The most bytes asked for or sent that are not answered yet: four times what 1 Gbit/s carries in 30 ms."""
_FIRST_AHEAD = 2 * 1024 * 1024
"""Bytes asked for at first. More only helps while answers are waited for; else they pile up here, and cost time."""
_LONGEST_PACKET = 16 * 1024 * 1024
_READDIR_AHEAD = 4


class SftpStatus(Exception):
    """The server answered a request with a status other than OK."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{message} ({code})")
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Attributes:
    """What the server tells of a file; None where it does not."""

    size: int | None = None
    mode: int | None = None
    modified: int | None = None
    """Seconds since 1970, UTC."""


class _Reader:
    """Takes the fields of a packet, one after the other."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def number(self) -> int:
        (value,) = struct.unpack_from(">I", self._data, self._at)
        self._at += 4
        return int(value)

    def long(self) -> int:
        (value,) = struct.unpack_from(">Q", self._data, self._at)
        self._at += 8
        return int(value)

    def text(self) -> bytes:
        length = self.number()
        value = self._data[self._at : self._at + length]
        if len(value) < length:
            raise EOFError("a packet of the server ends too early")
        self._at += length
        return value

    def attributes(self) -> Attributes:
        flags = self.number()
        size = self.long() if flags & 1 else None
        if flags & 2:
            self._at += 8
        mode = self.number() if flags & 4 else None
        modified = None
        if flags & 8:
            self._at += 4
            modified = self.number()
        if flags & 0x8000_0000:
            for _ in range(self.number()):
                self.text()
                self.text()
        return Attributes(size, mode, modified)

    def __bool__(self) -> bool:
        return self._at < len(self._data)


def _text(value: bytes) -> bytes:
    return struct.pack(">I", len(value)) + value


def _data_of(body: bytes) -> memoryview:
    """Return what a DATA packet carries, without copying it."""
    (length,) = struct.unpack_from(">I", body)
    if 4 + length > len(body):
        raise EOFError("a packet of the server ends too early")
    return memoryview(body)[4 : 4 + length]


class SftpSession:
    """One SFTP session. Every call raises SftpStatus, and OSError or EOFError when the connection fails.

    ``channel`` has its timeout set and the subsystem started.
    """

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._slice = min(channel.out_max_packet_size, _LONGEST_PACKET) - 64
        self._received = bytearray()
        self._replies: dict[int, tuple[int, bytes]] = {}
        self._ignored: set[int] = set()
        self._number = 0
        self._send_all(struct.pack(">IBI", 5, Kind.INIT, 3))
        kind, _, body = self._packet()
        if kind != Kind.VERSION:
            raise EOFError("the server does not speak SFTP")
        version = _Reader(body)
        self.extensions: dict[bytes, bytes] = {}
        while version:
            name = version.text()
            self.extensions[name] = version.text()
        self.read_block = self.write_block = _SAFE_BLOCK
        if b"limits@openssh.com" in self.extensions:
            self._learn_limits()

    def stat(self, path: bytes, *, follow: bool = True) -> Attributes:
        """Return what the server tells of a path."""
        return _Reader(self._ask(Kind.STAT if follow else Kind.LSTAT, _text(path), Kind.ATTRS)).attributes()

    def remove(self, path: bytes) -> None:
        """Delete a file."""
        self._ask(Kind.REMOVE, _text(path))

    def make_directory(self, path: bytes) -> None:
        """Create a directory."""
        self._ask(Kind.MKDIR, _text(path) + struct.pack(">I", 0))

    def rename(self, path: bytes, to: bytes) -> None:
        """Rename a file; by the protocol, not over another one."""
        self._ask(Kind.RENAME, _text(path) + _text(to))

    @property
    def renames_over(self) -> bool:
        """Whether the server can rename a file over another one in one step."""
        return b"posix-rename@openssh.com" in self.extensions

    def rename_over(self, path: bytes, to: bytes) -> None:
        """Rename a file over another one, in one step."""
        self._ask(Kind.EXTENDED, _text(b"posix-rename@openssh.com") + _text(path) + _text(to))

    def free_bytes(self, path: bytes) -> int | None:
        """Return the room on the filesystem of a path, or None where the server does not tell."""
        if b"statvfs@openssh.com" not in self.extensions:
            return None
        reply = _Reader(self._ask(Kind.EXTENDED, _text(b"statvfs@openssh.com") + _text(path), Kind.EXTENDED_REPLY))
        _, fragment_size, _, _, available = (reply.long() for _ in range(5))
        return fragment_size * available

    def entries(self, path: bytes) -> Iterator[tuple[bytes, bytes, Attributes]]:
        """Yield name, long line and attributes of everything in a directory, links not followed."""
        handle = self._handle(Kind.OPENDIR, _text(path))
        ahead: deque[int] = deque()
        with self._closing(handle, ahead):
            while True:
                while len(ahead) < _READDIR_AHEAD:
                    ahead.append(self._send(Kind.READDIR, _text(handle)))
                try:
                    reply = _Reader(self._reply(ahead.popleft(), Kind.NAME))
                except SftpStatus as status:
                    if status.code == Code.END:
                        return
                    raise
                for _ in range(reply.number()):
                    yield reply.text(), reply.text(), reply.attributes()

    def read(self, path: bytes, offset: int, size: int) -> Iterator[memoryview]:
        """Yield the bytes of a file from ``offset`` to ``size``, or to its end where that comes first."""
        handle = self._handle(Kind.OPEN, _text(path) + struct.pack(">II", _READ, 0))
        ahead: deque[int] = deque()
        blocks: deque[tuple[int, int]] = deque()
        asked = offset
        most = _FIRST_AHEAD
        with self._closing(handle, ahead):
            while offset < size:
                while asked < size and asked - offset < most:
                    length = min(self.read_block, size - asked)
                    ahead.append(self._ask_read(handle, asked, length))
                    blocks.append((asked, length))
                    asked += length
                at, length = blocks.popleft()
                if len(self._received) < length and not self._channel.recv_ready():
                    most = min(most + self.read_block, _AHEAD)
                try:
                    data = _data_of(self._reply(ahead.popleft(), Kind.DATA))
                except SftpStatus as status:
                    if status.code == Code.END:
                        return
                    raise
                offset = at + len(data)
                if missing := length - len(data):
                    # A short answer leaves a hole before what was asked for next; it is filled first.
                    ahead.appendleft(self._ask_read(handle, offset, missing))
                    blocks.appendleft((offset, missing))
                yield data

    def write(self, path: bytes, fill: Callable[[memoryview], int]) -> int | None:
        """Write a file from its beginning and return its size on the server.

        ``fill`` puts the next bytes into the buffer that it is given and returns how many; none at the end.
        """
        handle = self._handle(Kind.OPEN, _text(path) + struct.pack(">II", _WRITE | _CREATE | _TRUNCATE, 0))
        named = _text(handle)
        start = 9 + len(named) + 12
        buffer = bytearray(start + self.write_block)
        view = memoryview(buffer)
        offset = 0
        most = max(_AHEAD // self.write_block, 2)
        ahead: deque[int] = deque()
        with self._closing(handle, ahead) as closing:
            while length := fill(view[start:]):
                number = self._next()
                buffer[: start - 12] = struct.pack(">IBI", start - 4 + length, Kind.WRITE, number) + named
                struct.pack_into(">QI", buffer, start - 12, offset, length)
                self._send_all(view[: start + length])
                offset += length
                ahead.append(number)
                while len(ahead) >= most or (ahead and self._channel.recv_ready()):
                    self._reply(ahead.popleft())
            # Not waiting for the writes saves a round trip; the server carries requests out in order.
            closing()
            while ahead:
                self._reply(ahead.popleft())
        return self.stat(path).size

    def _learn_limits(self) -> None:
        reply = _Reader(self._ask(Kind.EXTENDED, _text(b"limits@openssh.com"), Kind.EXTENDED_REPLY))
        reply.long()
        self.read_block = min(reply.long() or _SAFE_BLOCK, _LARGEST_BLOCK)
        self.write_block = min(reply.long() or _SAFE_BLOCK, _LARGEST_BLOCK)

    def _handle(self, kind: Kind, body: bytes) -> bytes:
        return _Reader(self._ask(kind, body, Kind.HANDLE)).text()

    def _ask_read(self, handle: bytes, offset: int, length: int) -> int:
        return self._send(Kind.READ, _text(handle) + struct.pack(">QI", offset, length))

    def _ask(self, kind: Kind, body: bytes, expected: Kind = Kind.STATUS) -> bytes:
        return self._reply(self._send(kind, body), expected)

    def _next(self) -> int:
        self._number = (self._number + 1) & 0xFFFF_FFFF
        return self._number

    def _send(self, kind: Kind, body: bytes) -> int:
        number = self._next()
        self._send_all(struct.pack(">IBI", 5 + len(body), kind, number) + body)
        return number

    def _send_all(self, data: bytes | memoryview) -> None:
        at = 0
        while at < len(data):
            sent = self._channel.send(bytes(data[at : at + self._slice]))
            if not sent:
                raise EOFError("the channel was closed")
            at += sent

    @contextmanager
    def _closing(self, handle: bytes, ahead: deque[int]) -> Iterator[Callable[[], None]]:
        """Close a handle at the end without waiting, and throw away the replies that nobody waits for any more.

        The block may close it itself, by what it is given; the request is then the last of ``ahead``.
        """
        closed = False

        def close() -> None:
            nonlocal closed
            closed = True
            ahead.append(self._send(Kind.CLOSE, _text(handle)))

        try:
            yield close
        except (OSError, EOFError):
            # The connection is gone, and a frozen one would cost another timeout here.
            raise
        except BaseException:
            self._forget(ahead, None if closed else close)
            raise
        else:
            self._forget(ahead, None if closed else close)

    def _forget(self, ahead: deque[int], close: Callable[[], None] | None) -> None:
        if close is not None:
            close()
        for number in ahead:
            if self._replies.pop(number, None) is None:
                self._ignored.add(number)

    def _reply(self, number: int, expected: Kind = Kind.STATUS) -> bytes:
        """Return the body of the reply to a request; other replies are kept until they are asked for."""
        while number not in self._replies:
            kind, answered, body = self._packet()
            if answered in self._ignored:
                self._ignored.discard(answered)
            else:
                self._replies[answered] = (kind, body)
        kind, body = self._replies.pop(number)
        if kind == Kind.STATUS:
            status = _Reader(body)
            code = status.number()
            if code != Code.OK or expected != Kind.STATUS:
                raise SftpStatus(code, status.text().decode(errors="replace") if status else "")
        elif kind != expected:
            raise EOFError("the server's answer does not fit the request")
        return body

    def _packet(self) -> tuple[int, int, bytes]:
        """Return the next packet: its type, the number behind it, and the rest."""
        self._receive(9)
        length, kind, number = struct.unpack_from(">IBI", self._received)
        if not 5 <= length <= _LONGEST_PACKET:
            raise EOFError("the server does not speak SFTP")
        self._receive(4 + length)
        body = bytes(memoryview(self._received)[9 : 4 + length])
        del self._received[: 4 + length]
        return kind, number, body

    def _receive(self, needed: int) -> None:
        while len(self._received) < needed:
            data = self._channel.recv(_LONGEST_PACKET)
            if not data:
                raise EOFError("the server closed the session")
            self._received += data
