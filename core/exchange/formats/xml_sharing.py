"""A large XML document that several processes read, each some of its pieces; the records are those of one process.

Of a catalogue of 1 GB, four fifths of the time goes to what elements mean, article by article, and no article needs to
know of another. So each helper (:mod:`core.exchange.formats.xml_helper`), a process of its own, walks through the whole
document: what stands before the first article, for it decides what is read; then the pieces that are its share
(:class:`~core.exchange.formats.xml_pieces.Shares`), by turns. This process walks through all that is no article, and at
each piece takes the records that its helper has made of it: so all comes in the order of the document.

Whatever is not as it was counted on, a fault in the document among it, ends this: the document is read again, by one
process, and what that says counts.
"""

from __future__ import annotations

import json
import marshal
import pickle
import secrets
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Protocol

from core.errors import DataError, EngineError
from core.exchange.formats.xml_items import xml_items
from core.exchange.formats.xml_pieces import Piece, Shares, find_cut
from core.exchange.sql_errors import disk_errors
from core.text import file_size

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from core.config.entities import Entity
    from core.exchange.formats.contract import Content, Reading, Row, Sharing
    from core.exchange.formats.rawfile import Piece as Records
    from core.exchange.formats.xml_items import XmlItem
    from core.exchange.formats.xml_pieces import Cut

UNSHARED, NO_MEMORY = "unshared", "memory"
"""What a helper may answer in place of records."""
Answer = tuple[list["Records"], list[dict[str, int]]]
"""The records of a piece, by part, and what was counted."""
_PIPE = 1 << 20
"""Bytes that a helper may be ahead: the records of some pieces, which take one longer than another."""
_HELPER = Path(__file__).with_name("xml_helper.py")


class Walk(Protocol):
    """Who takes in the items of a document, one after another."""

    def take(self, item: XmlItem) -> None:
        """Take in an item."""

    def content(self) -> Content:
        """Return what was read; to be called after the last item."""

    def counts(self) -> Sequence[dict[str, int]]:
        """Return what is counted over all items; of a helper, they are added to those of who reads the rest."""


@dataclass(frozen=True, slots=True)
class Document:
    """How documents of a kind are read."""

    walk: Callable[[Reading], Walk]
    """A new one; it is pickled for helpers."""
    names: Collection[str]
    openings: Collection[str]
    """What is asked of :func:`~core.exchange.formats.xml_items.xml_items`."""
    repeated: Collection[str]
    """The items that there are many of. Each is records by itself: it needs to know nothing of those before it."""

    def items(self, reading: Reading, opened: Shares | None = None, *more: str) -> Iterator[XmlItem]:
        """Yield the items of a document, or of what is given of it."""
        return xml_items(
            reading.path,
            {*self.names, *more},
            openings=self.openings,
            name=reading.name,
            stop=reading.stop,
            advance=reading.advance,
            opened=opened,
        )


@dataclass(frozen=True, slots=True)
class Order:
    """What a helper has to know."""

    document: Document
    cut: Cut
    share: int
    sharing: Sharing
    name: str
    entities: dict[str, Entity]
    languages: list[str]
    delta: bool
    today: str
    known: list[tuple[str, Row, Row | None]]
    """What was asked of the assortment until the first item, and the answers."""


Start = Callable[[Order, "Reading"], AbstractContextManager[Callable[[], Answer]]]
"""What begins a helper, and yields what waits for its next answer."""


class Unshared(Exception):
    """The document has to be read by one process."""


def read_document(reading: Reading, document: Document, start: Start | None = None) -> Content:
    """Read a document: with helpers where it is large, and there are processors for them.

    ``start`` begins a helper otherwise than :func:`helper` does.

    Raises:
        DataError: it is not well-formed, or what the walk says.
        EngineError: the disk does not suffice, or a helper was ended.
        StopRequested: a stop was asked for.
    """
    sharing = reading.sharing
    with disk_errors(f"{reading.name} cannot be read"):
        large = sharing.processes > 1 and reading.path.stat().st_size >= sharing.least
        cut = find_cut(reading.path, document.repeated) if large else None
    if cut is not None:
        joined = _Joined(reading, document, cut, start or helper)
        try:
            return joined.read()
        except (Unshared, DataError) as error:
            if isinstance(error, DataError) and joined.sees_all:
                raise
            # In a document with a fault, what was taken for a piece may be none, such as one that ends in a comment
            # which somebody has not closed. Only who reads the whole in one knows the first fault and its line.
            reading.parts.clear()
            reading.unheld.clear()
    walk = document.walk(reading)
    for item in document.items(reading):
        walk.take(item)
    return walk.content()


