"""A flow that is ended at every moment at which it looks at the clock: before, between and after all its requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.links.flow_site import Killed, KillingClock
from support.links.rest_server import FakeClock

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from support.links.flow_site import FlowSite

Site = tuple["FlowSite", "Callable[[], object]", "Callable[[], int]"]
"""A workspace, what its systems have at the end, and how many requests wrote so far."""


def ended_anywhere(
    directory: Path, flow: str, make: Callable[[Path, FakeClock], AbstractContextManager[Site]]
) -> list[object]:
    """Run a flow from nothing, ended once on its way, each time one moment later; return what is there then."""
    found: list[object] = []
    at = 0
    while True:
        at += 1
        place, clock = directory / str(at), FakeClock()
        place.mkdir()
        with make(place, clock) as (flows, look, writes):
            try:
                flows.run(flow, clock=KillingClock(clock, at))
            except Killed:
                outcome = flows.run(flow)
                assert outcome.counts.rejected == 0, (at, flows.log)
                before = writes()
                flows.run(flow)
                assert writes() == before, f"ended at {at}: the run after all was done wrote again"
                found.append(look())
                continue
            # It was not ended: all moments were tried.
            found.append(look())
            return found
