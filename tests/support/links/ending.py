"""A flow that ends, or gets no answer, at a request that is chosen: what the process and the systems do then."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Literal

from core.stop import StopToken

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from support.links.rest_server import Asked, Misbehaviour, RestServer

Ending = Literal["ended before", "ended after", "unanswered", "stalled"]
"""``ended before``: the process ends before the request is carried out; ``ended after``: after it was carried out, and
before the answer comes; ``unanswered``: it was carried out, and the process goes on without an answer; ``stalled``: it
was carried out, and the process, which is another one, waits for the answer."""


_FAULTS: Mapping[Ending, Misbehaviour] = {
    "ended before": "unheard",
    "ended after": "lost",
    "unanswered": "lost",
    "stalled": "stall",
}


class Killed(BaseException):
    """The process was ended here, as far as a test can have that in its own process."""


class Death(StopToken):
    """What a run looks at whenever a connection fails: it ends there once its time has come."""

    def __init__(self) -> None:
        super().__init__()
        self.come = False
        self.writes: list[bool] = []
        """Of each request that came, whether it was one that writes."""

    def check(self) -> None:
        """End the run, or go on."""
        if self.come:
            raise Killed
        super().check()


@contextmanager
def ending_at(number: int, how: Ending, sites: Sequence[RestServer]) -> Iterator[Death]:
    """Let that happen at the so manieth request that any of the systems gets inside the ``with`` block; 0: at none."""
    death = Death()

    def upset(site: RestServer, asked: Asked) -> Misbehaviour | None:
        death.writes.append(site.writes(asked))
        if len(death.writes) != number:
            return None
        death.come = how in ("ended before", "ended after")
        return _FAULTS[how]

    for site in sites:
        site.upset = partial(upset, site)
    try:
        yield death
    finally:
        for site in sites:
            site.upset = lambda _: None
