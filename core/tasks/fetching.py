"""Fetching the files of attachments into their store: several at a time, each once, and only what is not kept yet."""

from __future__ import annotations

import errno
import hashlib
import threading
from collections import Counter
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from core.errors import ConnectionFailed, DataError, TransferError
from core.exchange.media_types import HEAD, allowed, media_type_of
from core.stop import StopToken
from core.store.catalogue.attached import ContentAnswer
from core.store.journal.attachments import FetchedRow
from core.tasks.connection import trying
from core.text import clean, file_size
from core.transfer import names
from core.transfer.web import Web, host_of, is_url

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from core.config.attachments import AttachmentImport
    from core.store.attachments import AttachmentStore
    from core.tasks.connection import Connection
    from core.tasks.context import RunContext

T = TypeVar("T", bound="AbstractContextManager[Any]")

_MB = 1_000_000
_GIVEN_UP_AFTER = 3
"""Files in a row that a web server did not give, each after all attempts; it is then asked for no more of them."""
_OURS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EMFILE, errno.ENFILE})
"""Faults of this machine, which no other row of the file would be spared."""
TO_BE_FETCHED = "(not fetched yet)"
"""In place of the hash of content that a dry run does not fetch."""


@dataclass(slots=True)
class Tally:
    """What was done with how many addresses."""

    fetched: int = 0
    bytes: int = 0
    """Of what was fetched; in a dry run, as far as the sources tell."""
    same: int = 0
    """Of those fetched: their content was kept already."""
    unchanged: int = 0
    """Not fetched: their sources say that they are what is kept."""
    refused: int = 0


