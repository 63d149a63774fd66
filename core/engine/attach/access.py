"""Who is at the other end of a socket, and what they may do: by the kernel's word, not by theirs."""

from __future__ import annotations

import grp
import os
import pwd
import socket
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.engine.api.rights import Right
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.config.access import AccessSettings

_CREDENTIALS = struct.Struct("3i")
"""pid, uid and gid (unix(7), SO_PEERCRED)."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A user of the operating system, as the process at the other end was when it connected."""

    uid: int
    user: str
    groups: frozenset[int]
    """Every group that the system's database has the user in."""


def uid_of(connection: socket.socket) -> int:
    """Return the user id of the process at the other end of a Unix socket."""
    packed = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    return int(_CREDENTIALS.unpack(packed)[1])


def peer(uid: int) -> Peer:
    """Return the user with this id and its groups; may ask a directory service, and take its time."""
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        return Peer(uid, str(uid), frozenset())
    return Peer(uid, clean(entry.pw_name, limit=64), frozenset(os.getgrouplist(entry.pw_name, entry.pw_gid)))


def right_of(who: Peer, access: AccessSettings) -> Right | None:
    """Return what a user may do, or ``None`` where it is nothing.

    Root and the user that the engine runs as may administer always: both can read and write its files anyway.
    """
    if who.uid in (0, os.geteuid()) or _named(who, access.administer):
        return Right.ADMINISTER
    if _named(who, access.operate):
        return Right.OPERATE
    return Right.VIEW if _named(who, access.view) else None


def unknown_names(access: AccessSettings) -> list[str]:
    """Return the users and groups that are named and that this system does not know."""
    return [name for name in (*access.view, *access.operate, *access.administer) if _id(name) is None]


def _named(who: Peer, names: Iterable[str]) -> bool:
    return any((_id(name) in who.groups) if name.startswith("@") else (_id(name) == who.uid) for name in names)


def _id(name: str) -> int | None:
    try:
        return grp.getgrnam(name[1:]).gr_gid if name.startswith("@") else pwd.getpwnam(name).pw_uid
    except KeyError:
        return None
