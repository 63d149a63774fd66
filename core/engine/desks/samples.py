"""The beginnings of files, kept in the spool for as long as somebody looks into them."""

from __future__ import annotations

import re
import secrets
import shutil
import threading
from contextlib import closing, contextmanager, suppress
from tempfile import TemporaryDirectory
from time import time
from typing import TYPE_CHECKING

from core.engine.api.files import SampleView
from core.errors import DataError, FileMissing, Refused
from core.text import clean, file_size
from core.transfer.faults import disk_fault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from core.engine.desks.places import Places
    from core.engine.workspace import Workspace
    from core.transfer import Location, RemoteFile

SAMPLE = 256 << 10
LONGEST_LINE = 4 << 20
"""Where the sample holds not one whole line, so much is read at most."""
WHOLE = 32 << 20
"""A file that cannot be cut in lines, such as an Excel workbook, is taken whole, up to so many bytes."""
_KEPT = 4
_PREFIX = "sample-"
_LONGEST_LIFE = 24 * 3600
_PRIVATE_KEY = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----")


class Samples:
    """The samples that one actor has taken; the oldest goes when there are too many."""

    def __init__(self, workspace: Workspace, places: Places) -> None:
        self._workspace = workspace
        self._places = places
        self._lock = threading.Lock()
        self._taken: dict[str, SampleView] = {}

    def take(self, place: str, path: str) -> SampleView:
        """Read the beginning of a file into the spool; all of it, where it is no file of lines.

        Raises:
            Refused: the file is, or holds, a secret.
            DataError: it is empty, or too large to be taken whole.
            PendelError: it cannot be read.
        """
        with self._places.opened(place) as location:
            path = path.lstrip("/") if place == "machine" else path
            self._places.refuse_secret(location, path)
            file = location.stat(path)
            if file is None:
                raise FileMissing(f"{clean(path)} is not there, or is no file.", advice="Look at the list again.")
            data = _beginning(location, file)
        name = clean(file.name, limit=255)
        if not data:
            raise DataError(f"{name} is empty.", advice="Choose a file with content.")
        if _PRIVATE_KEY.search(data):
            raise Refused(f"{name} holds a private key, which is not shown here.")
        sample = SampleView(secrets.token_hex(8), name, place, path, max(file.size, len(data)), len(data))
        directory = self._directory(sample.id)
        try:
            self._sweep()
            directory.mkdir(parents=True)
            (directory / "sample").write_bytes(data)
        except OSError as error:
            raise disk_fault(error, directory) from error
        with self._lock:
            self._taken[sample.id] = sample
            past = list(self._taken)[:-_KEPT]
        for sample_id in past:
            self.forget(sample_id)
        return sample

    def forget(self, sample_id: str) -> None:
        """Delete a sample."""
        with self._lock:
            known = self._taken.pop(sample_id, None)
        if known is not None:
            shutil.rmtree(self._directory(sample_id), ignore_errors=True)

    @contextmanager
    def use(self, sample_id: str) -> Iterator[tuple[SampleView, Path, Path]]:
        """Give a sample, its file, and a directory for working files that is removed afterwards.

        Raises:
            Refused: the sample is gone.
        """
        with self._lock:
            sample = self._taken.get(sample_id)
        path = self._directory(sample_id) / "sample" if sample else None
        if sample is None or path is None or not path.exists():
            raise Refused("The sample of this file is gone.", advice="Choose the file again.")
        with self.work_dir() as work:
            yield sample, path, work

    @contextmanager
    def work_dir(self) -> Iterator[Path]:
        """Give a directory in the spool, where the catalogue may read and write, and remove it afterwards."""
        spool = self._workspace.config.spool_dir
        try:
            spool.mkdir(parents=True, exist_ok=True)
            work = TemporaryDirectory(prefix=_PREFIX, dir=spool, ignore_cleanup_errors=True)
        except OSError as error:
            raise disk_fault(error, spool) from error
        with work as name:
            yield spool / name

    def _directory(self, sample_id: str) -> Path:
        return self._workspace.config.spool_dir / f"{_PREFIX}{sample_id}"

    def _sweep(self) -> None:
        """Remove what consoles have left that ended without a word."""
        spool = self._workspace.config.spool_dir
        limit = time() - _LONGEST_LIFE
        for path in spool.glob(f"{_PREFIX}*") if spool.is_dir() else ():
            # Others come and go while one looks.
            with suppress(FileNotFoundError):
                if path.name.removeprefix(_PREFIX) not in self._taken and path.stat().st_mtime < limit:
                    shutil.rmtree(path, ignore_errors=True)


def _beginning(location: Location, file: RemoteFile) -> bytes:
    """Return the first whole lines of a file; its beginning where not even one line ends in it."""
    from core.exchange.recognition.proposal import binary_format

    wanted = min(file.size, SAMPLE)
    data = bytearray()
    while True:
        # A server that is asked for so much and no more sends no more.
        with closing(location.read_from(file.path, len(data), wanted)) as chunks:
            for chunk in chunks:
                data += chunk[: wanted - len(data)]
                if len(data) >= wanted:
                    break
        if len(data) < wanted or wanted == file.size:
            return bytes(data)
        if binary_format(bytes(data[:8])):
            wanted = _whole(file)
            continue
        if cut := _whole_lines(bytes(data)):
            return bytes(data[:cut])
        if wanted >= LONGEST_LINE:
            return bytes(data)
        wanted = min(file.size, LONGEST_LINE)


def _whole(file: RemoteFile) -> int:
    if file.size > WHOLE:
        raise DataError(
            f"{clean(file.name)} has {file_size(file.size)}; a file that is no text can only be looked into whole, "
            f"up to {file_size(WHOLE)}.",
            advice="Take a smaller file with the same columns; imports have no such limit.",
        )
    return file.size


def _whole_lines(data: bytes) -> int:
    """Return where the last whole line ends; of UTF-16, a line feed is two bytes, the first at an even place."""
    if b"\0" not in data[:4096]:
        return data.rfind(b"\n") + 1
    place = len(data)
    while (place := data.rfind(b"\n", 0, place)) >= 0:
        if place % 2 == 0 and data[place + 1 : place + 2] == b"\0":
            return place + 2
        if place % 2 == 1 and data[place - 1] == 0:
            return place + 1
    return 0