class Fetcher:
    """Answers for addresses with the content that they hold; an answer of a file that was fetched is kept at once."""

    def __init__(
        self,
        context: RunContext,
        settings: AttachmentImport,
        store: AttachmentStore,
        *,
        connect: Callable[[], Connection],
        location: str,
        directory: str,
        brought: int = 0,
    ) -> None:
        """Prepare to fetch paths from ``directory`` of a location; each thread opens a connection of its own there.

        ``brought`` are the bytes that this run has fetched before.
        """
        self._stop = StopToken()
        self._run = context
        self._context = replace(context, stop=self._stop)
        self._settings = settings
        self._store = store
        self._connect = connect
        self._location = location
        self._directory = directory
        self._spool = context.spool / "attachments"
        self._room = _Room(settings.max_total * _MB, brought)
        self._hosts = _Hosts()
        self._own = threading.local()
        self._until_done = ExitStack()
        self._opening = threading.Lock()
        self.tally = Tally()

    def answers(self, addresses: Iterable[str]) -> Generator[ContentAnswer, None, None]:
        """Yield the answer for each address, in no order.

        Raises:
            StopRequested: a stop was asked for; what was fetched is kept.
            PendelError: the location cannot be reached, or the disk is full.
        """
        context = self._run
        self._spool.mkdir(exist_ok=True)
        pending: set[Future[ContentAnswer | _Brought]] = set()
        most = 2 * self._settings.parallel
        pool = ThreadPoolExecutor(self._settings.parallel, "pendel-attachment")
        # What ends this run must end the files that are on their way, be it a stop or a fault of another file.
        with self._until_done, context.stop.interrupting(lambda: self._stop.request(context.stop.reason)):
            try:
                for address in addresses:
                    known = self._known(address)
                    if known is not None and self._stands(known):
                        yield self._counted(self._answer(address, known))
                        continue
                    pending.add(pool.submit(self._bring, address, known))
                    if len(pending) >= most:
                        yield from self._finished(pending)
                while pending:
                    yield from self._finished(pending)
            except BaseException:
                self._stop.request("Another file ended the run.")
                raise
            finally:
                pool.shutdown(cancel_futures=True)

    def _finished(self, pending: set[Future[ContentAnswer | _Brought]]) -> Iterator[ContentAnswer]:
        done, _ = wait(pending, return_when=FIRST_COMPLETED)
        for future in done:
            result = future.result()
            pending.discard(future)
            if isinstance(result, ContentAnswer):
                yield self._counted(result)
                continue
            self.tally.fetched += 1
            self.tally.bytes += result.row.size
            self.tally.same += not result.new
            yield self._answer(result.address, result.row)

    def _counted(self, answer: ContentAnswer) -> ContentAnswer:
        if answer.reason:
            self.tally.refused += 1
        elif answer.sha256 == TO_BE_FETCHED:
            self.tally.fetched += 1
            self.tally.bytes += answer.size or 0
        else:
            self.tally.unchanged += 1
        return answer

    def _known(self, address: str) -> FetchedRow | None:
        """What is known of an address whose content is kept."""
        row = self._run.journal.fetched.get(self._source(address))
        return row if row and self._store.use(row.sha256, row.size) else None

    def _stands(self, known: FetchedRow) -> bool:
        """Whether what is known need not be looked after: an earlier attempt of this run did, or nobody is to."""
        return known.run == self._run.run or self._settings.fetch == "missing"

    def _source(self, address: str) -> str:
        """The address as it is kept: a URL, or the name of the location with the path in it."""
        return address if is_url(address) else f"{self._location}:{self._path(address)}"

    def _path(self, address: str) -> str:
        path = address.replace("\\", "/")
        return names.joined_path(self._directory, path) if self._directory else path

    def _answer(self, address: str, row: FetchedRow) -> ContentAnswer:
        reason = ""
        try:
            self._refuse_large(row.size)
            self._refuse_type(row.media_type)
        except DataError as error:
            reason = error.message
        return ContentAnswer(address, row.sha256, row.size, row.media_type, self._source(address), reason)

    def _bring(self, address: str, known: FetchedRow | None) -> ContentAnswer | _Brought:
        """In a thread of the pool: fetch a file, or find out why it cannot be, or need not be."""
        try:
            if is_url(address):
                return self._from_web(address, known)
            return self._from_location(address, known)
        except (TransferError, DataError) as error:
            if isinstance(error.__cause__, OSError) and error.__cause__.errno in _OURS:
                raise
            return ContentAnswer(address, reason=error.message)

    def _from_location(self, address: str, known: FetchedRow | None) -> ContentAnswer | _Brought:
        # Before the directory is put before it, which would hide where it begins.
        path = self._path(names.checked_path(address.replace("\\", "/")))
        connection = self._mine("location", self._connect)
        found = connection.attempt("Looking", lambda location: location.stat(path))
        if found is None:
            return ContentAnswer(address, reason=f"There is no file {clean(path)} at {connection.name}.")
        stamp = f"{found.size} {found.modified.isoformat()}" if found.modified else ""
        if known and stamp and stamp == known.stamp and self._settings.fetch != "always":
            return self._answer(address, known)
        self._refuse_large(found.size)
        if self._context.dry_run:
            return self._would_fetch(address, found.size)
        into = self._place(address)
        with self._room.taken(found.size):
            fetched = connection.attempt(
                f"Fetching {clean(path)}", lambda location: location.fetch(found, into, stop=self._stop)
            )
            return self._adopted(address, into, fetched.sha256, fetched.size, stamp)

    def _from_web(self, address: str, known: FetchedRow | None) -> ContentAnswer | _Brought:
        host = host_of(address)
        if self._hosts.given_up(host):
            return ContentAnswer(address, reason=f"{host} did not give the files before this one; it was not asked.")
        try:
            answer = self._asked(address, known)
        except ConnectionFailed as error:
            self._hosts.note(host, answers=False)
            return ContentAnswer(address, reason=error.message)
        except TransferError:
            self._hosts.note(host, answers=True)
            raise
        finally:
            self._place(address).unlink(missing_ok=True)
        self._hosts.note(host, answers=True)
        return answer

    def _asked(self, address: str, known: FetchedRow | None) -> ContentAnswer | _Brought:
        web = self._mine("web", self._open_web)
        what, into = f"Fetching {clean(address, limit=120)}", self._place(address)
        stamp = known.stamp if known and self._settings.fetch != "always" else ""
        if self._context.dry_run:
            seen = trying(self._context, what, lambda: web.look(address, known=stamp, stop=self._stop))
            if seen is not None:
                self._refuse_large(seen.size or 0)
                return self._would_fetch(address, seen.size)
        else:
            with self._room.taken(0) as taken:

                def limit(size: int) -> None:
                    self._refuse_large(size)
                    taken.grow(size)

                fetched = trying(
                    self._context, what, lambda: web.fetch(address, into, known=stamp, limit=limit, stop=self._stop)
                )
                if fetched is not None:
                    return self._adopted(address, into, fetched.sha256, fetched.size, fetched.stamp)
        # A server says that a version is still the known one only where it was told of one.
        assert known is not None  # noqa: S101
        return self._answer(address, known)

    def _open_web(self) -> Web:
        return Web(timeout=self._settings.timeout, private_hosts=self._settings.private_hosts)

    def _mine(self, name: str, make: Callable[[], T]) -> T:
        """What each thread has for itself, and keeps until all are done."""
        found: T | None = getattr(self._own, name, None)
        if found is None:
            found = make()
            setattr(self._own, name, found)
            with self._opening:
                self._until_done.push(found)
        return found

    def _adopted(self, address: str, file: Path, sha256: str, size: int, stamp: str) -> _Brought:
        with file.open("rb") as opened:
            media_type = media_type_of(opened.read(HEAD))
        try:
            self._refuse_type(media_type)
        except DataError:
            file.unlink()
            raise
        new = self._store.adopt(file, sha256)
        row = FetchedRow(self._source(address), stamp, sha256, size, media_type, self._run.run)
        # At once: an attempt that goes on after a crash fetches again what was on its way, and nothing else.
        self._run.journal.fetched.note(row)
        return _Brought(address, row, new)

    def _place(self, address: str) -> Path:
        """Where a file is on its way; nothing of its address is part of the name."""
        return self._spool / hashlib.sha256(address.encode("utf-8", "surrogatepass")).hexdigest()[:40]

    def _would_fetch(self, address: str, size: int | None) -> ContentAnswer:
        return ContentAnswer(address, TO_BE_FETCHED, size, "", self._source(address))

    def _refuse_large(self, size: int) -> None:
        if size > self._settings.max_size * _MB:
            raise DataError(f"The file is larger than the {file_size(self._settings.max_size * _MB)} allowed.")

    def _refuse_type(self, media_type: str) -> None:
        if not allowed(media_type, self._settings.types):
            raise DataError(f"The file is {media_type} by its content, which is none of the types allowed.")


