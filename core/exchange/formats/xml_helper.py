"""A process that makes records of its share of a large XML document; started by :mod:`.xml_sharing`.

Its argument is where modules are looked for; it is given an :class:`~core.exchange.formats.xml_sharing.Order` on its
standard input, and answers for each of its pieces with the records of every part, and what was counted. It ends when
the other end of its standard output is closed.
"""

from __future__ import annotations

import json
import marshal
import os
import pickle
import resource
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from core.exchange.formats.contract import Row
    from core.exchange.formats.xml_pieces import Piece
    from core.exchange.formats.xml_sharing import Order


def main() -> None:
    """Do what is asked for on standard input."""
    sys.path[:] = json.loads(sys.argv[1])
    # What is loaded after the limit is set may fail in other words.
    import lxml.etree  # noqa: F401

    order: Order = pickle.load(sys.stdin.buffer)  # noqa: S301 - from the process that has started this one
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (order.sharing.memory, order.sharing.memory))
    try:
        serve(order, sys.stdout.buffer)
    except BrokenPipeError:
        # Nobody listens any more; nor is there anything to be said at the end.
        os._exit(0)


def serve(order: Order, out: IO[bytes]) -> None:
    """Write down what the pieces of a share hold, one after another."""
    from core.errors import PendelError
    from core.exchange.formats.contract import Reading
    from core.exchange.formats.xml_sharing import NO_MEMORY, UNSHARED, Shared, Unshared
    from core.stop import StopToken

    def known(entity: str, key: Row) -> Row | None:
        for other, of_other, answer in order.known:
            if (entity, key) == (other, of_other):
                return answer
        raise Unshared

    class Share(Shared):
        """The walk of this process."""

        def passed(self, piece: Piece) -> None:
            records = [raw.take() for raw in self.reading.parts]
            counts = [dict(each) for each in self.walk.counts()]
            for each in self.walk.counts():
                each.clear()
            # What stands before the first item is read by every process, and told by the one that has started this.
            if piece.number and self.is_mine(piece.number):
                marshal.dump((records, counts), out)
                out.flush()

    reading = Reading(
        order.cut.path, order.name, Path(), order.entities, order.languages, order.delta, StopToken(),
        order.today, known, sharing=order.sharing, handed_on=True,
    )  # fmt: skip
    try:
        Share(reading, order.document, order.cut, order.share).run()
    except MemoryError:
        marshal.dump(NO_MEMORY, out)
    except (Unshared, PendelError):
        marshal.dump(UNSHARED, out)
    out.flush()


if __name__ == "__main__":
    main()
