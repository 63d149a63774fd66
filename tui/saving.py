"""Writing what the console shows to a file of the user's own."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import Refused
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterable


def place_for(name: str) -> tuple[Path, bool]:
    """Return where a file that a user names is written, from the working directory on, and whether it exists.

    Raises:
        Refused: a directory has that name, or there is no directory to write it to.
    """
    # Path.expanduser raises an error of its own where there is no such user.
    path = Path(os.path.expanduser(name)).absolute()  # noqa: PTH111
    try:
        if path.is_dir():
            raise Refused(f"{clean(str(path))} is a directory.", advice="Name a file.")
        if not path.parent.is_dir():
            raise Refused(f"There is no directory {clean(str(path.parent))}.", advice="Name one that exists.")
        return path, path.exists()
    except (OSError, ValueError) as error:
        raise _unwritable(path, error) from error


def save_text(path: Path, text: str, *, overwrite: bool) -> None:
    """Write a text to a file: whole, or not at all.

    Raises:
        Refused: it cannot be written there, or exists and is not to be overwritten.
    """
    save_pieces(path, [text.encode("utf-8")], overwrite=overwrite)


def save_pieces(path: Path, pieces: Iterable[bytes], *, overwrite: bool) -> None:
    """Write bytes to a file as they come: whole, or not at all; what ``pieces`` raises leaves nothing behind.

    Raises:
        Refused: it cannot be written there, or exists and is not to be overwritten.
    """
    try:
        descriptor, name = tempfile.mkstemp(prefix=".pendel-", dir=path.parent)
        made = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.writelines(pieces)
                file.flush()
                os.fsync(file.fileno())
            if not overwrite:
                # The name is taken first: a rename would take the place of a file that came meanwhile.
                path.touch(exist_ok=False)
            made.replace(path)
        finally:
            made.unlink(missing_ok=True)
    except FileExistsError as error:
        raise Refused(f"{clean(str(path))} exists already.", advice="Choose another name.") from error
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: Exception) -> Refused:
    why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    name = clean(str(path), limit=200)
    return Refused(f"The file cannot be written ({clean(why).lower()}): {name}.", advice="Choose another place.")