@dataclass(frozen=True, slots=True)
class _Brought:
    """A file that was fetched, is in the store, and was noted."""

    address: str
    row: FetchedRow
    new: bool
    """Whether its content was not kept before."""


class _Room:
    """The bytes that may still be brought; shared by all threads."""

    def __init__(self, size: int, used: int) -> None:
        self._all, self._left = size, size - used
        self._lock = threading.Lock()

    @contextmanager
    def taken(self, size: int) -> Iterator[_Taken]:
        """Take room for a file, which is given back where the ``with`` block raises.

        Raises:
            DataError: there is not so much left.
        """
        taken = _Taken(self)
        taken.grow(size)
        try:
            yield taken
        except BaseException:
            self.take(-taken.size)
            raise

    def take(self, size: int) -> None:
        with self._lock:
            if size > self._left:
                raise DataError(
                    f"The {file_size(self._all)} that one run may fetch are used up; import this record again."
                )
            self._left -= size


class _Taken:
    """The room that one file takes, as far as its size is known."""

    def __init__(self, room: _Room) -> None:
        self._room = room
        self.size = 0

    def grow(self, size: int) -> None:
        """See that there is room for so many bytes in all."""
        if size > self.size:
            self._room.take(size - self.size)
            self.size = size


class _Hosts:
    """Which web servers answer; shared by all threads."""

    def __init__(self) -> None:
        self._failed: Counter[str] = Counter()
        self._lock = threading.Lock()

    def given_up(self, host: str) -> bool:
        return self._failed[host] >= _GIVEN_UP_AFTER

    def note(self, host: str, *, answers: bool) -> None:
        with self._lock:
            if answers:
                self._failed.pop(host, None)
            else:
                self._failed[host] += 1
