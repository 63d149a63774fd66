"""A file on its way into the spool: the partial file, when it may be carried on with, and the checks at the end."""

from __future__ import annotations

import json
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING, BinaryIO

from core.errors import FileMissing, SourceChanged, VerifyFailed
from core.text import clean, file_size
from core.transfer.faults import disk_fault
from core.transfer.meter import Meter

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from core.stop import StopToken
    from core.transfer.location import Location, RemoteFile

_OVERLAP = 64 * 1024
"""Bytes at the end of a partial file that are read again and compared; smaller files are never carried on with."""
_CHUNK = 1024 * 1024
_WORTH_A_THREAD = 512 * 1024
"""Chunks of at least so many bytes, as a disk of this machine gives them, are hashed beside what else is done."""


def receive(
    location: Location,
    file: RemoteFile,
    into: Path,
    *,
    stop: StopToken,
    progress: Callable[[int, int], None] | None,
) -> tuple[int, str, int]:
    """Copy ``file`` to ``into``; return its size, its SHA-256 and how many bytes an earlier attempt had brought.

    Raises:
        FileMissing, SourceChanged, VerifyFailed, StopRequested: as :meth:`Location.fetch` says.
    """
    before = _present(location, file.path)
    if before.size != file.size:
        raise _changed(location, file.path, f"{file_size(file.size)} were listed, it is {file_size(before.size)} now")
    partial = _Partial(location.name, before, into)
    try:
        meter, resumed_from = _copy(location, before, partial, lambda: Meter(before.size, stop, progress))
        after = _present(location, file.path)
        if (after.size, after.modified) != (before.size, before.modified):
            raise _changed(location, file.path, "its size or time changed while it was read")
        if meter.done != before.size:
            partial.remove()
            raise VerifyFailed(
                f"{clean(file.path)} has {before.size:,} bytes at the location {location.name}, "
                f"but {meter.done:,} arrived.",
                advice="Retrying may help.",
            )
        partial.finish()
    except SourceChanged:
        partial.remove()
        raise
    except OSError as error:
        raise disk_fault(error, into) from error
    return meter.done, meter.sha256, resumed_from


def _copy(
    location: Location, source: RemoteFile, partial: _Partial, new_meter: Callable[[], Meter]
) -> tuple[Meter, int]:
    kept = partial.size_if_same()
    if kept:
        meter = new_meter()
        with partial.path.open("r+b") as target:
            if _carry_on(location, source, target, kept, meter):
                return meter, kept
    partial.begin()
    meter = new_meter()
    with (
        partial.path.open("wb") as target,
        closing(location.read_from(source.path, 0, source.size)) as chunks,
        ThreadPoolExecutor(1) as counting,
    ):
        counted: Future[None] | None = None
        for chunk in chunks:
            if counted is not None:
                counted.result()
                counted = None
            if len(chunk) >= _WORTH_A_THREAD:
                # Hashed while it is written and the next one is read.
                counted = counting.submit(_count, location, source, meter, chunk)
            else:
                _count(location, source, meter, chunk)
            target.write(chunk)
        if counted is not None:
            counted.result()
    return meter, 0


def _carry_on(location: Location, source: RemoteFile, target: BinaryIO, kept: int, meter: Meter) -> bool:
    """Append what is missing to a partial file; False where its last bytes are not those of the source."""
    offset = kept - _OVERLAP
    while meter.done < offset:
        meter.add(target.read(min(_CHUNK, offset - meter.done)))
    tail = target.read(_OVERLAP)
    seen = b""
    target.seek(kept)
    with closing(location.read_from(source.path, offset, source.size)) as chunks:
        for chunk in chunks:
            fresh = chunk
            if len(seen) < len(tail):
                needed = len(tail) - len(seen)
                seen += chunk[:needed]
                if not tail.startswith(seen):
                    return False
                fresh = chunk[needed:]
            target.write(fresh)
            _count(location, source, meter, chunk)
    return seen == tail


def _count(location: Location, source: RemoteFile, meter: Meter, chunk: bytes | memoryview) -> None:
    meter.add(chunk)
    if meter.done > source.size:
        # Some servers go on for as long as the file grows.
        raise _changed(location, source.path, "it grew while it was read")


class _Partial:
    """The partial file beside ``into``, and the note that says of which source it is a part."""

    def __init__(self, location: str, source: RemoteFile, into: Path) -> None:
        self.path = into.with_name(into.name + ".part")
        self._note = into.with_name(into.name + ".part.json")
        self._into = into
        self._total = source.size
        # Without a time nothing proves that it is the same file.
        self._identity = source.modified and {
            "location": location,
            "path": source.path,
            "size": source.size,
            "modified": source.modified.isoformat(),
        }

    def size_if_same(self) -> int:
        """Return how many bytes can be kept; 0 where there is nothing, or something else."""
        try:
            noted = json.loads(self._note.read_text(encoding="utf-8"))
            size = self.path.stat().st_size
        except (OSError, ValueError):
            return 0
        same = self._identity is not None and noted == self._identity and _OVERLAP < size <= self._total
        return size if same else 0

    def begin(self) -> None:
        """Forget an earlier attempt, and note the source of this one."""
        self.remove()
        if self._identity is not None and self._total > _OVERLAP:
            self._note.write_text(json.dumps(self._identity), encoding="utf-8")

    def finish(self) -> None:
        """Give the complete file its name."""
        self.path.replace(self._into)
        self._note.unlink(missing_ok=True)

    def remove(self) -> None:
        """Remove the partial file and its note."""
        self.path.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)


def _present(location: Location, path: str) -> RemoteFile:
    found = location.stat(path)
    if found is None:
        raise FileMissing(
            f"{clean(path)} is not there at the location {location.name} any more.",
            advice="Another program may have taken it; start the task again.",
        )
    return found


def _changed(location: Location, path: str, how: str) -> SourceChanged:
    return SourceChanged(
        f"{clean(path)} at the location {location.name} is still being written or was replaced: {how}.",
        advice="It is taken when it no longer changes; start the task again later.",
    )
