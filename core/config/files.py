"""Files that are whole or absent: written under another name, made durable, renamed."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from core.syncing import sync


def replace_file(path: Path, content: bytes, *, mode: int | None = None) -> None:
    """Write ``content`` to ``path`` so that, whatever happens, the old file or the new one stands there whole.

    A symbolic link is followed. The mode and, where this process may set it, the owner of an existing file stay;
    ``mode`` sets it instead (an absent file gets 0644 where none is given). The directory must exist.

    Raises:
        OSError: the file could not be written; the old one is untouched.
    """
    target = Path(os.path.realpath(path))
    before = target.stat() if target.exists() else None
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            if before and mode is None:
                # Only root may give a file away; what it was readable for still holds.
                with suppress(PermissionError):
                    os.fchown(file.fileno(), before.st_uid, before.st_gid)
            os.fchmod(file.fileno(), mode if mode is not None else (before.st_mode & 0o7777 if before else 0o644))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync(target.parent)