class Shared:
    """One walk through a document of which it is given shares."""

    def __init__(self, reading: Reading, document: Document, cut: Cut, share: int | None) -> None:
        """``share`` is which of the pieces are to be there, of ``sharing.processes``; None: none, but what follows."""
        self.reading = reading
        self.walk = document.walk(reading)
        self._document = document
        self._share = share
        self._marker = f"pendel-{secrets.token_hex(8)}"
        self._shares = Shares(cut, reading.sharing.piece, self._marker, self.is_mine, to_end=share is None)
        self._around: Any = None
        """The element in which the items stand."""
        self._last = 0
        self._ahead = 0
        """By how much the number of an item differs from what was met."""
        self.begun = False
        self.ended = False
        """All pieces were passed."""

    def is_mine(self, number: int) -> bool:
        """Whether a piece is read here."""
        return number % self.reading.sharing.processes == self._share

    def run(self) -> None:
        """Take in all items that are to be there.

        Raises:
            Unshared: a piece is not what it was taken for.
        """
        for item in self._document.items(self.reading, self._shares, self._marker):
            if item.name == self._marker:
                self._ahead -= 1
                if (piece := self._shares.ended.popleft()) is not None:
                    self._pass(piece, item)
                elif self._share is not None:
                    return
                else:
                    self.ended = True
            elif item.opening:
                if self.begun and self._share is not None:
                    raise Unshared
                self.walk.take(item)
            else:
                item.number += self._ahead
                self.walk.take(item)
                if not self.begun and self._share is not None:
                    # What stands before the first item is known to a helper; its records come from another process.
                    for raw in self.reading.parts:
                        raw.take()

    def _pass(self, piece: Piece, item: XmlItem) -> None:
        """Go past the end of a piece; or of all before the first, whose number is 0."""
        around, met = item.element.getparent(), item.number - self._last - 1
        self._last = item.number
        if item.element.get("piece") != str(piece.number):
            # A marker was in an item.
            raise Unshared
        if not piece.number:
            self.begun, self._around = True, around
        elif around is not self._around or met != (piece.items if self.is_mine(piece.number) else 0):
            raise Unshared
        elif not self.is_mine(piece.number):
            self._ahead += piece.items
        self.passed(piece)

    def passed(self, piece: Piece) -> None:
        """Do what there is to be done at the end of a piece."""
        raise NotImplementedError


class _Joined(Shared):
    """The walk of this process: it has none of the pieces, and is given what helpers make of them."""

    def __init__(self, reading: Reading, document: Document, cut: Cut, start: Start) -> None:
        self._known: list[tuple[str, Row, Row | None]] = []

        def asked(entity: str, key: Row) -> Row | None:
            answer = reading.known(entity, key)
            self._known.append((entity, key, answer))
            return answer

        super().__init__(replace(reading, known=asked), document, cut, None)
        self._cut = cut
        self._start = start
        self._answers: list[Callable[[], Answer]] = []

    @property
    def sees_all(self) -> bool:
        """Whether all that was read is as it lies in the file: no piece was left out yet, or each was one."""
        return not self.begun or self.ended

    def read(self) -> Content:
        with ExitStack() as self._stack:
            self.run()
        return self.walk.content()

    def passed(self, piece: Piece) -> None:
        if not piece.number:
            self._begin()
            return
        self.reading.advance(piece.end)
        records, counts = self._answers[piece.number % len(self._answers)]()
        if len(records) != len(self.reading.parts):
            raise Unshared
        for raw, of_raw in zip(self.reading.parts, records, strict=True):
            raw.append(of_raw)
        for mine, theirs in zip(self.walk.counts(), counts, strict=True):
            for what, number in theirs.items():
                mine[what] = mine.get(what, 0) + number

    def _begin(self) -> None:
        reading = self.reading
        for share in range(reading.sharing.processes):
            order = Order(
                self._document,
                self._cut,
                share,
                reading.sharing,
                reading.name,
                dict(reading.entities),
                list(reading.languages),
                reading.delta,
                reading.today,
                self._known,
            )
            self._answers.append(self._stack.enter_context(self._start(order, reading)))


@contextmanager
def helper(order: Order, reading: Reading) -> Iterator[Callable[[], Answer]]:
    """Start a process for its share of a document, and yield what waits for its next answer.

    It ends with the block, and by itself once nobody listens to it. To wait raises Unshared, EngineError or
    StopRequested.
    """
    try:
        process = subprocess.Popen(
            [sys.executable, "-P", str(_HELPER), json.dumps(sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pipesize=_PIPE,
            # Ctrl+C is meant for this process, which ends the others.
            process_group=0,
        )
    except OSError as error:
        raise Unshared from error
    assert process.stdin is not None  # noqa: S101 - for the type checker
    assert process.stdout is not None  # noqa: S101 - for the type checker
    with process:
        try:
            with reading.stop.interrupting(process.kill):
                # What it has to say of an early end, if anything, is read as its answer.
                with suppress(BrokenPipeError), process.stdin as pipe:
                    pickle.dump(order, pipe)
                yield lambda: _answer(process, reading)
        finally:
            process.kill()


def _answer(process: subprocess.Popen[bytes], reading: Reading) -> Answer:
    try:
        return understood(process.stdout, reading)
    except (EOFError, ValueError, TypeError):
        reading.stop.check()
    code = process.wait()
    if code >= 0:
        raise Unshared
    raise EngineError(
        f"A process that read a part of {reading.name} was ended by a signal ({signal.Signals(-code).name}); "
        "nothing was imported.",
        advice="Look whether the system has ended it for want of memory, and start the task again.",
    )


def understood(pipe: IO[bytes] | None, reading: Reading) -> Answer:
    """Return what a helper has written down next. Raises Unshared, EngineError; what ``marshal`` raises at the end."""
    assert pipe is not None  # noqa: S101 - for the type checker
    found = marshal.load(pipe)  # noqa: S302 - from a process of our own
    if found == UNSHARED:
        raise Unshared
    if found == NO_MEMORY:
        raise EngineError(
            f"A part of {reading.name} takes more than {file_size(reading.sharing.memory)} of memory to be read; "
            "nothing was imported.",
            advice="Look whether the file is what it should be, or raise memory_limit in [engine].",
        )
    records, counts = found
    return records, counts
